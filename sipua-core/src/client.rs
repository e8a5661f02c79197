//! Requests outside any dialog and outside any call: OPTIONS, MESSAGE, what the application names.

use std::sync::Arc;

use crate::dialog::LocalTag;
use crate::event::{
    AccountId, AccountSettings, CallId, CommandError, Event, Failure, OutgoingRequest, Party,
    RequestId, RequestOutcome, ResolveId,
};
use crate::message::{HeaderName, Method, Request, Response, Scheme, Uri};
use crate::stack::{Exchange, Fault, Owner, Plan, Stack, Trust, Verdict, add_headers};
use crate::transaction::TransactionId;
use crate::transport::Flow;

/// One such request.
#[derive(Debug)]
pub(crate) struct ClientRequest {
    id: RequestId,
    cseq: u32,
    exchange: Exchange,
}

impl ClientRequest {
    /// Sends it. `None`: it failed at once, and the outcome is told already.
    pub(crate) fn start(
        id: RequestId,
        wanted: OutgoingRequest,
        stack: &mut Stack,
    ) -> Result<Option<Self>, CommandError> {
        let cseq = stack.first_cseq();
        let OutgoingRequest { method, account, target, headers, body } = wanted;
        check_method(&method)?;
        let heading = Heading { method, account, target, from: None, to: None, cseq };
        let call_id = stack.new_call_id();
        let tag = LocalTag::new(&mut stack.rng);
        let (mut request, hops) = heading.write(&call_id, tag, stack)?;
        add_headers(&mut request.headers, &headers);
        if let Some(body) = body {
            request.headers.push(&HeaderName::ContentType, body.content_type.as_bytes());
            request.body = body.data;
        }
        let trust = Trust::Everyone;
        let plan = Plan { request, hops, flow: None, account, trust, contact: None, auth: None };
        Ok(match Exchange::start(plan, Owner::Request(id), stack) {
            Ok(exchange) => Some(Self { id, cseq, exchange }),
            Err(fault) => {
                finish_faulty(id, None, fault, stack);
                None
            }
        })
    }

    /// True when the request is over.
    pub(crate) fn resolved(&mut self, id: ResolveId, routes: &[Flow], stack: &mut Stack) -> bool {
        let verdict = self.exchange.resolved(id, routes, stack);
        verdict.is_some_and(|verdict| conclude(self.id, None, verdict, stack))
    }

    /// True when the request is over.
    pub(crate) fn responded(
        &mut self,
        transaction: TransactionId,
        response: Response,
        stack: &mut Stack,
    ) -> bool {
        if !self.exchange.is(transaction) {
            return false;
        }
        let verdict = self.exchange.responded(response, &mut self.cseq, stack);
        conclude(self.id, None, verdict, stack)
    }

    /// True when the request is over.
    pub(crate) fn failed(
        &mut self,
        transaction: TransactionId,
        fault: Fault,
        stack: &mut Stack,
    ) -> bool {
        if !self.exchange.is(transaction) {
            return false;
        }
        let verdict = self.exchange.failed(fault, stack);
        conclude(self.id, None, verdict, stack)
    }
}

/// The headers every request outside a dialog begins with (RFC 3261 8.1.1).
#[derive(Debug)]
pub(crate) struct Heading {
    pub(crate) method: Method,
    pub(crate) account: Option<AccountId>,
    pub(crate) target: Uri,
    pub(crate) from: Option<Party>,
    /// `None`: the target.
    pub(crate) to: Option<Uri>,
    pub(crate) cseq: u32,
}

impl Heading {
    /// The request, and its first hops in order.
    pub(crate) fn write(
        self,
        call_id: &str,
        tag: LocalTag,
        stack: &Stack,
    ) -> Result<(Request, Vec<Uri>), CommandError> {
        let settings = match self.account {
            Some(id) => Some(stack.accounts.get(id).ok_or(CommandError::UnknownAccount(id))?),
            None => None,
        };
        let hops = match settings {
            Some(settings) => settings.hops(&self.target),
            None => vec![self.target.clone()],
        };
        let reachable = |hop: &Uri| matches!(hop.scheme(), Scheme::Sip | Scheme::Sips);
        let callable = reachable(&self.target) || matches!(self.target.scheme(), Scheme::Tel);
        if !callable || !hops.iter().any(reachable) {
            return Err(CommandError::UnsupportedTarget(self.target));
        }
        // RFC 3261 19.1.1: headers of a URI, and its method, never reach the Request-URI.
        let target = self.target.without_headers();
        let mut request = Request::new(self.method.clone(), &target);
        let headers = &mut request.headers;
        headers.push(&HeaderName::MaxForwards, "70");
        if let Some(settings) = settings {
            settings.write_routes(headers);
        }
        let from = self.from.or_else(|| settings.map(AccountSettings::party));
        match from.or_else(|| stack.config.identity.clone()) {
            Some(from) => headers.push_display(&HeaderName::From, format_args!("{from};tag={tag}")),
            None => headers.push_display(
                &HeaderName::From,
                format_args!("\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag={tag}"),
            ),
        }
        let to = self.to.as_ref().unwrap_or(&target);
        headers.push_display(&HeaderName::To, format_args!("<{to}>"));
        headers.push(&HeaderName::CallId, call_id);
        headers.push_display(&HeaderName::CSeq, format_args!("{} {}", self.cseq, self.method));
        if !stack.config.user_agent.is_empty() {
            headers.push(&HeaderName::UserAgent, &stack.config.user_agent);
        }
        if let Some(settings) = settings {
            add_headers(headers, &settings.headers);
        }
        Ok((request, hops))
    }
}

/// INVITE, BYE and the like have commands, or are the core's own.
pub(crate) fn check_method(method: &Method) -> Result<(), CommandError> {
    match method {
        Method::Invite
        | Method::Ack
        | Method::Bye
        | Method::Cancel
        | Method::Prack
        | Method::Update
        | Method::Register => Err(CommandError::InvalidMethod(method.clone())),
        _ => Ok(()),
    }
}

/// Tells the outcome when the verdict is one; true then.
pub(crate) fn conclude(
    id: RequestId,
    call: Option<CallId>,
    verdict: Verdict,
    stack: &mut Stack,
) -> bool {
    match verdict {
        Verdict::Pending | Verdict::Provisional(_) => false,
        Verdict::Final(response) => {
            let code = response.status.code();
            let reason = response.reason().into();
            let failure = Failure::from_code(code);
            let response = Some(Arc::new(response));
            let outcome = RequestOutcome { id, call, code, reason, failure, response };
            stack.emit(Event::RequestFinished(Box::new(outcome)));
            true
        }
        Verdict::Fault(fault) => {
            finish_faulty(id, call, fault, stack);
            true
        }
    }
}

/// Tells that there was no response.
pub(crate) fn finish_faulty(id: RequestId, call: Option<CallId>, fault: Fault, stack: &mut Stack) {
    let outcome = RequestOutcome {
        id,
        call,
        code: fault.status().code(),
        reason: fault.reason().into(),
        failure: Some(fault.failure()),
        response: None,
    };
    stack.emit(Event::RequestFinished(Box::new(outcome)));
}
