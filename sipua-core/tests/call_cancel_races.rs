//! CANCEL in every race (RFC 3261 9): before any response, crossing a 200, crossing a refusal, late.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod network;

use std::time::Duration;

use network::Network;
use network::script::{Text, peer};
use sipua_core::event::{Body, CallId, Command, Dial, EndedBy, Failure};

const SECOND: Duration = Duration::from_secs(1);
const CONTACT: &str = "Contact: <sip:bob@10.0.9.9:5060>";

fn calling() -> (Network, CallId, Text) {
    let mut network = Network::single();
    let target = network::phone::uri("sip:bob@10.0.9.9");
    let call = CallId(2);
    let dial = Box::new(Dial::new(None, target, Some(Body::sdp("v=0"))));
    network.command(0, Command::Dial { call, dial }).unwrap();
    let invite = network.hear("INVITE");
    (network, call, invite)
}

/// RFC 3261 9.1: no CANCEL before a provisional response.
#[test]
fn it_waits_for_the_first_provisional_response() {
    let (mut network, call, invite) = calling();
    network.hangup(0, call);
    assert_eq!(network.phones[0].ends(call).len(), 1, "the application need not wait");
    network.run(3 * SECOND);
    assert!(network.heard().iter().all(|line| line.starts_with("INVITE")));
    network.say(&invite.reply("100 Trying", "", &[], ""));
    let cancel = network.hear("CANCEL");
    // RFC 3261 9.1: these must equal the INVITE's.
    assert_eq!(cancel.first_line(), invite.first_line().replace("INVITE", "CANCEL"));
    for header in ["Via", "From", "To", "Call-ID"] {
        assert_eq!(cancel.headers(header), invite.headers(header), "{header}");
    }
    assert_eq!(cancel.header("CSeq"), invite.header("CSeq").replace("INVITE", "CANCEL"));
    network.say(&cancel.reply("200 OK", "b", &[], ""));
    network.say(&invite.reply("487 Request Terminated", "b", &[], ""));
    network.hear("ACK");
    assert_eq!(network.phones[0].ends(call).len(), 1);
    network.assert_nothing_retained();
}

#[test]
fn without_any_response_nothing_but_the_invite_is_ever_sent() {
    let (mut network, call, _) = calling();
    network.hangup(0, call);
    network.assert_nothing_retained();
    assert!(network.heard().iter().all(|line| line.starts_with("INVITE")));
    assert_eq!(network.phones[0].ends(call).len(), 1);
}

#[test]
fn a_200_that_crosses_it_is_acknowledged_and_ended() {
    let (mut network, call, invite) = calling();
    network.say(&invite.reply("180 Ringing", "b", &[CONTACT], ""));
    network.run(SECOND);
    network.hangup(0, call);
    network.say(&invite.reply("200 OK", "b", &[CONTACT], "v=0"));
    network.hear("CANCEL");
    let ack = network.hear("ACK");
    assert_eq!(ack.header("CSeq"), invite.header("CSeq").replace("INVITE", "ACK"));
    let bye = network.hear("BYE");
    assert_eq!(bye.tag("To"), "b");
    network.say(&bye.reply("200 OK", "", &[], ""));
    // The 200 again: the ACK again, and no second BYE.
    network.say(&invite.reply("200 OK", "b", &[CONTACT], "v=0"));
    assert_eq!(network.hear("ACK").0, ack.0);
    assert_eq!(network.phones[0].ends(call).len(), 1);
    assert!(!network.phones[0].is_answered(call));
    network.assert_nothing_retained();
    assert!(network.heard().iter().all(|line| !line.starts_with("BYE")));
}

#[test]
fn a_200_after_a_hangup_before_any_response_is_acknowledged_and_ended() {
    let (mut network, call, invite) = calling();
    network.hangup(0, call);
    network.say(&invite.reply("200 OK", "b", &[CONTACT], "v=0"));
    network.hear("ACK");
    let bye = network.hear("BYE");
    network.say(&bye.reply("200 OK", "", &[], ""));
    network.assert_nothing_retained();
}

#[test]
fn every_branch_that_answers_a_cancelled_call_is_ended() {
    let (mut network, call, invite) = calling();
    network.say(&invite.reply("100 Trying", "", &[], ""));
    network.run(SECOND);
    network.hangup(0, call);
    network.hear("CANCEL");
    for tag in ["a", "b", "c"] {
        network.say(&invite.reply("200 OK", tag, &[CONTACT], "v=0"));
        assert_eq!(network.hear("ACK").tag("To"), tag);
        let bye = network.hear("BYE");
        assert_eq!(bye.tag("To"), tag);
        network.say(&bye.reply("200 OK", "", &[], ""));
    }
    network.assert_nothing_retained();
}

#[test]
fn a_refusal_that_crosses_it_changes_nothing() {
    let (mut network, call, invite) = calling();
    network.say(&invite.reply("180 Ringing", "b", &[CONTACT], ""));
    network.run(SECOND);
    network.hangup(0, call);
    network.say(&invite.reply("486 Busy Here", "b", &[], ""));
    network.hear("ACK");
    assert_eq!(network.phones[0].ends(call).len(), 1);
    assert_eq!(network.phones[0].ends(call)[0].by, EndedBy::Local);
    network.assert_nothing_retained();
}

#[test]
fn a_challenge_that_crosses_it_is_not_answered() {
    let (mut network, call, invite) = calling();
    network.hangup(0, call);
    let challenge = "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"";
    network.say(&invite.reply("401 Unauthorized", "b", &[challenge], ""));
    network.hear("ACK");
    network.assert_nothing_retained();
    assert!(network.heard().is_empty());
}

/// RFC 3261 9.1: without a final response to the INVITE within 64*T1 it is over.
#[test]
fn a_peer_that_ignores_it_is_given_up() {
    let (mut network, call, invite) = calling();
    network.say(&invite.reply("180 Ringing", "b", &[CONTACT], ""));
    network.run(SECOND);
    network.hangup(0, call);
    let cancel = network.hear("CANCEL");
    network.say(&cancel.reply("200 OK", "b", &[], ""));
    network.run(60 * SECOND);
    assert!(network.phones[0].endpoint.footprint().is_empty());
}

/// RFC 3261 9.2: a CANCEL after the final response has no effect on the call.
#[test]
fn a_late_one_has_no_effect() {
    let mut network = Network::single();
    network.say(&invite("z9hG4bKlate"));
    let call = network.await_incoming(0);
    network.answer(0, call);
    let ok = network.hear("SIP/2.0 200");
    network.say(&cancel("z9hG4bKlate"));
    let answer = network.hear("SIP/2.0 200");
    assert!(answer.header("CSeq").ends_with("CANCEL"));
    network.say(&ack(&ok));
    network.run(SECOND);
    assert!(network.phones[0].is_confirmed(call));
    assert!(network.phones[0].ends(call).is_empty());
}

/// RFC 3326: another phone was faster.
#[test]
fn its_reason_tells_an_answer_elsewhere() {
    let mut network = Network::single();
    network.say(&invite("z9hG4bKelse"));
    let call = network.await_incoming(0);
    let reason = "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n";
    network
        .say(&cancel("z9hG4bKelse").replace("Content-Length", &format!("{reason}Content-Length")));
    network.hear("SIP/2.0 487");
    let ended = network.phones[0].ends(call);
    assert_eq!(ended[0].failure, Some(Failure::AnsweredElsewhere));
    assert_eq!(&*ended[0].reason, "Call completed elsewhere");
}

fn invite(branch: &str) -> String {
    request(
        "INVITE",
        branch,
        "Contact: <sip:alice@10.0.9.9>\r\nContent-Type: application/sdp\r\n",
        "v=0",
    )
}

fn cancel(branch: &str) -> String {
    request("CANCEL", branch, "", "")
}

fn request(method: &str, branch: &str, headers: &str, body: &str) -> String {
    format!(
        "{method} sip:phone0@10.0.0.1:5060 SIP/2.0\r\n\
         Via: SIP/2.0/UDP {};branch={branch}\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:alice@example.com>;tag=alice\r\n\
         To: <sip:phone0@10.0.0.1:5060>\r\n\
         Call-ID: races\r\nCSeq: 1 {method}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        peer(),
        body.len()
    )
}

fn ack(ok: &Text) -> String {
    request("ACK", "z9hG4bKack", "", "")
        .replace("To: <sip:phone0@10.0.0.1:5060>", &format!("To: {}", ok.header("To")))
}
