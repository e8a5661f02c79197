//! Unit tests of the message model.
#![allow(clippy::indexing_slicing, reason = "a test fails by panicking")]

mod editing;
mod pitfalls;
mod streams;
mod typing;

use super::{Fault, HeaderName, Host, Message, Method, Request, Response, StatusCode};

fn request(text: &str) -> Request {
    match Message::parse_datagram(text.as_bytes().to_vec().into()).unwrap() {
        Message::Request(request) => request,
        Message::Response(response) => panic!("{response:?}"),
    }
}

const INVITE: &str = "INVITE sip:bob@biloxi.com SIP/2.0\r\n\
    Via: SIP/2.0/UDP pc33.atlanta.com:5066;branch=z9hG4bK776asdhds;rport\r\n\
    Max-Forwards: 70\r\n\
    t: Bob <sip:bob@biloxi.com>\r\n\
    From: \"Alice \\\"A\\\"\" <sip:alice@atlanta.com>;tag=1928301774\r\n\
    Call-ID: a84b4c76e66710@pc33.atlanta.com\r\n\
    CSeq: 314159 INVITE\r\n\
    Contact: <sip:alice@[2001:db8::9]:5070>\r\n\
    Content-Type: application/sdp\r\n\
    Content-Length: 4\r\n\r\nv=0\nmore";

#[test]
fn the_usual_headers_are_typed() {
    let request = request(INVITE);
    let headers = &request.headers;
    assert_eq!(request.method, Method::Invite);
    assert_eq!(request.uri().unwrap().user(), Some("bob"));
    let via = headers.via().unwrap();
    assert_eq!(
        (via.transport, via.host, via.port),
        ("UDP", Host::Name("pc33.atlanta.com"), Some(5066))
    );
    assert_eq!(via.transaction_branch(), Some("z9hG4bK776asdhds"));
    assert_eq!(via.rport(), Some(None));
    assert_eq!(headers.from().unwrap().tag(), Some("1928301774"));
    assert_eq!(headers.from().unwrap().display_name().unwrap(), "Alice \"A\"");
    assert_eq!(headers.to().unwrap().display_name().unwrap(), "Bob");
    assert_eq!(headers.cseq().unwrap().number, 314_159);
    assert_eq!(
        headers.contact().unwrap().uri.host(),
        Some(Host::Ip("2001:db8::9".parse().unwrap()))
    );
    assert!(headers.content_type().unwrap().unwrap().is("Application", "SDP"));
    assert_eq!(headers.max_forwards(), Ok(Some(70)));
    assert_eq!(&request.body[..], b"v=0\n");
    assert_eq!(request.validate(), []);
    assert_eq!(request.reject_status(), None);
}

#[test]
fn a_response_copies_what_it_must() {
    let request = request(INVITE);
    let ringing = Response::for_request(&request, StatusCode::RINGING, None, Some("x1"));
    let text = String::from_utf8(ringing.to_bytes().to_vec()).unwrap();
    assert_eq!(
        text,
        "SIP/2.0 180 Ringing\r\n\
         Via: SIP/2.0/UDP pc33.atlanta.com:5066;branch=z9hG4bK776asdhds;rport\r\n\
         From: \"Alice \\\"A\\\"\" <sip:alice@atlanta.com>;tag=1928301774\r\n\
         To: Bob <sip:bob@biloxi.com>;tag=x1\r\n\
         Call-ID: a84b4c76e66710@pc33.atlanta.com\r\n\
         CSeq: 314159 INVITE\r\n\
         Content-Length: 0\r\n\r\n"
    );
}

#[test]
fn a_missing_header_is_named() {
    let request = request("OPTIONS sip:a@b SIP/2.0\r\n\r\n");
    let error = request.headers.via().unwrap_err();
    assert_eq!((error.header, error.fault), (HeaderName::Via, Fault::Missing));
    assert_eq!(request.reject_status(), Some(StatusCode::BAD_REQUEST));
}
