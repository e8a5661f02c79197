//! What has hurt others: framing, smuggling, limits.

use bytes::Bytes;

use super::request;
use crate::message::limits::{MAX_HEADERS, MAX_LIST_ITEMS, MAX_MESSAGE, MAX_PARAMS, MAX_PROBLEMS};
use crate::message::{
    Fault, HeaderName, Message, ParseError, Place, Problem, Request, Response, StatusCode,
};

const HEAD: &str = "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n\
    From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n";

fn with(lines: &str) -> Request {
    request(&format!("{HEAD}{lines}\r\n12345"))
}

fn faults(request: &Request) -> Vec<(Place, Fault)> {
    let pair = |problem: Problem| (problem.place, problem.fault);
    request.validate().into_iter().map(pair).collect()
}

#[test]
fn only_a_right_content_length_frames_a_datagram() {
    let place = || Place::Header(HeaderName::ContentLength);
    let cases = [
        ("-1", Fault::NotANumber),
        ("+5", Fault::NotANumber),
        ("0x5", Fault::NotANumber),
        ("5 5", Fault::NotANumber),
        ("5, 5", Fault::NotANumber),
        ("", Fault::Empty),
        ("6", Fault::BodyTooShort),
        ("4294967295", Fault::BodyTooShort),
        ("4294967296", Fault::OutOfRange),
        ("4294967301", Fault::OutOfRange),
        ("18446744073709551621", Fault::OutOfRange),
        ("99999999999999999999999999999999999999999", Fault::OutOfRange),
    ];
    for (value, fault) in cases {
        let request = with(&format!("Content-Length: {value}\r\n"));
        assert_eq!(faults(&request), [(place(), fault)], "{value}");
        assert_eq!(request.reject_status(), Some(StatusCode::BAD_REQUEST));
    }
    for (value, body) in [("5", "12345"), ("2", "12"), ("0000000005", "12345"), ("0", "")] {
        let request = with(&format!("Content-Length: {value}\r\n"));
        assert_eq!(faults(&request), [], "{value}");
        assert_eq!(&request.body[..], body.as_bytes());
    }
    let twice = with("Content-Length: 5\r\nl: 3\r\n");
    assert_eq!(faults(&twice), [(place(), Fault::Repeated)]);
    assert_eq!(&with("").body[..], b"12345");
}

/// CVE-2016-9938: only spaces and tabs may stand before the colon.
#[test]
fn control_characters_before_the_colon_make_no_header() {
    for separator in ["\u{1}", "\u{b}", "\u{a0}", " \u{c}", "\0"] {
        let request = with(&format!("Content-Length{separator}: 3\r\n"));
        assert!(!request.headers.contains(&HeaderName::ContentLength));
        assert_eq!(faults(&request), [(Place::Line(7), Fault::NotAHeader)], "{separator:?}");
        assert_eq!(request.reject_status(), Some(StatusCode::BAD_REQUEST));
    }
    assert_eq!(&with("Content-Length \t : 3\r\n").body[..], b"123");
}

#[test]
fn lines_that_are_no_headers_are_found() {
    for line in ["no colon\r\n", ": empty name\r\n", "a b: c\r\n", "(x): y\r\n"] {
        assert_eq!(faults(&with(line)), [(Place::Line(7), Fault::NotAHeader)], "{line}");
    }
    // A fold of such a line belongs to it, and is a problem of its own.
    assert_eq!(faults(&with("no colon\r\n and more\r\n")).len(), 1 + 1);
    let request = request("OPTIONS sip:a@b SIP/2.0\r\n folded: start\r\n\r\n");
    assert_eq!(faults(&request)[0], (Place::Line(2), Fault::NotAHeader));
}

#[test]
fn bare_line_feeds_and_a_cut_head_are_read_but_not_valid() {
    let request = request(&HEAD.replace("\r\n", "\n"));
    assert_eq!(request.headers.call_id(), Ok("x"));
    let found = faults(&request);
    assert_eq!(found[0], (Place::Line(1), Fault::LineEnd));
    assert!(found.contains(&(Place::Message, Fault::Unterminated)), "{found:?}");
    assert_eq!(request.reject_status(), Some(StatusCode::BAD_REQUEST));
}

#[test]
fn what_is_not_sip_is_told_apart() {
    let error = |data: &[u8]| Message::parse_datagram(Bytes::copy_from_slice(data)).err();
    assert_eq!(error(b""), Some(ParseError::Empty));
    for keep_alive in [&b"\r\n"[..], b"\r\n\r\n", b"\0", b"\0\0\0\0", b"\n"] {
        assert_eq!(error(keep_alive), Some(ParseError::KeepAlive));
    }
    let start_lines = [
        "GET / HTTP/1.1\r\n\r\n",
        "INVITE\r\n\r\n",
        "INVITE sip:a@b\r\n\r\n",
        "INVITE SIP/2.0\r\n\r\n",
        " INVITE sip:a@b SIP/2.0\r\n\r\n",
        "INV(TE sip:a@b SIP/2.0\r\n\r\n",
        "SIP/2.0\r\n\r\n",
        "\u{1}\u{1}\0\0!\u{12}\u{a4}B",
    ];
    for line in start_lines {
        assert_eq!(error(line.as_bytes()), Some(ParseError::StartLine), "{line:?}");
    }
    for code in ["99", "700", "2000", "+200", "-20", "", "20x", "4294967496"] {
        let line = format!("SIP/2.0 {code} OK\r\n\r\n");
        assert_eq!(error(line.as_bytes()), Some(ParseError::StatusCode), "{line:?}");
    }
    assert_eq!(error(b"\r\n\r\nOPTIONS sip:a@b SIP/2.0\r\n\r\n"), None);
}

#[test]
fn every_limit_is_one() {
    let line = "X: 1\r\n";
    let parse = |text: String| Message::parse_datagram(text.into_bytes().into());
    let start = "OPTIONS sip:a@b SIP/2.0\r\n";
    assert!(parse(format!("{start}{}\r\n", line.repeat(MAX_HEADERS))).is_ok());
    let too_many = parse(format!("{start}{}\r\n", line.repeat(MAX_HEADERS + 1)));
    assert_eq!(too_many.err(), Some(ParseError::TooManyHeaders));
    let whole = format!("{start}\r\n{}", "b".repeat(MAX_MESSAGE - start.len() - 2));
    assert_eq!(whole.len(), MAX_MESSAGE);
    assert!(parse(whole.clone()).is_ok());
    assert_eq!(parse(whole + "b").err(), Some(ParseError::TooLong));

    let routes = with(&format!("Route: {}\r\n", "<sip:a>,".repeat(1_000)));
    assert_eq!(routes.headers.routes().count(), MAX_LIST_ITEMS);
    let params = with(&format!("Contact: <sip:a>{}\r\n", ";p".repeat(MAX_PARAMS + 1)));
    assert_eq!(params.headers.contact().unwrap_err().fault, Fault::TooMany);
    let problems = with(&"no header\r\n".repeat(1_000));
    assert_eq!(problems.validate().len(), MAX_PROBLEMS);
}

/// CVE-2021-33056, CVE-2021-43611: one character in an address.
#[test]
fn stray_characters_in_an_address_are_faults() {
    let cases = [
        ("<", Fault::UnterminatedAngle),
        ("\"", Fault::UnterminatedQuote),
        ("\"\\", Fault::UnterminatedQuote),
        ("\"\\\"", Fault::UnterminatedQuote),
        ("\"a\"", Fault::NeedsBrackets),
        ("\"a\" sip:a@b", Fault::NeedsBrackets),
        ("<sip:a@b", Fault::UnterminatedAngle),
        ("<sip:a@b>x", Fault::TrailingText),
        ("<sip:a@b>, <sip:c@d>", Fault::TrailingText),
        ("<sip:a@b>;", Fault::EmptyItem),
        ("<sip:a@b>;tag=", Fault::EmptyItem),
        ("<sip:a@b>;tag=\"x", Fault::UnterminatedQuote),
        ("<sip:a@b>;tag=<x>", Fault::Character),
        ("a, b <sip:a@b>", Fault::DisplayName),
        ("sip:a@b?x=y", Fault::NeedsBrackets),
        ("sip:a,b@c", Fault::NeedsBrackets),
        ("", Fault::Empty),
    ];
    for (value, fault) in cases {
        let request = request(&format!("OPTIONS sip:a@b SIP/2.0\r\nFrom: {value}\r\n\r\n"));
        let error = request.headers.from().unwrap_err();
        assert_eq!((error.header, error.fault), (HeaderName::From, fault), "{value}");
    }
}

#[test]
fn habits_of_phones_are_borne() {
    let request = with("Contact: J\u{f6}rg <sip:*21#@b>\r\nDate: today\r\n");
    let found = faults(&request);
    assert_eq!(found.len(), 3, "{found:?}");
    assert_eq!(request.reject_status(), None);
    let trying = "SIP/2.0 200\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:a@b>\r\nTo: <sip:a@b>\r\n\
        Call-ID: x\r\nCSeq: 1 OPTIONS\r\n\r\n";
    let Ok(Message::Response(response)) = Message::parse_datagram(trying.into()) else { panic!() };
    assert_eq!((response.status, &*response.reason()), (StatusCode::OK, ""));
    assert_eq!(response.validate().len(), 1);
    let bad = Response::new(StatusCode::OK, None);
    assert!(!bad.is_acceptable());
}
