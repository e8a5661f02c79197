//! RTP (RFC 3550): packets, and what is known of a source of them.

mod packet;
mod source;

pub use packet::{Extension, Header, Packet, RtpError};
pub use source::{Arrival, Interval, Source};
