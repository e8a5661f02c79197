//! The agent: one protocol endpoint, and for each call the negotiation of its media, with session
//! descriptions carried between them. No socket, no clock: the driver brings both.

mod call;
mod command;
mod media;
mod translate;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use call::AgentCall;
pub(crate) use command::{AccountEntry, Binding, Command, DialCommand};
pub(crate) use media::{closed_address, local_address};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sipua_core::endpoint::Endpoint;
use sipua_core::event::{self as core, AccountId, CallId, Input, RequestOutcome, ResolveId};
use sipua_core::transport::{Flow, Query};
use sipua_media::sdp::{Capabilities, StreamSettings};

use crate::call_shared::CallShared;
use crate::event::{Event, EventKind};

/// What the agent asks of the driver.
#[derive(Debug)]
pub(crate) enum Output {
    /// Send these bytes.
    Transmit { flow: Flow, data: Bytes },
    /// Close this connection.
    Close { flow: Flow },
    /// Find the flows that lead there.
    Resolve { id: ResolveId, query: Query },
    /// Open the media of a call, on the address that leads there.
    OpenMedia { call: CallId, toward: Toward },
    /// Send and receive as agreed.
    ConfigureMedia { call: CallId, settings: Box<StreamSettings> },
    /// Press keys.
    SendDtmf { call: CallId, digits: Box<str> },
    /// End the media of a call; its last statistics are wanted back.
    CloseMedia { call: CallId },
    /// A request of the application is over.
    RequestFinished(Box<RequestOutcome>),
    /// Tell the application.
    Event(Event),
}

/// What decides the local address of a call's media.
#[derive(Debug, Clone)]
pub(crate) enum Toward {
    /// How the signalling arrived.
    Flow(Flow),
    /// Where the signalling goes.
    Target(Query),
}

/// The sans-I/O user agent.
///
/// `handle_*` bring what happened, `poll_*` take what follows.
#[derive(Debug)]
pub(crate) struct Agent {
    endpoint: Endpoint,
    calls: HashMap<CallId, AgentCall>,
    accounts: HashMap<AccountId, AccountEntry>,
    capabilities: Arc<Capabilities>,
    /// Whether calls open RTP ports.
    media: bool,
    rng: StdRng,
    outputs: VecDeque<Output>,
    started: Instant,
    seq: u64,
}

impl Agent {
    pub(crate) fn new(
        config: core::Config,
        capabilities: Capabilities,
        media: bool,
        mut rng: StdRng,
        now: Instant,
    ) -> Self {
        let endpoint = Endpoint::new(config, StdRng::from_rng(&mut rng), now);
        Self {
            endpoint,
            calls: HashMap::new(),
            accounts: HashMap::new(),
            capabilities: Arc::new(capabilities),
            media,
            rng,
            outputs: VecDeque::new(),
            started: now,
            seq: 0,
        }
    }

    // handle_*

    pub(crate) fn handle_input(&mut self, input: Input, now: Instant) {
        self.endpoint.handle_input(input, now);
        self.drain(now);
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        self.endpoint.handle_timeout(now);
        self.drain(now);
    }

    // poll_*

    pub(crate) fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.endpoint.poll_timeout()
    }

    // getters

    /// Whether the ports of a call are still wanted.
    pub(crate) fn waits_for_media(&self, id: CallId) -> bool {
        self.calls.get(&id).is_some_and(AgentCall::is_opening)
    }

    /// Calls that are not over, or that still owe a goodbye to their peer or their record to the
    /// application.
    pub(crate) fn calls(&self) -> usize {
        self.calls.len().max(self.endpoint.parting())
    }

    /// Accounts whose binding stands, or is being made or taken back.
    pub(crate) fn registered(&self) -> usize {
        self.accounts.values().filter(|account| account.binding != Binding::None).count()
    }

    pub(crate) fn call_ids(&self) -> Vec<CallId> {
        self.calls.keys().copied().collect()
    }

    // within

    /// Carries what the endpoint left to the driver, and descriptions to the media and back.
    fn drain(&mut self, now: Instant) {
        while let Some(output) = self.endpoint.poll_output() {
            match output {
                core::Output::Transmit { flow, data } => {
                    self.outputs.push_back(Output::Transmit { flow, data });
                }
                core::Output::Close { flow } => self.outputs.push_back(Output::Close { flow }),
                core::Output::Resolve { id, query } => {
                    self.outputs.push_back(Output::Resolve { id, query });
                }
                core::Output::Description(description) => self.describe(description, now),
                core::Output::Event(event) => self.translate(event, now),
            }
        }
    }

    /// Milliseconds since the start.
    fn millis(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.started).as_millis()).unwrap_or(u64::MAX)
    }

    /// Tells the application something that concerns neither a call nor an account.
    pub(crate) fn emit(&mut self, kind: EventKind, now: Instant) {
        self.push_event(None, None, None, None, kind, now);
    }

    /// Tells the application something about a call that may be over already.
    pub(crate) fn emit_labelled(&mut self, call: &CallShared, kind: EventKind, now: Instant) {
        let (call_id, tag) = {
            let view = call.view();
            (view.call_id.clone(), view.tag.clone())
        };
        self.push_event(Some(call.id), call.account, call_id, tag, kind, now);
    }

    /// Tells the application something about a call.
    pub(crate) fn emit_call(&mut self, id: CallId, kind: EventKind, now: Instant) {
        let call = self.calls.get(&id);
        let account = call.and_then(|call| call.account);
        let call_id = call.and_then(|call| call.sip_call_id.clone());
        let tag = call.and_then(|call| call.tag.clone());
        self.push_event(Some(id), account, call_id, tag, kind, now);
    }

    fn emit_account(&mut self, id: AccountId, kind: EventKind, now: Instant) {
        let tag = self.accounts.get(&id).and_then(|account| account.tag.clone());
        self.push_event(None, Some(id), None, tag, kind, now);
    }

    fn push_event(
        &mut self,
        call: Option<CallId>,
        account: Option<AccountId>,
        call_id: Option<Arc<str>>,
        tag: Option<Arc<str>>,
        kind: EventKind,
        now: Instant,
    ) {
        self.seq += 1;
        let (seq, time) = (self.seq, self.millis(now));
        self.outputs.push_back(Output::Event(Event {
            seq,
            time,
            account,
            call,
            call_id,
            tag,
            kind,
        }));
    }

    /// The number in the `o=` line of a session: 62 bits, so that every peer's integer holds it.
    fn session_id(&mut self) -> u64 {
        self.rng.random::<u64>() >> 2
    }
}
