//! One endpoint on the network, and what it has said so far.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use sipua_core::endpoint::Endpoint;
use sipua_core::event::{
    AccountId, AccountSettings, Body, CallEnded, CallId, Command, Config, Description,
    DescriptionKind, Dial, Event, IncomingCall, RequestOutcome,
};
use sipua_core::message::Uri;
use sipua_core::transport::Query;

use super::Network;

/// The offer and the answer every test uses; opaque to the core.
pub const OFFER: &[u8] = b"v=0 offer";
pub const ANSWER: &[u8] = b"v=0 answer";

/// An endpoint with its address and its history.
pub struct Phone {
    pub address: SocketAddr,
    pub endpoint: Endpoint,
    pub events: Vec<Event>,
    pub descriptions: Vec<Description>,
}

impl Phone {
    pub fn new(address: SocketAddr, config: Config, rng: StdRng, now: Instant) -> Self {
        Self {
            address,
            endpoint: Endpoint::new(config, rng, now),
            events: Vec::new(),
            descriptions: Vec::new(),
        }
    }

    /// The names of all events so far.
    pub fn event_names(&self) -> Vec<String> {
        self.events.iter().map(brief).collect()
    }

    /// The last call that came in.
    pub fn incoming(&self) -> Option<&IncomingCall> {
        self.events.iter().rev().find_map(|event| match event {
            Event::IncomingCall(incoming) => Some(&**incoming),
            _ => None,
        })
    }

    /// Every end of this call; more than one is a defect.
    pub fn ends(&self, call: CallId) -> Vec<&CallEnded> {
        self.events
            .iter()
            .filter_map(|event| match event {
                Event::CallEnded(ended) if ended.call == call => Some(&**ended),
                _ => None,
            })
            .collect()
    }

    /// Every outcome of a request.
    pub fn outcomes(&self) -> Vec<&RequestOutcome> {
        self.events
            .iter()
            .filter_map(|event| match event {
                Event::RequestFinished(outcome) => Some(&**outcome),
                _ => None,
            })
            .collect()
    }

    pub fn is_confirmed(&self, call: CallId) -> bool {
        self.events.iter().any(|e| matches!(e, Event::CallConfirmed { call: c } if *c == call))
    }

    pub fn is_answered(&self, call: CallId) -> bool {
        self.events.iter().any(|e| matches!(e, Event::CallAnswered(info) if info.call == call))
    }

    /// The kinds of the descriptions of a call, in order.
    pub fn described(&self, call: CallId) -> Vec<(DescriptionKind, bool)> {
        self.descriptions.iter().filter(|d| d.call == call).map(|d| (d.kind, d.early)).collect()
    }
}

/// An event as one word and its numbers.
pub fn brief(event: &Event) -> String {
    match event {
        Event::Registered { expires, .. } => format!("Registered {}", expires.as_secs()),
        Event::RegistrationFailed(failure) => {
            format!("RegistrationFailed {} {:?}", failure.failure, failure.code)
        }
        Event::Unregistered { .. } => "Unregistered".to_owned(),
        Event::IncomingCall(_) => "IncomingCall".to_owned(),
        Event::CallTrying { .. } => "CallTrying".to_owned(),
        Event::CallRinging(info) => format!("CallRinging {}", info.code),
        Event::CallProgress(info) => format!("CallProgress {}", info.code),
        Event::CallAnswered(info) => format!("CallAnswered {}", info.code),
        Event::CallConfirmed { .. } => "CallConfirmed".to_owned(),
        Event::CallModified { by_remote, .. } => format!("CallModified by_remote={by_remote}"),
        Event::ModificationFailed { code, by_remote, .. } => {
            format!("ModificationFailed {code} by_remote={by_remote}")
        }
        Event::CallRequest { request, .. } => format!("CallRequest {}", request.method),
        Event::CallEnded(ended) => format!("CallEnded {} {}", ended.by, ended.code),
        Event::RequestFinished(outcome) => format!("RequestFinished {}", outcome.code),
        other => format!("{other:?}"),
    }
}

impl Network {
    /// What a lookup answers here.
    pub fn resolve(&self, query: &Query) -> Vec<SocketAddr> {
        match query {
            Query::Address { address, .. } => vec![*address],
            other => other.name().and_then(|n| self.names.get(n)).cloned().unwrap_or_default(),
        }
    }

    /// A phone's address as a URI.
    pub fn uri(&self, phone: usize) -> Uri {
        uri(&format!("sip:phone{phone}@{}", self.phones[phone].address))
    }

    /// Calls phone `to` from phone `from` with an offer.
    pub fn dial(&mut self, from: usize, to: usize, call: u64) -> CallId {
        let target = self.uri(to);
        let id = CallId(call);
        let dial = Box::new(Dial::new(None, target, Some(Body::sdp(OFFER))));
        self.command(from, Command::Dial { call: id, dial }).expect("a new call");
        id
    }

    /// Waits for an incoming call.
    #[track_caller]
    pub fn await_incoming(&mut self, phone: usize) -> CallId {
        self.run_until(Duration::from_secs(40), |n| n.phones[phone].incoming().is_some());
        self.phones[phone].incoming().expect("just seen").call
    }

    /// Answers with 200 and an answer.
    pub fn answer(&mut self, phone: usize, call: CallId) {
        let description = Some(Body::sdp(ANSWER));
        self.command(phone, Command::Answer { call, code: 200, description, headers: Vec::new() })
            .expect("an unanswered call");
    }

    /// A call from phone 0 to phone 1, confirmed at both; the call's number at each.
    #[track_caller]
    pub fn established(&mut self) -> (CallId, CallId) {
        let caller = self.dial(0, 1, 2);
        let callee = self.await_incoming(1);
        self.answer(1, callee);
        self.run_until(Duration::from_secs(40), |n| {
            n.phones[0].is_confirmed(caller) && n.phones[1].is_confirmed(callee)
        });
        (caller, callee)
    }

    pub fn hangup(&mut self, phone: usize, call: CallId) {
        self.command(phone, Command::Hangup { call, termination: None }).expect("always legal");
    }

    /// Adds an account with this address and password.
    pub fn add_account(&mut self, phone: usize, settings: AccountSettings) -> AccountId {
        let account = AccountId(1);
        let settings = Box::new(settings);
        self.command(phone, Command::AddAccount { account, settings }).expect("a new account");
        account
    }

    /// Runs past every linger, then asserts that no phone retains anything.
    #[track_caller]
    pub fn assert_nothing_retained(&mut self) {
        self.run(Duration::from_secs(200));
        for phone in &self.phones {
            assert!(
                phone.endpoint.footprint().is_empty(),
                "{} retains {:?}\n{}",
                phone.address,
                phone.endpoint.footprint(),
                self.ladder
            );
            assert_eq!(phone.endpoint.poll_timeout(), None, "a timer without an owner");
        }
    }
}

/// A URI that is right.
pub fn uri(text: &str) -> Uri {
    text.parse().expect("a right URI")
}
