//! How the application takes events: from a queue, by a descriptor, or by a callback.
#![allow(clippy::missing_safety_doc, reason = "what pointers must be is said once, in the header")]

use std::ffi::{c_char, c_void};
use std::ptr;

use sipua::HeaderName;

use super::{Boxed, Event, EventCallback};
use crate::agents;
use crate::error::{Problem, Result};
use crate::guard::{Out, guard, guard_or};
use crate::inbox::{Silence, patience};
use crate::status::{
    SIPUA_ERROR_IO, SIPUA_ERROR_NOT_FOUND, SIPUA_ERROR_TIMED_OUT, SIPUA_ERROR_WRONG_STATE, Status,
};
use crate::text::{Bytes, text};
use crate::ua::Ua;

/// # Events
///
/// Takes the oldest event that waits; waits for one up to `timeout_ms`: 0 not at all, negative for ever.
///
/// Any thread; several may wait, each event goes to one. The event is the caller's, who gives it to
/// `sipua_event_free`. Errors: `TIMED_OUT` when none came, `STOPPED` when none will come any more,
/// `WRONG_STATE` while a callback takes
/// them, also for a thread that waited when it was set, `GONE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_next_event(
    ua: *mut Ua,
    timeout_ms: i32,
    event: *mut *mut Event,
) -> Status {
    guard(|| {
        // SAFETY: the caller's promise.
        let out = unsafe { Out::new(event, "event") }?;
        let agent = agents::get(ua)?;
        let queued = || !agent.watcher.is_set();
        let event = agent
            .inbox
            .pop_while(patience(timeout_ms), queued)
            .map_err(|silence| if queued() { nothing(silence) } else { taken_by_callback() })?;
        out.set(Boxed::new(&agent, event).into_raw());
        Ok(())
    })
}

fn taken_by_callback() -> Problem {
    Problem::new(SIPUA_ERROR_WRONG_STATE, "the event callback takes the events")
}

fn nothing(silence: Silence) -> Problem {
    match silence {
        Silence::TimedOut => Problem::new(SIPUA_ERROR_TIMED_OUT, "no event came in time"),
        Silence::Closed => Problem::stopped(),
    }
}

/// Frees an event that `sipua_next_event` gave, with all it points to. NULL is allowed; the event of a
/// callback is not to be freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_event_free(event: *mut Event) {
    // SAFETY: the caller's promise.
    guard_or((), || unsafe { Boxed::free(event) });
}

/// Gives the event as one JSON object, with the same names as in every language and on the command line.
///
/// The text is the event's: valid until it is freed. NULL for NULL. One thread at a time may use an
/// event.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_event_json(event: *const Event) -> *const c_char {
    guard_or(ptr::null(), || {
        // SAFETY: the caller's promise.
        let event = unsafe { Boxed::borrow(event) };
        event.map_or(ptr::null(), |event| event.json().as_ptr())
    })
}

/// Looks up a header field of the request in an `incoming_call` or `info` event: the value of the field
/// number `index`, from 0, among those of this name (long or compact form, any case).
///
/// The value is the bytes as received, the event's, without a NUL. Errors: `NOT_FOUND` when there is
/// none, `NULL`, `INVALID_ARGUMENT` for what cannot be a name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_event_header(
    event: *const Event,
    name: *const c_char,
    name_length: usize,
    index: usize,
    value: *mut Bytes,
) -> Status {
    guard(|| {
        // SAFETY: the caller's promise.
        let out = unsafe { Out::new(value, "value") }?;
        // SAFETY: the caller's promise.
        let event = unsafe { Boxed::borrow(event) }.ok_or_else(|| Problem::null("event"))?;
        // SAFETY: the caller's promise.
        let name = unsafe { text("name", name, name_length) }?;
        out.set(header(event, name, index)?);
        Ok(())
    })
}

fn header(event: &Boxed, name: &str, index: usize) -> Result<Bytes> {
    let parsed = HeaderName::parse(name.as_bytes())
        .ok_or_else(|| Problem::invalid(format!("\"{name}\" cannot be the name of a header")))?;
    let none = || Problem::new(SIPUA_ERROR_NOT_FOUND, format!("no header {name} number {index}"));
    let request = event.request().ok_or_else(none)?;
    let value = request.headers.get_all(&parsed).nth(index).ok_or_else(none)?;
    Ok(Bytes::of(value))
}

/// Gives a file descriptor that is readable while events wait and after the last one, for poll, epoll,
/// libuv, asyncio and GUI loops. Only watch it: do not read it, do not close it. It is closed by
/// `sipua_ua_free`.
///
/// Any thread. Errors: `UNSUPPORTED` where there are no such descriptors, `IO`, `GONE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_event_fd(ua: *mut Ua, fd: *mut i32) -> Status {
    guard(|| {
        // SAFETY: the caller's promise.
        let out = unsafe { Out::new(fd, "fd") }?;
        out.set(descriptor(&agents::get(ua)?.inbox)?);
        Ok(())
    })
}

#[cfg(unix)]
fn descriptor(inbox: &crate::inbox::Inbox) -> Result<i32> {
    inbox
        .descriptor()
        .map_err(|error| Problem::new(SIPUA_ERROR_IO, format!("cannot make a pipe: {error}")))
}

#[cfg(not(unix))]
fn descriptor(_inbox: &crate::inbox::Inbox) -> Result<i32> {
    let message = "this system has no file descriptors; use sipua_next_event or a callback";
    Err(Problem::new(crate::status::SIPUA_ERROR_UNSUPPORTED, message))
}

/// Sets the function that is told of every event, or with NULL goes back to the queue.
///
/// It is called on one thread of the library, never with a lock held, one event at a time; the event is
/// valid until it returns. Inside it every function may be called but `sipua_ua_free` for the same user
/// agent. When this returns, the former callback does not run any more, so its userdata may be freed;
/// called inside the callback, it is not called again. Events that wait go to the new taker. Errors:
/// `GONE`, `IO` when no thread can be started.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_set_event_callback(
    ua: *mut Ua,
    callback: EventCallback,
    userdata: *mut c_void,
) -> Status {
    guard(|| {
        let agent = agents::get(ua)?;
        agent.watcher.set(&agent, callback, userdata)
    })
}

/// Counts the events that were dropped because nobody took them; `call_ended` and `stopped` never are.
///
/// Any thread. Errors: `GONE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_events_dropped(ua: *mut Ua, count: *mut u64) -> Status {
    guard(|| {
        // SAFETY: the caller's promise.
        let out = unsafe { Out::new(count, "count") }?;
        let agent = agents::get(ua)?;
        out.set(agent.inbox.dropped() + agent.ua.events_dropped());
        Ok(())
    })
}
