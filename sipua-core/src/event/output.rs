//! What the driver must do, and what the application is told.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::{AccountId, Body, CallId, EndedBy, Failure, Party, RequestId, ResolveId};
use crate::message::{Request, Response};
use crate::transport::{Flow, Query};

/// What [`Endpoint::poll_output`](crate::endpoint::Endpoint::poll_output) yields.
#[derive(Debug)]
pub enum Output {
    /// Send these bytes. For a connection-oriented flow that is not open, open it first; when that
    /// fails, say [`Input::Closed`](super::Input::Closed).
    Transmit {
        /// Where from and where to.
        flow: Flow,
        /// One whole message.
        data: Bytes,
    },
    /// Close this connection: what it sent is not SIP.
    Close {
        /// The connection.
        flow: Flow,
    },
    /// Find the flows that lead there, and say [`Input::Resolved`](super::Input::Resolved).
    Resolve {
        /// To be repeated in the answer.
        id: ResolveId,
        /// Where to.
        query: Query,
    },
    /// A session description for, or wanted from, the media of a call. Comes out before the event of
    /// the same step.
    Description(Description),
    /// Tell the application.
    Event(Event),
}

/// A step of offer and answer (RFC 3264); the bytes are opaque here.
#[derive(Debug, Clone)]
pub struct Description {
    /// The call.
    pub call: CallId,
    /// What it is.
    pub kind: DescriptionKind,
    /// Which branch of a forked call sent it: 0 for the first that answered, and always 0 for
    /// incoming calls. The branch that counts is the one in [`Event::CallAnswered`].
    pub fork: u32,
    /// In a provisional response (early media).
    pub early: bool,
    /// The body; `None` for `OfferWanted`.
    pub body: Option<Body>,
}

/// What a [`Description`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DescriptionKind {
    /// The peer's offer. Of an incoming call: give the answer with `Progress` or `Answer`; of a
    /// re-INVITE, or of the 2xx to an INVITE of ours without one: with `AnswerOffer` or `RejectOffer`.
    Offer,
    /// The peer's answer to our offer.
    Answer,
    /// The peer asks for an offer: with `Answer` for an incoming call, else with `AnswerOffer`.
    OfferWanted,
    /// Our offer has come to nothing (refused, glare, call ended before an answer); as it was before.
    Rollback,
}

/// What the application is told, in the order it happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// A registration was made or refreshed.
    Registered {
        /// The account.
        account: AccountId,
        /// How long the server keeps it; it is refreshed before.
        expires: Duration,
        /// The server's 200.
        response: Arc<Response>,
    },
    /// A registration, or its refresh, failed.
    RegistrationFailed(Box<RegistrationFailure>),
    /// The binding is removed, or given up after `Unregister`.
    Unregistered {
        /// The account.
        account: AccountId,
    },
    /// Somebody calls; a description (`Offer` or `OfferWanted`) came just before.
    IncomingCall(Box<IncomingCall>),
    /// The first 100 arrived.
    CallTrying {
        /// An outgoing call.
        call: CallId,
    },
    /// 180 arrived (each branch of a forked call may send one).
    CallRinging(CallInfo),
    /// Another provisional response arrived: 181, 182, 183 …; early media when a description came.
    CallProgress(CallInfo),
    /// A 2xx was sent or received.
    CallAnswered(CallInfo),
    /// The ACK was sent or received.
    CallConfirmed {
        /// The call.
        call: CallId,
    },
    /// A re-INVITE of either side went through; its descriptions came before.
    CallModified {
        /// The call.
        call: CallId,
        /// The peer asked.
        by_remote: bool,
    },
    /// A re-INVITE of ours was refused, or one of the peer's fell through; the session is as it was.
    ModificationFailed {
        /// The call.
        call: CallId,
        /// The response's code; 0 when there was none.
        code: u16,
        /// Its reason phrase.
        reason: Box<str>,
        /// The peer asked.
        by_remote: bool,
    },
    /// A request of the application's kind (INFO) arrived inside a call and was answered with 200.
    CallRequest {
        /// The call.
        call: CallId,
        /// The whole request.
        request: Arc<Request>,
    },
    /// The call is over. Exactly once for each call that existed.
    CallEnded(Box<CallEnded>),
    /// A `SendRequest` or `CallRequest` is over. Exactly once for each.
    RequestFinished(Box<RequestOutcome>),
    /// Something the operator should know.
    Warning(Warning),
}

/// What the operator should know.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// A call was refused with 503: there are [`Config::max_calls`](super::Config::max_calls).
    CallLimit {
        /// Where it came from.
        flow: Flow,
    },
}

/// A call and the message that moved it.
#[derive(Debug, Clone)]
pub struct CallInfo {
    /// The call.
    pub call: CallId,
    /// The code of the response that was sent or received.
    pub code: u16,
    /// Which branch of a forked call, as in [`Description::fork`].
    pub fork: u32,
    /// The response, when it was received.
    pub response: Option<Arc<Response>>,
}

/// A call that arrives.
#[derive(Debug, Clone)]
pub struct IncomingCall {
    /// Its number.
    pub call: CallId,
    /// The account it is for: matched by Request-URI, then by To.
    pub account: Option<AccountId>,
    /// Who is called (To).
    pub local: Party,
    /// Who calls (From).
    pub remote: Party,
    /// The SIP Call-ID.
    pub sip_call_id: Box<str>,
    /// The INVITE carried an offer.
    pub has_offer: bool,
    /// How it arrived.
    pub flow: Flow,
    /// The INVITE, for its headers.
    pub request: Arc<Request>,
}

/// How a call ended.
#[derive(Debug, Clone)]
pub struct CallEnded {
    /// The call.
    pub call: CallId,
    /// The account.
    pub account: Option<AccountId>,
    /// It came to us.
    pub incoming: bool,
    /// Who ended it.
    pub by: EndedBy,
    /// The SIP code: of the final response, 200 after a BYE, 487 after a CANCEL, 408 after a timeout,
    /// 503 after a transport failure (RFC 3261 8.1.3.1).
    pub code: u16,
    /// Its reason phrase, or the text of the Reason header.
    pub reason: Box<str>,
    /// The Q.850 cause of the peer's Reason header (RFC 3326), or of ours.
    pub q850: Option<u8>,
    /// The kind of failure; `None` when the call had been answered and was ended by a BYE.
    pub failure: Option<Failure>,
    /// The SIP Call-ID.
    pub sip_call_id: Box<str>,
    /// Our side.
    pub local: Party,
    /// The other side.
    pub remote: Party,
    /// The response that refused it, for its headers (Contact of a 3xx, Retry-After …).
    pub response: Option<Arc<Response>>,
    /// The BYE or CANCEL that ended it.
    pub request: Option<Arc<Request>>,
}

/// How a registration failed.
#[derive(Debug, Clone)]
pub struct RegistrationFailure {
    /// The account.
    pub account: AccountId,
    /// The kind.
    pub failure: Failure,
    /// The response's code; `None` when there was none.
    pub code: Option<u16>,
    /// The reason phrase, or what happened.
    pub reason: Box<str>,
    /// When it will be tried again; `None`: not before the next `Register`.
    pub retry_in: Option<Duration>,
}

/// How a request ended.
#[derive(Debug, Clone)]
pub struct RequestOutcome {
    /// The request.
    pub id: RequestId,
    /// The call it was sent in.
    pub call: Option<CallId>,
    /// The final response's code; 408 and 503 stand for none at all (RFC 3261 8.1.3.1).
    pub code: u16,
    /// Its reason phrase.
    pub reason: Box<str>,
    /// The kind of failure; `None` for a 2xx.
    pub failure: Option<Failure>,
    /// The final response, if there was one.
    pub response: Option<Arc<Response>>,
}
