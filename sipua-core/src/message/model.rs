//! A message of either kind.

use bytes::Bytes;

use super::fault::ParseError;
use super::validate::{self, Problem};
use super::{Headers, Request, Response, parse};

/// A request or a response.
#[derive(Debug, Clone)]
pub enum Message {
    /// It has a method and a Request-URI.
    Request(Request),
    /// It has a status code.
    Response(Response),
}

impl Message {
    /// Reads one datagram (RFC 3261 18.3): what lies beyond Content-Length is dropped.
    ///
    /// A message that can be read but is not valid parses too, so that it can be answered:
    /// [`validate`](Self::validate) says what is wrong with it.
    ///
    /// ```
    /// use sipua_core::message::{Message, Method};
    /// let data = "OPTIONS sip:a@example.com SIP/2.0\r\nCall-ID: 1\r\n\r\n";
    /// let Message::Request(request) = Message::parse_datagram(data.into())? else { panic!() };
    /// assert_eq!(request.method, Method::Options);
    /// assert!(request.headers.via().is_err());
    /// # Ok::<(), sipua_core::message::ParseError>(())
    /// ```
    ///
    /// # Errors
    /// It is not a SIP message, or a limit of [`limits`](super::limits) is passed.
    pub fn parse_datagram(data: Bytes) -> Result<Self, ParseError> {
        parse::datagram(data)
    }

    /// The header fields.
    #[must_use]
    pub fn headers(&self) -> &Headers {
        match self {
            Self::Request(request) => &request.headers,
            Self::Response(response) => &response.headers,
        }
    }

    /// The header fields, to change.
    pub fn headers_mut(&mut self) -> &mut Headers {
        match self {
            Self::Request(request) => &mut request.headers,
            Self::Response(response) => &mut response.headers,
        }
    }

    /// The body; empty when there is none.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        match self {
            Self::Request(request) => &request.body,
            Self::Response(response) => &response.body,
        }
    }

    /// Appends the message as it goes on the wire, with the right Content-Length.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Request(request) => request.write(out),
            Self::Response(response) => response.write(out),
        }
    }

    /// [`write`](Self::write) into a new buffer.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        match self {
            Self::Request(request) => request.to_bytes(),
            Self::Response(response) => response.to_bytes(),
        }
    }

    /// All that is wrong with it, at most [`limits::MAX_PROBLEMS`](super::limits::MAX_PROBLEMS).
    #[must_use]
    pub fn validate(&self) -> Vec<Problem> {
        match self {
            Self::Request(request) => validate::request(request),
            Self::Response(response) => validate::response(response),
        }
    }
}

impl From<Request> for Message {
    fn from(request: Request) -> Self {
        Self::Request(request)
    }
}

impl From<Response> for Message {
    fn from(response: Response) -> Self {
        Self::Response(response)
    }
}
