//! What an event or a response points to, freed with it.

use std::ffi::c_void;
use std::fmt;

use crate::text::Text;

/// Texts and structs whose places do not move until it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Arena {
    texts: Vec<Vec<u8>>,
    structs: Vec<Place>,
}

/// A struct on the heap, and how it is freed.
struct Place {
    data: *mut c_void,
    free: unsafe fn(*mut c_void),
}

impl Arena {
    /// A copy of the text with a NUL after it.
    pub(crate) fn text(&mut self, text: &str) -> Text {
        if text.is_empty() {
            return Text::EMPTY;
        }
        let mut copy = Vec::with_capacity(text.len() + 1);
        copy.extend_from_slice(text.as_bytes());
        copy.push(0);
        let shown = Text { data: copy.as_ptr().cast(), length: text.len() };
        self.texts.push(copy);
        shown
    }

    pub(crate) fn optional(&mut self, text: Option<&str>) -> Text {
        text.map_or(Text::EMPTY, |text| self.text(text))
    }

    /// Keeps a struct.
    pub(crate) fn keep<T: 'static>(&mut self, value: T) -> *const T {
        let place = Box::into_raw(Box::new(value));
        self.structs.push(Place { data: place.cast(), free: free::<T> });
        place
    }

    /// Keeps an array; NULL for an empty one.
    pub(crate) fn array<T: 'static>(&mut self, values: Vec<T>) -> *const T {
        if values.is_empty() {
            return std::ptr::null();
        }
        // A vector's elements stay where they are when the vector moves.
        let data = values.as_ptr();
        self.keep(values);
        data
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // SAFETY: `data` came from a box of the type that `free` frees, and is freed only here.
        unsafe { (self.free)(self.data) }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:p}", self.data)
    }
}

/// # Safety
/// `data` came from `Box::<T>::into_raw` and is not used afterwards.
unsafe fn free<T>(data: *mut c_void) {
    // SAFETY: the caller's promise.
    drop(unsafe { Box::from_raw(data.cast::<T>()) });
}
