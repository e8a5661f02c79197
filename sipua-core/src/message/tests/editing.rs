//! Headers in order and verbatim, and changes to them.

use super::request;
use crate::message::{
    HeaderName, Headers, Message, Method, Request, Response, StatusCode, Token, Uri,
};

fn lines(headers: &Headers) -> Vec<String> {
    let text = |value| String::from_utf8_lossy(value).into_owned();
    headers.iter().map(|header| format!("{}:{}", header.name_text(), text(header.value))).collect()
}

fn some_headers() -> Headers {
    let text = "OPTIONS sip:a@b SIP/2.0\r\n\
        v: SIP/2.0/UDP a;branch=1 , SIP/2.0/UDP b;branch=\"2,3\",\r\n SIP/2.0/UDP c\r\n\
        X-Odd  :  w  \r\nRoute: <sip:x,y@h;lr>,<sip:z>\r\nrOuTe: <sip:last>\r\n\r\n";
    request(text).headers
}

#[test]
fn names_are_told_apart_whatever_their_form() {
    let headers = some_headers();
    assert_eq!(headers.len(), 4);
    let odd = HeaderName::parse(b"x-odd").unwrap();
    assert_eq!(headers.get(&odd), Some(&b"w"[..]));
    assert_eq!(headers.iter().nth(1).unwrap().name(), Some(odd));
    assert_eq!(headers.iter().nth(1).unwrap().name_text(), "X-Odd");
    assert_eq!(headers.get_all(&HeaderName::Route).count(), 2);
    for (text, name) in [
        (&b"v"[..], HeaderName::Via),
        (b"VIA", HeaderName::Via),
        (b"i", HeaderName::CallId),
        (b"call-id", HeaderName::CallId),
        (b"refer-to", HeaderName::ReferTo),
        (b"Reply-To", HeaderName::ReplyTo),
        (b"R", HeaderName::ReferTo),
        (b"www-authenticate", HeaderName::WwwAuthenticate),
    ] {
        assert_eq!(HeaderName::parse(text), Some(name));
    }
    for text in [&b""[..], b"a b", b"a:", b"\xff", b"a\0"] {
        assert_eq!(HeaderName::parse(text), None);
    }
    assert_eq!(HeaderName::parse(b"z").unwrap().as_str(), "z");
    assert_eq!(Token::new(""), None);
}

#[test]
fn items_are_separated_outside_quotes_and_brackets() {
    let headers = some_headers();
    let items = |name| headers.values(name).map(String::from_utf8_lossy).collect::<Vec<_>>();
    assert_eq!(items(&HeaderName::Via).len(), 3);
    assert_eq!(items(&HeaderName::Via)[1], "SIP/2.0/UDP b;branch=\"2,3\"");
    assert_eq!(items(&HeaderName::Route), ["<sip:x,y@h;lr>", "<sip:z>", "<sip:last>"]);
}

#[test]
fn single_values_come_and_go_and_the_rest_stays_in_place() {
    let mut headers = some_headers();
    assert!(headers.remove_first_value(&HeaderName::Route));
    assert!(headers.replace_first_value(&HeaderName::Via, "SIP/2.0/UDP n"));
    assert_eq!(
        lines(&headers),
        [
            "Via:SIP/2.0/UDP n, SIP/2.0/UDP b;branch=\"2,3\",   SIP/2.0/UDP c",
            "X-Odd:w",
            "Route:<sip:z>",
            "rOuTe:<sip:last>"
        ]
    );
    assert!(headers.remove_first_value(&HeaderName::Route));
    assert!(headers.remove_first_value(&HeaderName::Route));
    assert!(!headers.remove_first_value(&HeaderName::Route));
    assert!(!headers.replace_first_value(&HeaderName::Route, "x"));
    headers.push(&HeaderName::Allow, "INVITE");
    headers.push_front(&HeaderName::Via, "SIP/2.0/UDP top");
    headers.push(&HeaderName::Allow, "ACK");
    headers.set_display(&HeaderName::Allow, 7);
    headers.set(&HeaderName::Expires, "60");
    assert_eq!(headers.remove(&HeaderName::parse(b"x-ODD").unwrap()), 1);
    let found = lines(&headers);
    assert_eq!(found[0], "Via:SIP/2.0/UDP top");
    assert_eq!(found[2..], ["Allow:7", "Expires:60"]);
}

#[test]
fn a_value_cannot_smuggle_in_a_header() {
    let mut message = Request::new(Method::Options, &"sip:a@b".parse::<Uri>().unwrap());
    message.headers.push(&HeaderName::Subject, "x\r\nEvil: 1\r\n\r\n\0y");
    message.headers.push_display(&HeaderName::Organization, "a\nb");
    let read = Message::parse_datagram(message.to_bytes()).unwrap();
    assert_eq!(
        lines(read.headers()),
        ["Subject:x  Evil: 1     y", "Organization:a b", "Content-Length:0"]
    );
    let refused = Response::new(StatusCode::DECLINE, Some("no\r\nEvil: 1"));
    assert_eq!(refused.reason(), "no  Evil: 1");
}

#[test]
fn what_was_received_is_written_verbatim_with_the_right_length() {
    let text = "MESSAGE sip:a@b SIP/2.0\r\nf: \"J\u{f6}rg\" <sip:j@b>;tag=1\r\nSubject: one\r\n\ttwo\r\n\
        l: 9\r\nX: \u{1F600}\r\n\r\nbody";
    let mut message = request(text);
    let written = String::from_utf8(message.to_bytes().to_vec()).unwrap();
    assert_eq!(written, text.replace("l: 9", "l: 4"));
    assert_eq!(message.headers.text(&HeaderName::Subject).unwrap(), "one two");
    message.body = "twelve bytes".into();
    assert!(String::from_utf8(message.to_bytes().to_vec()).unwrap().contains("\r\nl: 12\r\n"));
    // Bytes that are not UTF-8 stay.
    let latin =
        b"MESSAGE sip:a@b SIP/2.0\r\nFrom: J\xf6rg <sip:j@b>;tag=1\r\nContent-Length: 0\r\n\r\n";
    let message = Message::parse_datagram(latin.to_vec().into()).unwrap();
    assert_eq!(&message.to_bytes()[..], latin);
    assert_eq!(message.headers().from().unwrap().display_name().unwrap(), "J\u{fffd}rg");
}

#[test]
fn responses_carry_the_route_set_and_the_timestamp_where_they_must() {
    let invite = request(
        "INVITE sip:a@b SIP/2.0\r\nRecord-Route: <sip:p1;lr>, <sip:p2;lr>\r\nTimestamp: 54\r\n\
         To: <sip:a@b>;tag=old\r\nVia: SIP/2.0/UDP x\r\n\r\n",
    );
    let has = |status, name| {
        let response = Response::for_request(&invite, status, None, Some("new"));
        assert_eq!(response.headers.to().unwrap().tag(), Some("old"));
        response.headers.contains(&name)
    };
    assert!(has(StatusCode::TRYING, HeaderName::Timestamp));
    assert!(!has(StatusCode::OK, HeaderName::Timestamp));
    assert!(!has(StatusCode::TRYING, HeaderName::RecordRoute));
    assert!(has(StatusCode::RINGING, HeaderName::RecordRoute));
    assert!(has(StatusCode::OK, HeaderName::RecordRoute));
    assert!(!has(StatusCode::BUSY_HERE, HeaderName::RecordRoute));
}
