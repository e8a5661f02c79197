//! Where the messages of a call go: accounts, servers, route sets, targets (RFC 3261 8.1.2, 12.2.1.1).
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod network;

use std::net::SocketAddr;
use std::time::Duration;

use network::Network;
use network::caller::{CONTACT, Caller, SDP};
use network::phone::uri;
use network::script::Text;
use sipua_core::event::{
    AccountSettings, Body, CallId, Command, CommandError, Dial, EndedBy, Failure, Party,
};

const SECOND: Duration = Duration::from_secs(1);

fn at(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn dial(network: &mut Network, settings: AccountSettings, target: &str) -> CallId {
    let account = network.add_account(0, settings);
    let call = CallId(2);
    let dial = Box::new(Dial::new(Some(account), uri(target), Some(Body::sdp("v=0"))));
    network.command(0, Command::Dial { call, dial }).unwrap();
    call
}

/// 12.2.1.1: loose routers stay in Route, the target in the Request-URI; 12.1.2: reversed.
#[test]
fn a_loose_route_set_is_followed() {
    let mut network = Network::single();
    let (invite, call) = network.calling();
    let routes = "Record-Route: <sip:10.0.9.9:5060;lr;n=2>, <sip:10.0.8.8:5070;lr;n=1>";
    let contact = "Contact: <sip:bob@10.0.7.7:5080>";
    network.say(&invite.reply("200 OK", "b", &[routes, contact, SDP], "v=0"));
    let ack = network.hear_at(at("10.0.8.8:5070"), "ACK");
    assert_eq!(ack.first_line(), "ACK sip:bob@10.0.7.7:5080 SIP/2.0");
    let set = ["<sip:10.0.8.8:5070;lr;n=1>", "<sip:10.0.9.9:5060;lr;n=2>"];
    assert_eq!(ack.headers("Route"), set);
    network.hangup(0, call);
    let bye = network.hear_at(at("10.0.8.8:5070"), "BYE");
    assert_eq!(bye.headers("Route"), set);
}

/// 12.2.1.1: a strict router is put into the Request-URI, the target last.
#[test]
fn a_strict_route_set_is_followed() {
    let mut network = Network::single();
    let (invite, _) = network.calling();
    let routes = "Record-Route: <sip:10.0.9.9:5060;lr>, <sip:10.0.8.8:5070;x=1>";
    let contact = "Contact: <sip:bob@10.0.7.7:5080>";
    network.say(&invite.reply("200 OK", "b", &[routes, contact, SDP], "v=0"));
    let ack = network.hear_at(at("10.0.8.8:5070"), "ACK");
    assert_eq!(ack.first_line(), "ACK sip:10.0.8.8:5070;x=1 SIP/2.0");
    assert_eq!(ack.headers("Route"), ["<sip:10.0.9.9:5060;lr>", "<sip:bob@10.0.7.7:5080>"]);
}

/// 12.1.1: for an incoming call the route set stands as it came.
#[test]
fn an_incoming_calls_route_set_stands_as_it_came() {
    let mut network = Network::single();
    let mut caller = Caller::new("routed");
    let routes =
        "Record-Route: <sip:10.0.8.8:5070;lr>\r\nRecord-Route: <sip:10.0.9.9;lr>\r\nMax-Forwards";
    network.say(&caller.invite().replace("Max-Forwards", routes));
    let call = network.await_incoming(0);
    network.answer(0, call);
    caller.enter(&network.hear("SIP/2.0 200"));
    let ack = caller.ack("");
    network.say(&ack);
    network.run(SECOND);
    network.hangup(0, call);
    let bye = network.hear_at(at("10.0.8.8:5070"), "BYE");
    assert_eq!(bye.first_line(), "BYE sip:alice@10.0.9.9:5060 SIP/2.0");
    assert_eq!(bye.headers("Route"), ["<sip:10.0.8.8:5070;lr>", "<sip:10.0.9.9;lr>"]);
    assert_eq!(bye.header("To"), "\"Alice\" <sip:alice@example.com>;tag=alice");
}

/// 12.1.1, 12.1.2: peers of RFC 2543 have no tags.
#[test]
fn peers_without_tags_can_be_called_and_call() {
    let mut network = Network::single();
    let (invite, call) = network.calling();
    network.say(&invite.reply("200 OK", "", &[CONTACT, SDP], "v=0"));
    let ack = network.hear("ACK");
    assert_eq!(ack.header("To"), "<sip:bob@10.0.9.9>");
    let mut callee = Caller::new("old");
    callee.from = "<sip:bob@10.0.9.9>".to_owned();
    callee.to = invite.header("From").to_owned();
    let bye = callee
        .request("BYE", &[], "")
        .replace("Call-ID: old", &format!("Call-ID: {}", invite.header("Call-ID")));
    network.say(&bye);
    network.hear("SIP/2.0 200");
    assert_eq!(network.phones[0].ends(call)[0].by, EndedBy::Remote);

    let mut caller = Caller::new("older");
    caller.from = "<sip:alice@10.0.9.9>".to_owned();
    network.say(&caller.invite());
    let call = network.await_incoming(0);
    network.answer(0, call);
    let ok = loop {
        let answer = network.hear("SIP/2.0 200");
        if answer.header("CSeq").ends_with("INVITE") {
            break answer;
        }
    };
    caller.enter(&ok);
    let ack = caller.ack("");
    network.say(&ack);
    network.run(SECOND);
    assert!(network.phones[0].is_confirmed(call));
}

/// A request with another tag of the peer is of another dialog.
#[test]
fn another_tag_is_another_dialog() {
    let mut network = Network::single();
    let (mut caller, call) = network.called();
    caller.from = "<sip:alice@example.com>;tag=mallory".to_owned();
    network.say(&caller.request("BYE", &[], ""));
    network.hear("SIP/2.0 481");
    assert!(network.phones[0].ends(call).is_empty());
}

#[test]
fn an_accounts_server_is_the_next_hop_and_its_proxy_a_route() {
    let mut network = Network::single();
    let mut settings = AccountSettings::new(uri("sip:alice@example.com"));
    settings.servers = vec![uri("sip:10.0.8.8:5070")];
    settings.display_name = Some("Alice \"A\"".to_owned());
    dial(&mut network, settings, "sip:bob@example.com");
    let invite = network.hear_at(at("10.0.8.8:5070"), "INVITE");
    assert_eq!(invite.first_line(), "INVITE sip:bob@example.com SIP/2.0");
    assert!(invite.headers("Route").is_empty());
    assert!(invite.header("From").starts_with("\"Alice \\\"A\\\"\" <sip:alice@example.com>;tag="));
    assert_eq!(invite.header("Contact"), "<sip:alice@10.0.0.1:5060>");

    let mut network = Network::single();
    let mut settings = AccountSettings::new(uri("sip:alice@example.com"));
    settings.outbound_proxy = vec![uri("sip:10.0.8.8:5070"), uri("sip:p2.example.com;lr")];
    dial(&mut network, settings, "sip:bob@example.com");
    let invite = network.hear_at(at("10.0.8.8:5070"), "INVITE");
    assert_eq!(invite.headers("Route"), ["<sip:10.0.8.8:5070;lr>", "<sip:p2.example.com;lr>"]);
}

/// RFC 3263 4.3: the next server when one is silent, refuses to talk, or is overloaded.
#[test]
fn the_next_server_is_tried() {
    let mut network = Network::single();
    let mut settings = AccountSettings::new(uri("sip:alice@example.com"));
    settings.servers = vec![uri("sip:10.0.8.8"), uri("sip:unknown.example"), uri("sip:10.0.9.9")];
    let call = dial(&mut network, settings, "sip:bob@example.com");
    let first = network.hear_at(at("10.0.8.8:5060"), "INVITE");
    let second = network.hear("INVITE");
    assert_eq!(network.elapsed().as_secs(), 32);
    assert_ne!(first.branch(), second.branch());
    network.say(&second.reply("503 Service Unavailable", "s", &["Retry-After: 5"], ""));
    network.run(SECOND);
    let ended = network.phones[0].ends(call);
    assert_eq!((ended[0].code, ended[0].failure), (503, Some(Failure::Limit)));
    network.assert_nothing_retained();
}

#[test]
fn a_target_that_cannot_be_found_or_reached_fails_at_once() {
    let mut network = Network::single();
    let call = CallId(2);
    let target = uri("sip:bob@unknown.example");
    let dial = Box::new(Dial::new(None, target, None));
    network.command(0, Command::Dial { call, dial }).unwrap();
    let ended = network.phones[0].ends(call);
    assert_eq!((ended[0].by, ended[0].failure), (EndedBy::Network, Some(Failure::TransportFailed)));
    for target in ["tel:+49301234", "mailto:bob@example.com"] {
        let dial = Box::new(Dial::new(None, uri(target), None));
        let refused = network.command(0, Command::Dial { call: CallId(4), dial });
        assert_eq!(refused, Err(CommandError::UnsupportedTarget(uri(target))));
    }
    network.assert_nothing_retained();
}

#[test]
fn a_telephone_number_goes_to_the_accounts_server() {
    let mut network = Network::single();
    dial(&mut network, AccountSettings::new(uri("sip:alice@10.0.9.9")), "tel:+49301234");
    let invite = network.hear("INVITE");
    assert_eq!(invite.first_line(), "INVITE tel:+49301234 SIP/2.0");
    assert_eq!(invite.header("To"), "<tel:+49301234>");
}

#[test]
fn an_incoming_call_is_matched_to_its_account() {
    for (target, to, matched) in [
        ("sip:alice@example.com", "sip:x@y", true),
        ("sip:alice@10.0.0.1:5060", "sip:x@y", true),
        ("sip:10.0.0.1", "sip:alice@example.com", true),
        ("sip:bob@10.0.0.1", "sip:bob@example.com", false),
        ("sip:alice@other.example", "sip:x@y", false),
    ] {
        let mut network = Network::single();
        let account = network.add_account(0, AccountSettings::new(uri("sip:alice@example.com")));
        let mut caller = Caller::new("matched");
        caller.target = target.to_owned();
        caller.to = format!("<{to}>");
        network.say(&caller.invite());
        network.await_incoming(0);
        let found = network.phones[0].incoming().unwrap().account;
        assert_eq!(found, matched.then_some(account), "{target} {to}");
    }
}

#[test]
fn an_identity_and_headers_of_ones_own_are_sent() {
    let mut network = Network::single();
    let mut dial = Dial::new(None, uri("sip:bob@10.0.9.9?Subject=x"), None);
    dial.from = Some(Party::new(uri("sip:+49301234@example.com")));
    dial.headers = vec![(sipua_core::message::HeaderName::Subject, "hello".into())];
    dial.ring_timeout = Some(20 * SECOND);
    let dial = Box::new(dial);
    network.command(0, Command::Dial { call: CallId(2), dial }).unwrap();
    let invite: Text = network.hear("INVITE");
    assert_eq!(invite.first_line(), "INVITE sip:bob@10.0.9.9 SIP/2.0");
    assert!(invite.header("From").starts_with("<sip:+49301234@example.com>;tag="));
    assert_eq!(invite.header("Subject"), "hello");
    assert_eq!(invite.header("Expires"), "20");
    network.say(&invite.reply("180 Ringing", "b", &[CONTACT], ""));
    network.hear("CANCEL");
    assert_eq!(network.elapsed().as_secs(), 20);
    let ended = network.phones[0].ends(CallId(2));
    assert_eq!((ended[0].by, ended[0].failure), (EndedBy::Timeout, Some(Failure::NoAnswer)));
}

#[test]
fn headers_of_the_core_and_line_breaks_are_refused() {
    use sipua_core::message::HeaderName;
    let mut network = Network::single();
    for (name, value) in
        [(HeaderName::Via, "x"), (HeaderName::Contact, "x"), (HeaderName::Subject, "a\r\nVia: b")]
    {
        let mut dial = Dial::new(None, uri("sip:bob@10.0.9.9"), None);
        dial.headers = vec![(name, value.into())];
        let dial = Box::new(dial);
        assert!(network.command(0, Command::Dial { call: CallId(2), dial }).is_err());
    }
    network.assert_nothing_retained();
}

/// A peer behind NAT tells an address that only its own network knows.
#[test]
fn a_private_contact_of_a_public_peer_is_answered_at_its_source() {
    use bytes::Bytes;
    let mut network = Network::single();
    let (phone, nat) = (network.phones[0].address, at("203.0.113.5:40000"));
    let mut caller = Caller::new("nat");
    let invite = caller
        .invite()
        .replace("Contact: <sip:alice@10.0.9.9:5060>", "Contact: <sip:alice@192.168.1.7:5062>");
    let invite = invite.replace(";branch", ";rport;branch");
    network.send(nat, phone, Bytes::from(invite));
    let call = network.await_incoming(0);
    network.answer(0, call);
    caller.enter(&network.hear_at(nat, "SIP/2.0 200"));
    let ack = caller.ack("");
    network.send(nat, phone, Bytes::from(ack));
    network.run(SECOND);
    network.hangup(0, call);
    let bye = network.hear_at(nat, "BYE");
    assert_eq!(bye.first_line(), "BYE sip:alice@192.168.1.7:5062 SIP/2.0");
}

/// 13.2.2.4: a 2xx has made a call at the other side even if its routes are no use to us: it is
/// acknowledged and ended, and what else is wrong with it does not matter.
#[test]
fn a_200_that_makes_no_dialog_is_acknowledged_and_ended() {
    let many = "Record-Route: <sip:10.0.9.9;lr>\r\n".repeat(40);
    for routes in [many.trim_end(), "Record-Route: <sip:10.0.9.9;lr>, nonsense:\r\nDate: now"] {
        let mut network = Network::single();
        let (invite, call) = network.calling();
        network.say(&invite.reply("200 OK", "b", &[CONTACT, SDP, routes], "v=0 bob"));
        assert!(network.hear("ACK").header("Route").starts_with("<sip:10.0.9.9;lr>"));
        let bye = network.hear("BYE");
        assert_eq!(bye.tag("To"), "b");
        network.say(&bye.reply("200 OK", "", &[], ""));
        network.run(SECOND);
        assert_eq!(network.phones[0].ends(call)[0].failure, Some(Failure::Unreachable));
        network.assert_nothing_retained();
    }
}

#[test]
fn a_cosmetic_fault_does_not_cost_a_response() {
    let mut network = Network::single();
    let (invite, call) = network.calling();
    let odd =
        ["Contact: <<>", "Supported: a b", "Retry-After: soon", "Content-Type: application/sdp"];
    network.say(&invite.reply("200", "b", &odd, "v=0 bob"));
    network.hear("ACK");
    assert!(network.phones[0].is_confirmed(call));
}
