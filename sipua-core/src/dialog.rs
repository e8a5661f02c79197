//! A dialog: its id, route set, sequence numbers and remote target (RFC 3261 12).

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use rand::RngExt as _;

use crate::message::{
    HeaderName, Headers, Method, NameAddr, Request, Response, Scheme, StatusCode, Uri,
};
use crate::transport::Flow;

/// The largest route set kept; a longer one is refused.
pub const MAX_ROUTES: usize = 32;

/// The tag this endpoint gives its side of a call: random, so that nobody can guess or choose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalTag(u64);

impl LocalTag {
    /// A tag never seen before (RFC 3261 19.3 asks for 32 bits of randomness).
    pub fn new(rng: &mut impl rand::Rng) -> Self {
        Self(rng.random())
    }

    /// Reads a tag as [`Display`](fmt::Display) writes it; `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let lower_hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 16 || !text.bytes().all(lower_hex) {
            return None;
        }
        u64::from_str_radix(text, 16).ok().map(Self)
    }
}

impl fmt::Display for LocalTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Why a message does not fit a dialog or cannot make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DialogError {
    /// A mandatory header is missing or cannot be read.
    #[error("a header a dialog needs is missing or unreadable")]
    BadHeader,
    /// More routes than [`MAX_ROUTES`].
    #[error("the route set is too long")]
    TooManyRoutes,
    /// The sequence number is not higher than the last one (RFC 3261 12.2.2).
    #[error("the CSeq number is out of order")]
    OutOfOrder,
}

/// A peer-to-peer relation between two user agents.
///
/// Getters: `local_tag`, `remote_tag`, `flow`, `next_hop`, …; `from_*` make one; `refresh_*`,
/// `accept_*` take what the peer sent; `request` and `ack` write what goes to the peer.
#[derive(Debug, Clone)]
pub struct Dialog {
    call_id: Arc<str>,
    local_tag: LocalTag,
    /// Our From (or, of an incoming call, To) value with its tag.
    local: Bytes,
    /// The peer's value with its tag, verbatim.
    remote: Bytes,
    remote_tag: Option<Box<str>>,
    local_cseq: u32,
    remote_cseq: Option<u32>,
    /// Route values in the order in which they are sent.
    routes: Box<[Box<str>]>,
    target: Uri,
    flow: Flow,
}

impl Dialog {
    /// The UAS's side, from the request that makes the dialog (RFC 3261 12.1.1).
    ///
    /// # Errors
    /// [`DialogError::BadHeader`] when From, To, Call-ID, CSeq or Contact is missing or unreadable, or
    /// the Contact is no SIP URI.
    pub fn from_request(
        request: &Request,
        local_tag: LocalTag,
        local_cseq: u32,
        flow: Flow,
    ) -> Result<Self, DialogError> {
        let headers = &request.headers;
        let target = remote_target(headers).ok_or(DialogError::BadHeader)?;
        let from = headers.from().map_err(|_| DialogError::BadHeader)?;
        let to = headers.to().map_err(|_| DialogError::BadHeader)?;
        let cseq = headers.cseq().map_err(|_| DialogError::BadHeader)?;
        Ok(Self {
            call_id: headers.call_id().map_err(|_| DialogError::BadHeader)?.into(),
            local_tag,
            local: tagged(to.text, local_tag),
            remote: Bytes::copy_from_slice(from.text),
            // RFC 3261 12.1.1: a peer of RFC 2543 may have no tag; that is a null tag.
            remote_tag: from.tag().map(Into::into),
            local_cseq,
            remote_cseq: Some(cseq.number),
            routes: record_routes(headers)?,
            target,
            flow,
        })
    }

    /// The UAC's side, from its request and a response that makes the dialog (RFC 3261 12.1.2).
    ///
    /// A response without Contact leaves the target at the Request-URI.
    ///
    /// # Errors
    /// [`DialogError::BadHeader`] when From, To or Call-ID is missing or unreadable.
    pub fn from_response(
        request: &Request,
        response: &Response,
        local_tag: LocalTag,
        local_cseq: u32,
        flow: Flow,
    ) -> Result<Self, DialogError> {
        let headers = &response.headers;
        let from = request.headers.from().map_err(|_| DialogError::BadHeader)?;
        let to = headers.to().map_err(|_| DialogError::BadHeader)?;
        let mut dialog = Self {
            call_id: request.headers.call_id().map_err(|_| DialogError::BadHeader)?.into(),
            local_tag,
            local: Bytes::copy_from_slice(from.text),
            remote: Bytes::copy_from_slice(to.text),
            remote_tag: to.tag().map(Into::into),
            local_cseq,
            remote_cseq: None,
            routes: Box::default(),
            target: request.uri().map_err(|_| DialogError::BadHeader)?.to_uri(),
            flow,
        };
        dialog.confirm(response)?;
        Ok(dialog)
    }

    /// A dialog good enough for ACK and BYE, from a 2xx that [`from_response`](Self::from_response)
    /// refuses for its routes: those that can be read, as many as are kept.
    ///
    /// # Errors
    /// [`DialogError::BadHeader`] when From, To or Call-ID is missing or unreadable.
    pub fn salvage(
        request: &Request,
        response: &Response,
        local_tag: LocalTag,
        local_cseq: u32,
        flow: Flow,
    ) -> Result<Self, DialogError> {
        let values = response.headers.values(&HeaderName::RecordRoute);
        let readable: Vec<String> =
            values.filter_map(|value| route(value).ok()).take(MAX_ROUTES).collect();
        let mut response = response.clone();
        response.headers.remove(&HeaderName::RecordRoute);
        for route in readable {
            response.headers.push(&HeaderName::RecordRoute, route);
        }
        Self::from_response(request, &response, local_tag, local_cseq, flow)
    }

    /// Takes the route set and target of a 2xx; those of an early dialog end here (13.2.2.4).
    ///
    /// # Errors
    /// [`DialogError`] when they cannot be read.
    pub fn confirm(&mut self, response: &Response) -> Result<(), DialogError> {
        let mut routes = record_routes(&response.headers)?;
        // RFC 3261 12.1.2: in reverse order.
        routes.reverse();
        self.routes = routes;
        self.refresh_target(&response.headers);
        Ok(())
    }

    /// Another branch of the same INVITE, from its 2xx.
    ///
    /// # Errors
    /// [`DialogError`] when the response cannot be read.
    pub fn sibling(&self, response: &Response, local_cseq: u32) -> Result<Self, DialogError> {
        let to = response.headers.to().map_err(|_| DialogError::BadHeader)?;
        let mut dialog = Self {
            remote: Bytes::copy_from_slice(to.text),
            remote_tag: to.tag().map(Into::into),
            local_cseq,
            remote_cseq: None,
            ..self.clone()
        };
        dialog.confirm(response)?;
        Ok(dialog)
    }

    /// Takes the Contact of a target refresh request or its 2xx (RFC 3261 12.2.1.2, 12.2.2).
    pub fn refresh_target(&mut self, headers: &Headers) {
        if let Some(target) = remote_target(headers) {
            self.target = target;
        }
    }

    /// The flow the peer was last heard on becomes the dialog's.
    pub fn set_flow(&mut self, flow: Flow) {
        self.flow = flow;
    }

    /// Checks and takes the sequence number of a request from the peer (RFC 3261 12.2.2).
    ///
    /// # Errors
    /// [`DialogError::OutOfOrder`] when it is lower than, or the same as, the last one.
    pub fn accept_cseq(&mut self, number: u32) -> Result<(), DialogError> {
        if self.remote_cseq.is_some_and(|last| number <= last) {
            return Err(DialogError::OutOfOrder);
        }
        self.remote_cseq = Some(number);
        Ok(())
    }

    /// The tag of this side.
    #[must_use]
    pub fn local_tag(&self) -> LocalTag {
        self.local_tag
    }

    /// The tag of the other side.
    #[must_use]
    pub fn remote_tag(&self) -> Option<&str> {
        self.remote_tag.as_deref()
    }

    /// The SIP Call-ID.
    #[must_use]
    pub fn call_id(&self) -> &Arc<str> {
        &self.call_id
    }

    /// Where the peer is reached in the end.
    #[must_use]
    pub fn target(&self) -> &Uri {
        &self.target
    }

    /// Where the dialog's messages came from last.
    #[must_use]
    pub fn flow(&self) -> Flow {
        self.flow
    }

    /// The last sequence number of this side.
    pub fn local_cseq_mut(&mut self) -> &mut u32 {
        &mut self.local_cseq
    }

    /// Whether a message with this Call-ID and this tag of the peer belongs here.
    #[must_use]
    pub fn is_with(&self, call_id: &str, remote_tag: Option<&str>) -> bool {
        *self.call_id == *call_id
            // RFC 3261 12.1.1, 12.1.2: a null tag of an RFC 2543 peer matches a missing one.
            && self.remote_tag.as_deref() == remote_tag
    }

    /// Where the next request goes first: the top Route or the Request-URI (RFC 3261 8.1.2).
    #[must_use]
    pub fn next_hop(&self) -> Uri {
        self.routes
            .first()
            .and_then(|route| route_uri(route))
            .unwrap_or_else(|| self.target.clone())
    }

    /// The next request of this side, with a new sequence number (RFC 3261 12.2.1.1).
    pub fn request(&mut self, method: Method) -> Request {
        self.local_cseq = self.local_cseq.wrapping_add(1);
        self.write(method, self.local_cseq)
    }

    /// The ACK for a 2xx to the INVITE of this number (RFC 3261 13.2.2.4).
    #[must_use]
    pub fn ack(&self, invite_cseq: u32) -> Request {
        self.write(Method::Ack, invite_cseq)
    }

    fn write(&self, method: Method, cseq: u32) -> Request {
        let strict = self.routes.first().and_then(|r| route_uri(r)).filter(|uri| !uri.has_lr());
        let mut request = match &strict {
            // RFC 3261 12.2.1.1: a strict router finds itself in the Request-URI.
            Some(router) => Request::new(method.clone(), &router.without_headers()),
            None => Request::new(method.clone(), &self.target),
        };
        let headers = &mut request.headers;
        headers.push(&HeaderName::MaxForwards, "70");
        for route in self.routes.iter().skip(usize::from(strict.is_some())) {
            headers.push(&HeaderName::Route, route.as_bytes());
        }
        if strict.is_some() {
            headers.push_display(&HeaderName::Route, format_args!("<{}>", self.target));
        }
        headers.push(&HeaderName::From, &self.local);
        headers.push(&HeaderName::To, &self.remote);
        headers.push(&HeaderName::CallId, self.call_id.as_bytes());
        headers.push_display(&HeaderName::CSeq, format_args!("{cseq} {method}"));
        request
    }
}

/// What a request that lost its dialog is answered with.
impl From<DialogError> for StatusCode {
    fn from(error: DialogError) -> Self {
        match error {
            DialogError::BadHeader | DialogError::TooManyRoutes => Self::BAD_REQUEST,
            // RFC 3261 12.2.2.
            DialogError::OutOfOrder => Self::SERVER_INTERNAL_ERROR,
        }
    }
}

/// The Contact's URI as a Request-URI can have it (RFC 3261 12.1.1, 19.1.1): SIP, without headers.
fn remote_target(headers: &Headers) -> Option<Uri> {
    let uri = headers.contact().ok()?.uri.to_uri();
    matches!(uri.scheme(), Scheme::Sip | Scheme::Sips).then(|| uri.without_headers())
}

/// A To value with our tag at its end.
fn tagged(value: &[u8], tag: LocalTag) -> Bytes {
    let mut text = Vec::with_capacity(value.len() + 21);
    text.extend_from_slice(value);
    text.extend_from_slice(format!(";tag={tag}").as_bytes());
    text.into()
}

fn record_routes(headers: &Headers) -> Result<Box<[Box<str>]>, DialogError> {
    let mut routes = Vec::new();
    for value in headers.values(&HeaderName::RecordRoute) {
        if routes.len() == MAX_ROUTES {
            return Err(DialogError::TooManyRoutes);
        }
        routes.push(route(value)?.into_boxed_str());
    }
    Ok(routes.into_boxed_slice())
}

/// A route value as it is sent back: verbatim, but for the brackets that RFC 3261 20.30 wants and a
/// peer may have left out.
fn route(value: &[u8]) -> Result<String, DialogError> {
    let text = std::str::from_utf8(value).map_err(|_| DialogError::BadHeader)?;
    let text = if text.contains('<') { text.to_owned() } else { format!("<{text}>") };
    route_uri(&text).map(|_| text).ok_or(DialogError::BadHeader)
}

fn route_uri(route: &str) -> Option<Uri> {
    NameAddr::parse(route.as_bytes()).ok().map(|address| address.uri.to_uri())
}
