//! Session descriptions: opaque bytes on their way between the peer and the application (RFC 3264).

use std::borrow::Cow;

use super::Facts;
use crate::event::{Body, Description, DescriptionKind};
use crate::message::{HeaderName, Headers, Request, Response};
use crate::stack::Stack;

/// Who wrote the offer of an INVITE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OfferIn {
    /// The INVITE; the 2xx carries the answer.
    Invite,
    /// The 2xx; the ACK carries the answer.
    Success,
}

impl OfferIn {
    /// By whether the INVITE has a body.
    pub(super) fn of(request: &Request) -> Self {
        if request.body.is_empty() { Self::Success } else { Self::Invite }
    }
}

/// The body of a received message, with its type.
pub(super) fn body(headers: &Headers, body: &bytes::Bytes) -> Option<Body> {
    if body.is_empty() {
        return None;
    }
    let content_type = match headers.get(&HeaderName::ContentType) {
        None => Cow::Borrowed("application/sdp"),
        Some(value) if value.eq_ignore_ascii_case(b"application/sdp") => {
            Cow::Borrowed("application/sdp")
        }
        Some(value) => Cow::Owned(String::from_utf8_lossy(value).into_owned()),
    };
    Some(Body { content_type, data: body.clone() })
}

/// The description in a received ACK or response; a body of a kind that was not asked for is none,
/// for nothing can refuse it any more.
pub(super) fn description(headers: &Headers, bytes: &bytes::Bytes, stack: &Stack) -> Option<Body> {
    let accepted = match headers.content_type() {
        Ok(Some(found)) => stack.config.accepts(&found),
        // Left out, against RFC 3261 20.15, it is what it can only be.
        Ok(None) => true,
        Err(_) => false,
    };
    body(headers, bytes).filter(|_| accepted)
}

/// The description in a received response.
pub(super) fn response_body(response: &Response, stack: &Stack) -> Option<Body> {
    description(&response.headers, &response.body, stack)
}

/// Puts a description into a message that is to be sent.
pub(super) fn attach(headers: &mut Headers, body: &mut bytes::Bytes, description: Body) {
    headers.push(&HeaderName::ContentType, description.content_type.as_bytes());
    *body = description.data;
}

/// A description on its way to the application.
pub(super) struct Said {
    pub(super) kind: DescriptionKind,
    pub(super) fork: u32,
    pub(super) early: bool,
}

impl Said {
    /// Of a final response, an ACK or a request.
    pub(super) fn now(kind: DescriptionKind) -> Self {
        Self { kind, fork: 0, early: false }
    }

    /// Hands it over.
    pub(super) fn tell(self, facts: &Facts, body: Option<Body>, stack: &mut Stack) {
        let Self { kind, fork, early } = self;
        stack.describe(Description { call: facts.id, kind, fork, early, body });
    }
}
