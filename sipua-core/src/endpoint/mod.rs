//! The only public machine: it owns the calls, the registrations and the requests, and routes.

mod commands;
mod footprint;
mod incoming;
mod route;

use std::collections::HashMap;
use std::time::Instant;

use bytes::Bytes;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

pub use footprint::{Counters, Footprint};

pub use crate::session::CallState;

use crate::client::ClientRequest;
use crate::event::{
    AccountId, CallId, Command, CommandError, Config, Input, Output, Party, RequestId,
};
use crate::hash::{BuildIdHasher, Secret};
use crate::message::{Frame, Message, ParseError, StreamFramer};
use crate::registration::Registration;
use crate::session::Session;
use crate::stack::Stack;
use crate::transport::Flow;

/// A SIP user agent as a pure state machine.
///
/// `handle_*` and commands change it; after each of them, take everything [`poll_output`] has, and
/// call [`handle_timeout`] when [`poll_timeout`] says. Getters: `call_state`, `parties`, `footprint` …
///
/// ```
/// use std::time::Instant;
/// use rand::{SeedableRng, rngs::StdRng};
/// use sipua_core::endpoint::Endpoint;
/// use sipua_core::event::{CallId, Command, Config, Dial, Output};
///
/// let now = Instant::now();
/// let mut endpoint = Endpoint::new(Config::default(), StdRng::seed_from_u64(1), now);
/// let dial = Box::new(Dial::new(None, "sip:bob@192.0.2.1".parse()?, None));
/// endpoint.handle_command(Command::Dial { call: CallId(2), dial }, now)?;
/// // The first thing it wants is to know where that is.
/// assert!(matches!(endpoint.poll_output(), Some(Output::Resolve { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [`poll_output`]: Self::poll_output
/// [`handle_timeout`]: Self::handle_timeout
/// [`poll_timeout`]: Self::poll_timeout
#[derive(Debug)]
pub struct Endpoint {
    stack: Stack,
    calls: HashMap<CallId, Box<Session>, BuildIdHasher>,
    registrations: HashMap<AccountId, Registration, BuildIdHasher>,
    requests: HashMap<RequestId, ClientRequest, BuildIdHasher>,
    framers: HashMap<Flow, StreamFramer, Secret>,
    next_incoming: u64,
    counters: Counters,
}

impl Endpoint {
    /// An endpoint without accounts or calls. All its randomness comes from `rng`.
    #[must_use]
    pub fn new(config: Config, mut rng: StdRng, now: Instant) -> Self {
        let next_incoming = config.first_incoming_call_id;
        let secret = Secret::new(&mut rng);
        Self {
            stack: Stack::new(config, StdRng::from_rng(&mut rng), now),
            calls: HashMap::default(),
            registrations: HashMap::default(),
            requests: HashMap::default(),
            framers: HashMap::with_hasher(secret),
            next_incoming,
            counters: Counters::default(),
        }
    }

    /// Takes what the network brought.
    pub fn handle_input(&mut self, input: Input, now: Instant) {
        self.advance(now);
        match input {
            Input::Datagram { flow, data } => self.datagram(flow, data),
            Input::StreamData { flow, data } => self.stream_data(flow, &data),
            Input::Closed { flow } => {
                self.framers.remove(&flow);
                self.stack.handle_transport_error(&flow);
            }
            Input::TransmitFailed { flow } => self.stack.handle_transport_error(&flow),
            Input::Resolved { id, routes } => self.resolved(id, &routes),
        }
        self.settle();
    }

    /// Does what the application wants.
    ///
    /// # Errors
    /// [`CommandError`] when it cannot be done; nothing has changed then.
    pub fn handle_command(&mut self, command: Command, now: Instant) -> Result<(), CommandError> {
        self.advance(now);
        let result = self.command(command);
        self.settle();
        result
    }

    /// Does what has become due.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.advance(now);
        self.stack.handle_timeout();
        self.settle();
        while let Some((owner, alarm)) = self.stack.poll_alarm() {
            self.alarm(owner, alarm);
            self.settle();
        }
    }

    /// The next thing to do for the driver.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.stack.poll_output()
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.stack.poll_timeout()
    }

    /// What a call is doing; `None` when nothing is left of it.
    #[must_use]
    pub fn call_state(&self, call: CallId) -> Option<CallState> {
        self.calls.get(&call).map(|session| session.state())
    }

    /// The SIP Call-ID of a call.
    #[must_use]
    pub fn sip_call_id(&self, call: CallId) -> Option<&str> {
        self.calls.get(&call).map(|session| &*session.facts().call_id)
    }

    /// Our side of a call and the other one.
    #[must_use]
    pub fn parties(&self, call: CallId) -> Option<(&Party, &Party)> {
        let facts = self.calls.get(&call)?.facts();
        Some((&facts.local, &facts.remote))
    }

    /// Time never goes back.
    fn advance(&mut self, now: Instant) {
        self.stack.now = self.stack.now.max(now);
    }

    fn datagram(&mut self, flow: Flow, data: Bytes) {
        match Message::parse_datagram(data) {
            Ok(message) => self.message(message, flow),
            Err(ParseError::KeepAlive) => self.counters.keep_alives += 1,
            Err(_) => self.counters.unreadable += 1,
        }
    }

    fn message(&mut self, message: Message, flow: Flow) {
        match message {
            // A response that nobody can use must not stop a transaction's timers either.
            Message::Response(response) if !response.is_acceptable() => {
                self.counters.bad_responses += 1;
            }
            message => self.stack.handle_message(message, flow),
        }
    }

    fn stream_data(&mut self, flow: Flow, data: &[u8]) {
        self.framers.entry(flow).or_default().push(data);
        while let Some(frame) = self.framers.get_mut(&flow).and_then(StreamFramer::next_frame) {
            match frame {
                Ok(Frame::Message(message)) => {
                    self.message(message, flow);
                    self.settle();
                }
                // RFC 5626 4.4.1: a ping is answered with one CRLF.
                Ok(Frame::Ping) => self.stack.send(flow, Bytes::from_static(b"\r\n")),
                Ok(_) => self.counters.keep_alives += 1,
                Err(_) => {
                    self.counters.unreadable += 1;
                    self.framers.remove(&flow);
                    self.stack.close(flow);
                    self.stack.handle_transport_error(&flow);
                }
            }
        }
    }
}
