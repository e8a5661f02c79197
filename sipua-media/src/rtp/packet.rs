//! The RTP packet (RFC 3550 5.1): read in place, written by appending.

use thiserror::Error;

const VERSION: u8 = 2;
const FIXED_LENGTH: usize = 12;

/// Why bytes are not an RTP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RtpError {
    /// The version is not 2.
    #[error("not RTP version 2")]
    Version,
    /// It ends within the header, its CSRC list or its extension.
    #[error("the header is cut off")]
    CutOff,
    /// The padding is longer than what it pads, or of length zero.
    #[error("the padding does not fit")]
    Padding,
}

/// The fixed header, without what can be told from the rest of the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The first packet after a silence, or of an event.
    pub marker: bool,
    /// 0 to 127; what it means is up to SDP.
    pub payload_type: u8,
    /// One more each packet, from a random start.
    pub sequence: u16,
    /// The sampling instant of the first sample, from a random start.
    pub timestamp: u32,
    /// Who sends.
    pub ssrc: u32,
}

/// A header extension (RFC 3550 5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension<'a> {
    /// What the profile defines it to be.
    pub profile: u16,
    /// Whole 32-bit words.
    pub data: &'a [u8],
}

/// A packet, borrowed from its datagram.
///
/// ```
/// use sipua_media::rtp::{Header, Packet};
///
/// let header =
///     Header { marker: true, payload_type: 0, sequence: 7, timestamp: 160, ssrc: 0x1234_5678 };
/// let mut datagram = Vec::new();
/// header.write(&mut datagram);
/// datagram.extend([0xff; 160]);
/// let packet = Packet::parse(&datagram)?;
/// assert_eq!((packet.header, packet.payload.len()), (header, 160));
/// # Ok::<(), sipua_media::rtp::RtpError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// The fixed header.
    pub header: Header,
    /// Whose streams a mixer put into this one, four bytes each.
    csrcs: &'a [u8],
    /// The header extension, if there is one.
    pub extension: Option<Extension<'a>>,
    /// The payload without padding.
    pub payload: &'a [u8],
}

impl Header {
    /// Appends a header without CSRCs, extension and padding; the payload follows.
    pub fn write(&self, datagram: &mut Vec<u8>) {
        let mut bytes = [0; FIXED_LENGTH];
        bytes[0] = VERSION << 6;
        bytes[1] = u8::from(self.marker) << 7 | self.payload_type & 0x7f;
        bytes[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        bytes[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        bytes[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
        datagram.extend_from_slice(&bytes);
    }
}

impl<'a> Packet<'a> {
    /// Reads a datagram.
    ///
    /// # Errors
    ///
    /// When a length in it does not fit, or it is not RTP version 2 (RFC 3550 A.1).
    pub fn parse(datagram: &'a [u8]) -> Result<Self, RtpError> {
        let (fixed, rest) = datagram.split_first_chunk::<FIXED_LENGTH>().ok_or(RtpError::CutOff)?;
        let [flags, marker_and_type, s0, s1, t0, t1, t2, t3, i0, i1, i2, i3] = *fixed;
        if flags >> 6 != VERSION {
            return Err(RtpError::Version);
        }
        let header = Header {
            marker: marker_and_type & 0x80 != 0,
            payload_type: marker_and_type & 0x7f,
            sequence: u16::from_be_bytes([s0, s1]),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            ssrc: u32::from_be_bytes([i0, i1, i2, i3]),
        };
        let csrc_length = usize::from(flags & 0x0f) * 4;
        let (csrcs, rest) = rest.split_at_checked(csrc_length).ok_or(RtpError::CutOff)?;
        let (extension, rest) = match flags & 0x10 {
            0 => (None, rest),
            _ => Extension::parse(rest).map(|(extension, rest)| (Some(extension), rest))?,
        };
        let payload = match flags & 0x20 {
            0 => rest,
            _ => without_padding(rest)?,
        };
        Ok(Self { header, csrcs, extension, payload })
    }

    /// The contributing sources that a mixer lists.
    pub fn csrcs(&self) -> impl ExactSizeIterator<Item = u32> {
        let (words, _) = self.csrcs.as_chunks();
        words.iter().map(|word| u32::from_be_bytes(*word))
    }
}

impl<'a> Extension<'a> {
    fn parse(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), RtpError> {
        let (&[p0, p1, l0, l1], rest) = bytes.split_first_chunk().ok_or(RtpError::CutOff)?;
        let length = usize::from(u16::from_be_bytes([l0, l1])) * 4;
        let (data, rest) = rest.split_at_checked(length).ok_or(RtpError::CutOff)?;
        Ok((Self { profile: u16::from_be_bytes([p0, p1]), data }, rest))
    }
}

/// RFC 3550 5.1: the last byte counts the padding, itself included.
fn without_padding(bytes: &[u8]) -> Result<&[u8], RtpError> {
    let padding = usize::from(*bytes.last().ok_or(RtpError::Padding)?);
    let length = bytes.len().checked_sub(padding).filter(|_| padding > 0);
    length.and_then(|length| bytes.get(..length)).ok_or(RtpError::Padding)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLAIN: [u8; 14] =
        [0x80, 0x88, 0x12, 0x34, 0, 0, 0, 160, 0xde, 0xad, 0xbe, 0xef, 0x55, 0xd5];

    #[test]
    fn the_fixed_header_is_read_as_figure_5_1_draws_it() {
        let packet = Packet::parse(&PLAIN).unwrap();
        let header = Header {
            marker: true,
            payload_type: 8,
            sequence: 0x1234,
            timestamp: 160,
            ssrc: 0xdead_beef,
        };
        assert_eq!(packet.header, header);
        assert_eq!((packet.payload, packet.extension), (&[0x55, 0xd5][..], None));
        assert_eq!(packet.csrcs().len(), 0);
        let mut written = Vec::new();
        header.write(&mut written);
        assert_eq!(written, PLAIN[..12]);
    }

    #[test]
    fn csrcs_extension_and_padding_are_told_apart() {
        let mut bytes = PLAIN[..12].to_vec();
        bytes[0] = 0xb2; // padding, extension, two CSRCs
        bytes.extend([0, 0, 0, 1, 0, 0, 0, 2]);
        bytes.extend([0xbe, 0xde, 0, 1, 9, 8, 7, 6]);
        bytes.extend([0x11, 0x22, 0, 0, 3]);
        let packet = Packet::parse(&bytes).unwrap();
        assert_eq!(packet.csrcs().collect::<Vec<_>>(), [1, 2]);
        let extension = Extension { profile: 0xbede, data: &[9, 8, 7, 6] };
        assert_eq!(packet.extension, Some(extension));
        assert_eq!(packet.payload, [0x11, 0x22]);
    }

    #[test]
    fn every_length_is_checked() {
        let with_flags = |flags: u8, rest: &[u8]| {
            let mut bytes = PLAIN[..12].to_vec();
            bytes[0] = flags;
            bytes.extend(rest);
            Packet::parse(&bytes).map(|packet| packet.payload.len())
        };
        assert_eq!(Packet::parse(&PLAIN[..11]), Err(RtpError::CutOff));
        assert_eq!(with_flags(0x40, &[]), Err(RtpError::Version));
        assert_eq!(with_flags(0xc0, &[]), Err(RtpError::Version));
        assert_eq!(with_flags(0x81, &[0; 3]), Err(RtpError::CutOff), "CSRC");
        assert_eq!(with_flags(0x90, &[0; 3]), Err(RtpError::CutOff), "extension header");
        assert_eq!(with_flags(0x90, &[0, 0, 0, 2, 1, 1, 1, 1]), Err(RtpError::CutOff), "extension");
        assert_eq!(with_flags(0xa0, &[]), Err(RtpError::Padding), "padding of nothing");
        assert_eq!(with_flags(0xa0, &[1, 0]), Err(RtpError::Padding), "padding of none");
        assert_eq!(with_flags(0xa0, &[1, 3]), Err(RtpError::Padding), "padding of more");
        assert_eq!(with_flags(0xa0, &[1, 2]), Ok(0), "padding of all");
        assert_eq!(with_flags(0x80, &[]), Ok(0));
    }

    proptest! {
        #[test]
        fn any_bytes_parse_or_not_but_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Ok(packet) = Packet::parse(&bytes) {
                prop_assert!(packet.payload.len() + 12 <= bytes.len());
                prop_assert!(packet.csrcs().len() <= 15);
            }
        }

        #[test]
        fn what_is_written_is_read(
            marker: bool, payload_type in 0u8..128, sequence: u16, timestamp: u32, ssrc: u32,
            payload in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let header = Header { marker, payload_type, sequence, timestamp, ssrc };
            let mut bytes = Vec::new();
            header.write(&mut bytes);
            bytes.extend(&payload);
            let packet = Packet::parse(&bytes).unwrap();
            prop_assert_eq!(packet.header, header);
            prop_assert_eq!(packet.payload, payload);
        }
    }
}
