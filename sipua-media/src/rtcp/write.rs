//! Writing compound RTCP packets by appending to a datagram.

use super::{ReportBlock, SDES_CNAME, SenderInfo, packet_type};

/// RFC 3550 6.5.1: an item's length is one byte.
const MAX_CNAME: usize = 255;

/// Appends the packets of one compound to a datagram. Begin with a report (RFC 3550 6.1).
#[derive(Debug)]
pub struct CompoundWriter<'a> {
    datagram: &'a mut Vec<u8>,
}

impl<'a> CompoundWriter<'a> {
    /// Writes behind what `datagram` has already.
    pub fn new(datagram: &'a mut Vec<u8>) -> Self {
        Self { datagram }
    }

    /// An SR (RFC 3550 6.4.1), with a report block if something is received.
    pub fn sender_report(&mut self, ssrc: u32, info: &SenderInfo, block: Option<&ReportBlock>) {
        let words = 1 + SenderInfo::LENGTH / 4 + block.map_or(0, |_| ReportBlock::LENGTH / 4);
        self.head(packet_type::SENDER_REPORT, usize::from(block.is_some()), words);
        self.word(ssrc);
        self.word((info.ntp >> 32) as u32);
        self.word(info.ntp as u32);
        self.word(info.rtp_timestamp);
        self.word(info.packets);
        self.word(info.octets);
        self.block(block);
    }

    /// An RR (RFC 3550 6.4.2); an empty one where nothing is received.
    pub fn receiver_report(&mut self, ssrc: u32, block: Option<&ReportBlock>) {
        let words = 1 + block.map_or(0, |_| ReportBlock::LENGTH / 4);
        self.head(packet_type::RECEIVER_REPORT, usize::from(block.is_some()), words);
        self.word(ssrc);
        self.block(block);
    }

    /// An SDES with a CNAME (RFC 3550 6.5), of which the first 255 bytes are sent.
    pub fn source_description(&mut self, ssrc: u32, cname: &str) {
        let cname = &cname.as_bytes()[..cname.len().min(MAX_CNAME)];
        // SSRC, item head and text, at least one zero.
        let length = (4 + 2 + cname.len() + 1).next_multiple_of(4);
        self.head(packet_type::SOURCE_DESCRIPTION, 1, length / 4);
        self.word(ssrc);
        self.datagram.extend([SDES_CNAME, cname.len() as u8]);
        self.datagram.extend_from_slice(cname);
        let zeros = length - (4 + 2 + cname.len());
        self.datagram.extend_from_slice(&[0; 4][..zeros]);
    }

    /// A BYE without a reason (RFC 3550 6.6).
    pub fn goodbye(&mut self, ssrc: u32) {
        self.head(packet_type::GOODBYE, 1, 1);
        self.word(ssrc);
    }

    fn block(&mut self, block: Option<&ReportBlock>) {
        if let Some(block) = block {
            self.word(block.ssrc);
            self.word(u32::from(block.fraction_lost) << 24 | block.lost as u32 & 0xff_ffff);
            self.word(block.highest_sequence);
            self.word(block.jitter);
            self.word(block.last_sender_report);
            self.word(block.delay_since);
        }
    }

    /// The word that every packet begins with; `words` follow it.
    fn head(&mut self, packet_type: u8, count: usize, words: usize) {
        self.datagram.extend([2 << 6 | count as u8, packet_type]);
        self.datagram.extend((words as u16).to_be_bytes());
    }

    fn word(&mut self, word: u32) {
        self.datagram.extend(word.to_be_bytes());
    }
}
