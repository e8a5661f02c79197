//! Standard output: what happens, for people or as JSON.

mod human;
mod writer;

use std::io;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sipua::{CallId, Event, Response};
use writer::Writer;

/// Lines that come within this time of the ones before are written with the next ones, so that a
/// busy machine does not pay a system call for each.
const GATHER: Duration = Duration::from_millis(20);
/// As soon as this much has gathered it is written.
const FULL: usize = 32 * 1024;

/// Where events are told, and how.
#[derive(Debug)]
pub(crate) struct Output {
    json: bool,
    /// Nothing about single calls.
    quiet: bool,
    lines: Vec<u8>,
    written_at: Instant,
    writer: Writer,
}

/// Something to tell that is no event of the engine.
#[derive(Debug)]
pub(crate) enum Notice {
    /// The end of a request.
    Answer { call: Option<CallId>, response: Response },
    /// A request was refused, or could not be sent.
    Refused { call: Option<CallId>, error: sipua::Error },
    /// The result of a load.
    Report { text: String, object: Value },
}

impl Output {
    pub(crate) fn new(json: bool, quiet: bool) -> io::Result<Self> {
        let writer = Writer::start()?;
        Ok(Self { json, quiet, lines: Vec::new(), written_at: Instant::now(), writer })
    }

    /// Tells an event.
    pub(crate) fn event(&mut self, event: &Event) {
        if self.quiet && event.call.is_some() {
            return;
        }
        if self.json {
            self.object(&event.to_json());
        } else {
            human::event(&mut self.lines, event);
        }
    }

    /// Tells something else.
    pub(crate) fn notice(&mut self, notice: &Notice) {
        if self.json {
            self.object(&notice_json(notice));
        } else {
            human::notice(&mut self.lines, notice);
        }
    }

    /// Writes what has gathered, if it is time to.
    pub(crate) fn write_if_due(&mut self, now: Instant) -> io::Result<()> {
        let due = self.poll_timeout().is_some_and(|at| at <= now) || self.lines.len() >= FULL;
        match due {
            true if self.lines.is_empty() => {
                self.written_at = now;
                self.writer.result()
            }
            true => self.write(now),
            false => Ok(()),
        }
    }

    /// When what has gathered is to be written, or what became of it is to be looked at.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let waits = !self.lines.is_empty() || self.writer.is_pending();
        waits.then(|| self.written_at + GATHER)
    }

    /// Writes what has gathered, and waits until it is written. Returns how many lines were left out
    /// because nobody read.
    pub(crate) fn finish(&mut self) -> io::Result<usize> {
        self.write(Instant::now())?;
        self.writer.finish()
    }

    fn write(&mut self, now: Instant) -> io::Result<()> {
        self.written_at = now;
        self.writer.write(std::mem::take(&mut self.lines))
    }

    fn object(&mut self, object: &Value) {
        // Writing to memory does not fail.
        if serde_json::to_writer(&mut self.lines, object).is_ok() {
            self.lines.push(b'\n');
        }
    }
}

fn notice_json(notice: &Notice) -> Value {
    match notice {
        Notice::Answer { call, response } => json!({
            "event": "request_finished",
            "call": call.as_ref().map(ToString::to_string),
            "code": response.code,
            "reason": response.reason,
            "headers": response.headers,
        }),
        Notice::Refused { call, error } => {
            let (failure, code, reason) = match error {
                sipua::Error::Refused { failure, code, reason } => {
                    (Some(failure.name()), Some(*code), reason.clone())
                }
                _ => (None, None, error.to_string()),
            };
            json!({
                "event": "request_finished",
                "call": call.as_ref().map(ToString::to_string),
                "failure": failure,
                "code": code,
                "reason": reason,
            })
        }
        Notice::Report { object, .. } => object.clone(),
    }
}
