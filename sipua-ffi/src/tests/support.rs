//! A user agent for tests, through the C functions only.

use std::ffi::{CStr, CString, c_void};
use std::ptr;

use crate::config::Config;
use crate::error::sipua_last_error;
use crate::event::{
    Event, EventKind, SIPUA_EVENT_CALL_ENDED, SIPUA_EVENT_INCOMING_CALL, sipua_event_free,
    sipua_next_event,
};
use crate::sized::Sized32;
use crate::status::{SIPUA_OK, Status};
use crate::text::Text;
use crate::ua::{Ua, sipua_ua_create, sipua_ua_free, sipua_ua_listener};

/// How long anything may take; only a test that fails waits for it.
pub(super) const PATIENCE: i32 = 20_000;

/// A user agent that is freed at the end of its test.
#[derive(Debug)]
pub(super) struct Phone {
    pub(super) ua: *mut Ua,
}

// A handle may be used from any thread; that is what is tested.
unsafe impl Send for Phone {}
unsafe impl Sync for Phone {}

/// An event that is freed.
pub(super) struct Taken(pub(super) *mut Event);

impl std::ops::Deref for Taken {
    type Target = Event;

    fn deref(&self) -> &Event {
        unsafe { &*self.0 }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        unsafe { sipua_event_free(self.0) };
    }
}

impl Phone {
    /// One that listens on a free port of the loopback, with one media thread.
    pub(super) fn new() -> Self {
        Self::with(&[("media_threads", "1")])
    }

    pub(super) fn with(settings: &[(&str, &str)]) -> Self {
        let texts: Vec<_> = settings.iter().map(|(a, b)| (c_text(a), c_text(b))).collect();
        let settings: Vec<_> = texts
            .iter()
            .map(|(name, value)| crate::text::Setting {
                name: name.as_ptr(),
                value: value.as_ptr(),
            })
            .collect();
        let config = Config {
            size: Config::SIZE,
            listen: c"udp:127.0.0.1:0".as_ptr(),
            settings: settings.as_ptr(),
            setting_count: settings.len(),
            ..Config::zeroed()
        };
        let mut ua = ptr::null_mut();
        ok(unsafe { sipua_ua_create(&raw const config, &raw mut ua) });
        Self { ua }
    }

    /// Where it can be called.
    pub(super) fn uri(&self) -> CString {
        let mut buffer = [0; 64];
        let mut length = 0;
        ok(unsafe { sipua_ua_listener(self.ua, 0, buffer.as_mut_ptr(), 64, &raw mut length) });
        let text = unsafe { CStr::from_ptr(buffer.as_ptr()) }.to_str().unwrap();
        assert_eq!(text.len(), length);
        c_text(&format!("sip:test@{}", text.strip_prefix("udp:").unwrap()))
    }

    /// The next event.
    pub(super) fn next(&self) -> Taken {
        let mut event = ptr::null_mut();
        ok(unsafe { sipua_next_event(self.ua, PATIENCE, &raw mut event) });
        Taken(event)
    }

    /// What `sipua_next_event` answers; an event is freed.
    pub(super) fn try_next(&self, timeout_ms: i32) -> Status {
        let mut event = ptr::null_mut();
        let status = unsafe { sipua_next_event(self.ua, timeout_ms, &raw mut event) };
        if status == SIPUA_OK {
            drop(Taken(event));
        }
        status
    }

    /// The next event of this kind; those before it are passed over.
    pub(super) fn expect(&self, kind: EventKind) -> Taken {
        loop {
            let event = self.next();
            if event.kind == kind {
                return event;
            }
            let name = text(&event.name);
            assert_ne!(event.kind, SIPUA_EVENT_CALL_ENDED, "{name} came instead of {kind}");
        }
    }

    /// Calls another one; gives both sides' ids of the call.
    pub(super) fn dial(&self, callee: &Self, userdata: *mut c_void) -> (u64, u64) {
        let target = callee.uri();
        let options = crate::call::CallOptions {
            size: crate::call::CallOptions::SIZE,
            tag: c"the tag".as_ptr(),
            userdata,
            ..crate::call::CallOptions::zeroed()
        };
        let mut call = 0;
        ok(unsafe {
            crate::call::sipua_dial(
                self.ua,
                0,
                target.as_ptr(),
                usize::MAX,
                &raw const options,
                &raw mut call,
            )
        });
        (call, callee.expect(SIPUA_EVENT_INCOMING_CALL).call)
    }
}

impl Phone {
    /// Frees it, if it was not.
    pub(super) fn free(&self) {
        unsafe { sipua_ua_free(self.ua) };
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        self.free();
    }
}

/// Asserts success, with the library's own words when there is none.
#[track_caller]
pub(super) fn ok(status: Status) {
    assert_eq!(status, SIPUA_OK, "{}", last_message());
}

pub(super) fn last_message() -> String {
    let message = unsafe { CStr::from_ptr((*sipua_last_error()).message) };
    message.to_string_lossy().into_owned()
}

pub(super) fn c_text(text: &str) -> CString {
    CString::new(text).unwrap()
}

/// A text the library gave, by its length; the NUL has to be where it says.
pub(super) fn text(text: &Text) -> String {
    let by_nul = unsafe { CStr::from_ptr(text.data) }.to_bytes();
    assert_eq!(by_nul.len(), text.length);
    String::from_utf8(by_nul.to_vec()).unwrap()
}
