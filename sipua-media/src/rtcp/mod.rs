//! RTCP (RFC 3550 6): compound packets, when to send them, and the round trip they tell.

mod parse;
mod schedule;
mod write;

pub use parse::{Chunks, Compound, Packet, ReportBlock, ReportBlocks, RtcpError, SenderInfo};
pub use schedule::Schedule;
pub use write::CompoundWriter;

/// RFC 3550 12.1.
mod packet_type {
    pub(super) const SENDER_REPORT: u8 = 200;
    pub(super) const RECEIVER_REPORT: u8 = 201;
    pub(super) const SOURCE_DESCRIPTION: u8 = 202;
    pub(super) const GOODBYE: u8 = 203;
}

/// RFC 3550 12.2.
const SDES_CNAME: u8 = 1;

#[cfg(test)]
mod tests;
