//! Via: our own, `received` and `rport`, and where a response goes (RFC 3261 18.2, RFC 3581).

use sipua_core::message::{HeaderName, Method};
use sipua_core::transaction::{Outbox, TransactionOutput};
use sipua_core::transport::{Flow, Protocol};

use super::support::{OWNER, Table, flow, ours, theirs};

/// The stamped Via, and where the response went, of a request with `via` from `source`.
fn arrival(via: &str, source: Flow) -> (String, Flow) {
    let mut table = Table::new();
    let mut request = theirs(Method::Options, "x");
    request.headers.set(&HeaderName::Via, via);
    let mut out = Outbox::new();
    table.transactions.handle_message(request.into(), source, table.now, &mut out);
    let Some(TransactionOutput::Request { id, request, flow }) = out.pop_back() else { panic!() };
    assert_eq!(flow, source);
    let stamped = request.headers.get(&HeaderName::Via).unwrap().to_vec();
    let reply = table.transactions.flow(id).unwrap();
    (String::from_utf8(stamped).unwrap(), reply)
}

fn udp_to(remote: &str) -> Flow {
    Flow { remote: remote.parse().unwrap(), ..flow(Protocol::Udp) }
}

#[test]
fn received_is_added_where_sent_by_differs_from_the_source() {
    let source = udp_to("192.0.2.2:5062");
    let check = |via: &str, stamped: &str, remote: &str| {
        let (seen, reply) = arrival(via, source);
        assert_eq!(seen, stamped);
        assert_eq!(reply, udp_to(remote), "{via}");
    };
    let branch = ";branch=z9hG4bKx";
    let same = format!("SIP/2.0/UDP 192.0.2.2:5070{branch}");
    check(&same, &same, "192.0.2.2:5070");
    let no_port = format!("SIP/2.0/UDP 192.0.2.2{branch}");
    check(&no_port, &no_port, "192.0.2.2:5060");
    let private = format!("SIP/2.0/UDP 10.0.0.1:5070{branch}");
    check(&private, &format!("{private};received=192.0.2.2"), "192.0.2.2:5070");
    let name = format!("SIP/2.0/UDP pc33.example.com{branch}");
    check(&name, &format!("{name};received=192.0.2.2"), "192.0.2.2:5060");
    // A forged one is replaced.
    let forged = format!("SIP/2.0/UDP 10.0.0.1{branch};received=203.0.113.9");
    let right = format!("SIP/2.0/UDP 10.0.0.1{branch};received=192.0.2.2");
    check(&forged, &right, "192.0.2.2:5060");
    let forged = format!("SIP/2.0/UDP 192.0.2.2{branch};received=203.0.113.9");
    check(&forged, &no_port, "192.0.2.2:5060");
}

#[test]
fn rport_is_filled_and_followed() {
    let source = udp_to("192.0.2.2:40000");
    let (via, reply) = arrival("SIP/2.0/UDP 10.0.0.1:5070;rport;branch=z9hG4bKx", source);
    assert_eq!(via, "SIP/2.0/UDP 10.0.0.1:5070;rport=40000;branch=z9hG4bKx;received=192.0.2.2");
    assert_eq!(reply, source);
    // RFC 3581 4: received even where it is equal.
    let (via, reply) = arrival("SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKx;rport", source);
    assert_eq!(via, "SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKx;rport=40000;received=192.0.2.2");
    assert_eq!(reply, source);
}

#[test]
fn maddr_and_streams_decide_before_received() {
    let source = udp_to("192.0.2.2:40000");
    let (_, reply) = arrival("SIP/2.0/UDP 10.0.0.1:5070;maddr=224.0.1.75;branch=z9hG4bKx", source);
    assert_eq!(reply, udp_to("224.0.1.75:5070"));
    let (_, reply) = arrival("SIP/2.0/UDP 10.0.0.1;maddr=192.0.2.2;branch=z9hG4bKx", source);
    assert_eq!(reply, udp_to("192.0.2.2:5060"));
    let connection = flow(Protocol::Tcp);
    let (_, reply) = arrival("SIP/2.0/TCP 10.0.0.1:5070;branch=z9hG4bKx", connection);
    assert_eq!(reply, connection);
}

#[test]
fn a_third_party_is_not_answered_because_maddr_names_it() {
    let source = udp_to("192.0.2.2:40000");
    for maddr in ["198.51.100.7", "127.0.0.1", "[2001:db8::9]", "victim.example"] {
        let via = format!("SIP/2.0/UDP 192.0.2.2:5070;maddr={maddr};branch=z9hG4bKx");
        assert_eq!(arrival(&via, source).1, udp_to("192.0.2.2:5070"), "{maddr}");
        let via = format!("SIP/2.0/UDP 192.0.2.2:5070;rport;maddr={maddr};branch=z9hG4bKx");
        assert_eq!(arrival(&via, source).1, source, "{maddr}");
    }
}

#[test]
fn ipv6_is_written_as_it_must_be() {
    let source = Flow {
        protocol: Protocol::Udp,
        local: "[2001:db8::1]:5060".parse().unwrap(),
        remote: "[2001:db8::2]:5062".parse().unwrap(),
    };
    let same = "SIP/2.0/UDP [2001:DB8:0::2]:5062;branch=z9hG4bKx";
    assert_eq!(arrival(same, source), (same.to_owned(), source));
    let (via, _) = arrival("SIP/2.0/UDP host.example;branch=z9hG4bKx", source);
    assert_eq!(via, "SIP/2.0/UDP host.example;branch=z9hG4bKx;received=2001:db8::2");
    // An IPv4 peer on a socket for both.
    let mapped = Flow { remote: "[::ffff:192.0.2.2]:5062".parse().unwrap(), ..source };
    let same = "SIP/2.0/UDP 192.0.2.2:5062;branch=z9hG4bKx";
    assert_eq!(arrival(same, mapped), (same.to_owned(), mapped));

    let mut table = Table::new();
    let Table { transactions, now, out, .. } = &mut table;
    transactions.request(ours(Method::Options), source, OWNER, *now, out).unwrap();
    let sent = table.sent();
    let via = sent[0].headers().via().unwrap();
    assert!(via.text.starts_with(b"SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bK"));
}

#[test]
fn only_the_top_via_is_touched() {
    let mut table = Table::new();
    let mut request = theirs(Method::Options, "x");
    let vias = "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx, SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKy";
    request.headers.set(&HeaderName::Via, vias);
    let (_, request) = table.accept(&request, Protocol::Udp);
    let seen: Vec<_> = request.headers.values(&HeaderName::Via).collect();
    let first = b"SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx;received=192.0.2.2".as_slice();
    assert_eq!(seen, [first, b"SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKy"]);
}

#[test]
fn every_request_of_ours_has_a_branch_of_its_own_and_asks_for_rport() {
    let mut table = Table::new();
    let mut branches = std::collections::HashSet::new();
    for _ in 0..1_000 {
        let (_, request) = table.request(ours(Method::Options), Protocol::Udp);
        let via = request.headers.via().unwrap();
        assert_eq!(via.rport(), Some(None));
        assert_eq!(via.transport, "UDP");
        assert!(branches.insert(via.transaction_branch().unwrap().to_owned()));
    }
}
