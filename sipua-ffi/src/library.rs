//! The library itself: its version and what it can do.
#![allow(clippy::missing_safety_doc, reason = "what pointers must be is said once, in the header")]

use std::ffi::c_char;

use sipua::CodecId;

use crate::guard::guard_or;
use crate::text::text;

/// The version of the ABI that this header describes; compare it with `sipua_abi_version()`.
pub const SIPUA_ABI_VERSION: u32 = 0;

/// What this build has, beside its codecs.
const FEATURES: [&str; 9] = [
    "udp",
    "register",
    "digest-md5",
    "digest-sha256",
    "digest-sha512-256",
    "rfc4733",
    "hold",
    "wav",
    "capture",
];

/// # The library
///
/// Gives the version of the ABI: within it no symbol is removed, no field moves, no number is reused.
///
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn sipua_abi_version() -> u32 {
    SIPUA_ABI_VERSION
}

/// Gives the version of the library as text, for example `0.1.0`.
///
/// Static, never NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn sipua_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Tells whether this build has something, by its name ending in NUL: a codec (`pcmu`), a transport
/// (`udp`), or one of `register`, `digest-md5`, `digest-sha256`, `digest-sha512-256`, `rfc4733`, `hold`,
/// `wav`, `capture`. False for NULL and for what it has never heard of. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_has_feature(name: *const c_char) -> bool {
    guard_or(false, || {
        // SAFETY: the caller's promise.
        let Ok(name) = (unsafe { text("name", name, usize::MAX) }) else { return false };
        let codec = CodecId::ALL.iter().any(|codec| codec.name().eq_ignore_ascii_case(name));
        codec || FEATURES.contains(&name)
    })
}
