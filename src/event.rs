//! What the application is told, in the order it happened.

use std::sync::Arc;
use std::time::Duration;

pub use sipua_core::event::{AccountId, CallId, EndedBy, Failure};
pub use sipua_core::message::Request;
pub use sipua_media::session::{DtmfMethod, Statistics};

use crate::record::CallRecord;

/// Something that happened.
#[derive(Debug, Clone)]
pub struct Event {
    /// Counts the events of one user agent from 1; a gap is an event that was dropped.
    pub seq: u64,
    /// Milliseconds since the user agent started.
    pub time: u64,
    /// The account it is about.
    pub account: Option<AccountId>,
    /// The call it is about.
    pub call: Option<CallId>,
    /// The SIP Call-ID of that call, once known.
    pub call_id: Option<Arc<str>>,
    /// The application's own word for the call or account.
    pub tag: Option<Arc<str>>,
    /// What happened.
    pub kind: EventKind,
}

impl Event {
    /// The event's name in every language: `call_answered` and so on.
    pub const fn name(&self) -> &'static str {
        self.kind.name()
    }
}

/// What happened.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum EventKind {
    /// The user agent listens.
    Started {
        /// Where, as `udp:127.0.0.1:5060`.
        listen: Arc<[String]>,
    },
    /// The user agent has shut down; nothing follows.
    Stopped,
    /// A registration was made or refreshed.
    Registered {
        /// How long the registrar keeps it.
        expires: Duration,
    },
    /// A registration, or its refresh, failed.
    RegistrationFailed {
        /// The kind.
        failure: Failure,
        /// The SIP status code; 0 when there was no answer.
        code: u16,
        /// The reason phrase, or what happened.
        reason: Arc<str>,
        /// When it is tried again by itself.
        retry_in: Option<Duration>,
    },
    /// The binding is gone.
    Unregistered,
    /// Somebody calls.
    IncomingCall(Arc<IncomingCall>),
    /// The INVITE arrived somewhere (100).
    CallTrying,
    /// The other side is being alerted (18x without early media).
    CallRinging {
        /// The SIP status code, 180 as a rule.
        code: u16,
    },
    /// Progress; with early media when the peer sent a description.
    CallProgress {
        /// The SIP status code, 183 as a rule.
        code: u16,
        /// Audio can be heard already.
        early_media: bool,
    },
    /// A 2xx was sent or received.
    CallAnswered {
        /// The SIP status code.
        code: u16,
    },
    /// The ACK was sent or received.
    CallConfirmed,
    /// The call is over; exactly once for each call.
    CallEnded(Arc<CallRecord>),
    /// Media was agreed for the first time in this call.
    MediaStarted(MediaInfo),
    /// Media was agreed anew: another codec, direction or address.
    MediaChanged(MediaInfo),
    /// Nothing was received for the configured time.
    MediaTimeout,
    /// Everything written before this mark has been played.
    AudioMark {
        /// The application's number.
        id: u64,
    },
    /// The application wrote too little: silence was sent within its speech.
    AudioUnderrun,
    /// A source was played to its end, or stopped.
    PlaybackFinished {
        /// What [`Call::play`](crate::Call::play) gave.
        id: u64,
        /// It was played to the end.
        completed: bool,
    },
    /// The peer pressed a key.
    Dtmf {
        /// `0`–`9`, `*`, `#`, `A`–`D`, or `!` for flash.
        digit: char,
        /// For how long.
        duration_ms: u32,
        /// How it came.
        method: DtmfMethod,
    },
    /// Who holds the call.
    HoldChanged {
        /// This side.
        local: bool,
        /// The other side.
        remote: bool,
    },
    /// Both directions are written to this file.
    RecordingStarted {
        /// The file.
        path: Arc<str>,
    },
    /// The file is complete.
    RecordingStopped {
        /// The file.
        path: Arc<str>,
        /// Its length.
        duration_ms: u64,
        /// Frames that came faster than the disk took them, and were left out.
        dropped_frames: u64,
    },
    /// The file could not be written.
    RecordingFailed {
        /// The file.
        path: Arc<str>,
        /// The system's reason.
        reason: Arc<str>,
    },
    /// Statistics of a call, as often as was asked for.
    Quality(Arc<Statistics>),
    /// An INFO or another request arrived inside the call, and was answered with 200.
    Info {
        /// The whole request.
        request: Arc<Request>,
    },
    /// Something went wrong that ends nothing.
    Warning {
        /// What, in one line.
        text: Arc<str>,
    },
}

impl EventKind {
    /// The name in every language.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Started { .. } => "started",
            Self::Stopped => "stopped",
            Self::Registered { .. } => "registered",
            Self::RegistrationFailed { .. } => "registration_failed",
            Self::Unregistered => "unregistered",
            Self::IncomingCall(_) => "incoming_call",
            Self::CallTrying => "call_trying",
            Self::CallRinging { .. } => "call_ringing",
            Self::CallProgress { .. } => "call_progress",
            Self::CallAnswered { .. } => "call_answered",
            Self::CallConfirmed => "call_confirmed",
            Self::CallEnded(_) => "call_ended",
            Self::MediaStarted(_) => "media_started",
            Self::MediaChanged(_) => "media_changed",
            Self::MediaTimeout => "media_timeout",
            Self::AudioMark { .. } => "audio_mark",
            Self::AudioUnderrun => "audio_underrun",
            Self::PlaybackFinished { .. } => "playback_finished",
            Self::Dtmf { .. } => "dtmf",
            Self::HoldChanged { .. } => "hold_changed",
            Self::RecordingStarted { .. } => "recording_started",
            Self::RecordingStopped { .. } => "recording_stopped",
            Self::RecordingFailed { .. } => "recording_failed",
            Self::Quality(_) => "quality",
            Self::Info { .. } => "info",
            Self::Warning { .. } => "warning",
        }
    }
}

/// Who calls whom.
#[derive(Debug, Clone)]
pub struct IncomingCall {
    /// Who is called (To).
    pub local: String,
    /// Who calls (From).
    pub remote: String,
    /// The name the caller gives.
    pub display_name: Option<String>,
    /// The whole INVITE, for its headers.
    pub request: Arc<Request>,
}

/// What was agreed for the audio of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaInfo {
    /// The codec's name in SDP.
    pub codec: &'static str,
    /// `sendrecv`, `sendonly`, `recvonly` or `inactive`, as seen from here.
    pub direction: &'static str,
    /// Milliseconds of audio in a packet that we send.
    pub ptime_ms: u16,
    /// Where we send it.
    pub remote: std::net::SocketAddr,
}
