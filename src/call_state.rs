//! Where a call stands, as the application sees it.

use std::fmt;

/// Where a call stands.
///
/// Outgoing: `Calling`, perhaps `Ringing`, `Established`, `Ended`. Incoming: `Incoming`, perhaps
/// `Ringing` (the application sent 180 or 183), `Answering` (our 2xx is on its way to being
/// acknowledged), `Established`, `Ended`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallState {
    /// Outgoing: the INVITE is on its way.
    Calling,
    /// Incoming: the INVITE has arrived, nothing was decided.
    Incoming,
    /// The called side is being alerted (18x sent or received).
    Ringing,
    /// Incoming: a 2xx was sent, the ACK has not come yet.
    Answering,
    /// Both sides agreed; audio flows.
    Established,
    /// The call was put on hold by this side, by the other, or by both.
    Held,
    /// We are ending the call and wait for the other side's word.
    Ending,
    /// It is over.
    Ended,
}

impl CallState {
    /// The word for it in events and errors.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Calling => "calling",
            Self::Incoming => "incoming",
            Self::Ringing => "ringing",
            Self::Answering => "answering",
            Self::Established => "established",
            Self::Held => "held",
            Self::Ending => "ending",
            Self::Ended => "ended",
        }
    }

    /// Whether a 2xx was exchanged and the call is not over.
    pub const fn is_answered(self) -> bool {
        matches!(self, Self::Answering | Self::Established | Self::Held)
    }

    /// Whether the call waits for an answer from either side.
    pub const fn is_early(self) -> bool {
        matches!(self, Self::Calling | Self::Incoming | Self::Ringing)
    }
}

impl fmt::Display for CallState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
