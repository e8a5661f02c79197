//! The user agent's functions.
#![allow(clippy::missing_safety_doc, reason = "what pointers must be is said once, in the header")]

use std::ffi::c_char;
use std::sync::Arc;

use crate::agent::Agent;
use crate::agents;
use crate::config::{Config, engine_config};
use crate::error::Problem;
use crate::guard::{Out, guard};
use crate::status::{SIPUA_ERROR_IN_CALLBACK, SIPUA_ERROR_LIMIT, SIPUA_ERROR_NOT_FOUND, Status};
use crate::watcher;

/// A user agent: it owns transports, accounts, calls and media threads. Several may live in a process.
#[derive(Debug)]
pub struct Ua(());

/// # User agents
///
/// Creates a user agent, opens its listeners and starts its threads.
///
/// `config` NULL is all defaults: a free UDP port on every interface. Any thread. The user agent is the
/// caller's, who gives it to `sipua_ua_free`. Errors: `INVALID_ARGUMENT` for a setting, `NOT_FOUND` for
/// the name of one, `IO` for a port in use, `STRUCT_SIZE`. The event `started` follows.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_ua_create(config: *const Config, ua: *mut *mut Ua) -> Status {
    guard(|| {
        // SAFETY: the caller's promise.
        let out = unsafe { Out::new(ua, "ua") }?;
        // SAFETY: the caller's promise.
        let config = unsafe { engine_config(config) }?;
        let agent = Agent::start(agents::allocate(), config)?;
        out.set(agents::insert(Arc::new(agent)));
        Ok(())
    })
}

/// Begins to stop: calls are hung up, registrations taken back.
///
/// Returns at once; `call_ended` for every call and then `stopped` follow, at most a few seconds later.
/// Again it does nothing. Any thread, also inside the callback. Errors: `GONE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_ua_shutdown(ua: *mut Ua) -> Status {
    guard(|| {
        agents::get(ua)?.stop();
        Ok(())
    })
}

/// Stops the user agent if it was not, waits until it has, and frees it with everything it owns.
///
/// This waits for the peers' goodbyes, at most a few seconds; after the event `stopped` not at all. From
/// the moment of the call the handle answers `GONE` to every thread; threads that wait in a function
/// come back from it. A callback is told of the last events before this returns. Events taken before
/// stay valid. NULL is allowed. Errors: `GONE` when it was freed before, `IN_CALLBACK` inside of its own
/// callback, where it does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_ua_free(ua: *mut Ua) -> Status {
    guard(|| {
        if ua.is_null() {
            return Ok(());
        }
        if watcher::inside(ua.addr()) {
            let message = "a user agent cannot be freed inside of its own callback";
            return Err(Problem::new(SIPUA_ERROR_IN_CALLBACK, message));
        }
        agents::remove(ua)?.finish();
        Ok(())
    })
}

/// Writes the address of listener number `index`, from 0 in the order of the configuration, as bound:
/// for example `udp:0.0.0.0:40123`, with a NUL.
///
/// `length` (may be NULL) gets the bytes before that NUL. Any thread. Errors: `NOT_FOUND` when there is no
/// such listener, `LIMIT` when `capacity` is too small (64 is enough), `GONE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_ua_listener(
    ua: *mut Ua,
    index: usize,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> Status {
    guard(|| {
        // SAFETY: the caller's promise.
        let out = unsafe { Out::new(buffer, "buffer") }?;
        let agent = agents::get(ua)?;
        let bound = agent.ua.bound().get(index).ok_or_else(|| {
            Problem::new(SIPUA_ERROR_NOT_FOUND, format!("there is no listener number {index}"))
        })?;
        let protocol = bound.asked.protocol.as_str().to_ascii_lowercase();
        let text = format!("{protocol}:{}", bound.address);
        // SAFETY: the caller's promise: `capacity` bytes are there.
        unsafe { out.fill(&text, capacity) }.ok_or_else(|| {
            Problem::new(SIPUA_ERROR_LIMIT, format!("the buffer needs {} bytes", text.len() + 1))
        })?;
        if !length.is_null() {
            // SAFETY: not NULL, and the caller's promise.
            unsafe { length.write(text.len()) };
        }
        Ok(())
    })
}
