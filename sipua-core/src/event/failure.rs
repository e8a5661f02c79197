//! Why something did not work, as types and not only numbers.

use std::fmt;

/// Why a call, a registration or a request failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Failure {
    /// 486, 600: the other side is busy.
    Busy,
    /// 603: the other side does not want the call.
    Declined,
    /// 408, 480, or nobody answered in time.
    NoAnswer,
    /// The caller gave up before the answer (487).
    Cancelled,
    /// Another phone of the same callee took the call (RFC 3326 cause 200).
    AnsweredElsewhere,
    /// 404, 410, 484, 485, 604: there is no such address.
    NotFound,
    /// 416, 420, 482, 483 and the like: the request does not reach anybody.
    Unreachable,
    /// 403 and the like: the server does not allow it.
    Forbidden,
    /// The credentials are missing or wrong.
    AuthenticationFailed,
    /// 415, 488, 606: no common media.
    NotAcceptableMedia,
    /// No response at all.
    Timeout,
    /// The network refused, or the name was not found.
    TransportFailed,
    /// 5xx.
    ServerError,
    /// A limit of this endpoint or of the server (503 with Retry-After).
    Limit,
}

impl Failure {
    /// The failure a final response of this code stands for; `None` below 300.
    #[must_use]
    pub const fn from_code(code: u16) -> Option<Self> {
        Some(match code {
            0..=299 => return None,
            401 | 407 => Self::AuthenticationFailed,
            403 => Self::Forbidden,
            404 | 410 | 484 | 485 | 604 => Self::NotFound,
            408 | 480 => Self::NoAnswer,
            415 | 488 | 606 => Self::NotAcceptableMedia,
            486 | 600 => Self::Busy,
            487 => Self::Cancelled,
            500..=599 => Self::ServerError,
            603 | 607 | 608 => Self::Declined,
            _ => Self::Unreachable,
        })
    }

    /// The word used in every language and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Declined => "declined",
            Self::NoAnswer => "no_answer",
            Self::Cancelled => "cancelled",
            Self::AnsweredElsewhere => "answered_elsewhere",
            Self::NotFound => "not_found",
            Self::Unreachable => "unreachable",
            Self::Forbidden => "forbidden",
            Self::AuthenticationFailed => "authentication_failed",
            Self::NotAcceptableMedia => "not_acceptable_media",
            Self::Timeout => "timeout",
            Self::TransportFailed => "transport_failed",
            Self::ServerError => "server_error",
            Self::Limit => "limit",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Who ended a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EndedBy {
    /// This side: hang up, reject, redirect.
    Local,
    /// The other side: BYE, CANCEL, or a final response from 300.
    Remote,
    /// The transport, a lookup, or a peer that broke the protocol.
    Network,
    /// A timer ran out.
    Timeout,
}

impl EndedBy {
    /// The word used in every language and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Remote => "remote",
            Self::Network => "network",
            Self::Timeout => "timeout",
        }
    }
}

impl fmt::Display for EndedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
