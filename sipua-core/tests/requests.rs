//! Requests that make no call: OPTIONS and others, outside of calls and inside.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod network;

use std::time::Duration;

use network::Network;
use network::caller::CONTACT;
use network::phone::uri;
use sipua_core::event::{
    Body, CallId, CallRequest, Command, CommandError, EndedBy, Failure, OutgoingRequest, RequestId,
};
use sipua_core::message::{Method, StatusCode};

const SECOND: Duration = Duration::from_secs(1);
const ID: RequestId = RequestId(7);

fn options(target: &str) -> Box<OutgoingRequest> {
    Box::new(OutgoingRequest {
        method: Method::Options,
        account: None,
        target: uri(target),
        headers: Vec::new(),
        body: None,
    })
}

fn info() -> Box<CallRequest> {
    let body =
        Some(Body { content_type: "application/dtmf-relay".into(), data: "Signal=5".into() });
    Box::new(CallRequest { method: Method::Info, headers: Vec::new(), body })
}

#[test]
fn options_between_two_phones() {
    let mut network = Network::pair();
    let request = options("sip:phone1@10.0.0.2:5060");
    network.command(0, Command::SendRequest { id: ID, request: request.clone() }).unwrap();
    let twice = network.command(0, Command::SendRequest { id: ID, request });
    assert_eq!(twice, Err(CommandError::RequestExists(ID)));
    network.run(SECOND);
    let outcome = network.phones[0].outcomes()[0];
    assert_eq!((outcome.id, outcome.code, outcome.failure), (ID, 200, None));
    assert_eq!(outcome.response.as_ref().unwrap().status, StatusCode::OK);
    network.assert_nothing_retained();
}

#[test]
fn silence_and_an_unknown_name_are_outcomes_too() {
    for (target, code, failure) in [
        ("sip:10.0.9.9", 408, Failure::Timeout),
        ("sip:unknown.example", 503, Failure::TransportFailed),
    ] {
        let mut network = Network::single();
        let request = options(target);
        network.command(0, Command::SendRequest { id: ID, request }).unwrap();
        network.assert_nothing_retained();
        assert_eq!(network.phones[0].outcomes().len(), 1);
        let outcome = network.phones[0].outcomes()[0];
        assert_eq!((outcome.code, outcome.failure), (code, Some(failure)));
        assert!(outcome.response.is_none());
    }
}

#[test]
fn methods_with_a_command_of_their_own_are_refused() {
    let mut network = Network::single();
    for method in [Method::Invite, Method::Ack, Method::Bye, Method::Cancel, Method::Register] {
        let mut request = options("sip:10.0.9.9");
        request.method = method.clone();
        let refused = network.command(0, Command::SendRequest { id: ID, request });
        assert_eq!(refused, Err(CommandError::InvalidMethod(method)));
    }
    network.assert_nothing_retained();
}

#[test]
fn info_inside_a_call() {
    let mut network = Network::pair();
    let (caller, callee) = network.established();
    network.command(0, Command::CallRequest { call: caller, id: ID, request: info() }).unwrap();
    network.run(SECOND);
    assert_eq!(network.phones[0].outcomes()[0].code, 200);
    assert_eq!(network.phones[0].outcomes()[0].call, Some(caller));
    assert!(network.phones[1].event_names().contains(&"CallRequest INFO".to_owned()));
    assert!(network.phones[1].ends(callee).is_empty());
}

/// RFC 3261 12.2.1.2: 481, 408 and silence end the dialog; other refusals do not.
#[test]
fn some_refusals_inside_a_call_end_it() {
    for (status, ends) in [
        (Some("481 Gone"), true),
        (Some("408 Request Timeout"), true),
        (None, true),
        (Some("415 Unsupported Media Type"), false),
        (Some("503 Service Unavailable"), false),
    ] {
        let mut network = Network::single();
        let (_, call) = network.calls();
        network.command(0, Command::CallRequest { call, id: ID, request: info() }).unwrap();
        let sent = network.hear("INFO");
        if let Some(status) = status {
            network.say(&sent.reply(status, "", &[], ""));
        }
        network.run(40 * SECOND);
        assert_eq!(network.phones[0].outcomes().len(), 1, "{status:?}");
        assert_eq!(network.phones[0].ends(call).len(), usize::from(ends), "{status:?}");
        let said_bye = network.heard().iter().any(|line| line.starts_with("BYE"));
        assert_eq!(said_bye, ends, "{status:?}");
    }
}

/// A call that ends does not swallow the outcome of its requests.
#[test]
fn a_request_outlives_its_call() {
    let mut network = Network::single();
    let (_, call) = network.calls();
    network.command(0, Command::CallRequest { call, id: ID, request: info() }).unwrap();
    let sent = network.hear("INFO");
    network.hangup(0, call);
    let bye = network.hear("BYE");
    network.say(&bye.reply("200 OK", "", &[CONTACT], ""));
    network.run(SECOND);
    assert!(network.phones[0].outcomes().is_empty());
    network.say(&sent.reply("200 OK", "", &[], ""));
    network.run(SECOND);
    assert_eq!(network.phones[0].outcomes()[0].code, 200);
    assert_eq!(network.phones[0].ends(call)[0].by, EndedBy::Local);
    network.assert_nothing_retained();
}

#[test]
fn nothing_is_sent_in_a_call_that_does_not_exist() {
    let mut network = Network::single();
    let call = CallId(2);
    let refused = network.command(0, Command::CallRequest { call, id: ID, request: info() });
    assert_eq!(refused, Err(CommandError::UnknownCall(call)));
}
