//! Transactions a second: server ones answered, with as many alive as 1,000 requests a second leave
//! behind; client ones sent and ended.
//!
//! `cargo bench --bench transaction`; what is compared with other engines is in
//! `docs/performance.md`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use bytes::Bytes;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use rand::SeedableRng;
use rand::rngs::StdRng;
use sipua_core::message::{Message, Request, Response, StatusCode};
use sipua_core::transaction::{
    Outbox, TransactionConfig, TransactionId, TransactionOutput, Transactions,
};
use sipua_core::transport::{Flow, Protocol};

/// A table whose clock moves one millisecond with each request.
struct Table {
    transactions: Transactions<u32>,
    out: Outbox<u32>,
    now: Instant,
    flow: Flow,
}

impl Table {
    fn new() -> Self {
        Self {
            transactions: Transactions::new(TransactionConfig::default(), StdRng::seed_from_u64(1)),
            out: Outbox::new(),
            now: Instant::now(),
            flow: Flow {
                protocol: Protocol::Udp,
                local: ([192, 0, 2, 1], 5060).into(),
                remote: ([192, 0, 2, 2], 5060).into(),
            },
        }
    }

    fn pass(&mut self) {
        self.now += Duration::from_millis(1);
        self.transactions.handle_timeout(self.now, &mut self.out);
        self.out.clear();
    }

    /// Takes a request in, and gives it back if it began a transaction.
    fn receive(&mut self, message: Message) -> Option<(TransactionId, Request)> {
        self.transactions.handle_message(message, self.flow, self.now, &mut self.out);
        match self.out.pop_back() {
            Some(TransactionOutput::Request { id, request, .. }) => Some((id, request)),
            _ => None,
        }
    }

    fn respond(&mut self, id: TransactionId, request: &Request, status: StatusCode) {
        let response = Response::for_request(request, status, None, Some("a1b2c3d4"));
        let sent = self.transactions.respond(id, response, self.now, &mut self.out);
        assert!(sent.is_ok());
    }
}

/// The peer's request number `number`.
fn request(number: u32, method: &str, branch: u32) -> Message {
    let text = format!(
        "{method} sip:bob@192.0.2.1 SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK{number}x{branch}\r\n\
         Max-Forwards: 70\r\n\
         From: Alice <sip:alice@example.com>;tag=a{number}\r\n\
         To: Bob <sip:bob@example.com>\r\n\
         Call-ID: {number}@192.0.2.2\r\n\
         CSeq: {branch} {method}\r\n\
         Contact: <sip:alice@192.0.2.2>\r\n\
         Content-Length: 0\r\n\r\n"
    );
    Message::parse_datagram(Bytes::from(text)).unwrap_or_else(|_| std::process::abort())
}

fn transactions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("transaction");
    group.throughput(Throughput::Elements(1));

    let (mut table, mut number) = (Table::new(), 0);
    let mut next = |method: &str, branch| {
        number += 1;
        request(number, method, branch)
    };
    group.bench_function("server", |bencher| {
        bencher.iter_batched(
            || next("OPTIONS", 1),
            |message| {
                table.pass();
                let Some((id, request)) = table.receive(message) else { return };
                table.respond(id, &request, StatusCode::OK);
            },
            BatchSize::SmallInput,
        );
    });
    group.bench_function("server_invite", |bencher| {
        bencher.iter_batched(
            || next("INVITE", 1),
            |message| {
                table.pass();
                let Some((id, request)) = table.receive(message) else { return };
                table.respond(id, &request, StatusCode::RINGING);
                table.respond(id, &request, StatusCode::OK);
                table.transactions.acknowledged(id);
            },
            BatchSize::SmallInput,
        );
    });

    let mut table = Table::new();
    let Message::Request(mut ours) = request(0, "OPTIONS", 1) else { return };
    ours.headers.remove(&sipua_core::message::HeaderName::Via);
    group.bench_function("client", |bencher| {
        bencher.iter_batched(
            || ours.clone(),
            |request| {
                table.pass();
                let Table { transactions, out, now, flow } = &mut table;
                let sent = transactions.request(request, *flow, 1, *now, out);
                // Else each would be repeated ten times before it ends.
                black_box(&sent).iter().for_each(|id| transactions.terminate(*id, out));
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, transactions);
criterion_main!(benches);
