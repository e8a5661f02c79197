//! Random commands and a random network for many seeds: nothing panics, each call ends exactly once,
//! nothing is retained after the linger, no timer is without an owner.
//!
//! `SIPUA_SEEDS=20000` runs more seeds; a failing one prints itself and its ladder.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod network;

use std::collections::HashMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use bytes::Bytes;
use network::phone::{ANSWER, OFFER, Phone, uri};
use network::{Conditions, Network};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use sipua_core::auth::Credentials;
use sipua_core::endpoint::CallState;
use sipua_core::event::{
    AccountId, AccountSettings, Body, CallId, CallRequest, Command, CommandError, Config,
    DescriptionKind, Dial, Event, Input, OutgoingRequest, RequestId, Termination,
};
use sipua_core::message::Method;
use sipua_core::transport::{Flow, Protocol};

/// What one run has done.
struct Run {
    network: Network,
    rng: StdRng,
    next_call: u64,
    next_request: u64,
    calls: [Vec<CallId>; 2],
    requests: [Vec<RequestId>; 2],
    /// Descriptions and events of each phone that were reacted to.
    seen: [usize; 2],
    /// Whether this run's applications answer what is asked of them.
    diligent: bool,
}

#[test]
fn random_calls_end_exactly_once_and_leave_nothing() {
    let mut told: HashMap<String, usize> = HashMap::new();
    for seed in seeds() {
        let mut run = Run::new(seed, Kind::of(seed));
        let outcome = catch_unwind(AssertUnwindSafe(|| run.live()));
        if let Err(panic) = outcome {
            eprintln!("seed {seed} failed; its ladder:\n{}", run.network.ladder);
            std::panic::resume_unwind(panic);
        }
        for name in run.network.phones.iter().flat_map(Phone::event_names) {
            let word = name.split([' ', '(']).next().unwrap_or_default().to_owned();
            *told.entry(word).or_default() += 1;
        }
    }
    // Runs in which nothing happens prove nothing.
    if told.values().sum::<usize>() > 1000 {
        for word in [
            "CallTrying",
            "CallRinging",
            "CallProgress",
            "CallAnswered",
            "CallConfirmed",
            "CallModified",
            "ModificationFailed",
            "CallRequest",
            "RequestFinished",
            "Warning",
            "RegistrationFailed",
            "Unregistered",
        ] {
            assert!(told.contains_key(word), "no {word} in all runs: {told:?}");
        }
    }
}

/// All seeds below `SIPUA_SEEDS`, or the one in `SIPUA_SEED`.
fn seeds() -> Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    match number("SIPUA_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("SIPUA_SEEDS").unwrap_or(300),
    }
}

/// What kind of network a run has.
#[derive(Clone, Copy)]
enum Kind {
    Perfect,
    Lossy,
    Damaging,
}

impl Kind {
    fn of(seed: u64) -> Self {
        match seed % 4 {
            0 => Self::Perfect,
            1 | 2 => Self::Lossy,
            _ => Self::Damaging,
        }
    }
}

impl Run {
    fn new(seed: u64, kind: Kind) -> Self {
        let conditions = match kind {
            Kind::Perfect => Conditions::perfect(),
            Kind::Lossy => Conditions::bad(0.25),
            Kind::Damaging => Conditions { damage: 0.2, ..Conditions::bad(0.05) },
        };
        let mut network = Network::new(seed, conditions);
        let mut rng = StdRng::seed_from_u64(seed ^ 0x5eed);
        for first in [1, 1001] {
            network.add_phone(Config {
                first_incoming_call_id: first,
                max_calls: 6,
                ring_timeout: Duration::from_secs(rng.random_range(5..60)),
                ..Config::default()
            });
        }
        let mut settings = AccountSettings::new(uri("sip:alice@10.0.0.2"));
        settings.credentials = Some(Credentials::password("alice", "secret"));
        network.add_account(0, settings);
        let diligent = rng.random_bool(0.7);
        Self {
            network,
            rng,
            next_call: 2,
            next_request: 1,
            calls: [Vec::new(), Vec::new()],
            requests: [Vec::new(), Vec::new()],
            seen: [0, 0],
            diligent,
        }
    }

    fn live(&mut self) {
        for _ in 0..self.rng.random_range(10..60) {
            self.act();
            let pause = Duration::from_millis(self.rng.random_range(0..1500));
            self.network.run(pause);
            self.react();
        }
        for phone in 0..2 {
            for call in self.calls_of(phone) {
                if self.rng.random_bool(0.8) {
                    self.network.hangup(phone, call);
                }
            }
        }
        let _ = self.network.command(0, Command::RemoveAccount { account: AccountId(1) });
        self.network.conditions = Conditions::perfect();
        for _ in 0..40 {
            self.network.run(Duration::from_secs(10));
            self.react();
        }
        // What the applications kept alive by answering is hung up at last.
        for phone in 0..2 {
            for call in self.calls_of(phone) {
                self.network.hangup(phone, call);
            }
        }
        self.network.assert_nothing_retained();
        self.check();
    }

    fn check(&self) {
        for phone in 0..2 {
            for call in self.calls_of(phone) {
                let ends = self.network.phones[phone].ends(call).len();
                assert_eq!(ends, 1, "call {call} of phone {phone} ended {ends} times");
            }
            let mut outcomes: HashMap<RequestId, usize> = HashMap::new();
            for outcome in self.network.phones[phone].outcomes() {
                *outcomes.entry(outcome.id).or_default() += 1;
            }
            for request in &self.requests[phone] {
                assert_eq!(outcomes.get(request), Some(&1), "request {request} of phone {phone}");
            }
            self.check_order(phone);
        }
    }

    /// Events of a call come in an order that makes sense, and none after its end.
    fn check_order(&self, phone: usize) {
        let mut over: Vec<CallId> = Vec::new();
        let mut confirmed: Vec<CallId> = Vec::new();
        for event in &self.network.phones[phone].events {
            let call = match event {
                Event::CallTrying { call } | Event::CallModified { call, .. } => *call,
                Event::CallConfirmed { call } => {
                    assert!(!confirmed.contains(call), "{call} was confirmed twice");
                    confirmed.push(*call);
                    *call
                }
                Event::CallRinging(info) | Event::CallProgress(info) => info.call,
                Event::CallAnswered(info) => info.call,
                Event::CallRequest { call, .. } | Event::ModificationFailed { call, .. } => *call,
                Event::CallEnded(ended) => {
                    over.push(ended.call);
                    continue;
                }
                _ => continue,
            };
            assert!(!over.contains(&call), "an event of call {call} after its end: {event:?}");
        }
    }

    /// Every call that existed at a phone.
    fn calls_of(&self, phone: usize) -> Vec<CallId> {
        let incoming = self.network.phones[phone].events.iter().filter_map(|event| match event {
            Event::IncomingCall(incoming) => Some(incoming.call),
            _ => None,
        });
        self.calls[phone].iter().copied().chain(incoming).collect()
    }

    /// A random command, or something nasty from the network.
    fn act(&mut self) {
        let phone = self.rng.random_range(0..2);
        match self.rng.random_range(0..24) {
            0..=5 => self.dial(phone),
            6 => self.send_request(phone),
            7 => self.inject(phone),
            8 => self.disturb(phone),
            9 => self.register(),
            _ => self.command_a_call(phone),
        }
    }

    fn dial(&mut self, phone: usize) {
        let call = CallId(self.next_call);
        self.next_call += 2;
        let target = match self.rng.random_range(0..12) {
            0 => uri("sip:nobody@10.0.7.7"),
            1 => uri("sip:nobody@unknown.example"),
            _ => self.network.uri(1 - phone),
        };
        let offer = self.rng.random_bool(0.7).then(|| Body::sdp(OFFER));
        let account = (phone == 0 && self.rng.random_bool(0.3)).then_some(AccountId(1));
        let mut dial = Dial::new(account, target, offer);
        if self.rng.random_bool(0.3) {
            dial.ring_timeout = Some(Duration::from_secs(self.rng.random_range(0..30)));
        }
        match self.network.command(phone, Command::Dial { call, dial: Box::new(dial) }) {
            Ok(()) => self.calls[phone].push(call),
            Err(CommandError::TooManyCalls(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }

    fn send_request(&mut self, phone: usize) {
        let id = RequestId(self.next_request);
        self.next_request += 1;
        let target = self.network.uri(1 - phone);
        let method = if self.rng.random_bool(0.5) { Method::Options } else { Method::Message };
        let (account, headers, body) = (None, Vec::new(), None);
        let request = Box::new(OutgoingRequest { method, account, target, headers, body });
        self.network.command(phone, Command::SendRequest { id, request }).unwrap();
        self.requests[phone].push(id);
    }

    fn register(&mut self) {
        let account = AccountId(1);
        let command = match self.rng.random_range(0..2) {
            0 => Command::Register { account },
            _ => Command::Unregister { account },
        };
        self.network.command(0, command).unwrap();
    }

    fn command_a_call(&mut self, phone: usize) {
        let calls = self.calls_of(phone);
        let recent = calls.len().saturating_sub(4);
        let Some(&call) = calls[recent..].choose(&mut self.rng) else { return };
        let headers = Vec::new();
        let body = |some: bool, text: &'static [u8]| some.then(|| Body::sdp(text));
        let some = self.rng.random_bool(0.7);
        let id = RequestId(self.next_request);
        // Half of the time something that fits, or too few calls would get anywhere.
        let fitting = match self.network.phones[phone].endpoint.call_state(call) {
            Some(CallState::Incoming | CallState::Ringing) => 0..6,
            Some(CallState::Confirmed) => 11..13,
            Some(CallState::Answered | CallState::Modifying) => 13..16,
            _ => 0..16,
        };
        let choice = if self.rng.random_bool(0.5) { fitting } else { 0..16 };
        let command = match self.rng.random_range(choice) {
            0 => Command::Ring { call, headers },
            1 => Command::Progress { call, description: body(some, ANSWER), headers },
            2..=5 => Command::Answer { call, code: 200, description: body(true, ANSWER), headers },
            6 => Command::Reject { call, code: 486, reason: None, headers },
            7 => Command::Redirect { call, targets: vec![uri("sip:else@10.0.7.7")] },
            8 => Command::Ignore { call },
            9 | 10 => Command::Hangup { call, termination: self.termination() },
            11 | 12 => Command::Reinvite { call, description: body(some, OFFER) },
            13 => Command::AnswerOffer { call, description: Body::sdp(ANSWER) },
            14 => Command::RejectOffer { call, code: 488 },
            _ => {
                self.next_request += 1;
                let (method, headers, body) = (Method::Info, Vec::new(), None);
                let request = Box::new(CallRequest { method, headers, body });
                Command::CallRequest { call, id, request }
            }
        };
        let is_request = matches!(command, Command::CallRequest { .. });
        if self.network.command(phone, command).is_ok() && is_request {
            self.requests[phone].push(id);
        }
    }

    fn termination(&mut self) -> Option<Termination> {
        let code = *[486, 603, 500].choose(&mut self.rng)?;
        self.rng.random_bool(0.3).then_some(Termination { code, reason: None, q850: Some(16) })
    }

    /// A message that was sent before arrives once more, maybe damaged, maybe at the wrong phone.
    fn inject(&mut self, phone: usize) {
        let sent = self.network.ladder.datagrams();
        let Some((from, data)) = sent.choose(&mut self.rng).cloned() else { return };
        let mut bytes = data.to_vec();
        for _ in 0..self.rng.random_range(0..4) {
            if bytes.is_empty() {
                break;
            }
            let at = self.rng.random_range(0..bytes.len());
            bytes[at] = self.rng.random();
        }
        let local = self.network.phones[phone].address;
        let flow = Flow { protocol: Protocol::Udp, local, remote: from };
        self.network.input(phone, Input::Datagram { flow, data: Bytes::from(bytes) });
    }

    /// The network says that it could not send, or cuts.
    fn disturb(&mut self, phone: usize) {
        let local = self.network.phones[phone].address;
        let remote = self.network.phones[1 - phone].address;
        let flow = Flow { protocol: Protocol::Udp, local, remote };
        self.network.input(phone, Input::TransmitFailed { flow });
    }

    /// The applications answer what they are asked for.
    fn react(&mut self) {
        for phone in 0..2 {
            let from = std::mem::take(&mut self.seen[phone]);
            let descriptions = &self.network.phones[phone].descriptions;
            self.seen[phone] = descriptions.len();
            let asked: Vec<CallId> = descriptions[from..]
                .iter()
                .filter(|d| matches!(d.kind, DescriptionKind::Offer | DescriptionKind::OfferWanted))
                .map(|d| d.call)
                .collect();
            for call in asked {
                if !self.diligent || self.rng.random_bool(0.2) {
                    continue;
                }
                let description = Body::sdp(ANSWER);
                // Wrong for an INVITE that has no answer yet; that is `Answer`'s.
                let _ = self.network.command(phone, Command::AnswerOffer { call, description });
            }
        }
    }
}
