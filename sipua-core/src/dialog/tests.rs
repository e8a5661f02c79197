//! RFC 3261 12: what a dialog is made of, and what its requests look like.

use std::net::SocketAddr;

use bytes::Bytes;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::*;
use crate::message::Message;
use crate::transport::Protocol;

fn flow() -> Flow {
    let at = |text: &str| text.parse::<SocketAddr>().unwrap();
    Flow { protocol: Protocol::Udp, local: at("10.0.0.1:5060"), remote: at("10.0.0.2:5060") }
}

fn tag() -> LocalTag {
    LocalTag::new(&mut StdRng::seed_from_u64(7))
}

fn parse(text: &str) -> Message {
    Message::parse_datagram(Bytes::from(text.replace('\n', "\r\n"))).unwrap()
}

fn invite(extra: &str) -> Request {
    let text = format!(
        "INVITE sip:bob@10.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK1\n\
         From: \"A\" <sip:alice@a.example>;tag=a1\nTo: Bob <sip:bob@b.example>\n\
         Call-ID: c1\nCSeq: 7 INVITE\nContact: <sip:alice@10.0.0.2:5070>\n{extra}\n"
    );
    match parse(&text) {
        Message::Request(request) => request,
        Message::Response(_) => unreachable!("a request"),
    }
}

fn response(extra: &str) -> Response {
    let text = format!(
        "SIP/2.0 200 OK\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\n\
         From: \"A\" <sip:alice@a.example>;tag=a1\nTo: Bob <sip:bob@b.example>;tag=b1\n\
         Call-ID: c1\nCSeq: 7 INVITE\n{extra}\n"
    );
    match parse(&text) {
        Message::Response(response) => response,
        Message::Request(_) => unreachable!("a response"),
    }
}

fn text(request: &Request) -> String {
    String::from_utf8(request.to_bytes().to_vec()).unwrap()
}

/// 12.1.1.
#[test]
fn the_uas_takes_its_side_from_the_request() {
    let dialog = Dialog::from_request(&invite(""), tag(), 100, flow()).unwrap();
    assert_eq!(dialog.remote_tag(), Some("a1"));
    assert_eq!(&**dialog.call_id(), "c1");
    assert_eq!(dialog.target().as_str(), "sip:alice@10.0.0.2:5070");
    assert_eq!(dialog.next_hop(), *dialog.target());
    assert!(dialog.is_with("c1", Some("a1")));
    assert!(!dialog.is_with("c1", Some("a2")) && !dialog.is_with("c2", Some("a1")));
    assert!(!dialog.is_with("c1", None));
}

/// 12.2.1.1.
#[test]
fn its_requests_turn_from_and_to_around_and_count_up() {
    let mut dialog = Dialog::from_request(&invite(""), tag(), 100, flow()).unwrap();
    let bye = text(&dialog.request(Method::Bye));
    assert!(bye.starts_with("BYE sip:alice@10.0.0.2:5070 SIP/2.0\r\n"), "{bye}");
    assert!(bye.contains(&format!("From: Bob <sip:bob@b.example>;tag={}\r\n", tag())), "{bye}");
    assert!(bye.contains("To: \"A\" <sip:alice@a.example>;tag=a1\r\n"), "{bye}");
    assert!(bye.contains("CSeq: 101 BYE\r\n") && bye.contains("Max-Forwards: 70\r\n"), "{bye}");
    assert!(text(&dialog.request(Method::Info)).contains("CSeq: 102 INFO\r\n"));
    assert!(text(&dialog.ack(7)).contains("CSeq: 7 ACK\r\n"));
}

/// 12.2.2: rising, with gaps allowed; the first number of a peer is any.
#[test]
fn the_peers_numbers_must_rise() {
    let mut dialog = Dialog::from_request(&invite(""), tag(), 1, flow()).unwrap();
    assert_eq!(dialog.accept_cseq(7), Err(DialogError::OutOfOrder));
    assert_eq!(dialog.accept_cseq(6), Err(DialogError::OutOfOrder));
    assert_eq!(dialog.accept_cseq(8), Ok(()));
    assert_eq!(dialog.accept_cseq(4_000_000_000), Ok(()));
    let mut dialog = Dialog::from_response(&invite(""), &response(""), tag(), 7, flow()).unwrap();
    assert_eq!(dialog.accept_cseq(0), Ok(()));
}

/// 12.1.2: the route set of the UAC is the Record-Route in reverse, over lines and commas.
#[test]
fn the_uac_reverses_the_route_set() {
    let routes = "Record-Route: <sip:p3;lr>, \"x, y\" <sip:p2;lr>\nRecord-Route: <sip:p1;lr>\n";
    let response = response(&format!("{routes}Contact: <sip:bob@10.0.0.9>\n"));
    let mut dialog = Dialog::from_response(&invite(""), &response, tag(), 7, flow()).unwrap();
    assert_eq!(dialog.next_hop().as_str(), "sip:p1;lr");
    let bye = text(&dialog.request(Method::Bye));
    let routes = "Route: <sip:p1;lr>\r\nRoute: \"x, y\" <sip:p2;lr>\r\nRoute: <sip:p3;lr>\r\n";
    assert!(bye.contains(routes), "{bye}");
    assert!(bye.starts_with("BYE sip:bob@10.0.0.9 SIP/2.0\r\n"), "{bye}");
}

/// A display name may look like anything; a peer may leave the brackets out.
#[test]
fn routes_are_read_as_addresses() {
    let routes = "Record-Route: sip:p2;lr\nRecord-Route: \"<x> \\\" <\" <sip:p1;lr>\n";
    let response = response(&format!("{routes}Contact: <sip:bob@10.0.0.9>\n"));
    let mut dialog = Dialog::from_response(&invite(""), &response, tag(), 7, flow()).unwrap();
    assert_eq!(dialog.next_hop().as_str(), "sip:p1;lr");
    let bye = text(&dialog.request(Method::Bye));
    let routes = "Route: \"<x> \\\" <\" <sip:p1;lr>\r\nRoute: <sip:p2;lr>\r\n";
    assert!(bye.contains(routes), "{bye}");
}

/// A 2xx without Contact: the target stays where the INVITE went.
#[test]
fn a_response_without_contact_leaves_the_target() {
    let dialog = Dialog::from_response(&invite(""), &response(""), tag(), 7, flow()).unwrap();
    assert_eq!(dialog.target().as_str(), "sip:bob@10.0.0.1");
}

/// 12.2.1.2: only the target is refreshed, never the route set.
#[test]
fn a_refresh_moves_the_target_alone() {
    let request = invite("Record-Route: <sip:p1;lr>\n");
    let mut dialog = Dialog::from_request(&request, tag(), 1, flow()).unwrap();
    let refresh = response("Record-Route: <sip:p9;lr>\nContact: <sip:alice@10.9.9.9>\n");
    dialog.refresh_target(&refresh.headers);
    assert_eq!(dialog.target().as_str(), "sip:alice@10.9.9.9");
    assert_eq!(dialog.next_hop().as_str(), "sip:p1;lr");
}

/// 12.1.1, 19.1.1: the target is what a Request-URI can be.
#[test]
fn the_target_is_a_sip_uri_without_headers() {
    let with = |contact: &str| {
        let text = String::from_utf8(invite("").to_bytes().to_vec()).unwrap();
        let text = text.replace("<sip:alice@10.0.0.2:5070>", contact);
        match Message::parse_datagram(Bytes::from(text)) {
            Ok(Message::Request(request)) => request,
            other => unreachable!("{other:?}"),
        }
    };
    let headers = with("<sip:alice@10.0.0.2;x=y?Subject=a&Route=b>");
    let mut dialog = Dialog::from_request(&headers, tag(), 1, flow()).unwrap();
    assert_eq!(dialog.target().as_str(), "sip:alice@10.0.0.2;x=y");
    for contact in ["<tel:+1555>", "<mailto:alice@example.com>", "<http://a.example/>"] {
        let result = Dialog::from_request(&with(contact), tag(), 1, flow());
        assert_eq!(result.unwrap_err(), DialogError::BadHeader, "{contact}");
        dialog.refresh_target(&with(contact).headers);
        assert_eq!(dialog.target().as_str(), "sip:alice@10.0.0.2;x=y");
    }
}

#[test]
fn what_makes_no_dialog_is_an_error() {
    let without_contact = invite("").to_bytes();
    let text = String::from_utf8(without_contact.to_vec()).unwrap();
    let text = text.replace("Contact: <sip:alice@10.0.0.2:5070>\r\n", "");
    let Ok(Message::Request(request)) = Message::parse_datagram(Bytes::from(text)) else {
        unreachable!("a request")
    };
    let result = Dialog::from_request(&request, tag(), 1, flow());
    assert_eq!(result.unwrap_err(), DialogError::BadHeader);
    let many = "Record-Route: <sip:p;lr>\n".repeat(MAX_ROUTES + 1);
    let result = Dialog::from_request(&invite(&many), tag(), 1, flow());
    assert_eq!(result.unwrap_err(), DialogError::TooManyRoutes);
    let result = Dialog::from_request(&invite("Record-Route: nonsense\n"), tag(), 1, flow());
    assert_eq!(result.unwrap_err(), DialogError::BadHeader);
}

#[test]
fn a_tag_is_read_as_it_is_written_and_not_otherwise() {
    assert_eq!(LocalTag::parse(&tag().to_string()), Some(tag()));
    for wrong in
        ["", "0", "0123456789abcdeF", "0123456789abcdef0", "+123456789abcdef", "é234567890abcde"]
    {
        assert_eq!(LocalTag::parse(wrong), None, "{wrong}");
    }
}
