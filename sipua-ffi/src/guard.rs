//! The boundary: what every exported function obeys, in one place. No panic leaves the library, NULL is
//! an error, results are written only on success.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;

use crate::error::{Problem, Result, remember};
use crate::status::{SIPUA_ERROR_INTERNAL, SIPUA_OK, Status};

/// Runs the body of an exported function.
pub(crate) fn guard(body: impl FnOnce() -> Result<()>) -> Status {
    // Whatever a panic left half done is behind locks that forgive it, or dropped with its handle.
    let outcome = catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| {
        let message = format!("a fault inside the library: {}", panic_text(&*panic));
        Err(Problem::new(SIPUA_ERROR_INTERNAL, message))
    });
    match outcome {
        Ok(()) => SIPUA_OK,
        Err(problem) => {
            remember(&problem);
            problem.status
        }
    }
}

/// As [`guard`], for functions that have no status to return: a panic gives `fallback`.
pub(crate) fn guard_or<T>(fallback: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(fallback)
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text")
}

/// A place the caller gave for a result.
pub(crate) struct Out<T>(NonNull<T>);

impl<T> Out<T> {
    /// # Safety
    /// `place` is NULL or valid for a write of `T` until the function returns.
    pub(crate) unsafe fn new(place: *mut T, what: &str) -> Result<Self> {
        NonNull::new(place).map(Self).ok_or_else(|| Problem::null(what))
    }

    pub(crate) fn set(self, value: T) {
        // SAFETY: `new` was promised a place valid for this write; `write` reads nothing old.
        unsafe { self.0.write(value) }
    }
}

impl Out<std::ffi::c_char> {
    /// Writes a text and a NUL, if they fit.
    ///
    /// # Safety
    /// The place is valid for writes of `capacity` bytes.
    pub(crate) unsafe fn fill(self, text: &str, capacity: usize) -> Option<()> {
        if text.len() >= capacity {
            return None;
        }
        let place = self.0.cast::<u8>();
        // SAFETY: text and NUL are at most `capacity` bytes, which the caller promised.
        unsafe {
            place.copy_from_nonoverlapping(NonNull::from(text.as_bytes()).cast(), text.len());
            place.add(text.len()).write(0);
        }
        Some(())
    }
}
