//! Two user agents in one process call each other.

use std::ffi::{CStr, c_void};
use std::ptr;

use serde_json::Value;

use super::support::{Phone, c_text, ok, text};
use crate::call::{
    CallInfo, SIPUA_CALL_ESTABLISHED, SIPUA_CALL_HELD, sipua_call_answer, sipua_call_get_info,
    sipua_call_hangup, sipua_call_hold, sipua_call_redirect, sipua_call_reject, sipua_call_resume,
    sipua_call_ring, sipua_call_set_userdata, sipua_dial,
};
use crate::error::sipua_last_error;
use crate::event::{
    SIPUA_DIRECTION_INCOMING, SIPUA_DIRECTION_OUTGOING, SIPUA_DTMF_RFC4733, SIPUA_ENDED_BY_LOCAL,
    SIPUA_ENDED_BY_REMOTE, SIPUA_EVENT_CALL_ANSWERED, SIPUA_EVENT_CALL_CONFIRMED,
    SIPUA_EVENT_CALL_ENDED, SIPUA_EVENT_CALL_RINGING, SIPUA_EVENT_DTMF, SIPUA_EVENT_HOLD_CHANGED,
    SIPUA_EVENT_INCOMING_CALL, SIPUA_FAILURE_BUSY, SIPUA_FAILURE_CANCELLED, Stats,
    sipua_event_header, sipua_event_json,
};
use crate::media::{sipua_call_send_dtmf, sipua_call_stats};
use crate::sized::Sized32;
use crate::status::{SIPUA_ERROR_INVALID_ARGUMENT, SIPUA_ERROR_NOT_FOUND, SIPUA_ERROR_WRONG_STATE};
use crate::text::{Bytes, Header};

fn marker(number: usize) -> *mut c_void {
    ptr::without_provenance_mut(number)
}

fn info(phone: &Phone, call: u64) -> CallInfo {
    let mut info = CallInfo { size: CallInfo::SIZE, ..CallInfo::zeroed() };
    ok(unsafe { sipua_call_get_info(phone.ua, call, &raw mut info) });
    info
}

#[test]
fn a_call_is_rung_answered_held_resumed_and_ended() {
    let (caller, callee) = (Phone::new(), Phone::new());
    let (out, inn) = caller.dial(&callee, marker(42));
    ok(unsafe { sipua_call_set_userdata(callee.ua, inn, marker(43)) });
    ok(unsafe { sipua_call_ring(callee.ua, inn) });
    let ringing = caller.expect(SIPUA_EVENT_CALL_RINGING);
    assert_eq!((ringing.call, ringing.call_userdata), (out, marker(42)));
    assert_eq!(unsafe { (*ringing.response).code }, 180);
    assert_eq!(text(&ringing.tag), "the tag");

    ok(unsafe { sipua_call_answer(callee.ua, inn, 200) });
    caller.expect(SIPUA_EVENT_CALL_ANSWERED);
    caller.expect(SIPUA_EVENT_CALL_CONFIRMED);
    let confirmed = callee.expect(SIPUA_EVENT_CALL_CONFIRMED);
    assert_eq!((confirmed.call, confirmed.call_userdata), (inn, marker(43)));
    let (ours, theirs) = (info(&caller, out), info(&callee, inn));
    assert_eq!((ours.state, ours.direction), (SIPUA_CALL_ESTABLISHED, SIPUA_DIRECTION_OUTGOING));
    assert_eq!(
        (theirs.direction, theirs.userdata, theirs.account),
        (SIPUA_DIRECTION_INCOMING, marker(43), 0)
    );

    ok(unsafe { sipua_call_hold(caller.ua, out) });
    let held = callee.expect(SIPUA_EVENT_HOLD_CHANGED);
    assert_eq!(unsafe { ((*held.hold).local, (*held.hold).remote) }, (0, 1));
    let held = caller.expect(SIPUA_EVENT_HOLD_CHANGED);
    assert_eq!(unsafe { ((*held.hold).local, (*held.hold).remote) }, (1, 0));
    assert_eq!(info(&caller, out).state, SIPUA_CALL_HELD);
    ok(unsafe { sipua_call_resume(caller.ua, out) });
    let resumed = caller.expect(SIPUA_EVENT_HOLD_CHANGED);
    assert_eq!(unsafe { ((*resumed.hold).local, (*resumed.hold).remote) }, (0, 0));

    ok(unsafe { sipua_call_hangup(callee.ua, inn, 0, ptr::null(), 0) });
    let ended = caller.expect(SIPUA_EVENT_CALL_ENDED);
    let record = unsafe { &*ended.record };
    assert_eq!((record.ended_by, record.failure), (SIPUA_ENDED_BY_REMOTE, 0));
    assert_eq!((record.code, record.q850, text(&record.codec)), (200, -1, "PCMU".to_owned()));
    assert!(record.answered_ms >= record.ringing_ms && record.ringing_ms >= record.started_ms);
    assert_eq!(record.duration_ms, record.ended_ms - record.answered_ms);
    assert!(!record.stats.is_null());
    let ended = callee.expect(SIPUA_EVENT_CALL_ENDED);
    assert_eq!(unsafe { (*ended.record).ended_by }, SIPUA_ENDED_BY_LOCAL);
}

#[test]
fn digits_arrive_one_event_each() {
    let (caller, callee) = (Phone::new(), Phone::new());
    let (out, inn) = caller.dial(&callee, ptr::null_mut());
    ok(unsafe { sipua_call_answer(callee.ua, inn, 0) });
    caller.expect(SIPUA_EVENT_CALL_CONFIRMED);
    let wrong = unsafe { sipua_call_send_dtmf(caller.ua, out, c"4x".as_ptr(), usize::MAX) };
    assert_eq!(wrong, SIPUA_ERROR_INVALID_ARGUMENT);
    // A length that ends the text before its NUL.
    ok(unsafe { sipua_call_send_dtmf(caller.ua, out, c"42#999".as_ptr(), 3) });
    for digit in "42#".chars() {
        let event = callee.expect(SIPUA_EVENT_DTMF);
        let dtmf = unsafe { &*event.dtmf };
        assert_eq!((dtmf.digit, dtmf.via), (digit as i32, SIPUA_DTMF_RFC4733));
        assert!(dtmf.duration_ms >= 40, "{} ms", dtmf.duration_ms);
    }
    let mut stats = Stats { size: Stats::SIZE, ..Stats::zeroed() };
    ok(unsafe { sipua_call_stats(callee.ua, inn, 5_000, &raw mut stats) });
    assert!(stats.received_packets > 3 && stats.received_lost == 0, "{stats:?}");
}

#[test]
fn an_event_can_be_asked_for_its_headers_and_as_json() {
    let (caller, callee) = (Phone::new(), Phone::new());
    let fields = [("X-Order", "4711"), ("X-Order", "4712"), ("Subject", "lunch")]
        .map(|(name, value)| (c_text(name), c_text(value)));
    let headers = fields
        .each_ref()
        .map(|(name, value)| Header { name: name.as_ptr(), value: value.as_ptr() });
    let options = crate::call::CallOptions {
        size: crate::call::CallOptions::SIZE,
        headers: headers.as_ptr(),
        header_count: headers.len(),
        ..crate::call::CallOptions::zeroed()
    };
    let (target, mut call) = (callee.uri(), 0);
    let target = target.as_ptr();
    ok(unsafe { sipua_dial(caller.ua, 0, target, usize::MAX, &raw const options, &raw mut call) });
    let event = callee.expect(SIPUA_EVENT_INCOMING_CALL);
    let header = |name: &CStr, index| {
        let mut value = Bytes::of(&[]);
        let place = &raw mut value;
        let status =
            unsafe { sipua_event_header(event.0, name.as_ptr(), usize::MAX, index, place) };
        let bytes = unsafe { std::slice::from_raw_parts(value.data, value.length) };
        (status, String::from_utf8_lossy(bytes).into_owned())
    };
    assert_eq!(header(c"x-order", 0), (0, "4711".to_owned()));
    assert_eq!(header(c"X-ORDER", 1), (0, "4712".to_owned()));
    assert_eq!(header(c"X-Order", 2).0, SIPUA_ERROR_NOT_FOUND);
    assert_eq!(header(c"s", 0), (0, "lunch".to_owned()), "the compact form of Subject");
    assert_eq!(header(c"no name", 0).0, SIPUA_ERROR_INVALID_ARGUMENT);

    let json = unsafe { CStr::from_ptr(sipua_event_json(event.0)) }.to_str().unwrap();
    let json: Value = serde_json::from_str(json).unwrap();
    assert_eq!(json["event"], "incoming_call");
    assert_eq!(json["call"], format!("{:016x}", event.call));
    assert_eq!(json["remote"], text(unsafe { &(*event.incoming_call).remote }));
    assert_eq!(json["seq"], event.seq);
}

#[test]
fn refusals_and_cancellations_are_told_apart() {
    let (caller, callee) = (Phone::new(), Phone::new());
    let (_, inn) = caller.dial(&callee, ptr::null_mut());
    ok(unsafe { sipua_call_reject(callee.ua, inn, 0) });
    let ended = caller.expect(SIPUA_EVENT_CALL_ENDED);
    let record = unsafe { &*ended.record };
    assert_eq!((record.code, record.failure), (486, SIPUA_FAILURE_BUSY));
    assert_eq!((record.answered_ms, record.duration_ms), (-1, 0));
    callee.expect(SIPUA_EVENT_CALL_ENDED);

    let (out, _) = caller.dial(&callee, ptr::null_mut());
    ok(unsafe { sipua_call_hangup(caller.ua, out, 0, ptr::null(), 0) });
    let ended = caller.expect(SIPUA_EVENT_CALL_ENDED);
    assert_eq!(unsafe { (*ended.record).failure }, SIPUA_FAILURE_CANCELLED);
    callee.expect(SIPUA_EVENT_CALL_ENDED);
}

#[test]
fn a_caller_is_sent_elsewhere() {
    let (caller, callee) = (Phone::new(), Phone::new());
    let (_, inn) = caller.dial(&callee, ptr::null_mut());
    let target = c"sip:else@127.0.0.1:9".as_ptr();
    ok(unsafe { sipua_call_redirect(callee.ua, inn, target, usize::MAX) });
    let ended = caller.expect(SIPUA_EVENT_CALL_ENDED);
    assert_eq!(unsafe { (*ended.record).code }, 302);
}

#[test]
fn a_verb_in_the_wrong_state_names_the_state() {
    let (caller, callee) = (Phone::new(), Phone::new());
    let (out, _) = caller.dial(&callee, ptr::null_mut());
    assert_eq!(unsafe { sipua_call_answer(caller.ua, out, 0) }, SIPUA_ERROR_WRONG_STATE);
    let error = unsafe { &*sipua_last_error() };
    assert_eq!((error.status, error.sip_code), (SIPUA_ERROR_WRONG_STATE, 0));
    let message = super::support::last_message();
    assert!(message.contains("the call is"), "{message}");
    assert_eq!(unsafe { sipua_call_hold(caller.ua, out) }, SIPUA_ERROR_WRONG_STATE);
}
