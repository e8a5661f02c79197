//! Recordings, read and cut apart by channel: 16-bit PCM WAV only, which is what every peer here writes.

use std::path::Path;

use crate::Result;

/// A recording in memory.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wav {
    /// Samples a second.
    pub(crate) rate: u32,
    /// One list of samples per channel.
    pub(crate) channels: Vec<Vec<i16>>,
}

impl Wav {
    /// Reads a file. A length that the writer had no time to fill in reaches to the end of the file.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Self::parse(&bytes).map_err(|error| format!("{}: {error}", path.display()).into())
    }

    fn parse(bytes: &[u8]) -> Result<Self> {
        if bytes.get(..4) != Some(b"RIFF") || bytes.get(8..12) != Some(b"WAVE") {
            return Err("not a WAV file".into());
        }
        let (mut rest, mut format) = (bytes.get(12..).unwrap_or_default(), None);
        while let Some((header, body)) = rest.split_at_checked(8) {
            let size = u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize;
            let (chunk, next) = body.split_at_checked(size).unwrap_or((body, &[]));
            match &header[..4] {
                b"fmt " => format = Some(Format::parse(chunk)?),
                b"data" => return format.ok_or("samples before the format")?.samples(chunk),
                _ => {}
            }
            rest = next.get(size % 2..).unwrap_or_default();
        }
        Err("no samples".into())
    }
}

struct Format {
    channels: usize,
    rate: u32,
}

impl Format {
    fn parse(chunk: &[u8]) -> Result<Self> {
        let number =
            |at: usize| chunk.get(at..at + 2).map(|two| u16::from_le_bytes([two[0], two[1]]));
        let (Some(channels), Some(low), Some(high), Some(bits)) =
            (number(2), number(4), number(6), number(14))
        else {
            return Err("its format chunk is cut short".into());
        };
        if bits != 16 || channels == 0 {
            return Err(format!("{bits} bits and {channels} channels").into());
        }
        Ok(Self { channels: channels.into(), rate: u32::from(high) << 16 | u32::from(low) })
    }

    fn samples(&self, data: &[u8]) -> Result<Wav> {
        let mut channels = vec![Vec::new(); self.channels];
        for (index, sample) in data.chunks_exact(2).enumerate() {
            channels[index % self.channels].push(i16::from_le_bytes([sample[0], sample[1]]));
        }
        Ok(Wav { rate: self.rate, channels })
    }
}

#[cfg(test)]
mod tests {
    use super::Wav;

    fn stereo(data_length: u32) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0".to_vec();
        bytes.extend(8000_u32.to_le_bytes());
        bytes.extend(32000_u32.to_le_bytes());
        bytes.extend([4, 0, 16, 0]);
        bytes.extend(b"LIST\x03\0\0\0abc\0data");
        bytes.extend(data_length.to_le_bytes());
        for sample in [1_i16, -1, 2, -2] {
            bytes.extend(sample.to_le_bytes());
        }
        bytes
    }

    #[test]
    fn channels_are_separated_and_an_unfinished_length_is_forgiven() {
        let wanted = Wav { rate: 8000, channels: vec![vec![1, 2], vec![-1, -2]] };
        assert_eq!(Wav::parse(&stereo(8)).unwrap(), wanted);
        assert_eq!(Wav::parse(&stereo(u32::MAX)).unwrap(), wanted);
        assert!(Wav::parse(b"RIFF").is_err());
    }
}
