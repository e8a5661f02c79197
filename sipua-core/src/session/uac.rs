//! A call of ours that has no final response yet (RFC 3261 13.2).

use std::sync::Arc;
use std::time::Duration;

use super::accepted::Accepted;
use super::closing::Closing;
use super::duty::Duty;
use super::early::EarlyDialogs;
use super::end::Ending;
use super::established::Established;
use super::modify::roll_back;
use super::offer::{self, OfferIn, Said};
use super::{CallState, Facts, Inbound, State};
use crate::dialog::Dialog;
use crate::event::{CallInfo, DescriptionKind, EndedBy, Event, Failure, ResolveId};
use crate::message::{Method, Request, Response, StatusCode, Uri};
use crate::stack::{Alarm, Exchange, Fault, Plan, Stack, Verdict};
use crate::transaction::TransactionId;
use crate::transport::Flow;

/// An INVITE to send.
#[derive(Debug)]
pub(crate) struct Invitation {
    pub(crate) request: Request,
    pub(crate) hops: Vec<Uri>,
    pub(crate) cseq: u32,
    pub(crate) ring_timeout: Duration,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Calling {
    exchange: Exchange,
    cseq: u32,
    offer: OfferIn,
    early: EarlyDialogs,
    heard: Heard,
}

/// How far the other side has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Heard {
    Nothing,
    Trying,
    Progress,
}

impl Calling {
    pub(super) fn start(facts: &Facts, invitation: Invitation, stack: &mut Stack) -> State {
        let Invitation { request, hops, cseq, ring_timeout } = invitation;
        let offer = OfferIn::of(&request);
        let plan = Plan {
            request,
            hops,
            flow: None,
            account: facts.account,
            trust: facts.trust(),
            contact: Some(facts.contact.clone()),
            auth: None,
        };
        match Exchange::start(plan, facts.owner(), stack) {
            Ok(exchange) => {
                stack.set_alarm(facts.owner(), Alarm::Ring, ring_timeout);
                let early = EarlyDialogs::default();
                State::Calling(Box::new(Self {
                    exchange,
                    cseq,
                    offer,
                    early,
                    heard: Heard::Nothing,
                }))
            }
            Err(fault) => Closing::end(facts, Ending::fault(fault), Vec::new(), stack),
        }
    }

    pub(super) fn state(&self) -> CallState {
        match self.heard {
            Heard::Nothing => CallState::Calling,
            Heard::Trying | Heard::Progress => CallState::Proceeding,
        }
    }

    pub(super) fn dialogs(&self) -> usize {
        self.early.len()
    }

    pub(super) fn resolved(
        mut self: Box<Self>,
        facts: &Facts,
        id: ResolveId,
        routes: &[Flow],
        stack: &mut Stack,
    ) -> State {
        match self.exchange.resolved(id, routes, stack) {
            Some(verdict) => self.follow(facts, verdict, stack),
            None => State::Calling(self),
        }
    }

    pub(super) fn responded(
        mut self: Box<Self>,
        facts: &Facts,
        id: TransactionId,
        response: Response,
        stack: &mut Stack,
    ) -> State {
        if !self.exchange.is(id) {
            return State::Calling(self);
        }
        let verdict = self.exchange.responded(response, &mut self.cseq, stack);
        self.follow(facts, verdict, stack)
    }

    pub(super) fn failed(
        mut self: Box<Self>,
        facts: &Facts,
        id: TransactionId,
        fault: Fault,
        stack: &mut Stack,
    ) -> State {
        if !self.exchange.is(id) {
            return State::Calling(self);
        }
        let verdict = self.exchange.failed(fault, stack);
        self.follow(facts, verdict, stack)
    }

    pub(super) fn alarmed(
        self: Box<Self>,
        facts: &Facts,
        alarm: Alarm,
        stack: &mut Stack,
    ) -> State {
        match alarm {
            Alarm::Ring => {
                self.give_up(facts, Ending::unanswered(StatusCode::REQUEST_TIMEOUT), stack)
            }
            _ => State::Calling(self),
        }
    }

    /// Ends the call before it is answered: CANCEL, now or at the first 1xx (RFC 3261 9.1).
    pub(super) fn give_up(
        self: Box<Self>,
        facts: &Facts,
        ending: Ending,
        stack: &mut Stack,
    ) -> State {
        let duty = Duty::cancel(self.exchange, self.cseq, stack);
        Closing::end(facts, ending, duty.into_iter().collect(), stack)
    }

    /// A request in an early dialog.
    pub(super) fn requested(
        self: Box<Self>,
        facts: &Facts,
        inbound: Inbound,
        stack: &mut Stack,
    ) -> State {
        let Inbound { id, request, .. } = inbound;
        match request.method {
            Method::Bye => {
                // The callee must not (RFC 3261 15), but one whose 2xx all got lost will.
                let response = stack.response(&request, StatusCode::OK, None, Some(facts.tag));
                stack.respond(id, response);
                let ending = Ending::bye(request, Some(Failure::Unreachable));
                self.give_up(facts, ending, stack)
            }
            _ => {
                super::established::answer_aside(facts, id, request, stack);
                State::Calling(self)
            }
        }
    }

    fn follow(mut self: Box<Self>, facts: &Facts, verdict: Verdict, stack: &mut Stack) -> State {
        match verdict {
            Verdict::Pending => State::Calling(self),
            Verdict::Provisional(response) => {
                self.provisional(facts, response, stack);
                State::Calling(self)
            }
            Verdict::Final(response) if response.status.is_success() => {
                self.succeeded(facts, response, stack)
            }
            Verdict::Final(response) => {
                Closing::end(facts, Ending::response(response), Vec::new(), stack)
            }
            Verdict::Fault(fault) => Closing::end(facts, Ending::fault(fault), Vec::new(), stack),
        }
    }

    fn provisional(&mut self, facts: &Facts, response: Response, stack: &mut Stack) {
        let status = response.status;
        if status == StatusCode::TRYING {
            if self.heard == Heard::Nothing {
                self.heard = Heard::Trying;
                stack.emit(Event::CallTrying { call: facts.id });
            }
            return;
        }
        self.heard = Heard::Progress;
        let fork = self.branch(facts, &response);
        // An offer in an unreliable 1xx is none (RFC 3261 13.2.1); an answer there is a preview.
        if self.offer == OfferIn::Invite
            && let body @ Some(_) = offer::response_body(&response, stack)
        {
            let said = Said { kind: DescriptionKind::Answer, fork, early: true };
            said.tell(facts, body, stack);
            self.early.note_answer(fork);
        }
        let code = status.code();
        let info = CallInfo { call: facts.id, code, fork, response: Some(Arc::new(response)) };
        stack.emit(match status {
            StatusCode::RINGING => Event::CallRinging(info),
            _ => Event::CallProgress(info),
        });
    }

    /// The early dialog of a 1xx; a response without a tag makes none (RFC 3261 12.1).
    fn branch(&mut self, facts: &Facts, response: &Response) -> u32 {
        let Ok(to) = response.headers.to() else { return 0 };
        let (Some(_), Some(flow)) = (to.tag(), self.exchange.flow()) else { return 0 };
        // RFC 6228: this branch is over.
        if response.status.code() == 199 {
            let fork = self.early.find(to.tag()).unwrap_or_default();
            self.early.remove(to.tag());
            return fork;
        }
        let invite = self.exchange.request();
        match Dialog::from_response(invite, response, facts.tag, self.cseq, flow) {
            Ok(dialog) => self.early.take_in(dialog),
            Err(_) => 0,
        }
    }

    /// The first 2xx makes the call (RFC 3261 13.2.2.4).
    fn succeeded(
        mut self: Box<Self>,
        facts: &Facts,
        response: Response,
        stack: &mut Stack,
    ) -> State {
        let (Some(transaction), Some(flow)) = (self.exchange.transaction(), self.exchange.flow())
        else {
            return Closing::end(facts, Ending::fault(Fault::Transport), Vec::new(), stack);
        };
        stack.cancel_alarm(facts.owner(), Alarm::Ring);
        let invite = self.exchange.request();
        let dialog = Dialog::from_response(invite, &response, facts.tag, self.cseq, flow);
        let Ok(dialog) = dialog else {
            return self.unusable(facts, transaction, flow, &response, stack);
        };
        let accepted = Accepted::new(transaction, self.cseq, dialog.clone(), &invite.headers);
        let fork = self.early.take_in(dialog.clone());
        self.early.clear();
        if offer::response_body(&response, stack).is_none() && !self.early.has_answer(fork) {
            // RFC 3261 13.2.1 owes us an answer; without one our offer is void.
            roll_back(facts, self.offer, stack);
        }
        Established::answered(
            facts,
            Answer { dialog, accepted, fork, offer: self.offer, response },
            stack,
        )
    }

    /// A 2xx whose routes cannot be taken: the call is ended, and the peer told as well as it goes.
    fn unusable(
        self: Box<Self>,
        facts: &Facts,
        transaction: TransactionId,
        flow: Flow,
        response: &Response,
        stack: &mut Stack,
    ) -> State {
        let invite = self.exchange.request();
        let duty = Dialog::salvage(invite, response, facts.tag, self.cseq, flow)
            .map(|dialog| Accepted::new(transaction, self.cseq, dialog, &invite.headers))
            .map(|accepted| Duty::Accepted(Box::new(accepted.give_up(facts, stack))));
        let failure = Some(Failure::Unreachable);
        let ending = Ending::new(EndedBy::Network, StatusCode::BAD_REQUEST, failure);
        Closing::end(facts, ending, duty.into_iter().collect(), stack)
    }
}

/// The 2xx that makes a call.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) dialog: Dialog,
    pub(super) accepted: Accepted,
    pub(super) fork: u32,
    pub(super) offer: OfferIn,
    pub(super) response: Response,
}
