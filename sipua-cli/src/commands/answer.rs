//! `sipua answer`: answer every incoming call, until interrupted.

use std::time::Instant;

use sipua::{CallDirection, CallId, Event, EventKind};

use crate::failure::Failure;
use crate::options::Options;
use crate::phone::{Delayed, Phone, Role, Step};

/// Answers, or with `--manual` lets standard input do it.
#[derive(Debug)]
pub(crate) struct Answer {
    manual: bool,
    code: u16,
    dtmf: Option<String>,
    /// Calls that ring before they are answered.
    ringing: Option<Delayed>,
    /// Calls that are hung up after a while.
    limited: Option<Delayed>,
}

impl Answer {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            manual: options.calls.manual,
            code: options.calls.answer_code,
            dtmf: options.media.dtmf.clone(),
            ringing: options.calls.ring_for.map(Delayed::new),
            limited: options.calls.duration.map(Delayed::new),
        }
    }

    fn arrived(&mut self, phone: &mut Phone, id: CallId) -> sipua::Result<()> {
        let Some(call) = phone.ua.call(id) else { return Ok(()) };
        if self.manual {
            return call.ring();
        }
        match &mut self.ringing {
            Some(ringing) => {
                ringing.add(id, Instant::now());
                call.ring()
            }
            None => phone.answer(&call, self.code),
        }
    }

    /// Digits and the end of a call that was answered; for calls that were dialled on standard input,
    /// the engine sends the digits.
    fn confirmed(&mut self, phone: &Phone, id: CallId) -> sipua::Result<()> {
        if let Some(limited) = &mut self.limited {
            limited.add(id, Instant::now());
        }
        match (&self.dtmf, phone.ua.call(id)) {
            (Some(digits), Some(call)) if call.direction() == CallDirection::Incoming => {
                call.send_dtmf(digits).map(drop)
            }
            _ => Ok(()),
        }
    }
}

impl Role for Answer {
    fn begin(&mut self, _phone: &mut Phone) -> Result<Step, Failure> {
        Ok(Step::GoOn)
    }

    /// What cannot be done with one call is told, and ends nothing.
    fn handle_event(&mut self, phone: &mut Phone, event: &Event) -> Result<Step, Failure> {
        let Some(id) = event.call.filter(|_| !phone.is_stopping()) else { return Ok(Step::GoOn) };
        let done = match &event.kind {
            EventKind::IncomingCall(_) => self.arrived(phone, id),
            EventKind::CallConfirmed => self.confirmed(phone, id),
            _ => Ok(()),
        };
        if let Err(error) = done {
            crate::complain(&format!("call {id}: {error}"));
        }
        Ok(Step::GoOn)
    }

    fn handle_timeout(&mut self, phone: &mut Phone, now: Instant) -> Result<Step, Failure> {
        while let Some(id) = self.ringing.as_mut().and_then(|ringing| ringing.pop_due(now)) {
            // A call that ended meanwhile, or is ending, needs no answer.
            let Some(call) = phone.ua.call(id).filter(|call| call.state().is_early()) else {
                continue;
            };
            if let Err(error) = phone.answer(&call, self.code) {
                crate::complain(&format!("call {id}: {error}"));
            }
        }
        while let Some(id) = self.limited.as_mut().and_then(|limited| limited.pop_due(now)) {
            if let Some(call) = phone.ua.call(id) {
                call.hangup()?;
            }
        }
        Ok(Step::GoOn)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        [&self.ringing, &self.limited].into_iter().flatten().filter_map(Delayed::poll_timeout).min()
    }
}
