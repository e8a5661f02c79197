//! An INVITE that reaches several phones (RFC 3261 13.2.2.4, 16.7).
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod network;

use std::time::Duration;

use network::Network;
use network::caller::{CONTACT, SDP};
use sipua_core::event::{DescriptionKind, Event};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn each_branch_has_its_own_early_dialog_and_media() {
    let mut network = Network::single();
    let (invite, call) = network.calling();
    network.say(&invite.reply("183 Session Progress", "a", &[CONTACT, SDP], "v=0 a"));
    network.say(&invite.reply("180 Ringing", "b", &[CONTACT], ""));
    network.say(&invite.reply("183 Session Progress", "b", &[CONTACT, SDP], "v=0 b"));
    network.run(SECOND);
    assert_eq!(network.phones[0].endpoint.footprint().dialogs, 2);
    let forks: Vec<_> = network.phones[0].descriptions.iter().map(|d| (d.fork, d.early)).collect();
    assert_eq!(forks, [(0, true), (1, true)]);
    network.say(&invite.reply("200 OK", "b", &[CONTACT, SDP], "v=0 b"));
    network.hear("ACK");
    let answered = network.phones[0].events.iter().find_map(|event| match event {
        Event::CallAnswered(info) => Some(info.fork),
        _ => None,
    });
    assert_eq!(answered, Some(1));
    let last = network.phones[0].descriptions.last().unwrap();
    assert_eq!((last.kind, last.fork, last.early), (DescriptionKind::Answer, 1, false));
    assert_eq!(network.phones[0].endpoint.footprint().dialogs, 1);
    assert!(network.phones[0].is_confirmed(call));
}

#[test]
fn every_other_200_is_acknowledged_and_its_branch_ended() {
    let mut network = Network::single();
    let (invite, call) = network.calls();
    for tag in ["c", "d"] {
        network.say(&invite.reply("200 OK", tag, &[CONTACT, SDP], "v=0"));
        assert_eq!(network.hear("ACK").tag("To"), tag);
        let bye = network.hear("BYE");
        assert_eq!(bye.tag("To"), tag);
        network.say(&bye.reply("200 OK", "", &[], ""));
    }
    // The chosen one lives on, and its 200 is acknowledged again.
    network.say(&invite.reply("200 OK", "b", &[CONTACT, SDP], "v=0"));
    assert_eq!(network.hear("ACK").tag("To"), "b");
    network.run(SECOND);
    assert!(network.phones[0].ends(call).is_empty());
    network.hangup(0, call);
    let bye = network.hear("BYE");
    assert_eq!(bye.tag("To"), "b");
    network.say(&bye.reply("200 OK", "", &[], ""));
    network.assert_nothing_retained();
}

/// RFC 3261 13.2.2.4: the ACK is the same for each repetition, body and all.
#[test]
fn a_repeated_200_gets_the_same_ack() {
    let mut network = Network::single();
    let (invite, _) = network.calling();
    let ok = invite.reply("200 OK", "b", &[CONTACT, SDP], "v=0");
    network.say(&ok);
    let first = network.hear("ACK");
    for _ in 0..3 {
        network.say(&ok);
        assert_eq!(network.hear("ACK").0, first.0);
    }
}

#[test]
fn a_branch_that_ends_the_call_while_another_answers_late_is_still_ended() {
    let mut network = Network::single();
    let (invite, call) = network.calls();
    network.hangup(0, call);
    let bye = network.hear("BYE");
    network.say(&bye.reply("200 OK", "", &[], ""));
    network.run(SECOND);
    network.say(&invite.reply("200 OK", "late", &[CONTACT, SDP], "v=0"));
    assert_eq!(network.hear("ACK").tag("To"), "late");
    let bye = network.hear("BYE");
    assert_eq!(bye.tag("To"), "late");
    network.say(&bye.reply("200 OK", "", &[], ""));
    assert_eq!(network.phones[0].ends(call).len(), 1);
    network.assert_nothing_retained();
}

#[test]
fn a_flood_of_branches_is_bounded() {
    let mut network = Network::single();
    let (invite, call) = network.calling();
    for number in 0..200 {
        network.say(&invite.reply("180 Ringing", &format!("t{number}"), &[CONTACT], ""));
    }
    network.run(SECOND);
    assert_eq!(network.phones[0].endpoint.footprint().dialogs, 32);
    for number in 0..200 {
        network.say(&invite.reply("200 OK", &format!("t{number}"), &[CONTACT], ""));
    }
    network.run(SECOND);
    assert!(network.phones[0].endpoint.footprint().dialogs <= 17);
    assert!(network.phones[0].is_answered(call));
}
