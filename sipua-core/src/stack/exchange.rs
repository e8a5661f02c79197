//! One request of ours, from the first lookup to the final response: it tries the servers in order
//! (RFC 3263 4.3) and answers digest challenges (RFC 3261 22).

use std::collections::VecDeque;

use super::ack::leads_to;
use super::{Owner, Stack, set_contact};
use crate::auth::ClientAuth;
use crate::event::{AccountId, Failure, ResolveId};
use crate::message::{HeaderName, Request, Response, StatusCode, Uri};
use crate::transaction::TransactionId;
use crate::transport::Flow;

/// Routes of one lookup that are tried at most.
const MAX_ROUTES: usize = 8;
/// Challenges that one request answers at most at one server, of all realms and nonces together.
const MAX_CHALLENGES: u8 = 6;

/// What to send, and where.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The whole request but for Via, Contact and credentials.
    pub(crate) request: Request,
    /// First hops to try, in order.
    pub(crate) hops: Vec<Uri>,
    /// A flow that may lead to the first of them already.
    pub(crate) flow: Option<Flow>,
    /// Whose credentials answer challenges.
    pub(crate) account: Option<AccountId>,
    /// Whose challenges they answer.
    pub(crate) trust: Trust,
    /// The user part of the Contact to write; empty is none, `None` writes no Contact.
    pub(crate) contact: Option<Box<str>>,
    /// Credentials that served before.
    pub(crate) auth: Option<Box<ClientAuth>>,
}

/// Who may ask for an account's credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Whoever the request reaches: the application chose where it goes.
    Everyone,
    /// The account's own servers: the peer came to us, and where our requests go and which realm asks
    /// are only its words.
    Servers,
}

/// What a step of an exchange comes to.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It goes on.
    Pending,
    /// A 1xx.
    Provisional(Response),
    /// The final response that counts; for an INVITE each 2xx.
    Final(Response),
    /// It is over without a response.
    Fault(Fault),
}

impl Verdict {
    pub(crate) fn is_over(&self) -> bool {
        matches!(self, Self::Final(_) | Self::Fault(_))
    }
}

/// Why there is no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Timeout,
    Transport,
    Lookup,
}

impl Fault {
    /// The response this counts as (RFC 3261 8.1.3.1).
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::Timeout => StatusCode::REQUEST_TIMEOUT,
            Self::Transport | Self::Lookup => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    pub(crate) fn failure(self) -> Failure {
        match self {
            Self::Timeout => Failure::Timeout,
            Self::Transport | Self::Lookup => Failure::TransportFailed,
        }
    }

    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Timeout => "no response",
            Self::Transport => "the network refused the message",
            Self::Lookup => "the server's name or address was not found",
        }
    }
}

#[derive(Debug)]
enum Phase {
    Looking(ResolveId),
    Sent { transaction: TransactionId, flow: Flow },
    Over,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Exchange {
    owner: Owner,
    request: Request,
    account: Option<AccountId>,
    trust: Trust,
    contact: Option<Box<str>>,
    auth: Option<Box<ClientAuth>>,
    challenges: u8,
    hops: VecDeque<Uri>,
    routes: VecDeque<Flow>,
    phase: Phase,
}

impl Exchange {
    /// Sends the request, or looks up where to.
    pub(crate) fn start(plan: Plan, owner: Owner, stack: &mut Stack) -> Result<Self, Fault> {
        let Plan { request, hops, flow, account, trust, contact, auth } = plan;
        let mut exchange = Self {
            owner,
            request,
            account,
            trust,
            contact,
            auth,
            challenges: 0,
            hops: hops.into(),
            routes: VecDeque::new(),
            phase: Phase::Over,
        };
        if exchange.auth.is_some() {
            exchange.authorize(stack);
        }
        if let (Some(flow), Some(hop)) = (flow, exchange.hops.front())
            && leads_to(flow, hop)
        {
            exchange.hops.pop_front();
            exchange.routes.push_back(flow);
        }
        match exchange.advance(Fault::Lookup, stack) {
            Verdict::Fault(fault) => Err(fault),
            _ => Ok(exchange),
        }
    }

    /// The request, as it was sent last but for Via.
    pub(crate) fn request(&self) -> &Request {
        &self.request
    }

    /// The transaction that runs now.
    pub(crate) fn transaction(&self) -> Option<TransactionId> {
        match self.phase {
            Phase::Sent { transaction, .. } => Some(transaction),
            Phase::Looking(_) | Phase::Over => None,
        }
    }

    /// The flow the request went out on.
    pub(crate) fn flow(&self) -> Option<Flow> {
        match self.phase {
            Phase::Sent { flow, .. } => Some(flow),
            Phase::Looking(_) | Phase::Over => None,
        }
    }

    /// The credentials that served, for the next request.
    pub(crate) fn into_auth(self) -> Option<Box<ClientAuth>> {
        self.auth
    }

    /// Whether this transaction is the one that runs now.
    pub(crate) fn is(&self, id: TransactionId) -> bool {
        self.transaction() == Some(id)
    }

    /// A lookup is answered; `None` when it was not this one.
    pub(crate) fn resolved(
        &mut self,
        id: ResolveId,
        routes: &[Flow],
        stack: &mut Stack,
    ) -> Option<Verdict> {
        if !matches!(self.phase, Phase::Looking(mine) if mine == id) {
            return None;
        }
        self.phase = Phase::Over;
        self.routes = routes.iter().copied().take(MAX_ROUTES).collect();
        Some(self.advance(Fault::Lookup, stack))
    }

    /// A response to its transaction. `cseq` is the counter that a new attempt takes a number from.
    pub(crate) fn responded(
        &mut self,
        response: Response,
        cseq: &mut u32,
        stack: &mut Stack,
    ) -> Verdict {
        match response.status {
            status if status.is_provisional() => Verdict::Provisional(response),
            StatusCode::UNAUTHORIZED | StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                if self.answer_challenge(&response, cseq, stack) {
                    return Verdict::Pending;
                }
                Verdict::Final(response)
            }
            // RFC 3263 4.3: a 503 is a failure of this server, not of the request.
            StatusCode::SERVICE_UNAVAILABLE if self.has_alternative() => {
                self.failed(Fault::Transport, stack)
            }
            _ => Verdict::Final(response),
        }
    }

    /// Its transaction ended without a response.
    pub(crate) fn failed(&mut self, fault: Fault, stack: &mut Stack) -> Verdict {
        self.phase = Phase::Over;
        self.forget_challenges();
        self.advance(fault, stack)
    }

    /// Gives up, silently; true when nothing has been sent.
    pub(crate) fn abandon(&mut self, stack: &mut Stack) -> bool {
        match std::mem::replace(&mut self.phase, Phase::Over) {
            Phase::Looking(id) => {
                stack.end_lookup(id);
                true
            }
            Phase::Sent { transaction, .. } => {
                stack.terminate(transaction);
                false
            }
            Phase::Over => true,
        }
    }

    fn has_alternative(&self) -> bool {
        !self.routes.is_empty() || !self.hops.is_empty()
    }

    /// RFC 3261 22.1: credentials and nonces are one server's; the next one asks for itself.
    fn forget_challenges(&mut self) {
        self.auth = None;
        self.challenges = 0;
        for name in [HeaderName::Authorization, HeaderName::ProxyAuthorization] {
            self.request.headers.remove(&name);
        }
    }

    /// Sends on the next route, or looks up the next hop; `fault` when there is neither.
    fn advance(&mut self, fault: Fault, stack: &mut Stack) -> Verdict {
        while let Some(flow) = self.routes.pop_front() {
            if self.send(flow, stack) {
                return Verdict::Pending;
            }
        }
        while let Some(hop) = self.hops.pop_front() {
            if let Some(id) = stack.lookup(self.owner, &hop) {
                self.phase = Phase::Looking(id);
                return Verdict::Pending;
            }
        }
        Verdict::Fault(fault)
    }

    fn send(&mut self, flow: Flow, stack: &mut Stack) -> bool {
        if let Some(user) = &self.contact {
            let user = Some(&**user).filter(|user| !user.is_empty());
            set_contact(&mut self.request.headers, user, flow);
        }
        match stack.request(self.owner, self.request.clone(), flow) {
            Ok(transaction) => {
                self.phase = Phase::Sent { transaction, flow };
                true
            }
            Err(_) => false,
        }
    }

    /// RFC 3261 22.1: the same request again, with credentials and the next CSeq.
    fn answer_challenge(&mut self, response: &Response, cseq: &mut u32, stack: &mut Stack) -> bool {
        let (Some(flow), true) = (self.flow(), self.challenges < MAX_CHALLENGES) else {
            return false;
        };
        let asked = self.account.filter(|&id| self.trusts(id, flow, stack));
        let Some(credentials) = asked.and_then(|id| stack.accounts.credentials(id)) else {
            return false;
        };
        let auth = self.auth.get_or_insert_default();
        if auth.challenged(response, credentials).is_err() {
            // Credentials of an earlier request may have gone stale without the server saying so;
            // those made for this request were really refused.
            if self.challenges > 0 || !self.was_authorized() {
                return false;
            }
            let mut fresh = Box::<ClientAuth>::default();
            if fresh.challenged(response, credentials).is_err() {
                return false;
            }
            self.auth = Some(fresh);
        }
        self.challenges += 1;
        *cseq = cseq.wrapping_add(1);
        let line = format!("{cseq} {}", self.request.method);
        self.request.headers.set(&HeaderName::CSeq, line);
        self.authorize(stack);
        self.send(flow, stack)
    }

    /// RFC 7616 5.10: an answer to a nonce of his own lets a stranger guess the password at leisure.
    fn trusts(&self, account: AccountId, flow: Flow, stack: &Stack) -> bool {
        match self.trust {
            Trust::Everyone => true,
            Trust::Servers => stack.accounts.is_server(account, flow.remote.ip()),
        }
    }

    fn was_authorized(&self) -> bool {
        let headers = &self.request.headers;
        headers.contains(&HeaderName::Authorization)
            || headers.contains(&HeaderName::ProxyAuthorization)
    }

    fn authorize(&mut self, stack: &mut Stack) {
        let Some(credentials) = self.account.and_then(|id| stack.accounts.credentials(id)) else {
            return;
        };
        if let Some(auth) = &mut self.auth {
            auth.authorize(&mut self.request, credentials, &mut stack.rng);
        }
    }
}
