//! A call's PCM, both ways.

use std::sync::Arc;

use sipua_media::audio::{self, EnginePort, PortSettings, Ready};
use tokio::sync::Notify;

use crate::error::{Error, Result};

/// The form of a call's PCM: mono, 16 bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AudioFormat {
    /// Samples a second: 8000, 16000, 24000 or 48000.
    pub rate: u32,
    /// Milliseconds of received audio kept for a reader that is late; then the newest is dropped and
    /// counted.
    pub receive_ms: u32,
    /// Milliseconds of written audio taken ahead of its playing.
    pub write_ms: u32,
}

impl AudioFormat {
    /// The usual buffers at this rate.
    pub const fn new(rate: u32) -> Self {
        let PortSettings { receive_ms, write_ms, .. } = PortSettings::new(rate);
        Self { rate, receive_ms, write_ms }
    }
}

/// A call's PCM as the application reads and writes it, in chunks of any size; the engine paces.
///
/// Nothing here waits but what is `async`; nothing takes a lock. It lives until the call ends or it
/// is dropped; then silence is sent.
#[derive(Debug)]
pub struct Audio {
    reader: AudioReader,
    writer: AudioWriter,
}

/// What the call hears, for a thread or task of its own.
#[derive(Debug)]
pub struct AudioReader {
    port: audio::AudioReader,
    ready: Arc<Readiness>,
}

/// What the call says, for a thread or task of its own.
#[derive(Debug)]
pub struct AudioWriter {
    port: audio::AudioWriter,
    ready: Arc<Readiness>,
}

/// Wakes tasks from the media thread, without waiting.
#[derive(Debug, Default)]
struct Readiness {
    readable: Notify,
    writable: Notify,
}

impl Ready for Readiness {
    fn readable(&self) {
        self.readable.notify_one();
    }

    fn writable(&self) {
        self.writable.notify_one();
    }
}

impl Audio {
    pub(super) fn open(format: AudioFormat) -> Result<(Self, EnginePort)> {
        let AudioFormat { rate, receive_ms, write_ms } = format;
        let settings = PortSettings { receive_ms, write_ms, ..PortSettings::new(rate) };
        let ready = Arc::<Readiness>::default();
        let (port, engine) = audio::port(&settings, Some(Arc::clone(&ready) as Arc<dyn Ready>))
            .map_err(|error| Error::invalid("audio rate", rate.to_string(), error.to_string()))?;
        let (reader, writer) = port.split();
        let reader = AudioReader { port: reader, ready: Arc::clone(&ready) };
        let writer = AudioWriter { port: writer, ready };
        Ok((Self { reader, writer }, engine))
    }

    /// The two directions apart.
    pub fn split(self) -> (AudioReader, AudioWriter) {
        (self.reader, self.writer)
    }

    /// Samples a second.
    pub fn rate(&self) -> u32 {
        self.reader.rate()
    }

    /// As [`AudioReader::read`].
    pub fn read(&mut self, samples: &mut [i16]) -> usize {
        self.reader.read(samples)
    }

    /// As [`AudioReader::read_all`].
    pub async fn read_all(&mut self, samples: &mut [i16]) -> usize {
        self.reader.read_all(samples).await
    }

    /// As [`AudioReader::available`].
    pub fn available(&self) -> usize {
        self.reader.available()
    }

    /// As [`AudioReader::overruns`].
    pub fn overruns(&self) -> u64 {
        self.reader.overruns()
    }

    /// As [`AudioWriter::write`].
    pub fn write(&mut self, samples: &[i16]) -> usize {
        self.writer.write(samples)
    }

    /// As [`AudioWriter::write_all`].
    pub async fn write_all(&mut self, samples: &[i16]) -> usize {
        self.writer.write_all(samples).await
    }

    /// As [`AudioWriter::clear`].
    pub fn clear(&mut self) -> usize {
        self.writer.clear()
    }

    /// As [`AudioWriter::mark`].
    pub fn mark(&mut self, id: u64) -> bool {
        self.writer.mark(id)
    }

    /// As [`AudioWriter::buffered`].
    pub fn buffered(&self) -> usize {
        self.writer.buffered()
    }

    /// As [`AudioWriter::space`].
    pub fn space(&self) -> usize {
        self.writer.space()
    }

    /// As [`AudioWriter::underruns`].
    pub fn underruns(&self) -> u64 {
        self.writer.underruns()
    }

    /// Whether the call's media is over: nothing more comes, nothing more is taken.
    pub fn is_closed(&self) -> bool {
        self.reader.is_closed()
    }
}

impl AudioReader {
    /// Samples a second.
    pub fn rate(&self) -> u32 {
        self.port.rate()
    }

    /// Takes what was received, at most `samples.len()`; returns how many samples.
    pub fn read(&mut self, samples: &mut [i16]) -> usize {
        self.port.read(samples)
    }

    /// Fills `samples` with what is received; shorter only at the end of the call.
    pub async fn read_all(&mut self, samples: &mut [i16]) -> usize {
        let mut filled = 0;
        loop {
            filled += self.port.read(&mut samples[filled..]);
            if filled == samples.len() || self.port.is_closed() && self.port.available() == 0 {
                return filled;
            }
            let wanted = wake_after(samples.len() - filled, self.port.rate());
            if !self.port.want_read(wanted) {
                self.ready.readable.notified().await;
            }
        }
    }

    /// Samples that can be read now.
    pub fn available(&self) -> usize {
        self.port.available()
    }

    /// Samples that were received and dropped because nobody read.
    pub fn overruns(&self) -> u64 {
        self.port.overruns()
    }

    /// Whether the call's media is over: nothing more comes.
    pub fn is_closed(&self) -> bool {
        self.port.is_closed()
    }
}

impl AudioWriter {
    /// Samples a second.
    pub fn rate(&self) -> u32 {
        self.port.rate()
    }

    /// Gives samples to be sent; returns how many were taken.
    pub fn write(&mut self, samples: &[i16]) -> usize {
        self.port.write(samples)
    }

    /// Writes all of `samples`, waiting for room; fewer only at the end of the call.
    pub async fn write_all(&mut self, samples: &[i16]) -> usize {
        let mut written = 0;
        loop {
            written += self.port.write(&samples[written..]);
            if written == samples.len() || self.port.is_closed() {
                return written;
            }
            let wanted = wake_after(samples.len() - written, self.port.rate());
            if !self.port.want_write(wanted) {
                self.ready.writable.notified().await;
            }
        }
    }

    /// Drops what was written and is not yet played; returns how many samples. The other side hears
    /// nothing more of it within one frame.
    pub fn clear(&mut self) -> usize {
        self.port.clear()
    }

    /// Asks for an `audio_mark` event with this id once everything written so far has been played.
    /// False when too many marks wait.
    pub fn mark(&mut self, id: u64) -> bool {
        self.port.mark(id)
    }

    /// Samples written and not yet played.
    pub fn buffered(&self) -> usize {
        self.port.buffered()
    }

    /// Samples that can be written now.
    pub fn space(&self) -> usize {
        self.port.space()
    }

    /// Samples of silence that were sent within speech because too little was written.
    pub fn underruns(&self) -> u64 {
        self.port.underruns()
    }

    /// Whether the call's media is over: nothing more is taken.
    pub fn is_closed(&self) -> bool {
        self.port.is_closed()
    }
}

/// How many samples to wait for: what is missing, but never more than 20 ms, so that the wait fits
/// every buffer.
fn wake_after(missing: usize, rate: u32) -> usize {
    missing.min(rate as usize / 50)
}
