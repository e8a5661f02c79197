//! Our re-INVITEs: sent, answered, refused, or in the way of theirs (RFC 3261 14.1).

use std::time::Duration;

use rand::RngExt as _;

use super::accepted::Accepted;
use super::established::{Established, end_of_dialog};
use super::modify::{Side, roll_back, tell_failed};
use super::offer::{self, OfferIn, Said};
use super::turn::{Inviting, Purpose, Turn};
use super::{Direction, Facts, State};
use crate::event::{Body, DescriptionKind, Event};
use crate::message::{HeaderName, Method, Response, StatusCode};
use crate::stack::{ALLOW, Alarm, Exchange, Stack, Verdict};

/// Times that a re-INVITE of ours is tried in all, after 491.
const MAX_TRIES: u8 = 4;

/// A re-INVITE of ours that was in the way of one of theirs and is tried again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Retry {
    tries: u8,
    offer: OfferIn,
}

impl Established {
    pub(super) fn reinvite(&mut self, facts: &Facts, description: Option<Body>, stack: &mut Stack) {
        self.try_reinvite(facts, description, 1, stack);
    }

    pub(super) fn try_reinvite(
        &mut self,
        facts: &Facts,
        offer: Option<Body>,
        tries: u8,
        stack: &mut Stack,
    ) {
        let mut request = self.dialog.request(Method::Invite);
        request.headers.push(&HeaderName::Allow, ALLOW);
        if let Some(offer) = offer {
            offer::attach(&mut request.headers, &mut request.body, offer);
        }
        let offer = OfferIn::of(&request);
        let plan = self.plan(facts, request, Some(facts.contact.clone()));
        match Exchange::start(plan, facts.owner(), stack) {
            Ok(exchange) => {
                stack.set_alarm(facts.owner(), Alarm::Ring, stack.config.ring_timeout);
                self.turn = Turn::Inviting(Box::new(Inviting { exchange, offer, tries }));
            }
            Err(fault) => {
                self.turn = Turn::Idle;
                roll_back(facts, offer, stack);
                tell_failed(facts, fault.status(), fault.reason(), Side::Local, stack);
            }
        }
    }

    pub(super) fn follow_reinvite(
        mut self: Box<Self>,
        facts: &Facts,
        verdict: Verdict,
        stack: &mut Stack,
    ) -> State {
        if !verdict.is_over() {
            return State::Established(self);
        }
        let Turn::Inviting(inviting) = std::mem::replace(&mut self.turn, Turn::Idle) else {
            return State::Established(self);
        };
        stack.cancel_alarm(facts.owner(), Alarm::Ring);
        if let Some(ending) = end_of_dialog(&verdict) {
            return self.finish(facts, ending, None, stack);
        }
        match verdict {
            Verdict::Final(response) if response.status.is_success() => {
                self.reinvite_succeeded(facts, &inviting, &response, stack);
            }
            Verdict::Final(response)
                if response.status == StatusCode::REQUEST_PENDING && inviting.tries < MAX_TRIES =>
            {
                self.wait_out_glare(facts, &inviting, stack);
            }
            // RFC 3261 14.1: the session goes on as if nothing had been asked.
            Verdict::Final(response) => {
                roll_back(facts, inviting.offer, stack);
                tell_failed(facts, response.status, &response.reason(), Side::Local, stack);
            }
            Verdict::Fault(fault) => {
                roll_back(facts, inviting.offer, stack);
                tell_failed(facts, fault.status(), fault.reason(), Side::Local, stack);
            }
            Verdict::Pending | Verdict::Provisional(_) => {}
        }
        State::Established(self)
    }

    fn reinvite_succeeded(
        &mut self,
        facts: &Facts,
        inviting: &Inviting,
        response: &Response,
        stack: &mut Stack,
    ) {
        let Some(transaction) = inviting.exchange.transaction() else { return };
        self.dialog.refresh_target(&response.headers);
        let headers = &inviting.exchange.request().headers;
        let cseq = headers.cseq().map_or(0, |cseq| cseq.number);
        self.accepted.push(Accepted::new(transaction, cseq, self.dialog.clone(), headers));
        let body = offer::response_body(response, stack);
        if inviting.offer == OfferIn::Success && body.is_some() {
            Said::now(DescriptionKind::Offer).tell(facts, body, stack);
            return self.owe_answer(facts, Purpose::Change, stack);
        }
        match body {
            Some(_) => Said::now(DescriptionKind::Answer).tell(facts, body, stack),
            // Against RFC 3261 13.2.1, but no reason to end the call.
            None => roll_back(facts, inviting.offer, stack),
        }
        self.acknowledge_last(facts, None, stack);
        stack.emit(Event::CallModified { call: facts.id, by_remote: false });
    }

    /// The peer thinks about our re-INVITE for too long: it is cancelled (RFC 3261 9.1).
    pub(super) fn reinvite_takes_too_long(&mut self, stack: &mut Stack) {
        if let Turn::Inviting(inviting) = &self.turn
            && let Some(transaction) = inviting.exchange.transaction()
        {
            // Before a 1xx it cannot be, and need not: its transaction ends by itself.
            let _ = stack.cancel(transaction);
        }
    }

    /// RFC 3261 14.1: who made the Call-ID waits longer.
    fn wait_out_glare(&mut self, facts: &Facts, inviting: &Inviting, stack: &mut Stack) {
        roll_back(facts, inviting.offer, stack);
        let units = match facts.direction {
            Direction::Outgoing => stack.rng.random_range(210..=400),
            Direction::Incoming => stack.rng.random_range(0..=200),
        };
        self.retry = Some(Retry { tries: inviting.tries, offer: inviting.offer });
        stack.set_alarm(facts.owner(), Alarm::Glare, Duration::from_millis(10 * units));
    }

    pub(super) fn glare_is_over(&mut self, facts: &Facts, stack: &mut Stack) {
        let Some(Retry { tries, offer }) = self.retry else { return };
        if !matches!(self.turn, Turn::Idle) {
            // Theirs is not finished.
            return stack.set_alarm(facts.owner(), Alarm::Glare, stack.config.timers.t1);
        }
        self.retry = None;
        match offer {
            OfferIn::Success => self.try_reinvite(facts, None, tries + 1, stack),
            // The session may have changed meanwhile, and the offer with it.
            OfferIn::Invite => {
                self.turn = Turn::Renewing(tries + 1);
                stack.set_alarm(facts.owner(), Alarm::Description, stack.timeout());
                Said::now(DescriptionKind::OfferWanted).tell(facts, None, stack);
            }
        }
    }

    /// The application owes the answer for the ACK.
    pub(super) fn owe_answer(&mut self, facts: &Facts, purpose: Purpose, stack: &mut Stack) {
        self.turn = Turn::Owing(purpose);
        stack.set_alarm(facts.owner(), Alarm::Description, stack.timeout());
    }

    /// Sends the ACK of the last 2xx.
    pub(super) fn acknowledge_last(
        &mut self,
        facts: &Facts,
        answer: Option<Body>,
        stack: &mut Stack,
    ) {
        if let Some(accepted) = self.accepted.iter_mut().rev().find(|a| a.owes_ack()) {
            accepted.acknowledge(facts, answer, stack);
        }
    }
}
