//! Two tables talk over a bad network while both users do random things, for many seeds: nothing
//! panics, every transaction ends once, and in the end nothing is left.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sipua_core::message::{HeaderName, Message, Method, Request};
use sipua_core::transaction::{
    Outbox, TransactionConfig, TransactionId, TransactionOutput, Transactions,
};
use sipua_core::transport::{Flow, Protocol};

use super::support::{ours, response};

const SEEDS: u64 = 150;
const STEPS: usize = 300;

/// One user agent: a table, and what its user remembers.
struct Side {
    table: Transactions<u32>,
    out: Outbox<u32>,
    flow: Flow,
    /// Transactions that have not ended, with the request of those that are to be answered.
    open: HashMap<TransactionId, Option<Request>>,
    ended: usize,
}

/// Both sides, the bytes under way, and chance.
struct World {
    rng: StdRng,
    now: Instant,
    sides: [Side; 2],
    under_way: BTreeMap<(Instant, u64), (usize, Bytes)>,
    sent: u64,
    number: u32,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let protocol = if rng.random_bool(0.7) { Protocol::Udp } else { Protocol::Tcp };
        let addresses = ["192.0.2.1:5060".parse().unwrap(), "192.0.2.2:5060".parse().unwrap()];
        let config = TransactionConfig { max_server: 20, ..TransactionConfig::default() };
        let sides = [0, 1].map(|side: usize| Side {
            table: Transactions::new(config, StdRng::seed_from_u64(seed * 2 + side as u64)),
            out: Outbox::new(),
            flow: Flow { protocol, local: addresses[side], remote: addresses[1 - side] },
            open: HashMap::new(),
            ended: 0,
        });
        let now = Instant::now();
        Self { rng, now, sides, under_way: BTreeMap::new(), sent: 0, number: 0 }
    }

    /// One random deed of one side's user, of its network, or of the clock.
    fn step(&mut self) {
        let side = usize::from(self.rng.random_bool(0.5));
        match self.rng.random_range(0..100) {
            0..20 => self.request(side),
            20..55 => self.answer(side),
            55..65 => self.cancel(side),
            65..68 => {
                let Side { table, out, flow, .. } = &mut self.sides[side];
                table.handle_transport_error(flow, self.now, out);
            }
            68..71 => {
                if let Some(id) = self.any(side) {
                    let Side { table, out, .. } = &mut self.sides[side];
                    table.terminate(id, out);
                }
            }
            71..75 => self.garbage(side),
            _ => {
                let milliseconds = self.rng.random_range(0..3_000);
                self.pass(Duration::from_millis(milliseconds));
            }
        }
        self.drain();
    }

    fn any(&mut self, side: usize) -> Option<TransactionId> {
        let mut ids: Vec<_> = self.sides[side].open.keys().copied().collect();
        ids.sort_unstable();
        let index = self.rng.random_range(0..ids.len().max(1));
        ids.get(index).copied()
    }

    fn request(&mut self, side: usize) {
        let methods =
            [Method::Invite, Method::Invite, Method::Bye, Method::Options, Method::Register];
        let method = methods[self.rng.random_range(0..methods.len())].clone();
        let mut request = ours(method);
        self.number += 1;
        let call_id = format!("call-{}", self.number / 2);
        request.headers.set(&HeaderName::CallId, call_id);
        let Side { table, out, flow, open, .. } = &mut self.sides[side];
        let id = table.request(request, *flow, self.number, self.now, out).unwrap();
        open.insert(id, None);
    }

    fn answer(&mut self, side: usize) {
        let codes = [100, 180, 183, 200, 200, 200, 302, 408, 486, 500, 603];
        let code = codes[self.rng.random_range(0..codes.len())];
        let Some(id) = self.any(side) else { return };
        let Side { table, out, open, .. } = &mut self.sides[side];
        if let Some(Some(request)) = open.get(&id) {
            // What a state does not permit is refused, which is all that matters here.
            let _ = table.respond(id, response(request, code), self.now, out);
            let _ = table.retransmit(id, out);
        }
    }

    fn cancel(&mut self, side: usize) {
        let Some(id) = self.any(side) else { return };
        let Side { table, out, open, .. } = &mut self.sides[side];
        if let Ok(cancel) = table.cancel(id, self.now, out) {
            open.insert(cancel, None);
        }
    }

    /// A message that nobody sent, or one of those under way, spoilt.
    fn garbage(&mut self, side: usize) {
        let Some((_, data)) = self.under_way.values().next() else { return };
        let mut data = data.to_vec();
        for _ in 0..self.rng.random_range(1..4) {
            let at = self.rng.random_range(0..data.len());
            data[at] = self.rng.random();
        }
        self.deliver(side, data.into());
    }

    fn deliver(&mut self, side: usize, data: Bytes) {
        let Ok(message) = Message::parse_datagram(data) else { return };
        let Side { table, out, flow, .. } = &mut self.sides[side];
        table.handle_message(message, *flow, self.now, out);
    }

    /// Time passes: what is due is delivered and fires in its order.
    fn pass(&mut self, duration: Duration) {
        let end = self.now + duration;
        loop {
            let arrival = self.under_way.first_key_value().map(|((at, _), _)| *at);
            let timers = self.sides.iter().filter_map(|side| side.table.poll_timeout());
            let Some(next) = timers.chain(arrival).min().filter(|next| *next <= end) else { break };
            self.now = self.now.max(next);
            for Side { table, out, .. } in &mut self.sides {
                table.handle_timeout(self.now, out);
            }
            if arrival.is_some_and(|at| at <= self.now)
                && let Some((_, (side, data))) = self.under_way.pop_first()
            {
                self.deliver(side, data);
            }
            self.drain();
        }
        self.now = end;
    }

    /// Sends what goes out, and checks what comes up.
    fn drain(&mut self) {
        for index in 0..2 {
            while let Some(output) = self.sides[index].out.pop_front() {
                self.take(index, output);
            }
        }
    }

    fn take(&mut self, index: usize, output: TransactionOutput<u32>) {
        let side = &mut self.sides[index];
        match output {
            TransactionOutput::Transmit { data, .. } => self.transmit(1 - index, &data),
            TransactionOutput::Request { id, request, .. } => {
                assert!(!matches!(request.method, Method::Ack | Method::Cancel));
                let before = side.open.insert(id, Some(request));
                assert!(before.is_none(), "an id was given twice");
            }
            TransactionOutput::Response { id, .. }
            | TransactionOutput::Timeout { id, .. }
            | TransactionOutput::TransportError { id, .. }
            | TransactionOutput::Cancel { id, .. } => {
                assert!(side.open.contains_key(&id), "about a transaction that is over");
            }
            TransactionOutput::Ended { id, .. } => {
                assert!(side.open.remove(&id).is_some(), "it ended twice");
                side.ended += 1;
            }
            TransactionOutput::Ack { .. } | TransactionOutput::StrayResponse { .. } => {}
        }
    }

    /// The network loses, delays, reorders and doubles.
    fn transmit(&mut self, to: usize, data: &Bytes) {
        for _ in 0..self.rng.random_range(0..3) {
            let delay = Duration::from_millis(self.rng.random_range(1..400));
            self.sent += 1;
            self.under_way.insert((self.now + delay, self.sent), (to, data.clone()));
        }
    }

    /// The users give up what no timer ends, and time passes until all is over.
    fn finish(&mut self) {
        for index in 0..2 {
            let mut ids: Vec<_> = self.sides[index].open.keys().copied().collect();
            ids.sort_unstable();
            for id in ids {
                let Side { table, out, .. } = &mut self.sides[index];
                if table.poll_timeout().is_some() && self.rng.random_bool(0.5) {
                    continue;
                }
                table.terminate(id, out);
            }
        }
        self.drain();
        for _ in 0..5 {
            self.pass(Duration::from_secs(40));
            self.give_up_what_rings();
        }
    }

    /// Only an INVITE in Proceeding may wait for ever: its user decides.
    fn give_up_what_rings(&mut self) {
        use sipua_core::transaction::TransactionState::Proceeding;
        for index in 0..2 {
            let side = &mut self.sides[index];
            let rings =
                side.open.keys().copied().filter(|id| side.table.state(*id) == Some(Proceeding));
            for id in rings.collect::<Vec<_>>() {
                side.table.terminate(id, &mut side.out);
            }
        }
        self.drain();
    }
}

#[test]
fn every_transaction_ends_once_and_leaves_nothing() {
    let mut ended = 0;
    for seed in 0..SEEDS {
        let mut world = World::new(seed);
        for _ in 0..STEPS {
            world.step();
        }
        world.finish();
        for side in &world.sides {
            assert!(side.open.is_empty(), "seed {seed}: {:?}", side.open.keys());
            assert_eq!(side.table.len(), 0, "seed {seed}");
            assert_eq!(side.table.servers(), 0, "seed {seed}");
            assert_eq!(side.table.timers(), 0, "seed {seed}: a timer without an owner");
            assert_eq!(side.table.entries(), 0, "seed {seed}: an entry without a transaction");
            ended += side.ended;
        }
    }
    // That the machines were driven at all.
    assert!(ended > SEEDS as usize * 50, "{ended}");
}
