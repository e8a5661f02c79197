//! Structs that grow: they begin with their size as the caller was compiled, fields are only appended.

use std::ptr;

use crate::error::{Problem, Result};
use crate::status::SIPUA_ERROR_STRUCT_SIZE;

/// A struct of options or results that begins with `uint32_t size`.
///
/// # Safety
/// It is `repr(C)`, its first field is the `u32` size, and all its bytes zero are a valid value.
pub(crate) unsafe trait Sized32: Copy {
    /// Its name in C.
    const NAME: &'static str;

    /// The size of this version.
    const SIZE: u32 = size_of::<Self>() as u32;

    /// All fields at their default.
    fn zeroed() -> Self {
        // SAFETY: the trait's promise.
        unsafe { std::mem::zeroed() }
    }
}

/// Takes the caller's options: an older caller's missing fields are zero; a newer caller's unknown ones
/// must be. NULL is all defaults.
///
/// # Safety
/// `given` is NULL or leads to as many readable bytes as its first `u32` says.
pub(crate) unsafe fn options<T: Sized32>(given: *const T) -> Result<T> {
    let mut options = T::zeroed();
    if given.is_null() {
        return Ok(options);
    }
    // SAFETY: at least the size is there; nothing is assumed of its alignment.
    let size = unsafe { given.cast::<u32>().read_unaligned() } as usize;
    if size < size_of::<u32>() {
        let message = format!("{0}.size is {size}: begin with {1}", T::NAME, initialiser(T::NAME));
        return Err(Problem::new(SIPUA_ERROR_STRUCT_SIZE, message));
    }
    let known = size.min(size_of::<T>());
    // SAFETY: `size` bytes are there, and `known` fit into both.
    unsafe {
        ptr::copy_nonoverlapping(given.cast::<u8>(), (&raw mut options).cast::<u8>(), known);
    }
    // SAFETY: still within `size` bytes.
    let unknown = (known..size).any(|at| unsafe { given.cast::<u8>().add(at).read() } != 0);
    if unknown {
        let message = format!("{} sets a field that came after this library", T::NAME);
        return Err(Problem::new(SIPUA_ERROR_STRUCT_SIZE, message));
    }
    Ok(options)
}

/// Gives a result into a struct of the caller, as much of it as the caller knows.
///
/// # Safety
/// `place` is NULL or leads to as many writable bytes as its first `u32` says.
pub(crate) unsafe fn give<T: Sized32>(place: *mut T, value: &T) -> Result<()> {
    // SAFETY: passed on.
    let size = unsafe { room(place) }?;
    let known = size.min(size_of::<T>());
    let first = size_of::<u32>();
    // SAFETY: `known` bytes are in both; the caller's size stays as it is.
    unsafe {
        let from = ptr::from_ref(value).cast::<u8>().add(first);
        ptr::copy_nonoverlapping(from, place.cast::<u8>().add(first), known - first);
    }
    Ok(())
}

/// How many bytes the caller has for a result; checked before the work is done.
///
/// # Safety
/// As [`give`].
pub(crate) unsafe fn room<T: Sized32>(place: *const T) -> Result<usize> {
    if place.is_null() {
        return Err(Problem::null(T::NAME));
    }
    // SAFETY: at least the size is there; nothing is assumed of its alignment.
    let size = unsafe { place.cast::<u32>().read_unaligned() } as usize;
    if size < size_of::<u32>() {
        let message = format!("{0}.size is {size}: begin with {1}", T::NAME, initialiser(T::NAME));
        return Err(Problem::new(SIPUA_ERROR_STRUCT_SIZE, message));
    }
    Ok(size)
}

fn initialiser(name: &str) -> String {
    format!("{}_INIT", name.to_uppercase())
}
