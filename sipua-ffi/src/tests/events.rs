//! The three ways to take events: the queue, the descriptor, the callback.

use std::ffi::c_void;
use std::ptr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use super::support::{PATIENCE, Phone, ok};
use crate::call::{sipua_call_answer, sipua_call_hangup};
use crate::event::{
    Event, SIPUA_EVENT_CALL_ENDED, SIPUA_EVENT_INCOMING_CALL, SIPUA_EVENT_STARTED,
    SIPUA_EVENT_STOPPED, sipua_event_fd, sipua_events_dropped, sipua_next_event,
    sipua_set_event_callback,
};
use crate::status::{
    SIPUA_ERROR_IN_CALLBACK, SIPUA_ERROR_STOPPED, SIPUA_ERROR_TIMED_OUT, SIPUA_ERROR_WRONG_STATE,
    SIPUA_OK, Status,
};
use crate::ua::{Ua, sipua_ua_free, sipua_ua_shutdown};

/// What a callback tells its test.
struct Seen {
    ua: *mut Ua,
    to: Sender<(i32, u64, Status)>,
}

unsafe impl Send for Seen {}

/// Answers calls, tries the one thing that is forbidden, and tells the test.
unsafe extern "C" fn callback(event: *const Event, userdata: *mut c_void) {
    let (event, seen) = unsafe { (&*event, &*userdata.cast::<Seen>()) };
    let freed = unsafe { sipua_ua_free(seen.ua) };
    if event.kind == SIPUA_EVENT_INCOMING_CALL {
        ok(unsafe { sipua_call_answer(seen.ua, event.call, 0) });
    }
    let _ = seen.to.send((event.kind, event.call, freed));
}

fn wait_for(events: &Receiver<(i32, u64, Status)>, kind: i32) -> (i32, u64, Status) {
    loop {
        let told = events.recv_timeout(Duration::from_millis(PATIENCE as u64)).unwrap();
        if told.0 == kind {
            return told;
        }
    }
}

#[test]
fn a_callback_is_told_everything_and_may_call_everything_but_free() {
    let (caller, callee) = (Phone::new(), Phone::new());
    let (to, events) = channel();
    let seen = Box::new(Seen { ua: callee.ua, to });
    let userdata = ptr::from_ref(&*seen).cast_mut().cast();
    ok(unsafe { sipua_set_event_callback(callee.ua, Some(callback), userdata) });
    let (_, _, freed) = wait_for(&events, SIPUA_EVENT_STARTED);
    assert_eq!(freed, SIPUA_ERROR_IN_CALLBACK);
    let mut event = ptr::null_mut();
    let taken = unsafe { sipua_next_event(callee.ua, 0, &raw mut event) };
    assert_eq!(taken, SIPUA_ERROR_WRONG_STATE);

    let (target, mut call) = (callee.uri(), 0);
    ok(unsafe {
        crate::call::sipua_dial(
            caller.ua,
            0,
            target.as_ptr(),
            usize::MAX,
            ptr::null(),
            &raw mut call,
        )
    });
    let (_, inn, _) = wait_for(&events, SIPUA_EVENT_INCOMING_CALL);
    caller.expect(crate::event::SIPUA_EVENT_CALL_CONFIRMED);
    ok(unsafe { sipua_call_hangup(caller.ua, call, 0, ptr::null(), 0) });
    assert_eq!(wait_for(&events, SIPUA_EVENT_CALL_ENDED).1, inn);
    // The last events are told before free returns, and the userdata may go after it.
    ok(unsafe { sipua_ua_free(callee.ua) });
    assert!(events.try_iter().any(|told| told.0 == SIPUA_EVENT_STOPPED));
    drop(seen);
}

#[test]
fn without_its_callback_the_queue_is_back() {
    let phone = Phone::new();
    let (to, events) = channel();
    let seen = Box::new(Seen { ua: phone.ua, to });
    let userdata = ptr::from_ref(&*seen).cast_mut().cast();
    ok(unsafe { sipua_set_event_callback(phone.ua, Some(callback), userdata) });
    wait_for(&events, SIPUA_EVENT_STARTED);
    ok(unsafe { sipua_set_event_callback(phone.ua, None, ptr::null_mut()) });
    drop(seen);
    assert!(events.recv().is_err(), "nothing was told after the callback was taken away");
    let mut event = ptr::null_mut();
    let none = unsafe { sipua_next_event(phone.ua, 0, &raw mut event) };
    assert_eq!(none, SIPUA_ERROR_TIMED_OUT);
    ok(unsafe { sipua_ua_shutdown(phone.ua) });
    assert_eq!(phone.next().kind, SIPUA_EVENT_STOPPED);
}

/// Whether the descriptor is readable within the time.
#[cfg(unix)]
fn readable(fd: i32, timeout_ms: i32) -> bool {
    #[repr(C)]
    struct PollFd {
        fd: i32,
        events: i16,
        revents: i16,
    }
    unsafe extern "C" {
        fn poll(fds: *mut PollFd, count: std::ffi::c_ulong, timeout: i32) -> i32;
    }
    let mut item = PollFd { fd, events: 1, revents: 0 };
    unsafe { poll(&raw mut item, 1, timeout_ms) == 1 && item.revents & 1 == 1 }
}

#[test]
#[cfg(unix)]
fn the_descriptor_is_readable_while_events_wait() {
    let phone = Phone::new();
    let mut fd = -1;
    ok(unsafe { sipua_event_fd(phone.ua, &raw mut fd) });
    let mut again = -1;
    ok(unsafe { sipua_event_fd(phone.ua, &raw mut again) });
    assert_eq!(fd, again);
    assert!(readable(fd, PATIENCE));
    assert_eq!(phone.next().kind, SIPUA_EVENT_STARTED);
    assert!(!readable(fd, 0));
    ok(unsafe { sipua_ua_shutdown(phone.ua) });
    assert!(readable(fd, PATIENCE));
    assert_eq!(phone.next().kind, SIPUA_EVENT_STOPPED);
    // From here on `next` says that nothing will come, so a loop has to look.
    assert!(readable(fd, PATIENCE));
    let mut event = ptr::null_mut();
    let over = unsafe { sipua_next_event(phone.ua, -1, &raw mut event) };
    assert_eq!(over, SIPUA_ERROR_STOPPED);
}

#[test]
fn what_nobody_takes_is_dropped_and_counted_but_never_an_end() {
    let phone = Phone::with(&[("media_threads", "1"), ("event_queue", "1")]);
    let callee = Phone::new();
    let (target, mut call) = (callee.uri(), 0);
    ok(unsafe {
        crate::call::sipua_dial(
            phone.ua,
            0,
            target.as_ptr(),
            usize::MAX,
            ptr::null(),
            &raw mut call,
        )
    });
    let inn = callee.expect(SIPUA_EVENT_INCOMING_CALL).call;
    ok(unsafe { sipua_call_answer(callee.ua, inn, 0) });
    callee.expect(crate::event::SIPUA_EVENT_CALL_CONFIRMED);
    ok(unsafe { sipua_call_hangup(callee.ua, inn, 0, ptr::null(), 0) });
    callee.expect(SIPUA_EVENT_CALL_ENDED);
    ok(unsafe { sipua_ua_shutdown(phone.ua) });
    let mut kinds = Vec::new();
    loop {
        let mut event = ptr::null_mut();
        if unsafe { sipua_next_event(phone.ua, PATIENCE, &raw mut event) } != SIPUA_OK {
            break;
        }
        kinds.push(super::support::Taken(event).kind);
    }
    assert_eq!(kinds, [SIPUA_EVENT_STARTED, SIPUA_EVENT_CALL_ENDED, SIPUA_EVENT_STOPPED]);
    let mut dropped = 0;
    ok(unsafe { sipua_events_dropped(phone.ua, &raw mut dropped) });
    assert!(dropped >= 2, "{dropped}");
}

#[test]
fn a_call_that_cannot_be_told_is_refused() {
    let callee = Phone::with(&[("media_threads", "1"), ("event_queue", "1")]);
    let caller = Phone::new();
    let (target, mut call) = (callee.uri(), 0);
    let (text, length, none) = (target.as_ptr(), usize::MAX, ptr::null());
    // `started` fills the queue.
    for _ in 0..3 {
        ok(unsafe { crate::call::sipua_dial(caller.ua, 0, text, length, none, &raw mut call) });
        loop {
            let event = caller.next();
            if event.kind == SIPUA_EVENT_CALL_ENDED {
                assert_eq!(unsafe { (*event.record).code }, 503);
                break;
            }
        }
    }
    assert_eq!(callee.next().kind, SIPUA_EVENT_STARTED);
    let mut event = ptr::null_mut();
    let none = unsafe { sipua_next_event(callee.ua, 0, &raw mut event) };
    assert_eq!(none, SIPUA_ERROR_TIMED_OUT, "nothing is told of calls that were refused");
}

#[test]
fn who_waits_when_a_callback_is_set_comes_back() {
    let phone = Phone::new();
    phone.expect(SIPUA_EVENT_STARTED);
    let (to, _events) = channel();
    let seen = Box::new(Seen { ua: phone.ua, to });
    let userdata = ptr::from_ref(&*seen).cast_mut().cast();
    std::thread::scope(|scope| {
        let phone = &phone;
        let waiter = scope.spawn(move || phone.try_next(-1));
        // Whether it waits already or not yet, it has to come back.
        ok(unsafe { sipua_set_event_callback(phone.ua, Some(callback), userdata) });
        assert_eq!(waiter.join().unwrap(), SIPUA_ERROR_WRONG_STATE);
    });
    ok(unsafe { sipua_set_event_callback(phone.ua, None, ptr::null_mut()) });
    drop(seen);
}
