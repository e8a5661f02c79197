//! Reading: forgiving about headers that promise too much, strict about how much is read.

use std::io::{self, Read};

use thiserror::Error;

use super::format::Format;
use crate::dsp::{Resampler, UnsupportedRate};

/// Samples of the file worked on at a time.
const BLOCK: usize = 1_024;
/// How many chunks may stand before the samples.
const MAX_CHUNKS: usize = 1_024;
/// The most bytes of a format chunk that mean anything.
const MAX_FORMAT: usize = 40;

/// How much of a file is read at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file, the chunks without samples included.
    pub bytes: u64,
    /// Samples to come out, at the rate asked for.
    pub samples: usize,
}

impl Default for Limits {
    /// 256 MiB of file, and an hour at 48 kHz.
    fn default() -> Self {
        Self { bytes: 256 << 20, samples: 3_600 * 48_000 }
    }
}

/// Why a file could not be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WavError {
    /// The input failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// This is no WAV file.
    #[error("not a WAV file")]
    NotWav,
    /// It is a WAV file without samples, or without saying what they are.
    #[error("the WAV file has no {0} chunk")]
    Missing(&'static str),
    /// Samples of a kind that is not understood.
    #[error("WAV format {tag} with {bits} bits in {channels} channels is not supported")]
    Format {
        /// The format tag: 1 PCM, 3 float, 6 A-law, 7 µ-law.
        tag: u16,
        /// Bits of a sample.
        bits: u16,
        /// Channels.
        channels: u16,
    },
    /// The file's rate cannot be converted.
    #[error(transparent)]
    Rate(#[from] UnsupportedRate),
    /// More than the [`Limits`] allow.
    #[error("the WAV file is too long")]
    TooLong,
}

/// Reads a WAV file as mono at `rate` samples a second, the channels averaged.
///
/// Understood are PCM of 8, 16, 24 and 32 bits, floats of 32 and 64, A-law and µ-law, at any rate and
/// with up to 64 channels. A file that ends early is read as far as it goes, and one that says it has
/// no samples, or four gigabytes of them, as written by whoever could not seek, to its end.
///
/// # Errors
/// When the input fails, is no such file, or exceeds the limits.
pub fn read(input: impl Read, rate: u32, limits: &Limits) -> Result<Vec<i16>, WavError> {
    // One more than allowed, to know a file that is too long from one that just fits.
    let mut input = Input { inner: input.take(limits.bytes.saturating_add(1)) };
    let (format, length) = find_samples(&mut input)?;
    let mut converter =
        Converter { resampler: Resampler::new(format.rate, rate)?, output: Vec::new() };
    let mut left = length;
    let mut bytes = vec![0; BLOCK * format.frame_bytes()];
    let mut mono = Vec::with_capacity(BLOCK);
    while left > 0 {
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        let got = input.fill(bytes.get_mut(..wanted).unwrap_or_default())?;
        mono.clear();
        format.decode(bytes.get(..got).unwrap_or_default(), &mut mono);
        converter.push(&mono, limits)?;
        left -= got as u64;
        if got < wanted {
            break;
        }
    }
    if input.inner.limit() == 0 {
        return Err(WavError::TooLong);
    }
    converter.finish(limits)
}

/// Goes through the chunks up to the samples; says what they are and how many bytes they may have.
fn find_samples(input: &mut Input<impl Read>) -> Result<(Format, u64), WavError> {
    let mut riff = [0; 12];
    if input.fill(&mut riff)? < riff.len() || !riff.starts_with(b"RIFF") || !riff.ends_with(b"WAVE")
    {
        return Err(WavError::NotWav);
    }
    let mut format = None;
    for _ in 0..MAX_CHUNKS {
        let mut head = [0; 8];
        if input.fill(&mut head)? < head.len() {
            break;
        }
        let [id @ .., a, b, c, d] = head;
        let length = u64::from(u32::from_le_bytes([a, b, c, d]));
        match &id {
            b"data" => {
                let format = format.ok_or(WavError::Missing("fmt"))?;
                // Whoever was killed, or wrote into a pipe, left 0 or the largest number here.
                let open = length == 0 || length >= u64::from(u32::MAX) - 64;
                return Ok((format, if open { u64::MAX } else { length }));
            }
            b"fmt " => format = Some(read_format(input, length)?),
            _ => input.skip(length + length % 2)?,
        }
    }
    Err(WavError::Missing(if format.is_none() { "fmt" } else { "data" }))
}

fn read_format(input: &mut Input<impl Read>, length: u64) -> Result<Format, WavError> {
    let mut bytes = [0; MAX_FORMAT];
    let wanted = usize::try_from(length).unwrap_or(usize::MAX).min(MAX_FORMAT);
    let chunk = bytes.get_mut(..wanted).unwrap_or_default();
    let got = input.fill(chunk)?;
    let format = Format::parse(chunk.get(..got).unwrap_or_default())?;
    input.skip((length + length % 2).saturating_sub(wanted as u64))?;
    Ok(format)
}

/// Counts and bounds what is read.
struct Input<R> {
    inner: io::Take<R>,
}

impl<R: Read> Input<R> {
    /// Reads until the buffer is full or the input at its end.
    fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(room) = buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
            match self.inner.read(room) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    fn skip(&mut self, count: u64) -> io::Result<()> {
        io::copy(&mut (&mut self.inner).take(count), &mut io::sink()).map(|_skipped| ())
    }
}

struct Converter {
    resampler: Resampler,
    output: Vec<i16>,
}

impl Converter {
    fn push(&mut self, mut samples: &[i16], limits: &Limits) -> Result<(), WavError> {
        let mut block = [0; BLOCK];
        loop {
            let progress = self.resampler.process(samples, &mut block);
            let made = block.get(..progress.produced).unwrap_or_default();
            if self.output.len() + made.len() > limits.samples {
                return Err(WavError::TooLong);
            }
            self.output.extend_from_slice(made);
            samples = samples.get(progress.consumed..).unwrap_or_default();
            if samples.is_empty() && progress.produced < BLOCK {
                return Ok(());
            }
        }
    }

    /// Brings out what the filter still holds, and takes back the silence it began with.
    fn finish(mut self, limits: &Limits) -> Result<Vec<i16>, WavError> {
        self.push(&vec![0; self.resampler.memory() / 2], limits)?;
        let early = self.resampler.delay().min(self.output.len());
        self.output.drain(..early);
        self.output.shrink_to_fit();
        Ok(self.output)
    }
}
