//! RFC 3261 figure 8 and RFC 4320: the non-INVITE server transaction.

use sipua_core::message::{Method, Request};
use sipua_core::transaction::{Letter, TransactionError, TransactionId, TransactionState};
use sipua_core::transport::Protocol;

use super::support::{Table, response, theirs};

const TRYING: Option<TransactionState> = Some(TransactionState::Trying);
const PROCEEDING: Option<TransactionState> = Some(TransactionState::Proceeding);
const COMPLETED: Option<TransactionState> = Some(TransactionState::Completed);
const TERMINATED: Option<TransactionState> = None;

#[derive(Debug, Clone, Copy)]
enum Input {
    Again,
    Answer(u16),
    TransportError,
}
use Input::{Again, Answer, TransportError};

struct Server {
    table: Table,
    id: TransactionId,
    request: Request,
    protocol: Protocol,
}

impl Server {
    fn in_state(state: Option<TransactionState>, protocol: Protocol) -> Self {
        let mut table = Table::new();
        let (id, request) = table.accept(&theirs(Method::Bye, "z9hG4bKbye"), protocol);
        let mut server = Self { table, id, request, protocol };
        let way: &[Input] = match state {
            PROCEEDING => &[Answer(100)],
            COMPLETED => &[Answer(200)],
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
        let Self { table, id, request, protocol } = self;
        match input {
            Again => table.receive(request.clone(), *protocol),
            TransportError => table.fail(*protocol),
            Answer(code) => {
                let answer = response(request, code);
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

#[test]
fn every_state_and_input_over_udp() {
    let udp = Protocol::Udp;
    let open = [(Letter::Unanswered, 32_000)];
    let completed = [(Letter::J, 32_000)];
    check(udp, TRYING, Again, &[], TRYING, &open);
    check(udp, TRYING, Answer(100), &["send 100"], PROCEEDING, &open);
    check(udp, PROCEEDING, Again, &["send 100"], PROCEEDING, &open);
    check(udp, PROCEEDING, Answer(100), &["send 100"], PROCEEDING, &open);
    for code in [200, 302, 481, 500, 603] {
        let sent = format!("send {code}");
        check(udp, TRYING, Answer(code), &[&sent], COMPLETED, &completed);
        check(udp, PROCEEDING, Answer(code), &[&sent], COMPLETED, &completed);
    }
    check(udp, COMPLETED, Again, &["send 200"], COMPLETED, &completed);
    check(udp, TRYING, TransportError, &[], TRYING, &open);
    check(udp, PROCEEDING, TransportError, &["transport error", "ended"], TERMINATED, &[]);
    check(udp, COMPLETED, TransportError, &["transport error", "ended"], TERMINATED, &[]);
}

#[test]
fn every_state_and_input_over_tcp() {
    let tcp = Protocol::Tcp;
    let open = [(Letter::Unanswered, 32_000)];
    check(tcp, TRYING, Again, &[], TRYING, &open);
    check(tcp, TRYING, Answer(100), &["send 100"], PROCEEDING, &open);
    // Timer J is zero.
    check(tcp, TRYING, Answer(200), &["send 200", "ended"], TERMINATED, &[]);
    check(tcp, PROCEEDING, Answer(404), &["send 404", "ended"], TERMINATED, &[]);
    check(tcp, PROCEEDING, TransportError, &["transport error", "ended"], TERMINATED, &[]);
}

#[test]
fn what_rfc_4320_forbids_is_refused() {
    for state in [TRYING, PROCEEDING] {
        for code in [101, 180, 183, 199, 408] {
            let mut server = Server::in_state(state, Protocol::Udp);
            assert_eq!(server.give(Answer(code)), Err(TransactionError::NotAllowed), "{code}");
            assert_eq!(server.table.words(), Vec::<String>::new());
            assert_eq!(server.table.state(server.id), state);
        }
    }
}

#[test]
fn there_is_one_final_response() {
    for code in [100, 200, 481] {
        let mut server = Server::in_state(COMPLETED, Protocol::Udp);
        assert_eq!(server.give(Answer(code)), Err(TransactionError::AlreadyAnswered));
        server.give(Again).unwrap();
        assert_eq!(server.table.words(), ["send 200"]);
    }
}

#[test]
fn timer_j_or_the_peers_patience_ends_it() {
    for state in [TRYING, PROCEEDING, COMPLETED] {
        let mut server = Server::in_state(state, Protocol::Udp);
        assert_eq!(server.table.run_until(100_000), [(32_000, "ended".to_owned())]);
        assert_eq!(server.give(Answer(200)), Err(TransactionError::Gone));
        assert!(server.table.is_clean());
    }
}
