//! What the application wants.

use std::time::Duration;

use bytes::Bytes;

use super::{AccountId, AccountSettings, Body, CallId, Party, RequestId};
use crate::message::{HeaderName, Method, Uri};

/// A header the application adds to a message. Headers that the core itself writes (Via, From, To,
/// Call-ID, CSeq, Contact, Route, Content-Length …) are refused with [`CommandError::ReservedHeader`].
pub type ExtraHeader = (HeaderName, Bytes);

/// What the application hands to [`Endpoint::handle_command`](crate::endpoint::Endpoint::handle_command).
///
/// Every command is legal in every state; in the wrong one it does nothing and returns
/// [`CommandError::WrongState`].
#[derive(Debug, Clone)]
pub enum Command {
    /// Adds an account. It is not registered until [`Command::Register`].
    AddAccount {
        /// A number that no account of this endpoint has.
        account: AccountId,
        /// Its addresses and credentials.
        settings: Box<AccountSettings>,
    },
    /// Forgets an account: unregisters it if it is registered, leaves its calls alone.
    RemoveAccount {
        /// The account.
        account: AccountId,
    },
    /// Registers the account and keeps it registered; when it is registered already, refreshes now.
    Register {
        /// The account.
        account: AccountId,
    },
    /// Removes the account's binding; answered by [`Event::Unregistered`](super::Event::Unregistered).
    Unregister {
        /// The account.
        account: AccountId,
    },
    /// Places a call.
    Dial {
        /// A number never used before for a call; even, so that it differs from incoming ones.
        call: CallId,
        /// Whom to call, and how.
        dial: Box<Dial>,
    },
    /// Sends 180 Ringing.
    Ring {
        /// An incoming call.
        call: CallId,
        /// Extra headers of the response.
        headers: Vec<ExtraHeader>,
    },
    /// Sends 183 Session Progress, with a description for early media.
    Progress {
        /// An incoming call.
        call: CallId,
        /// The answer, or nothing.
        description: Option<Body>,
        /// Extra headers of the response.
        headers: Vec<ExtraHeader>,
    },
    /// Takes an incoming call.
    Answer {
        /// An incoming call.
        call: CallId,
        /// 200 to 299.
        code: u16,
        /// The answer to the caller's offer, or the offer when the INVITE had none.
        description: Option<Body>,
        /// Extra headers of the response.
        headers: Vec<ExtraHeader>,
    },
    /// Refuses an incoming call.
    Reject {
        /// An incoming call.
        call: CallId,
        /// 400 to 699.
        code: u16,
        /// The reason phrase; `None` is the RFC's.
        reason: Option<String>,
        /// Extra headers of the response (Retry-After, Reason …).
        headers: Vec<ExtraHeader>,
    },
    /// Sends the caller elsewhere (302).
    Redirect {
        /// An incoming call.
        call: CallId,
        /// Where to, best first; at least one.
        targets: Vec<Uri>,
    },
    /// Does not answer: the call goes on at the caller until it gives up or the ring time is over.
    Ignore {
        /// An incoming call.
        call: CallId,
    },
    /// Ends a call: CANCEL, BYE or a refusal, by its state. Idempotent.
    Hangup {
        /// Any call.
        call: CallId,
        /// The refusal's code for an incoming call that is not answered (default 603), and what
        /// the Reason header says.
        termination: Option<Termination>,
    },
    /// Sends a re-INVITE.
    Reinvite {
        /// A confirmed call.
        call: CallId,
        /// The offer; `None` asks the peer for one (it comes as `Description` of kind `Offer`, and
        /// is answered by [`Command::AnswerOffer`] in the ACK).
        description: Option<Body>,
    },
    /// Answers what a [`Description`](super::Description) asked for: the answer for kind `Offer`, an
    /// offer for kind `OfferWanted`. Not for the first INVITE of an incoming call (that is `Answer`).
    AnswerOffer {
        /// A call that owes a description.
        call: CallId,
        /// The description.
        description: Body,
    },
    /// Refuses a re-INVITE's offer; the session stays as it was. For an offer in a 2xx (late offer of
    /// ours) there is no refusal: the call is acknowledged and ended.
    RejectOffer {
        /// A call that owes a description.
        call: CallId,
        /// 300 to 699, as a rule 488.
        code: u16,
    },
    /// Sends a request inside a call's dialog: INFO, OPTIONS, MESSAGE, NOTIFY …
    CallRequest {
        /// A confirmed call.
        call: CallId,
        /// A number that no unfinished request has.
        id: RequestId,
        /// The request.
        request: Box<CallRequest>,
    },
    /// Sends a request outside any dialog: OPTIONS, MESSAGE …
    SendRequest {
        /// A number that no unfinished request has.
        id: RequestId,
        /// The request.
        request: Box<OutgoingRequest>,
    },
}

/// A call to place.
#[derive(Debug, Clone)]
pub struct Dial {
    /// Whose identity, server and credentials; `None` calls directly, without any.
    pub account: Option<AccountId>,
    /// Whom to call.
    pub target: Uri,
    /// Overrides the From of the account.
    pub from: Option<Party>,
    /// Extra headers of the INVITE.
    pub headers: Vec<ExtraHeader>,
    /// The offer; `None` leaves the offer to the callee (it comes as a `Description` of kind `Offer`).
    pub description: Option<Body>,
    /// How long to wait for the answer; written to Expires, and cancelled when it is over. `None`
    /// takes [`Config::ring_timeout`](super::Config::ring_timeout).
    pub ring_timeout: Option<Duration>,
}

impl Dial {
    /// A call to `target` with an offer, everything else by default.
    #[must_use]
    pub fn new(account: Option<AccountId>, target: Uri, description: Option<Body>) -> Self {
        Self { account, target, from: None, headers: Vec::new(), description, ring_timeout: None }
    }
}

/// Why a call is hung up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Termination {
    /// The SIP code: of the refusal (from 300), or in the Reason header (RFC 3326).
    pub code: u16,
    /// The text; `None` is the RFC's reason phrase.
    pub reason: Option<String>,
    /// A Q.850 cause for the Reason header.
    pub q850: Option<u8>,
}

/// A request inside a dialog.
#[derive(Debug, Clone)]
pub struct CallRequest {
    /// Any method but INVITE, ACK, BYE, CANCEL, PRACK, UPDATE and REGISTER.
    pub method: Method,
    /// Extra headers.
    pub headers: Vec<ExtraHeader>,
    /// The body.
    pub body: Option<Body>,
}

/// A request outside a dialog.
#[derive(Debug, Clone)]
pub struct OutgoingRequest {
    /// Any method but INVITE, ACK, BYE, CANCEL, PRACK, UPDATE and REGISTER.
    pub method: Method,
    /// Whose identity, server and credentials.
    pub account: Option<AccountId>,
    /// Whom to ask.
    pub target: Uri,
    /// Extra headers.
    pub headers: Vec<ExtraHeader>,
    /// The body.
    pub body: Option<Body>,
}

/// A command that could not be done; nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// There is no such call (any more).
    #[error("there is no call {0}")]
    UnknownCall(CallId),
    /// The call is in a state in which this cannot be done.
    #[error("cannot {verb} a call that is {state}")]
    WrongState {
        /// The command's name in the vocabulary.
        verb: &'static str,
        /// The call's state, in words.
        state: &'static str,
    },
    /// There is no such account.
    #[error("there is no account {0}")]
    UnknownAccount(AccountId),
    /// The account's number is taken.
    #[error("account {0} exists already")]
    AccountExists(AccountId),
    /// The account has no registrar to register at.
    #[error("the account's address {0} names no server")]
    NoServer(Uri),
    /// The call's number is taken.
    #[error("call {0} exists already")]
    CallExists(CallId),
    /// The request's number is taken.
    #[error("request {0} is not finished yet")]
    RequestExists(RequestId),
    /// [`Config::max_calls`](super::Config::max_calls) is reached.
    #[error("there are {0} calls already, the most allowed")]
    TooManyCalls(usize),
    /// The target's scheme cannot be reached with SIP, or needs an account with a server.
    #[error("cannot reach {0}: only sip: and sips: addresses, or tel: with an account")]
    UnsupportedTarget(Uri),
    /// This header belongs to the core.
    #[error("the header {0} is written by the engine")]
    ReservedHeader(HeaderName),
    /// A header's value holds a line break or a control character.
    #[error("the value of header {0} holds a control character")]
    InvalidHeader(HeaderName),
    /// This code does not fit the command.
    #[error("{code} cannot be used to {verb}")]
    InvalidCode {
        /// The command's name in the vocabulary.
        verb: &'static str,
        /// The code.
        code: u16,
    },
    /// This method has a command of its own, or none.
    #[error("{0} cannot be sent as a plain request")]
    InvalidMethod(Method),
    /// An answer or an offer is owed and was not given.
    #[error("cannot {verb} without a session description")]
    DescriptionMissing {
        /// The command's name in the vocabulary.
        verb: &'static str,
    },
    /// A redirect without a target.
    #[error("a redirect needs at least one target")]
    NoTarget,
}
