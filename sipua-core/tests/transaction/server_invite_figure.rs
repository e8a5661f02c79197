//! RFC 6026 figure 3: the INVITE server transaction.

use sipua_core::message::{Method, Request};
use sipua_core::transaction::{Letter, TransactionError, TransactionId, TransactionState};
use sipua_core::transport::Protocol;

use super::support::{Table, response, theirs};

const PROCEEDING: Option<TransactionState> = Some(TransactionState::Proceeding);
const ACCEPTED: Option<TransactionState> = Some(TransactionState::Accepted);
const COMPLETED: Option<TransactionState> = Some(TransactionState::Completed);
const CONFIRMED: Option<TransactionState> = Some(TransactionState::Confirmed);
const TERMINATED: Option<TransactionState> = None;

#[derive(Debug, Clone, Copy)]
enum Input {
    Invite,
    Ack,
    Answer(u16),
    TransportError,
}
use Input::{Ack, Answer, Invite, TransportError};

struct Server {
    table: Table,
    id: TransactionId,
    invite: Request,
    protocol: Protocol,
}

impl Server {
    fn in_state(state: Option<TransactionState>, protocol: Protocol) -> Self {
        let mut table = Table::new();
        let (id, invite) = table.accept(&theirs(Method::Invite, "z9hG4bKinvite"), protocol);
        let mut server = Self { table, id, invite, protocol };
        let way: &[Input] = match state {
            ACCEPTED => &[Answer(200)],
            COMPLETED => &[Answer(486)],
            CONFIRMED => &[Answer(486), Ack],
            _ => &[],
        };
        for input in way {
            server.give(*input).unwrap();
        }
        server.table.words();
        assert_eq!(server.table.state(id), state);
        server
    }

    fn give(&mut self, input: Input) -> Result<(), TransactionError> {
        let Self { table, id, invite, protocol } = self;
        match input {
            Invite => table.receive(invite.clone(), *protocol),
            Ack => table.receive(theirs(Method::Ack, "z9hG4bKinvite"), *protocol),
            TransportError => table.fail(*protocol),
            Answer(code) => {
                let answer = response(invite, code);
                return table.transactions.respond(*id, answer, table.now, &mut table.out);
            }
        }
        Ok(())
    }
}

fn check(
    protocol: Protocol,
    state: Option<TransactionState>,
    input: Input,
    words: &[&str],
    next: Option<TransactionState>,
    timers: &[(Letter, u64)],
) {
    let mut server = Server::in_state(state, protocol);
    let result = server.give(input);
    let place = format!("{protocol} {state:?} {input:?}");
    assert_eq!(result, Ok(()), "{place}");
    assert_eq!(server.table.words(), words, "{place}");
    assert_eq!(server.table.state(server.id), next, "{place}");
    assert_eq!(server.table.timers(server.id), timers, "{place}");
    assert_eq!(server.table.is_clean(), next.is_none(), "{place}");
}

fn refuse(state: Option<TransactionState>, code: u16) {
    let mut server = Server::in_state(state, Protocol::Udp);
    let timers = server.table.timers(server.id);
    assert_eq!(server.give(Answer(code)), Err(TransactionError::AlreadyAnswered));
    assert_eq!(server.table.words(), Vec::<String>::new());
    assert_eq!(server.table.state(server.id), state);
    assert_eq!(server.table.timers(server.id), timers);
}

#[test]
fn every_state_and_input_over_udp() {
    let udp = Protocol::Udp;
    let waiting = [(Letter::Trying, 200)];
    let accepted = [(Letter::L, 32_000)];
    let completed = [(Letter::G, 500), (Letter::H, 32_000)];
    let confirmed = [(Letter::I, 5_000)];
    check(udp, PROCEEDING, Invite, &[], PROCEEDING, &waiting);
    check(udp, PROCEEDING, Ack, &[], PROCEEDING, &waiting);
    check(udp, PROCEEDING, Answer(100), &["send 100"], PROCEEDING, &[]);
    check(udp, PROCEEDING, Answer(180), &["send 180"], PROCEEDING, &[]);
    check(udp, PROCEEDING, Answer(200), &["send 200"], ACCEPTED, &accepted);
    for code in [302, 408, 486, 500, 603] {
        let sent = format!("send {code}");
        check(udp, PROCEEDING, Answer(code), &[&sent], COMPLETED, &completed);
    }
    check(udp, ACCEPTED, Invite, &[], ACCEPTED, &accepted);
    check(udp, ACCEPTED, Ack, &["ack"], ACCEPTED, &accepted);
    check(udp, ACCEPTED, Answer(200), &["send 200"], ACCEPTED, &accepted);
    check(udp, COMPLETED, Invite, &["send 486"], COMPLETED, &completed);
    check(udp, COMPLETED, Ack, &[], CONFIRMED, &confirmed);
    check(udp, CONFIRMED, Invite, &[], CONFIRMED, &confirmed);
    check(udp, CONFIRMED, Ack, &[], CONFIRMED, &confirmed);
    // RFC 6026 7.1: a transport error ends nothing.
    check(udp, PROCEEDING, TransportError, &["transport error"], PROCEEDING, &waiting);
    check(udp, ACCEPTED, TransportError, &["transport error"], ACCEPTED, &accepted);
    check(udp, COMPLETED, TransportError, &["transport error"], COMPLETED, &completed);
    check(udp, CONFIRMED, TransportError, &[], CONFIRMED, &confirmed);
    for code in [100, 180, 200, 486] {
        refuse(COMPLETED, code);
        refuse(CONFIRMED, code);
    }
    for code in [100, 180, 486] {
        refuse(ACCEPTED, code);
    }
}

#[test]
fn every_state_and_input_over_tcp() {
    let tcp = Protocol::Tcp;
    let accepted = [(Letter::L, 32_000)];
    // H is waited for, G is not set.
    let completed = [(Letter::H, 32_000)];
    check(tcp, PROCEEDING, Answer(180), &["send 180"], PROCEEDING, &[]);
    check(tcp, PROCEEDING, Answer(200), &["send 200"], ACCEPTED, &accepted);
    check(tcp, PROCEEDING, Answer(486), &["send 486"], COMPLETED, &completed);
    check(tcp, COMPLETED, Invite, &["send 486"], COMPLETED, &completed);
    // Timer I is zero.
    check(tcp, COMPLETED, Ack, &["ended"], TERMINATED, &[]);
    check(tcp, COMPLETED, TransportError, &["transport error"], COMPLETED, &completed);
    check(tcp, ACCEPTED, Invite, &[], ACCEPTED, &accepted);
    check(tcp, ACCEPTED, Ack, &["ack"], ACCEPTED, &accepted);
}

#[test]
fn timers_h_i_and_l_end_it() {
    let ends = |state| {
        let mut server = Server::in_state(state, Protocol::Tcp);
        let seen = server.table.run_until(100_000);
        assert!(server.table.is_clean());
        seen
    };
    assert_eq!(ends(ACCEPTED), [(32_000, "ended".to_owned())]);
    assert_eq!(ends(COMPLETED), [(32_000, "timeout".to_owned()), (32_000, "ended".to_owned())]);
    let mut server = Server::in_state(CONFIRMED, Protocol::Udp);
    assert_eq!(server.table.run_until(100_000), [(5_000, "ended".to_owned())]);
    assert!(server.table.is_clean());
}

#[test]
fn trying_goes_out_after_200_ms_unless_the_user_answered() {
    let mut server = Server::in_state(PROCEEDING, Protocol::Udp);
    assert_eq!(server.table.run_until(1_000), [(200, "send 100".to_owned())]);
    // A repeated INVITE now gets the 100 again, and later whatever came last.
    server.give(Invite).unwrap();
    assert_eq!(server.table.words(), ["send 100"]);
    server.give(Answer(183)).unwrap();
    server.give(Invite).unwrap();
    assert_eq!(server.table.words(), ["send 183", "send 183"]);

    let mut server = Server::in_state(PROCEEDING, Protocol::Udp);
    server.table.run_until(199);
    server.give(Answer(180)).unwrap();
    assert_eq!(server.table.words(), ["send 180"]);
    assert_eq!(server.table.run_until(100_000), []);
}

#[test]
fn the_user_repeats_its_2xx_until_it_knows_of_the_ack() {
    let mut server = Server::in_state(ACCEPTED, Protocol::Udp);
    let Server { table, id, .. } = &mut server;
    table.transactions.retransmit(*id, &mut table.out).unwrap();
    assert_eq!(table.words(), ["send 200"]);
    table.transactions.acknowledged(*id);
    let again = table.transactions.retransmit(*id, &mut table.out);
    assert_eq!(again, Err(TransactionError::Gone));
    assert_eq!(table.words(), Vec::<String>::new());
    assert_eq!(table.state(*id), ACCEPTED);
}
