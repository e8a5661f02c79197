//! What is played into a call: samples, once or again and again, a tone, or silence.

use std::sync::Arc;

use crate::dsp::{Resampler, Tone, UnsupportedRate};

/// Samples resampled at a time.
const BLOCK: usize = 128;

/// Something to play. Cheap to clone: samples are shared by all calls that play them.
#[derive(Debug, Clone)]
pub enum Source {
    /// Mono samples.
    Samples {
        /// The samples.
        samples: Arc<[i16]>,
        /// Samples a second.
        rate: u32,
        /// Whether they begin again at their end.
        repeat: bool,
    },
    /// A sine without end.
    Tone {
        /// The frequency.
        hz: f32,
        /// The peak.
        amplitude: i16,
    },
    /// Silence without end.
    Silence,
}

/// Plays a [`Source`] frame by frame at the rate of a stream.
///
/// ```
/// use sipua_media::player::{Player, Source};
///
/// let beep = Source::Samples { samples: vec![5; 200].into(), rate: 8_000, repeat: false };
/// let mut player = Player::new(beep, 8_000)?;
/// let mut frame = [0; 160];
/// assert_eq!(player.pull(&mut frame), 160);
/// assert_eq!(player.pull(&mut frame), 40);
/// assert!(player.is_finished());
/// # Ok::<(), sipua_media::dsp::UnsupportedRate>(())
/// ```
#[derive(Debug)]
pub struct Player {
    stream_rate: u32,
    voice: Voice,
}

#[derive(Debug)]
enum Voice {
    Samples(Box<Track>),
    Tone { hz: f32, amplitude: i16, tone: Tone },
    Silence,
}

#[derive(Debug)]
struct Track {
    samples: Arc<[i16]>,
    position: usize,
    repeat: bool,
    resampler: Resampler,
    /// Silent input that brings out the last samples held in the filter.
    tail: usize,
}

impl Player {
    /// A player for a stream of `stream_rate` samples a second.
    ///
    /// # Errors
    /// When there is no conversion from the samples' rate.
    pub fn new(source: Source, stream_rate: u32) -> Result<Self, UnsupportedRate> {
        let voice = match source {
            Source::Samples { samples, rate, repeat } => {
                let resampler = Resampler::new(rate, stream_rate)?;
                let tail = resampler.memory() / 2;
                Voice::Samples(Box::new(Track { samples, position: 0, repeat, resampler, tail }))
            }
            Source::Tone { hz, amplitude } => {
                Voice::Tone { hz, amplitude, tone: Tone::new(hz, stream_rate, amplitude) }
            }
            Source::Silence => Voice::Silence,
        };
        Ok(Self { stream_rate, voice })
    }

    /// Goes on at another rate, from where it is.
    ///
    /// # Errors
    /// When there is no conversion to it; the old rate stays.
    pub fn set_stream_rate(&mut self, stream_rate: u32) -> Result<(), UnsupportedRate> {
        if stream_rate == self.stream_rate {
            return Ok(());
        }
        match &mut self.voice {
            Voice::Samples(track) => {
                track.resampler = Resampler::new(track.resampler.from_rate(), stream_rate)?;
                track.tail = track.resampler.memory() / 2;
            }
            Voice::Tone { hz, amplitude, tone } => *tone = Tone::new(*hz, stream_rate, *amplitude),
            Voice::Silence => {}
        }
        self.stream_rate = stream_rate;
        Ok(())
    }

    /// Fills `frame`, at the end of the source with silence, and says how many samples come from the
    /// source: fewer than asked for when it has ended.
    pub fn pull(&mut self, frame: &mut [i16]) -> usize {
        let count = match &mut self.voice {
            Voice::Samples(track) => track.pull(frame),
            Voice::Tone { tone, .. } => {
                tone.fill(frame);
                frame.len()
            }
            Voice::Silence => {
                frame.fill(0);
                frame.len()
            }
        };
        frame.get_mut(count..).unwrap_or_default().fill(0);
        count
    }

    /// Whether everything has been played. What repeats, a tone and silence never finish.
    pub fn is_finished(&self) -> bool {
        match &self.voice {
            Voice::Samples(track) => track.is_finished(),
            Voice::Tone { .. } | Voice::Silence => false,
        }
    }
}

impl Track {
    fn pull(&mut self, frame: &mut [i16]) -> usize {
        let mut done = 0;
        while let Some(room) = frame.get_mut(done..).filter(|room| !room.is_empty()) {
            let rest = self.samples.get(self.position..).unwrap_or_default();
            if rest.is_empty() && self.repeat && !self.samples.is_empty() {
                self.position = 0;
                continue;
            }
            if !rest.is_empty() {
                let progress = self.resampler.process(rest, room);
                self.position += progress.consumed;
                done += progress.produced;
            } else if self.tail > 0 {
                let silence = [0; BLOCK];
                let input = silence.get(..self.tail.min(BLOCK)).unwrap_or_default();
                let progress = self.resampler.process(input, room);
                self.tail -= progress.consumed;
                done += progress.produced;
            } else {
                break;
            }
        }
        done
    }

    fn is_finished(&self) -> bool {
        let endless = self.repeat && !self.samples.is_empty();
        !endless && self.position >= self.samples.len() && self.tail == 0
    }
}

#[cfg(test)]
mod tests;
