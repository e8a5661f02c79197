//! An event of the engine made into one of C, with all it points to.

use std::ffi::CString;
use std::ptr;
use std::sync::OnceLock;

use sipua::{EventKind, Request};

use super::kind::{self, EventKind as Kind};
use super::payload::{
    AudioMark, CallRecord, CallResponse, Dtmf, Hold, IncomingCall, Info, Media, Playback,
    Recording, Registration, Stats, Warning,
};
use super::{Event, kind as number};
use crate::agent::Agent;
use crate::arena::Arena;
use crate::text::{Bytes, Text};

/// What `sipua_event_free` frees. C sees its first field.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Boxed {
    event: Event,
    source: sipua::Event,
    arena: Arena,
    json: OnceLock<CString>,
}

impl Boxed {
    /// Makes the C event. From the one that ends it on, a call cannot be named any more.
    pub(crate) fn new(agent: &Agent, source: sipua::Event) -> Box<Self> {
        let entry = source.call.and_then(|id| agent.calls.get(id.0).ok());
        let mut arena = Arena::default();
        let mut event = head(&source, &mut arena);
        event.account_userdata = agent.account_userdata(source.account);
        event.call_userdata = entry.map_or(ptr::null_mut(), |entry| entry.userdata());
        fill(&mut event, &source, &mut arena);
        if let (EventKind::CallEnded(_), Some(id)) = (&source.kind, source.call) {
            agent.calls.forget(id);
        }
        Box::new(Self { event, source, arena, json: OnceLock::new() })
    }

    pub(crate) fn as_ptr(&self) -> *const Event {
        // The address of the whole: C gives it back to be freed.
        ptr::from_ref(self).cast()
    }

    /// Hands it to C.
    pub(crate) fn into_raw(self: Box<Self>) -> *mut Event {
        Box::into_raw(self).cast()
    }

    /// # Safety
    /// `event` is from `into_raw` or `as_ptr`, and alive for `'a`.
    pub(crate) unsafe fn borrow<'a>(event: *const Event) -> Option<&'a Self> {
        // SAFETY: the caller's promise; every event C sees is the first field of a `Boxed`.
        unsafe { event.cast::<Self>().as_ref() }
    }

    /// # Safety
    /// `event` is from `into_raw` and is not used afterwards.
    pub(crate) unsafe fn free(event: *mut Event) {
        if !event.is_null() {
            // SAFETY: the caller's promise.
            drop(unsafe { Box::from_raw(event.cast::<Self>()) });
        }
    }

    /// The same event as JSON, made when first asked for.
    pub(crate) fn json(&self) -> &CString {
        self.json
            .get_or_init(|| CString::new(self.source.to_json().to_string()).unwrap_or_default())
    }

    /// The request of an `incoming_call` or `info`.
    pub(crate) fn request(&self) -> Option<&Request> {
        match &self.source.kind {
            EventKind::IncomingCall(incoming) => Some(&incoming.request),
            EventKind::Info { request } => Some(request),
            _ => None,
        }
    }
}

/// What every event has.
fn head(source: &sipua::Event, arena: &mut Arena) -> Event {
    Event {
        size: size_of::<Event>() as u32,
        kind: kind_of(&source.kind),
        seq: source.seq,
        time_ms: source.time,
        account: source.account.map_or(0, |id| id.0),
        call: source.call.map_or(0, |id| id.0),
        account_userdata: ptr::null_mut(),
        call_userdata: ptr::null_mut(),
        call_id: arena.optional(source.call_id.as_deref()),
        tag: arena.optional(source.tag.as_deref()),
        name: arena.text(source.name()),
        registration: ptr::null(),
        incoming_call: ptr::null(),
        response: ptr::null(),
        record: ptr::null(),
        media: ptr::null(),
        mark: ptr::null(),
        playback: ptr::null(),
        dtmf: ptr::null(),
        hold: ptr::null(),
        recording: ptr::null(),
        stats: ptr::null(),
        info: ptr::null(),
        warning: ptr::null(),
    }
}

const fn kind_of(kind: &EventKind) -> Kind {
    match kind {
        EventKind::Started { .. } => number::SIPUA_EVENT_STARTED,
        EventKind::Stopped => number::SIPUA_EVENT_STOPPED,
        EventKind::Registered { .. } => number::SIPUA_EVENT_REGISTERED,
        EventKind::RegistrationFailed { .. } => number::SIPUA_EVENT_REGISTRATION_FAILED,
        EventKind::Unregistered => number::SIPUA_EVENT_UNREGISTERED,
        EventKind::IncomingCall(_) => number::SIPUA_EVENT_INCOMING_CALL,
        EventKind::CallTrying => number::SIPUA_EVENT_CALL_TRYING,
        EventKind::CallRinging { .. } => number::SIPUA_EVENT_CALL_RINGING,
        EventKind::CallProgress { .. } => number::SIPUA_EVENT_CALL_PROGRESS,
        EventKind::CallAnswered { .. } => number::SIPUA_EVENT_CALL_ANSWERED,
        EventKind::CallConfirmed => number::SIPUA_EVENT_CALL_CONFIRMED,
        EventKind::CallEnded(_) => number::SIPUA_EVENT_CALL_ENDED,
        EventKind::MediaStarted(_) => number::SIPUA_EVENT_MEDIA_STARTED,
        EventKind::MediaChanged(_) => number::SIPUA_EVENT_MEDIA_CHANGED,
        EventKind::MediaTimeout => number::SIPUA_EVENT_MEDIA_TIMEOUT,
        EventKind::AudioMark { .. } => number::SIPUA_EVENT_AUDIO_MARK,
        EventKind::AudioUnderrun => number::SIPUA_EVENT_AUDIO_UNDERRUN,
        EventKind::PlaybackFinished { .. } => number::SIPUA_EVENT_PLAYBACK_FINISHED,
        EventKind::Dtmf { .. } => number::SIPUA_EVENT_DTMF,
        EventKind::HoldChanged { .. } => number::SIPUA_EVENT_HOLD_CHANGED,
        EventKind::RecordingStarted { .. } => number::SIPUA_EVENT_RECORDING_STARTED,
        EventKind::RecordingStopped { .. } => number::SIPUA_EVENT_RECORDING_STOPPED,
        EventKind::RecordingFailed { .. } => number::SIPUA_EVENT_RECORDING_FAILED,
        EventKind::Quality(_) => number::SIPUA_EVENT_QUALITY,
        EventKind::Info { .. } => number::SIPUA_EVENT_INFO,
        EventKind::Warning { .. } => number::SIPUA_EVENT_WARNING,
        _ => 0,
    }
}

/// Adds the payload.
fn fill(event: &mut Event, source: &sipua::Event, arena: &mut Arena) {
    match &source.kind {
        EventKind::Registered { .. } | EventKind::RegistrationFailed { .. } => {
            let registration = registration(&source.kind, arena);
            event.registration = arena.keep(registration);
        }
        EventKind::IncomingCall(incoming) => {
            let incoming_call = IncomingCall {
                size: size_of::<IncomingCall>() as u32,
                local: arena.text(&incoming.local),
                remote: arena.text(&incoming.remote),
                display_name: arena.optional(incoming.display_name.as_deref()),
            };
            event.incoming_call = arena.keep(incoming_call);
        }
        EventKind::CallRinging { code } | EventKind::CallAnswered { code } => {
            event.response = arena.keep(response(*code, false));
        }
        EventKind::CallProgress { code, early_media } => {
            event.response = arena.keep(response(*code, *early_media));
        }
        EventKind::CallEnded(record) => {
            let record = call_record(record, arena);
            event.record = arena.keep(record);
        }
        EventKind::MediaStarted(info) | EventKind::MediaChanged(info) => {
            let media = media(info, arena);
            event.media = arena.keep(media);
        }
        EventKind::AudioMark { id } => {
            event.mark = arena.keep(AudioMark { size: size_of::<AudioMark>() as u32, id: *id });
        }
        EventKind::PlaybackFinished { id, completed } => {
            let size = size_of::<Playback>() as u32;
            let completed = (*completed).into();
            event.playback = arena.keep(Playback { size, completed, id: *id });
        }
        EventKind::Dtmf { digit, duration_ms, method } => {
            event.dtmf = arena.keep(Dtmf {
                size: size_of::<Dtmf>() as u32,
                digit: *digit as i32,
                duration_ms: *duration_ms,
                via: kind::dtmf(*method),
            });
        }
        EventKind::HoldChanged { local, remote } => {
            let size = size_of::<Hold>() as u32;
            let (local, remote) = ((*local).into(), (*remote).into());
            event.hold = arena.keep(Hold { size, local, remote });
        }
        EventKind::RecordingStarted { .. }
        | EventKind::RecordingStopped { .. }
        | EventKind::RecordingFailed { .. } => {
            let recording = recording(&source.kind, arena);
            event.recording = arena.keep(recording);
        }
        EventKind::Quality(numbers) => event.stats = arena.keep(Stats::from(&**numbers)),
        EventKind::Info { request } => {
            let info = info(request, arena);
            event.info = arena.keep(info);
        }
        EventKind::Warning { text } => {
            let text = arena.text(text);
            event.warning = arena.keep(Warning { size: size_of::<Warning>() as u32, text });
        }
        _ => {}
    }
}

fn registration(kind: &EventKind, arena: &mut Arena) -> Registration {
    let mut registration = Registration {
        size: size_of::<Registration>() as u32,
        code: 200,
        failure: 0,
        expires_s: 0,
        retry_in_ms: -1,
        reason: Text::EMPTY,
    };
    match kind {
        EventKind::Registered { expires } => {
            registration.expires_s = u32::try_from(expires.as_secs()).unwrap_or(u32::MAX);
        }
        EventKind::RegistrationFailed { failure, code, reason, retry_in } => {
            registration.code = (*code).into();
            registration.failure = kind::failure(Some(*failure));
            registration.reason = arena.text(reason);
            registration.retry_in_ms = signed(retry_in.map(|wait| wait.as_millis()));
        }
        _ => {}
    }
    registration
}

fn response(code: u16, early_media: bool) -> CallResponse {
    let size = size_of::<CallResponse>() as u32;
    CallResponse { size, code: code.into(), early_media: early_media.into() }
}

fn call_record(record: &sipua::CallRecord, arena: &mut Arena) -> CallRecord {
    let stats = record.statistics.as_ref().map(|numbers| arena.keep(Stats::from(numbers)));
    CallRecord {
        size: size_of::<CallRecord>() as u32,
        direction: kind::direction(record.direction),
        ended_by: kind::ended_by(record.ended_by),
        failure: kind::failure(record.failure),
        code: record.code.into(),
        q850: record.q850.map_or(-1, i32::from),
        started_ms: signed(Some(record.started)),
        ringing_ms: signed(record.ringing),
        answered_ms: signed(record.answered),
        ended_ms: signed(Some(record.ended)),
        duration_ms: signed(Some(record.duration_ms())),
        local: arena.text(&record.local),
        remote: arena.text(&record.remote),
        display_name: arena.optional(record.display_name.as_deref()),
        reason: arena.text(&record.reason),
        codec: arena.optional(record.codec),
        encryption: arena.optional(record.encryption),
        stats: stats.unwrap_or(ptr::null()),
    }
}

fn media(info: &sipua::MediaInfo, arena: &mut Arena) -> Media {
    Media {
        size: size_of::<Media>() as u32,
        ptime_ms: info.ptime_ms.into(),
        codec: arena.text(info.codec),
        direction: arena.text(info.direction),
        remote: arena.text(&info.remote.to_string()),
    }
}

fn recording(kind: &EventKind, arena: &mut Arena) -> Recording {
    let size = size_of::<Recording>() as u32;
    let mut recording = Recording {
        size,
        path: Text::EMPTY,
        reason: Text::EMPTY,
        duration_ms: 0,
        dropped_frames: 0,
    };
    match kind {
        EventKind::RecordingStarted { path } => recording.path = arena.text(path),
        EventKind::RecordingStopped { path, duration_ms, dropped_frames } => {
            recording.path = arena.text(path);
            recording.duration_ms = *duration_ms;
            recording.dropped_frames = *dropped_frames;
        }
        EventKind::RecordingFailed { path, reason } => {
            recording.path = arena.text(path);
            recording.reason = arena.text(reason);
        }
        _ => {}
    }
    recording
}

fn info(request: &Request, arena: &mut Arena) -> Info {
    let content_type = request.headers.text(&sipua::HeaderName::ContentType);
    Info {
        size: size_of::<Info>() as u32,
        method: arena.text(request.method.as_str()),
        content_type: arena.optional(content_type.as_deref()),
        body: Bytes::of(&request.body),
    }
}

/// -1 for what did not happen.
fn signed<T: TryInto<i64>>(value: Option<T>) -> i64 {
    value.map_or(-1, |value| value.try_into().unwrap_or(i64::MAX))
}
