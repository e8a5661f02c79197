//! What is wrong with a message that can be read.

use std::fmt;

use super::fault::{Fault, UriError};
use super::limits::{MAX_LIST_ITEMS, MAX_PROBLEMS};
use super::parse::{next_line, split_header};
use super::token::is_token;
use super::{
    BRANCH_COOKIE, HeaderError, HeaderName, Headers, NameAddr, Request, Response, Scheme,
    StatusCode, Via, date,
};

/// Where a [`Problem`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The request line or status line.
    StartLine,
    /// The Request-URI.
    RequestUri,
    /// A line of the head, counted from 1.
    Line(usize),
    /// A header.
    Header(HeaderName),
    /// The message as a whole.
    Message,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StartLine => f.write_str("start-line"),
            Self::RequestUri => f.write_str("Request-URI"),
            Self::Line(number) => write!(f, "line {number}"),
            Self::Header(name) => f.write_str(name.as_str()),
            Self::Message => f.write_str("message"),
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place} {fault}")]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What.
    pub fault: Fault,
}

impl Problem {
    /// Whether it puts the meaning of the message in doubt, so that a server refuses it and a client
    /// drops it. What the engine never reads, and habits of real phones, are borne.
    #[must_use]
    pub fn is_grave(&self) -> bool {
        !matches!(
            self.fault,
            Fault::Branch | Fault::Date | Fault::DisplayNameNotAscii | Fault::Unescaped
        )
    }
}

/// See [`Request::reject_status`].
pub(super) fn reject_status(message: &Request) -> Option<StatusCode> {
    let problems = request(message);
    let version =
        |problem: &Problem| problem.place == Place::StartLine && problem.fault == Fault::Version;
    if problems.iter().any(version) {
        return Some(StatusCode::VERSION_NOT_SUPPORTED);
    }
    if problems.iter().any(Problem::is_grave) {
        return Some(StatusCode::BAD_REQUEST);
    }
    // RFC 3261 8.2.2.1.
    let unknown = message.uri().is_ok_and(|uri| matches!(uri.scheme(), Scheme::Other(_)));
    unknown.then_some(StatusCode::UNSUPPORTED_URI_SCHEME)
}

pub(super) fn request(message: &Request) -> Vec<Problem> {
    let mut check = Check::default();
    check.received_lines(&message.headers, Some(message));
    check.request_uri(message);
    check.headers(&message.headers, message.body.len());
    if let Ok(cseq) = message.headers.cseq()
        && cseq.method != message.method
    {
        check.report(HeaderName::CSeq, Fault::MethodMismatch);
    }
    check.problems
}

pub(super) fn response(message: &Response) -> Vec<Problem> {
    let mut check = Check::default();
    check.received_lines(&message.headers, None);
    check.headers(&message.headers, message.body.len());
    check.problems
}

/// Headers that RFC 3261 20 (and the RFC of each) allows once, with one value.
const SINGLE: [HeaderName; 18] = [
    HeaderName::CallId,
    HeaderName::ContentDisposition,
    HeaderName::ContentLength,
    HeaderName::ContentType,
    HeaderName::CSeq,
    HeaderName::Date,
    HeaderName::Event,
    HeaderName::Expires,
    HeaderName::From,
    HeaderName::MaxForwards,
    HeaderName::MimeVersion,
    HeaderName::MinExpires,
    HeaderName::RAck,
    HeaderName::ReferTo,
    HeaderName::RSeq,
    HeaderName::SessionExpires,
    HeaderName::Timestamp,
    HeaderName::To,
];

/// Headers that list tokens.
const TOKENS: [HeaderName; 5] = [
    HeaderName::Allow,
    HeaderName::ProxyRequire,
    HeaderName::Require,
    HeaderName::Supported,
    HeaderName::Unsupported,
];

/// Collects problems, up to the limit.
#[derive(Default)]
struct Check {
    problems: Vec<Problem>,
}

impl Check {
    fn add(&mut self, place: Place, fault: Fault) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem { place, fault });
        }
    }

    fn report(&mut self, header: HeaderName, fault: Fault) {
        self.add(Place::Header(header), fault);
    }

    fn result<T>(&mut self, result: Result<T, HeaderError>) -> Option<T> {
        result.map_err(|HeaderError { header, fault }| self.report(header, fault)).ok()
    }

    /// What only the text as received shows: line ends, lines that are no headers, the start line's
    /// spaces.
    fn received_lines(&mut self, headers: &Headers, request: Option<&Request>) {
        let text = headers.received_text();
        if text.is_empty() {
            return;
        }
        let (start, mut at) = next_line(text, 0);
        self.line_end(text, at, 1);
        match request {
            Some(request) => self.request_line(start, request),
            None => self.status_line(start),
        }
        let mut number = 1;
        let mut folds = false;
        while at < text.len() {
            let (line, next) = next_line(text, at);
            number += 1;
            self.line_end(text, next, number);
            if line.is_empty() {
                return;
            }
            at = next;
            let continues = matches!(line.first(), Some(b' ' | b'\t'));
            if continues && folds {
                continue;
            }
            folds = split_header(line).is_some();
            if !folds {
                self.add(Place::Line(number), Fault::NotAHeader);
            }
        }
        self.add(Place::Message, Fault::Unterminated);
    }

    /// RFC 3261 7: every line of the head ends with CR LF.
    fn line_end(&mut self, text: &[u8], next: usize, number: usize) {
        let line = text.get(..next).unwrap_or_default();
        if line.ends_with(b"\n") && !line.ends_with(b"\r\n") {
            self.add(Place::Line(number), Fault::LineEnd);
        }
    }

    /// RFC 3261 7.1: single spaces, none at the end.
    fn request_line(&mut self, line: &[u8], request: &Request) {
        let used = request.method.as_str().len() + 1 + request.uri_text().len() + 1;
        let version = line.get(used..).unwrap_or_default();
        if version.ends_with(b" ") || request.uri_text().starts_with(b" ") {
            self.add(Place::StartLine, Fault::Space);
        }
        if !version.trim_ascii_end().eq_ignore_ascii_case(b"SIP/2.0") {
            self.add(Place::StartLine, Fault::Version);
        }
    }

    /// RFC 3261 7.2: the space before the reason phrase is there even when the phrase is empty.
    fn status_line(&mut self, line: &[u8]) {
        let mut words = line.splitn(3, |&b| b == b' ');
        let version = words.next().unwrap_or_default();
        if !version.eq_ignore_ascii_case(b"SIP/2.0") {
            self.add(Place::StartLine, Fault::Version);
        }
        if words.nth(1).is_none() {
            self.add(Place::StartLine, Fault::Space);
        }
    }

    fn request_uri(&mut self, request: &Request) {
        match request.uri() {
            Err(error) => self.add(Place::RequestUri, error.into()),
            // RFC 3261 19.1.1, the table: no headers in a Request-URI.
            Ok(uri) if uri.headers().is_some() => {
                self.add(Place::RequestUri, UriError::Headers.into());
            }
            Ok(uri) if uri.check().is_err() => self.add(Place::RequestUri, Fault::Unescaped),
            Ok(_) => {}
        }
    }

    fn headers(&mut self, headers: &Headers, body: usize) {
        for name in &SINGLE {
            if headers.get_all(name).nth(1).is_some() {
                self.report(name.clone(), Fault::Repeated);
            }
        }
        self.vias(headers);
        self.address(&HeaderName::From, headers.from());
        self.address(&HeaderName::To, headers.to());
        self.result(headers.call_id());
        self.result(headers.cseq());
        self.numbers(headers, body);
        self.contacts(headers);
        for name in [HeaderName::Route, HeaderName::RecordRoute] {
            for address in headers.addresses(&name).take(MAX_LIST_ITEMS) {
                self.address(&name, address);
            }
        }
        for name in &TOKENS {
            if headers.values(name).any(|item| !is_token(item)) && !is_empty_list(headers, name) {
                self.report(name.clone(), Fault::Character);
            }
        }
        if headers.get(&HeaderName::Date).is_some_and(|value| !date::is_date(value)) {
            self.report(HeaderName::Date, Fault::Date);
        }
    }

    fn vias(&mut self, headers: &Headers) {
        if !headers.contains(&HeaderName::Via) {
            self.report(HeaderName::Via, Fault::Missing);
        }
        for item in headers.values(&HeaderName::Via).take(MAX_LIST_ITEMS) {
            match Via::parse(item) {
                Err(fault) => self.report(HeaderName::Via, fault),
                Ok(via) if via.branch() == Some(BRANCH_COOKIE) => {
                    self.report(HeaderName::Via, Fault::Branch);
                }
                Ok(_) => {}
            }
        }
    }

    fn numbers(&mut self, headers: &Headers, body: usize) {
        self.result(headers.max_forwards());
        self.result(headers.expires());
        self.result(headers.min_expires());
        self.result(headers.retry_after());
        self.result(headers.rseq());
        self.result(headers.content_type());
        if headers.contains(&HeaderName::RAck) {
            self.result(headers.rack());
        }
        let declared = self.result(headers.content_length()).flatten();
        // RFC 3261 18.3; only what was received can be cut.
        let received = !headers.received_text().is_empty();
        if received && declared.is_some_and(|length| u64::from(length) > body as u64) {
            self.report(HeaderName::ContentLength, Fault::BodyTooShort);
        }
    }

    fn contacts(&mut self, headers: &Headers) {
        let name = HeaderName::Contact;
        for contact in headers.contacts() {
            if let Ok(address) = &contact
                && let Some(expires) = address.params.value("expires")
                && super::scan::is_digits(expires.as_bytes())
                && super::scan::number(expires.as_bytes(), u32::MAX).is_none()
            {
                self.report(name.clone(), Fault::OutOfRange);
            }
            self.address(&name, contact);
        }
        // RFC 3261 10.2.2: the star stands alone.
        if headers.has_contact_star() && headers.values(&name).nth(1).is_some() {
            self.report(name, Fault::TrailingText);
        }
    }

    fn address(&mut self, name: &HeaderName, address: Result<NameAddr<'_>, HeaderError>) {
        let Some(address) = self.result(address) else { return };
        if address.has_bare_foreign_name() {
            self.report(name.clone(), Fault::DisplayNameNotAscii);
        }
        if address.uri.check().is_err() {
            self.report(name.clone(), Fault::Unescaped);
        }
    }
}

/// RFC 3261 20.5, 20.37: Allow and Supported may be empty.
fn is_empty_list(headers: &Headers, name: &HeaderName) -> bool {
    headers.get_all(name).all(<[u8]>::is_empty)
}
