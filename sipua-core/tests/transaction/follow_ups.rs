//! The ACK of RFC 3261 17.1.1.3 and the CANCEL of 9.1, byte by byte.

use sipua_core::message::{HeaderName, Message, Method, Request};
use sipua_core::transaction::{CancelError, Letter};
use sipua_core::transport::Protocol;

use super::support::{Table, flow, ours, response};

/// An INVITE with everything that must be copied, and something that must not.
fn invite() -> Request {
    let mut invite = ours(Method::Invite);
    let headers = &mut invite.headers;
    headers.push(&HeaderName::Route, "<sip:p1.example.com;lr>, <sip:p2.example.com;lr>");
    headers.push(&HeaderName::Route, "<sip:p3.example.com;lr>");
    headers.push(&HeaderName::Contact, "<sip:alice@192.0.2.1>");
    headers.push(&HeaderName::Require, "100rel");
    headers.push(&HeaderName::ProxyRequire, "foo");
    headers.push(&HeaderName::ContentType, "application/sdp");
    invite.body = "v=0\r\n".into();
    invite
}

fn via(request: &Request) -> String {
    String::from_utf8(request.headers.get(&HeaderName::Via).unwrap().to_vec()).unwrap()
}

fn text(message: &Message) -> String {
    String::from_utf8(message.to_bytes().to_vec()).unwrap()
}

#[test]
fn the_ack_for_a_refusal_is_that_of_17_1_1_3() {
    let mut table = Table::new();
    let (_, invite) = table.request(invite(), Protocol::Udp);
    table.receive(response(&invite, 486), Protocol::Udp);
    let sent = table.sent();
    let expected = format!(
        "ACK sip:bob@192.0.2.2:5062 SIP/2.0\r\n\
         Via: {}\r\n\
         Route: <sip:p1.example.com;lr>, <sip:p2.example.com;lr>\r\n\
         Route: <sip:p3.example.com;lr>\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:alice@example.com>;tag=alice\r\n\
         To: <sip:bob@example.com>;tag=bob\r\n\
         Call-ID: call-1\r\n\
         CSeq: 314159 ACK\r\n\
         Content-Length: 0\r\n\r\n",
        via(&invite)
    );
    assert_eq!(sent.iter().map(text).collect::<Vec<_>>(), [expected]);
}

#[test]
fn the_cancel_is_that_of_9_1() {
    let mut table = Table::new();
    let (id, invite) = table.request(invite(), Protocol::Udp);
    table.receive(response(&invite, 180), Protocol::Udp);
    table.words();
    table.transactions.cancel(id, table.now, &mut table.out).unwrap();
    let sent = table.sent();
    let expected = format!(
        "CANCEL sip:bob@192.0.2.2:5062 SIP/2.0\r\n\
         Via: {}\r\n\
         Route: <sip:p1.example.com;lr>, <sip:p2.example.com;lr>\r\n\
         Route: <sip:p3.example.com;lr>\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:alice@example.com>;tag=alice\r\n\
         To: <sip:bob@example.com>\r\n\
         Call-ID: call-1\r\n\
         CSeq: 314159 CANCEL\r\n\
         Content-Length: 0\r\n\r\n",
        via(&invite)
    );
    assert_eq!(sent.iter().map(text).collect::<Vec<_>>(), [expected]);
}

#[test]
fn a_cancel_waits_for_a_provisional_response_and_comes_once() {
    let mut table = Table::new();
    let (id, invite) = table.request(invite(), Protocol::Udp);
    let Table { transactions, now, out, .. } = &mut table;
    assert_eq!(transactions.cancel(id, *now, out), Err(CancelError::NotYet));
    table.receive(response(&invite, 100), Protocol::Udp);
    let Table { transactions, now, out, .. } = &mut table;
    let cancel = transactions.cancel(id, *now, out).unwrap();
    assert_eq!(transactions.cancel(id, *now, out), Err(CancelError::TooLate));
    assert_eq!(transactions.cancel(cancel, *now, out), Err(CancelError::Gone));
    assert_eq!(transactions.len(), 2);

    for code in [200, 486] {
        let mut table = Table::new();
        let (id, invite) = table.request(ours(Method::Invite), Protocol::Udp);
        table.receive(response(&invite, code), Protocol::Udp);
        let Table { transactions, now, out, .. } = &mut table;
        assert_eq!(transactions.cancel(id, *now, out), Err(CancelError::TooLate));
    }
    let mut table = Table::new();
    let (id, _) = table.request(ours(Method::Options), Protocol::Udp);
    let Table { transactions, now, out, .. } = &mut table;
    assert_eq!(transactions.cancel(id, *now, out), Err(CancelError::Gone));
}

#[test]
fn responses_to_invite_and_cancel_are_told_apart() {
    let mut table = Table::new();
    let (invite_id, invite) = table.request(invite(), Protocol::Udp);
    table.receive(response(&invite, 180), Protocol::Udp);
    table.words();
    let cancel_id = table.transactions.cancel(invite_id, table.now, &mut table.out).unwrap();
    let Some(Message::Request(cancel)) = table.sent().pop() else { panic!() };
    table.receive(response(&cancel, 200), Protocol::Udp);
    assert_eq!(table.words(), ["up 200"]);
    assert_eq!(table.timers(cancel_id).len(), 1);
    table.receive(response(&invite, 487), Protocol::Udp);
    assert_eq!(table.words(), ["send ACK", "up 487"]);
    // What waited for this response waits no more.
    assert_eq!(table.timers(invite_id), [(Letter::D, 32_000)]);
    table.run_until(100_000);
    assert!(table.is_clean());
}

#[test]
fn the_ack_for_a_2xx_has_a_via_of_its_own_and_no_transaction() {
    let mut table = Table::new();
    let (_, invite) = table.request(invite(), Protocol::Udp);
    table.receive(response(&invite, 200), Protocol::Udp);
    table.words();
    let Table { transactions, out, .. } = &mut table;
    let data = transactions.acknowledge(ours(Method::Ack), flow(Protocol::Udp), out).unwrap();
    let Some(Message::Request(ack)) = table.sent().pop() else { panic!() };
    assert_eq!(ack.to_bytes(), data);
    assert_ne!(via(&ack), via(&invite));
    assert!(ack.headers.via().unwrap().transaction_branch().is_some());
    assert_eq!(table.transactions.len(), 1);
    table.transactions.send(flow(Protocol::Udp), data, &mut table.out);
    assert_eq!(table.words(), ["send ACK"]);
}
