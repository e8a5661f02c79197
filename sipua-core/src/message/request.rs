//! Requests.

use bytes::Bytes;

use super::fault::UriError;
use super::validate::{self, Problem};
use super::{Headers, Method, StatusCode, Uri, UriRef, write};

/// A request, received or made here.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The header fields.
    pub headers: Headers,
    /// The body; empty when there is none.
    pub body: Bytes,
    uri: Bytes,
}

impl Request {
    /// A request without headers.
    #[must_use]
    pub fn new(method: Method, uri: &Uri) -> Self {
        Self {
            method,
            uri: Bytes::copy_from_slice(uri.as_str().as_bytes()),
            headers: Headers::default(),
            body: Bytes::new(),
        }
    }

    pub(super) fn received(method: Method, uri: Bytes, headers: Headers, body: Bytes) -> Self {
        Self { method, headers, body, uri }
    }

    /// The Request-URI.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn uri(&self) -> Result<UriRef<'_>, UriError> {
        UriRef::parse_bytes(&self.uri)
    }

    /// The Request-URI, verbatim.
    #[must_use]
    pub fn uri_text(&self) -> &[u8] {
        &self.uri
    }

    /// Changes the Request-URI.
    pub fn set_uri(&mut self, uri: &Uri) {
        self.uri = Bytes::copy_from_slice(uri.as_str().as_bytes());
    }

    /// Appends the request as it goes on the wire, with the right Content-Length.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.reserve(write::size(&self.headers, &self.body) + self.uri.len() + 32);
        out.extend_from_slice(self.method.as_str().as_bytes());
        out.push(b' ');
        out.extend_from_slice(&self.uri);
        out.extend_from_slice(b" SIP/2.0\r\n");
        write::headers_and_body(out, &self.headers, &self.body);
    }

    /// [`write`](Self::write) into a new buffer.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        let mut out = Vec::new();
        self.write(&mut out);
        out.into()
    }

    /// All that is wrong with it.
    #[must_use]
    pub fn validate(&self) -> Vec<Problem> {
        validate::request(self)
    }

    /// The status with which a user agent server refuses it for its form alone: 505, 400 or 416
    /// (RFC 3261 8.2, 21.4.1, 21.4.14, 21.5.6). Not for an ACK, which is dropped instead.
    #[must_use]
    pub fn reject_status(&self) -> Option<StatusCode> {
        validate::reject_status(self)
    }
}
