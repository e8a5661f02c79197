//! Requests from the network: refused as RFC 3261 8.2 says, or handed to whom they concern.

use bytes::Bytes;

use super::Endpoint;
use super::commands::party;
use crate::dialog::{Dialog, LocalTag};
use crate::event::{CallId, Config, Event, Warning};
use crate::message::{HeaderName, Method, Request, Response, Scheme, StatusCode};
use crate::session::{Arrival, Direction, Facts, Inbound, Session};
use crate::stack::{ALLOW, Stack};
use crate::transaction::TransactionId;
use crate::transport::Flow;

impl Endpoint {
    pub(super) fn request(&mut self, id: TransactionId, mut request: Request, flow: Flow) {
        if let Some(refusal) = examine(&request, &mut self.stack) {
            return self.refuse(id, refusal);
        }
        // RFC 3261 20.11: a body of another kind that need not be understood is as good as none.
        if request.method == Method::Invite && !accepts(&request, &self.stack.config) {
            request.body = Bytes::new();
        }
        let has_tag = request.headers.to().is_ok_and(|to| to.tag().is_some());
        if has_tag {
            return self.request_inside(id, request, flow);
        }
        match request.method {
            Method::Invite => self.invite(id, request, flow),
            Method::Options => self.options(id, &request),
            // RFC 3261 15.1.2: there is no call that it could end. The same for what lives in calls.
            Method::Bye | Method::Info => {
                let status = StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST;
                let response = self.stack.response(&request, status, None, None);
                self.refuse(id, response);
            }
            // RFC 3261 8.2.1, 21.5.2: known but not done here, or not known at all.
            _ => {
                let status = match &request.method {
                    Method::Other(_) => StatusCode::NOT_IMPLEMENTED,
                    _ => StatusCode::METHOD_NOT_ALLOWED,
                };
                let mut response = self.stack.response(&request, status, None, None);
                response.headers.push(&HeaderName::Allow, ALLOW);
                self.refuse(id, response);
            }
        }
    }

    /// A request with a To tag belongs to a call, or to none any more (RFC 3261 12.2.2).
    fn request_inside(&mut self, id: TransactionId, request: Request, flow: Flow) {
        let session = self.call_of(&request).and_then(|call| self.calls.get_mut(&call));
        let Some(session) = session else {
            let status = StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST;
            let response = self.stack.response(&request, status, None, None);
            return self.refuse(id, response);
        };
        let call = session.facts().id;
        session.on_request(Inbound { id, request, flow }, &mut self.stack);
        self.sweep_call(call);
    }

    /// A new call (RFC 3261 13.3).
    fn invite(&mut self, id: TransactionId, request: Request, flow: Flow) {
        if self.is_full() {
            self.counters.calls_over_limit += 1;
            let response = self.busy(&request);
            self.stack.emit(Event::Warning(Warning::CallLimit { flow }));
            return self.refuse(id, response);
        }
        let tag = LocalTag::new(&mut self.stack.rng);
        let cseq = self.stack.first_cseq();
        let dialog = Dialog::from_request(&request, tag, cseq, flow);
        let (Ok(dialog), Ok(from), Ok(to)) = (dialog, request.headers.from(), request.headers.to())
        else {
            // RFC 3261 8.1.1.8: without a Contact there is no way back.
            let response = self.stack.response(&request, StatusCode::BAD_REQUEST, None, None);
            return self.refuse(id, response);
        };
        let call = CallId(self.next_incoming);
        self.next_incoming += 2;
        let account = self.stack.accounts.addressed(&request);
        let settings = account.and_then(|account| self.stack.accounts.get(account));
        let contact = match settings {
            Some(settings) => settings.contact_user().into(),
            None => request.uri().ok().and_then(|uri| uri.user()).unwrap_or_default().into(),
        };
        let facts = Facts {
            id: call,
            account,
            direction: Direction::Incoming,
            call_id: dialog.call_id().clone(),
            tag,
            local: party(&to),
            remote: party(&from),
            contact,
        };
        self.stack.begin_call(call, tag);
        let arrival = Arrival { id, request, dialog };
        let session = Session::arrive(facts, arrival, &mut self.stack);
        self.calls.insert(call, Box::new(session));
    }

    /// RFC 3261 11.2: as an INVITE would be answered, and what we are able to do.
    fn options(&mut self, id: TransactionId, request: &Request) {
        if self.is_full() {
            let response = self.busy(request);
            return self.refuse(id, response);
        }
        let mut response = self.stack.response(request, StatusCode::OK, None, None);
        let accept = self.stack.config.accept.join(", ");
        let headers = &mut response.headers;
        headers.push(&HeaderName::Allow, ALLOW);
        headers.push(&HeaderName::Accept, accept);
        headers.push(&HeaderName::AcceptEncoding, "identity");
        headers.push(&HeaderName::Supported, "");
        self.stack.respond(id, response);
    }

    fn is_full(&self) -> bool {
        self.stack.live_calls() >= self.stack.config.max_calls
    }

    /// RFC 3261 21.5.4.
    fn busy(&mut self, request: &Request) -> Response {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        let mut response = self.stack.response(request, status, None, None);
        let seconds = self.stack.config.retry_after.as_secs();
        response.headers.push_display(&HeaderName::RetryAfter, seconds);
        response
    }

    fn refuse(&mut self, id: TransactionId, response: Response) {
        self.counters.refused_requests += 1;
        self.stack.respond(id, response);
    }
}

/// The checks every request passes, in the order of RFC 3261 8.2; a response when one fails.
fn examine(request: &Request, stack: &mut Stack) -> Option<Response> {
    // 400, 416, 505: the message itself.
    if let Some(status) = request.reject_status() {
        return Some(stack.response(request, status, None, None));
    }
    // RFC 3261 8.2.2.1.
    let reachable = request
        .uri()
        .is_ok_and(|uri| matches!(uri.scheme(), Scheme::Sip | Scheme::Sips | Scheme::Tel));
    if !reachable {
        let status = StatusCode::UNSUPPORTED_URI_SCHEME;
        return Some(stack.response(request, status, None, None));
    }
    // RFC 3261 8.2.2.3: none of the extensions is done yet, so each one required is refused.
    if request.headers.contains(&HeaderName::Require) {
        let required: Vec<&str> = request.headers.require().collect();
        if !required.is_empty() {
            let status = StatusCode::BAD_EXTENSION;
            let mut response = stack.response(request, status, None, None);
            response.headers.push(&HeaderName::Unsupported, required.join(", "));
            return Some(response);
        }
    }
    examine_body(request, stack)
}

/// RFC 3261 8.2.3, 21.5.7.
fn examine_body(request: &Request, stack: &mut Stack) -> Option<Response> {
    if request.body.is_empty() {
        return None;
    }
    if request.body.len() > stack.config.max_body {
        return Some(stack.response(request, StatusCode::MESSAGE_TOO_LARGE, None, None));
    }
    let unsupported = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    let encoding = request.headers.get(&HeaderName::ContentEncoding);
    if encoding.is_some_and(|coding| !coding.eq_ignore_ascii_case(b"identity")) {
        let mut response = stack.response(request, unsupported, None, None);
        response.headers.push(&HeaderName::AcceptEncoding, "identity");
        return Some(response);
    }
    let understood =
        request.method != Method::Invite || accepts(request, &stack.config) || is_optional(request);
    if understood {
        return None;
    }
    let mut response = stack.response(request, unsupported, None, None);
    response.headers.push(&HeaderName::Accept, stack.config.accept.join(", "));
    Some(response)
}

/// Whether a body's type is among those accepted.
fn accepts(request: &Request, config: &Config) -> bool {
    request.headers.content_type().ok().flatten().is_some_and(|found| config.accepts(&found))
}

/// RFC 3261 20.11: `handling=optional`.
fn is_optional(request: &Request) -> bool {
    let disposition = request.headers.parameterized(&HeaderName::ContentDisposition);
    let handling = disposition.ok().flatten().and_then(|value| value.params.value("handling"));
    handling.is_some_and(|handling| handling.eq_ignore_ascii_case("optional"))
}
