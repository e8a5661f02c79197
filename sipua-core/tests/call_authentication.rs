//! Digest challenges of calls and their requests (RFC 3261 22, RFC 8760).
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod network;

use std::time::Duration;

use network::Network;
use network::caller::{CONTACT, SDP};
use network::phone::uri;
use sipua_core::auth::Credentials;
use sipua_core::event::{AccountSettings, Body, CallId, Command, Dial, Failure};

const SECOND: Duration = Duration::from_secs(1);
const WWW: &str = "WWW-Authenticate: Digest realm=\"r\", nonce=\"one\", qop=\"auth\"";

fn dial(network: &mut Network) -> CallId {
    let mut settings = AccountSettings::new(uri("sip:alice@10.0.9.9"));
    settings.credentials = Some(Credentials::password("alice", "secret"));
    let account = network.add_account(0, settings);
    let call = CallId(2);
    let target = uri("sip:bob@10.0.9.9");
    let dial = Box::new(Dial::new(Some(account), target, Some(Body::sdp("v=0"))));
    network.command(0, Command::Dial { call, dial }).unwrap();
    call
}

fn cseq(line: &str) -> u32 {
    line.split(' ').next().unwrap().parse().unwrap()
}

/// RFC 3261 22.2, 8.1.3.5: the same Call-ID, From, To; the next CSeq; a new branch.
#[test]
fn a_challenged_invite_is_sent_again_with_credentials() {
    let mut network = Network::single();
    let call = dial(&mut network);
    let first = network.hear("INVITE");
    assert!(first.headers("Authorization").is_empty());
    network.say(&first.reply("401 Unauthorized", "x", &[WWW], ""));
    network.hear("ACK");
    let second = network.hear("INVITE");
    for header in ["Call-ID", "From", "To"] {
        assert_eq!(first.header(header), second.header(header));
    }
    assert_eq!(cseq(second.header("CSeq")), cseq(first.header("CSeq")) + 1);
    assert_ne!(first.branch(), second.branch());
    let credentials = second.header("Authorization");
    assert!(credentials.contains("username=\"alice\"") && credentials.contains("nonce=\"one\""));
    assert!(
        credentials.contains("nc=00000001") && credentials.contains("uri=\"sip:bob@10.0.9.9\"")
    );
    // A proxy on the way asks too, with two algorithms.
    let sha =
        "Proxy-Authenticate: Digest realm=\"p\", nonce=\"two\", algorithm=SHA-256, qop=\"auth\"";
    let md5 = "Proxy-Authenticate: Digest realm=\"p\", nonce=\"two\", algorithm=MD5, qop=\"auth\"";
    network.say(&second.reply("407 Proxy Authentication Required", "y", &[sha, md5], ""));
    network.hear("ACK");
    let third = network.hear("INVITE");
    assert!(third.header("Authorization").contains("nonce=\"one\""));
    assert!(third.header("Proxy-Authorization").contains("algorithm=SHA-256"));
    // RFC 3261 13.2.2.4: the ACK has the same credentials.
    network.say(&third.reply("200 OK", "b", &[CONTACT, SDP], "v=0"));
    let ack = network.hear("ACK");
    assert_eq!(ack.header("Authorization"), third.header("Authorization"));
    assert_eq!(ack.header("Proxy-Authorization"), third.header("Proxy-Authorization"));
    assert_eq!(cseq(ack.header("CSeq")), cseq(third.header("CSeq")));
    // A BYE may be challenged as well.
    network.hangup(0, call);
    let bye = network.hear("BYE");
    network.say(&bye.reply("401 Unauthorized", "", &[WWW], ""));
    let again = network.hear("BYE");
    assert!(again.header("Authorization").contains("alice"));
    assert_eq!(cseq(again.header("CSeq")), cseq(bye.header("CSeq")) + 1);
    network.say(&again.reply("200 OK", "", &[], ""));
    network.assert_nothing_retained();
}

#[test]
fn a_wrong_password_is_not_tried_twice() {
    let mut network = Network::single();
    let call = dial(&mut network);
    let first = network.hear("INVITE");
    network.say(&first.reply("401 Unauthorized", "x", &[WWW], ""));
    network.hear("ACK");
    let second = network.hear("INVITE");
    let again = WWW.replace("one", "two");
    network.say(&second.reply("401 Unauthorized", "x", &[&again], ""));
    network.hear("ACK");
    network.run(60 * SECOND);
    assert!(network.heard().is_empty());
    let ended = network.phones[0].ends(call);
    assert_eq!((ended[0].code, ended[0].failure), (401, Some(Failure::AuthenticationFailed)));
    network.assert_nothing_retained();
}

/// RFC 7616 3.3: stale means that only the nonce was wrong.
#[test]
fn a_stale_nonce_is_replaced_but_not_for_ever() {
    let mut network = Network::single();
    let call = dial(&mut network);
    let mut rounds = 0;
    loop {
        let invite = network.hear("INVITE");
        rounds += 1;
        let challenge =
            format!("WWW-Authenticate: Digest realm=\"r\", nonce=\"n{rounds}\", stale=true");
        network.say(&invite.reply("401 Unauthorized", "x", &[&challenge], ""));
        network.hear("ACK");
        network.run(SECOND);
        if !network.phones[0].ends(call).is_empty() {
            break;
        }
        assert!(rounds < 20, "a server that always says stale is a loop");
    }
    assert!(rounds > 2);
}

#[test]
fn without_credentials_or_with_an_unknown_scheme_the_call_fails() {
    let mut network = Network::single();
    let (invite, call) = network.calling();
    network.say(&invite.reply("401 Unauthorized", "x", &[WWW], ""));
    network.run(SECOND);
    assert_eq!(network.phones[0].ends(call)[0].failure, Some(Failure::AuthenticationFailed));

    let mut network = Network::single();
    let call = dial(&mut network);
    let invite = network.hear("INVITE");
    let challenge = "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", algorithm=SHA-9";
    network.say(&invite.reply("401 Unauthorized", "x", &[challenge], ""));
    network.run(SECOND);
    assert_eq!(network.phones[0].ends(call)[0].failure, Some(Failure::AuthenticationFailed));
}

/// A challenge of a re-INVITE takes the next number of the dialog, past a request in between.
#[test]
fn numbers_rise_past_requests_in_between() {
    let mut network = Network::single();
    let call = dial(&mut network);
    let invite = network.hear("INVITE");
    network.say(&invite.reply("200 OK", "b", &[CONTACT, SDP], "v=0"));
    network.hear("ACK");
    let description = Some(Body::sdp("v=0"));
    network.command(0, Command::Reinvite { call, description }).unwrap();
    let again = network.hear("INVITE");
    let (id, request) = (sipua_core::event::RequestId(1), info());
    network.command(0, Command::CallRequest { call, id, request }).unwrap();
    let info = network.hear("INFO");
    network.say(&again.reply("401 Unauthorized", "", &[WWW], ""));
    network.hear("ACK");
    let third = network.hear("INVITE");
    let numbers = [&again, &info, &third].map(|message| cseq(message.header("CSeq")));
    assert_eq!(numbers, [numbers[0], numbers[0] + 1, numbers[0] + 2]);
    assert!(third.header("Authorization").contains("alice"));
}

fn info() -> Box<sipua_core::event::CallRequest> {
    let (method, headers, body) = (sipua_core::message::Method::Info, Vec::new(), None);
    Box::new(sipua_core::event::CallRequest { method, headers, body })
}

/// A stranger calls the account, waits for the BYE and challenges it in the server's name: he gets
/// nothing to guess the password from. The server itself is answered.
#[test]
fn a_callers_challenge_is_answered_to_the_accounts_server_alone() {
    for (server, answered) in [("10.0.8.8", false), ("10.0.9.9", true)] {
        let mut network = Network::single();
        let mut settings = AccountSettings::new(uri("sip:phone0@example.com"));
        settings.servers = vec![uri(&format!("sip:{server}"))];
        settings.credentials = Some(Credentials::password("alice", "secret"));
        let account = network.add_account(0, settings);
        let (_, call) = network.called();
        assert_eq!(network.phones[0].incoming().unwrap().account, Some(account));
        network.hangup(0, call);
        let bye = network.hear("BYE");
        let challenge = WWW.replace("WWW", "Proxy");
        network.say(&bye.reply("407 Proxy Authentication Required", "", &[&challenge], ""));
        network.run(60 * SECOND);
        let again = network.ladder.times("BYE").len() > 1;
        assert_eq!(again, answered, "{}", network.ladder);
    }
}

/// A server that is known by its name only is known by where it accepted a REGISTER.
#[test]
fn the_registrar_may_challenge_requests_in_its_calls() {
    let mut network = Network::single();
    network.names.insert("example.com".to_owned(), vec!["10.0.9.9:5060".parse().unwrap()]);
    let mut settings = AccountSettings::new(uri("sip:phone0@example.com"));
    settings.credentials = Some(Credentials::password("alice", "secret"));
    let account = network.add_account(0, settings);
    network.command(0, Command::Register { account }).unwrap();
    let register = network.hear("REGISTER");
    network.say(&register.reply("200 OK", "r", &[], ""));
    network.run(SECOND);
    let (_, call) = network.called();
    network.hangup(0, call);
    let bye = network.hear("BYE");
    network.say(&bye.reply("401 Unauthorized", "", &[WWW], ""));
    assert!(network.hear("BYE").header("Authorization").contains("alice"));
}

/// RFC 3263 4.3: the next server knows nothing of the first one's nonce, and asks with its own.
#[test]
fn the_next_server_is_asked_without_the_last_ones_credentials() {
    let mut network = Network::single();
    let other = "10.0.8.8:5060".parse().unwrap();
    let mut settings = AccountSettings::new(uri("sip:alice@example.com"));
    settings.servers = vec![uri("sip:10.0.9.9"), uri("sip:10.0.8.8")];
    settings.credentials = Some(Credentials::password("alice", "secret"));
    network.add_account(0, settings);
    let account = sipua_core::event::AccountId(1);
    let dial = Box::new(Dial::new(Some(account), uri("sip:bob@example.com"), None));
    network.command(0, Command::Dial { call: CallId(2), dial }).unwrap();
    let first = network.hear("INVITE");
    network.say(&first.reply("401 Unauthorized", "x", &[WWW], ""));
    let second = network.hear("INVITE");
    assert!(second.header("Authorization").contains("nonce=\"one\""));
    network.say(&second.reply("503 Service Unavailable", "x", &[], ""));
    let there = network.hear_at(other, "INVITE");
    assert!(there.headers("Authorization").is_empty());
    // The same realm with another nonce is no refusal of a password.
    let challenge = WWW.replace("one", "two");
    let reply = there.reply("401 Unauthorized", "y", &[&challenge], "");
    let phone = network.phones[0].address;
    network.send(other, phone, reply.into_bytes().into());
    let again = network.hear_at(other, "INVITE");
    assert!(again.header("Authorization").contains("nonce=\"two\""));
}
