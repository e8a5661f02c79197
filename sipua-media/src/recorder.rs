//! Recording a call: the engine's half never waits, the reader's half feeds a file.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rtrb::{Consumer, Producer, RingBuffer};

use crate::dsp::{Resampler, UnsupportedRate, mix_into};

/// Samples of each direction worked on at a time, at the recording's rate.
const BLOCK: usize = 480;
/// How much the ring may hold at most, in milliseconds.
const MAX_BUFFER_MS: u32 = 60_000;

/// What is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RecordMode {
    /// Both directions in one channel.
    #[default]
    Mixed,
    /// What was received on the left, what was sent on the right.
    Stereo,
    /// What was received only.
    Received,
}

impl RecordMode {
    /// How many channels the recording has.
    pub const fn channels(self) -> u16 {
        match self {
            Self::Mixed | Self::Received => 1,
            Self::Stereo => 2,
        }
    }
}

/// How a recording is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordSettings {
    /// Samples a second of the recording.
    pub rate: u32,
    /// What is recorded.
    pub mode: RecordMode,
    /// How much the ring holds until the reader comes, in milliseconds.
    pub buffer_ms: u32,
}

impl RecordSettings {
    /// Half a second of ring: 8 kB at 8 kHz mono.
    pub const fn new(rate: u32, mode: RecordMode) -> Self {
        Self { rate, mode, buffer_ms: 500 }
    }
}

/// Makes a recorder for a call whose frames come at `stream_rate`: the engine's half, and the half for
/// whoever writes the file.
///
/// # Errors
/// When there is no conversion from the stream's rate to the recording's.
///
/// ```
/// use sipua_media::recorder::{RecordMode, RecordSettings, recorder};
///
/// let (mut engine, mut file) = recorder(&RecordSettings::new(8_000, RecordMode::Stereo), 8_000)?;
/// engine.record(&[1; 160], &[2; 160]);
/// let mut samples = [0; 1_000];
/// assert_eq!(file.read(&mut samples), 320);
/// assert_eq!(samples[..4], [1, 2, 1, 2]);
/// # Ok::<(), sipua_media::dsp::UnsupportedRate>(())
/// ```
pub fn recorder(
    settings: &RecordSettings,
    stream_rate: u32,
) -> Result<(Recorder, RecordReader), UnsupportedRate> {
    let RecordSettings { rate, mode, buffer_ms } = *settings;
    let lines = Lines::new(stream_rate, rate)?;
    let frames = u64::from(rate) * u64::from(buffer_ms.clamp(1, MAX_BUFFER_MS)) / 1_000;
    let capacity =
        usize::try_from(frames).unwrap_or(usize::MAX).max(BLOCK) * usize::from(mode.channels());
    let (producer, consumer) = RingBuffer::new(capacity);
    let dropped = Arc::new(AtomicU64::new(0));
    let reader = RecordReader {
        rate,
        channels: mode.channels(),
        ring: consumer,
        dropped: Arc::clone(&dropped),
    };
    Ok((Recorder { rate, mode, lines, ring: producer, owed: 0, dropped }, reader))
}

/// The engine's half: takes both directions' frames each tick. Never waits and, between changes of the
/// stream's rate, never allocates.
#[derive(Debug)]
pub struct Recorder {
    rate: u32,
    mode: RecordMode,
    lines: Lines,
    ring: Producer<i16>,
    /// Frames dropped whose place in time is still to be filled with silence.
    owed: u64,
    dropped: Arc<AtomicU64>,
}

/// Both directions on their way to the recording's rate.
#[derive(Debug)]
struct Lines {
    stream_rate: u32,
    received: Resampler,
    sent: Resampler,
}

impl Recorder {
    /// Records one tick: what was received and what was sent in it, at the stream's rate. The shorter
    /// is taken to end in silence, so an empty one is a silent one.
    ///
    /// When the reader is too slow what does not fit is dropped and counted, and silence of the same
    /// length recorded later, so that both directions and the clock stay together.
    pub fn record(&mut self, received: &[i16], sent: &[i16]) {
        let length = received.len().max(sent.len());
        let mut done = 0;
        while done < length {
            let mut left = [0; BLOCK];
            let mut right = [0; BLOCK];
            let step = (length - done).min(self.lines.longest_step());
            let count = convert(&mut self.lines.received, received, done, step, &mut left);
            convert(&mut self.lines.sent, sent, done, step, &mut right);
            done += step;
            self.push(
                left.get_mut(..count).unwrap_or_default(),
                right.get(..count).unwrap_or_default(),
            );
        }
    }

    /// Goes on with frames of another rate; the recording keeps its own.
    ///
    /// # Errors
    /// When there is no conversion from it; the old rate stays.
    pub fn set_stream_rate(&mut self, stream_rate: u32) -> Result<(), UnsupportedRate> {
        if stream_rate != self.lines.stream_rate {
            self.lines = Lines::new(stream_rate, self.rate)?;
        }
        Ok(())
    }

    /// How many samples of each channel were dropped because nobody read in time.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Whether the reader's half is gone, so that recording is of no use.
    pub fn reader_gone(&self) -> bool {
        self.ring.is_abandoned()
    }

    fn push(&mut self, received: &mut [i16], sent: &[i16]) {
        self.pay_silence();
        let samples = received.len() * usize::from(self.mode.channels());
        let chunk = if self.owed == 0 { self.ring.write_chunk_uninit(samples).ok() } else { None };
        let Some(chunk) = chunk else {
            self.owed += received.len() as u64;
            self.dropped.fetch_add(received.len() as u64, Ordering::Relaxed);
            return;
        };
        match self.mode {
            RecordMode::Mixed => {
                mix_into(received, sent);
                chunk.fill_from_iter(received.iter().copied());
            }
            RecordMode::Received => {
                chunk.fill_from_iter(received.iter().copied());
            }
            RecordMode::Stereo => {
                chunk.fill_from_iter(
                    received.iter().zip(sent).flat_map(|(left, right)| [*left, *right]),
                );
            }
        }
    }

    /// Makes up for dropped frames, as far as there is room.
    fn pay_silence(&mut self) {
        let channels = usize::from(self.mode.channels());
        let frames =
            usize::try_from(self.owed).unwrap_or(usize::MAX).min(self.ring.slots() / channels);
        if frames > 0
            && let Ok(chunk) = self.ring.write_chunk_uninit(frames * channels)
        {
            chunk.fill_from_iter(std::iter::repeat(0));
            self.owed -= frames as u64;
        }
    }
}

impl Lines {
    fn new(stream_rate: u32, rate: u32) -> Result<Self, UnsupportedRate> {
        let received = Resampler::new(stream_rate, rate)?;
        Ok(Self { stream_rate, sent: received.clone(), received })
    }

    /// How many samples of a stream are sure to fit in a block after conversion.
    fn longest_step(&self) -> usize {
        let (from, to) = (u64::from(self.stream_rate), u64::from(self.received.to_rate()));
        usize::try_from((BLOCK as u64 - 1) * from / to).unwrap_or(BLOCK).clamp(1, BLOCK)
    }
}

/// Converts `samples[at..at + step]`, taking silence for what is not there.
fn convert(
    line: &mut Resampler,
    samples: &[i16],
    at: usize,
    step: usize,
    output: &mut [i16; BLOCK],
) -> usize {
    let there = samples.get(at..).unwrap_or_default();
    let there = there.get(..step).unwrap_or(there);
    let silence = [0; BLOCK];
    let missing = silence.get(..step - there.len()).unwrap_or_default();
    let made = line.process(there, output).produced;
    made + line.process(missing, output.get_mut(made..).unwrap_or_default()).produced
}

/// The reader's half, for the thread that writes the file.
#[derive(Debug)]
pub struct RecordReader {
    rate: u32,
    channels: u16,
    ring: Consumer<i16>,
    dropped: Arc<AtomicU64>,
}

impl RecordReader {
    /// Samples a second.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// One channel or two.
    pub fn channels(&self) -> u16 {
        self.channels
    }

    /// Takes what has been recorded, the channels interleaved and complete, and says how many samples.
    pub fn read(&mut self, samples: &mut [i16]) -> usize {
        let channels = usize::from(self.channels);
        let whole = self.ring.slots().min(samples.len()) / channels * channels;
        self.ring.pop_partial_slice(samples.get_mut(..whole).unwrap_or_default()).0.len()
    }

    /// Whether the call has ended and everything has been read.
    pub fn is_finished(&self) -> bool {
        // In this order: what was recorded before the engine left is seen after it.
        self.ring.is_abandoned() && self.ring.is_empty()
    }

    /// How many samples of each channel were dropped because they were not read in time.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests;
