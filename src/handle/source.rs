//! What can be played into a call.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use sipua_media::player;
use sipua_media::wav;

use crate::error::{Error, Result};

/// Something to play: a file, a tone, samples. Cheap to clone; one may be played into many calls.
#[derive(Debug, Clone)]
pub struct Source {
    pub(crate) inner: player::Source,
}

impl Source {
    /// Peak of a tone: a quarter of full scale, so that it may be mixed with speech.
    const TONE_PEAK: i16 = 8_192;
    /// The rate files are kept at: G.711's.
    const RATE: u32 = 8_000;

    /// Reads a WAV file whole, and brings it to mono at the rate of telephony. The file is read in
    /// the calling thread.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be opened, [`Error::AudioFile`] when it is not a WAV file.
    pub fn wav(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = File::open(path)
            .map_err(|error| Error::io(format!("cannot open {}", path.display()), &error))?;
        let samples = wav::read(BufReader::new(file), Self::RATE, &wav::Limits::default())
            .map_err(|error| Error::audio_file(path, error))?;
        Ok(Self::samples(samples, Self::RATE))
    }

    /// Mono samples at `rate` (8000, 16000, 24000 or 48000 Hz).
    pub fn samples(samples: impl Into<Arc<[i16]>>, rate: u32) -> Self {
        Self { inner: player::Source::Samples { samples: samples.into(), rate, repeat: false } }
    }

    /// A sine tone without end.
    pub const fn tone(hz: f32) -> Self {
        Self { inner: player::Source::Tone { hz, amplitude: Self::TONE_PEAK } }
    }

    /// Silence without end.
    pub const fn silence() -> Self {
        Self { inner: player::Source::Silence }
    }

    /// What the command line writes: `FILE.wav`, `tone:HZ` or `silence`.
    pub fn parse(text: &str) -> Result<Self> {
        if text == "silence" {
            return Ok(Self::silence());
        }
        let Some(hz) = text.strip_prefix("tone:") else { return Self::wav(text) };
        match hz.parse::<f32>() {
            Ok(hz) if (1.0..=3_900.0).contains(&hz) => Ok(Self::tone(hz)),
            _ => Err(Error::invalid("tone", text, "is tone:HZ with 1 to 3900 hertz")),
        }
    }

    /// Played again and again.
    #[must_use]
    pub fn repeated(mut self) -> Self {
        if let player::Source::Samples { repeat, .. } = &mut self.inner {
            *repeat = true;
        }
        self
    }
}
