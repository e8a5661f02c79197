//! A table of transactions with a clock of its own, whose outputs are read as words.

use std::time::{Duration, Instant};

use bytes::Bytes;
use rand::SeedableRng;
use rand::rngs::StdRng;
use sipua_core::message::{HeaderName, Message, Method, Request, Response, StatusCode, Uri};
use sipua_core::transaction::{
    Letter, Outbox, TransactionConfig, TransactionId, TransactionOutput, TransactionState,
    Transactions,
};
use sipua_core::transport::{Flow, Protocol};

pub(crate) const OWNER: u32 = 7;

/// A flow between two documentation addresses.
pub(crate) fn flow(protocol: Protocol) -> Flow {
    Flow {
        protocol,
        local: "192.0.2.1:5060".parse().unwrap(),
        remote: "192.0.2.2:5062".parse().unwrap(),
    }
}

/// The transactions under test.
pub(crate) struct Table {
    pub(crate) transactions: Transactions<u32>,
    pub(crate) out: Outbox<u32>,
    pub(crate) start: Instant,
    pub(crate) now: Instant,
}

impl Table {
    pub(crate) fn new() -> Self {
        Self::with(TransactionConfig::default())
    }

    pub(crate) fn with(config: TransactionConfig) -> Self {
        let start = Instant::now();
        Self {
            transactions: Transactions::new(config, StdRng::seed_from_u64(1)),
            out: Outbox::new(),
            start,
            now: start,
        }
    }

    /// Sends a request of ours and returns it as it went out.
    pub(crate) fn request(
        &mut self,
        request: Request,
        protocol: Protocol,
    ) -> (TransactionId, Request) {
        let id = self
            .transactions
            .request(request, flow(protocol), OWNER, self.now, &mut self.out)
            .unwrap();
        let sent = self.sent();
        let Message::Request(request) = sent.last().unwrap().clone() else { panic!("no request") };
        (id, request)
    }

    pub(crate) fn receive(&mut self, message: impl Into<Message>, protocol: Protocol) {
        // Through the parser, as in life.
        let message = Message::parse_datagram(message.into().to_bytes()).unwrap();
        self.transactions.handle_message(message, flow(protocol), self.now, &mut self.out);
    }

    /// Receives a request that begins a server transaction.
    pub(crate) fn accept(
        &mut self,
        request: &Request,
        protocol: Protocol,
    ) -> (TransactionId, Request) {
        self.receive(request.clone(), protocol);
        match self.out.pop_back() {
            Some(TransactionOutput::Request { id, request, .. }) => (id, request),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn respond(&mut self, id: TransactionId, request: &Request, code: u16) {
        let response = response(request, code);
        self.transactions.respond(id, response, self.now, &mut self.out).unwrap();
    }

    pub(crate) fn fail(&mut self, protocol: Protocol) {
        self.transactions.handle_transport_error(&flow(protocol), self.now, &mut self.out);
    }

    /// Lets time pass up to `milliseconds` after the start; every output with its instant.
    pub(crate) fn run_until(&mut self, milliseconds: u64) -> Vec<(u64, String)> {
        let end = self.start + Duration::from_millis(milliseconds);
        let mut seen = Vec::new();
        while let Some(at) = self.transactions.poll_timeout().filter(|at| *at <= end) {
            assert!(at >= self.now, "a deadline in the past");
            self.now = at;
            self.transactions.handle_timeout(at, &mut self.out);
            let elapsed = (at - self.start).as_millis() as u64;
            seen.extend(self.words().into_iter().map(|word| (elapsed, word)));
        }
        self.now = end;
        seen
    }

    /// Drains the outputs as words.
    pub(crate) fn words(&mut self) -> Vec<String> {
        self.out.drain(..).map(|output| word(&output)).collect()
    }

    /// Drains the outputs and returns the messages among them that went out.
    pub(crate) fn sent(&mut self) -> Vec<Message> {
        let transmitted = self.out.drain(..).filter_map(|output| match output {
            TransactionOutput::Transmit { data, .. } => {
                Some(Message::parse_datagram(data).unwrap())
            }
            _ => None,
        });
        transmitted.collect()
    }

    /// Every timer of the transaction, in milliseconds from the start.
    pub(crate) fn timers(&self, id: TransactionId) -> Vec<(Letter, u64)> {
        let set = Letter::ALL.into_iter().filter_map(|letter| {
            let at = self.transactions.timer(id, letter)?;
            Some((letter, (at - self.start).as_millis() as u64))
        });
        set.collect()
    }

    pub(crate) fn state(&self, id: TransactionId) -> Option<TransactionState> {
        self.transactions.state(id)
    }

    /// Whether nothing is left of any transaction.
    pub(crate) fn is_clean(&self) -> bool {
        let table = &self.transactions;
        table.is_empty() && table.timers() == 0 && table.entries() == 0
    }
}

/// An output in a word or two.
pub(crate) fn word(output: &TransactionOutput<u32>) -> String {
    match output {
        TransactionOutput::Transmit { data, .. } => format!("send {}", subject(data)),
        TransactionOutput::Request { request, .. } => format!("request {}", request.method),
        TransactionOutput::Ack { .. } => "ack".to_owned(),
        TransactionOutput::Cancel { .. } => "cancel".to_owned(),
        TransactionOutput::Response { response, owner, .. } => {
            assert_eq!(*owner, OWNER);
            format!("up {}", response.status.code())
        }
        TransactionOutput::StrayResponse { response, .. } => {
            format!("stray {}", response.status.code())
        }
        TransactionOutput::Timeout { .. } => "timeout".to_owned(),
        TransactionOutput::TransportError { .. } => "transport error".to_owned(),
        TransactionOutput::Ended { .. } => "ended".to_owned(),
    }
}

/// The method or the status of a message.
fn subject(data: &Bytes) -> String {
    match Message::parse_datagram(data.clone()).unwrap() {
        Message::Request(request) => request.method.to_string(),
        Message::Response(response) => response.status.code().to_string(),
    }
}

/// A request of ours, without Via.
pub(crate) fn ours(method: Method) -> Request {
    let uri: Uri = "sip:bob@192.0.2.2:5062".parse().unwrap();
    let mut request = Request::new(method.clone(), &uri);
    let headers = &mut request.headers;
    headers.push(&HeaderName::MaxForwards, "70");
    headers.push(&HeaderName::From, "<sip:alice@example.com>;tag=alice");
    headers.push(&HeaderName::To, "<sip:bob@example.com>");
    headers.push(&HeaderName::CallId, "call-1");
    headers.push(&HeaderName::CSeq, format!("314159 {method}"));
    request
}

/// A peer's request with the given branch.
pub(crate) fn theirs(method: Method, branch: &str) -> Request {
    let mut request = ours(method);
    let via = format!("SIP/2.0/UDP 192.0.2.2:5062;branch={branch}");
    request.headers.push_front(&HeaderName::Via, via);
    request
}

pub(crate) fn response(request: &Request, code: u16) -> Response {
    Response::for_request(request, StatusCode::new(code).unwrap(), None, Some("bob"))
}
