//! Which message belongs to which transaction: RFC 3261 17.1.3, 17.2.3, 8.2.2.2, 9.2.

use bytes::Bytes;
use sipua_core::message::{HeaderName, Message, Method, Request};
use sipua_core::transaction::TransactionOutput;
use sipua_core::transport::Protocol;

use super::support::{Table, ours, response, theirs};

const UDP: Protocol = Protocol::Udp;

/// `request` with another value in place of a header's.
fn with(mut request: Request, name: HeaderName, value: &str) -> Request {
    request.headers.set(&name, value);
    request
}

/// Whether `second` is taken for a repetition of `first`, to which 100 was sent.
fn repeats(first: &Request, second: &Request) -> bool {
    let mut table = Table::new();
    let (id, request) = table.accept(first, UDP);
    table.respond(id, &request, 100);
    table.words();
    table.receive(second.clone(), UDP);
    match table.words().as_slice() {
        [word] if word == "send 100" => true,
        [word] if word.starts_with("request") || word == "send 482" => false,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_request_belongs_to_the_transaction_with_its_branch_sent_by_and_method() {
    let invite = theirs(Method::Invite, "z9hG4bKone");
    assert!(repeats(&invite, &invite));
    // What else it says does not count.
    let other = with(invite.clone(), HeaderName::CallId, "another");
    assert!(repeats(&invite, &other));
    let branch = theirs(Method::Invite, "z9hG4bKtwo");
    assert!(!repeats(&invite, &branch));
    for via in [
        "SIP/2.0/UDP 192.0.2.2:5064;branch=z9hG4bKone",
        "SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKone",
        "SIP/2.0/UDP 192.0.2.3:5062;branch=z9hG4bKone",
        "SIP/2.0/UDP host.example.com:5062;branch=z9hG4bKone",
    ] {
        assert!(!repeats(&invite, &with(invite.clone(), HeaderName::Via, via)), "{via}");
    }
    assert!(!repeats(&invite, &theirs(Method::Bye, "z9hG4bKone")));
    // Parameters beside the branch do not count either.
    let via = "SIP/2.0/UDP 192.0.2.2:5062;foo=bar;branch=z9hG4bKone";
    assert!(repeats(&invite, &with(invite.clone(), HeaderName::Via, via)));
}

#[test]
fn rfc_2543_requests_are_told_by_what_they_say() {
    // No branch, a branch without the cookie, and the cookie alone (RFC 4475 3.2.1).
    for via in ["", ";branch=1", ";branch=z9hG4bK"] {
        let via = format!("SIP/2.0/UDP 192.0.2.2:5062{via}");
        let invite = with(theirs(Method::Invite, "x"), HeaderName::Via, &via);
        assert!(repeats(&invite, &invite));
        let other = |name, value| with(invite.clone(), name, value);
        assert!(!repeats(&invite, &other(HeaderName::CallId, "another")));
        assert!(!repeats(&invite, &other(HeaderName::CSeq, "314160 INVITE")));
        assert!(!repeats(&invite, &other(HeaderName::From, "<sip:alice@example.com>;tag=x")));
        assert!(!repeats(&invite, &other(HeaderName::To, "<sip:bob@example.com>;tag=x")));
        assert!(!repeats(&invite, &other(HeaderName::Via, "SIP/2.0/UDP 192.0.2.2:5064")));
        let mut elsewhere = invite.clone();
        elsewhere.set_uri(&"sip:carol@192.0.2.2".parse().unwrap());
        assert!(!repeats(&invite, &elsewhere));
        let mut bye = theirs(Method::Bye, "x");
        bye.headers.set(&HeaderName::Via, &via);
        assert!(!repeats(&invite, &bye));
        // A display name is not a tag.
        let named = other(HeaderName::From, "Alice <sip:alice@example.com>;tag=alice");
        assert!(repeats(&invite, &named));
    }
}

#[test]
fn an_ack_to_a_refusal_is_absorbed_and_one_to_a_2xx_passed_up() {
    let mut table = Table::new();
    let (id, invite) = table.accept(&theirs(Method::Invite, "z9hG4bKone"), UDP);
    table.respond(id, &invite, 486);
    table.words();
    table.receive(theirs(Method::Ack, "z9hG4bKone"), UDP);
    table.receive(theirs(Method::Ack, "z9hG4bKone"), UDP);
    assert_eq!(table.words(), Vec::<String>::new());
    assert_eq!(table.transactions.counters().absorbed_acks, 2);

    let mut table = Table::new();
    let (id, invite) = table.accept(&theirs(Method::Invite, "z9hG4bKone"), UDP);
    table.respond(id, &invite, 200);
    table.words();
    table.receive(theirs(Method::Ack, "z9hG4bKtwo"), UDP);
    // Some peers reuse the INVITE's branch.
    table.receive(theirs(Method::Ack, "z9hG4bKone"), UDP);
    assert_eq!(table.words(), ["ack", "ack"]);
}

#[test]
fn an_rfc_2543_ack_is_known_by_the_to_tag_of_our_response() {
    let legacy =
        |method: Method| with(theirs(method, "x"), HeaderName::Via, "SIP/2.0/UDP 192.0.2.2:5062");
    let ack = with(legacy(Method::Ack), HeaderName::To, "<sip:bob@example.com>;tag=bob");
    let mut table = Table::new();
    let (id, invite) = table.accept(&legacy(Method::Invite), UDP);
    table.respond(id, &invite, 486);
    table.words();
    table.receive(with(ack.clone(), HeaderName::To, "<sip:bob@example.com>;tag=eve"), UDP);
    assert_eq!(table.words(), ["ack"]);
    table.receive(ack.clone(), UDP);
    table.receive(ack.clone(), UDP);
    assert_eq!(table.words(), Vec::<String>::new());
    assert_eq!(table.transactions.counters().absorbed_acks, 2);
    assert_eq!(table.run_until(100_000), [(5_000, "ended".to_owned())]);
    assert!(table.is_clean());

    let mut table = Table::new();
    let (id, invite) = table.accept(&legacy(Method::Invite), UDP);
    table.respond(id, &invite, 200);
    table.words();
    table.receive(ack, UDP);
    assert_eq!(table.words(), ["ack"]);
}

#[test]
fn a_cancel_is_answered_and_passed_up_while_the_invite_is_open() {
    for via in ["SIP/2.0/UDP 192.0.2.2:5062;branch=z9hG4bKone", "SIP/2.0/UDP 192.0.2.2:5062"] {
        let invite = with(theirs(Method::Invite, "x"), HeaderName::Via, via);
        let cancel = with(theirs(Method::Cancel, "x"), HeaderName::Via, via);
        let mut table = Table::new();
        let (id, request) = table.accept(&invite, UDP);
        table.respond(id, &request, 180);
        table.transactions.set_owner(id, 3);
        table.words();
        table.receive(cancel.clone(), UDP);
        let owner = table.out.iter().find_map(|output| match output {
            TransactionOutput::Cancel { id: named, owner, .. } if *named == id => *owner,
            _ => None,
        });
        assert_eq!(owner, Some(3));
        assert_eq!(table.words(), ["send 200", "cancel"]);
        table.respond(id, &request, 487);
        table.words();
        // The INVITE is answered: the CANCEL has no effect any more (9.2).
        table.receive(cancel.clone(), UDP);
        assert_eq!(table.words(), ["send 200"]);
        assert_eq!(table.transactions.len(), 1);
    }
}

#[test]
fn the_answer_to_a_cancel_has_the_tag_of_the_invites_responses() {
    let mut table = Table::new();
    let (id, request) = table.accept(&theirs(Method::Invite, "z9hG4bKone"), UDP);
    table.respond(id, &request, 180);
    table.words();
    table.receive(theirs(Method::Cancel, "z9hG4bKone"), UDP);
    let sent = table.sent();
    let tag = |message: &Message| message.headers().to().unwrap().tag().map(str::to_owned);
    assert_eq!(sent.iter().map(tag).collect::<Vec<_>>(), [Some("bob".to_owned())]);
    // Before any, it has to have some.
    let mut table = Table::new();
    table.accept(&theirs(Method::Invite, "z9hG4bKone"), UDP);
    table.receive(theirs(Method::Cancel, "z9hG4bKone"), UDP);
    assert!(tag(&table.sent()[0]).is_some());
}

#[test]
fn a_cancel_of_nothing_is_answered_481_and_its_repetition_alike() {
    let mut table = Table::new();
    let cancel = theirs(Method::Cancel, "z9hG4bKone");
    table.receive(cancel.clone(), UDP);
    table.receive(cancel, UDP);
    let sent = table.sent();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].to_bytes(), sent[1].to_bytes());
    let Message::Response(answer) = &sent[0] else { panic!() };
    assert_eq!(answer.status.code(), 481);
    assert!(answer.headers.to().unwrap().tag().is_some());
    assert_eq!(table.transactions.counters().unmatched_cancels, 2);
    assert!(table.is_clean());
}

#[test]
fn a_request_that_came_on_two_ways_is_refused_once() {
    let mut table = Table::new();
    let first = theirs(Method::Invite, "z9hG4bKone");
    let second = theirs(Method::Invite, "z9hG4bKtwo");
    let (id, _) = table.accept(&first, UDP);
    table.receive(second.clone(), UDP);
    assert_eq!(table.words(), ["send 482"]);
    assert_eq!(table.transactions.counters().merged_requests, 1);
    assert_eq!(table.transactions.len(), 1);
    // Inside a dialog the CSeq is enough for the user to tell.
    let inside = theirs(Method::Invite, "z9hG4bKthree");
    let inside = with(inside, HeaderName::To, "<sip:bob@example.com>;tag=bob");
    table.accept(&inside, UDP);
    table.transactions.terminate(id, &mut table.out);
    assert_eq!(table.words(), ["ended"]);
    // Gone is gone: now it is a request of its own.
    table.accept(&second, UDP);
}

#[test]
fn a_response_belongs_to_the_request_with_its_branch_and_method() {
    let mut table = Table::new();
    let (_, options) = table.request(ours(Method::Options), UDP);
    let answer = response(&options, 200);
    let mut wrong_branch = answer.clone();
    let via = "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK0123456789abcdef";
    wrong_branch.headers.set(&HeaderName::Via, via);
    let mut wrong_method = answer.clone();
    wrong_method.headers.set(&HeaderName::CSeq, "314159 BYE");
    let mut two_vias = answer.clone();
    two_vias.headers.push(&HeaderName::Via, "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKx");
    table.receive(wrong_branch, UDP);
    table.receive(wrong_method, UDP);
    assert_eq!(table.transactions.counters().stray_responses, 2);
    table.receive(two_vias, UDP);
    assert_eq!(table.transactions.counters().bad_responses, 1);
    assert_eq!(table.words(), Vec::<String>::new());
    table.receive(answer, UDP);
    assert_eq!(table.words(), ["up 200"]);
}

#[test]
fn a_2xx_to_a_forgotten_invite_is_passed_up_and_other_strays_are_counted() {
    let mut table = Table::new();
    let (_, invite) = table.request(ours(Method::Invite), UDP);
    table.receive(response(&invite, 200), UDP);
    table.run_until(100_000);
    assert!(table.is_clean());
    for code in [200, 180, 486] {
        table.receive(response(&invite, code), UDP);
    }
    assert_eq!(table.words(), ["stray 200"]);
    assert_eq!(table.transactions.counters().stray_responses, 2);
}

#[test]
fn what_has_no_usable_via_is_counted_and_dropped() {
    let mut table = Table::new();
    for text in [
        "OPTIONS sip:a@b SIP/2.0\r\nCSeq: 1 OPTIONS\r\n\r\n",
        "OPTIONS sip:a@b SIP/2.0\r\nVia: nonsense\r\nCSeq: 1 OPTIONS\r\n\r\n",
    ] {
        let message = Message::parse_datagram(Bytes::from(text)).unwrap();
        table.receive(message, UDP);
    }
    assert_eq!(table.transactions.counters().bad_requests, 2);
    let text = "SIP/2.0 200 OK\r\nCSeq: 1 OPTIONS\r\n\r\n";
    table.receive(Message::parse_datagram(Bytes::from(text)).unwrap(), UDP);
    let text = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKx\r\n\r\n";
    table.receive(Message::parse_datagram(Bytes::from(text)).unwrap(), UDP);
    assert_eq!(table.transactions.counters().bad_responses, 2);
    assert_eq!(table.words(), Vec::<String>::new());
}

#[test]
fn a_request_whose_other_headers_are_bad_can_still_be_answered() {
    let mut table = Table::new();
    let text = "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKx\r\nCSeq: x\r\n\r\n";
    let message = Message::parse_datagram(Bytes::from(text)).unwrap();
    table.receive(message, UDP);
    let Some(TransactionOutput::Request { id, request, .. }) = table.out.pop_back() else {
        panic!()
    };
    table.respond(id, &request, 400);
    assert_eq!(table.words(), ["send 400"]);
}
