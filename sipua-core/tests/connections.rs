//! SIP over connections: framing, keep-alives, garbage, and what happens when one ends.
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test starts its own virtual clock, and fails by panicking"
)]

use std::time::{Duration, Instant};

use bytes::Bytes;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sipua_core::endpoint::Endpoint;
use sipua_core::event::{
    Body, CallEnded, CallId, Command, Config, Dial, EndedBy, Event, Failure, Input, Output,
};
use sipua_core::transport::{Flow, Protocol};

struct Phone {
    endpoint: Endpoint,
    now: Instant,
    sent: Vec<String>,
    events: Vec<Event>,
    closed: Vec<Flow>,
}

fn flow() -> Flow {
    let (local, remote) = (([10, 0, 0, 1], 5060).into(), ([10, 0, 0, 2], 40_000).into());
    Flow { protocol: Protocol::Tcp, local, remote }
}

impl Phone {
    fn new() -> Self {
        let now = Instant::now();
        let endpoint = Endpoint::new(Config::default(), StdRng::seed_from_u64(1), now);
        Self { endpoint, now, sent: Vec::new(), events: Vec::new(), closed: Vec::new() }
    }

    fn input(&mut self, input: Input) {
        self.endpoint.handle_input(input, self.now);
        self.drain();
    }

    fn stream(&mut self, data: &str) {
        self.input(Input::StreamData {
            flow: flow(),
            data: Bytes::copy_from_slice(data.as_bytes()),
        });
    }

    fn command(&mut self, command: Command) {
        self.endpoint.handle_command(command, self.now).unwrap();
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.endpoint.poll_output() {
            match output {
                Output::Transmit { flow: used, data } => {
                    assert_eq!(used, flow(), "everything goes over the connection");
                    self.sent.push(String::from_utf8(data.to_vec()).unwrap());
                }
                Output::Close { flow } => self.closed.push(flow),
                Output::Event(event) => self.events.push(event),
                Output::Resolve { id, .. } => {
                    let routes = vec![flow()];
                    self.endpoint.handle_input(Input::Resolved { id, routes }, self.now);
                }
                Output::Description(_) => {}
            }
        }
    }

    fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(next) = self.endpoint.poll_timeout().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.endpoint.handle_timeout(self.now);
            self.drain();
        }
        self.now = end;
    }

    fn incoming(&self) -> Option<CallId> {
        self.events.iter().find_map(|event| match event {
            Event::IncomingCall(incoming) => Some(incoming.call),
            _ => None,
        })
    }

    fn ended(&self) -> Vec<&CallEnded> {
        let mut found = Vec::new();
        for event in &self.events {
            if let Event::CallEnded(ended) = event {
                found.push(&**ended);
            }
        }
        found
    }
}

fn request(method: &str, to: &str, body: &str) -> String {
    format!(
        "{method} sip:bob@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 192.168.1.5;branch=z9hG4bK{method}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:alice@a.example>;tag=a\r\nTo: {to}\r\nCall-ID: tcp\r\n\
         CSeq: 1 {method}\r\nContact: <sip:alice@df7jal23ls0d.invalid;transport=tcp>\r\n\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The header of the last message sent.
fn header<'a>(phone: &'a Phone, name: &str) -> &'a str {
    let message = phone.sent.last().unwrap();
    message.lines().find_map(|line| line.strip_prefix(name)).unwrap()
}

/// A call over a connection, cut into single bytes, from a peer whose Contact leads nowhere.
#[test]
fn a_call_uses_the_connection_it_came_on() {
    let mut phone = Phone::new();
    for byte in request("INVITE", "<sip:bob@10.0.0.1>", "v=0").as_bytes() {
        let data = Bytes::copy_from_slice(std::slice::from_ref(byte));
        phone.input(Input::StreamData { flow: flow(), data });
    }
    let call = phone.incoming().unwrap();
    let description = Some(Body::sdp("v=0"));
    phone.command(Command::Answer { call, code: 200, description, headers: Vec::new() });
    let to = header(&phone, "To: ").to_owned();
    assert_eq!(header(&phone, "Contact: "), "<sip:bob@10.0.0.1:5060;transport=tcp>");
    // RFC 3261 13.3.1.4: a 2xx is repeated over connections too, for proxies on the way may use UDP.
    phone.run(Duration::from_secs(1));
    assert_eq!(phone.sent.iter().filter(|text| text.starts_with("SIP/2.0 200")).count(), 2);
    phone.stream(&request("ACK", &to, ""));
    phone.command(Command::Hangup { call, termination: None });
    assert!(phone.sent.last().unwrap().starts_with("BYE sip:alice@df7jal23ls0d.invalid"));
}

#[test]
fn two_messages_in_one_piece_are_two() {
    let mut phone = Phone::new();
    let one = request("OPTIONS", "<sip:bob@10.0.0.1>", "");
    let two = one.replace("z9hG4bKOPTIONS", "z9hG4bKother").replace("Call-ID: tcp", "Call-ID: two");
    phone.stream(&format!("\r\n{one}{two}"));
    assert_eq!(phone.sent.iter().filter(|text| text.starts_with("SIP/2.0 200")).count(), 2);
}

/// RFC 5626 4.4.1.
#[test]
fn a_ping_gets_a_pong() {
    let mut phone = Phone::new();
    phone.stream("\r\n\r\n");
    assert_eq!(phone.sent, ["\r\n"]);
}

#[test]
fn garbage_closes_the_connection_and_is_counted() {
    let mut phone = Phone::new();
    phone.stream("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(phone.closed, [flow()]);
    assert_eq!(phone.endpoint.counters().unreadable, 1);
    assert!(phone.endpoint.footprint().is_empty());
}

#[test]
fn a_call_whose_connection_ends_before_any_response_fails() {
    let mut phone = Phone::new();
    let target = "sip:bob@10.0.0.2:40000;transport=tcp".parse().unwrap();
    let dial = Box::new(Dial::new(None, target, None));
    phone.command(Command::Dial { call: CallId(2), dial });
    assert!(phone.sent[0].starts_with("INVITE"));
    phone.input(Input::Closed { flow: flow() });
    let ended = phone.ended();
    assert_eq!(ended.len(), 1);
    assert_eq!((ended[0].by, ended[0].failure), (EndedBy::Network, Some(Failure::TransportFailed)));
    phone.run(Duration::from_secs(60));
    assert!(phone.endpoint.footprint().is_empty());
}
