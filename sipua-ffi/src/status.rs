//! What a function answers: fixed numbers, in groups.

use std::ffi::{CStr, c_char};

/// What every fallible function returns: 0 is success, an error is negative. The numbers never change;
/// new ones may be added, so treat an unknown one as a failure.
pub type Status = i32;

/// It worked.
pub const SIPUA_OK: Status = 0;

/// A fault of the library: it caught a panic of its own. The user agent may still be used.
pub const SIPUA_ERROR_INTERNAL: Status = -1;
/// A pointer that must not be NULL is NULL.
pub const SIPUA_ERROR_NULL: Status = -2;
/// An argument does not mean what it should; the message says what would be right.
pub const SIPUA_ERROR_INVALID_ARGUMENT: Status = -3;
/// A text is not UTF-8.
pub const SIPUA_ERROR_NOT_UTF8: Status = -4;
/// The size of a struct is 0, or it sets fields that this library does not know.
pub const SIPUA_ERROR_STRUCT_SIZE: Status = -5;
/// There is no setting, header field or item of this name or index.
pub const SIPUA_ERROR_NOT_FOUND: Status = -6;
/// This system or this build cannot do it.
pub const SIPUA_ERROR_UNSUPPORTED: Status = -7;

/// The user agent, account or call exists no longer, or never did.
pub const SIPUA_ERROR_GONE: Status = -20;
/// The user agent was shut down.
pub const SIPUA_ERROR_STOPPED: Status = -21;
/// The verb has no meaning in the present state; the message names the state.
pub const SIPUA_ERROR_WRONG_STATE: Status = -22;
/// This function may not be called inside the event callback.
pub const SIPUA_ERROR_IN_CALLBACK: Status = -23;

/// A limit is reached.
pub const SIPUA_ERROR_LIMIT: Status = -40;
/// What was waited for did not happen in time.
pub const SIPUA_ERROR_TIMED_OUT: Status = -41;

/// The operating system refused: a port in use, a file that cannot be opened.
pub const SIPUA_ERROR_IO: Status = -60;
/// An audio file is not what it should be.
pub const SIPUA_ERROR_AUDIO_FILE: Status = -61;

/// The call ended before, or instead of, what was asked for.
pub const SIPUA_ERROR_CALL_ENDED: Status = -80;
/// The peer refused the request or did not answer it; `sipua_last_error` has its code and reason.
pub const SIPUA_ERROR_REFUSED: Status = -81;
/// The call has no media.
pub const SIPUA_ERROR_NO_MEDIA: Status = -82;

/// Says in a few English words what a status means.
///
/// Never NULL, also for an unknown status; the text is static. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn sipua_status_text(status: Status) -> *const c_char {
    describe(status).as_ptr()
}

fn describe(status: Status) -> &'static CStr {
    match status {
        SIPUA_OK => c"success",
        SIPUA_ERROR_INTERNAL => c"a fault inside the library",
        SIPUA_ERROR_NULL => c"a pointer is NULL",
        SIPUA_ERROR_INVALID_ARGUMENT => c"an argument is not valid",
        SIPUA_ERROR_NOT_UTF8 => c"a text is not UTF-8",
        SIPUA_ERROR_STRUCT_SIZE => c"a struct has a size that does not fit this library",
        SIPUA_ERROR_NOT_FOUND => c"there is none of this name",
        SIPUA_ERROR_UNSUPPORTED => c"not supported here",
        SIPUA_ERROR_GONE => c"the object is gone",
        SIPUA_ERROR_STOPPED => c"the user agent has stopped",
        SIPUA_ERROR_WRONG_STATE => c"not possible in the present state",
        SIPUA_ERROR_IN_CALLBACK => c"not allowed inside the event callback",
        SIPUA_ERROR_LIMIT => c"a limit is reached",
        SIPUA_ERROR_TIMED_OUT => c"it did not happen in time",
        SIPUA_ERROR_IO => c"the operating system refused",
        SIPUA_ERROR_AUDIO_FILE => c"the audio file cannot be used",
        SIPUA_ERROR_CALL_ENDED => c"the call has ended",
        SIPUA_ERROR_REFUSED => c"the peer refused",
        SIPUA_ERROR_NO_MEDIA => c"the call has no media",
        _ => c"an unknown status",
    }
}
