//! The record of a call that has ended.

use std::sync::Arc;

use sipua_core::event::{EndedBy, Failure};
use sipua_media::session::Statistics;

/// Who placed a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallDirection {
    /// The peer called.
    Incoming,
    /// We called.
    Outgoing,
}

impl CallDirection {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Incoming => "incoming",
            Self::Outgoing => "outgoing",
        }
    }
}

/// All that is known of a call when it is over. Times are milliseconds since the user agent started.
#[derive(Debug, Clone)]
pub struct CallRecord {
    /// Who placed it.
    pub direction: CallDirection,
    /// Our side's address.
    pub local: String,
    /// The other side's address.
    pub remote: String,
    /// The other side's name, where it gave one.
    pub display_name: Option<String>,
    /// When it was placed or arrived.
    pub started: u64,
    /// When the called side was first alerted.
    pub ringing: Option<u64>,
    /// When it was answered.
    pub answered: Option<u64>,
    /// When it ended.
    pub ended: u64,
    /// Who ended it.
    pub ended_by: EndedBy,
    /// The SIP status code: of the refusal, 200 after a BYE, 0 when no message said it.
    pub code: u16,
    /// The reason phrase, or the text of the Reason header.
    pub reason: Arc<str>,
    /// The Q.850 cause (RFC 3326).
    pub q850: Option<u8>,
    /// The kind of failure; [`None`] when it was answered and ended normally.
    pub failure: Option<Failure>,
    /// The last codec, by its SDP name.
    pub codec: Option<&'static str>,
    /// How the media was encrypted; [`None`] in the clear.
    pub encryption: Option<&'static str>,
    /// The media's statistics; [`None`] when there was no media.
    pub statistics: Option<Statistics>,
}

impl CallRecord {
    /// Milliseconds from answer to end; 0 for a call that was not answered.
    pub const fn duration_ms(&self) -> u64 {
        match self.answered {
            Some(answered) => self.ended.saturating_sub(answered),
            None => 0,
        }
    }
}
