//! Why a call of the C API failed: its status, and the thread's detail.

use std::cell::RefCell;
use std::ffi::{CString, c_char};
use std::ptr;

use crate::status::{
    SIPUA_ERROR_AUDIO_FILE, SIPUA_ERROR_CALL_ENDED, SIPUA_ERROR_GONE, SIPUA_ERROR_INTERNAL,
    SIPUA_ERROR_INVALID_ARGUMENT, SIPUA_ERROR_IO, SIPUA_ERROR_LIMIT, SIPUA_ERROR_NO_MEDIA,
    SIPUA_ERROR_NULL, SIPUA_ERROR_REFUSED, SIPUA_ERROR_STOPPED, SIPUA_ERROR_TIMED_OUT,
    SIPUA_ERROR_WRONG_STATE, SIPUA_OK, Status,
};

/// What a function of this crate returns inside.
pub(crate) type Result<T> = std::result::Result<T, Problem>;

/// A failure on its way to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: Status,
    pub(crate) message: String,
    /// Of the peer's refusal; 0 and empty when no peer had a part in it.
    pub(crate) sip_code: u16,
    pub(crate) reason: String,
}

impl Problem {
    pub(crate) fn new(status: Status, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), sip_code: 0, reason: String::new() }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(SIPUA_ERROR_INVALID_ARGUMENT, message)
    }

    pub(crate) fn null(what: &str) -> Self {
        Self::new(SIPUA_ERROR_NULL, format!("{what} is NULL"))
    }

    pub(crate) fn gone(what: &str) -> Self {
        Self::new(SIPUA_ERROR_GONE, format!("the {what} is gone"))
    }

    pub(crate) fn timed_out() -> Self {
        Self::new(SIPUA_ERROR_TIMED_OUT, "no answer came in time")
    }

    pub(crate) fn stopped() -> Self {
        Self::new(SIPUA_ERROR_STOPPED, "the user agent has stopped")
    }
}

impl From<sipua::Error> for Problem {
    fn from(error: sipua::Error) -> Self {
        use sipua::Error;
        let message = error.to_string();
        let (status, sip_code, reason) = match error {
            Error::InvalidArgument { .. } => (SIPUA_ERROR_INVALID_ARGUMENT, 0, String::new()),
            Error::WrongState { .. } => (SIPUA_ERROR_WRONG_STATE, 0, String::new()),
            Error::Gone { .. } => (SIPUA_ERROR_GONE, 0, String::new()),
            Error::Stopped => (SIPUA_ERROR_STOPPED, 0, String::new()),
            Error::Limit { .. } => (SIPUA_ERROR_LIMIT, 0, String::new()),
            Error::Io { .. } => (SIPUA_ERROR_IO, 0, String::new()),
            Error::AudioFile { .. } => (SIPUA_ERROR_AUDIO_FILE, 0, String::new()),
            Error::CallEnded { code, reason, .. } => (SIPUA_ERROR_CALL_ENDED, code, reason),
            Error::Refused { code, reason, .. } => (SIPUA_ERROR_REFUSED, code, reason),
            Error::TimedOut { .. } => (SIPUA_ERROR_TIMED_OUT, 0, String::new()),
            Error::NoMedia => (SIPUA_ERROR_NO_MEDIA, 0, String::new()),
            _ => (SIPUA_ERROR_INTERNAL, 0, String::new()),
        };
        Self { status, message, sip_code, reason }
    }
}

/// Why the last failing call of this thread failed.
#[repr(C)]
#[derive(Debug)]
pub struct ErrorDetail {
    /// The size of this struct, as the library knows it.
    pub size: u32,
    /// What the call returned.
    pub status: Status,
    /// One English line that names the thing and, for an argument, what would be right.
    pub message: *const c_char,
    /// The SIP status code of a peer's refusal; 0 when no peer had a part in it.
    pub sip_code: i32,
    /// The reason phrase of that refusal; empty without one.
    pub reason: *const c_char,
}

/// A detail and the texts it points to.
struct LastError {
    detail: ErrorDetail,
    _message: CString,
    _reason: CString,
}

thread_local! {
    static LAST: RefCell<Option<Box<LastError>>> = const { RefCell::new(None) };
}

/// What a thread without a failure is told.
struct NoError(ErrorDetail);
// SAFETY: it is never written, and its pointers lead to static texts.
unsafe impl Sync for NoError {}
static NO_ERROR: NoError = NoError(ErrorDetail {
    size: size_of::<ErrorDetail>() as u32,
    status: SIPUA_OK,
    message: c"".as_ptr(),
    sip_code: 0,
    reason: c"".as_ptr(),
});

/// Tells why the last failing call of this thread failed.
///
/// Never NULL: status 0 when nothing has failed on this thread. A success does not change it, so ask
/// right after a failure. It is the library's, and valid until the next failing call of this thread or
/// the thread's end.
#[unsafe(no_mangle)]
pub extern "C" fn sipua_last_error() -> *const ErrorDetail {
    let last = LAST.try_with(|last| match last.try_borrow().as_deref() {
        Ok(Some(last)) => ptr::from_ref(&last.detail),
        _ => ptr::null(),
    });
    match last {
        Ok(detail) if !detail.is_null() => detail,
        _ => &raw const NO_ERROR.0,
    }
}

/// Keeps a problem for `sipua_last_error`.
pub(crate) fn remember(problem: &Problem) {
    let message = c_string(&problem.message);
    let reason = c_string(&problem.reason);
    let detail = ErrorDetail {
        size: size_of::<ErrorDetail>() as u32,
        status: problem.status,
        message: message.as_ptr(),
        sip_code: problem.sip_code.into(),
        reason: reason.as_ptr(),
    };
    let last = Box::new(LastError { detail, _message: message, _reason: reason });
    // A thread that is being torn down has nobody left to ask.
    let _ = LAST.try_with(|slot| slot.try_borrow_mut().map(|mut slot| *slot = Some(last)));
}

/// A NUL inside would end the text early for C.
fn c_string(text: &str) -> CString {
    CString::new(text.replace('\0', " ")).unwrap_or_default()
}
