//! The names by which the stack knows those above it, and why they want to wake.

use crate::event::{AccountId, CallId, RequestId};

/// Whose transaction, deadline or lookup it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Owner {
    Call(CallId),
    Account(AccountId),
    Request(RequestId),
}

/// Why an owner wants to wake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Alarm {
    /// Nobody answered the call in time.
    Ring,
    /// The Expires of an INVITE is over (RFC 3261 13.3.1).
    Expires,
    /// A provisional response is repeated each minute (RFC 3261 13.3.1.1).
    Provisional,
    /// A 2xx is repeated until its ACK comes (RFC 3261 13.3.1.4).
    Success,
    /// The ACK never came (RFC 3261 13.3.1.4).
    NoAck,
    /// The application owes a description.
    Description,
    /// A re-INVITE is tried again after 491 (RFC 3261 14.1).
    Glare,
    /// A registration is refreshed, or tried again.
    Register,
}

impl Alarm {
    pub(super) const ALL: [Self; 8] = [
        Self::Ring,
        Self::Expires,
        Self::Provisional,
        Self::Success,
        Self::NoAck,
        Self::Description,
        Self::Glare,
        Self::Register,
    ];
}
