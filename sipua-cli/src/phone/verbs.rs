//! What the lines of standard input do with a call.

use sipua::{Call, CallId, Event, EventKind, Source};

use super::Phone;
use crate::console::Verb;
use crate::output::Notice;

const BUSY: u16 = 486;

impl Phone {
    /// Does it with the call of this id, or with the newest.
    pub(super) fn act(&mut self, id: Option<CallId>, verb: Verb) -> Result<(), String> {
        let call = match id {
            Some(id) => self.ua.call(id).ok_or_else(|| format!("there is no call {id}"))?,
            None => self.newest.get(&self.ua).ok_or("there is no call")?,
        };
        self.act_on(&call, verb).map_err(|error| error.to_string())
    }

    fn act_on(&mut self, call: &Call, verb: Verb) -> sipua::Result<()> {
        match verb {
            Verb::Answer(code) => self.answer(call, code),
            Verb::Hangup(None) => call.hangup(),
            Verb::Hangup(Some(code)) => call.hangup_with(code, None),
            Verb::Hold => call.hold(),
            Verb::Resume => call.resume(),
            Verb::Mute => call.mute(),
            Verb::Unmute => call.unmute(),
            Verb::Dtmf(digits) => call.send_dtmf(&digits).map(drop),
            Verb::Redirect(target) => call.redirect(&target),
            Verb::Reinvite => call.reinvite(),
            Verb::Play(source) => call.play(&Source::parse(&source)?).map(drop),
            Verb::Record(path) => call.record(path, self.plan.record_mode()),
            Verb::RecordStop => call.stop_recording(),
            Verb::Info { content_type, body } => {
                self.info(call.clone(), content_type, body);
                Ok(())
            }
            Verb::Stats => call.report_stats(),
        }
    }

    /// Takes an incoming call with a code from 200 to 299, and begins what is done with every call;
    /// or refuses it.
    pub(crate) fn answer(&mut self, call: &Call, code: u16) -> sipua::Result<()> {
        for (name, value) in &self.dial.headers {
            call.set_header(name, value)?;
        }
        if code >= 300 {
            return call.reject(code);
        }
        call.answer_with(code)?;
        if self.plan.is_empty() {
            return Ok(());
        }
        self.plan.record(call)?;
        self.plan.speak(call)
    }

    /// Refuses a call that this command does not answer (RFC 3261 21.4.24).
    pub(crate) fn turn_away(&self, event: &Event) {
        let arrived = matches!(event.kind, EventKind::IncomingCall(_));
        if let Some(call) = event.call.filter(|_| arrived).and_then(|id| self.ua.call(id)) {
            // It may have ended meanwhile, and then all is well too.
            let _ = call.reject(BUSY);
        }
    }

    fn info(&mut self, call: Call, content_type: String, body: String) {
        self.spawn(async move {
            let id = Some(call.id());
            match call.send_info(&content_type, body.as_bytes()).await {
                Ok(response) => Notice::Answer { call: id, response },
                Err(error) => Notice::Refused { call: id, error },
            }
        });
    }
}
