//! INVITEs inside a dialog: a session changed by either side (RFC 3261 14).

use std::time::Duration;

use rand::RngExt as _;

use super::accepted::Accepted;
use super::duty::Duty;
use super::end::Ending;
use super::established::{Established, end_of_dialog};
use super::offer::{self, OfferIn, Said};
use super::turn::{Accepting, Invited, Inviting, Purpose, Turn};
use super::{Direction, Facts, Inbound, State};
use crate::event::{Body, DescriptionKind, EndedBy, Event, Failure};
use crate::message::{HeaderName, Method, Request, Response, StatusCode};
use crate::stack::{ALLOW, Alarm, Exchange, Stack, Verdict, set_contact};
use crate::transaction::TransactionId;

/// Times that a re-INVITE of ours is tried in all, after 491.
const MAX_TRIES: u8 = 4;

/// A re-INVITE of ours that was in the way of one of theirs and is tried again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Retry {
    tries: u8,
    offer: OfferIn,
}

/// Getters.
impl Established {
    /// Whether a re-INVITE may be sent.
    pub(super) fn is_free(&self) -> bool {
        matches!(self.turn, Turn::Idle) && self.retry.is_none()
    }

    /// Whether the application owes an offer or an answer.
    pub(super) fn owes_description(&self) -> bool {
        matches!(self.turn, Turn::Owing(_) | Turn::Renewing(_) | Turn::Invited(_))
    }
}

/// Our re-INVITEs.
impl Established {
    pub(super) fn reinvite(&mut self, facts: &Facts, description: Option<Body>, stack: &mut Stack) {
        self.try_reinvite(facts, description, 1, stack);
    }

    fn try_reinvite(&mut self, facts: &Facts, offer: Option<Body>, tries: u8, stack: &mut Stack) {
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
        let body = offer::response_body(response);
        if inviting.offer == OfferIn::Success && body.is_some() {
            Said::now(DescriptionKind::Offer).tell(facts, body, stack);
            return self.owe_answer(facts, Purpose::Change, stack);
        }
        if body.is_some() {
            Said::now(DescriptionKind::Answer).tell(facts, body, stack);
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

/// Their re-INVITEs.
impl Established {
    pub(super) fn invited(&mut self, facts: &Facts, inbound: Inbound, stack: &mut Stack) {
        let Inbound { id, request, .. } = inbound;
        match &self.turn {
            Turn::Idle => {}
            // RFC 3261 14.2: ours is on the way.
            Turn::Inviting(_) | Turn::Renewing(_) | Turn::Owing(_) => {
                return refuse(facts, id, &request, StatusCode::REQUEST_PENDING, stack);
            }
            Turn::Invited(_) => return come_back_later(facts, id, &request, stack),
            Turn::Accepting(accepting) if accepting.offer == OfferIn::Success => {
                return come_back_later(facts, id, &request, stack);
            }
            // Who sends the next INVITE has had the 2xx to the last.
            Turn::Accepting(_) => self.accepted_by_peer(facts, stack),
        }
        stack.set_owner(id, facts.owner());
        let kind = match OfferIn::of(&request) {
            OfferIn::Invite => DescriptionKind::Offer,
            OfferIn::Success => DescriptionKind::OfferWanted,
        };
        Said::now(kind).tell(facts, offer::body(&request.headers, &request.body), stack);
        stack.set_alarm(facts.owner(), Alarm::Description, stack.timeout());
        self.turn = Turn::Invited(Box::new(Invited { transaction: id, request }));
    }

    /// A CANCEL of a re-INVITE.
    pub(super) fn change_cancelled(&mut self, facts: &Facts, id: TransactionId, stack: &mut Stack) {
        if matches!(&self.turn, Turn::Invited(invited) if invited.transaction == id) {
            self.refuse_change(facts, StatusCode::REQUEST_TERMINATED, stack);
        }
    }

    fn accept_change(
        &mut self,
        facts: &Facts,
        invited: &Invited,
        description: Body,
        stack: &mut Stack,
    ) {
        let Invited { transaction, request } = invited;
        let offer = OfferIn::of(request);
        self.dialog.refresh_target(&request.headers);
        let mut response = stack.response(request, StatusCode::OK, None, Some(facts.tag));
        let user = Some(&*facts.contact).filter(|user| !user.is_empty());
        set_contact(&mut response.headers, user, self.dialog.flow());
        response.headers.push(&HeaderName::Allow, ALLOW);
        offer::attach(&mut response.headers, &mut response.body, description);
        let cseq = request.headers.cseq().map_or(0, |cseq| cseq.number);
        if !stack.respond(*transaction, response) {
            let status = StatusCode::SERVER_INTERNAL_ERROR;
            return tell_failed(facts, status, status.reason_phrase(), Side::Remote, stack);
        }
        let purpose = Purpose::Change;
        let accepting = Accepting::start(*transaction, cseq, purpose, offer, facts, stack);
        self.turn = Turn::Accepting(accepting);
    }

    fn refuse_change(&mut self, facts: &Facts, status: StatusCode, stack: &mut Stack) {
        stack.cancel_alarm(facts.owner(), Alarm::Description);
        if let Turn::Invited(invited) = std::mem::replace(&mut self.turn, Turn::Idle) {
            refuse(facts, invited.transaction, &invited.request, status, stack);
            tell_failed(facts, status, status.reason_phrase(), Side::Remote, stack);
        }
    }

    pub(super) fn repeat_success(&mut self, facts: &Facts, stack: &mut Stack) {
        if let Turn::Accepting(accepting) = &mut self.turn {
            accepting.repeat(facts, stack);
        }
    }

    /// The ACK of our 2xx, with the answer to a late offer.
    pub(super) fn acknowledged(
        mut self: Box<Self>,
        facts: &Facts,
        ack: &Request,
        stack: &mut Stack,
    ) -> State {
        match &self.turn {
            Turn::Accepting(accepting) if accepting.is_met_by(ack) => {
                let body = offer::body(&ack.headers, &ack.body);
                if accepting.offer == OfferIn::Success && body.is_some() {
                    Said::now(DescriptionKind::Answer).tell(facts, body, stack);
                }
                self.accepted_by_peer(facts, stack);
            }
            _ => {}
        }
        State::Established(self)
    }

    /// The peer has our 2xx.
    fn accepted_by_peer(&mut self, facts: &Facts, stack: &mut Stack) {
        if let Turn::Accepting(accepting) = std::mem::replace(&mut self.turn, Turn::Idle) {
            accepting.stop(facts, stack);
            stack.emit(match accepting.purpose {
                Purpose::Call => Event::CallConfirmed { call: facts.id },
                Purpose::Change => Event::CallModified { call: facts.id, by_remote: true },
            });
        }
    }
}

/// What the application owes.
impl Established {
    pub(super) fn answer_offer(&mut self, facts: &Facts, description: Body, stack: &mut Stack) {
        stack.cancel_alarm(facts.owner(), Alarm::Description);
        match std::mem::replace(&mut self.turn, Turn::Idle) {
            Turn::Owing(purpose) => {
                self.acknowledge_last(facts, Some(description), stack);
                stack.emit(match purpose {
                    Purpose::Call => Event::CallConfirmed { call: facts.id },
                    Purpose::Change => Event::CallModified { call: facts.id, by_remote: false },
                });
            }
            Turn::Renewing(tries) => self.try_reinvite(facts, Some(description), tries, stack),
            Turn::Invited(invited) => self.accept_change(facts, &invited, description, stack),
            other => self.turn = other,
        }
    }

    pub(super) fn reject_offer(
        mut self: Box<Self>,
        facts: &Facts,
        status: StatusCode,
        stack: &mut Stack,
    ) -> State {
        match &self.turn {
            Turn::Owing(_) => {
                let failure = Some(Failure::NotAcceptableMedia);
                return self.finish(
                    facts,
                    Ending::new(EndedBy::Local, status, failure),
                    None,
                    stack,
                );
            }
            Turn::Renewing(_) => self.abandon_change(facts, stack),
            _ => self.refuse_change(facts, status, stack),
        }
        State::Established(self)
    }

    pub(super) fn description_never_came(
        mut self: Box<Self>,
        facts: &Facts,
        stack: &mut Stack,
    ) -> State {
        match &self.turn {
            Turn::Owing(_) => {
                let failure = Some(Failure::NotAcceptableMedia);
                let status = StatusCode::NOT_ACCEPTABLE_HERE;
                let ending = Ending::new(EndedBy::Timeout, status, failure);
                return self.finish(facts, ending, None, stack);
            }
            Turn::Renewing(_) => self.abandon_change(facts, stack),
            _ => self.refuse_change(facts, StatusCode::SERVER_INTERNAL_ERROR, stack),
        }
        State::Established(self)
    }

    fn abandon_change(&mut self, facts: &Facts, stack: &mut Stack) {
        stack.cancel_alarm(facts.owner(), Alarm::Description);
        self.turn = Turn::Idle;
        let status = StatusCode::REQUEST_PENDING;
        tell_failed(facts, status, status.reason_phrase(), Side::Local, stack);
    }

    /// What the network is owed for the INVITE on the way when the dialog ends.
    pub(super) fn end_turn(&mut self, facts: &Facts, stack: &mut Stack) -> Option<Duty> {
        match std::mem::replace(&mut self.turn, Turn::Idle) {
            Turn::Inviting(inviting) => {
                return Duty::leave(inviting.exchange, self.dialog.clone(), stack);
            }
            Turn::Owing(_) => self.acknowledge_last(facts, None, stack),
            // RFC 3261 15.1.2: pending requests are answered.
            Turn::Invited(invited) => {
                let status = StatusCode::REQUEST_TERMINATED;
                refuse(facts, invited.transaction, &invited.request, status, stack);
            }
            Turn::Accepting(accepting) => accepting.stop(facts, stack),
            Turn::Idle | Turn::Renewing(_) => {}
        }
        None
    }
}

/// Who asked for a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Local,
    Remote,
}

/// Our offer, if there was one, has come to nothing.
fn roll_back(facts: &Facts, offer: OfferIn, stack: &mut Stack) {
    if offer == OfferIn::Invite {
        Said::now(DescriptionKind::Rollback).tell(facts, None, stack);
    }
}

fn tell_failed(facts: &Facts, status: StatusCode, reason: &str, side: Side, stack: &mut Stack) {
    stack.emit(Event::ModificationFailed {
        call: facts.id,
        code: status.code(),
        reason: reason.into(),
        by_remote: side == Side::Remote,
    });
}

fn refuse(
    facts: &Facts,
    id: TransactionId,
    request: &Request,
    status: StatusCode,
    stack: &mut Stack,
) {
    let response = stack.response(request, status, None, Some(facts.tag));
    stack.respond(id, response);
}

/// RFC 3261 14.2: an INVITE before the last one is answered.
pub(super) fn come_back_later(
    facts: &Facts,
    id: TransactionId,
    request: &Request,
    stack: &mut Stack,
) {
    let status = StatusCode::SERVER_INTERNAL_ERROR;
    let mut response = stack.response(request, status, None, Some(facts.tag));
    let seconds: u32 = stack.rng.random_range(0..=10);
    response.headers.push_display(&HeaderName::RetryAfter, seconds);
    stack.respond(id, response);
}
