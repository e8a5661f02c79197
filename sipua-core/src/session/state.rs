//! The states of a call as the application sees them.

use crate::event::CommandError;
use crate::message::StatusCode;

/// What a call is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallState {
    /// Outgoing; no response yet.
    Calling,
    /// Outgoing; a provisional response arrived.
    Proceeding,
    /// Incoming; nothing was said yet, or it is ignored.
    Incoming,
    /// Incoming; 180 or 183 was sent.
    Ringing,
    /// A 2xx was sent or received, the ACK not yet.
    Answered,
    /// A 2xx and its ACK went through.
    Confirmed,
    /// Confirmed, and a re-INVITE of either side is not finished.
    Modifying,
    /// Over for the application; the last messages may still be on their way.
    Ended,
}

impl CallState {
    /// The state in words, as it stands in a [`CommandError::WrongState`].
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Calling => "calling",
            Self::Proceeding => "proceeding",
            Self::Incoming => "incoming",
            Self::Ringing => "ringing",
            Self::Answered => "answered",
            Self::Confirmed => "confirmed",
            Self::Modifying => "modifying",
            Self::Ended => "ended",
        }
    }
}

/// A code that refuses.
pub(super) fn refusal(verb: &'static str, code: u16) -> Result<StatusCode, CommandError> {
    match StatusCode::new(code) {
        Some(status) if (300..700).contains(&code) => Ok(status),
        _ => Err(CommandError::InvalidCode { verb, code }),
    }
}
