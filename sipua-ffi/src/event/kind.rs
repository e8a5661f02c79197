//! The numbers in events. They never change; new ones may be added.

use sipua::{CallDirection, DtmfMethod, EndedBy, Failure};

/// What happened. Numbers never change; new ones may be added.
pub type EventKind = i32;

/// The user agent listens.
pub const SIPUA_EVENT_STARTED: EventKind = 1;
/// The user agent has shut down; nothing follows.
pub const SIPUA_EVENT_STOPPED: EventKind = 2;
/// A registration was made or refreshed (`registration`).
pub const SIPUA_EVENT_REGISTERED: EventKind = 10;
/// A registration, or its refresh, failed (`registration`).
pub const SIPUA_EVENT_REGISTRATION_FAILED: EventKind = 11;
/// The binding is gone.
pub const SIPUA_EVENT_UNREGISTERED: EventKind = 12;
/// Somebody calls (`incoming_call`).
pub const SIPUA_EVENT_INCOMING_CALL: EventKind = 20;
/// The INVITE arrived somewhere (100).
pub const SIPUA_EVENT_CALL_TRYING: EventKind = 21;
/// The other side is being alerted (`response`).
pub const SIPUA_EVENT_CALL_RINGING: EventKind = 22;
/// Progress, perhaps with early media (`response`).
pub const SIPUA_EVENT_CALL_PROGRESS: EventKind = 23;
/// A 2xx was sent or received (`response`).
pub const SIPUA_EVENT_CALL_ANSWERED: EventKind = 24;
/// The ACK was sent or received.
pub const SIPUA_EVENT_CALL_CONFIRMED: EventKind = 25;
/// The call is over, exactly once for each call (`record`).
pub const SIPUA_EVENT_CALL_ENDED: EventKind = 26;
/// Media was agreed for the first time in this call (`media`).
pub const SIPUA_EVENT_MEDIA_STARTED: EventKind = 40;
/// Media was agreed anew (`media`).
pub const SIPUA_EVENT_MEDIA_CHANGED: EventKind = 41;
/// Nothing was received for the configured time.
pub const SIPUA_EVENT_MEDIA_TIMEOUT: EventKind = 42;
/// Everything written before a mark has been played (`mark`).
pub const SIPUA_EVENT_AUDIO_MARK: EventKind = 43;
/// Too little was written: silence was sent within the application's speech.
pub const SIPUA_EVENT_AUDIO_UNDERRUN: EventKind = 44;
/// A source was played to its end, or stopped (`playback`).
pub const SIPUA_EVENT_PLAYBACK_FINISHED: EventKind = 45;
/// The peer pressed a key (`dtmf`).
pub const SIPUA_EVENT_DTMF: EventKind = 50;
/// Who holds the call has changed (`hold`).
pub const SIPUA_EVENT_HOLD_CHANGED: EventKind = 60;
/// Both directions are being written to a file (`recording`).
pub const SIPUA_EVENT_RECORDING_STARTED: EventKind = 70;
/// The file is complete (`recording`).
pub const SIPUA_EVENT_RECORDING_STOPPED: EventKind = 71;
/// The file could not be written (`recording`).
pub const SIPUA_EVENT_RECORDING_FAILED: EventKind = 72;
/// A call's statistics (`stats`).
pub const SIPUA_EVENT_QUALITY: EventKind = 80;
/// An INFO or another request arrived inside the call (`info`).
pub const SIPUA_EVENT_INFO: EventKind = 90;
/// Something went wrong that ends nothing (`warning`).
pub const SIPUA_EVENT_WARNING: EventKind = 91;

/// Why something did not work; 0 where nothing failed.
pub type FailureKind = i32;

/// The other side is busy.
pub const SIPUA_FAILURE_BUSY: FailureKind = 1;
/// The other side does not want the call.
pub const SIPUA_FAILURE_DECLINED: FailureKind = 2;
/// Nobody answered in time.
pub const SIPUA_FAILURE_NO_ANSWER: FailureKind = 3;
/// The caller gave up before the answer.
pub const SIPUA_FAILURE_CANCELLED: FailureKind = 4;
/// Another phone of the same callee took the call.
pub const SIPUA_FAILURE_ANSWERED_ELSEWHERE: FailureKind = 5;
/// There is no such address.
pub const SIPUA_FAILURE_NOT_FOUND: FailureKind = 6;
/// The request does not reach anybody.
pub const SIPUA_FAILURE_UNREACHABLE: FailureKind = 7;
/// The server does not allow it.
pub const SIPUA_FAILURE_FORBIDDEN: FailureKind = 8;
/// The credentials are missing or wrong.
pub const SIPUA_FAILURE_AUTHENTICATION_FAILED: FailureKind = 9;
/// There is no common media.
pub const SIPUA_FAILURE_NOT_ACCEPTABLE_MEDIA: FailureKind = 10;
/// There was no response at all.
pub const SIPUA_FAILURE_TIMEOUT: FailureKind = 11;
/// The network refused, or the name was not found.
pub const SIPUA_FAILURE_TRANSPORT_FAILED: FailureKind = 12;
/// A server failed (5xx).
pub const SIPUA_FAILURE_SERVER_ERROR: FailureKind = 13;
/// A limit of this endpoint or of the server is reached.
pub const SIPUA_FAILURE_LIMIT: FailureKind = 14;
/// Another failure, newer than this list.
pub const SIPUA_FAILURE_OTHER: FailureKind = 99;

/// Who placed a call.
pub type Direction = i32;

/// The peer called.
pub const SIPUA_DIRECTION_INCOMING: Direction = 1;
/// We called.
pub const SIPUA_DIRECTION_OUTGOING: Direction = 2;

/// Who ended a call.
pub type Ender = i32;

/// This side.
pub const SIPUA_ENDED_BY_LOCAL: Ender = 1;
/// The other side.
pub const SIPUA_ENDED_BY_REMOTE: Ender = 2;
/// The network.
pub const SIPUA_ENDED_BY_NETWORK: Ender = 3;
/// A timer.
pub const SIPUA_ENDED_BY_TIMEOUT: Ender = 4;

/// How a digit came.
pub type DtmfVia = i32;

/// As an RTP event.
pub const SIPUA_DTMF_RFC4733: DtmfVia = 1;
/// In a way newer than this list.
pub const SIPUA_DTMF_OTHER: DtmfVia = 99;

pub(super) const fn failure(failure: Option<Failure>) -> FailureKind {
    match failure {
        None => 0,
        Some(Failure::Busy) => SIPUA_FAILURE_BUSY,
        Some(Failure::Declined) => SIPUA_FAILURE_DECLINED,
        Some(Failure::NoAnswer) => SIPUA_FAILURE_NO_ANSWER,
        Some(Failure::Cancelled) => SIPUA_FAILURE_CANCELLED,
        Some(Failure::AnsweredElsewhere) => SIPUA_FAILURE_ANSWERED_ELSEWHERE,
        Some(Failure::NotFound) => SIPUA_FAILURE_NOT_FOUND,
        Some(Failure::Unreachable) => SIPUA_FAILURE_UNREACHABLE,
        Some(Failure::Forbidden) => SIPUA_FAILURE_FORBIDDEN,
        Some(Failure::AuthenticationFailed) => SIPUA_FAILURE_AUTHENTICATION_FAILED,
        Some(Failure::NotAcceptableMedia) => SIPUA_FAILURE_NOT_ACCEPTABLE_MEDIA,
        Some(Failure::Timeout) => SIPUA_FAILURE_TIMEOUT,
        Some(Failure::TransportFailed) => SIPUA_FAILURE_TRANSPORT_FAILED,
        Some(Failure::ServerError) => SIPUA_FAILURE_SERVER_ERROR,
        Some(Failure::Limit) => SIPUA_FAILURE_LIMIT,
        Some(_) => SIPUA_FAILURE_OTHER,
    }
}

pub(crate) const fn direction(direction: CallDirection) -> Direction {
    match direction {
        CallDirection::Incoming => SIPUA_DIRECTION_INCOMING,
        CallDirection::Outgoing => SIPUA_DIRECTION_OUTGOING,
    }
}

pub(super) const fn ended_by(by: EndedBy) -> Ender {
    match by {
        EndedBy::Local => SIPUA_ENDED_BY_LOCAL,
        EndedBy::Remote => SIPUA_ENDED_BY_REMOTE,
        EndedBy::Network => SIPUA_ENDED_BY_NETWORK,
        EndedBy::Timeout => SIPUA_ENDED_BY_TIMEOUT,
    }
}

pub(super) const fn dtmf(method: DtmfMethod) -> DtmfVia {
    match method {
        DtmfMethod::Rfc4733 => SIPUA_DTMF_RFC4733,
        _ => SIPUA_DTMF_OTHER,
    }
}
