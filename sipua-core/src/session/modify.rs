//! INVITEs inside a dialog: theirs, and what the application owes for either side's (RFC 3261 14.2).

use rand::RngExt as _;

use super::duty::Duty;
use super::end::Ending;
use super::established::Established;
use super::offer::{self, OfferIn, Said};
use super::turn::{Accepting, Invited, Purpose, Turn};
use super::{Facts, Inbound, State};
use crate::event::{Body, DescriptionKind, EndedBy, Event, Failure};
use crate::message::{HeaderName, Request, StatusCode};
use crate::stack::{ALLOW, Alarm, Stack, set_contact};
use crate::transaction::TransactionId;

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
            // Too large for any datagram; the peer gets an answer all the same.
            let status = StatusCode::SERVER_INTERNAL_ERROR;
            refuse(facts, *transaction, request, status, stack);
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
                let body = offer::description(&ack.headers, &ack.body, stack);
                if accepting.offer == OfferIn::Success {
                    // RFC 3261 13.2.1 owes us an answer; without one our offer is void.
                    let answer = DescriptionKind::Answer;
                    let kind = if body.is_some() { answer } else { DescriptionKind::Rollback };
                    Said::now(kind).tell(facts, body, stack);
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
pub(super) enum Side {
    Local,
    Remote,
}

/// Our offer, if there was one, has come to nothing.
pub(super) fn roll_back(facts: &Facts, offer: OfferIn, stack: &mut Stack) {
    if offer == OfferIn::Invite {
        Said::now(DescriptionKind::Rollback).tell(facts, None, stack);
    }
}

pub(super) fn tell_failed(
    facts: &Facts,
    status: StatusCode,
    reason: &str,
    side: Side,
    stack: &mut Stack,
) {
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
