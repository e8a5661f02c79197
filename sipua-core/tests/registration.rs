//! One binding at a registrar played by hand (RFC 3261 10).
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod network;

use std::time::Duration;

use network::Network;
use network::phone::uri;
use network::script::Text;
use sipua_core::auth::Credentials;
use sipua_core::event::{
    AccountId, AccountSettings, Command, CommandError, Event, Failure, RegistrationFailure,
};

const SECOND: Duration = Duration::from_secs(1);
const ACCOUNT: AccountId = AccountId(1);
const CONTACT: &str = "Contact: <sip:alice@10.0.0.1:5060>;expires=100";
const CHALLENGE: &str = "WWW-Authenticate: Digest realm=\"r\", nonce=\"n1\", qop=\"auth\"";

fn registering() -> (Network, Text) {
    let mut network = Network::single();
    let mut settings = AccountSettings::new(uri("sip:alice@10.0.9.9"));
    settings.credentials = Some(Credentials::password("alice", "secret"));
    settings.display_name = Some("Alice".to_owned());
    network.add_account(0, settings);
    network.command(0, Command::Register { account: ACCOUNT }).unwrap();
    let register = network.hear("REGISTER");
    (network, register)
}

fn failures(network: &Network) -> Vec<&RegistrationFailure> {
    let mut found = Vec::new();
    for event in &network.phones[0].events {
        if let Event::RegistrationFailed(failure) = event {
            found.push(&**failure);
        }
    }
    found
}

fn cseq(message: &Text) -> u32 {
    message.header("CSeq").split(' ').next().unwrap().parse().unwrap()
}

/// RFC 3665 2.1, 2.2: challenged, registered, refreshed with the same Call-ID and the next CSeq.
#[test]
fn it_is_made_and_refreshed_before_it_ends() {
    let (mut network, first) = registering();
    assert_eq!(first.first_line(), "REGISTER sip:10.0.9.9 SIP/2.0");
    assert_eq!(first.header("To"), "<sip:alice@10.0.9.9>");
    assert!(first.header("From").starts_with("\"Alice\" <sip:alice@10.0.9.9>;tag="));
    assert_eq!(first.header("Contact"), "<sip:alice@10.0.0.1:5060>");
    assert_eq!(first.header("Expires"), "3600");
    network.say(&first.reply("401 Unauthorized", "r", &[CHALLENGE], ""));
    let second = network.hear("REGISTER");
    assert!(second.header("Authorization").contains("username=\"alice\""));
    let others = "Contact: <sip:alice@10.0.5.5>;expires=9999";
    network.say(&second.reply("200 OK", "r", &[others, CONTACT], ""));
    network.run(SECOND);
    assert_eq!(network.phones[0].event_names(), ["Registered 100"]);
    let refresh = network.hear("REGISTER");
    assert!((80..=91).contains(&network.elapsed().as_secs()), "{:?}", network.elapsed());
    assert_eq!(refresh.header("Call-ID"), first.header("Call-ID"));
    assert_eq!([cseq(&second), cseq(&refresh)], [cseq(&first) + 1, cseq(&first) + 2]);
    // The credentials that served are sent at once, with the next count.
    assert!(refresh.header("Authorization").contains("nc=00000002"));
    network.say(&refresh.reply("200 OK", "r", &[CONTACT], ""));
    network.run(SECOND);
    assert_eq!(network.phones[0].event_names().len(), 2);
}

#[test]
fn a_short_lifetime_is_refreshed_long_before_its_end() {
    for expires in [1, 4, 20] {
        let (mut network, register) = registering();
        let contact = format!("Contact: <sip:alice@10.0.0.1:5060>;expires={expires}");
        network.say(&register.reply("200 OK", "r", &[&contact], ""));
        let asked = network.elapsed();
        network.hear("REGISTER");
        let passed = network.elapsed() - asked;
        assert!(passed < expires * SECOND * 3 / 4, "{passed:?} of {expires} s");
    }
}

/// 10.2.4: our Contact's parameter, then the header, then what was asked for.
#[test]
fn the_servers_lifetime_counts() {
    for (lines, expires) in [
        (vec![CONTACT, "Expires: 50"], 100),
        (vec!["Contact: <sip:alice@10.0.0.1:5060>", "Expires: 50"], 50),
        (vec!["Contact: <sip:alice@10.0.0.1>"], 3600),
        (vec!["Expires: 70"], 70),
        // A server behind a NAT of its own, or one that writes what it sees: the least is safe.
        (vec!["Contact: <sip:alice@192.0.2.7:1024>;expires=90", "Expires: 3600"], 90),
        (
            vec![
                "Contact: <sip:bob@192.0.2.7>;expires=30, <sip:alice@192.0.2.7>;expires=200",
                "Contact: <sip:alice@192.0.2.8>;expires=150, <sip:alice@192.0.2.9>;expires=0",
            ],
            150,
        ),
        (vec!["Contact: <sip:x1@192.0.2.7>;expires=60, <sip:x2@192.0.2.7>;expires=61"], 60),
        (vec!["Contact: <sip:x1@192.0.2.7>", "Expires: 40"], 40),
        (vec![], 3600),
    ] {
        let (mut network, register) = registering();
        network.say(&register.reply("200 OK", "r", &lines, ""));
        network.run(SECOND);
        assert_eq!(network.phones[0].event_names(), [format!("Registered {expires}")]);
    }
}

/// 10.2.8.
#[test]
fn a_lifetime_too_brief_is_raised() {
    let (mut network, register) = registering();
    network.say(&register.reply("423 Interval Too Brief", "r", &["Min-Expires: 7200"], ""));
    let second = network.hear("REGISTER");
    assert_eq!(second.header("Expires"), "7200");
    // A server that is never content is not asked for ever.
    network.say(&second.reply("423 Interval Too Brief", "r", &["Min-Expires: 7200"], ""));
    network.run(SECOND);
    assert_eq!(failures(&network)[0].code, Some(423));
}

#[test]
fn failures_are_told_apart_and_hopeless_ones_not_repeated() {
    for (status, failure, again) in [
        ("403 Forbidden", Failure::Forbidden, false),
        ("404 Not Found", Failure::NotFound, false),
        ("500 Server Internal Error", Failure::ServerError, true),
        ("503 Service Unavailable", Failure::ServerError, true),
        ("408 Request Timeout", Failure::NoAnswer, true),
    ] {
        let (mut network, register) = registering();
        network.say(&register.reply(status, "r", &[], ""));
        network.run(SECOND);
        let failed = failures(&network)[0];
        assert_eq!(failed.failure, failure, "{status}");
        assert_eq!(failed.retry_in.is_some(), again, "{status}");
        network.run(100 * SECOND);
        assert_eq!(!network.heard().is_empty(), again, "{status}");
    }
}

#[test]
fn a_wrong_password_is_one_failure_and_no_loop() {
    let (mut network, register) = registering();
    network.say(&register.reply("401 Unauthorized", "r", &[CHALLENGE], ""));
    let second = network.hear("REGISTER");
    network.say(&second.reply("401 Unauthorized", "r", &[&CHALLENGE.replace("n1", "n2")], ""));
    network.run(4000 * SECOND);
    assert!(network.heard().is_empty());
    assert_eq!(failures(&network).len(), 1);
    assert_eq!(failures(&network)[0].failure, Failure::AuthenticationFailed);
    assert_eq!(failures(&network)[0].retry_in, None);
}

/// Credentials that were right once: the server forgot the nonce without saying stale.
#[test]
fn an_old_nonce_refused_at_a_refresh_is_no_wrong_password() {
    let (mut network, register) = registering();
    network.say(&register.reply("401 Unauthorized", "r", &[CHALLENGE], ""));
    let second = network.hear("REGISTER");
    network.say(&second.reply("200 OK", "r", &[CONTACT], ""));
    let refresh = network.hear("REGISTER");
    network.say(&refresh.reply("401 Unauthorized", "r", &[&CHALLENGE.replace("n1", "n2")], ""));
    let again = network.hear("REGISTER");
    assert!(again.header("Authorization").contains("nonce=\"n2\""));
    network.say(&again.reply("200 OK", "r", &[CONTACT], ""));
    network.run(SECOND);
    assert!(failures(&network).is_empty());
}

/// RFC 5626 4.5: doubled, and some of it at random.
#[test]
fn a_silent_server_is_asked_again_and_again_with_longer_pauses() {
    let (mut network, _) = registering();
    network.run(400 * SECOND);
    let pauses: Vec<u64> =
        failures(&network).iter().map(|f| f.retry_in.unwrap().as_secs()).collect();
    assert!(failures(&network).iter().all(|f| f.failure == Failure::Timeout && f.code.is_none()));
    assert!((15..=30).contains(&pauses[0]), "{pauses:?}");
    assert!((30..=60).contains(&pauses[1]), "{pauses:?}");
    assert!((60..=120).contains(&pauses[2]), "{pauses:?}");
    // The server is back.
    network.heard();
    let register = network.hear("REGISTER");
    network.say(&register.reply("200 OK", "r", &[CONTACT], ""));
    network.run(SECOND);
    assert_eq!(network.phones[0].event_names().last().unwrap(), "Registered 100");
}

#[test]
fn the_servers_retry_after_is_respected() {
    let (mut network, register) = registering();
    network.say(&register.reply("503 Service Unavailable", "r", &["Retry-After: 500"], ""));
    network.run(SECOND);
    let failed = failures(&network)[0];
    assert_eq!((failed.failure, failed.retry_in), (Failure::Limit, Some(500 * SECOND)));
}

/// RFC 3665 2.4.
#[test]
fn it_is_removed_with_a_lifetime_of_zero() {
    let (mut network, register) = registering();
    network.say(&register.reply("200 OK", "r", &[CONTACT], ""));
    network.run(SECOND);
    network.command(0, Command::Unregister { account: ACCOUNT }).unwrap();
    let removal = network.hear("REGISTER");
    assert_eq!(removal.header("Expires"), "0");
    assert_eq!(removal.header("Contact"), register.header("Contact"));
    network.say(&removal.reply("200 OK", "r", &[], ""));
    network.run(SECOND);
    assert_eq!(network.phones[0].event_names().last().unwrap(), "Unregistered");
    network.assert_nothing_retained();
}

/// 10.2: one REGISTER at a time.
#[test]
fn a_removal_waits_for_the_registration_on_its_way() {
    let (mut network, register) = registering();
    network.command(0, Command::Unregister { account: ACCOUNT }).unwrap();
    network.run(SECOND / 4);
    assert!(network.heard().is_empty());
    network.say(&register.reply("200 OK", "r", &[CONTACT], ""));
    let removal = network.hear("REGISTER");
    assert_eq!(removal.header("Expires"), "0");
    network.say(&removal.reply("200 OK", "r", &[], ""));
    network.run(SECOND);
    assert_eq!(network.phones[0].event_names(), ["Unregistered"]);
    network.assert_nothing_retained();
}

#[test]
fn an_account_is_forgotten_after_its_binding() {
    let (mut network, register) = registering();
    network.say(&register.reply("200 OK", "r", &[CONTACT], ""));
    network.run(SECOND);
    network.command(0, Command::RemoveAccount { account: ACCOUNT }).unwrap();
    let removal = network.hear("REGISTER");
    // Removals are challenged like anything else: the credentials are still there.
    network.say(&removal.reply("401 Unauthorized", "r", &[CHALLENGE], ""));
    let again = network.hear("REGISTER");
    assert!(again.header("Authorization").contains("alice"));
    network.run(100 * SECOND);
    assert_eq!(network.phones[0].event_names().last().unwrap(), "Unregistered");
    let register = network.command(0, Command::Register { account: ACCOUNT });
    assert_eq!(register, Err(CommandError::UnknownAccount(ACCOUNT)));
    network.assert_nothing_retained();
}

#[test]
fn a_server_without_a_name_fails_and_the_next_one_is_asked() {
    let mut network = Network::single();
    let mut settings = AccountSettings::new(uri("sip:alice@example.com"));
    settings.servers = vec![uri("sip:unknown.example"), uri("sip:10.0.9.9")];
    network.add_account(0, settings);
    network.command(0, Command::Register { account: ACCOUNT }).unwrap();
    let register = network.hear("REGISTER");
    assert_eq!(register.first_line(), "REGISTER sip:example.com SIP/2.0");

    let mut network = Network::single();
    network.add_account(0, AccountSettings::new(uri("sip:alice@unknown.example")));
    network.command(0, Command::Register { account: ACCOUNT }).unwrap();
    assert_eq!(failures(&network)[0].failure, Failure::TransportFailed);
    assert!(failures(&network)[0].retry_in.is_some());
}

#[test]
fn accounts_do_not_touch_each_other() {
    let mut network = Network::single();
    for (number, host) in [(1, "10.0.9.9"), (2, "10.0.8.8")] {
        let settings = Box::new(AccountSettings::new(uri(&format!("sip:alice@{host}"))));
        let account = AccountId(number);
        network.command(0, Command::AddAccount { account, settings }).unwrap();
        network.command(0, Command::Register { account }).unwrap();
    }
    let here = network.hear("REGISTER");
    let there = network.hear_at("10.0.8.8:5060".parse().unwrap(), "REGISTER");
    assert_ne!(here.header("Call-ID"), there.header("Call-ID"));
    network.say(&here.reply("200 OK", "r", &[CONTACT], ""));
    network.run(40 * SECOND);
    assert_eq!(
        network.phones[0].event_names(),
        ["Registered 100", "RegistrationFailed timeout None"]
    );
}

/// A server that knew the account once and refuses a refresh is asked again, seldom; the binding it
/// may still have is removed when that is wanted.
#[test]
fn a_refused_refresh_is_tried_again_and_still_removed() {
    for status in ["401 Unauthorized", "403 Forbidden", "404 Not Found"] {
        let (mut network, register) = registering();
        network.say(&register.reply("200 OK", "r", &[CONTACT], ""));
        let refresh = network.hear("REGISTER");
        network.say(&refresh.reply(status, "r", &[], ""));
        let refused = network.elapsed();
        network.run(1700 * SECOND);
        assert!(network.heard().is_empty());
        let again = network.hear("REGISTER");
        assert_eq!((network.elapsed() - refused).as_secs(), 1800, "{status}");
        network.say(&again.reply("200 OK", "r", &[CONTACT], ""));
        let refresh = network.hear("REGISTER");
        network.say(&refresh.reply(status, "r", &[], ""));
        network.run(SECOND);
        network.command(0, Command::Unregister { account: ACCOUNT }).unwrap();
        assert_eq!(network.hear("REGISTER").header("Expires"), "0");
    }
}

/// The same when the wish comes while the refresh is on its way.
#[test]
fn a_refused_refresh_that_is_not_wanted_any_more_is_followed_by_the_removal() {
    let (mut network, register) = registering();
    network.say(&register.reply("200 OK", "r", &[CONTACT], ""));
    let refresh = network.hear("REGISTER");
    network.command(0, Command::Unregister { account: ACCOUNT }).unwrap();
    network.say(&refresh.reply("403 Forbidden", "r", &[], ""));
    let removal = network.hear("REGISTER");
    assert_eq!(removal.header("Expires"), "0");
    network.say(&removal.reply("403 Forbidden", "r", &[], ""));
    network.run(SECOND);
    assert_eq!(network.phones[0].event_names().last().unwrap(), "Unregistered");
    network.assert_nothing_retained();
}
