//! Events as lines for people: seconds since the start, the call, what happened.

use std::io::{self, Write};

use sipua::{CallRecord, Event, EventKind, MediaInfo, Statistics};

use super::Notice;
use crate::printable::Printable;

/// Appends one line about an event.
pub(super) fn event(lines: &mut Vec<u8>, event: &Event) {
    // Writing to memory does not fail.
    let _ = write_event(lines, event);
}

/// Appends one line about something else.
pub(super) fn notice(lines: &mut Vec<u8>, notice: &Notice) {
    let _ = write_notice(lines, notice);
}

fn write_event(lines: &mut Vec<u8>, event: &Event) -> io::Result<()> {
    write!(lines, "{:4}.{:03}  ", event.time / 1000, event.time % 1000)?;
    if let Some(call) = event.call {
        write!(lines, "{call}  ")?;
    }
    match &event.kind {
        EventKind::Started { listen } => writeln!(lines, "listening on {}", listen.join(", ")),
        EventKind::Registered { expires } => {
            writeln!(lines, "registered for {} s", expires.as_secs())
        }
        EventKind::RegistrationFailed { failure, code, reason, retry_in } => {
            write!(lines, "registration failed: {failure} ({code} {})", Printable(reason))?;
            match retry_in {
                Some(wait) => writeln!(lines, "; next try in {} s", wait.as_secs()),
                None => writeln!(lines),
            }
        }
        EventKind::IncomingCall(incoming) => {
            write!(lines, "incoming call from ")?;
            if let Some(name) = &incoming.display_name {
                write!(lines, "{} ", Printable(name))?;
            }
            writeln!(lines, "{} to {}", Printable(&incoming.remote), Printable(&incoming.local))
        }
        EventKind::CallRinging { code } => writeln!(lines, "ringing ({code})"),
        EventKind::CallProgress { code, early_media: true } => {
            writeln!(lines, "progress ({code}), early media")
        }
        EventKind::CallProgress { code, .. } => writeln!(lines, "progress ({code})"),
        EventKind::CallAnswered { code } => writeln!(lines, "answered ({code})"),
        EventKind::CallEnded(record) => ended(lines, record),
        EventKind::MediaStarted(info) => media(lines, "media", info),
        EventKind::MediaChanged(info) => media(lines, "media is now", info),
        EventKind::PlaybackFinished { completed: true, .. } => writeln!(lines, "played to the end"),
        EventKind::PlaybackFinished { .. } => writeln!(lines, "playing stopped"),
        EventKind::Dtmf { digit, duration_ms, method } => {
            writeln!(lines, "digit {digit} ({duration_ms} ms, {})", sipua::method_name(*method))
        }
        EventKind::HoldChanged { local, remote } => {
            let by = match (local, remote) {
                (false, false) => "by nobody",
                (true, false) => "by us",
                (false, true) => "by the other side",
                (true, true) => "by both sides",
            };
            writeln!(lines, "held {by}")
        }
        EventKind::RecordingStarted { path } => writeln!(lines, "recording to {path}"),
        EventKind::RecordingStopped { path, duration_ms, dropped_frames } => {
            write!(lines, "recorded {} to {path}", Seconds(*duration_ms))?;
            match dropped_frames {
                0 => writeln!(lines),
                lost => writeln!(lines, ", without {lost} frames"),
            }
        }
        EventKind::RecordingFailed { path, reason } => {
            writeln!(lines, "recording to {path} failed: {reason}")
        }
        EventKind::Quality(numbers) => {
            statistics(lines, numbers)?;
            writeln!(lines)
        }
        EventKind::Info { request } => {
            let body = String::from_utf8_lossy(&request.body);
            writeln!(lines, "{} received: {}", request.method.as_str(), Printable(body.trim_end()))
        }
        EventKind::Warning { text } => writeln!(lines, "warning: {}", Printable(text)),
        other => writeln!(lines, "{}", plain(other)),
    }
}

/// The words for events that carry nothing else: their name, but for the word the line begins with.
fn plain(kind: &EventKind) -> String {
    let name = kind.name();
    name.strip_prefix("call_").unwrap_or(name).replace('_', " ")
}

fn media(lines: &mut Vec<u8>, what: &str, info: &MediaInfo) -> io::Result<()> {
    let MediaInfo { codec, direction, ptime_ms, remote, .. } = info;
    writeln!(lines, "{what} {codec} {direction}, {ptime_ms} ms, with {remote}")
}

fn ended(lines: &mut Vec<u8>, record: &CallRecord) -> io::Result<()> {
    write!(lines, "ended ({})", record.ended_by)?;
    if let Some(failure) = record.failure {
        write!(lines, ": {failure}")?;
    }
    if record.code != 0 {
        write!(lines, ", {} {}", record.code, Printable(&record.reason))?;
    }
    if record.answered.is_some() {
        write!(lines, "; {}", Seconds(record.duration_ms()))?;
    }
    if let Some(codec) = record.codec {
        write!(lines, "; {codec}")?;
        if let Some(numbers) = &record.statistics {
            write!(lines, "; ")?;
            statistics(lines, numbers)?;
        }
    }
    writeln!(lines)
}

fn statistics(lines: &mut Vec<u8>, numbers: &Statistics) -> io::Result<()> {
    let Statistics { received, sent, round_trip, mos, .. } = numbers;
    write!(
        lines,
        "received {} packets, {} lost, {} late, jitter {:.1} ms; sent {}",
        received.packets,
        received.lost,
        received.discarded,
        received.jitter.as_secs_f64() * 1000.0,
        sent.packets,
    )?;
    if let Some(round_trip) = round_trip {
        write!(lines, "; round trip {:.1} ms", round_trip.as_secs_f64() * 1000.0)?;
    }
    if let Some(mos) = mos {
        write!(lines, "; MOS {mos:.2}")?;
    }
    Ok(())
}

fn write_notice(lines: &mut Vec<u8>, notice: &Notice) -> io::Result<()> {
    match notice {
        Notice::Answer { call: Some(call), response } => {
            writeln!(lines, "          {call}  {} {}", response.code, Printable(&response.reason))
        }
        Notice::Answer { call: None, response } => {
            writeln!(lines, "{} {}", response.code, Printable(&response.reason))?;
            for (name, value) in &response.headers {
                writeln!(lines, "{}: {}", Printable(name), Printable(value))?;
            }
            Ok(())
        }
        Notice::Refused { call: Some(call), error } => writeln!(lines, "          {call}  {error}"),
        Notice::Refused { call: None, error } => writeln!(lines, "{error}"),
        Notice::Report { text, .. } => writeln!(lines, "{text}"),
    }
}

/// Milliseconds, shown as seconds.
struct Seconds(u64);

impl std::fmt::Display for Seconds {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}.{} s", self.0 / 1000, self.0 % 1000 / 100)
    }
}
