use super::Protocol::{Tcp, Tls, Udp, Ws, Wss};
use super::*;

fn query(uri: &str) -> Result<Query, QueryError> {
    Query::for_uri(&uri.parse().unwrap())
}

fn address(protocol: Protocol, address: &str) -> Result<Query, QueryError> {
    Ok(Query::Address { protocol, address: address.parse().unwrap() })
}

fn host(protocol: Protocol, port: u16) -> Result<Query, QueryError> {
    Ok(Query::Host { protocol, name: "example.com".to_owned(), port })
}

fn service(protocol: Protocol) -> Result<Query, QueryError> {
    Ok(Query::Service { protocol, name: "example.com".to_owned() })
}

fn domain(secure: bool) -> Result<Query, QueryError> {
    Ok(Query::Domain { secure, name: "example.com".to_owned() })
}

/// RFC 3263 4.1 and 4.2, one line for each way through them.
#[test]
fn every_way_through_rfc_3263() {
    let cases = [
        // A number leaves nothing to look up.
        ("sip:192.0.2.7", address(Udp, "192.0.2.7:5060")),
        ("sip:192.0.2.7:5080", address(Udp, "192.0.2.7:5080")),
        ("sip:bob@[2001:db8::7]", address(Udp, "[2001:db8::7]:5060")),
        ("sip:192.0.2.7;transport=tcp", address(Tcp, "192.0.2.7:5060")),
        ("sip:192.0.2.7;transport=tls", address(Tls, "192.0.2.7:5061")),
        ("sip:192.0.2.7;transport=ws", address(Ws, "192.0.2.7:80")),
        ("sips:192.0.2.7", address(Tls, "192.0.2.7:5061")),
        ("sips:192.0.2.7:5099", address(Tls, "192.0.2.7:5099")),
        // A port leaves no choice of protocol.
        ("sip:example.com:5060", host(Udp, 5060)),
        ("sip:example.com:5060;transport=TCP", host(Tcp, 5060)),
        ("sips:example.com:5061", host(Tls, 5061)),
        // A transport leaves the port to SRV.
        ("sip:example.com;transport=udp", service(Udp)),
        ("sip:example.com;transport=tcp", service(Tcp)),
        ("sip:example.com;transport=tls", service(Tls)),
        ("sips:example.com;transport=tcp", service(Tls)),
        // WebSocket has no service records.
        ("sip:example.com;transport=ws", host(Ws, 80)),
        ("sip:example.com;transport=wss", host(Wss, 443)),
        ("sips:example.com;transport=ws", host(Wss, 443)),
        // Nothing said: NAPTR.
        ("sip:bob@example.com", domain(false)),
        ("sips:bob@example.com", domain(true)),
        // maddr is the target.
        ("sip:elsewhere.org;maddr=example.com", domain(false)),
        ("sip:elsewhere.org:5070;maddr=192.0.2.9", address(Udp, "192.0.2.9:5070")),
        // What cannot be a next hop.
        ("tel:+35850", Err(QueryError::Scheme)),
        ("mailto:bob@example.com", Err(QueryError::Scheme)),
        ("sip:example.com;transport=sctp", Err(QueryError::Transport)),
        ("sip:example.com;transport=x", Err(QueryError::Transport)),
        ("sips:example.com;transport=udp", Err(QueryError::Insecure)),
        ("sip:example.com;maddr", Err(QueryError::Host)),
    ];
    for (uri, expected) in cases {
        assert_eq!(query(uri), expected, "{uri}");
    }
}

#[test]
fn a_query_tells_its_protocol_and_the_name_that_a_certificate_must_bear() {
    let query = query("sips:example.com;transport=tcp").unwrap();
    assert_eq!((query.protocol(), query.name()), (Some(Tls), Some("example.com")));
    let query = Query::for_uri(&"sips:example.com".parse().unwrap()).unwrap();
    assert_eq!((query.protocol(), query.name()), (None, Some("example.com")));
    let query = Query::for_uri(&"sip:192.0.2.7".parse().unwrap()).unwrap();
    assert_eq!((query.protocol(), query.name()), (Some(Udp), None));
}

#[test]
fn service_names_are_those_of_rfc_3263() {
    let name = |protocol| Query::service_name(protocol, "example.com");
    assert_eq!(name(Udp).as_deref(), Some("_sip._udp.example.com"));
    assert_eq!(name(Tcp).as_deref(), Some("_sip._tcp.example.com"));
    assert_eq!(name(Tls).as_deref(), Some("_sips._tcp.example.com"));
    assert_eq!(name(Ws), None);
}
