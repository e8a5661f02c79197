//! Header values as types.

use super::request;
use crate::message::{Fault, HeaderName, Headers, Host, Method, Uri, Via};

fn headers(lines: &str) -> Headers {
    request(&format!("OPTIONS sip:a@b SIP/2.0\r\n{lines}\r\n\r\n")).headers
}

#[test]
fn vias_have_a_host_a_port_and_parameters() {
    let parse = |text: &'static str| Via::parse(text.as_bytes());
    let via = parse("SIP/2.0/TLS [2001:db8::9:1]:5061;received=192.0.2.1;rport=9;ttl=16;maddr=m")
        .unwrap();
    assert_eq!((via.transport, via.port), ("TLS", Some(5061)));
    assert_eq!(via.host, Host::Ip("2001:db8::9:1".parse().unwrap()));
    assert_eq!(via.received(), Some("192.0.2.1".parse().unwrap()));
    assert_eq!((via.rport(), via.ttl()), (Some(Some(9)), Some(16)));
    assert_eq!(via.maddr(), Some(Host::Name("m")));
    // RFC 5118 4.5: received with and without brackets.
    for received in ["received=[2001:db8::9]", "received=2001:db8::9"] {
        let text = format!("SIP/2.0/UDP h;{received}");
        let via = Via::parse(text.as_bytes()).unwrap();
        assert_eq!(via.received(), Some("2001:db8::9".parse().unwrap()));
    }
    let spaced =
        parse("SIP / 2.0 / UDP  first.example.com : 4000 ; ttl=16 ; branch = z9hG4bKa7c6").unwrap();
    assert_eq!((spaced.host, spaced.port), (Host::Name("first.example.com"), Some(4000)));
    assert_eq!(spaced.transaction_branch(), Some("z9hG4bKa7c6"));
    assert_eq!(parse("SIP/2.0/UDP h;branch=z9hG4bK").unwrap().transaction_branch(), None);
    assert_eq!(parse("SIP/2.0/UDP h;branch=1").unwrap().transaction_branch(), None);
    assert_eq!(parse("SIP/2.0/UDP h").unwrap().rport(), None);
    for (text, fault) in [
        ("", Fault::Empty),
        ("UDP h", Fault::Version),
        ("SIP/3.0/UDP h", Fault::Version),
        ("SIP/2.0/UDP", Fault::Host),
        ("SIP/2.0/ h", Fault::Host),
        ("SIP/2.0/U@P h", Fault::Character),
        ("SIP/2.0/UDP h:99999", Fault::Host),
        ("SIP/2.0/UDP h:", Fault::Host),
        ("SIP/2.0/UDP h h", Fault::Host),
        ("SIP/2.0/UDP h;;", Fault::EmptyItem),
    ] {
        assert_eq!(parse(text).err(), Some(fault), "{text}");
    }
}

#[test]
fn addresses_keep_their_own_parameters_apart() {
    let lines = "Contact: \"A \\\"B\\\" C\" <sip:a@b;transport=tcp>;q=0.7;expires=60, sip:c@d;expires=soon\r\n\
        Contact: *\r\nFrom: sip:c@d;tag=88sja8x\r\nTo: The Operator <sip:op@cs.example>;tag=\"q t\"";
    let headers = headers(lines);
    let contacts: Vec<_> = headers.contacts().map(Result::unwrap).collect();
    assert_eq!(contacts[0].display_name().unwrap(), "A \"B\" C");
    assert_eq!(contacts[0].uri.transport(), Some("tcp"));
    assert_eq!((contacts[0].q(), contacts[0].expires()), (Some(700), Some(60)));
    // RFC 3261 10.2.1.1: a malformed value counts as 3600.
    assert_eq!((contacts[1].q(), contacts[1].expires()), (None, Some(3600)));
    assert_eq!((contacts.len(), headers.has_contact_star()), (2, true));
    // RFC 3261 20.10: parameters of a bare URI are the header's.
    assert_eq!(headers.from().unwrap().tag(), Some("88sja8x"));
    assert_eq!(headers.from().unwrap().uri.as_str(), "sip:c@d");
    assert_eq!(headers.to().unwrap().display_name().unwrap(), "The Operator");
    assert_eq!(headers.to().unwrap().params.unquoted("TAG").unwrap(), "q t");
    assert_eq!(self::headers("Contact: *").contact().unwrap_err().fault, Fault::Missing);
}

#[test]
fn numbers_are_bounded() {
    let lines = "Max-Forwards: 256\r\nExpires: 4294967295\r\nMin-Expires: 1 0\r\nRSeq: 12\r\n\
        Retry-After: 120 (I'm in a meeting);duration=3600\r\nCSeq: 2147483648 OPTIONS";
    let headers = headers(lines);
    assert_eq!(headers.max_forwards().unwrap_err().fault, Fault::OutOfRange);
    assert_eq!(headers.expires(), Ok(Some(u32::MAX)));
    assert_eq!(headers.min_expires().unwrap_err().fault, Fault::NotANumber);
    assert_eq!((headers.rseq(), headers.retry_after()), (Ok(Some(12)), Ok(Some(120))));
    assert_eq!(headers.cseq().unwrap_err().fault, Fault::OutOfRange);
    assert_eq!(headers.content_length(), Ok(None));
}

#[test]
fn the_other_values_have_types() {
    let lines = "CSeq: 4711 INVITE\r\nRAck: 776656 1 INVITE\r\nc: Text/HTML; charset=ISO-8859-4\r\n\
        Reason: SIP ;cause=200 ;text=\"Call completed elsewhere\", Q.850;cause=16\r\n\
        o: presence;id=7\r\nAllow: INVITE, NEW\r\nAllow: BYE\r\nRequire: 100rel, (x), timer";
    let headers = headers(lines);
    assert_eq!(headers.cseq().unwrap().to_string(), "4711 INVITE");
    let rack = headers.rack().unwrap();
    assert_eq!((rack.rseq, rack.cseq, rack.method), (776_656, 1, Method::Invite));
    let media = headers.content_type().unwrap().unwrap();
    assert!(media.is("text", "html") && !media.is("text", "plain"));
    assert_eq!(media.params.value("charset"), Some("ISO-8859-4"));
    let reasons: Vec<_> = headers.reasons().collect();
    assert_eq!((reasons[0].protocol, reasons[0].cause), ("SIP", Some(200)));
    assert_eq!(reasons[0].text.as_deref(), Some("Call completed elsewhere"));
    assert_eq!((reasons[1].protocol, reasons[1].cause), ("Q.850", Some(16)));
    let event = headers.parameterized(&HeaderName::Event).unwrap().unwrap();
    assert_eq!((event.value, event.params.value("id")), ("presence", Some("7")));
    let allowed: Vec<_> = headers.allow().map(|method| method.to_string()).collect();
    assert_eq!(allowed, ["INVITE", "NEW", "BYE"]);
    assert!(headers.allows(&Method::Bye) && !headers.allows(&Method::Ack));
    assert_eq!(headers.require().collect::<Vec<_>>(), ["100rel", "timer"]);
    assert_eq!(self::headers("Call-ID: a b").call_id().unwrap_err().fault, Fault::Character);
    assert_eq!(
        self::headers("Content-Type: text").content_type().unwrap_err().fault,
        Fault::Character
    );
}

#[test]
fn a_telephone_number_goes_through_unchanged() {
    let number: Uri = "tel:+358-9-123".parse().unwrap();
    let mut request = request("INVITE tel:+358-9-123;phone-context=x SIP/2.0\r\n\r\n");
    assert_eq!(request.uri().unwrap().tel_number(), Some("+358-9-123"));
    request.set_uri(&number);
    request.headers.push_display(&HeaderName::To, format_args!("<{number}>"));
    assert_eq!(request.headers.to().unwrap().uri.as_str(), "tel:+358-9-123");
    assert!(request.to_bytes().starts_with(b"INVITE tel:+358-9-123 SIP/2.0\r\n"));
}
