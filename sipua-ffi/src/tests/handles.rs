//! Handles and ids that are stale, invented, or of a user agent that is stopping or freed.

use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::support::{PATIENCE, Phone, ok};
use crate::account::{sipua_account_register, sipua_account_remove};
use crate::audio::{sipua_audio_format, sipua_audio_read, sipua_audio_write};
use crate::call::{sipua_call_answer, sipua_call_hangup, sipua_call_hold, sipua_dial};
use crate::event::{
    SIPUA_EVENT_CALL_CONFIRMED, SIPUA_EVENT_CALL_ENDED, SIPUA_EVENT_STARTED, SIPUA_EVENT_STOPPED,
    sipua_event_fd, sipua_next_event,
};
use crate::media::sipua_call_send_dtmf;
use crate::status::{SIPUA_ERROR_GONE, SIPUA_ERROR_STOPPED, SIPUA_OK};
use crate::ua::{Ua, sipua_ua_free, sipua_ua_shutdown};

#[test]
fn a_freed_or_invented_user_agent_is_gone() {
    let phone = Phone::new();
    ok(unsafe { sipua_ua_free(phone.ua) });
    let invented = [phone.ua, ptr::without_provenance_mut::<Ua>(3), ptr::dangling_mut()];
    for ua in invented {
        let (mut event, mut fd, mut call) = (ptr::null_mut(), 0, 0);
        let statuses = unsafe {
            [
                sipua_ua_free(ua),
                sipua_ua_shutdown(ua),
                sipua_next_event(ua, 0, &raw mut event),
                sipua_event_fd(ua, &raw mut fd),
                sipua_account_register(ua, 1),
                sipua_dial(ua, 0, c"sip:a@b".as_ptr(), 7, ptr::null(), &raw mut call),
                sipua_call_hangup(ua, 2, 0, ptr::null(), 0),
            ]
        };
        assert_eq!(statuses, [SIPUA_ERROR_GONE; 7]);
    }
}

#[test]
fn a_call_can_be_named_until_its_end_was_taken() {
    let (caller, callee) = (Phone::new(), Phone::new());
    let (out, inn) = caller.dial(&callee, ptr::null_mut());
    ok(unsafe { sipua_call_answer(callee.ua, inn, 0) });
    caller.expect(SIPUA_EVENT_CALL_CONFIRMED);
    ok(unsafe { sipua_call_hangup(caller.ua, out, 0, ptr::null(), 0) });
    ok(unsafe { sipua_call_hangup(caller.ua, out, 0, ptr::null(), 0) });
    let ended = caller.expect(SIPUA_EVENT_CALL_ENDED);
    assert_eq!(ended.call, out);
    let (mut samples, mut taken) = ([0; 8], 0);
    let statuses = unsafe {
        [
            sipua_call_hangup(caller.ua, out, 0, ptr::null(), 0),
            sipua_call_hold(caller.ua, out),
            sipua_call_send_dtmf(caller.ua, out, c"1".as_ptr(), 1),
            sipua_audio_format(caller.ua, out, 8000, 0),
            sipua_audio_read(caller.ua, out, samples.as_mut_ptr(), 8, &raw mut taken),
            sipua_audio_write(caller.ua, out, samples.as_ptr(), 8, &raw mut taken),
            // The id of a call of another user agent.
            sipua_call_hangup(caller.ua, inn, 0, ptr::null(), 0),
            sipua_account_remove(caller.ua, out),
        ]
    };
    assert_eq!(statuses, [SIPUA_ERROR_GONE; 8]);
}

#[test]
fn after_a_shutdown_everything_answers_that_it_has_stopped() {
    let phone = Phone::new();
    ok(unsafe { sipua_ua_shutdown(phone.ua) });
    ok(unsafe { sipua_ua_shutdown(phone.ua) });
    phone.expect(SIPUA_EVENT_STOPPED);
    let (mut event, mut call) = (ptr::null_mut(), 0);
    let target = c"sip:a@127.0.0.1".as_ptr();
    let statuses = unsafe {
        [
            sipua_next_event(phone.ua, PATIENCE, &raw mut event),
            sipua_next_event(phone.ua, -1, &raw mut event),
            sipua_dial(phone.ua, 0, target, usize::MAX, ptr::null(), &raw mut call),
        ]
    };
    assert_eq!(statuses, [SIPUA_ERROR_STOPPED; 3]);
    assert_eq!((event.is_null(), call), (true, 0), "results are written only on success");
    ok(unsafe { sipua_ua_shutdown(phone.ua) });
}

#[test]
fn a_shutdown_ends_the_calls_first() {
    let (caller, callee) = (Phone::new(), Phone::new());
    let (out, inn) = caller.dial(&callee, ptr::null_mut());
    ok(unsafe { sipua_call_answer(callee.ua, inn, 0) });
    caller.expect(SIPUA_EVENT_CALL_CONFIRMED);
    ok(unsafe { sipua_ua_shutdown(caller.ua) });
    assert_eq!(caller.expect(SIPUA_EVENT_CALL_ENDED).call, out);
    caller.expect(SIPUA_EVENT_STOPPED);
    assert_eq!(callee.expect(SIPUA_EVENT_CALL_ENDED).call, inn);
}

#[test]
fn who_waits_for_an_event_comes_back_when_the_user_agent_is_freed() {
    let phone = Phone::new();
    phone.expect(SIPUA_EVENT_STARTED);
    let waiting = AtomicBool::new(false);
    thread::scope(|scope| {
        let (phone, waiting) = (&phone, &waiting);
        let waiter = scope.spawn(move || {
            let mut last = 0;
            loop {
                waiting.store(true, Ordering::Release);
                let mut event = ptr::null_mut();
                let status = unsafe { next_for_ever(phone, &mut event) };
                if status != SIPUA_OK {
                    return (status, last);
                }
                let event = super::support::Taken(event);
                last = event.kind;
            }
        });
        while !waiting.load(Ordering::Acquire) {
            thread::yield_now();
        }
        ok(unsafe { sipua_ua_free(phone.ua) });
        let (status, last) = waiter.join().unwrap();
        assert!(
            (status, last) == (SIPUA_ERROR_STOPPED, SIPUA_EVENT_STOPPED)
                || status == SIPUA_ERROR_GONE,
            "{status} after {last}"
        );
    });
}

/// Waits without end, on whatever thread.
unsafe fn next_for_ever(phone: &Phone, event: &mut *mut crate::event::Event) -> i32 {
    unsafe { sipua_next_event(phone.ua, -1, event) }
}

#[test]
fn freeing_nothing_is_no_error() {
    ok(unsafe { sipua_ua_free(ptr::null_mut()) });
}
