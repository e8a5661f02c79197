//! Responses.

use std::borrow::Cow;

use bytes::Bytes;

use super::fault::Fault;
use super::validate::{self, Place, Problem};
use super::{HeaderName, Headers, Method, NameAddr, Request, StatusCode, write};

/// A response, received or made here.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status code.
    pub status: StatusCode,
    /// The header fields.
    pub headers: Headers,
    /// The body; empty when there is none.
    pub body: Bytes,
    reason: Bytes,
}

impl Response {
    /// A response without headers; `None` takes the RFC's reason phrase.
    #[must_use]
    pub fn new(status: StatusCode, reason: Option<&str>) -> Self {
        let reason = match reason {
            Some(text) => {
                text.bytes().map(|b| if b < b' ' || b == 0x7f { b' ' } else { b }).collect()
            }
            None => Bytes::from_static(status.reason_phrase().as_bytes()),
        };
        Self { status, reason, headers: Headers::default(), body: Bytes::new() }
    }

    /// The response to `request` with what RFC 3261 8.2.6.2 copies; `to_tag` is added unless To has
    /// one or the status is 100.
    #[must_use]
    pub fn for_request(
        request: &Request,
        status: StatusCode,
        reason: Option<&str>,
        to_tag: Option<&str>,
    ) -> Self {
        let mut response = Self::new(status, reason);
        let (from, to) = (&request.headers, &mut response.headers);
        to.reserve(8, 512);
        to.append_from(from, &HeaderName::Via);
        // RFC 3261 12.1.1: what makes a dialog carries the route set back.
        let makes_dialog = matches!(
            request.method,
            Method::Invite | Method::Subscribe | Method::Refer | Method::Notify
        );
        if makes_dialog && (101..300).contains(&status.code()) {
            to.append_from(from, &HeaderName::RecordRoute);
        }
        to.append_from(from, &HeaderName::From);
        match to_tag {
            Some(tag) if status != StatusCode::TRYING => copy_to_with_tag(from, to, tag),
            _ => {
                to.append_from(from, &HeaderName::To);
            }
        }
        to.append_from(from, &HeaderName::CallId);
        to.append_from(from, &HeaderName::CSeq);
        if status == StatusCode::TRYING {
            // RFC 3261 8.2.6.1.
            to.append_from(from, &HeaderName::Timestamp);
        }
        response
    }

    pub(super) fn received(
        status: StatusCode,
        reason: Bytes,
        headers: Headers,
        body: Bytes,
    ) -> Self {
        Self { status, headers, body, reason }
    }

    /// The reason phrase; bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn reason(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.reason)
    }

    /// Appends the response as it goes on the wire, with the right Content-Length.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.reserve(write::size(&self.headers, &self.body) + self.reason.len() + 32);
        out.extend_from_slice(b"SIP/2.0 ");
        write::number(out, usize::from(self.status.code()));
        out.push(b' ');
        out.extend_from_slice(&self.reason);
        out.extend_from_slice(b"\r\n");
        write::headers_and_body(out, &self.headers, &self.body);
    }

    /// [`write`](Self::write) into a new buffer.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        let mut out = Vec::new();
        self.write(&mut out);
        out.into()
    }

    /// All that is wrong with it; a client drops a response that [is not valid](Self::is_acceptable).
    #[must_use]
    pub fn validate(&self) -> Vec<Problem> {
        validate::response(self)
    }

    /// Whether a client may act on it: nothing that decides whose it is and what it says is wrong.
    /// A response that is dropped leaves its sender without an answer, so all else is borne.
    #[must_use]
    pub fn is_acceptable(&self) -> bool {
        !self.validate().iter().any(|problem| problem.is_grave() && is_decisive(problem))
    }
}

fn is_decisive(problem: &Problem) -> bool {
    match &problem.place {
        Place::Header(name) => matches!(
            name,
            HeaderName::Via
                | HeaderName::From
                | HeaderName::To
                | HeaderName::CallId
                | HeaderName::CSeq
                | HeaderName::ContentLength
        ),
        Place::StartLine => problem.fault == Fault::Version,
        Place::Line(_) => false,
        Place::RequestUri | Place::Message => true,
    }
}

/// RFC 3261 8.2.6.2: To with the tag of this server, unless it has one.
fn copy_to_with_tag(from: &Headers, to: &mut Headers, tag: &str) {
    let Some(value) = from.get(&HeaderName::To) else { return };
    match NameAddr::parse(value) {
        Ok(address) if address.params.contains("tag") => to.push(&HeaderName::To, value),
        _ => to.push(&HeaderName::To, [value, b";tag=", tag.as_bytes()].concat()),
    }
}
