//! What a message from the network does: it moves a transaction, begins one, or is answered at once.

use std::time::Instant;

use super::commands::fitting;
use super::key::{ClientKey, Identity, ServerKey, merge_key};
use super::server::Server;
use super::server_invite::{AckFate, ServerInvite};
use super::slot::{Index, Legacy, Machine};
use super::table::Transactions;
use super::{Outbox, TransactionId, TransactionOutput, TransactionState};
use crate::message::{HeaderName, Message, Method, NameAddr, Request, Response, StatusCode};
use crate::transport::{Flow, branch_of, received_via, response_flow};

/// What a peer is told to wait before it tries again when there are too many transactions, in seconds.
const RETRY_AFTER: &str = "5";

/// The largest part of an INVITE that its responses repeat: with all they add, each still fits a
/// datagram, and what a transaction keeps is bounded.
const LARGEST_ECHO: usize = 32 * 1024;

/// A request that no transaction knows.
struct Arrival {
    request: Request,
    key: ServerKey,
    legacy: Option<Box<Legacy>>,
    /// The way it came.
    source: Flow,
    /// The way of the response.
    reply: Flow,
}

impl<O: Copy> Transactions<O> {
    /// Takes a message that came over `flow`.
    pub fn handle_message(
        &mut self,
        message: Message,
        flow: Flow,
        now: Instant,
        out: &mut Outbox<O>,
    ) {
        match message {
            Message::Request(request) => self.receive_request(request, flow, now, out),
            Message::Response(response) => self.receive_response(response, flow, now, out),
        }
    }

    fn receive_response(
        &mut self,
        response: Response,
        source: Flow,
        now: Instant,
        out: &mut Outbox<O>,
    ) {
        let headers = &response.headers;
        let (Ok(via), Ok(cseq)) = (headers.via(), headers.cseq()) else {
            self.counters.bad_responses += 1;
            return;
        };
        // RFC 3261 8.1.3.3
        if headers.values(&HeaderName::Via).nth(1).is_some() {
            self.counters.bad_responses += 1;
            return;
        }
        // RFC 3261 17.1.3: the branch, and the method in CSeq.
        let cancel = cseq.method == Method::Cancel;
        let found = branch_of(&via)
            .and_then(|token| self.clients.get(&ClientKey { token, cancel }).copied())
            .filter(|id| self.is_for(*id, &cseq.method));
        match found {
            Some(id) => {
                self.step(id, now, out, |machine, cx| machine.response(response, source, cx));
            }
            None if cseq.method == Method::Invite && response.status.is_success() => {
                out.push_back(TransactionOutput::StrayResponse { response, flow: source });
            }
            None => self.counters.stray_responses += 1,
        }
    }

    fn is_for(&self, id: TransactionId, method: &Method) -> bool {
        match self.slots.get(id).map(|transaction| &transaction.machine) {
            Some(Machine::ClientInvite(_)) => *method == Method::Invite,
            Some(Machine::Client(machine)) => machine.is_for(method),
            _ => false,
        }
    }

    fn receive_request(
        &mut self,
        mut request: Request,
        source: Flow,
        now: Instant,
        out: &mut Outbox<O>,
    ) {
        let Ok(via) = request.headers.via() else {
            self.counters.bad_requests += 1;
            return;
        };
        let identity = Identity::of(&request, &via, &self.secret);
        let key = identity.key(&request.method, &self.secret);
        let reply = response_flow(&via, source);
        if let Some(&id) = self.servers.get(&key) {
            if request.method == Method::Ack {
                self.receive_ack(id, request, source, now, out);
            } else {
                self.counters.repeated_requests += 1;
                self.step(id, now, out, Machine::request);
            }
            return;
        }
        if request.method == Method::Ack {
            match self.legacy_acks.get(&key) {
                Some(&id) => self.receive_ack(id, request, source, now, out),
                // RFC 3261 13.3.1.4: an ACK for a 2xx has a branch of its own.
                None => out.push_back(TransactionOutput::Ack { request, flow: source }),
            }
            return;
        }
        let cancelled = (request.method == Method::Cancel)
            .then(|| self.servers.get(&identity.key(&Method::Invite, &self.secret)).copied());
        let legacy = identity.legacy_base().map(|base| Box::new(Legacy { base, ack: None }));
        if let Some(stamped) = received_via(&via, &source) {
            request.headers.replace_first_value(&HeaderName::Via, stamped);
        }
        let arrival = Arrival { request, key, legacy, source, reply };
        match cancelled {
            Some(invite) => self.receive_cancel(arrival, invite, out),
            None => self.receive_new(arrival, now, out),
        }
    }

    fn receive_ack(
        &mut self,
        id: TransactionId,
        request: Request,
        source: Flow,
        now: Instant,
        out: &mut Outbox<O>,
    ) {
        let mut fate = AckFate::Absorbed;
        self.step(id, now, out, |machine, cx| match machine {
            Machine::ServerInvite(machine) => {
                let (machine, what) = machine.ack(cx);
                fate = what;
                Machine::ServerInvite(machine)
            }
            machine => machine,
        });
        match fate {
            AckFate::Absorbed => self.counters.absorbed_acks += 1,
            AckFate::PassUp => out.push_back(TransactionOutput::Ack { request, flow: source }),
        }
    }

    /// RFC 3261 9.2, as a stateless server (8.2.7): a repeated CANCEL gets the same answer again.
    fn receive_cancel(
        &mut self,
        arrival: Arrival,
        invite: Option<TransactionId>,
        out: &mut Outbox<O>,
    ) {
        let Some((id, transaction)) = invite.and_then(|id| Some((id, self.slots.get(id)?))) else {
            self.counters.unmatched_cancels += 1;
            let status = StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST;
            return self.answer_statelessly(&arrival, status, None, out);
        };
        let owner = transaction.owner;
        let open = transaction.machine.state() == TransactionState::Proceeding;
        // RFC 3261 9.2: the tag of the INVITE's own response, if it has one.
        let answer = match &transaction.machine {
            Machine::ServerInvite(machine) => machine.last_response().cloned(),
            _ => None,
        };
        let answer = answer.and_then(|data| Message::parse_datagram(data).ok());
        let to = answer.as_ref().and_then(|answer| answer.headers().to().ok());
        let tag = to.as_ref().and_then(NameAddr::tag);
        self.answer_statelessly(&arrival, StatusCode::OK, tag, out);
        if open {
            let request = arrival.request;
            out.push_back(TransactionOutput::Cancel { id, owner, request });
        }
    }

    /// A request that no transaction knows begins one.
    fn receive_new(&mut self, mut arrival: Arrival, now: Instant, out: &mut Outbox<O>) {
        let merge = merge_key(&arrival.request, &self.secret);
        if merge.is_some_and(|merge| self.merged.contains_key(&merge)) {
            self.counters.merged_requests += 1;
            return self.answer_statelessly(&arrival, StatusCode::LOOP_DETECTED, None, out);
        }
        if self.servers.len() >= self.config.max_server {
            self.counters.overload += 1;
            return self.answer_statelessly(&arrival, StatusCode::SERVICE_UNAVAILABLE, None, out);
        }
        let trying = (arrival.request.method == Method::Invite)
            .then(|| Response::for_request(&arrival.request, StatusCode::TRYING, None, None))
            .map(|trying| trying.to_bytes());
        if trying.as_ref().is_some_and(|trying| trying.len() > LARGEST_ECHO) {
            self.counters.bad_requests += 1;
            return;
        }
        let index = Index::Server { key: arrival.key, merge, legacy: arrival.legacy.take() };
        let Ok(id) = self.insert(arrival.reply, None, index) else { return };
        let Arrival { request, source: flow, .. } = arrival;
        let after = self.config.trying_after;
        self.step(id, now, out, |_, cx| match trying {
            Some(trying) => Machine::ServerInvite(ServerInvite::start(trying, after, cx)),
            None => Machine::Server(Server::start(cx)),
        });
        out.push_back(TransactionOutput::Request { id, request, flow });
    }

    /// An answer that leaves nothing behind (RFC 3261 8.2.7): without a tag to take, the same request
    /// gets the same one again.
    fn answer_statelessly(
        &self,
        arrival: &Arrival,
        status: StatusCode,
        tag: Option<&str>,
        out: &mut Outbox<O>,
    ) {
        let own = format!("{:016x}", self.secret.fingerprint(&arrival.key) as u64);
        let tag = tag.unwrap_or(&own);
        let mut response = Response::for_request(&arrival.request, status, None, Some(tag));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers.push(&HeaderName::RetryAfter, RETRY_AFTER);
        }
        if let Ok(data) = fitting(response.to_bytes(), &arrival.reply) {
            out.push_back(TransactionOutput::Transmit { flow: arrival.reply, data });
        }
    }
}
