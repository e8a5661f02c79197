//! RFC 3261 figure 6: the non-INVITE client transaction.

use sipua_core::message::Method;
use sipua_core::transaction::{Letter, TransactionId, TransactionState};
use sipua_core::transport::Protocol;

use super::support::{Table, ours, response};

const TRYING: Option<TransactionState> = Some(TransactionState::Trying);
const PROCEEDING: Option<TransactionState> = Some(TransactionState::Proceeding);
const COMPLETED: Option<TransactionState> = Some(TransactionState::Completed);
const TERMINATED: Option<TransactionState> = None;

#[derive(Debug, Clone, Copy)]
enum Input {
    Status(u16),
    TransportError,
}
use Input::{Status, TransportError};

fn in_state(
    state: Option<TransactionState>,
    protocol: Protocol,
) -> (Table, TransactionId, impl Fn(&mut Table, Input)) {
    let mut table = Table::new();
    let (id, options) = table.request(ours(Method::Options), protocol);
    let give = move |table: &mut Table, input: Input| match input {
        Status(code) => table.receive(response(&options, code), protocol),
        TransportError => table.fail(protocol),
    };
    match state {
        PROCEEDING => give(&mut table, Status(100)),
        COMPLETED => give(&mut table, Status(200)),
        _ => {}
    }
    table.words();
    assert_eq!(table.state(id), state);
    (table, id, give)
}

fn check(
    protocol: Protocol,
    state: Option<TransactionState>,
    input: Input,
    words: &[&str],
    next: Option<TransactionState>,
    timers: &[(Letter, u64)],
) {
    let (mut table, id, give) = in_state(state, protocol);
    give(&mut table, input);
    let place = format!("{protocol} {state:?} {input:?}");
    assert_eq!(table.words(), words, "{place}");
    assert_eq!(table.state(id), next, "{place}");
    assert_eq!(table.timers(id), timers, "{place}");
    assert_eq!(table.is_clean(), next.is_none(), "{place}");
}

#[test]
fn every_state_and_input_over_udp() {
    let udp = Protocol::Udp;
    let waiting = [(Letter::E, 500), (Letter::F, 32_000)];
    let completed = [(Letter::K, 5_000)];
    for code in [100, 180] {
        let up = format!("up {code}");
        // Timer E goes on; it is at T2 only after it fired.
        check(udp, TRYING, Status(code), &[&up], PROCEEDING, &waiting);
        check(udp, PROCEEDING, Status(code), &[&up], PROCEEDING, &waiting);
        check(udp, COMPLETED, Status(code), &[], COMPLETED, &completed);
    }
    for code in [200, 302, 404, 503, 603] {
        let up = format!("up {code}");
        check(udp, TRYING, Status(code), &[&up], COMPLETED, &completed);
        check(udp, PROCEEDING, Status(code), &[&up], COMPLETED, &completed);
        check(udp, COMPLETED, Status(code), &[], COMPLETED, &completed);
    }
    check(udp, TRYING, TransportError, &["transport error", "ended"], TERMINATED, &[]);
    check(udp, PROCEEDING, TransportError, &["transport error", "ended"], TERMINATED, &[]);
    check(udp, COMPLETED, TransportError, &[], COMPLETED, &completed);
    let (table, id, _) = in_state(TRYING, udp);
    assert_eq!(table.timers(id), waiting);
}

#[test]
fn every_state_and_input_over_tls() {
    let tls = Protocol::Tls;
    let waiting = [(Letter::F, 32_000)];
    check(tls, TRYING, Status(100), &["up 100"], PROCEEDING, &waiting);
    check(tls, PROCEEDING, Status(100), &["up 100"], PROCEEDING, &waiting);
    // Timer K is zero.
    check(tls, TRYING, Status(200), &["up 200", "ended"], TERMINATED, &[]);
    check(tls, PROCEEDING, Status(404), &["up 404", "ended"], TERMINATED, &[]);
    check(tls, TRYING, TransportError, &["transport error", "ended"], TERMINATED, &[]);
    check(tls, PROCEEDING, TransportError, &["transport error", "ended"], TERMINATED, &[]);
    let (table, id, _) = in_state(TRYING, tls);
    assert_eq!(table.timers(id), waiting);
}

#[test]
fn timers_f_and_k_end_it() {
    for state in [TRYING, PROCEEDING] {
        let (mut table, _, _) = in_state(state, Protocol::Tcp);
        let seen = table.run_until(100_000);
        assert_eq!(seen, [(32_000, "timeout".to_owned()), (32_000, "ended".to_owned())]);
        assert!(table.is_clean());
    }
    let (mut table, _, _) = in_state(COMPLETED, Protocol::Udp);
    assert_eq!(table.run_until(100_000), [(5_000, "ended".to_owned())]);
    assert!(table.is_clean());
}
