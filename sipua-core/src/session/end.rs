//! The ways a call ends, as the application is told.

use std::sync::Arc;

use super::{Direction, Facts};
use crate::event::{CallEnded, EndedBy, Event, Failure, Termination};
use crate::message::{HeaderName, Headers, Request, Response, StatusCode, quote};
use crate::stack::{Fault, Stack};

/// Why a call ends.
#[derive(Debug)]
pub(super) struct Ending {
    by: EndedBy,
    code: u16,
    reason: Box<str>,
    q850: Option<u8>,
    failure: Option<Failure>,
    response: Option<Arc<Response>>,
    request: Option<Arc<Request>>,
}

impl Ending {
    pub(super) fn new(by: EndedBy, status: StatusCode, failure: Option<Failure>) -> Self {
        Self {
            by,
            code: status.code(),
            reason: status.reason_phrase().into(),
            q850: None,
            failure,
            response: None,
            request: None,
        }
    }

    /// We hang up a call that was answered.
    pub(super) fn hangup(termination: Option<&Termination>) -> Self {
        let mut ending = Self::new(EndedBy::Local, StatusCode::OK, None);
        ending.q850 = termination.and_then(|t| t.q850);
        ending
    }

    /// We hang up a call of ours that was not answered.
    pub(super) fn hangup_early(termination: Option<&Termination>) -> Self {
        let mut ending =
            Self::new(EndedBy::Local, StatusCode::REQUEST_TERMINATED, Some(Failure::Cancelled));
        ending.q850 = termination.and_then(|t| t.q850);
        ending
    }

    /// We refuse a call.
    pub(super) fn refusal(status: StatusCode, reason: Option<&str>) -> Self {
        let mut ending = Self::new(EndedBy::Local, status, Failure::from_code(status.code()));
        if let Some(reason) = reason {
            ending.reason = reason.into();
        }
        ending
    }

    /// Nobody answered in time.
    pub(super) fn unanswered(status: StatusCode) -> Self {
        Self::new(EndedBy::Timeout, status, Some(Failure::NoAnswer))
    }

    /// The other side stopped talking to us in the middle of a call.
    pub(super) fn silence() -> Self {
        Self::new(EndedBy::Timeout, StatusCode::REQUEST_TIMEOUT, Some(Failure::Timeout))
    }

    /// A final response refused the call, or said that the dialog is gone.
    pub(super) fn response(response: Response) -> Self {
        let code = response.status.code();
        let failure = match (code, response.headers.retry_after()) {
            (503, Ok(Some(_))) => Some(Failure::Limit),
            _ => Failure::from_code(code),
        };
        Self {
            by: EndedBy::Remote,
            code,
            reason: response.reason().into(),
            q850: q850(&response.headers),
            failure,
            response: Some(Arc::new(response)),
            request: None,
        }
    }

    pub(super) fn fault(fault: Fault) -> Self {
        let by = match fault {
            Fault::Timeout => EndedBy::Timeout,
            Fault::Transport | Fault::Lookup => EndedBy::Network,
        };
        let mut ending = Self::new(by, fault.status(), Some(fault.failure()));
        ending.reason = fault.reason().into();
        ending
    }

    /// A BYE, of a call that was answered or of one that was not.
    pub(super) fn bye(request: Request, failure: Option<Failure>) -> Self {
        let mut ending = Self::new(EndedBy::Remote, StatusCode::OK, failure);
        ending.take_reason(&request.headers);
        ending.request = Some(Arc::new(request));
        ending
    }

    /// A CANCEL: the caller gave up, or another phone was faster (RFC 3326 2).
    pub(super) fn cancel(request: Request) -> Self {
        let elsewhere =
            request.headers.reasons().any(|r| r.protocol == "SIP" && r.cause == Some(200));
        let failure = if elsewhere { Failure::AnsweredElsewhere } else { Failure::Cancelled };
        let mut ending = Self::new(EndedBy::Remote, StatusCode::REQUEST_TERMINATED, Some(failure));
        ending.take_reason(&request.headers);
        ending.request = Some(Arc::new(request));
        ending
    }

    fn take_reason(&mut self, headers: &Headers) {
        self.q850 = q850(headers);
        if let Some(text) = headers.reasons().find_map(|reason| reason.text) {
            self.reason = text.into();
        }
    }

    /// Tells it; for [`Closing`](super::closing::Closing) only, which does it once.
    pub(super) fn tell(self, facts: &Facts, stack: &mut Stack) {
        let Self { by, code, reason, q850, failure, response, request } = self;
        let ended = CallEnded {
            call: facts.id,
            account: facts.account,
            incoming: facts.direction == Direction::Incoming,
            by,
            code,
            reason,
            q850,
            failure,
            sip_call_id: (*facts.call_id).into(),
            local: facts.local.clone(),
            remote: facts.remote.clone(),
            response,
            request,
        };
        stack.emit(Event::CallEnded(Box::new(ended)));
    }
}

/// The cause of ISDN in a Reason header (RFC 3326 2).
fn q850(headers: &Headers) -> Option<u8> {
    let isdn = headers.reasons().find(|r| r.protocol.eq_ignore_ascii_case("Q.850"))?;
    isdn.cause.and_then(|cause| u8::try_from(cause).ok())
}

/// Writes the Reason header of a BYE (RFC 3326).
pub(super) fn write_reason(headers: &mut Headers, termination: &Termination) {
    if let Some(cause) = termination.q850 {
        headers.push_display(&HeaderName::Reason, format_args!("Q.850;cause={cause}"));
    }
    let code = termination.code;
    let text = match (&termination.reason, StatusCode::new(code)) {
        (Some(text), _) => text.as_str(),
        (None, Some(status)) => status.reason_phrase(),
        (None, None) => return,
    };
    headers
        .push_display(&HeaderName::Reason, format_args!("SIP;cause={code};text={}", quote(text)));
}
