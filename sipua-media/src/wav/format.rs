//! What the samples of a file are, and how to turn them into 16-bit mono.

use super::WavError;
use crate::codec::{Pcma, Pcmu};

/// The tag that says "see the extension".
const EXTENSIBLE: u16 = 0xFFFE;
const MAX_CHANNELS: u16 = 64;

/// How the samples of a file are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Format {
    pub(super) rate: u32,
    channels: u16,
    encoding: Encoding,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Unsigned8,
    Signed16,
    Signed24,
    Signed32,
    Float32,
    Float64,
    Alaw,
    Ulaw,
}

impl Format {
    /// From the contents of a `fmt ` chunk.
    pub(super) fn parse(chunk: &[u8]) -> Result<Self, WavError> {
        let word = |at: usize| match chunk.get(at..at + 2) {
            Some(&[low, high]) => Some(u16::from_le_bytes([low, high])),
            _ => None,
        };
        let (Some(tag), Some(channels), Some(low), Some(high), Some(bits)) =
            (word(0), word(2), word(4), word(6), word(14))
        else {
            return Err(WavError::Missing("fmt"));
        };
        let rate = u32::from(high) << 16 | u32::from(low);
        // The extension's GUID begins with the tag it stands for.
        let tag = if tag == EXTENSIBLE { word(24).unwrap_or(tag) } else { tag };
        let unsupported = WavError::Format { tag, bits, channels };
        if channels == 0 || channels > MAX_CHANNELS {
            return Err(unsupported);
        }
        let encoding = match (tag, bits) {
            (1, 8) => Encoding::Unsigned8,
            (1, 16) => Encoding::Signed16,
            (1, 24) => Encoding::Signed24,
            (1, 32) => Encoding::Signed32,
            (3, 32) => Encoding::Float32,
            (3, 64) => Encoding::Float64,
            (6, 8) => Encoding::Alaw,
            (7, 8) => Encoding::Ulaw,
            _ => return Err(unsupported),
        };
        Ok(Self { rate, channels, encoding })
    }

    /// The bytes of one sample of all channels.
    pub(super) fn frame_bytes(&self) -> usize {
        self.encoding.bytes() * usize::from(self.channels)
    }

    /// Appends the mean of the channels; what does not make up a whole frame is left out.
    pub(super) fn decode(&self, bytes: &[u8], mono: &mut Vec<i16>) {
        let frames = bytes.chunks_exact(self.frame_bytes());
        mono.extend(frames.map(|frame| {
            let samples = frame.chunks_exact(self.encoding.bytes());
            let sum: i32 = samples.map(|sample| i32::from(self.encoding.decode(sample))).sum();
            let mean = sum / i32::from(self.channels);
            i16::try_from(mean).unwrap_or_default()
        }));
    }
}

impl Encoding {
    const fn bytes(self) -> usize {
        match self {
            Self::Unsigned8 | Self::Alaw | Self::Ulaw => 1,
            Self::Signed16 => 2,
            Self::Signed24 => 3,
            Self::Signed32 | Self::Float32 => 4,
            Self::Float64 => 8,
        }
    }

    /// One sample; the lower bits of longer ones are dropped.
    fn decode(self, bytes: &[u8]) -> i16 {
        match (self, bytes) {
            (Self::Unsigned8, &[byte]) => (i16::from(byte) - 128) << 8,
            (Self::Alaw, &[byte]) => Pcma::expand(byte),
            (Self::Ulaw, &[byte]) => Pcmu::expand(byte),
            (Self::Signed16, &[a, b])
            | (Self::Signed24, &[_, a, b])
            | (Self::Signed32, &[_, _, a, b]) => i16::from_le_bytes([a, b]),
            (Self::Float32, &[a, b, c, d]) => {
                from_float(f64::from(f32::from_le_bytes([a, b, c, d])))
            }
            (Self::Float64, &[a, b, c, d, e, f, g, h]) => {
                from_float(f64::from_le_bytes([a, b, c, d, e, f, g, h]))
            }
            _ => 0,
        }
    }
}

/// `as` saturates, and makes 0 of what is no number.
fn from_float(value: f64) -> i16 {
    (value * 32_768.0).round() as i16
}
