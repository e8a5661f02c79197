//! The application's half as a whole, and how both halves are made.

use std::sync::Arc;

use rtrb::RingBuffer;

use super::shared::Shared;
use super::{AudioReader, AudioWriter, EnginePort, Ready, UnsupportedRate};

/// The rates an application may read and write at, in samples a second.
pub const PORT_RATES: [u32; 4] = [8_000, 16_000, 24_000, 48_000];

/// How much a ring may hold at most, in milliseconds.
const MAX_RING_MS: u32 = 60_000;
/// How many marks may wait at most.
const MAX_MARKS: usize = 4_096;

/// The size of a port. A millisecond costs `rate / 500` bytes in each ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortSettings {
    /// Samples a second: one of [`PORT_RATES`].
    pub rate: u32,
    /// How long received audio is kept for a slow reader, in milliseconds.
    pub receive_ms: u32,
    /// How much audio may be written ahead, in milliseconds.
    pub write_ms: u32,
    /// How many marks may wait.
    pub marks: usize,
}

impl PortSettings {
    /// The usual sizes: 200 ms received, 1 s written ahead (19 kB at 8 kHz, 38 kB at 16 kHz), 32 marks.
    pub const fn new(rate: u32) -> Self {
        Self { rate, receive_ms: 200, write_ms: 1_000, marks: 32 }
    }

    fn samples(&self, milliseconds: u32) -> usize {
        // At most 48 samples a millisecond for 60,000 of them.
        (self.rate / 1_000 * milliseconds.clamp(1, MAX_RING_MS)) as usize
    }
}

/// Makes a port: the half for the application, and the half for the engine.
///
/// `ready` is called when something waited for has come about; without it the application polls.
///
/// # Errors
/// When the rate is none of [`PORT_RATES`].
///
/// ```
/// use sipua_media::audio::{PortSettings, port};
///
/// let (mut application, mut engine) = port(&PortSettings::new(8_000), None)?;
/// application.write(&[7; 200]);
/// application.mark(1);
///
/// let mut frame = [0; 160];
/// assert_eq!(engine.pull(&mut frame), 160);
/// assert_eq!((frame, engine.next_played_mark()), ([7; 160], None));
/// assert_eq!(engine.pull(&mut frame), 40);
/// assert_eq!((frame[39], frame[40], engine.next_played_mark()), (7, 0, Some(1)));
/// # Ok::<(), sipua_media::audio::UnsupportedRate>(())
/// ```
pub fn port(
    settings: &PortSettings,
    ready: Option<Arc<dyn Ready>>,
) -> Result<(AudioPort, EnginePort), UnsupportedRate> {
    let rate = settings.rate;
    if !PORT_RATES.contains(&rate) {
        return Err(UnsupportedRate { from: rate, to: rate });
    }
    let shared = Arc::new(Shared::new(ready));
    let (to_application, received) = RingBuffer::new(settings.samples(settings.receive_ms));
    let (written, from_application) = RingBuffer::new(settings.samples(settings.write_ms));
    let (set, reached) = RingBuffer::new(settings.marks.clamp(1, MAX_MARKS));
    let reader = AudioReader::new(rate, received, Arc::clone(&shared));
    let writer = AudioWriter::new(rate, written, set, Arc::clone(&shared));
    let engine = EnginePort::new(rate, to_application, from_application, reached, shared);
    Ok((AudioPort { reader, writer }, engine))
}

/// A call's audio for the application: 16-bit mono PCM both ways.
///
/// Nothing in it waits or locks. [`split`](Self::split) it to read and write from different threads.
#[derive(Debug)]
pub struct AudioPort {
    reader: AudioReader,
    writer: AudioWriter,
}

impl AudioPort {
    /// The reading and the writing part.
    pub fn split(self) -> (AudioReader, AudioWriter) {
        (self.reader, self.writer)
    }

    /// See [`AudioReader::read`].
    pub fn read(&mut self, samples: &mut [i16]) -> usize {
        self.reader.read(samples)
    }

    /// See [`AudioReader::available`].
    pub fn available(&self) -> usize {
        self.reader.available()
    }

    /// See [`AudioReader::skip`].
    pub fn skip(&mut self) -> usize {
        self.reader.skip()
    }

    /// See [`AudioReader::want_read`].
    pub fn want_read(&mut self, count: usize) -> bool {
        self.reader.want_read(count)
    }

    /// See [`AudioReader::overruns`].
    pub fn overruns(&self) -> u64 {
        self.reader.overruns()
    }

    /// See [`AudioWriter::write`].
    pub fn write(&mut self, samples: &[i16]) -> usize {
        self.writer.write(samples)
    }

    /// See [`AudioWriter::clear`].
    pub fn clear(&mut self) -> usize {
        self.writer.clear()
    }

    /// See [`AudioWriter::mark`].
    pub fn mark(&mut self, id: u64) -> bool {
        self.writer.mark(id)
    }

    /// See [`AudioWriter::buffered`].
    pub fn buffered(&self) -> usize {
        self.writer.buffered()
    }

    /// See [`AudioWriter::space`].
    pub fn space(&self) -> usize {
        self.writer.space()
    }

    /// See [`AudioWriter::want_write`].
    pub fn want_write(&mut self, count: usize) -> bool {
        self.writer.want_write(count)
    }

    /// See [`AudioWriter::underruns`].
    pub fn underruns(&self) -> u64 {
        self.writer.underruns()
    }

    /// Samples a second.
    pub fn rate(&self) -> u32 {
        self.reader.rate()
    }

    /// Whether the call's media is over.
    pub fn is_closed(&self) -> bool {
        self.reader.is_closed()
    }
}
