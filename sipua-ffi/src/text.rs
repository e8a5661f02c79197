//! Text and bytes across the boundary.

use std::ffi::{CStr, c_char};
use std::slice;

use crate::error::{Problem, Result};
use crate::status::{SIPUA_ERROR_LIMIT, SIPUA_ERROR_NOT_UTF8};

/// Items in an array that a caller may give; nobody needs more, and a wild count is found out.
const MAX_ITEMS: usize = 4_096;

/// A text the library gives: UTF-8, with a NUL after its end. Absent ones are empty, never NULL.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Text {
    /// The text; a NUL follows.
    pub data: *const c_char,
    /// Bytes before that NUL.
    pub length: usize,
}

impl Text {
    pub(crate) const EMPTY: Self = Self { data: c"".as_ptr(), length: 0 };
}

/// Bytes the library gives; no NUL follows.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Bytes {
    /// The bytes; not NULL.
    pub data: *const u8,
    /// How many.
    pub length: usize,
}

impl Bytes {
    pub(crate) const fn of(bytes: &[u8]) -> Self {
        Self { data: bytes.as_ptr(), length: bytes.len() }
    }
}

/// A header field the application gives: two texts ending in NUL, for example "X-Order" and "4711".
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Header {
    /// Its name.
    pub name: *const c_char,
    /// Its value.
    pub value: *const c_char,
}

/// A rare or new setting by its name: two texts ending in NUL.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its name; one that the library does not know is an error.
    pub name: *const c_char,
    /// Its value, as text.
    pub value: *const c_char,
}

/// A text argument: pointer and length, or `SIZE_MAX` for one that ends in NUL.
///
/// # Safety
/// `data` is NULL or leads to `length` bytes (to a NUL) that live and stay as they are until the
/// exported function returns.
pub(crate) unsafe fn text<'a>(what: &str, data: *const c_char, length: usize) -> Result<&'a str> {
    if data.is_null() {
        return Err(Problem::null(what));
    }
    let bytes = if length == usize::MAX {
        // SAFETY: as promised, a NUL ends it.
        unsafe { CStr::from_ptr(data) }.to_bytes()
    } else {
        // SAFETY: as promised, there are `length` bytes.
        unsafe { bytes(what, data.cast(), length) }?
    };
    std::str::from_utf8(bytes).map_err(|error| {
        let message = format!("{what} is not UTF-8 after {} bytes", error.valid_up_to());
        Problem::new(SIPUA_ERROR_NOT_UTF8, message)
    })
}

/// A text ending in NUL, where NULL and the empty text mean "the default".
///
/// # Safety
/// As [`text`].
pub(crate) unsafe fn optional<'a>(what: &str, data: *const c_char) -> Result<Option<&'a str>> {
    if data.is_null() {
        return Ok(None);
    }
    // SAFETY: passed on.
    let text = unsafe { text(what, data, usize::MAX) }?;
    Ok((!text.is_empty()).then_some(text))
}

/// A bytes argument; NULL is right when the length is 0.
///
/// # Safety
/// As [`text`].
pub(crate) unsafe fn bytes<'a>(what: &str, data: *const u8, length: usize) -> Result<&'a [u8]> {
    if length == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(Problem::null(what));
    }
    if isize::try_from(length).is_err() {
        return Err(Problem::invalid(format!("the length of {what} is more than there can be")));
    }
    // SAFETY: not NULL, of a possible length, and as promised there.
    Ok(unsafe { slice::from_raw_parts(data, length) })
}

/// An array argument.
///
/// # Safety
/// `items` is NULL or leads to `count` items that live until the exported function returns.
unsafe fn array<'a, T>(what: &str, items: *const T, count: usize) -> Result<&'a [T]> {
    if count == 0 {
        return Ok(&[]);
    }
    if items.is_null() || !items.is_aligned() {
        return Err(Problem::null(what));
    }
    if count > MAX_ITEMS {
        let message = format!("{what}: {count} are more than {MAX_ITEMS}");
        return Err(Problem::new(SIPUA_ERROR_LIMIT, message));
    }
    // SAFETY: not NULL, aligned, of a possible length, and as promised there.
    Ok(unsafe { slice::from_raw_parts(items, count) })
}

/// Header fields as the Rust API takes them.
///
/// # Safety
/// `items` is NULL or leads to `count` headers, whose texts are as [`text`] asks.
pub(crate) unsafe fn headers(items: *const Header, count: usize) -> Result<Vec<(String, String)>> {
    // SAFETY: passed on.
    let headers = unsafe { array("headers", items, count) }?;
    let owned = |header: &Header| {
        // SAFETY: passed on.
        unsafe { pair("header", header.name, header.value) }
    };
    headers.iter().map(owned).map(|pair| pair.map(|(a, b)| (a.to_owned(), b.to_owned()))).collect()
}

/// Settings by name.
///
/// # Safety
/// `items` is NULL or leads to `count` settings, whose texts are as [`text`] asks.
pub(crate) unsafe fn settings<'a>(
    items: *const Setting,
    count: usize,
) -> Result<Vec<(&'a str, &'a str)>> {
    // SAFETY: passed on.
    let settings = unsafe { array("settings", items, count) }?;
    // SAFETY: passed on.
    settings.iter().map(|setting| unsafe { pair("setting", setting.name, setting.value) }).collect()
}

/// # Safety
/// As [`text`], for both.
unsafe fn pair<'a>(
    what: &str,
    name: *const c_char,
    value: *const c_char,
) -> Result<(&'a str, &'a str)> {
    // SAFETY: passed on.
    let name = unsafe { text(&format!("the name of a {what}"), name, usize::MAX) }?;
    // SAFETY: passed on.
    let value = unsafe { text(&format!("the value of the {what} {name}"), value, usize::MAX) }?;
    Ok((name, value))
}
