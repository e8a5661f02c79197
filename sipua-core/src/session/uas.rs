//! A call to us that has no final response yet (RFC 3261 13.3).

use std::sync::Arc;
use std::time::Duration;

use super::closing::Closing;
use super::end::Ending;
use super::established::Established;
use super::offer::{self, OfferIn, Said};
use super::turn::{Accepting, Purpose};
use super::{CallState, Facts, Inbound, State};
use crate::dialog::Dialog;
use crate::event::{
    Body, CallInfo, CommandError, DescriptionKind, Event, ExtraHeader, Failure, IncomingCall,
    Termination,
};
use crate::message::{HeaderName, Method, Request, Response, StatusCode, Uri};
use crate::stack::{ALLOW, Alarm, Stack, add_headers, set_contact};
use crate::transaction::TransactionId;

/// RFC 3261 13.3.1.1: a provisional response is repeated each minute.
const PROVISIONAL_INTERVAL: Duration = Duration::from_secs(60);

/// An INVITE that passed every check.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) id: TransactionId,
    pub(crate) request: Request,
    pub(crate) dialog: Dialog,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Ringing {
    transaction: TransactionId,
    request: Arc<Request>,
    dialog: Dialog,
    offer: OfferIn,
    told: Told,
}

/// What the caller has been told.
#[derive(Debug)]
enum Told {
    Nothing,
    Ringing,
    /// 183, maybe with the answer that the 2xx repeats.
    Progress(Option<Body>),
}

impl Ringing {
    pub(super) fn start(facts: &Facts, arrival: Arrival, stack: &mut Stack) -> State {
        let Arrival { id, request, dialog } = arrival;
        stack.set_owner(id, facts.owner());
        let offer = OfferIn::of(&request);
        let kind = match offer {
            OfferIn::Invite => DescriptionKind::Offer,
            OfferIn::Success => DescriptionKind::OfferWanted,
        };
        Said::now(kind).tell(facts, offer::body(&request.headers, &request.body), stack);
        stack.set_alarm(facts.owner(), Alarm::Ring, stack.config.ring_timeout);
        // RFC 3261 13.3.1: the caller's patience may be shorter.
        if let Ok(Some(seconds)) = request.headers.expires() {
            stack.set_alarm(facts.owner(), Alarm::Expires, Duration::from_secs(seconds.into()));
        }
        let request = Arc::new(request);
        stack.emit(Event::IncomingCall(Box::new(IncomingCall {
            call: facts.id,
            account: facts.account,
            local: facts.local.clone(),
            remote: facts.remote.clone(),
            sip_call_id: (*facts.call_id).into(),
            has_offer: offer == OfferIn::Invite,
            flow: dialog.flow(),
            request: Arc::clone(&request),
        })));
        let told = Told::Nothing;
        State::Ringing(Box::new(Self { transaction: id, request, dialog, offer, told }))
    }

    pub(super) fn state(&self) -> CallState {
        match self.told {
            Told::Nothing => CallState::Incoming,
            Told::Ringing | Told::Progress(_) => CallState::Ringing,
        }
    }

    pub(super) fn dialog(&self) -> &Dialog {
        &self.dialog
    }

    pub(super) fn ring(&mut self, facts: &Facts, headers: &[ExtraHeader], stack: &mut Stack) {
        let response = self.response(facts, StatusCode::RINGING, headers, stack);
        self.say(facts, response, stack);
        if matches!(self.told, Told::Nothing) {
            self.told = Told::Ringing;
        }
    }

    pub(super) fn progress(
        &mut self,
        facts: &Facts,
        description: Option<Body>,
        headers: &[ExtraHeader],
        stack: &mut Stack,
    ) -> Result<(), CommandError> {
        // RFC 3261 13.2.1: an offer of ours belongs into the 2xx, unless the 1xx is reliable.
        if self.offer == OfferIn::Success && description.is_some() {
            let state = "waiting for our offer in the answer";
            return Err(CommandError::WrongState { verb: "progress with a description", state });
        }
        let mut response = self.response(facts, StatusCode::SESSION_PROGRESS, headers, stack);
        if let Some(description) = description.clone() {
            offer::attach(&mut response.headers, &mut response.body, description);
        }
        self.say(facts, response, stack);
        match &self.told {
            Told::Progress(Some(_)) if description.is_none() => {}
            _ => self.told = Told::Progress(description),
        }
        Ok(())
    }

    /// Whether `answer` can follow.
    pub(super) fn check_answer(
        &self,
        code: u16,
        description: Option<&Body>,
    ) -> Result<(), CommandError> {
        if !(200..300).contains(&code) {
            return Err(CommandError::InvalidCode { verb: "answer", code });
        }
        match (&self.told, description) {
            (_, Some(_)) | (Told::Progress(Some(_)), None) => Ok(()),
            _ => Err(CommandError::DescriptionMissing { verb: "answer" }),
        }
    }

    /// RFC 3261 13.3.1.4: a 2xx, repeated until its ACK comes.
    pub(super) fn answer(
        self: Box<Self>,
        facts: &Facts,
        code: u16,
        description: Option<Body>,
        headers: &[ExtraHeader],
        stack: &mut Stack,
    ) -> State {
        let status = StatusCode::new(code).unwrap_or(StatusCode::OK);
        let mut response = self.response(facts, status, headers, stack);
        response.headers.push(&HeaderName::Allow, ALLOW);
        let early = match &self.told {
            Told::Progress(description) => description.clone(),
            Told::Nothing | Told::Ringing => None,
        };
        if let Some(description) = description.or(early) {
            offer::attach(&mut response.headers, &mut response.body, description);
        }
        if !stack.respond(self.transaction, response) {
            // Too large for any datagram; the caller gets an answer all the same.
            return self.refuse(facts, StatusCode::SERVER_INTERNAL_ERROR, None, &[], stack);
        }
        let Self { transaction, request, dialog, offer, .. } = *self;
        for alarm in [Alarm::Ring, Alarm::Expires, Alarm::Provisional] {
            stack.cancel_alarm(facts.owner(), alarm);
        }
        let cseq = request.headers.cseq().map_or(0, |cseq| cseq.number);
        let accepting = Accepting::start(transaction, cseq, Purpose::Call, offer, facts, stack);
        let info = CallInfo { call: facts.id, code, fork: 0, response: None };
        stack.emit(Event::CallAnswered(info));
        Established::accepting(dialog, accepting)
    }

    pub(super) fn refuse(
        self: Box<Self>,
        facts: &Facts,
        status: StatusCode,
        reason: Option<&str>,
        headers: &[ExtraHeader],
        stack: &mut Stack,
    ) -> State {
        let mut response = stack.response(&self.request, status, reason, Some(facts.tag));
        add_headers(&mut response.headers, headers);
        self.end_with(facts, response, Ending::refusal(status, reason), stack)
    }

    pub(super) fn hangup(
        self: Box<Self>,
        facts: &Facts,
        termination: Option<&Termination>,
        stack: &mut Stack,
    ) -> State {
        let status = termination.and_then(|t| StatusCode::new(t.code));
        let reason = termination.and_then(|t| t.reason.as_deref());
        self.refuse(facts, status.unwrap_or(StatusCode::DECLINE), reason, &[], stack)
    }

    /// RFC 3261 8.3, 21.3.
    pub(super) fn redirect(
        self: Box<Self>,
        facts: &Facts,
        targets: &[Uri],
        stack: &mut Stack,
    ) -> State {
        let status = StatusCode::MOVED_TEMPORARILY;
        let mut response = stack.response(&self.request, status, None, Some(facts.tag));
        let last = targets.len();
        for (index, target) in targets.iter().enumerate() {
            // RFC 3261 20.10: the order of preference, as q values.
            let q = (last - index) * 1000 / last;
            let (whole, rest) = (q / 1000, q % 1000);
            let value = format_args!("<{target}>;q={whole}.{rest:03}");
            response.headers.push_display(&HeaderName::Contact, value);
        }
        self.end_with(facts, response, Ending::refusal(status, None), stack)
    }

    /// RFC 3261 9.2, 15.1.2: the INVITE is answered with 487.
    pub(super) fn cancelled(
        self: Box<Self>,
        facts: &Facts,
        cancel: Request,
        stack: &mut Stack,
    ) -> State {
        self.terminate(facts, Ending::cancel(cancel), stack)
    }

    /// A request in the early dialog.
    pub(super) fn requested(
        mut self: Box<Self>,
        facts: &Facts,
        inbound: Inbound,
        stack: &mut Stack,
    ) -> State {
        let Inbound { id, request, flow } = inbound;
        let number = request.headers.cseq().map_or(0, |cseq| cseq.number);
        if let Err(error) = self.dialog.accept_cseq(number) {
            let response = stack.response(&request, error.into(), None, Some(facts.tag));
            stack.respond(id, response);
            return State::Ringing(self);
        }
        self.dialog.set_flow(flow);
        match request.method {
            // RFC 3261 15.1.2: the pending INVITE is answered too.
            Method::Bye => {
                let response = stack.response(&request, StatusCode::OK, None, Some(facts.tag));
                stack.respond(id, response);
                self.terminate(facts, Ending::bye(request, Some(Failure::Cancelled)), stack)
            }
            // RFC 3261 14.2: one INVITE at a time.
            Method::Invite => {
                super::modify::come_back_later(facts, id, &request, stack);
                State::Ringing(self)
            }
            _ => {
                super::established::answer_aside(facts, id, request, stack);
                State::Ringing(self)
            }
        }
    }

    pub(super) fn alarmed(
        self: Box<Self>,
        facts: &Facts,
        alarm: Alarm,
        stack: &mut Stack,
    ) -> State {
        match alarm {
            Alarm::Ring => {
                let status = StatusCode::TEMPORARILY_UNAVAILABLE;
                let response = stack.response(&self.request, status, None, Some(facts.tag));
                self.end_with(facts, response, Ending::unanswered(status), stack)
            }
            Alarm::Expires => {
                let ending = Ending::unanswered(StatusCode::REQUEST_TERMINATED);
                self.terminate(facts, ending, stack)
            }
            Alarm::Provisional => {
                stack.retransmit(self.transaction);
                stack.set_alarm(facts.owner(), Alarm::Provisional, PROVISIONAL_INTERVAL);
                State::Ringing(self)
            }
            _ => State::Ringing(self),
        }
    }

    fn terminate(self: Box<Self>, facts: &Facts, ending: Ending, stack: &mut Stack) -> State {
        let status = StatusCode::REQUEST_TERMINATED;
        let response = stack.response(&self.request, status, None, Some(facts.tag));
        self.end_with(facts, response, ending, stack)
    }

    fn end_with(
        self: Box<Self>,
        facts: &Facts,
        response: Response,
        ending: Ending,
        stack: &mut Stack,
    ) -> State {
        stack.respond(self.transaction, response);
        Closing::end(facts, ending, Vec::new(), stack)
    }

    /// Sends a 1xx, and again each minute.
    fn say(&self, facts: &Facts, response: Response, stack: &mut Stack) {
        stack.respond(self.transaction, response);
        stack.set_alarm(facts.owner(), Alarm::Provisional, PROVISIONAL_INTERVAL);
    }

    /// A response that makes the dialog (RFC 3261 12.1.1).
    fn response(
        &self,
        facts: &Facts,
        status: StatusCode,
        headers: &[ExtraHeader],
        stack: &mut Stack,
    ) -> Response {
        let mut response = stack.response(&self.request, status, None, Some(facts.tag));
        let user = Some(&*facts.contact).filter(|user| !user.is_empty());
        set_contact(&mut response.headers, user, self.dialog.flow());
        add_headers(&mut response.headers, headers);
        response
    }
}
