//! Whole calls a second between two endpoints in one process, without sockets: INVITE, 180, 200, ACK,
//! BYE, 200, both sides together, with the linger of 1,500 calls a second behind them.
//!
//! `cargo bench --bench call`; what is compared with other engines is in `docs/performance.md`.

use std::net::SocketAddr;
use std::process::abort;
use std::time::{Duration, Instant};

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand::SeedableRng;
use rand::rngs::StdRng;
use sipua_core::endpoint::Endpoint;
use sipua_core::event::{Body, CallId, Command, Config, Dial, Event, Input, Output};
use sipua_core::message::Uri;
use sipua_core::transport::{Flow, Protocol};

/// A session description of the usual size.
const SDP: Bytes = Bytes::from_static(&[b'a'; 300]);

/// A caller and a callee, whose clock moves as 1,500 calls a second would.
struct Pair {
    phones: [Endpoint; 2],
    addresses: [SocketAddr; 2],
    target: Uri,
    now: Instant,
    calls: u64,
}

impl Pair {
    fn new() -> Self {
        let now = Instant::now();
        let phone = |seed| {
            let config = Config { max_pending: 1_000_000, ..Config::default() };
            Endpoint::new(config, StdRng::seed_from_u64(seed), now)
        };
        let addresses = [([192, 0, 2, 1], 5060).into(), ([192, 0, 2, 2], 5060).into()];
        let target = "sip:bob@192.0.2.2:5060".parse().unwrap_or_else(|_| abort());
        Self { phones: [phone(1), phone(2)], addresses, target, now, calls: 0 }
    }

    /// One call from the first message to the last.
    fn call(&mut self) {
        self.calls += 1;
        self.now += Duration::from_micros(667);
        for phone in &mut self.phones {
            phone.handle_timeout(self.now);
        }
        let offer = Some(Body::sdp(SDP));
        let dial = Box::new(Dial::new(None, self.target.clone(), offer));
        self.command(0, Command::Dial { call: CallId(2 * self.calls), dial });
        while self.exchange(0) | self.exchange(1) {}
    }

    fn command(&mut self, phone: usize, command: Command) {
        let Some(endpoint) = self.phones.get_mut(phone) else { abort() };
        if endpoint.handle_command(command, self.now).is_err() {
            abort();
        }
    }

    /// Carries out what one side wants; false when it wants nothing.
    fn exchange(&mut self, side: usize) -> bool {
        let (Some(&local), Some(&remote)) =
            (self.addresses.get(side), self.addresses.get(1 - side))
        else {
            abort()
        };
        let mut busy = false;
        while let Some(output) = self.phones.get_mut(side).and_then(Endpoint::poll_output) {
            busy = true;
            let (to, input) = match output {
                Output::Transmit { data, .. } => {
                    let flow = Flow { protocol: Protocol::Udp, local: remote, remote: local };
                    (1 - side, Input::Datagram { flow, data })
                }
                Output::Resolve { id, .. } => {
                    let flow = Flow { protocol: Protocol::Udp, local, remote };
                    (side, Input::Resolved { id, routes: vec![flow] })
                }
                Output::Event(event) => {
                    self.react(side, &event);
                    continue;
                }
                Output::Close { .. } | Output::Description(_) => continue,
            };
            if let Some(endpoint) = self.phones.get_mut(to) {
                endpoint.handle_input(input, self.now);
            }
        }
        busy
    }

    fn react(&mut self, side: usize, event: &Event) {
        match event {
            Event::IncomingCall(incoming) => {
                let (call, description) = (incoming.call, Some(Body::sdp(SDP)));
                self.command(side, Command::Ring { call, headers: Vec::new() });
                let headers = Vec::new();
                self.command(side, Command::Answer { call, code: 200, description, headers });
            }
            Event::CallConfirmed { call } if side == 0 => {
                self.command(side, Command::Hangup { call: *call, termination: None });
            }
            _ => {}
        }
    }
}

fn calls(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("call");
    group.throughput(Throughput::Elements(1));
    let mut pair = Pair::new();
    group.bench_function("both_sides", |bencher| bencher.iter(|| pair.call()));
    group.finish();
}

criterion_group!(benches, calls);
criterion_main!(benches);
