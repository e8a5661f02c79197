//! What no path through the table reaches: a letter that a state did not set.
#![expect(clippy::disallowed_methods, reason = "a test starts its own virtual clock")]

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::client::Client;
use super::client_invite::ClientInvite;
use super::id::Slots;
use super::machine::{Context, Letters};
use super::server::Server;
use super::server_invite::{Provisional, ServerInvite};
use super::slot::Machine;
use super::{Letter, Outbox, TransactionCounters};
use crate::message::{Method, Request};
use crate::timer::{TimerConfig, Timers};
use crate::transport::{Flow, Protocol};

/// Every state of every machine, with the letters that mean something there.
fn states() -> Vec<(Machine, &'static [Letter])> {
    use Letter::{A, B, Cancelled, D, E, F, G, H, I, J, K, L, M, Trying, Unanswered};
    let data = Bytes::from_static(b"data");
    let interval = Duration::from_millis(500);
    let invite = || Box::new(Request::new(Method::Invite, &"sip:a@b".parse().unwrap()));
    let client_invite =
        |machine, letters: &'static [Letter]| (Machine::ClientInvite(machine), letters);
    let client = |machine, letters: &'static [Letter]| (Machine::Client(machine), letters);
    let server_invite =
        |machine, letters: &'static [Letter]| (Machine::ServerInvite(machine), letters);
    let server = |machine, letters: &'static [Letter]| (Machine::Server(machine), letters);
    let prepared = ServerInvite::Proceeding { last: Provisional::Prepared(data.clone()) };
    let sent = ServerInvite::Proceeding { last: Provisional::Sent(data.clone()) };
    let calling = ClientInvite::Calling { invite: invite(), data: data.clone(), interval };
    vec![
        client_invite(calling, &[A, B]),
        client_invite(ClientInvite::Proceeding { invite: invite() }, &[Cancelled]),
        client_invite(ClientInvite::Accepted, &[M]),
        client_invite(ClientInvite::Completed { ack: data.clone() }, &[D]),
        client_invite(ClientInvite::Terminated, &[]),
        client(Client::Trying { request: data.clone(), interval }, &[E, F]),
        client(Client::Proceeding { request: data.clone() }, &[E, F]),
        client(Client::Completed, &[K]),
        client(Client::Terminated, &[]),
        server_invite(prepared, &[Trying]),
        server_invite(sent, &[]),
        server_invite(ServerInvite::Accepted { response: None }, &[L]),
        server_invite(ServerInvite::Completed { response: data.clone(), interval }, &[G, H]),
        server_invite(ServerInvite::Confirmed, &[I]),
        server_invite(ServerInvite::Terminated, &[]),
        server(Server::Trying, &[Unanswered]),
        server(Server::Proceeding { response: data.clone() }, &[Unanswered]),
        server(Server::Completed { response: data }, &[J]),
        server(Server::Terminated, &[]),
    ]
}

#[test]
fn a_letter_that_a_state_did_not_set_changes_nothing() {
    let address = "192.0.2.1:5060".parse().unwrap();
    let flow = Flow { protocol: Protocol::Udp, local: address, remote: address };
    let id = Slots::new().insert(()).unwrap();
    let config = TimerConfig::default();
    for letter in Letter::ALL {
        for (machine, letters) in states() {
            let before = machine.state();
            let mut timers = Timers::new();
            let mut letters_set = Letters::default();
            let mut counters = TransactionCounters::default();
            let mut out = Outbox::<()>::new();
            let mut cx = Context {
                id,
                owner: Some(()),
                flow,
                now: Instant::now(),
                config: &config,
                timers: &mut timers,
                letters: &mut letters_set,
                counters: &mut counters,
                out: &mut out,
            };
            let machine = machine.timer(letter, &mut cx);
            let place = format!("{before:?} {letter:?}");
            if letters.contains(&letter) {
                let moved = !out.is_empty() || machine.state() != before;
                assert!(moved, "{place}: nothing came of it");
            } else {
                assert!(out.is_empty() && timers.is_empty(), "{place}");
                assert_eq!(machine.state(), before, "{place}");
            }
        }
    }
}
