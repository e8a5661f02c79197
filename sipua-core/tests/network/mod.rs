//! A network of endpoints in virtual time: seeded loss, delay, duplication, reordering and damage.
//!
//! Nothing here sleeps. [`Network::step`] moves to the next datagram or deadline, whichever comes
//! first. An address without an endpoint is a script: what arrives there is kept in a mailbox, and
//! the test writes the datagrams it sends itself.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "each test file uses its own part of the helper, which starts the virtual clock"
)]

pub mod caller;
pub mod ladder;
pub mod phone;
pub mod script;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::net::SocketAddr;
use std::ops::Range;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sipua_core::event::{Command, CommandError, Config, Input, Output, ResolveId};
use sipua_core::transport::{Flow, Protocol, Query};

use ladder::{Ladder, Step};
use phone::Phone;

/// How the network treats each datagram.
#[derive(Debug, Clone)]
pub struct Conditions {
    /// Probability of being lost.
    pub loss: f64,
    /// Probability of arriving twice.
    pub duplicate: f64,
    /// Probability of having some bytes changed.
    pub damage: f64,
    /// Time on the way; a wide range reorders.
    pub delay: Range<Duration>,
}

impl Conditions {
    /// Everything arrives once, in order, after 10 ms.
    pub fn perfect() -> Self {
        let delay = Duration::from_millis(10);
        Self { loss: 0.0, duplicate: 0.0, damage: 0.0, delay: delay..delay }
    }

    /// Loss, duplication and reordering.
    pub fn bad(loss: f64) -> Self {
        Self {
            loss,
            duplicate: 0.05,
            damage: 0.0,
            delay: Duration::from_millis(1)..Duration::from_millis(120),
        }
    }
}

/// A datagram on its way.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Flight {
    arrives: Instant,
    number: u64,
    from: SocketAddr,
    to: SocketAddr,
    data: Bytes,
}

/// Endpoints, scripts and what is between them.
pub struct Network {
    pub now: Instant,
    pub start: Instant,
    pub conditions: Conditions,
    pub phones: Vec<Phone>,
    pub ladder: Ladder,
    /// What a lookup of this host answers; IP literals answer themselves.
    pub names: HashMap<String, Vec<SocketAddr>>,
    /// Lookups are not answered, so that a call stays where it waits for one.
    pub hold_lookups: bool,
    held: Vec<(usize, ResolveId, Query)>,
    rng: StdRng,
    flights: BinaryHeap<Reverse<Flight>>,
    mailboxes: HashMap<SocketAddr, VecDeque<Bytes>>,
    next_flight: u64,
}

impl Network {
    /// An empty network; the same seed gives the same run.
    pub fn new(seed: u64, conditions: Conditions) -> Self {
        let start = Instant::now();
        Self {
            now: start,
            start,
            conditions,
            phones: Vec::new(),
            ladder: Ladder::default(),
            names: HashMap::new(),
            hold_lookups: false,
            held: Vec::new(),
            rng: StdRng::seed_from_u64(seed),
            flights: BinaryHeap::new(),
            mailboxes: HashMap::new(),
            next_flight: 0,
        }
    }

    /// Two phones with the usual settings on a perfect network.
    pub fn pair() -> Self {
        let mut network = Self::new(1, Conditions::perfect());
        network.add_phone(Config::default());
        network.add_phone(Config::default());
        network
    }

    /// One phone with the usual settings, for tests against scripts.
    pub fn single() -> Self {
        let mut network = Self::new(1, Conditions::perfect());
        network.add_phone(Config::default());
        network
    }

    /// Adds an endpoint at 10.0.0.1:5060, 10.0.0.2:5060 …; returns its index.
    pub fn add_phone(&mut self, config: Config) -> usize {
        let index = self.phones.len();
        let last = u8::try_from(index + 1).expect("few phones");
        let address = SocketAddr::from(([10, 0, 0, last], 5060));
        let rng = StdRng::from_rng(&mut self.rng);
        self.phones.push(Phone::new(address, config, rng, self.now));
        index
    }

    /// Gives a phone a command; its output goes out at once.
    pub fn command(&mut self, phone: usize, command: Command) -> Result<(), CommandError> {
        let text = format!("{command:?}");
        let verb = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        self.ladder.push(self.elapsed(), Step::Command { phone, text: verb.to_owned() });
        let result = self.phones[phone].endpoint.handle_command(command, self.now);
        self.drain(phone);
        result
    }

    /// The time since the start.
    pub fn elapsed(&self) -> Duration {
        self.now - self.start
    }

    /// Moves to the next datagram or deadline; false when nothing will ever happen again, or not
    /// before `end`.
    pub fn step(&mut self, end: Instant) -> bool {
        let flight = self.flights.peek().map(|Reverse(flight)| flight.arrives);
        let timer = self.phones.iter().filter_map(|p| p.endpoint.poll_timeout()).min();
        let Some(next) = [flight, timer].into_iter().flatten().min() else {
            return false;
        };
        if next > end {
            return false;
        }
        self.now = self.now.max(next);
        if flight.is_some_and(|at| at <= self.now) {
            if let Some(Reverse(flight)) = self.flights.pop() {
                self.arrive(flight);
            }
            return true;
        }
        for phone in 0..self.phones.len() {
            if self.phones[phone].endpoint.poll_timeout().is_some_and(|at| at <= self.now) {
                self.phones[phone].endpoint.handle_timeout(self.now);
                self.drain(phone);
            }
        }
        true
    }

    /// Runs for so long.
    pub fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while self.step(end) {}
        self.now = end;
    }

    /// Runs until `condition` holds; fails the test with the ladder when it does not within `limit`.
    #[track_caller]
    pub fn run_until(&mut self, limit: Duration, condition: impl Fn(&Self) -> bool) {
        let end = self.now + limit;
        while !condition(self) {
            assert!(self.step(end), "it did not happen within {limit:?}\n{}", self.ladder);
        }
    }

    /// Sends a datagram over the network as `from`.
    pub fn send(&mut self, from: SocketAddr, to: SocketAddr, data: Bytes) {
        self.ladder.push(self.elapsed(), Step::Sent { from, to, data: data.clone() });
        if self.rng.random_bool(self.conditions.loss) {
            self.ladder.push(self.elapsed(), Step::Lost);
            return;
        }
        let copies = if self.rng.random_bool(self.conditions.duplicate) { 2 } else { 1 };
        for _ in 0..copies {
            let arrives = self.now + self.delay();
            let data = self.damaged(&data);
            self.next_flight += 1;
            let number = self.next_flight;
            self.flights.push(Reverse(Flight { arrives, number, from, to, data }));
        }
    }

    /// The oldest datagram that arrived at a script's address and was not taken yet.
    pub fn take(&mut self, address: SocketAddr) -> Option<Bytes> {
        self.mailboxes.get_mut(&address)?.pop_front()
    }

    fn delay(&mut self) -> Duration {
        let Range { start, end } = self.conditions.delay;
        if start >= end { start } else { self.rng.random_range(start..end) }
    }

    fn damaged(&mut self, data: &Bytes) -> Bytes {
        if data.is_empty() || !self.rng.random_bool(self.conditions.damage) {
            return data.clone();
        }
        let mut bytes = data.to_vec();
        for _ in 0..self.rng.random_range(1..4) {
            let at = self.rng.random_range(0..bytes.len());
            match self.rng.random_range(0..4) {
                0 => bytes[at] = self.rng.random(),
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, self.rng.random()),
                _ => bytes.truncate(at),
            }
            if bytes.is_empty() {
                break;
            }
        }
        bytes.into()
    }

    fn arrive(&mut self, flight: Flight) {
        let Some(phone) = self.phones.iter().position(|p| p.address == flight.to) else {
            self.mailboxes.entry(flight.to).or_default().push_back(flight.data);
            return;
        };
        let flow = Flow { protocol: Protocol::Udp, local: flight.to, remote: flight.from };
        self.input(phone, Input::Datagram { flow, data: flight.data });
    }

    /// Hands a phone an input directly.
    pub fn input(&mut self, phone: usize, input: Input) {
        self.phones[phone].endpoint.handle_input(input, self.now);
        self.drain(phone);
    }

    fn drain(&mut self, index: usize) {
        while let Some(output) = self.phones[index].endpoint.poll_output() {
            match output {
                Output::Transmit { flow, data } => self.send(flow.local, flow.remote, data),
                Output::Close { .. } => {}
                Output::Resolve { id, query } if self.hold_lookups => {
                    self.held.push((index, id, query));
                }
                Output::Resolve { id, query } => self.look_up(index, id, &query),
                Output::Description(description) => {
                    self.phones[index].descriptions.push(description);
                }
                Output::Event(event) => {
                    let text = phone::brief(&event);
                    self.ladder.push(self.elapsed(), Step::Event { phone: index, text });
                    self.phones[index].events.push(event);
                }
            }
        }
    }

    fn look_up(&mut self, index: usize, id: ResolveId, query: &Query) {
        let local = self.phones[index].address;
        let flow = |remote| Flow { protocol: Protocol::Udp, local, remote };
        let routes = self.resolve(query).into_iter().map(flow).collect();
        self.phones[index].endpoint.handle_input(Input::Resolved { id, routes }, self.now);
    }

    /// Answers the lookups that were held back, whoever has given up on them meanwhile.
    pub fn answer_lookups(&mut self) {
        self.hold_lookups = false;
        for (index, id, query) in std::mem::take(&mut self.held) {
            self.look_up(index, id, &query);
            self.drain(index);
        }
    }
}
