//! The exact instants of RFC 3261 17.1.1.2, 17.1.2.2 and 17.2.1.

use std::time::Duration;

use sipua_core::message::Method;
use sipua_core::timer::TimerConfig;
use sipua_core::transaction::TransactionConfig;
use sipua_core::transport::Protocol;

use super::support::{Table, ours, response, theirs};

/// The instants, in milliseconds, at which `word` came out.
fn instants(seen: &[(u64, String)], word: &str) -> Vec<u64> {
    seen.iter().filter(|(_, seen)| seen == word).map(|(at, _)| *at).collect()
}

#[test]
fn an_invite_is_repeated_after_doubling_intervals_until_timer_b() {
    let mut table = Table::new();
    table.request(ours(Method::Invite), Protocol::Udp);
    let seen = table.run_until(100_000);
    assert_eq!(instants(&seen, "send INVITE"), [500, 1_500, 3_500, 7_500, 15_500, 31_500]);
    assert_eq!(instants(&seen, "timeout"), [32_000]);
    assert_eq!(instants(&seen, "ended"), [32_000]);
    assert!(table.is_clean());
}

#[test]
fn another_request_is_repeated_up_to_every_t2_until_timer_f() {
    let mut table = Table::new();
    table.request(ours(Method::Options), Protocol::Udp);
    let seen = table.run_until(100_000);
    let expected = [500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
    assert_eq!(instants(&seen, "send OPTIONS"), expected);
    assert_eq!(instants(&seen, "timeout"), [32_000]);
    assert!(table.is_clean());
}

#[test]
fn after_a_provisional_response_it_is_repeated_every_t2() {
    let mut table = Table::new();
    let (_, options) = table.request(ours(Method::Options), Protocol::Udp);
    table.run_until(600);
    table.receive(response(&options, 100), Protocol::Udp);
    let seen = table.run_until(100_000);
    // Timer E was set to 1,500 and goes on to it; then T2.
    let expected = [1_500, 5_500, 9_500, 13_500, 17_500, 21_500, 25_500, 29_500];
    assert_eq!(instants(&seen, "send OPTIONS"), expected);
    assert_eq!(instants(&seen, "timeout"), [32_000]);
}

#[test]
fn a_refusal_is_repeated_up_to_every_t2_until_timer_h() {
    let mut table = Table::new();
    let (id, invite) = table.accept(&theirs(Method::Invite, "z9hG4bKinvite"), Protocol::Udp);
    table.respond(id, &invite, 486);
    table.words();
    let seen = table.run_until(100_000);
    let expected = [500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
    assert_eq!(instants(&seen, "send 486"), expected);
    assert_eq!(instants(&seen, "timeout"), [32_000]);
    assert!(table.is_clean());
}

#[test]
fn an_ack_ends_the_repetition_and_the_transaction_t4_later() {
    let mut table = Table::new();
    let (id, invite) = table.accept(&theirs(Method::Invite, "z9hG4bKinvite"), Protocol::Udp);
    table.respond(id, &invite, 486);
    table.words();
    assert_eq!(instants(&table.run_until(2_000), "send 486"), [500, 1_500]);
    table.receive(theirs(Method::Ack, "z9hG4bKinvite"), Protocol::Udp);
    assert_eq!(table.run_until(100_000), [(7_000, "ended".to_owned())]);
}

#[test]
fn nothing_is_repeated_over_a_stream() {
    for protocol in [Protocol::Tcp, Protocol::Tls, Protocol::Ws, Protocol::Wss] {
        let mut table = Table::new();
        table.request(ours(Method::Invite), protocol);
        table.request(ours(Method::Options), protocol);
        let (id, invite) = table.accept(&theirs(Method::Invite, "z9hG4bKinvite"), protocol);
        table.respond(id, &invite, 600);
        table.words();
        let seen = table.run_until(100_000);
        assert_eq!(instants(&seen, "timeout"), [32_000; 3]);
        assert_eq!(instants(&seen, "ended"), [32_000; 3]);
        assert_eq!(seen.len(), 6, "{seen:?}");
        assert!(table.is_clean());
    }
}

#[test]
fn all_follows_from_t1_t2_and_t4() {
    let timers = TimerConfig {
        t1: Duration::from_millis(100),
        t2: Duration::from_millis(300),
        t4: Duration::from_millis(700),
    };
    let config = TransactionConfig { timers, ..TransactionConfig::default() };
    let mut table = Table::with(config);
    table.request(ours(Method::Options), Protocol::Udp);
    let seen = table.run_until(1_500);
    assert_eq!(instants(&seen, "send OPTIONS"), [100, 300, 600, 900, 1_200, 1_500]);
    let seen = table.run_until(10_000);
    assert_eq!(instants(&seen, "timeout"), [6_400]);

    let mut table = Table::with(config);
    let (_, options) = table.request(ours(Method::Options), Protocol::Udp);
    table.receive(response(&options, 200), Protocol::Udp);
    table.words();
    assert_eq!(table.run_until(10_000), [(700, "ended".to_owned())]);

    // Timer D does not follow T1: the server's may be another (17.1.1.2).
    let mut table = Table::with(config);
    let (_, invite) = table.request(ours(Method::Invite), Protocol::Udp);
    table.receive(response(&invite, 404), Protocol::Udp);
    table.words();
    assert_eq!(table.run_until(100_000), [(32_000, "ended".to_owned())]);
}

#[test]
fn intervals_of_nothing_do_not_repeat_without_end() {
    let timers = TimerConfig { t1: Duration::ZERO, t2: Duration::ZERO, t4: Duration::ZERO };
    let mut table = Table::with(TransactionConfig { timers, ..TransactionConfig::default() });
    table.request(ours(Method::Invite), Protocol::Udp);
    table.request(ours(Method::Options), Protocol::Udp);
    let seen = table.run_until(1_000);
    assert!(seen.len() < 200, "{}", seen.len());
    assert!(table.is_clean());
}
