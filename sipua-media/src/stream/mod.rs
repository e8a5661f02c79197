//! One direction pair: from packets to PCM, and from PCM to packets.
//!
//! ```text
//!              a stranger's? ──► counted
//!  datagram ─► RTP ─► latch ─► source ──┬─► jitter buffer ─► decode / conceal ─► PCM
//!                                       │                         (longer, shorter)
//!                                       └─► telephone-event ─► digit
//!
//!       PCM ─► packet's worth ─► encode ─┬─► RTP ─► datagram
//!            digits ─► telephone-event ──┘
//! ```
//! SRTP will stand between datagram and RTP on both ways, DTLS and ICE before the latch.

mod latch;
mod playout;
mod receive;
mod send;

pub use latch::{Latch, Verdict};
pub use receive::{Outcome, ReceiveStream};
pub use send::{Formats, SendStream, Sending};
