//! What calls, registrations and requests share: the transactions, the deadlines, the lookups and the
//! outbox. Its owners hold it only while they handle something; it knows none of them but by name.

mod ack;
mod exchange;
mod owner;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

pub(crate) use ack::Ack;
pub(crate) use exchange::{Exchange, Fault, Plan, Trust, Verdict};
pub(crate) use owner::{Alarm, Owner};

use crate::account::Accounts;
use crate::dialog::LocalTag;
use crate::event::{CallId, Config, Description, Event, ExtraHeader, Output, ResolveId};
use crate::hash::BuildIdHasher;
use crate::message::{HeaderName, Headers, Message, Request, Response, StatusCode, Uri};
use crate::timer::Timers;
use crate::transaction::{
    CancelError, Outbox, TransactionConfig, TransactionCounters, TransactionError, TransactionId,
    TransactionOutput, Transactions,
};
use crate::transport::{Flow, Query};

/// The methods this endpoint understands, as Allow writes them (RFC 3261 20.5).
pub(crate) const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO";

/// The layer below every owner.
#[derive(Debug)]
pub(crate) struct Stack {
    pub(crate) config: Config,
    pub(crate) accounts: Accounts,
    pub(crate) now: Instant,
    pub(crate) rng: StdRng,
    /// What the owners have yet to be told.
    inbox: Outbox<Owner>,
    outputs: VecDeque<Output>,
    transactions: Transactions<Owner>,
    alarms: Timers<Owner, Alarm>,
    lookups: HashMap<ResolveId, Owner, BuildIdHasher>,
    tags: HashMap<LocalTag, CallId, BuildIdHasher>,
    next_lookup: u64,
    live_calls: usize,
}

/// Getters, `handle_*` (from the network), commands of the owners, `poll_*`.
impl Stack {
    pub(crate) fn new(config: Config, mut rng: StdRng, now: Instant) -> Self {
        let settings = TransactionConfig {
            timers: config.timers,
            max_server: config.max_pending,
            ..TransactionConfig::default()
        };
        let transactions = Transactions::new(settings, StdRng::from_rng(&mut rng));
        Self {
            config,
            accounts: Accounts::default(),
            now,
            rng,
            inbox: Outbox::new(),
            outputs: VecDeque::new(),
            transactions,
            alarms: Timers::new(),
            lookups: HashMap::default(),
            tags: HashMap::default(),
            next_lookup: 0,
            live_calls: 0,
        }
    }

    // Getters.

    pub(crate) fn transactions(&self) -> usize {
        self.transactions.len()
    }

    pub(crate) fn timers(&self) -> usize {
        self.transactions.timers() + self.alarms.len()
    }

    pub(crate) fn lookups(&self) -> usize {
        self.lookups.len()
    }

    pub(crate) fn tags(&self) -> usize {
        self.tags.len()
    }

    /// Calls whose end the application has not been told.
    pub(crate) fn live_calls(&self) -> usize {
        self.live_calls
    }

    pub(crate) fn counters(&self) -> TransactionCounters {
        self.transactions.counters()
    }

    pub(crate) fn call_of(&self, tag: LocalTag) -> Option<CallId> {
        self.tags.get(&tag).copied()
    }

    /// 64 times T1.
    pub(crate) fn timeout(&self) -> Duration {
        self.config.timers.timeout()
    }

    // From the network.

    pub(crate) fn handle_message(&mut self, message: Message, flow: Flow) {
        self.drive(|transactions, now, out| transactions.handle_message(message, flow, now, out));
    }

    pub(crate) fn handle_transport_error(&mut self, flow: &Flow) {
        self.drive(|transactions, now, out| transactions.handle_transport_error(flow, now, out));
    }

    pub(crate) fn handle_timeout(&mut self) {
        self.drive(Transactions::handle_timeout);
    }

    /// Whose lookup this was; it is over.
    pub(crate) fn end_lookup(&mut self, id: ResolveId) -> Option<Owner> {
        self.lookups.remove(&id)
    }

    // Commands of the owners: messages.

    pub(crate) fn request(
        &mut self,
        owner: Owner,
        request: Request,
        flow: Flow,
    ) -> Result<TransactionId, TransactionError> {
        self.drive(|transactions, now, out| transactions.request(request, flow, owner, now, out))
    }

    pub(crate) fn cancel(&mut self, invite: TransactionId) -> Result<TransactionId, CancelError> {
        self.drive(|transactions, now, out| transactions.cancel(invite, now, out))
    }

    pub(crate) fn acknowledge(&mut self, ack: Request, flow: Flow) -> Option<Bytes> {
        self.drive(|transactions, _, out| transactions.acknowledge(ack, flow, out)).ok()
    }

    pub(crate) fn send(&mut self, flow: Flow, data: Bytes) {
        self.drive(|transactions, _, out| transactions.send(flow, data, out));
    }

    /// Answers a request. What cannot be sent any more (its transaction is gone) needs no answer.
    pub(crate) fn respond(&mut self, id: TransactionId, response: Response) -> bool {
        self.drive(|transactions, now, out| transactions.respond(id, response, now, out)).is_ok()
    }

    pub(crate) fn retransmit(&mut self, id: TransactionId) -> bool {
        self.drive(|transactions, _, out| transactions.retransmit(id, out)).is_ok()
    }

    pub(crate) fn acknowledged(&mut self, id: TransactionId) {
        self.transactions.acknowledged(id);
    }

    pub(crate) fn terminate(&mut self, id: TransactionId) {
        self.drive(|transactions, _, out| transactions.terminate(id, out));
    }

    pub(crate) fn set_owner(&mut self, id: TransactionId, owner: Owner) {
        self.transactions.set_owner(id, owner);
    }

    /// A response to a request, with Server; `tag` names our side of a dialog, without one a fresh
    /// tag is made (RFC 3261 8.2.6.2).
    pub(crate) fn response(
        &mut self,
        request: &Request,
        status: StatusCode,
        reason: Option<&str>,
        tag: Option<LocalTag>,
    ) -> Response {
        let tag = tag.unwrap_or_else(|| LocalTag::new(&mut self.rng)).to_string();
        let mut response = Response::for_request(request, status, reason, Some(&tag));
        if !self.config.user_agent.is_empty() {
            response.headers.push(&HeaderName::Server, &self.config.user_agent);
        }
        response
    }

    // Commands of the owners: names, deadlines, lookups.

    /// A call begins; this tag of ours is how its messages will find it.
    pub(crate) fn begin_call(&mut self, call: CallId, tag: LocalTag) {
        self.tags.insert(tag, call);
        self.live_calls += 1;
    }

    /// A Call-ID (RFC 3261 8.1.1.4: random, without a host).
    pub(crate) fn new_call_id(&mut self) -> Arc<str> {
        format!("{:016x}{:016x}", self.rng.random::<u64>(), self.rng.random::<u64>()).into()
    }

    /// The first sequence number of a Call-ID (RFC 3261 8.1.1.5: below 2^31).
    pub(crate) fn first_cseq(&mut self) -> u32 {
        self.rng.random_range(1..10_000)
    }

    pub(crate) fn set_alarm(&mut self, owner: Owner, alarm: Alarm, after: Duration) {
        // A peer's Expires of 136 years is no reason to overflow.
        if let Some(at) = self.now.checked_add(after) {
            self.alarms.set(owner, alarm, at);
        }
    }

    pub(crate) fn cancel_alarm(&mut self, owner: Owner, alarm: Alarm) {
        self.alarms.cancel(owner, alarm);
    }

    /// Asks the driver where `hop` is; `None` when it cannot be reached with SIP at all.
    pub(crate) fn lookup(&mut self, owner: Owner, hop: &Uri) -> Option<ResolveId> {
        let query = Query::for_uri(hop).ok()?;
        self.next_lookup += 1;
        let id = ResolveId(self.next_lookup);
        self.lookups.insert(id, owner);
        self.outputs.push_back(Output::Resolve { id, query });
        Some(id)
    }

    /// Forgets the deadlines of an owner that is over, and the tag of a call.
    pub(crate) fn forget(&mut self, owner: Owner, tag: Option<LocalTag>) {
        for alarm in Alarm::ALL {
            self.alarms.cancel(owner, alarm);
        }
        if let Some(tag) = tag {
            self.tags.remove(&tag);
        }
    }

    pub(crate) fn emit(&mut self, event: Event) {
        if matches!(event, Event::CallEnded(_)) {
            self.live_calls = self.live_calls.saturating_sub(1);
        }
        self.outputs.push_back(Output::Event(event));
    }

    pub(crate) fn describe(&mut self, description: Description) {
        self.outputs.push_back(Output::Description(description));
    }

    pub(crate) fn close(&mut self, flow: Flow) {
        self.outputs.push_back(Output::Close { flow });
    }

    // Polls.

    pub(crate) fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub(crate) fn poll_inbox(&mut self) -> Option<TransactionOutput<Owner>> {
        self.inbox.pop_front()
    }

    pub(crate) fn poll_alarm(&mut self) -> Option<(Owner, Alarm)> {
        self.alarms.pop_due(self.now)
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        [self.transactions.poll_timeout(), self.alarms.next()].into_iter().flatten().min()
    }

    /// A step of the transactions; what it wants sent goes out at once, so that it stands before the
    /// events of the same step.
    fn drive<T>(
        &mut self,
        step: impl FnOnce(&mut Transactions<Owner>, Instant, &mut Outbox<Owner>) -> T,
    ) -> T {
        let waiting = self.inbox.len();
        let result = step(&mut self.transactions, self.now, &mut self.inbox);
        // Only at the new end is there something to send. When thousands expire at once, the owner of
        // each answers before those that still wait, and must not look through them all.
        let fresh = self.inbox.len() - waiting;
        self.inbox.rotate_right(fresh);
        for _ in 0..fresh {
            match self.inbox.pop_front() {
                Some(TransactionOutput::Transmit { flow, data }) => {
                    self.outputs.push_back(Output::Transmit { flow, data });
                }
                Some(other) => self.inbox.push_back(other),
                None => break,
            }
        }
        result
    }
}

/// Adds the application's headers.
pub(crate) fn add_headers(headers: &mut Headers, extra: &[ExtraHeader]) {
    for (name, value) in extra {
        headers.push(name, value);
    }
}

/// Writes the Contact by which the peer reaches us on this flow (RFC 3261 8.1.1.8, 12.1.1).
pub(crate) fn set_contact(headers: &mut Headers, user: Option<&str>, flow: Flow) {
    headers.set(&HeaderName::Contact, contact(user, flow));
}

/// The same as text.
pub(crate) fn contact(user: Option<&str>, flow: Flow) -> String {
    let (user, at) = user.map_or(("", ""), |user| (user, "@"));
    // A scope is this machine's name for a link, and no part of a host in a URI.
    let local = SocketAddr::new(flow.local.ip(), flow.local.port());
    match flow.protocol {
        crate::transport::Protocol::Udp => format!("<sip:{user}{at}{local}>"),
        other => format!("<sip:{user}{at}{local};transport={}>", other.parameter()),
    }
}
