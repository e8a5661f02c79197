//! Which way a stream flows, and what an answer may say to an offer.

use std::fmt;

/// The direction of a media stream, seen by the one who writes it (RFC 8866 6.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Direction {
    /// Media flows both ways; what holds when nothing is said.
    #[default]
    SendRecv,
    /// The writer only sends.
    SendOnly,
    /// The writer only receives.
    RecvOnly,
    /// Neither sends nor receives media; RTCP goes on.
    Inactive,
}

impl Direction {
    /// All four, in the order of RFC 3264 6.1.
    pub const ALL: [Self; 4] = [Self::SendRecv, Self::SendOnly, Self::RecvOnly, Self::Inactive];

    /// The direction that sends and receives as told.
    pub const fn new(sends: bool, receives: bool) -> Self {
        match (sends, receives) {
            (true, true) => Self::SendRecv,
            (true, false) => Self::SendOnly,
            (false, true) => Self::RecvOnly,
            (false, false) => Self::Inactive,
        }
    }

    /// Whether the writer sends media.
    pub const fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    /// Whether the writer receives media.
    pub const fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }

    /// The same stream seen from the other side.
    pub const fn reversed(self) -> Self {
        Self::new(self.receives(), self.sends())
    }

    /// What both allow.
    pub const fn and(self, other: Self) -> Self {
        Self::new(self.sends() && other.sends(), self.receives() && other.receives())
    }

    /// The direction to answer when `self` was offered and `wish` is what the answerer would like.
    ///
    /// The answer never sends what the offerer does not receive, nor the other way round.
    pub const fn answer(self, wish: Self) -> Self {
        // RFC 3264 6.1: sendonly is answered recvonly or inactive, recvonly sendonly or inactive,
        // inactive inactive; sendrecv by any of the four.
        self.reversed().and(wish)
    }

    /// The attribute's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    /// The direction an attribute of this name stands for.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|direction| direction.as_str().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
