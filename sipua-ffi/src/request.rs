//! Requests outside of and inside calls: OPTIONS, INFO and any other.
#![allow(clippy::missing_safety_doc, reason = "what pointers must be is said once, in the header")]

use std::ffi::c_char;
use std::ptr;

use crate::agents;
use crate::arena::Arena;
use crate::error::{Problem, Result};
use crate::guard::{guard, guard_or};
use crate::inbox::patience;
use crate::sized::{Sized32, options};
use crate::status::Status;
use crate::text::{Header, Text, bytes, headers, optional, text};
use crate::ua::Ua;

/// A request to send. Begin with `SIPUA_REQUEST_INIT`. Texts end in NUL and are copied.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Request {
    /// The size of this struct: `SIPUA_REQUEST_INIT` sets it.
    pub size: u32,
    /// The method. Default: `OPTIONS`, inside a call `INFO`.
    pub method: *const c_char,
    /// The type of the body; required with one.
    pub content_type: *const c_char,
    /// The body; NULL for none.
    pub body: *const u8,
    /// Its bytes.
    pub body_length: usize,
    /// Header fields.
    pub headers: *const Header,
    /// How many there are.
    pub header_count: usize,
}

// SAFETY: repr(C), begins with its size, numbers and pointers only.
unsafe impl Sized32 for Request {
    const NAME: &'static str = "sipua_request";
}

/// A header field of a response.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ResponseHeader {
    /// Its name.
    pub name: Text,
    /// Its value.
    pub value: Text,
}

/// The final answer to a request: a 2xx. Give it to `sipua_response_free`.
#[repr(C)]
#[derive(Debug)]
pub struct Response {
    /// The size of this struct, as the library knows it.
    pub size: u32,
    /// The SIP status code.
    pub code: i32,
    /// The reason phrase.
    pub reason: Text,
    /// The header fields, in order; NULL when there is none.
    pub headers: *const ResponseHeader,
    /// How many there are.
    pub header_count: usize,
}

/// What `sipua_response_free` frees. C sees its first field.
#[repr(C)]
#[derive(Debug)]
struct Boxed {
    response: Response,
    _arena: Arena,
}

/// A request as the engine takes it.
struct Owned {
    method: String,
    headers: Vec<(String, String)>,
    body: Option<(String, Vec<u8>)>,
}

impl Owned {
    fn body(&self) -> Option<(&str, &[u8])> {
        self.body.as_ref().map(|(content_type, data)| (content_type.as_str(), data.as_slice()))
    }
}

/// # Requests
///
/// Sends a request outside of any call and waits for its final answer up to `timeout_ms`: negative as long
/// as SIP does (32 s), 0 not at all.
///
/// `account` 0 sends without one; `request` NULL is OPTIONS: what can the peer do? `response` (may be NULL)
/// gets the 2xx, or NULL when `timeout_ms` is 0; it is the caller's. Any thread; it may wait, so not where
/// events must not. Errors: `REFUSED` (`sipua_last_error` has code and reason; 408 when nothing
/// answered), `TIMED_OUT` (the request goes on), `INVALID_ARGUMENT`, `STRUCT_SIZE`, `GONE`, `STOPPED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_send_request(
    ua: *mut Ua,
    account: u64,
    target: *const c_char,
    target_length: usize,
    request: *const Request,
    timeout_ms: i32,
    response: *mut *mut Response,
) -> Status {
    guard(|| {
        let agent = agents::get(ua)?;
        let account = agent.optional_account(account)?;
        // SAFETY: the caller's promise.
        let target = unsafe { text("target", target, target_length) }?.to_owned();
        // SAFETY: the caller's promise.
        let request = unsafe { owned(request, "OPTIONS") }?;
        let engine = agent.ua.clone();
        let answer = agent.wait(patience(timeout_ms), async move {
            let (method, body) = (&request.method, request.body());
            match account {
                Some(account) => {
                    account.send_request(method, &target, &request.headers, body).await
                }
                None => engine.send_request(method, &target, &request.headers, body).await,
            }
        })?;
        // SAFETY: the caller's promise.
        unsafe { hand_over(answer, response) };
        Ok(())
    })
}

/// Sends a request inside an answered call, INFO as a rule, and waits for its final answer as
/// `sipua_send_request` does.
///
/// Any thread; it may wait. Errors: as `sipua_send_request`, and `WRONG_STATE` for a call that is not
/// answered.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_call_send_request(
    ua: *mut Ua,
    call: u64,
    request: *const Request,
    timeout_ms: i32,
    response: *mut *mut Response,
) -> Status {
    guard(|| {
        let agent = agents::get(ua)?;
        let call = agent.calls.get(call)?.call.clone();
        // SAFETY: the caller's promise.
        let request = unsafe { owned(request, "INFO") }?;
        let answer = agent.wait(patience(timeout_ms), async move {
            call.send_request(&request.method, &request.headers, request.body()).await
        })?;
        // SAFETY: the caller's promise.
        unsafe { hand_over(answer, response) };
        Ok(())
    })
}

/// Frees a response. NULL is allowed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_response_free(response: *mut Response) {
    guard_or((), || {
        if !response.is_null() {
            // SAFETY: the caller's promise: it is from here, so the first field of a `Boxed`.
            drop(unsafe { Box::from_raw(response.cast::<Boxed>()) });
        }
    });
}

/// # Safety
/// `given` is NULL or leads to a request of its size, whose texts and arrays are readable.
unsafe fn owned(given: *const Request, method: &str) -> Result<Owned> {
    // SAFETY: the caller's promise, for each.
    unsafe {
        let given = options(given)?;
        let body = bytes("body", given.body, given.body_length)?;
        let content_type = optional("content_type", given.content_type)?;
        let body = match content_type {
            Some(content_type) => Some((content_type.to_owned(), body.to_vec())),
            None if body.is_empty() => None,
            None => return Err(Problem::invalid("a body needs its content_type")),
        };
        Ok(Owned {
            method: optional("method", given.method)?.unwrap_or(method).to_owned(),
            headers: headers(given.headers, given.header_count)?,
            body,
        })
    }
}

/// # Safety
/// `place` is NULL or valid for a write.
unsafe fn hand_over(answer: Option<sipua::Response>, place: *mut *mut Response) {
    if !place.is_null() {
        let response = answer.map_or(ptr::null_mut(), |answer| boxed(&answer));
        // SAFETY: not NULL, and the caller's promise.
        unsafe { place.write(response) };
    }
}

fn boxed(answer: &sipua::Response) -> *mut Response {
    let mut arena = Arena::default();
    let headers: Vec<_> = answer
        .headers
        .iter()
        .map(|(name, value)| ResponseHeader { name: arena.text(name), value: arena.text(value) })
        .collect();
    let response = Response {
        size: size_of::<Response>() as u32,
        code: answer.code.into(),
        reason: arena.text(&answer.reason),
        header_count: headers.len(),
        headers: arena.array(headers),
    };
    Box::into_raw(Box::new(Boxed { response, _arena: arena })).cast()
}
