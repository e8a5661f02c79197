//! RFC 6026 figure 1: the INVITE client transaction.

use sipua_core::message::Method;
use sipua_core::transaction::{Letter, TransactionId, TransactionState};
use sipua_core::transport::Protocol;

use super::support::{Table, ours, response};

const CALLING: Option<TransactionState> = Some(TransactionState::Calling);
const PROCEEDING: Option<TransactionState> = Some(TransactionState::Proceeding);
const ACCEPTED: Option<TransactionState> = Some(TransactionState::Accepted);
const COMPLETED: Option<TransactionState> = Some(TransactionState::Completed);
const TERMINATED: Option<TransactionState> = None;

#[derive(Debug, Clone, Copy)]
enum Input {
    Status(u16),
    TransportError,
}
use Input::{Status, TransportError};

/// What has to come before the state is reached.
fn way_to(state: Option<TransactionState>) -> &'static [u16] {
    match state {
        PROCEEDING => &[180],
        ACCEPTED => &[200],
        COMPLETED => &[486],
        _ => &[],
    }
}

fn in_state(
    state: Option<TransactionState>,
    protocol: Protocol,
) -> (Table, TransactionId, impl Fn(&mut Table, Input)) {
    let mut table = Table::new();
    let (id, invite) = table.request(ours(Method::Invite), protocol);
    let give = move |table: &mut Table, input: Input| match input {
        Status(code) => table.receive(response(&invite, code), protocol),
        TransportError => table.fail(protocol),
    };
    for code in way_to(state) {
        give(&mut table, Status(*code));
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
    let waiting = [(Letter::A, 500), (Letter::B, 32_000)];
    let accepted = [(Letter::M, 32_000)];
    let completed = [(Letter::D, 32_000)];
    for code in [100, 180, 183, 199] {
        let up = format!("up {code}");
        check(udp, CALLING, Status(code), &[&up], PROCEEDING, &[]);
        check(udp, PROCEEDING, Status(code), &[&up], PROCEEDING, &[]);
        check(udp, ACCEPTED, Status(code), &[], ACCEPTED, &accepted);
        check(udp, COMPLETED, Status(code), &[], COMPLETED, &completed);
    }
    for code in [200, 202, 299] {
        let up = format!("up {code}");
        let stray = format!("stray {code}");
        check(udp, CALLING, Status(code), &[&up], ACCEPTED, &accepted);
        check(udp, PROCEEDING, Status(code), &[&up], ACCEPTED, &accepted);
        check(udp, ACCEPTED, Status(code), &[&up], ACCEPTED, &accepted);
        check(udp, COMPLETED, Status(code), &[&stray], COMPLETED, &completed);
    }
    for code in [300, 401, 487, 500, 699] {
        let up = format!("up {code}");
        check(udp, CALLING, Status(code), &["send ACK", &up], COMPLETED, &completed);
        check(udp, PROCEEDING, Status(code), &["send ACK", &up], COMPLETED, &completed);
        check(udp, ACCEPTED, Status(code), &[], ACCEPTED, &accepted);
        check(udp, COMPLETED, Status(code), &["send ACK"], COMPLETED, &completed);
    }
    check(udp, CALLING, TransportError, &["transport error", "ended"], TERMINATED, &[]);
    check(udp, PROCEEDING, TransportError, &[], PROCEEDING, &[]);
    check(udp, ACCEPTED, TransportError, &[], ACCEPTED, &accepted);
    check(udp, COMPLETED, TransportError, &["transport error", "ended"], TERMINATED, &[]);
    let (table, id, _) = in_state(CALLING, udp);
    assert_eq!(table.timers(id), waiting);
}

#[test]
fn every_state_and_input_over_tcp() {
    let tcp = Protocol::Tcp;
    let accepted = [(Letter::M, 32_000)];
    check(tcp, CALLING, Status(180), &["up 180"], PROCEEDING, &[]);
    check(tcp, CALLING, Status(200), &["up 200"], ACCEPTED, &accepted);
    // Timer D is zero.
    check(tcp, CALLING, Status(486), &["send ACK", "up 486", "ended"], TERMINATED, &[]);
    check(tcp, PROCEEDING, Status(180), &["up 180"], PROCEEDING, &[]);
    check(tcp, PROCEEDING, Status(200), &["up 200"], ACCEPTED, &accepted);
    check(tcp, PROCEEDING, Status(486), &["send ACK", "up 486", "ended"], TERMINATED, &[]);
    check(tcp, ACCEPTED, Status(200), &["up 200"], ACCEPTED, &accepted);
    check(tcp, ACCEPTED, Status(486), &[], ACCEPTED, &accepted);
    check(tcp, CALLING, TransportError, &["transport error", "ended"], TERMINATED, &[]);
    check(tcp, PROCEEDING, TransportError, &["transport error", "ended"], TERMINATED, &[]);
    check(tcp, ACCEPTED, TransportError, &[], ACCEPTED, &accepted);
    let (table, id, _) = in_state(CALLING, tcp);
    assert_eq!(table.timers(id), [(Letter::B, 32_000)]);
}

#[test]
fn timers_b_d_and_m_end_it() {
    let ends = |state, protocol| {
        let (mut table, _, _) = in_state(state, protocol);
        let seen = table.run_until(100_000);
        assert!(table.is_clean());
        seen
    };
    let end = |at: u64, words: &[&str]| -> Vec<(u64, String)> {
        words.iter().map(|word| (at, (*word).to_owned())).collect()
    };
    assert_eq!(ends(CALLING, Protocol::Tcp), end(32_000, &["timeout", "ended"]));
    assert_eq!(ends(ACCEPTED, Protocol::Tcp), end(32_000, &["ended"]));
    assert_eq!(ends(ACCEPTED, Protocol::Udp), end(32_000, &["ended"]));
    assert_eq!(ends(COMPLETED, Protocol::Udp), end(32_000, &["ended"]));
    // No timer limits how long the other side may ring.
    assert_eq!(in_state(PROCEEDING, Protocol::Udp).0.run_until(100_000), []);
}

#[test]
fn a_cancelled_invite_that_stays_unanswered_ends_after_64_t1() {
    let (mut table, id, _) = in_state(PROCEEDING, Protocol::Udp);
    let cancel = table.transactions.cancel(id, table.now, &mut table.out).unwrap();
    assert_eq!(table.words(), ["send CANCEL"]);
    assert_eq!(table.timers(id), [(Letter::Cancelled, 32_000)]);
    assert_eq!(table.timers(cancel), [(Letter::E, 500), (Letter::F, 32_000)]);
    let seen = table.run_until(100_000);
    let ends = seen.iter().filter(|(_, word)| word != "send CANCEL");
    let ends: Vec<_> = ends.map(|(at, word)| (*at, word.as_str())).collect();
    let both = [(32_000, "timeout"), (32_000, "ended"), (32_000, "timeout"), (32_000, "ended")];
    assert_eq!(ends, both);
    assert!(table.is_clean());
}
