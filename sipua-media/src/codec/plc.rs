//! Concealment of lost packets for waveform codecs, after the idea of ITU-T G.711 Appendix I: the
//! last pitch period goes on, ever quieter, and the next packet is faded into.
//!
//! Where it departs from the appendix, PESQ on speech with 5 to 20 % of its packets lost said so:
//! the pitch is searched with a shorter window (10 ms), one period is repeated and not up to three,
//! it gets quieter sooner, and the fade into the next packet is short (3 ms). It adds no delay:
//! where the appendix smooths the end of the past before it is played, this one bends the beginning
//! of the substitute to meet it.

/// Bridges gaps in one stream of 16-bit mono PCM.
///
/// Every received stretch is shown to [`received`](Self::received), every missing one is asked of
/// [`conceal`](Self::conceal), in the order of playing.
#[derive(Debug)]
pub struct Concealer {
    rate: usize,
    /// The newest samples played, real and substituted, oldest first.
    history: Box<[i16]>,
    /// The history as it was when the gap began, which the substitute is made of.
    template: Box<[i16]>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The last samples were real.
    Received,
    /// The last samples were made up.
    Concealing(Gap),
}

#[derive(Clone, Copy, Debug)]
struct Gap {
    /// The pitch period, in samples.
    pitch: usize,
    /// Samples of the repeated period still to come; it ends where the gap began.
    remaining: usize,
    /// Samples made up so far.
    elapsed: usize,
    /// What must be added at the gap's first sample to meet the last real one.
    step: f32,
}

/// The shortest and longest pitch period, the width of the window compared, and the history that
/// both need; in samples at 8 kHz.
const PITCH_MIN: usize = 40;
const PITCH_MAX: usize = 120;
const WINDOW: usize = 80;
const HISTORY: usize = PITCH_MAX + WINDOW;

/// So long the substitute is as loud as the past; after so long nothing is left of it; so long it
/// goes on under the next packet.
const FULL_LEVEL_MS: usize = 4;
const SILENT_AFTER_MS: usize = 45;
const FADE_MS: usize = 3;

impl Concealer {
    /// For a stream of `rate` Hz, 8000 or more.
    pub fn new(rate: u32) -> Self {
        let rate = rate as usize;
        let history = vec![0; HISTORY * rate / 8000].into_boxed_slice();
        Self { rate, template: history.clone(), history, state: State::Received }
    }

    /// Takes note of received samples; the first of them after a gap are faded into.
    pub fn received(&mut self, pcm: &mut [i16]) {
        if let State::Concealing(mut gap) = self.state {
            let fade = (self.rate * FADE_MS / 1000).min(pcm.len());
            for (index, sample) in pcm.iter_mut().take(fade).enumerate() {
                let weight = (index + 1) as f32 / (fade + 1) as f32;
                *sample = round(fade_over(self.next_sample(&mut gap), f32::from(*sample), weight));
            }
            self.state = State::Received;
        }
        self.remember(pcm);
    }

    /// Appends `samples` made-up samples.
    pub fn conceal(&mut self, samples: usize, pcm: &mut Vec<i16>) {
        let start = pcm.len();
        let mut gap = match self.state {
            State::Received => self.begin(),
            State::Concealing(gap) => gap,
        };
        pcm.extend((0..samples).map(|_| round(self.next_sample(&mut gap))));
        self.state = State::Concealing(gap);
        self.remember(pcm.get(start..).unwrap_or_default());
    }

    fn begin(&mut self) -> Gap {
        self.template.copy_from_slice(&self.history);
        let pitch = find_pitch(&self.template, self.rate);
        let step = self.past(1) - self.past(pitch + 1);
        Gap { pitch, remaining: pitch, elapsed: 0, step }
    }

    /// The next made-up sample: the last period again and again, the end of each repetition faded
    /// over into what came before its beginning.
    fn next_sample(&self, gap: &mut Gap) -> f32 {
        let level = self.level(gap.elapsed);
        if level == 0.0 {
            return 0.0;
        }
        let quarter = gap.pitch / 4;
        let mut sample = self.past(gap.remaining);
        if gap.remaining <= quarter {
            let weight = (quarter + 1 - gap.remaining) as f32 / (quarter + 1) as f32;
            sample = fade_over(sample, self.past(gap.pitch + gap.remaining), weight);
        }
        if gap.elapsed < quarter {
            sample += gap.step * (1.0 - (gap.elapsed + 1) as f32 / (quarter + 1) as f32);
        }
        gap.remaining = if gap.remaining > 1 { gap.remaining - 1 } else { gap.pitch };
        gap.elapsed += 1;
        sample * level
    }

    /// The template's sample `back` before its end, from 1 on.
    fn past(&self, back: usize) -> f32 {
        let index = self.template.len().checked_sub(back);
        index.and_then(|index| self.template.get(index)).map_or(0.0, |&sample| f32::from(sample))
    }

    /// Full level at first, then linearly down to nothing.
    fn level(&self, elapsed: usize) -> f32 {
        let full = self.rate * FULL_LEVEL_MS / 1000;
        let silent = self.rate * SILENT_AFTER_MS / 1000;
        match elapsed {
            _ if elapsed < full => 1.0,
            _ if elapsed < silent => (silent - elapsed) as f32 / (silent - full) as f32,
            _ => 0.0,
        }
    }

    fn remember(&mut self, pcm: &[i16]) {
        let length = self.history.len();
        match length.checked_sub(pcm.len()) {
            Some(kept) => {
                self.history.copy_within(length - kept.., 0);
                self.history[kept..].copy_from_slice(pcm);
            }
            None => self.history.copy_from_slice(&pcm[pcm.len() - length..]),
        }
    }
}

/// The lag at which the newest 10 ms resemble the past most, by normalised
/// cross-correlation; every second lag and sample first, then exactly around the best.
fn find_pitch(history: &[i16], rate: usize) -> usize {
    let scale = |samples: usize| samples * rate / 8000;
    let (shortest, longest) = (scale(PITCH_MIN), scale(PITCH_MAX));
    let window = scale(WINDOW);
    let resemblance = |lag: usize, stride: usize| {
        let newest = &history[history.len() - window..];
        let earlier = &history[history.len() - window - lag..];
        let (mut product, mut energy) = (0.0, 1.0);
        for (&new, &old) in newest.iter().zip(earlier).step_by(stride) {
            product += f32::from(new) * f32::from(old);
            energy += f32::from(old) * f32::from(old);
        }
        product / energy.sqrt()
    };
    let best = |lags: &mut dyn Iterator<Item = usize>, stride| {
        let by_resemblance = |lag| (lag, resemblance(lag, stride));
        lags.map(by_resemblance).fold((shortest, f32::MIN), |best, candidate| {
            if candidate.1 > best.1 { candidate } else { best }
        })
    };
    let (rough, _) = best(&mut (shortest..=longest).step_by(2), 2);
    let around = rough.saturating_sub(1).max(shortest)..=(rough + 1).min(longest);
    best(&mut around.into_iter(), 1).0
}

fn fade_over(from: f32, to: f32, weight: f32) -> f32 {
    from + (to - from) * weight
}

fn round(sample: f32) -> i16 {
    // A cast from float saturates.
    sample.round() as i16
}

#[cfg(test)]
mod tests;
