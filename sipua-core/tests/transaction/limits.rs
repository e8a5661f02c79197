//! What bounds the transactions, and what they refuse of their user.

use sipua_core::message::{HeaderName, Message, Method};
use sipua_core::transaction::{TransactionConfig, TransactionError, TransactionOutput};
use sipua_core::transport::Protocol;

use super::support::{OWNER, Table, flow, ours, theirs};

const UDP: Protocol = Protocol::Udp;

#[test]
fn past_the_limit_a_request_is_answered_503_without_a_trace() {
    let config = TransactionConfig { max_server: 2, ..TransactionConfig::default() };
    let mut table = Table::with(config);
    let numbered = |number: u32| {
        let mut request = theirs(Method::Options, &format!("z9hG4bK{number}"));
        request.headers.set(&HeaderName::CallId, format!("call-{number}"));
        request
    };
    table.accept(&numbered(1), UDP);
    let (second, _) = table.accept(&numbered(2), UDP);
    table.receive(numbered(3), UDP);
    let sent = table.sent();
    let [Message::Response(answer)] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!(answer.status.code(), 503);
    assert!(answer.headers.retry_after().unwrap().is_some());
    assert_eq!(table.transactions.counters().overload, 1);
    assert_eq!(table.transactions.servers(), 2);
    // Repetitions of the others still find theirs, and there is room again when one ends.
    table.receive(numbered(1), UDP);
    assert_eq!(table.words(), Vec::<String>::new());
    table.transactions.terminate(second, &mut table.out);
    table.words();
    table.accept(&numbered(3), UDP);
}

#[test]
fn ack_and_cancel_are_not_requests_of_the_user() {
    let mut table = Table::new();
    let Table { transactions, now, out, .. } = &mut table;
    for method in [Method::Ack, Method::Cancel] {
        let result = transactions.request(ours(method), flow(UDP), OWNER, *now, out);
        assert_eq!(result, Err(TransactionError::NotAllowed));
    }
    let result = transactions.acknowledge(ours(Method::Bye), flow(UDP), out);
    assert_eq!(result, Err(TransactionError::NotAllowed));
    let mut odd = ours(Method::Bye);
    odd.headers.set(&HeaderName::CSeq, "1 OPTIONS");
    let result = transactions.request(odd, flow(UDP), OWNER, *now, out);
    assert_eq!(result, Err(TransactionError::Malformed));
    assert!(table.words().is_empty() && table.is_clean());
}

#[test]
fn what_fits_no_datagram_needs_a_stream() {
    let mut table = Table::new();
    let Table { transactions, now, out, .. } = &mut table;
    let mut large = ours(Method::Message);
    large.body = vec![b'x'; 65_507].into();
    let result = transactions.request(large.clone(), flow(UDP), OWNER, *now, out);
    assert_eq!(result, Err(TransactionError::TooLarge));
    assert!(table.is_clean());
    let Table { transactions, now, out, .. } = &mut table;
    transactions.request(large, flow(Protocol::Tcp), OWNER, *now, out).unwrap();
}

#[test]
fn a_stale_id_finds_nothing() {
    let mut table = Table::new();
    let (id, request) = table.accept(&theirs(Method::Bye, "z9hG4bKone"), UDP);
    let (client, _) = table.request(ours(Method::Options), UDP);
    table.transactions.terminate(id, &mut table.out);
    table.transactions.terminate(client, &mut table.out);
    assert_eq!(table.words(), ["ended", "ended"]);
    assert!(table.is_clean());
    table.accept(&theirs(Method::Bye, "z9hG4bKtwo"), UDP);
    let answer = super::support::response(&request, 200);
    let Table { transactions, now, out, .. } = &mut table;
    assert_eq!(transactions.respond(id, answer, *now, out), Err(TransactionError::Gone));
    assert_eq!(transactions.retransmit(id, out), Err(TransactionError::Gone));
    transactions.terminate(id, out);
    transactions.set_owner(id, 1);
    assert_eq!(transactions.owner(id), None);
    assert_eq!(transactions.state(id), None);
    assert_eq!(transactions.len(), 1);
    assert!(table.out.is_empty());
}

#[test]
fn a_closed_connection_tells_every_transaction_on_it_and_no_other() {
    let mut table = Table::new();
    for _ in 0..10 {
        table.request(ours(Method::Options), Protocol::Tcp);
        table.request(ours(Method::Options), Protocol::Tls);
    }
    table.words();
    table.fail(Protocol::Tcp);
    let failed = table.out.iter().filter(|output| {
        matches!(output, TransactionOutput::TransportError { owner: Some(OWNER), .. })
    });
    assert_eq!(failed.count(), 10);
    assert_eq!(table.words().len(), 20);
    assert_eq!(table.transactions.len(), 10);
    table.fail(Protocol::Tcp);
    assert!(table.words().is_empty());
    table.fail(Protocol::Tls);
    assert!(table.is_clean());
}

/// An INVITE that no answer fits, or that makes each of them large, leaves nothing behind.
#[test]
fn what_an_answer_repeats_is_bounded() {
    let mut table = Table::new();
    let padded = |bytes: usize| {
        let mut invite = theirs(Method::Invite, "z9hG4bKlong");
        let from = format!("<sip:a@b.example>;tag=1;pad={}", "x".repeat(bytes));
        invite.headers.set(&HeaderName::From, from);
        invite
    };
    table.receive(padded(60_000), UDP);
    assert!(table.out.is_empty() && table.is_clean());
    assert_eq!(table.transactions.counters().bad_requests, 1);
    // A 2xx may be tried smaller; a refusal is the last word.
    let (id, request) = table.accept(&padded(30_000), UDP);
    for (code, left) in [(200, 1), (500, 0)] {
        let mut answer = super::support::response(&request, code);
        answer.body = vec![b'x'; 65_507].into();
        let Table { transactions, now, out, .. } = &mut table;
        let result = transactions.respond(id, answer, *now, out);
        assert_eq!(result, Err(TransactionError::TooLarge));
        assert_eq!(transactions.len(), left);
    }
    assert_eq!(table.words(), ["ended"]);
    assert!(table.is_clean());
}
