//! Re-INVITEs of both sides: hold, resume, glare, refusal (RFC 3261 14).
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod network;

use std::time::Duration;

use network::Network;
use network::caller::{CONTACT, SDP};
use sipua_core::endpoint::CallState;
use sipua_core::event::{
    Body, CallId, Command, CommandError, DescriptionKind, EndedBy, Event, Failure,
};

const SECOND: Duration = Duration::from_secs(1);
const HOLD: &str = "v=0 sendonly";

fn hold(network: &mut Network, call: CallId) {
    let description = Some(Body::sdp(HOLD));
    network.command(0, Command::Reinvite { call, description }).unwrap();
}

fn failures(network: &Network) -> Vec<(u16, bool)> {
    let of = |event: &Event| match event {
        Event::ModificationFailed { code, by_remote, .. } => Some((*code, *by_remote)),
        _ => None,
    };
    network.phones[0].events.iter().filter_map(of).collect()
}

fn modified(network: &Network) -> usize {
    network.phones[0].events.iter().filter(|e| matches!(e, Event::CallModified { .. })).count()
}

#[test]
fn hold_and_resume_are_offers_in_the_dialog() {
    let mut network = Network::single();
    let (invite, call) = network.calls();
    hold(&mut network, call);
    assert_eq!(network.phones[0].endpoint.call_state(call), Some(CallState::Modifying));
    let again = network.hear("INVITE");
    assert_eq!(again.body(), HOLD);
    assert_eq!(again.header("Call-ID"), invite.header("Call-ID"));
    assert_eq!(again.tag("To"), "b");
    assert_eq!(again.header("Contact"), invite.header("Contact"));
    // RFC 3261 12.2.1.2: the 2xx refreshes the target.
    let moved = "Contact: <sip:bob@10.0.9.9:5060;moved>";
    network.say(&again.reply("200 OK", "", &[moved, SDP], "v=0 recvonly"));
    let ack = network.hear("ACK");
    assert_eq!(ack.first_line(), "ACK sip:bob@10.0.9.9:5060;moved SIP/2.0");
    assert_eq!(ack.header("CSeq"), again.header("CSeq").replace("INVITE", "ACK"));
    let last = network.phones[0].descriptions.last().unwrap();
    assert_eq!((last.kind, last.early), (DescriptionKind::Answer, false));
    assert_eq!(modified(&network), 1);
    network.hangup(0, call);
    let bye = network.hear("BYE");
    network.say(&bye.reply("200 OK", "", &[], ""));
    network.assert_nothing_retained();
}

#[test]
fn the_peer_may_hold_and_resume() {
    let mut network = Network::single();
    let (mut caller, call) = network.called();
    for offer in ["v=0 sendonly", "v=0 sendrecv"] {
        let again = caller.request("INVITE", &["Contact: <sip:alice@10.0.9.9:7000>", SDP], offer);
        network.say(&again);
        network.run(SECOND);
        let last = network.phones[0].descriptions.last().unwrap();
        assert_eq!(last.kind, DescriptionKind::Offer);
        assert_eq!(last.body.as_ref().unwrap().data, offer);
        let description = Body::sdp("v=0 answer");
        network.command(0, Command::AnswerOffer { call, description }).unwrap();
        let ok = network.hear("SIP/2.0 200");
        assert_eq!(ok.body(), "v=0 answer");
        assert!(ok.header("Contact").starts_with("<sip:phone0@"));
        let ack = caller.ack("");
        network.say(&ack);
        network.run(SECOND);
    }
    assert_eq!(modified(&network), 2);
    assert_eq!(network.phones[0].endpoint.call_state(call), Some(CallState::Confirmed));
    // The new Contact is where our requests go.
    network.hangup(0, call);
    let bye = network.hear_at("10.0.9.9:7000".parse().unwrap(), "BYE");
    assert_eq!(bye.first_line(), "BYE sip:alice@10.0.9.9:7000 SIP/2.0");
}

#[test]
fn a_refused_reinvite_leaves_the_session_as_it_was() {
    let mut network = Network::single();
    let (_, call) = network.calls();
    hold(&mut network, call);
    let again = network.hear("INVITE");
    network.say(&again.reply("488 Not Acceptable Here", "", &[], ""));
    network.hear("ACK");
    assert_eq!(failures(&network), [(488, false)]);
    assert_eq!(network.phones[0].descriptions.last().unwrap().kind, DescriptionKind::Rollback);
    assert_eq!(network.phones[0].endpoint.call_state(call), Some(CallState::Confirmed));
    hold(&mut network, call);
    network.hear("INVITE");
}

/// RFC 3261 12.2.1.2.
#[test]
fn a_reinvite_refused_with_481_or_408_or_silence_ends_the_call() {
    for status in [Some("481 Gone"), Some("408 Timeout"), None] {
        let mut network = Network::single();
        let (_, call) = network.calls();
        hold(&mut network, call);
        let again = network.hear("INVITE");
        if let Some(status) = status {
            network.say(&again.reply(status, "", &[], ""));
        }
        let bye = network.hear("BYE");
        network.say(&bye.reply("200 OK", "", &[], ""));
        let ended = network.phones[0].ends(call);
        assert_eq!(ended.len(), 1);
        match status {
            Some(_) => assert_eq!(ended[0].by, EndedBy::Remote),
            None => assert_eq!(ended[0].failure, Some(Failure::Timeout)),
        }
        network.assert_nothing_retained();
    }
}

/// RFC 3261 14.1: the owner of the Call-ID waits 2.1 to 4 s.
#[test]
fn glare_is_waited_out_and_tried_again_with_a_new_offer() {
    let mut network = Network::single();
    let (_, call) = network.calls();
    hold(&mut network, call);
    let again = network.hear("INVITE");
    network.say(&again.reply("491 Request Pending", "", &[], ""));
    network.hear("ACK");
    let refused = network.elapsed();
    network.run_until(10 * SECOND, |n| {
        n.phones[0].descriptions.last().unwrap().kind == DescriptionKind::OfferWanted
    });
    let waited = network.elapsed() - refused;
    assert!((2090..=4000).contains(&waited.as_millis()), "{waited:?}");
    let kinds: Vec<_> =
        network.phones[0].descriptions.iter().rev().take(2).map(|d| d.kind).collect();
    assert_eq!(kinds, [DescriptionKind::OfferWanted, DescriptionKind::Rollback]);
    let description = Body::sdp("v=0 anew");
    network.command(0, Command::AnswerOffer { call, description }).unwrap();
    let third = network.hear("INVITE");
    assert_eq!(third.body(), "v=0 anew");
    network.say(&third.reply("200 OK", "", &[CONTACT, SDP], "v=0"));
    network.hear("ACK");
    assert_eq!(modified(&network), 1);
    assert!(failures(&network).is_empty());
}

/// RFC 3261 14.1: the other side waits up to 2 s.
#[test]
fn the_callee_waits_less_after_glare() {
    let mut network = Network::single();
    let (_, call) = network.called();
    let command = Command::Reinvite { call, description: None };
    network.command(0, command).unwrap();
    let again = network.hear("INVITE");
    assert_eq!(again.body(), "");
    network.say(&again.reply("491 Request Pending", "", &[], ""));
    network.hear("ACK");
    let refused = network.elapsed();
    // Without an offer of ours there is nothing to write anew.
    network.hear("INVITE");
    assert!(network.elapsed() - refused <= Duration::from_millis(2020));
}

#[test]
fn endless_glare_is_given_up() {
    let mut network = Network::single();
    let (_, call) = network.called();
    network.command(0, Command::Reinvite { call, description: None }).unwrap();
    for _ in 0..4 {
        let again = network.hear("INVITE");
        network.say(&again.reply("491 Request Pending", "", &[], ""));
        network.hear("ACK");
    }
    network.run(60 * SECOND);
    assert!(network.heard().is_empty());
    assert_eq!(failures(&network), [(491, false)]);
    assert!(network.phones[0].ends(call).is_empty());
}

/// RFC 3261 14.2.
#[test]
fn an_invite_that_meets_ours_gets_491_and_one_before_an_answer_500() {
    let mut network = Network::single();
    let (mut caller, call) = network.called();
    hold(&mut network, call);
    let ours = network.hear("INVITE");
    let theirs = caller.request("INVITE", &[CONTACT, SDP], "v=0");
    network.say(&theirs);
    network.hear("SIP/2.0 491");
    network.say(&ours.reply("200 OK", "", &[CONTACT, SDP], "v=0"));
    network.hear("ACK");
    let first = caller.request("INVITE", &[CONTACT, SDP], "v=0");
    network.say(&first);
    network.run(SECOND);
    let second = caller.request("INVITE", &[CONTACT, SDP], "v=0");
    network.say(&second);
    let refused = network.hear("SIP/2.0 500");
    let seconds: u32 = refused.header("Retry-After").parse().unwrap();
    assert!(seconds <= 10);
    assert!(network.phones[0].ends(call).is_empty());
}

#[test]
fn both_sides_modify_at_once_and_both_succeed() {
    let mut network = Network::pair();
    let (caller, callee) = network.established();
    for (phone, call) in [(0, caller), (1, callee)] {
        let description = Some(Body::sdp(HOLD));
        network.command(phone, Command::Reinvite { call, description }).unwrap();
    }
    let mut answered = [1, 1];
    let start = network.elapsed();
    while network.elapsed() - start < 15 * SECOND {
        network.run(SECOND / 100);
        for (phone, call) in [(0, caller), (1, callee)] {
            let descriptions = &network.phones[phone].descriptions;
            let asked = descriptions[answered[phone]..]
                .iter()
                .any(|d| matches!(d.kind, DescriptionKind::Offer | DescriptionKind::OfferWanted));
            answered[phone] = descriptions.len();
            if asked {
                let description = Body::sdp("v=0");
                network.command(phone, Command::AnswerOffer { call, description }).unwrap();
            }
        }
    }
    assert!(network.ladder.titles().iter().filter(|t| *t == "491 INVITE").count() >= 2);
    for phone in &network.phones {
        let changes: Vec<_> = phone
            .events
            .iter()
            .filter_map(|e| match e {
                Event::CallModified { by_remote, .. } => Some(*by_remote),
                _ => None,
            })
            .collect();
        assert!(
            changes.contains(&true) && changes.contains(&false),
            "{changes:?}\n{}",
            network.ladder
        );
    }
}

#[test]
fn an_offer_nobody_answers_gets_500_and_one_refused_its_code() {
    let mut network = Network::single();
    let (mut caller, call) = network.called();
    let again = caller.request("INVITE", &[CONTACT, SDP], "v=0");
    network.say(&again);
    let start = network.elapsed();
    network.hear("SIP/2.0 500");
    assert!(network.elapsed() - start >= 32 * SECOND);
    let again = caller.request("INVITE", &[CONTACT, SDP], "v=0");
    network.say(&again);
    network.run(SECOND);
    network.command(0, Command::RejectOffer { call, code: 488 }).unwrap();
    network.hear("SIP/2.0 488");
    assert_eq!(failures(&network), [(500, true), (488, true)]);
    assert!(network.phones[0].ends(call).is_empty());
}

#[test]
fn a_cancelled_reinvite_leaves_the_call() {
    let mut network = Network::single();
    let (mut caller, call) = network.called();
    let again = caller.request("INVITE", &[CONTACT, SDP], "v=0");
    network.say(&again);
    network.run(SECOND);
    network.say(
        &again
            .replace("INVITE", "CANCEL")
            .replace("v=0", "")
            .replace("Content-Length: 3", "Content-Length: 0"),
    );
    network.hear("SIP/2.0 487");
    assert_eq!(failures(&network), [(487, true)]);
    assert_eq!(network.phones[0].endpoint.call_state(call), Some(CallState::Confirmed));
}

/// RFC 3261 13.2.2.4, 14.1: a late offer of the peer, answered in our ACK.
#[test]
fn an_offer_in_a_200_is_answered_in_the_ack() {
    let mut network = Network::single();
    let (_, call) = network.calls();
    network.command(0, Command::Reinvite { call, description: None }).unwrap();
    let again = network.hear("INVITE");
    let ok = again.reply("200 OK", "", &[CONTACT, SDP], "v=0 their offer");
    network.say(&ok);
    network.run(SECOND / 2);
    assert_eq!(network.phones[0].descriptions.last().unwrap().kind, DescriptionKind::Offer);
    assert!(network.heard().is_empty(), "no ACK before the answer");
    network.command(0, Command::AnswerOffer { call, description: Body::sdp("v=0 ours") }).unwrap();
    let ack = network.hear("ACK");
    assert_eq!(ack.body(), "v=0 ours");
    network.say(&ok);
    assert_eq!(network.hear("ACK").0, ack.0);
    assert_eq!(modified(&network), 1);
}

#[test]
fn a_second_change_must_wait_for_the_first() {
    let mut network = Network::single();
    let (_, call) = network.calls();
    hold(&mut network, call);
    let refused = network.command(0, Command::Reinvite { call, description: None });
    assert_eq!(refused, Err(CommandError::WrongState { verb: "reinvite", state: "modifying" }));
}

/// A hang-up while our re-INVITE is on its way: its 200 is acknowledged, the dialog is gone.
#[test]
fn hanging_up_during_a_change_leaves_nothing() {
    let mut network = Network::single();
    let (_, call) = network.calls();
    hold(&mut network, call);
    let again = network.hear("INVITE");
    network.hangup(0, call);
    let bye = network.hear("BYE");
    network.say(&bye.reply("200 OK", "", &[], ""));
    network.say(&again.reply("200 OK", "", &[CONTACT, SDP], "v=0"));
    network.hear("ACK");
    network.assert_nothing_retained();
}

/// RFC 3261 15.1.2: requests that wait for an answer get 487.
#[test]
fn a_bye_during_their_change_answers_it_with_487() {
    let mut network = Network::single();
    let (mut caller, call) = network.called();
    let again = caller.request("INVITE", &[CONTACT, SDP], "v=0");
    network.say(&again);
    network.run(SECOND / 10);
    let bye = caller.request("BYE", &[], "");
    network.say(&bye);
    let mut answers: Vec<String> = Vec::new();
    while answers.len() < 2 {
        let answer = network.hear("SIP/2.0 ");
        if !answer.first_line().contains("100") {
            answers.push(format!("{} {}", answer.first_line(), answer.header("CSeq")));
        }
    }
    answers.sort();
    assert!(answers[0].contains("200 OK") && answers[0].ends_with("BYE"), "{answers:?}");
    assert!(answers[1].contains("487") && answers[1].ends_with("INVITE"), "{answers:?}");
    assert_eq!(network.phones[0].ends(call).len(), 1);
}

/// RFC 3261 20.15: what is no description is neither offer nor answer, and changes nothing.
#[test]
fn a_body_of_another_kind_in_a_2xx_or_ack_is_no_description() {
    let mut network = Network::single();
    let (invite, call) = network.calling();
    network.say(&invite.reply("183 Progress", "b", &[CONTACT, "Content-Type: text/html"], "<p>"));
    network.say(&invite.reply("200 OK", "b", &[CONTACT, SDP], "v=0 bob"));
    network.hear("ACK");
    hold(&mut network, call);
    let again = network.hear("INVITE");
    network.say(&again.reply("200 OK", "", &[CONTACT, "Content-Type: text/plain"], "fine"));
    network.hear("ACK");
    let kinds = [(DescriptionKind::Answer, false), (DescriptionKind::Rollback, false)];
    assert_eq!(network.phones[0].described(call), kinds);
}
