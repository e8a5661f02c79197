//! The basic calls of RFC 3665 3: message by message, event by event.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod network;

use std::time::Duration;

use network::Network;
use network::phone::{ANSWER, OFFER};
use sipua_core::endpoint::CallState;
use sipua_core::event::{Command, DescriptionKind, EndedBy, Failure};

const SECOND: Duration = Duration::from_secs(1);

/// RFC 3665 3.1.
#[test]
fn a_call_is_answered_and_hung_up_by_the_caller() {
    let mut network = Network::pair();
    let caller = network.dial(0, 1, 2);
    let callee = network.await_incoming(1);
    network.command(1, Command::Ring { call: callee, headers: Vec::new() }).unwrap();
    network.run(SECOND);
    network.answer(1, callee);
    network.run(SECOND);
    assert_eq!(network.phones[0].endpoint.call_state(caller), Some(CallState::Confirmed));
    assert_eq!(network.phones[1].endpoint.call_state(callee), Some(CallState::Confirmed));
    network.hangup(0, caller);
    network.run(SECOND);

    assert_eq!(
        network.ladder.titles(),
        ["INVITE", "180 INVITE", "200 INVITE", "ACK", "BYE", "200 BYE"],
        "{}",
        network.ladder
    );
    assert_eq!(
        network.phones[0].event_names(),
        ["CallRinging 180", "CallAnswered 200", "CallConfirmed", "CallEnded local 200"]
    );
    assert_eq!(
        network.phones[1].event_names(),
        ["IncomingCall", "CallAnswered 200", "CallConfirmed", "CallEnded remote 200"]
    );
    let heard = &network.phones[0].descriptions;
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].kind, DescriptionKind::Answer);
    assert_eq!(heard[0].body.as_ref().unwrap().data, ANSWER);
    let offered = &network.phones[1].descriptions;
    assert_eq!(offered[0].kind, DescriptionKind::Offer);
    assert_eq!(offered[0].body.as_ref().unwrap().data, OFFER);
    network.assert_nothing_retained();
}

#[test]
fn the_callee_may_hang_up() {
    let mut network = Network::pair();
    let (caller, callee) = network.established();
    network.hangup(1, callee);
    network.run(SECOND);
    let ended = network.phones[0].ends(caller);
    assert_eq!(ended.len(), 1);
    assert_eq!((ended[0].by, ended[0].code, ended[0].failure), (EndedBy::Remote, 200, None));
    assert!(ended[0].request.is_some());
    network.assert_nothing_retained();
}

/// RFC 3665 3.8.
#[test]
fn a_call_given_up_before_the_answer_is_cancelled() {
    let mut network = Network::pair();
    let caller = network.dial(0, 1, 2);
    let callee = network.await_incoming(1);
    network.command(1, Command::Ring { call: callee, headers: Vec::new() }).unwrap();
    network.run(SECOND);
    network.hangup(0, caller);
    network.run(SECOND);
    assert_eq!(
        network.ladder.titles(),
        ["INVITE", "180 INVITE", "CANCEL", "200 CANCEL", "487 INVITE", "ACK"]
    );
    let ended = network.phones[1].ends(callee);
    assert_eq!((ended[0].by, ended[0].code), (EndedBy::Remote, 487));
    assert_eq!(ended[0].failure, Some(Failure::Cancelled));
    let ended = network.phones[0].ends(caller);
    assert_eq!((ended[0].by, ended[0].code), (EndedBy::Local, 487));
    network.assert_nothing_retained();
}

/// RFC 3665 3.9, 3.10.
#[test]
fn a_refusal_has_its_code_and_kind() {
    for (code, failure) in [
        (486, Failure::Busy),
        (603, Failure::Declined),
        (480, Failure::NoAnswer),
        (404, Failure::NotFound),
        (488, Failure::NotAcceptableMedia),
        (500, Failure::ServerError),
        (302, Failure::Unreachable),
    ] {
        let mut network = Network::pair();
        let caller = network.dial(0, 1, 2);
        let callee = network.await_incoming(1);
        let reject = Command::Reject { call: callee, code, reason: None, headers: Vec::new() };
        network.command(1, reject).unwrap();
        network.run(SECOND);
        let ended = network.phones[0].ends(caller);
        assert_eq!((ended[0].by, ended[0].code), (EndedBy::Remote, code));
        assert_eq!(ended[0].failure, Some(failure));
        assert!(ended[0].response.is_some());
        assert_eq!(network.phones[1].ends(callee)[0].by, EndedBy::Local);
        network.assert_nothing_retained();
    }
}
