//! What the application wants of a call: done, or refused with the state the call is in.

use super::end::Ending;
use super::state::refusal;
use super::{Session, State};
use crate::event::{Body, CallRequest, CommandError, ExtraHeader, RequestId, Termination};
use crate::message::Uri;
use crate::stack::Stack;

impl Session {
    pub(crate) fn ring(
        &mut self,
        headers: &[ExtraHeader],
        stack: &mut Stack,
    ) -> Result<(), CommandError> {
        match &mut self.state {
            State::Ringing(ringing) => ringing.ring(&self.facts, headers, stack),
            _ => return Err(self.wrong_state("ring")),
        }
        Ok(())
    }

    pub(crate) fn progress(
        &mut self,
        description: Option<Body>,
        headers: &[ExtraHeader],
        stack: &mut Stack,
    ) -> Result<(), CommandError> {
        match &mut self.state {
            State::Ringing(ringing) => ringing.progress(&self.facts, description, headers, stack),
            _ => Err(self.wrong_state("progress")),
        }
    }

    pub(crate) fn answer(
        &mut self,
        code: u16,
        description: Option<Body>,
        headers: &[ExtraHeader],
        stack: &mut Stack,
    ) -> Result<(), CommandError> {
        match &self.state {
            State::Ringing(ringing) => ringing.check_answer(code, description.as_ref())?,
            _ => return Err(self.wrong_state("answer")),
        }
        self.transit(|facts, state| match state {
            State::Ringing(ringing) => ringing.answer(facts, code, description, headers, stack),
            other => other,
        });
        Ok(())
    }

    pub(crate) fn reject(
        &mut self,
        code: u16,
        reason: Option<&str>,
        headers: &[ExtraHeader],
        stack: &mut Stack,
    ) -> Result<(), CommandError> {
        if !matches!(self.state, State::Ringing(_)) {
            return Err(self.wrong_state("reject"));
        }
        let status = refusal("reject", code)?;
        self.transit(|facts, state| match state {
            State::Ringing(ringing) => ringing.refuse(facts, status, reason, headers, stack),
            other => other,
        });
        Ok(())
    }

    pub(crate) fn redirect(
        &mut self,
        targets: &[Uri],
        stack: &mut Stack,
    ) -> Result<(), CommandError> {
        if !matches!(self.state, State::Ringing(_)) {
            return Err(self.wrong_state("redirect"));
        }
        if targets.is_empty() {
            return Err(CommandError::NoTarget);
        }
        self.transit(|facts, state| match state {
            State::Ringing(ringing) => ringing.redirect(facts, targets, stack),
            other => other,
        });
        Ok(())
    }

    pub(crate) fn ignore(&self) -> Result<(), CommandError> {
        match &self.state {
            // The 100 has been sent, or will be, by the transaction; nothing else is.
            State::Ringing(_) => Ok(()),
            _ => Err(self.wrong_state("ignore")),
        }
    }

    /// Ends the call, whatever it is doing.
    pub(crate) fn hangup(
        &mut self,
        termination: Option<Termination>,
        stack: &mut Stack,
    ) -> Result<(), CommandError> {
        if let (State::Ringing(_), Some(termination)) = (&self.state, &termination) {
            refusal("hangup", termination.code)?;
        }
        self.transit(|facts, state| match state {
            State::Calling(calling) => {
                calling.give_up(facts, Ending::hangup_early(termination.as_ref()), stack)
            }
            State::Ringing(ringing) => ringing.hangup(facts, termination.as_ref(), stack),
            State::Established(established) => {
                let ending = Ending::hangup(termination.as_ref());
                established.finish(facts, ending, termination, stack)
            }
            closing @ State::Closing(_) => closing,
        });
        Ok(())
    }

    pub(crate) fn reinvite(
        &mut self,
        description: Option<Body>,
        stack: &mut Stack,
    ) -> Result<(), CommandError> {
        match &mut self.state {
            State::Established(established) if established.is_free() => {
                established.reinvite(&self.facts, description, stack);
                Ok(())
            }
            _ => Err(self.wrong_state("reinvite")),
        }
    }

    pub(crate) fn answer_offer(
        &mut self,
        description: Body,
        stack: &mut Stack,
    ) -> Result<(), CommandError> {
        match &mut self.state {
            State::Established(established) if established.owes_description() => {
                established.answer_offer(&self.facts, description, stack);
                Ok(())
            }
            _ => Err(self.wrong_state("answer an offer of")),
        }
    }

    pub(crate) fn reject_offer(
        &mut self,
        code: u16,
        stack: &mut Stack,
    ) -> Result<(), CommandError> {
        if !matches!(&self.state, State::Established(e) if e.owes_description()) {
            return Err(self.wrong_state("reject an offer of"));
        }
        let status = refusal("reject an offer", code)?;
        self.transit(|facts, state| match state {
            State::Established(established) => established.reject_offer(facts, status, stack),
            other => other,
        });
        Ok(())
    }

    pub(crate) fn request(
        &mut self,
        id: RequestId,
        request: CallRequest,
        stack: &mut Stack,
    ) -> Result<(), CommandError> {
        match &mut self.state {
            State::Established(established) if established.has_request(id) => {
                Err(CommandError::RequestExists(id))
            }
            State::Established(established) => {
                established.request(&self.facts, id, request, stack);
                Ok(())
            }
            _ => Err(self.wrong_state("send a request in")),
        }
    }

    fn wrong_state(&self, verb: &'static str) -> CommandError {
        CommandError::WrongState { verb, state: self.state().name() }
    }
}
