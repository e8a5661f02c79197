//! From one sample rate to another, in chunks of any size.
//!
//! A polyphase FIR: conceptually the input is stretched by `up` with zeros, low-passed, and every
//! `down`-th sample kept; only the products that count are computed. The low-pass is a Kaiser-windowed
//! sinc, flat to 0.4 of the lower rate and at least 60 dB down from 0.5 of it on.

mod design;

use design::design;
use thiserror::Error;

/// Taps per phase at the lower of the two rates: 0.1 of that rate between pass and stop band.
const TAPS: usize = 48;
/// Input samples worked on at a time.
const BLOCK: usize = 256;
/// The most coefficients a filter may have: any two rates that share a divisor of a few hertz.
const MAX_COEFFICIENTS: usize = 1 << 18;

/// The rates cannot be converted into each other, or are none that this place takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no conversion from {from} to {to} samples a second")]
pub struct UnsupportedRate {
    /// The rate to convert from, in samples a second.
    pub from: u32,
    /// The rate to convert to, in samples a second.
    pub to: u32,
}

/// How far a call of [`Resampler::process`] came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Samples taken from the input.
    pub consumed: usize,
    /// Samples put into the output.
    pub produced: usize,
}

/// Converts a stream of mono samples from one rate to another. Allocates only when made.
///
/// ```
/// use sipua_media::dsp::Resampler;
///
/// let mut resampler = Resampler::new(8_000, 16_000)?;
/// let mut doubled = [0; 320];
/// let progress = resampler.process(&[0; 160], &mut doubled);
/// assert_eq!((progress.consumed, progress.produced), (160, 320));
/// # Ok::<(), sipua_media::dsp::UnsupportedRate>(())
/// ```
#[derive(Debug, Clone)]
pub struct Resampler {
    from: u32,
    to: u32,
    /// `None` when both rates are equal.
    filter: Option<Box<Filter>>,
}

impl Resampler {
    /// A converter between two rates in samples a second.
    pub fn new(from: u32, to: u32) -> Result<Self, UnsupportedRate> {
        let error = UnsupportedRate { from, to };
        if from == 0 || to == 0 {
            return Err(error);
        }
        let filter =
            if from == to { None } else { Some(Box::new(Filter::new(from, to).ok_or(error)?)) };
        Ok(Self { from, to, filter })
    }

    /// The rate of the input.
    pub fn from_rate(&self) -> u32 {
        self.from
    }

    /// The rate of the output.
    pub fn to_rate(&self) -> u32 {
        self.to
    }

    /// Converts until the input is used up or the output full.
    pub fn process(&mut self, input: &[i16], output: &mut [i16]) -> Progress {
        match &mut self.filter {
            Some(filter) => filter.process(input, output),
            None => {
                let count = input.len().min(output.len());
                for (to, from) in output.iter_mut().zip(input) {
                    *to = *from;
                }
                Progress { consumed: count, produced: count }
            }
        }
    }

    /// How many more input samples it takes to get `outputs` of them out.
    pub fn input_for(&self, outputs: usize) -> usize {
        self.filter.as_ref().map_or(outputs, |filter| filter.input_for(outputs))
    }

    /// Samples of input the filter spreads over: after so much silence in, silence comes out.
    pub fn memory(&self) -> usize {
        self.filter.as_ref().map_or(0, |filter| filter.taps)
    }

    /// How many samples come out before the first that went in is heard.
    pub fn delay(&self) -> usize {
        self.filter.as_ref().map_or(0, |filter| filter.delay())
    }

    /// Forgets the past.
    pub fn reset(&mut self) {
        if let Some(filter) = &mut self.filter {
            filter.reset();
        }
    }
}

#[derive(Debug, Clone)]
struct Filter {
    up: usize,
    down: usize,
    /// Per phase, in the order in which they meet ascending samples.
    taps: usize,
    coefficients: Box<[f32]>,
    /// Past samples first, then those of the block at work.
    window: Box<[f32]>,
    /// How much of the window holds samples.
    filled: usize,
    /// Where in the window the next output's first sample lies; beyond `filled` when it is to be skipped.
    start: usize,
    /// Which phase the next output uses.
    phase: usize,
}

impl Filter {
    fn new(from: u32, to: u32) -> Option<Self> {
        let divisor = greatest_common_divisor(from, to);
        let up = usize::try_from(to / divisor).ok()?;
        let down = usize::try_from(from / divisor).ok()?;
        let taps = TAPS.checked_mul(down.max(up))?.div_ceil(up);
        if taps.checked_mul(up)? > MAX_COEFFICIENTS {
            return None;
        }
        let mut filter = Self {
            up,
            down,
            taps,
            coefficients: design(up, down, taps),
            window: vec![0.0; taps - 1 + BLOCK].into_boxed_slice(),
            filled: 0,
            start: 0,
            phase: 0,
        };
        filter.reset();
        Some(filter)
    }

    fn reset(&mut self) {
        self.window.fill(0.0);
        // Such that any whole number of periods takes exactly its share of input.
        self.filled = self.taps - self.down.div_ceil(self.up);
        self.start = 0;
        self.phase = 0;
    }

    /// The middle of the filter, less what the first output has seen beyond the first sample.
    fn delay(&self) -> usize {
        let seen = self.down.div_ceil(self.up) - 1;
        let middle = (self.taps * self.up).saturating_sub(1 + 2 * seen * self.up);
        (middle + self.down) / (2 * self.down)
    }

    fn input_for(&self, outputs: usize) -> usize {
        let Some(last) = outputs.checked_sub(1) else { return 0 };
        let advance = (self.phase + last * self.down) / self.up;
        (self.start + advance + self.taps).saturating_sub(self.filled)
    }

    fn process(&mut self, input: &[i16], output: &mut [i16]) -> Progress {
        let mut progress = Progress::default();
        loop {
            let waiting = input.get(progress.consumed..).unwrap_or_default();
            let room = output.get_mut(progress.produced..).unwrap_or_default();
            let taken = self.take(waiting, room.len());
            let made = self.produce(room);
            progress.consumed += taken;
            progress.produced += made;
            if taken == 0 && made == 0 {
                return progress;
            }
        }
    }

    /// Moves input into the window, no more than `wanted` outputs need.
    fn take(&mut self, input: &[i16], wanted: usize) -> usize {
        let needed = self.input_for(wanted).min(input.len());
        if needed > self.window.len() - self.filled {
            self.compact();
        }
        let free = self.window.get_mut(self.filled..).unwrap_or_default();
        let count = needed.min(free.len());
        for (slot, sample) in free.iter_mut().zip(input.iter().take(count)) {
            *slot = f32::from(*sample);
        }
        self.filled += count;
        count
    }

    /// Drops what no output will use any more.
    fn compact(&mut self) {
        let done = self.start.min(self.filled);
        self.window.copy_within(done..self.filled, 0);
        self.filled -= done;
        self.start -= done;
    }

    fn produce(&mut self, output: &mut [i16]) -> usize {
        let mut made = 0;
        for slot in output {
            let Some(samples) =
                self.window.get(self.start..self.filled).and_then(|rest| rest.get(..self.taps))
            else {
                break;
            };
            let first = self.phase * self.taps;
            let coefficients = self.coefficients.get(first..first + self.taps).unwrap_or_default();
            *slot = round(dot(samples, coefficients));
            let next = self.phase + self.down;
            self.start += next / self.up;
            self.phase = next % self.up;
            made += 1;
        }
        made
    }
}

/// Eight partial sums, so that the compiler can use vector instructions.
fn dot(samples: &[f32], coefficients: &[f32]) -> f32 {
    let mut sums = [0.0f32; 8];
    let (samples, samples_rest) = samples.as_chunks::<8>();
    let (coefficients, coefficients_rest) = coefficients.as_chunks::<8>();
    for (samples, coefficients) in samples.iter().zip(coefficients) {
        for ((sum, sample), coefficient) in sums.iter_mut().zip(samples).zip(coefficients) {
            *sum += sample * coefficient;
        }
    }
    let rest: f32 = samples_rest
        .iter()
        .zip(coefficients_rest)
        .map(|(sample, coefficient)| sample * coefficient)
        .sum();
    sums.iter().sum::<f32>() + rest
}

/// `as` saturates.
fn round(value: f32) -> i16 {
    value.round_ties_even() as i16
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests;
