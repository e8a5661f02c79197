//! The requests that follow from an INVITE within its hop: the ACK for a 3xx-6xx, and the CANCEL.

use bytes::Bytes;

use crate::message::{HeaderName, Headers, Method, Request, Response};

/// The ACK for the 3xx-6xx `response` to `invite` (RFC 3261 17.1.1.3).
pub(super) fn ack(invite: &Request, response: &Response) -> Request {
    follow_up(invite, Method::Ack, &response.headers)
}

/// The CANCEL of `invite` (RFC 3261 9.1).
pub(super) fn cancel(invite: &Request) -> Request {
    follow_up(invite, Method::Cancel, &invite.headers)
}

/// A request with the INVITE's Request-URI, top Via, Route, From, Call-ID and CSeq number, and a To of
/// its own.
fn follow_up(invite: &Request, method: Method, to: &Headers) -> Request {
    let original = &invite.headers;
    let mut request = invite.clone();
    request.body = Bytes::new();
    request.headers = Headers::default();
    let headers = &mut request.headers;
    // Our INVITE has one Via, the top one.
    headers.append_from(original, &HeaderName::Via);
    headers.append_from(original, &HeaderName::Route);
    headers.push(&HeaderName::MaxForwards, "70");
    headers.append_from(original, &HeaderName::From);
    if let Some(to) = to.get(&HeaderName::To) {
        headers.push(&HeaderName::To, to);
    }
    headers.append_from(original, &HeaderName::CallId);
    if let Ok(cseq) = original.cseq() {
        headers.push_display(&HeaderName::CSeq, format_args!("{} {method}", cseq.number));
    }
    request.method = method;
    request
}
