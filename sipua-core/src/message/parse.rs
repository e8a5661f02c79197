//! Reading a message: the start line and the header lines are found, nothing is typed yet.

use bytes::{Buf, Bytes};
use memchr::{memchr, memrchr};

use super::fault::ParseError;
use super::headers::Span;
use super::limits::MAX_MESSAGE;
use super::scan::split_at_byte;
use super::token::is_token_byte;
use super::{HeaderName, Headers, Message, Method, Request, Response, StatusCode};

/// What the start line says.
#[derive(Debug)]
enum Start {
    Request { method: Method, uri: Bytes },
    Response { status: StatusCode, reason: Bytes },
}

/// A head that is read; the body is still to be cut.
#[derive(Debug)]
pub(super) struct Head {
    start: Start,
    pub(super) headers: Headers,
    /// Where the body begins.
    pub(super) length: usize,
}

/// RFC 3261 18.3.
pub(super) fn datagram(mut data: Bytes) -> Result<Message, ParseError> {
    if data.is_empty() {
        return Err(ParseError::Empty);
    }
    if data.len() > MAX_MESSAGE {
        return Err(ParseError::TooLong);
    }
    // RFC 3261 7.5: CR LF before the start line is ignored; nothing else is a keep-alive.
    let blank = |b: &u8| matches!(b, b'\r' | b'\n' | 0);
    let start = data.iter().position(|b| !blank(b)).ok_or(ParseError::KeepAlive)?;
    data.advance(start);
    let head = head(&data)?;
    let rest = data.len() - head.length;
    // A length that is malformed or too large leaves what has arrived; validation reports it.
    let declared = head.headers.content_length().ok().flatten();
    let length = declared.and_then(|length| usize::try_from(length).ok()).unwrap_or(rest).min(rest);
    data.advance(head.length);
    data.truncate(length);
    Ok(head.with_body(data))
}

impl Head {
    /// The message with its body.
    pub(super) fn with_body(self, body: Bytes) -> Message {
        match self.start {
            Start::Request { method, uri } => {
                Message::Request(Request::received(method, uri, self.headers, body))
            }
            Start::Response { status, reason } => {
                Message::Response(Response::received(status, reason, self.headers, body))
            }
        }
    }
}

/// Reads the head at the start of `data`, up to the empty line or the end.
pub(super) fn head(data: &Bytes) -> Result<Head, ParseError> {
    let (line, mut at) = next_line(data, 0);
    let start = start_line(data, line)?;
    let mut headers = Headers::received(data.clone());
    while at < data.len() {
        let (line, next) = next_line(data, at);
        if line.is_empty() {
            return Ok(Head { start, headers, length: next });
        }
        at = header(data, at, line.len(), next, &mut headers)?;
    }
    Ok(Head { start, headers, length: data.len() })
}

/// The line at `at` without its end, and where the next one starts.
pub(super) fn next_line(data: &[u8], at: usize) -> (&[u8], usize) {
    let rest = data.get(at..).unwrap_or_default();
    match memchr(b'\n', rest) {
        Some(end) => {
            let line = rest.get(..end).unwrap_or_default();
            (line.strip_suffix(b"\r").unwrap_or(line), at + end + 1)
        }
        None => (rest, data.len()),
    }
}

/// Reads the header whose first line is at `start`; returns where the next one starts. A line that
/// is no header is left out here, and found again by validation.
fn header(
    data: &[u8],
    start: usize,
    length: usize,
    mut next: usize,
    headers: &mut Headers,
) -> Result<usize, ParseError> {
    let mut end = start + length;
    // RFC 3261 7.3.1: a line that starts with white space continues the one before.
    while matches!(data.get(next), Some(b' ' | b'\t')) {
        let (line, after) = next_line(data, next);
        end = next + line.len();
        next = after;
    }
    let text = data.get(start..end).unwrap_or_default();
    if let Some((name, value)) = split_header(text) {
        let known = HeaderName::recognise(text.get(..name).unwrap_or_default());
        let name = Span::new(start, start + name);
        headers.push_received(known, name, Span::new(start + value.start, start + value.end))?;
    }
    Ok(next)
}

/// The length of the name and the range of the trimmed value; `None` when it is no header.
pub(super) fn split_header(text: &[u8]) -> Option<(usize, std::ops::Range<usize>)> {
    let name = text.iter().position(|&b| !is_token_byte(b))?;
    let mut at = name;
    // RFC 3261 25.1, HCOLON: spaces and tabs may precede the colon, and nothing else.
    while matches!(text.get(at)?, b' ' | b'\t') {
        at += 1;
    }
    if name == 0 || text.get(at) != Some(&b':') {
        return None;
    }
    let blank = |b: &u8| matches!(b, b' ' | b'\t' | b'\r' | b'\n');
    let value = text.get(at + 1..)?;
    let start = value.iter().position(|b| !blank(b)).unwrap_or(value.len());
    let end = value.iter().rposition(|b| !blank(b)).map_or(start, |last| last + 1);
    Some((name, at + 1 + start..at + 1 + end))
}

fn start_line(data: &Bytes, line: &[u8]) -> Result<Start, ParseError> {
    let starts_like_sip =
        |text: &[u8]| text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"SIP/"));
    if starts_like_sip(line) {
        return status_line(data, line);
    }
    let first = memchr(b' ', line).ok_or(ParseError::StartLine)?;
    let (method, rest) = split_at_byte(line, first);
    let method = Method::parse(method).ok_or(ParseError::StartLine)?;
    let last = memrchr(b' ', rest.trim_ascii_end()).ok_or(ParseError::StartLine)?;
    let (uri, version) = split_at_byte(rest, last);
    if !starts_like_sip(version) {
        return Err(ParseError::StartLine);
    }
    Ok(Start::Request { method, uri: data.slice(first + 1..first + 1 + uri.len()) })
}

/// RFC 3261 7.2.
fn status_line(data: &Bytes, line: &[u8]) -> Result<Start, ParseError> {
    let version = memchr(b' ', line).ok_or(ParseError::StartLine)?;
    let rest = line.get(version + 1..).unwrap_or_default();
    let end = memchr(b' ', rest).unwrap_or(rest.len());
    let (code, reason) = split_at_byte(rest, end);
    let status = match code {
        [_, _, _] => super::scan::number(code, 699).and_then(|code| u16::try_from(code).ok()),
        _ => None,
    };
    let status = status.and_then(StatusCode::new).ok_or(ParseError::StatusCode)?;
    Ok(Start::Response { status, reason: data.slice(line.len() - reason.len()..line.len()) })
}
