//! A call that was answered: one dialog, its requests, and the turn of its INVITEs (RFC 3261 12.2).

use std::sync::Arc;

use super::accepted::Accepted;
use super::closing::Closing;
use super::duty::{Duty, say_bye};
use super::end::Ending;
use super::offer::{self, OfferIn, Said};
use super::reinvite::Retry;
use super::turn::{Accepting, Purpose, Turn};
use super::uac::Answer;
use super::{CallState, Facts, Inbound, State};
use crate::client::{conclude, finish_faulty};
use crate::dialog::Dialog;
use crate::event::{
    CallInfo, CallRequest, DescriptionKind, Event, RequestId, ResolveId, Termination,
};
use crate::message::{HeaderName, Method, Request, Response, StatusCode};
use crate::stack::{ALLOW, Alarm, Exchange, Fault, Plan, Stack, Verdict, add_headers};
use crate::transaction::TransactionId;
use crate::transport::Flow;

/// See the module. `modify` has the methods that deal with INVITEs.
#[derive(Debug)]
pub(super) struct Established {
    pub(super) dialog: Dialog,
    pub(super) turn: Turn,
    /// INVITE transactions of ours that may still bring a 2xx.
    pub(super) accepted: Vec<Accepted>,
    /// A re-INVITE of ours to try again.
    pub(super) retry: Option<Retry>,
    requests: Vec<(RequestId, Exchange)>,
}

/// What a request's end means for the call.
enum Outcome {
    Stays,
    Ends(Ending),
}

impl Established {
    /// Our INVITE was answered (RFC 3261 13.2.2.4).
    pub(super) fn answered(facts: &Facts, answer: Answer, stack: &mut Stack) -> State {
        let Answer { dialog, accepted, fork, offer, response } = answer;
        let body = offer::response_body(&response, stack);
        let late = offer == OfferIn::Success && body.is_some();
        if body.is_some() {
            let kind = if late { DescriptionKind::Offer } else { DescriptionKind::Answer };
            Said { kind, fork, early: false }.tell(facts, body, stack);
        }
        let code = response.status.code();
        let mut call = Self::new(dialog, Turn::Idle);
        call.accepted.push(accepted);
        let info = CallInfo { call: facts.id, code, fork, response: Some(Arc::new(response)) };
        if late {
            stack.emit(Event::CallAnswered(info));
            call.owe_answer(facts, Purpose::Call, stack);
        } else {
            call.acknowledge_last(facts, None, stack);
            stack.emit(Event::CallAnswered(info));
            stack.emit(Event::CallConfirmed { call: facts.id });
        }
        State::Established(Box::new(call))
    }

    /// We answered; the ACK is to come.
    pub(super) fn accepting(dialog: Dialog, accepting: Accepting) -> State {
        State::Established(Box::new(Self::new(dialog, Turn::Accepting(accepting))))
    }

    fn new(dialog: Dialog, turn: Turn) -> Self {
        Self { dialog, turn, accepted: Vec::new(), retry: None, requests: Vec::new() }
    }

    pub(super) fn state(&self) -> CallState {
        self.turn.state()
    }

    pub(super) fn resolved(
        mut self: Box<Self>,
        facts: &Facts,
        id: ResolveId,
        routes: &[Flow],
        stack: &mut Stack,
    ) -> State {
        for accepted in &mut self.accepted {
            accepted.resolved(facts, id, routes, stack);
        }
        if let Some(verdict) = self.turn.resolved(id, routes, stack) {
            return self.follow_reinvite(facts, verdict, stack);
        }
        for index in 0..self.requests.len() {
            let Some((_, exchange)) = self.requests.get_mut(index) else { break };
            if let Some(verdict) = exchange.resolved(id, routes, stack) {
                let outcome = self.follow_request(facts, index, verdict, stack);
                return self.after(facts, outcome, stack);
            }
        }
        State::Established(self)
    }

    pub(super) fn responded(
        mut self: Box<Self>,
        facts: &Facts,
        id: TransactionId,
        response: Response,
        stack: &mut Stack,
    ) -> State {
        if self.turn.is_inviting(id) {
            let cseq = self.dialog.local_cseq_mut();
            if let Some(verdict) = self.turn.responded(response, cseq, stack) {
                return self.follow_reinvite(facts, verdict, stack);
            }
            return State::Established(self);
        }
        if let Some(index) = self.requests.iter().position(|(_, exchange)| exchange.is(id)) {
            let Some((_, exchange)) = self.requests.get_mut(index) else {
                return State::Established(self);
            };
            let verdict = exchange.responded(response, self.dialog.local_cseq_mut(), stack);
            let outcome = self.follow_request(facts, index, verdict, stack);
            return self.after(facts, outcome, stack);
        }
        let mut response = Some(response);
        for accepted in &mut self.accepted {
            accepted.responded(facts, id, &mut response, stack);
        }
        self.sweep();
        State::Established(self)
    }

    pub(super) fn failed(
        mut self: Box<Self>,
        facts: &Facts,
        id: TransactionId,
        fault: Fault,
        stack: &mut Stack,
    ) -> State {
        if self.turn.is_inviting(id) {
            if let Some(verdict) = self.turn.failed(fault, stack) {
                return self.follow_reinvite(facts, verdict, stack);
            }
            return State::Established(self);
        }
        if let Some(index) = self.requests.iter().position(|(_, exchange)| exchange.is(id))
            && let Some((_, exchange)) = self.requests.get_mut(index)
        {
            let verdict = exchange.failed(fault, stack);
            let outcome = self.follow_request(facts, index, verdict, stack);
            return self.after(facts, outcome, stack);
        }
        for accepted in &mut self.accepted {
            accepted.failed(facts, id, fault, stack);
        }
        self.sweep();
        State::Established(self)
    }

    pub(super) fn transaction_ended(&mut self, id: TransactionId) {
        for accepted in &mut self.accepted {
            accepted.transaction_ended(id);
        }
        self.sweep();
    }

    /// A request inside the dialog (RFC 3261 12.2.2).
    pub(super) fn requested(
        mut self: Box<Self>,
        facts: &Facts,
        inbound: Inbound,
        stack: &mut Stack,
    ) -> State {
        let number = inbound.request.headers.cseq().map_or(0, |cseq| cseq.number);
        if let Err(error) = self.dialog.accept_cseq(number) {
            let response = stack.response(&inbound.request, error.into(), None, Some(facts.tag));
            stack.respond(inbound.id, response);
            return State::Established(self);
        }
        self.dialog.set_flow(inbound.flow);
        match inbound.request.method {
            Method::Invite => {
                self.invited(facts, inbound, stack);
                State::Established(self)
            }
            Method::Bye => {
                let Inbound { id, request, .. } = inbound;
                let response = stack.response(&request, StatusCode::OK, None, Some(facts.tag));
                stack.respond(id, response);
                let duties = self.lay_down(facts, stack);
                Closing::end(facts, Ending::bye(request, None), duties, stack)
            }
            _ => {
                answer_aside(facts, inbound.id, inbound.request, stack);
                State::Established(self)
            }
        }
    }

    pub(super) fn alarmed(
        mut self: Box<Self>,
        facts: &Facts,
        alarm: Alarm,
        stack: &mut Stack,
    ) -> State {
        match alarm {
            Alarm::Success => self.repeat_success(facts, stack),
            Alarm::Glare => self.glare_is_over(facts, stack),
            // RFC 3261 13.3.1.4: without an ACK the session is ended.
            Alarm::NoAck => {
                self.end_turn(facts, stack);
                return self.finish(facts, Ending::silence(), None, stack);
            }
            Alarm::Description => return self.description_never_came(facts, stack),
            Alarm::Ring => self.reinvite_takes_too_long(stack),
            Alarm::Expires | Alarm::Provisional | Alarm::Register => {}
        }
        State::Established(self)
    }

    /// Whether a request of the application with this number is on its way.
    pub(super) fn has_request(&self, id: RequestId) -> bool {
        self.requests.iter().any(|(other, _)| *other == id)
    }

    /// Sends a request of the application.
    pub(super) fn request(
        &mut self,
        facts: &Facts,
        id: RequestId,
        wanted: CallRequest,
        stack: &mut Stack,
    ) {
        let CallRequest { method, headers, body } = wanted;
        let mut request = self.dialog.request(method);
        add_headers(&mut request.headers, &headers);
        if let Some(body) = body {
            offer::attach(&mut request.headers, &mut request.body, body);
        }
        match Exchange::start(self.plan(facts, request, None), facts.owner(), stack) {
            Ok(exchange) => self.requests.push((id, exchange)),
            Err(fault) => finish_faulty(id, Some(facts.id), fault, stack),
        }
    }

    /// Ends the call with BYE, as soon as one is allowed (RFC 3261 15).
    pub(super) fn finish(
        mut self: Box<Self>,
        facts: &Facts,
        ending: Ending,
        termination: Option<Termination>,
        stack: &mut Stack,
    ) -> State {
        let awaited = match std::mem::replace(&mut self.turn, Turn::Idle) {
            Turn::Accepting(accepting) if accepting.purpose == Purpose::Call => Some(accepting),
            other => {
                self.turn = other;
                None
            }
        };
        let mut duties = self.lay_down(facts, stack);
        let dialog = self.dialog;
        match awaited {
            Some(accepting) => {
                duties.push(Duty::AwaitAck { dialog: Box::new(dialog), accepting, termination });
            }
            None => duties.extend(say_bye(dialog, facts, termination.as_ref(), stack)),
        }
        Closing::end(facts, ending, duties, stack)
    }

    pub(super) fn plan(&self, facts: &Facts, request: Request, contact: Option<Box<str>>) -> Plan {
        Plan {
            request,
            hops: vec![self.dialog.next_hop()],
            flow: Some(self.dialog.flow()),
            account: facts.account,
            trust: facts.trust(),
            contact,
            auth: None,
        }
    }

    /// Forgets what is done, and the room it took: a call is held for long.
    fn sweep(&mut self) {
        self.accepted.retain(|accepted| !accepted.is_done());
        if self.accepted.is_empty() {
            self.accepted = Vec::new();
        }
    }

    /// What the network is owed when the dialog ends, but for the BYE.
    fn lay_down(&mut self, facts: &Facts, stack: &mut Stack) -> Vec<Duty> {
        let mut duties: Vec<Duty> = self.end_turn(facts, stack).into_iter().collect();
        for accepted in self.accepted.drain(..) {
            duties.push(Duty::Accepted(Box::new(accepted)));
        }
        for (id, exchange) in self.requests.drain(..) {
            let dialog = Box::new(self.dialog.clone());
            duties.push(Duty::Request { id, dialog, exchange: Box::new(exchange) });
        }
        duties
    }

    fn follow_request(
        &mut self,
        facts: &Facts,
        index: usize,
        verdict: Verdict,
        stack: &mut Stack,
    ) -> Outcome {
        if !verdict.is_over() {
            return Outcome::Stays;
        }
        let (id, _) = self.requests.swap_remove(index);
        if self.requests.is_empty() {
            self.requests = Vec::new();
        }
        let outcome = end_of_dialog(&verdict);
        conclude(id, Some(facts.id), verdict, stack);
        outcome.map_or(Outcome::Stays, Outcome::Ends)
    }

    fn after(self: Box<Self>, facts: &Facts, outcome: Outcome, stack: &mut Stack) -> State {
        match outcome {
            Outcome::Stays => State::Established(self),
            Outcome::Ends(ending) => self.finish(facts, ending, None, stack),
        }
    }
}

/// RFC 3261 12.2.1.2: after 481, 408 or silence the dialog is ended.
pub(super) fn end_of_dialog(verdict: &Verdict) -> Option<Ending> {
    match verdict {
        Verdict::Final(response)
            if matches!(
                response.status,
                StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST | StatusCode::REQUEST_TIMEOUT
            ) =>
        {
            Some(Ending::response(response.clone()))
        }
        Verdict::Fault(Fault::Timeout) => Some(Ending::silence()),
        _ => None,
    }
}

/// Answers a request in the dialog that does not change it.
pub(super) fn answer_aside(facts: &Facts, id: TransactionId, request: Request, stack: &mut Stack) {
    let status = match &request.method {
        Method::Info | Method::Options => StatusCode::OK,
        Method::Other(_) => StatusCode::NOT_IMPLEMENTED,
        _ => StatusCode::METHOD_NOT_ALLOWED,
    };
    let mut response = stack.response(&request, status, None, Some(facts.tag));
    if request.method != Method::Info {
        response.headers.push(&HeaderName::Allow, ALLOW);
    }
    stack.respond(id, response);
    if request.method == Method::Info {
        let request = Arc::new(request);
        stack.emit(Event::CallRequest { call: facts.id, request });
    }
}
