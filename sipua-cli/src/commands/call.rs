//! `sipua call URI`: place a call; it ends when the call ends.

use std::sync::Arc;
use std::time::Instant;

use sipua::{CallId, CallRecord, Event, EventKind};

use crate::failure::Failure;
use crate::options::Options;
use crate::phone::{Delayed, Phone, Role, Step};
use crate::printable::Printable;

/// Places one call. Others may be dialled on standard input, or answered there with `--manual`.
#[derive(Debug)]
pub(crate) struct PlaceCall {
    target: String,
    manual: bool,
    call: Option<CallId>,
    record: Option<Arc<CallRecord>>,
    /// What the engine last said went wrong with it.
    warning: Option<Arc<str>>,
    /// Calls that are hung up after a while.
    limited: Option<Delayed>,
}

impl PlaceCall {
    pub(crate) fn new(target: String, options: &Options) -> Self {
        Self {
            target,
            manual: options.calls.manual,
            call: None,
            record: None,
            warning: None,
            limited: options.calls.duration.map(Delayed::new),
        }
    }

    fn answered(&mut self, phone: &mut Phone, id: CallId) -> Result<(), Failure> {
        if let Some(limited) = &mut self.limited {
            limited.add(id, Instant::now());
        }
        match phone.ua.call(id).filter(|call| call.direction() == sipua::CallDirection::Outgoing) {
            Some(call) => Ok(phone.plan.speak(&call)?),
            None => Ok(()),
        }
    }

    /// The call that was asked for is over, and so are the others.
    fn is_done(&self, phone: &Phone) -> bool {
        self.record.is_some() && phone.ua.calls().is_empty()
    }
}

impl Role for PlaceCall {
    fn begin(&mut self, phone: &mut Phone) -> Result<Step, Failure> {
        let call = phone.place(&self.target)?;
        self.call = Some(call.id());
        phone.plan.record(&call)?;
        Ok(Step::GoOn)
    }

    fn handle_event(&mut self, phone: &mut Phone, event: &Event) -> Result<Step, Failure> {
        let Some(id) = event.call else { return Ok(Step::GoOn) };
        match &event.kind {
            EventKind::IncomingCall(_) if self.manual && !phone.is_stopping() => {
                if let Some(call) = phone.ua.call(id) {
                    call.ring()?;
                }
            }
            EventKind::IncomingCall(_) => phone.turn_away(event),
            EventKind::Warning { text } if self.call == Some(id) => {
                self.warning = Some(Arc::clone(text));
            }
            EventKind::CallAnswered { .. } => self.answered(phone, id)?,
            EventKind::CallEnded(record) => {
                if self.call == Some(id) {
                    self.record = Some(Arc::clone(record));
                }
                if self.is_done(phone) {
                    return Ok(Step::Stop);
                }
            }
            _ => {}
        }
        Ok(Step::GoOn)
    }

    fn handle_timeout(&mut self, phone: &mut Phone, now: Instant) -> Result<Step, Failure> {
        while let Some(id) = self.limited.as_mut().and_then(|limited| limited.pop_due(now)) {
            if let Some(call) = phone.ua.call(id) {
                call.hangup()?;
            }
        }
        Ok(Step::GoOn)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.limited.as_ref().and_then(Delayed::poll_timeout)
    }

    fn outcome(&mut self, _phone: &mut Phone) -> Result<(), Failure> {
        let target = &self.target;
        let Some(record) = &self.record else {
            return Err(Failure::failed(format!("{target}: no call was made")));
        };
        let why = match (record.failure, &self.warning) {
            (None, _) if record.answered.is_some() => return Ok(()),
            (None, _) => "not answered".to_owned(),
            (Some(failure), Some(warning)) if record.code == 0 => {
                format!("{failure} ({})", Printable(warning))
            }
            (Some(failure), None) if record.code == 0 => failure.to_string(),
            (Some(failure), _) => {
                format!("{failure} ({} {})", record.code, Printable(&record.reason))
            }
        };
        Err(Failure::failed(format!("{target}: {why}")))
    }
}
