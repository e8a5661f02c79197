//! Events and records as JSON, with the field names of the vocabulary.

use std::time::Duration;

use serde_json::{Map, Value, json};
use sipua_media::session::{DtmfMethod, ReceiveStatistics, SendStatistics, Statistics};

use crate::event::{Event, EventKind, MediaInfo};
use crate::record::CallRecord;

impl Event {
    /// The event as one JSON object, the same in every language and on the command line.
    pub fn to_json(&self) -> Value {
        let mut object = Map::new();
        object.insert("event".to_owned(), self.name().into());
        object.insert("time".to_owned(), self.time.into());
        object.insert("seq".to_owned(), self.seq.into());
        if let Some(account) = self.account {
            object.insert("account".to_owned(), account.to_string().into());
        }
        if let Some(call) = self.call {
            object.insert("call".to_owned(), call.to_string().into());
        }
        if let Some(call_id) = &self.call_id {
            object.insert("call_id".to_owned(), (&**call_id).into());
        }
        if let Some(tag) = &self.tag {
            object.insert("tag".to_owned(), (&**tag).into());
        }
        if let Value::Object(payload) = payload(&self.kind) {
            object.extend(payload);
        }
        Value::Object(object)
    }
}

fn payload(kind: &EventKind) -> Value {
    match kind {
        EventKind::Started { listen } => json!({ "listen": &**listen }),
        EventKind::Registered { expires } => json!({ "expires": expires.as_secs() }),
        EventKind::RegistrationFailed { failure, code, reason, retry_in } => json!({
            "failure": failure.name(),
            "code": code,
            "reason": &**reason,
            "retry_in": retry_in.map(|wait| wait.as_secs()),
        }),
        EventKind::IncomingCall(incoming) => json!({
            "local": incoming.local,
            "remote": incoming.remote,
            "display_name": incoming.display_name,
        }),
        EventKind::CallRinging { code } | EventKind::CallAnswered { code } => {
            json!({ "code": code })
        }
        EventKind::CallProgress { code, early_media } => {
            json!({ "code": code, "early_media": early_media })
        }
        EventKind::CallEnded(record) => record.to_json(),
        EventKind::MediaStarted(info) | EventKind::MediaChanged(info) => media(info),
        EventKind::AudioMark { id } => json!({ "id": id }),
        EventKind::PlaybackFinished { id, completed } => {
            json!({ "id": id, "completed": completed })
        }
        EventKind::Dtmf { digit, duration_ms, method } => json!({
            "digit": digit.to_string(),
            "duration_ms": duration_ms,
            "method": method_name(*method),
        }),
        EventKind::HoldChanged { local, remote } => json!({ "local": local, "remote": remote }),
        EventKind::RecordingStarted { path } => json!({ "path": &**path }),
        EventKind::RecordingStopped { path, duration_ms, dropped_frames } => json!({
            "path": &**path,
            "duration_ms": duration_ms,
            "dropped_frames": dropped_frames,
        }),
        EventKind::RecordingFailed { path, reason } => {
            json!({ "path": &**path, "reason": &**reason })
        }
        EventKind::Quality(numbers) => json!({ "statistics": statistics(numbers) }),
        EventKind::Info { request } => json!({
            "method": request.method.as_str(),
            "content_type": request
                .headers
                .text(&sipua_core::message::HeaderName::ContentType)
                .as_deref(),
            "body": String::from_utf8_lossy(&request.body),
        }),
        EventKind::Warning { text } => json!({ "text": &**text }),
        EventKind::Stopped
        | EventKind::Unregistered
        | EventKind::CallTrying
        | EventKind::CallConfirmed
        | EventKind::MediaTimeout
        | EventKind::AudioUnderrun => Value::Null,
    }
}

impl CallRecord {
    /// The record as one JSON object.
    pub fn to_json(&self) -> Value {
        json!({
            "direction": self.direction.as_str(),
            "local": self.local,
            "remote": self.remote,
            "display_name": self.display_name,
            "started": self.started,
            "ringing": self.ringing,
            "answered": self.answered,
            "ended": self.ended,
            "duration_ms": self.duration_ms(),
            "ended_by": self.ended_by.name(),
            "code": self.code,
            "reason": &*self.reason,
            "q850": self.q850,
            "failure": self.failure.map(crate::event::Failure::name),
            "codec": self.codec,
            "encryption": self.encryption,
            "statistics": self.statistics.as_ref().map(statistics),
        })
    }
}

/// The name of a way digits come by, in every language.
pub const fn method_name(method: DtmfMethod) -> &'static str {
    match method {
        DtmfMethod::Rfc4733 => "rfc4733",
        _ => "other",
    }
}

fn media(info: &MediaInfo) -> Value {
    json!({
        "codec": info.codec,
        "direction": info.direction,
        "ptime_ms": info.ptime_ms,
        "remote": info.remote.to_string(),
    })
}

/// Statistics as one JSON object; durations in milliseconds.
pub fn statistics(numbers: &Statistics) -> Value {
    let Statistics { received, sent, round_trip, mos } = numbers;
    json!({
        "received": received_json(received),
        "sent": sent_json(sent),
        "round_trip_ms": round_trip.map(millis),
        "mos": mos.map(|mos| (f64::from(mos) * 100.0).round() / 100.0),
    })
}

fn received_json(numbers: &ReceiveStatistics) -> Value {
    json!({
        "packets": numbers.packets,
        "bytes": numbers.bytes,
        "lost": numbers.lost,
        "discarded": numbers.discarded,
        "duplicates": numbers.duplicates,
        "reordered": numbers.reordered,
        "rejected": numbers.rejected,
        "strangers": numbers.strangers,
        "jitter_ms": millis(numbers.jitter),
        "buffered_ms": millis(numbers.buffered),
        "target_delay_ms": millis(numbers.target_delay),
        "concealed_ms": millis(numbers.concealed),
        "played_ms": millis(numbers.played),
    })
}

fn sent_json(numbers: &SendStatistics) -> Value {
    json!({
        "packets": numbers.packets,
        "bytes": numbers.bytes,
        "lost": numbers.lost,
        "fraction_lost": numbers.fraction_lost,
        "jitter_ms": millis(numbers.jitter),
    })
}

fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 100_000.0).round() / 100.0
}
