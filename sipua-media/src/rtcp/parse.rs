//! Reading compound RTCP packets in place, after every length in them was checked.

use thiserror::Error;

use super::{SDES_CNAME, packet_type};

/// Why bytes are not a compound RTCP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RtcpError {
    /// The version is not 2.
    #[error("not RTCP version 2")]
    Version,
    /// A packet ends beyond the datagram, or its contents beyond the packet.
    #[error("a length does not fit")]
    Length,
    /// The first packet is not a report, or one before the last is padded (RFC 3550 A.2).
    #[error("not a compound packet")]
    Compound,
}

/// A datagram of RTCP packets; an iterator over them.
#[derive(Clone, Debug)]
pub struct Compound<'a> {
    rest: &'a [u8],
}

/// One RTCP packet.
#[derive(Clone, Debug)]
pub enum Packet<'a> {
    /// SR (RFC 3550 6.4.1).
    SenderReport {
        /// Who reports.
        ssrc: u32,
        /// What it has sent.
        info: SenderInfo,
        /// What it has received.
        reports: ReportBlocks<'a>,
    },
    /// RR (RFC 3550 6.4.2).
    ReceiverReport {
        /// Who reports.
        ssrc: u32,
        /// What it has received.
        reports: ReportBlocks<'a>,
    },
    /// SDES (RFC 3550 6.5).
    SourceDescription(Chunks<'a>),
    /// BYE (RFC 3550 6.6).
    Goodbye {
        /// Who leaves, four bytes each.
        ssrcs: &'a [[u8; 4]],
    },
    /// Anything else, to be skipped.
    Other {
        /// Its packet type.
        packet_type: u8,
    },
}

/// The sender's part of an SR.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SenderInfo {
    /// When the report was sent, seconds since 1900 in 32.32 bits; zero if the sender has no clock.
    pub ntp: u64,
    /// The same instant in the stream's timestamps.
    pub rtp_timestamp: u32,
    /// RTP packets sent.
    pub packets: u32,
    /// Their payload, in bytes.
    pub octets: u32,
}

/// One report block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportBlock {
    /// Whose stream this is about.
    pub ssrc: u32,
    /// The share lost since the last report, in 256ths.
    pub fraction_lost: u8,
    /// All lost, a signed 24-bit number.
    pub lost: i32,
    /// The extended highest sequence number received.
    pub highest_sequence: u32,
    /// Interarrival jitter in timestamp units.
    pub jitter: u32,
    /// The middle 32 bits of the NTP time of the last SR; zero for none.
    pub last_sender_report: u32,
    /// How long ago that SR came, in 65536ths of a second.
    pub delay_since: u32,
}

/// The report blocks of an SR or RR.
#[derive(Clone, Debug)]
pub struct ReportBlocks<'a> {
    rest: &'a [[u8; ReportBlock::LENGTH]],
}

/// The chunks of an SDES packet: each source with its CNAME, if it gives one.
#[derive(Clone, Debug)]
pub struct Chunks<'a> {
    rest: &'a [u8],
}

impl<'a> Compound<'a> {
    /// Checks a datagram whole, so that reading it cannot fail.
    ///
    /// # Errors
    ///
    /// When it is not a compound packet by RFC 3550 A.2, or a count in it does not fit.
    pub fn parse(datagram: &'a [u8]) -> Result<Self, RtcpError> {
        let mut rest = datagram;
        let mut first = true;
        while !rest.is_empty() {
            let raw = RawPacket::split(&mut rest)?;
            // A.2: a report first; padding in the last packet only.
            let report =
                matches!(raw.kind, packet_type::SENDER_REPORT | packet_type::RECEIVER_REPORT);
            if first && !report || raw.padded && !rest.is_empty() {
                return Err(RtcpError::Compound);
            }
            raw.interpret()?;
            first = false;
        }
        if first { Err(RtcpError::Length) } else { Ok(Self { rest: datagram }) }
    }
}

impl<'a> Iterator for Compound<'a> {
    type Item = Packet<'a>;

    fn next(&mut self) -> Option<Packet<'a>> {
        RawPacket::split(&mut self.rest).and_then(|raw| raw.interpret()).ok()
    }
}

struct RawPacket<'a> {
    /// The five bits beside the version: how many of what it contains.
    count: usize,
    kind: u8,
    padded: bool,
    body: &'a [u8],
}

impl<'a> RawPacket<'a> {
    fn split(bytes: &mut &'a [u8]) -> Result<Self, RtcpError> {
        let (&[flags, kind, l0, l1], rest) = bytes.split_first_chunk().ok_or(RtcpError::Length)?;
        if flags >> 6 != 2 {
            return Err(RtcpError::Version);
        }
        let length = usize::from(u16::from_be_bytes([l0, l1])) * 4;
        let (mut body, rest) = rest.split_at_checked(length).ok_or(RtcpError::Length)?;
        let padded = flags & 0x20 != 0;
        if padded {
            // RFC 3550 6.4.1: whole words of padding, counted in the last byte.
            let padding = body.last().map_or(0, |&count| usize::from(count));
            let kept = body.len().checked_sub(padding).filter(|_| padding > 0 && padding % 4 == 0);
            body = kept.and_then(|kept| body.get(..kept)).ok_or(RtcpError::Length)?;
        }
        *bytes = rest;
        Ok(Self { count: usize::from(flags & 0x1f), kind, padded, body })
    }

    fn interpret(&self) -> Result<Packet<'a>, RtcpError> {
        match self.kind {
            packet_type::SENDER_REPORT => {
                let (ssrc, rest) = split_word(self.body)?;
                let (info, rest) =
                    rest.split_first_chunk::<{ SenderInfo::LENGTH }>().ok_or(RtcpError::Length)?;
                let reports = ReportBlocks::parse(rest, self.count)?;
                Ok(Packet::SenderReport { ssrc, info: SenderInfo::read(info), reports })
            }
            packet_type::RECEIVER_REPORT => {
                let (ssrc, rest) = split_word(self.body)?;
                let reports = ReportBlocks::parse(rest, self.count)?;
                Ok(Packet::ReceiverReport { ssrc, reports })
            }
            packet_type::SOURCE_DESCRIPTION => {
                Chunks::parse(self.body, self.count).map(Packet::SourceDescription)
            }
            packet_type::GOODBYE => {
                let (words, _) = self.body.as_chunks();
                let ssrcs = words.get(..self.count).ok_or(RtcpError::Length)?;
                Ok(Packet::Goodbye { ssrcs })
            }
            packet_type => Ok(Packet::Other { packet_type }),
        }
    }
}

impl SenderInfo {
    pub(super) const LENGTH: usize = 20;

    fn read(bytes: &[u8; Self::LENGTH]) -> Self {
        let words = words_of::<{ Self::LENGTH }, 5>(bytes);
        let [seconds, fraction, rtp_timestamp, packets, octets] = words;
        let ntp = u64::from(seconds) << 32 | u64::from(fraction);
        Self { ntp, rtp_timestamp, packets, octets }
    }
}

impl ReportBlock {
    pub(super) const LENGTH: usize = 24;

    fn read(bytes: &[u8; Self::LENGTH]) -> Self {
        let words = words_of::<{ Self::LENGTH }, 6>(bytes);
        let [ssrc, loss, highest_sequence, jitter, last_sender_report, delay_since] = words;
        Self {
            ssrc,
            fraction_lost: (loss >> 24) as u8,
            // The sign of the 24 bits is extended.
            lost: (loss << 8) as i32 >> 8,
            highest_sequence,
            jitter,
            last_sender_report,
            delay_since,
        }
    }
}

impl<'a> ReportBlocks<'a> {
    /// What follows the blocks is the profile's own and skipped (RFC 3550 6.4.3).
    fn parse(bytes: &'a [u8], count: usize) -> Result<Self, RtcpError> {
        let (blocks, _) = bytes.as_chunks();
        blocks.get(..count).map(|rest| Self { rest }).ok_or(RtcpError::Length)
    }
}

impl Iterator for ReportBlocks<'_> {
    type Item = ReportBlock;

    fn next(&mut self) -> Option<ReportBlock> {
        let (block, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(ReportBlock::read(block))
    }
}

impl<'a> Chunks<'a> {
    fn parse(body: &'a [u8], count: usize) -> Result<Self, RtcpError> {
        let mut rest = body;
        for _ in 0..count {
            split_chunk(&mut rest)?;
        }
        body.get(..body.len() - rest.len()).map(|rest| Self { rest }).ok_or(RtcpError::Length)
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = (u32, Option<&'a [u8]>);

    fn next(&mut self) -> Option<Self::Item> {
        split_chunk(&mut self.rest).ok()
    }
}

/// RFC 3550 6.5: an SSRC, items, a zero, and zeros to the next word.
fn split_chunk<'a>(bytes: &mut &'a [u8]) -> Result<(u32, Option<&'a [u8]>), RtcpError> {
    let (ssrc, items) = split_word(bytes)?;
    let (mut rest, mut cname) = (items, None);
    loop {
        match rest {
            [] => return Err(RtcpError::Length),
            [0, ..] => break,
            [item, length, after @ ..] => {
                let length = usize::from(*length);
                let (text, after) = after.split_at_checked(length).ok_or(RtcpError::Length)?;
                if *item == SDES_CNAME {
                    cname = Some(text);
                }
                rest = after;
            }
            [_] => return Err(RtcpError::Length),
        }
    }
    let used = (items.len() - rest.len() + 1).next_multiple_of(4);
    *bytes = items.get(used..).ok_or(RtcpError::Length)?;
    Ok((ssrc, cname))
}

fn split_word(bytes: &[u8]) -> Result<(u32, &[u8]), RtcpError> {
    let (word, rest) = bytes.split_first_chunk().ok_or(RtcpError::Length)?;
    Ok((u32::from_be_bytes(*word), rest))
}

fn words_of<const BYTES: usize, const WORDS: usize>(bytes: &[u8; BYTES]) -> [u32; WORDS] {
    let mut words = [0; WORDS];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
        *word = u32::from_be_bytes(*bytes);
    }
    words
}
