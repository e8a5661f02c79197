//! Calls: their signalling.
#![allow(clippy::missing_safety_doc, reason = "what pointers must be is said once, in the header")]

use std::ffi::{c_char, c_void};
use std::sync::Arc;
use std::time::Duration;

use sipua::{Call, DialOptions};

use crate::agents;
use crate::calls::CallEntry;
use crate::error::{Problem, Result};
use crate::event::{Direction, direction};
use crate::guard::{Out, guard};
use crate::sized::{Sized32, give, options, room};
use crate::status::Status;
use crate::text::{Header, headers, optional, text};
use crate::ua::Ua;

/// What is particular to one outgoing call. Begin with `SIPUA_CALL_OPTIONS_INIT`: 0 and NULL mean the
/// default. Texts end in NUL and are copied.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct CallOptions {
    /// The size of this struct: `SIPUA_CALL_OPTIONS_INIT` sets it.
    pub size: u32,
    /// How long it may ring. Default: the user agent's setting.
    pub ring_timeout_ms: u32,
    /// The name shown to the called side. Default: the account's.
    pub display_name: *const c_char,
    /// Digits to send once it is answered.
    pub dtmf: *const c_char,
    /// The application's own word, echoed in every event about the call.
    pub tag: *const c_char,
    /// The application's own pointer, echoed in every event about the call.
    pub userdata: *mut c_void,
    /// Header fields of the INVITE.
    pub headers: *const Header,
    /// How many there are.
    pub header_count: usize,
}

// SAFETY: repr(C), begins with its size, numbers and pointers only.
unsafe impl Sized32 for CallOptions {
    const NAME: &'static str = "sipua_call_options";
}

/// Where a call stands. Numbers never change; new ones may be added.
pub type CallState = i32;

/// Outgoing: the INVITE is on its way.
pub const SIPUA_CALL_CALLING: CallState = 1;
/// Incoming: the INVITE has arrived, nothing was decided.
pub const SIPUA_CALL_INCOMING: CallState = 2;
/// The called side is being alerted.
pub const SIPUA_CALL_RINGING: CallState = 3;
/// Incoming: a 2xx was sent, the ACK has not come yet.
pub const SIPUA_CALL_ANSWERING: CallState = 4;
/// Both sides agreed; audio flows.
pub const SIPUA_CALL_ESTABLISHED: CallState = 5;
/// The call is held by this side, by the other, or by both.
pub const SIPUA_CALL_HELD: CallState = 6;
/// We are ending the call and wait for the other side's word.
pub const SIPUA_CALL_ENDING: CallState = 7;
/// It is over; its id is valid until its `call_ended` was taken.
pub const SIPUA_CALL_ENDED: CallState = 8;

/// What a call is now.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct CallInfo {
    /// The size of this struct: `SIPUA_CALL_INFO_INIT` sets it.
    pub size: u32,
    /// Where it stands.
    pub state: CallState,
    /// Who placed it.
    pub direction: Direction,
    /// The account it belongs to; 0: none.
    pub account: u64,
    /// The application's own pointer.
    pub userdata: *mut c_void,
}

// SAFETY: repr(C), begins with its size, numbers and pointers only.
unsafe impl Sized32 for CallInfo {
    const NAME: &'static str = "sipua_call_info";
}

/// # Calls
///
/// Places a call to `target`: a URI, or with an account a number at its domain; digits after a comma are
/// sent after the answer (`sip:bob@192.0.2.1,42#`).
///
/// `account` 0 calls without one; `options` NULL is all defaults. Any thread; the id may be used at once.
/// `call_trying`, `call_ringing`, `call_progress`, `call_answered` and `call_confirmed` follow as the peer
/// answers, `call_ended` always. Errors: `INVALID_ARGUMENT` for the target or an option, `STRUCT_SIZE`,
/// `LIMIT`, `STOPPED`, `GONE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_dial(
    ua: *mut Ua,
    account: u64,
    target: *const c_char,
    target_length: usize,
    options: *const CallOptions,
    call: *mut u64,
) -> Status {
    guard(|| {
        // SAFETY: the caller's promise.
        let out = unsafe { Out::new(call, "call") }?;
        let agent = agents::get(ua)?;
        let account = agent.optional_account(account)?;
        // SAFETY: the caller's promise.
        let target = unsafe { text("target", target, target_length) }?;
        // SAFETY: the caller's promise.
        let (options, userdata) = unsafe { dial_options(options) }?;
        let id = agent.calls.dial(userdata, || match &account {
            Some(account) => account.dial(target, options),
            None => agent.ua.dial(target, options),
        })?;
        out.set(id);
        Ok(())
    })
}

/// # Safety
/// `given` is NULL or leads to options of their size, whose texts and arrays are readable.
unsafe fn dial_options(given: *const CallOptions) -> Result<(DialOptions, *mut c_void)> {
    let own = |text: Option<&str>| text.map(str::to_owned);
    // SAFETY: the caller's promise, for each.
    let (given, dial) = unsafe {
        let given = options(given)?;
        let dial = DialOptions {
            headers: headers(given.headers, given.header_count)?,
            display_name: own(optional("display_name", given.display_name)?),
            dtmf: own(optional("dtmf", given.dtmf)?),
            tag: own(optional("tag", given.tag)?),
            ..DialOptions::default()
        };
        (given, dial)
    };
    let ring = (given.ring_timeout_ms != 0).then_some(given.ring_timeout_ms);
    let ring_timeout = ring.map(|millis| Duration::from_millis(millis.into()));
    Ok((DialOptions { ring_timeout, ..dial }, given.userdata))
}

/// The entry of a call that an application names.
pub(crate) fn entry(ua: *mut Ua, call: u64) -> Result<Arc<CallEntry>> {
    agents::get(ua)?.calls.get(call)
}

/// A function that only names a call.
fn on_call(ua: *mut Ua, call: u64, verb: impl FnOnce(&Call) -> sipua::Result<()>) -> Status {
    guard(|| Ok(verb(&entry(ua, call)?.call)?))
}

/// Tells what a call is now.
///
/// `info` begins with `SIPUA_CALL_INFO_INIT`. Any thread. Errors: `GONE`, `STRUCT_SIZE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_call_get_info(
    ua: *mut Ua,
    call: u64,
    info: *mut CallInfo,
) -> Status {
    guard(|| {
        // SAFETY: the caller's promise.
        unsafe { room(info) }?;
        let entry = entry(ua, call)?;
        let answer = CallInfo {
            size: CallInfo::SIZE,
            state: state(entry.call.state()),
            direction: direction(entry.call.direction()),
            account: entry.call.account().map_or(0, |account| account.0),
            userdata: entry.userdata(),
        };
        // SAFETY: the caller's promise.
        unsafe { give(info, &answer) }
    })
}

const fn state(state: sipua::CallState) -> CallState {
    match state {
        sipua::CallState::Calling => SIPUA_CALL_CALLING,
        sipua::CallState::Incoming => SIPUA_CALL_INCOMING,
        sipua::CallState::Ringing => SIPUA_CALL_RINGING,
        sipua::CallState::Answering => SIPUA_CALL_ANSWERING,
        sipua::CallState::Established => SIPUA_CALL_ESTABLISHED,
        sipua::CallState::Held => SIPUA_CALL_HELD,
        sipua::CallState::Ending => SIPUA_CALL_ENDING,
        sipua::CallState::Ended => SIPUA_CALL_ENDED,
        _ => 0,
    }
}

/// Gives a call the application's own pointer, echoed in every event about it that is taken from now on;
/// for incoming calls as a rule.
///
/// Any thread. Errors: `GONE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_call_set_userdata(
    ua: *mut Ua,
    call: u64,
    userdata: *mut c_void,
) -> Status {
    guard(|| {
        entry(ua, call)?.set_userdata(userdata);
        Ok(())
    })
}

/// Sends 180 Ringing for an incoming call; `call_ringing` follows.
///
/// Any thread. Errors: `WRONG_STATE`, `GONE`, `STOPPED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_call_ring(ua: *mut Ua, call: u64) -> Status {
    on_call(ua, call, Call::ring)
}

/// Sends 183 Session Progress with a description: audio flows before the answer; `call_progress` follows.
///
/// Any thread. Errors: `WRONG_STATE`, `GONE`, `STOPPED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_call_progress(ua: *mut Ua, call: u64) -> Status {
    on_call(ua, call, Call::progress)
}

/// Takes an incoming call, with a code from 200 to 299; 0 is 200. `call_answered` and `call_confirmed`
/// follow.
///
/// Any thread. Errors: `WRONG_STATE`, `INVALID_ARGUMENT` for the code, `GONE`, `STOPPED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_call_answer(ua: *mut Ua, call: u64, code: i32) -> Status {
    on_call(ua, call, |call| call.answer_with(sip_code(code, 200)))
}

/// Refuses an incoming call with a code from 400 to 699; 0 is 486 Busy Here. `call_ended` follows.
///
/// Any thread. Errors: `WRONG_STATE`, `INVALID_ARGUMENT` for the code, `GONE`, `STOPPED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_call_reject(ua: *mut Ua, call: u64, code: i32) -> Status {
    on_call(ua, call, |call| call.reject(sip_code(code, 486)))
}

/// Sends the caller of an incoming call to another address with 302; `call_ended` follows.
///
/// Any thread. Errors: `WRONG_STATE`, `INVALID_ARGUMENT` for the target, `GONE`, `STOPPED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_call_redirect(
    ua: *mut Ua,
    call: u64,
    target: *const c_char,
    target_length: usize,
) -> Status {
    guard(|| {
        // SAFETY: the caller's promise.
        let target = unsafe { text("target", target, target_length) }?;
        Ok(entry(ua, call)?.call.redirect(target)?)
    })
}

/// Leaves an incoming call unanswered: it ends when the caller gives up.
///
/// Any thread. Errors: `WRONG_STATE`, `GONE`, `STOPPED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_call_ignore(ua: *mut Ua, call: u64) -> Status {
    on_call(ua, call, Call::ignore)
}

/// Ends a call in any state: with CANCEL, BYE or a refusal. Again it does nothing. `call_ended` follows.
///
/// `code`, from 300 to 699, is that of the refusal or of the Reason header, with `reason` as its text
/// (may be NULL); 0 leaves both to the library. Any thread. Errors: `INVALID_ARGUMENT` for the code,
/// `GONE`, `STOPPED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_call_hangup(
    ua: *mut Ua,
    call: u64,
    code: i32,
    reason: *const c_char,
    reason_length: usize,
) -> Status {
    guard(|| {
        let reason = if reason.is_null() {
            None
        } else {
            // SAFETY: the caller's promise.
            Some(unsafe { text("reason", reason, reason_length) }?)
        };
        let entry = entry(ua, call)?;
        if code == 0 && reason.is_some() {
            return Err(Problem::invalid("a reason needs a code from 300 to 699"));
        }
        match code {
            0 => entry.call.hangup()?,
            code => entry.call.hangup_with(sip_code(code, 0), reason)?,
        }
        Ok(())
    })
}

/// Puts a call on hold: the other side is asked to send nothing; `hold_changed` follows.
///
/// Any thread. Errors: `WRONG_STATE`, `GONE`, `STOPPED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_call_hold(ua: *mut Ua, call: u64) -> Status {
    on_call(ua, call, Call::hold)
}

/// Takes a call back from hold; `hold_changed` follows.
///
/// Any thread. Errors: `WRONG_STATE`, `GONE`, `STOPPED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_call_resume(ua: *mut Ua, call: u64) -> Status {
    on_call(ua, call, Call::resume)
}

/// Negotiates the media anew with a re-INVITE; `media_changed` follows if anything changed.
///
/// Any thread. Errors: `WRONG_STATE`, `GONE`, `STOPPED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_call_reinvite(ua: *mut Ua, call: u64) -> Status {
    on_call(ua, call, Call::reinvite)
}

/// A code as the engine takes it; one out of all range stays out of range.
fn sip_code(code: i32, default: u16) -> u16 {
    if code == 0 { default } else { u16::try_from(code).unwrap_or(0) }
}
