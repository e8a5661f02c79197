//! Events: what the application is told, as C structs.

mod boxed;
mod functions;
mod kind;
mod payload;

use std::ffi::c_void;

pub(crate) use boxed::Boxed;
pub use functions::*;
pub(crate) use kind::direction;
pub use kind::*;
pub use payload::*;

use crate::text::Text;

/// Something that happened. Which payload is there depends on the type; the others are NULL. Everything
/// in it is the library's and valid until `sipua_event_free`, or until the callback returns.
#[repr(C)]
#[derive(Debug)]
pub struct Event {
    /// The size of this struct, as the library knows it.
    pub size: u32,
    /// What happened: one of `SIPUA_EVENT_…`. Pass over those you do not know.
    pub kind: EventKind,
    /// Counts the events of one user agent from 1; a gap is an event that was dropped.
    pub seq: u64,
    /// Milliseconds since the user agent started.
    pub time_ms: u64,
    /// The account it is about; 0: none.
    pub account: u64,
    /// The call it is about; 0: none.
    pub call: u64,
    /// The account's pointer, from its creation.
    pub account_userdata: *mut c_void,
    /// The call's pointer, from its dialling or `sipua_call_set_userdata`.
    pub call_userdata: *mut c_void,
    /// The SIP Call-ID, once known.
    pub call_id: Text,
    /// The application's own word for the call or account.
    pub tag: Text,
    /// The event's name, for example `call_answered`.
    pub name: Text,
    /// Of `registered` and `registration_failed`.
    pub registration: *const Registration,
    /// Of `incoming_call`.
    pub incoming_call: *const IncomingCall,
    /// Of `call_ringing`, `call_progress` and `call_answered`.
    pub response: *const CallResponse,
    /// Of `call_ended`: all that is known of the call.
    pub record: *const CallRecord,
    /// Of `media_started` and `media_changed`.
    pub media: *const Media,
    /// Of `audio_mark`.
    pub mark: *const AudioMark,
    /// Of `playback_finished`.
    pub playback: *const Playback,
    /// Of `dtmf`.
    pub dtmf: *const Dtmf,
    /// Of `hold_changed`.
    pub hold: *const Hold,
    /// Of `recording_started`, `recording_stopped` and `recording_failed`.
    pub recording: *const Recording,
    /// Of `quality`.
    pub stats: *const Stats,
    /// Of `info`.
    pub info: *const Info,
    /// Of `warning`.
    pub warning: *const Warning,
}

/// A function that is told of events; NULL in C for none.
pub type EventCallback = Option<unsafe extern "C" fn(event: *const Event, userdata: *mut c_void)>;

/// The same, when it is there.
pub(crate) type EventFunction = unsafe extern "C" fn(event: *const Event, userdata: *mut c_void);
