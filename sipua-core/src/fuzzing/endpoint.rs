//! A whole endpoint under a script of messages, commands and times; one that talks to itself.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::endpoint::Endpoint;
use crate::event::{
    AccountId, AccountSettings, Body, CallId, CallRequest, Command, Config, Dial, Event, Input,
    Output, RequestId, ResolveId,
};
use crate::message::{Method, Uri};
use crate::transport::{Flow, Protocol};

/// No script makes more than this many steps.
const MAX_STEPS: usize = 400;
/// The outcome of each call and request, for the last check.
type Outcomes<K> = HashMap<K, u32>;

/// Runs `data` as a script against one endpoint; in the end each call has ended once, each request has
/// one outcome, and nothing is left of anything.
pub fn endpoint(data: &[u8]) {
    let mut script = Script::new(data);
    for _ in 0..MAX_STEPS {
        if !script.step() {
            break;
        }
        script.drain();
    }
    script.finish();
}

struct Script<'a> {
    rest: &'a [u8],
    endpoint: Endpoint,
    now: Instant,
    flow: Flow,
    calls: Vec<CallId>,
    next: u64,
    ends: Outcomes<CallId>,
    outcomes: Outcomes<RequestId>,
    lookups: Vec<ResolveId>,
    /// What went out: a network may give it back, whole or damaged.
    sent: Vec<Bytes>,
}

impl<'a> Script<'a> {
    #[expect(clippy::disallowed_methods, reason = "a virtual clock has to start somewhere")]
    fn new(data: &'a [u8]) -> Self {
        let now = Instant::now();
        let config = Config { max_calls: 8, max_pending: 32, ..Config::default() };
        let local = ([127, 0, 0, 1], 5060).into();
        let mut script = Self {
            rest: data,
            endpoint: Endpoint::new(config, StdRng::seed_from_u64(0), now),
            now,
            flow: Flow { protocol: Protocol::Udp, local, remote: local },
            calls: Vec::new(),
            next: 2,
            ends: HashMap::new(),
            outcomes: HashMap::new(),
            lookups: Vec::new(),
            sent: Vec::new(),
        };
        if let Some(aor) = target() {
            let settings = Box::new(AccountSettings::new(aor));
            script.command(Command::AddAccount { account: AccountId(1), settings });
        }
        script
    }

    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(byte)
    }

    /// One byte says what to do; false when there are none left.
    fn step(&mut self) -> bool {
        let Some(verb) = self.byte() else { return false };
        match verb % 16 {
            // One value in sixteen of these: a datagram eats up a large part of a random script.
            0 if verb == 0 => self.raw_message(),
            0..=2 => self.give_back(Damage::None),
            3 => self.give_back(Damage::Some),
            4 => {
                let milliseconds = u64::from(self.byte().unwrap_or_default()) * 100;
                self.now += Duration::from_millis(milliseconds);
                self.endpoint.handle_timeout(self.now);
            }
            5 => self.input(Input::TransmitFailed { flow: self.flow }),
            6 | 7 => self.answer_lookup(),
            8 => self.dial(),
            9 => self.command(Command::Register { account: AccountId(1) }),
            10 => self.command(Command::Unregister { account: AccountId(1) }),
            _ => self.command_a_call(),
        }
        true
    }

    fn input(&mut self, input: Input) {
        self.endpoint.handle_input(input, self.now);
    }

    fn command(&mut self, command: Command) {
        // The wrong state is an answer like any other.
        let _ = self.endpoint.handle_command(command, self.now);
    }

    /// The next bytes, up to a length they name, are a datagram.
    fn raw_message(&mut self) {
        let length = usize::from(self.byte().unwrap_or_default()) * 4;
        let (datagram, rest) = self.rest.split_at(length.min(self.rest.len()));
        self.rest = rest;
        self.input(Input::Datagram { flow: self.flow, data: Bytes::copy_from_slice(datagram) });
    }

    fn give_back(&mut self, damage: Damage) {
        let index = usize::from(self.byte().unwrap_or_default());
        let Some(length) = self.sent.len().checked_sub(1) else { return };
        let Some(data) = self.sent.get(length - index.min(length)) else { return };
        let mut data = data.to_vec();
        if let Damage::Some = damage {
            let (at, value) = (self.rest.try_get_u16().unwrap_or_default(), self.byte());
            if let (Some(byte), Some(value)) = (data.get_mut(usize::from(at)), value) {
                *byte = value;
            }
        }
        self.input(Input::Datagram { flow: self.flow, data: data.into() });
    }

    fn answer_lookup(&mut self) {
        let Some(id) = self.lookups.pop() else { return };
        let found = self.byte().is_some_and(|byte| byte % 8 > 0);
        let routes = if found { vec![self.flow] } else { Vec::new() };
        self.input(Input::Resolved { id, routes });
    }

    fn dial(&mut self) {
        let Some(target) = target() else { return };
        let call = CallId(self.next);
        self.next += 2;
        let offer = self.byte().is_some_and(|byte| byte % 2 == 0).then(|| Body::sdp("v=0"));
        let account = self.byte().is_some_and(|byte| byte % 2 == 0).then_some(AccountId(1));
        let dial = Box::new(Dial::new(account, target, offer));
        if self.endpoint.handle_command(Command::Dial { call, dial }, self.now).is_ok() {
            self.calls.push(call);
        }
    }

    fn command_a_call(&mut self) {
        let index = usize::from(self.byte().unwrap_or_default());
        let Some(&call) = self.calls.get(index % self.calls.len().max(1)) else { return };
        let headers = Vec::new();
        let description = self.byte().is_some_and(|byte| byte % 4 > 0).then(|| Body::sdp("v=0"));
        let command = match self.byte().unwrap_or_default() % 10 {
            0 => Command::Ring { call, headers },
            1 => Command::Progress { call, description, headers },
            2 | 3 => Command::Answer { call, code: 200, description, headers },
            4 => Command::Reject { call, code: 486, reason: None, headers },
            5 => Command::Hangup { call, termination: None },
            6 => Command::Reinvite { call, description },
            7 => Command::AnswerOffer { call, description: Body::sdp("v=0") },
            8 => Command::RejectOffer { call, code: 488 },
            _ => return self.send_info(call),
        };
        self.command(command);
    }

    fn send_info(&mut self, call: CallId) {
        let id = RequestId(self.next);
        self.next += 2;
        let (method, headers, body) = (Method::Info, Vec::new(), None);
        let request = Box::new(CallRequest { method, headers, body });
        let command = Command::CallRequest { call, id, request };
        if self.endpoint.handle_command(command, self.now).is_ok() {
            self.outcomes.entry(id).or_default();
        }
    }

    fn drain(&mut self) {
        while let Some(output) = self.endpoint.poll_output() {
            match output {
                Output::Transmit { data, .. } => self.sent.push(data),
                Output::Resolve { id, .. } => self.lookups.push(id),
                Output::Event(Event::IncomingCall(incoming)) => self.calls.push(incoming.call),
                Output::Event(Event::CallEnded(ended)) => {
                    *self.ends.entry(ended.call).or_default() += 1;
                }
                Output::Event(Event::RequestFinished(outcome)) => {
                    *self.outcomes.entry(outcome.id).or_default() += 1;
                }
                Output::Close { .. } | Output::Description(_) | Output::Event(_) => {}
            }
        }
    }

    /// Everything is hung up and the network falls silent.
    fn finish(&mut self) {
        self.command(Command::RemoveAccount { account: AccountId(1) });
        for call in self.calls.clone() {
            self.command(Command::Hangup { call, termination: None });
        }
        self.drain();
        for _ in 0..10_000 {
            while !self.lookups.is_empty() {
                self.answer_lookup();
                self.drain();
            }
            let Some(next) = self.endpoint.poll_timeout() else { break };
            self.now = self.now.max(next);
            self.endpoint.handle_timeout(self.now);
            self.drain();
        }
        let left = self.endpoint.footprint();
        assert!(left.is_empty(), "something is retained: {left:?}");
        for call in &self.calls {
            assert_eq!(self.ends.get(call), Some(&1), "the ends of call {call}");
        }
        for (request, outcomes) in &self.outcomes {
            assert_eq!(*outcomes, 1, "the outcomes of request {request}");
        }
    }
}

/// Whether a datagram comes back as it was.
#[derive(Clone, Copy)]
enum Damage {
    None,
    Some,
}

fn target() -> Option<Uri> {
    "sip:self@127.0.0.1".parse().ok()
}

#[cfg(test)]
mod tests {
    use rand::{RngExt as _, SeedableRng as _};

    use super::*;

    #[test]
    fn random_scripts_keep_every_promise() {
        let mut rng = StdRng::seed_from_u64(1);
        for _ in 0..300 {
            let script: Vec<u8> = (0..rng.random_range(0..900)).map(|_| rng.random()).collect();
            endpoint(&script);
        }
    }
}
