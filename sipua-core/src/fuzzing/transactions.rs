//! Transactions under a script of random messages, commands and times.

use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::message::{HeaderName, Message, Method, Request, Response, StatusCode};
use crate::transaction::{
    Outbox, TransactionConfig, TransactionId, TransactionOutput, Transactions,
};
use crate::transport::{Flow, Protocol};

/// No script makes more than this many steps.
const MAX_STEPS: usize = 512;

/// Runs `data` as a script against one table; in the end nothing may be left of anything.
pub fn transactions(data: &[u8]) {
    let mut script = Script::new(data);
    for _ in 0..MAX_STEPS {
        if !script.step() {
            break;
        }
        script.drain();
    }
    script.finish();
}

/// A table and what is known of it.
struct Script<'a> {
    rest: &'a [u8],
    table: Transactions<u8>,
    out: Outbox<u8>,
    now: Instant,
    flow: Flow,
    /// Every transaction that has not ended, with its request if it is to be answered.
    open: Vec<(TransactionId, Option<Request>)>,
    /// What went out last: a network may give it back.
    last: Option<Bytes>,
}

impl<'a> Script<'a> {
    #[expect(clippy::disallowed_methods, reason = "a virtual clock has to start somewhere")]
    fn new(data: &'a [u8]) -> Self {
        let address = ([127, 0, 0, 1], 5060).into();
        let protocol = if data.first().is_some_and(|byte| byte & 1 == 0) {
            Protocol::Udp
        } else {
            Protocol::Tcp
        };
        let config = TransactionConfig { max_server: 16, ..TransactionConfig::default() };
        Self {
            rest: data.get(1..).unwrap_or_default(),
            table: Transactions::new(config, StdRng::seed_from_u64(0)),
            out: Outbox::new(),
            now: Instant::now(),
            flow: Flow { protocol, local: address, remote: address },
            open: Vec::new(),
            last: None,
        }
    }

    /// One command with one operand; false at the end of the script.
    fn step(&mut self) -> bool {
        let (Ok(command), Ok(operand)) = (self.rest.try_get_u8(), self.rest.try_get_u8()) else {
            return false;
        };
        let (now, out) = (self.now, &mut self.out);
        let chosen = usize::from(operand).checked_rem(self.open.len());
        let chosen = chosen.and_then(|index| self.open.get(index));
        match command % 9 {
            0 => self.request(operand),
            1 => {
                if let Some((id, Some(request))) = chosen
                    && let Some(status) = self.rest.try_get_u8().ok().and_then(status)
                {
                    let response = Response::for_request(request, status, None, Some("tag"));
                    // A refusal is as good as an answer here.
                    let _ = self.table.respond(*id, response, now, out);
                }
            }
            2 => {
                if let Some((id, _)) = chosen
                    && let Ok(cancel) = self.table.cancel(*id, now, out)
                {
                    self.open.push((cancel, None));
                }
            }
            3 => {
                self.now += Duration::from_millis(u64::from(operand) * 50);
                self.table.handle_timeout(self.now, out);
            }
            4 => self.table.handle_transport_error(&self.flow, now, out),
            5 => {
                if let Some((id, _)) = chosen {
                    self.table.terminate(*id, out);
                }
            }
            6 => self.receive_answer(operand),
            7 => {
                if let Some(data) = self.last.clone() {
                    self.receive(data);
                }
            }
            _ => {
                let length = usize::from(operand) * 4;
                let (message, rest) =
                    self.rest.split_at_checked(length).unwrap_or((self.rest, &[]));
                self.rest = rest;
                self.receive(Bytes::copy_from_slice(message));
            }
        }
        true
    }

    fn request(&mut self, operand: u8) {
        let Ok(uri) = "sip:a@127.0.0.1".parse() else { return };
        let method = if operand & 1 == 0 { Method::Invite } else { Method::Options };
        let mut request = Request::new(method.clone(), &uri);
        request.headers.push(&HeaderName::From, "<sip:a@b>;tag=a");
        request.headers.push(&HeaderName::To, "<sip:c@d>");
        request.headers.push_display(&HeaderName::CallId, operand >> 1);
        request.headers.push_display(&HeaderName::CSeq, format_args!("1 {method}"));
        let result = self.table.request(request, self.flow, operand, self.now, &mut self.out);
        if let Ok(id) = result {
            self.open.push((id, None));
        }
    }

    /// The peer answers what went out last.
    fn receive_answer(&mut self, operand: u8) {
        let sent = self.last.clone().map(Message::parse_datagram);
        if let (Some(Ok(Message::Request(request))), Some(status)) = (sent, status(operand)) {
            self.receive(Response::for_request(&request, status, None, Some("tag")).to_bytes());
        }
    }

    fn receive(&mut self, data: Bytes) {
        if let Ok(message) = Message::parse_datagram(data) {
            self.table.handle_message(message, self.flow, self.now, &mut self.out);
        }
    }

    fn drain(&mut self) {
        for output in self.out.drain(..) {
            match output {
                TransactionOutput::Transmit { data, .. } => self.last = Some(data),
                TransactionOutput::Request { id, request, .. } => {
                    self.open.push((id, Some(request)));
                }
                TransactionOutput::Ended { id, .. } => {
                    let before = self.open.len();
                    self.open.retain(|(open, _)| *open != id);
                    assert_eq!(self.open.len() + 1, before, "it ended and was not open");
                }
                _ => {}
            }
        }
        assert_eq!(self.table.len(), self.open.len());
    }

    /// What a user leaves open it ends; what timers end, they do.
    fn finish(&mut self) {
        for _ in 0..2 {
            self.now += Duration::from_secs(64);
            self.table.handle_timeout(self.now, &mut self.out);
            self.drain();
        }
        for (id, _) in self.open.clone() {
            self.table.terminate(id, &mut self.out);
        }
        self.drain();
        assert!(self.table.is_empty());
        assert_eq!(self.table.timers(), 0, "a timer without an owner");
        assert_eq!(self.table.entries(), 0, "an entry without a transaction");
    }
}

/// A status for every byte, of each class alike.
fn status(byte: u8) -> Option<StatusCode> {
    let class = u16::from(byte % 6) + 1;
    StatusCode::new(class * 100 + u16::from(byte / 6) * 2)
}
