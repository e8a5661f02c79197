//! A call to us until it is confirmed or over (RFC 3261 13.3).
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod network;

use std::time::Duration;

use network::Network;
use network::caller::{CONTACT, Caller, SDP};
use network::phone::ANSWER;
use sipua_core::endpoint::CallState;
use sipua_core::event::{Body, CallId, Command, DescriptionKind, EndedBy, Failure, Termination};

const SECOND: Duration = Duration::from_secs(1);

fn ringing() -> (Network, Caller, CallId) {
    let mut network = Network::single();
    let mut caller = Caller::new("ringing");
    let invite = caller.invite();
    network.say(&invite);
    let call = network.await_incoming(0);
    (network, caller, call)
}

/// RFC 3261 13.3.1.4: T1, doubled up to T2, until the ACK.
#[test]
fn a_200_is_repeated_until_its_ack() {
    let (mut network, mut caller, call) = ringing();
    network.answer(0, call);
    let ok = network.hear("SIP/2.0 200");
    network.run(8 * SECOND);
    let times: Vec<u128> =
        network.ladder.times("200 INVITE").iter().map(Duration::as_millis).collect();
    assert_eq!(times, [10, 510, 1510, 3510, 7510]);
    assert!(network.heard().len() >= 3);
    caller.enter(&ok);
    let ack = caller.ack("");
    network.say(&ack);
    network.run(60 * SECOND);
    assert_eq!(network.ladder.times("200 INVITE").len(), 5);
    assert_eq!(network.phones[0].endpoint.call_state(call), Some(CallState::Confirmed));
}

/// RFC 3261 13.3.1.4: after 64*T1 the session is ended with BYE.
#[test]
fn without_an_ack_the_call_is_ended_with_bye() {
    let (mut network, _, call) = ringing();
    network.answer(0, call);
    let bye = network.hear("BYE");
    assert_eq!(network.elapsed(), Duration::from_millis(32_020));
    network.say(&bye.reply("200 OK", "", &[], ""));
    let ended = network.phones[0].ends(call);
    assert_eq!((ended[0].by, ended[0].failure), (EndedBy::Timeout, Some(Failure::Timeout)));
    network.assert_nothing_retained();
}

/// RFC 3261 15: no BYE before the ACK.
#[test]
fn hanging_up_before_the_ack_waits_for_it() {
    let (mut network, mut caller, call) = ringing();
    network.answer(0, call);
    let ok = network.hear("SIP/2.0 200");
    let q850 = Some(16);
    let termination = Some(Termination { code: 200, reason: Some("done".into()), q850 });
    network.command(0, Command::Hangup { call, termination }).unwrap();
    assert_eq!(network.phones[0].ends(call).len(), 1);
    network.run(3 * SECOND);
    assert!(network.heard().iter().all(|line| line.starts_with("SIP/2.0 200")));
    caller.enter(&ok);
    let ack = caller.ack("");
    network.say(&ack);
    let bye = network.hear("BYE");
    assert_eq!(bye.headers("Reason"), ["Q.850;cause=16", "SIP;cause=200;text=\"done\""]);
    network.say(&bye.reply("200 OK", "", &[], ""));
    network.assert_nothing_retained();
}

#[test]
fn a_late_offer_is_answered_in_the_ack() {
    let mut network = Network::single();
    let mut caller = Caller::new("late");
    let invite = caller.invite_without_offer();
    network.say(&invite);
    let call = network.await_incoming(0);
    assert_eq!(network.phones[0].described(call), [(DescriptionKind::OfferWanted, false)]);
    assert!(!network.phones[0].incoming().unwrap().has_offer);
    network.answer(0, call);
    let ok = network.hear("SIP/2.0 200");
    assert_eq!(ok.body().as_bytes(), ANSWER);
    caller.enter(&ok);
    let ack = caller.ack("v=0 answer of alice");
    network.say(&ack);
    network.run(SECOND);
    let last = network.phones[0].descriptions.last().unwrap();
    assert_eq!(last.kind, DescriptionKind::Answer);
    assert_eq!(last.body.as_ref().unwrap().data, "v=0 answer of alice");
    assert!(network.phones[0].is_confirmed(call));
}

/// RFC 3261 13.2.1: an answer that never came makes the offer void, so that the next one can be made.
#[test]
fn an_ack_without_the_owed_answer_takes_our_offer_back() {
    let mut network = Network::single();
    let mut caller = Caller::new("mute");
    network.say(&caller.invite_without_offer());
    let call = network.await_incoming(0);
    network.answer(0, call);
    let ok = network.hear("SIP/2.0 200");
    caller.enter(&ok);
    network.say(&caller.ack(""));
    network.run(SECOND);
    let kinds = [(DescriptionKind::OfferWanted, false), (DescriptionKind::Rollback, false)];
    assert_eq!(network.phones[0].described(call), kinds);
    assert!(network.phones[0].is_confirmed(call));
}

/// The same of a call of ours: a preview in a 183 counts, and nothing at all is taken back.
#[test]
fn a_200_without_the_owed_answer_takes_our_offer_back_unless_a_183_had_it() {
    for (preview, last) in [("", DescriptionKind::Rollback), ("v=0", DescriptionKind::Answer)] {
        let mut network = Network::single();
        let (invite, call) = network.calling();
        network.say(&invite.reply("183 Session Progress", "b", &[CONTACT, SDP], preview));
        network.say(&invite.reply("200 OK", "b", &[CONTACT], ""));
        network.hear("ACK");
        let described = network.phones[0].described(call);
        assert_eq!(described.len(), 1);
        assert_eq!(described[0].0, last);
    }
}

#[test]
fn early_media_is_repeated_in_the_200() {
    let (mut network, _, call) = ringing();
    let description = Some(Body::sdp("v=0 early"));
    network.command(0, Command::Progress { call, description, headers: Vec::new() }).unwrap();
    let progress = network.hear("SIP/2.0 183");
    assert_eq!(progress.body(), "v=0 early");
    assert!(!progress.tag("To").is_empty());
    let answer = Command::Answer { call, code: 200, description: None, headers: Vec::new() };
    network.command(0, answer).unwrap();
    let ok = network.hear("SIP/2.0 200");
    assert_eq!(ok.body(), "v=0 early");
    assert_eq!(ok.tag("To"), progress.tag("To"));
}

/// RFC 3261 13.3.1.1: so that no proxy gives up.
#[test]
fn a_provisional_response_is_repeated_each_minute() {
    let (mut network, _, call) = ringing();
    network.command(0, Command::Ring { call, headers: Vec::new() }).unwrap();
    network.run(150 * SECOND);
    let times: Vec<u64> =
        network.ladder.times("180 INVITE").iter().map(Duration::as_secs).collect();
    assert_eq!(times, [0, 60, 120]);
}

#[test]
fn a_call_nobody_answers_gets_480() {
    let (mut network, _, call) = ringing();
    network.command(0, Command::Ignore { call }).unwrap();
    network.hear("SIP/2.0 100");
    network.hear("SIP/2.0 480");
    assert_eq!(network.elapsed().as_secs(), 180);
    let ended = network.phones[0].ends(call);
    assert_eq!((ended[0].by, ended[0].failure), (EndedBy::Timeout, Some(Failure::NoAnswer)));
}

/// RFC 3261 13.3.1.
#[test]
fn the_expires_of_an_invite_ends_it_with_487() {
    let mut network = Network::single();
    let mut caller = Caller::new("expires");
    let invite = caller.invite().replace("Max-Forwards", "Expires: 20\r\nMax-Forwards");
    network.say(&invite);
    let call = network.await_incoming(0);
    network.hear("SIP/2.0 487");
    assert_eq!(network.elapsed().as_secs(), 20);
    assert_eq!(network.phones[0].ends(call)[0].failure, Some(Failure::NoAnswer));
}

/// RFC 3261 15.1.2: a BYE in the early dialog ends the INVITE too.
#[test]
fn a_bye_before_the_answer_ends_the_call() {
    let (mut network, mut caller, call) = ringing();
    network.command(0, Command::Ring { call, headers: Vec::new() }).unwrap();
    let ringing = network.hear("SIP/2.0 180");
    caller.enter(&ringing);
    let bye = caller.request("BYE", &[], "");
    network.say(&bye);
    assert!(network.hear("SIP/2.0 200").header("CSeq").ends_with("BYE"));
    network.hear("SIP/2.0 487");
    assert_eq!(network.phones[0].ends(call)[0].failure, Some(Failure::Cancelled));
}

#[test]
fn a_redirect_lists_its_targets_by_preference() {
    let (mut network, _, call) = ringing();
    let targets =
        vec![network::phone::uri("sip:a@example.com"), network::phone::uri("sip:b@example.com")];
    network.command(0, Command::Redirect { call, targets }).unwrap();
    let moved = network.hear("SIP/2.0 302");
    assert_eq!(
        moved.headers("Contact"),
        ["<sip:a@example.com>;q=1.000", "<sip:b@example.com>;q=0.500"]
    );
}

/// The answer carries what a UAC needs for the dialog (RFC 3261 12.1.1).
#[test]
fn the_200_copies_routes_and_names_contact_and_allow() {
    let mut network = Network::single();
    let mut caller = Caller::new("routes");
    let invite = caller.invite().replace(
        "Max-Forwards",
        "Record-Route: <sip:10.0.9.9;lr>, <sip:p2.example.com;lr>\r\nMax-Forwards",
    );
    network.say(&invite);
    let call = network.await_incoming(0);
    network.answer(0, call);
    let ok = network.hear("SIP/2.0 200");
    assert_eq!(ok.headers("Record-Route"), ["<sip:10.0.9.9;lr>, <sip:p2.example.com;lr>"]);
    assert_eq!(ok.header("Contact"), "<sip:phone0@10.0.0.1:5060>");
    assert!(ok.header("Allow").contains("INVITE, ACK, CANCEL, BYE"));
}

#[test]
fn the_incoming_call_tells_who_calls_whom() {
    let (network, _, call) = ringing();
    let incoming = network.phones[0].incoming().unwrap();
    assert_eq!(incoming.call, call);
    assert_eq!(incoming.remote.display_name.as_deref(), Some("Alice"));
    assert_eq!(incoming.remote.uri.as_str(), "sip:alice@example.com");
    assert_eq!(incoming.local.uri.as_str(), "sip:phone0@10.0.0.1:5060");
    assert_eq!(&*incoming.sip_call_id, "ringing");
}
