//! How alike two recordings are, wherever the one lies within the other.
//!
//! An adaptive jitter buffer moves its playout while a call goes on, by leaving samples out or putting some in. So a
//! recording is compared in pieces of a fifth of a second, each of which may lie a little earlier or later than the one
//! before it; what is then correlated is everything, piece by piece in its place.

use std::ops::RangeInclusive;

/// The step of the coarse search, in samples: 10 ms at 8 kHz.
const BLOCK: usize = 80;
/// The length of a piece: 200 ms.
const PIECE: usize = 1600;
/// How far a piece may lie from where the one before it says: 60 ms.
const AROUND: isize = 480;
/// A piece quieter than this, as the root of its mean power, is not searched for.
const SILENCE: f64 = 50.0;

/// What part of a recording matches the original best, and how well.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Match {
    /// Normalised cross-correlation, -1 to 1.
    pub(crate) correlation: f64,
    /// The sample of the recording at which the original begins; negative when its beginning is missing.
    pub(crate) offset: isize,
    /// By how many samples the playout moved from the beginning to the end.
    pub(crate) drift: isize,
    /// How many samples of the original were compared.
    pub(crate) compared: usize,
}

/// Finds `original` within `recording` and compares all of it that was recorded.
pub(crate) fn find(original: &[i16], recording: &[i16]) -> Option<Match> {
    let coarse = coarse_lag(&loudness(original), &loudness(recording))? * BLOCK as isize;
    let (original, recording) = (floats(original), floats(recording));
    let mut sum = Sums::default();
    let (mut first, mut lag) = (None, coarse);
    for (index, piece) in original.chunks(PIECE).enumerate() {
        let start = (index * PIECE) as isize;
        if loud(piece) {
            let window = start + lag - AROUND..=start + lag + AROUND;
            let Some(place) = best_place(piece, &recording, window) else { continue };
            lag = place - start;
            first = first.or(Some(lag));
        }
        sum.add(&Sums::at(piece, &recording, start + lag));
    }
    let offset = first?;
    Some(Match {
        correlation: sum.correlation()?,
        offset,
        drift: lag - offset,
        compared: sum.compared,
    })
}

/// The lag, in blocks, at which the loudness of both goes together best.
fn coarse_lag(wanted: &[f64], heard: &[f64]) -> Option<isize> {
    // At least half of the original has to lie within the recording.
    let half = wanted.len() as isize / 2;
    let score = |lag| {
        let sums = Sums::at(wanted, heard, lag);
        // A short overlap is easily alike, so it counts for less.
        let weight = (sums.compared as f64 / wanted.len() as f64).sqrt();
        sums.correlation().map_or(-1.0, |correlation| correlation * weight)
    };
    (-half..=heard.len() as isize - half).max_by(|a, b| score(*a).total_cmp(&score(*b)))
}

/// Where in the recording a piece lies best.
fn best_place(piece: &[f64], recording: &[f64], window: RangeInclusive<isize>) -> Option<isize> {
    let scored = window.filter_map(|place| {
        let sums = Sums::at(piece, recording, place);
        Some((place, sums.correlation().filter(|_| sums.compared == piece.len())?))
    });
    scored.max_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(place, _)| place)
}

/// What a correlation is made of; the mean of each side is taken out.
#[derive(Debug, Default)]
struct Sums {
    cross: f64,
    powers: [f64; 2],
    compared: usize,
}

impl Sums {
    /// Of a piece and of what stands at that place of the recording.
    fn at(piece: &[f64], recording: &[f64], place: isize) -> Self {
        let skipped = usize::try_from(-place).unwrap_or(0);
        let start = usize::try_from(place).unwrap_or(0);
        let (Some(piece), Some(other)) = (piece.get(skipped..), recording.get(start..)) else {
            return Self::default();
        };
        let compared = piece.len().min(other.len());
        let (piece, other) = (&piece[..compared], &other[..compared]);
        let mean = |samples: &[f64]| samples.iter().sum::<f64>() / compared.max(1) as f64;
        let means = [mean(piece), mean(other)];
        let mut sums = Self { compared, ..Self::default() };
        for (a, b) in piece.iter().zip(other) {
            let (a, b) = (a - means[0], b - means[1]);
            sums.cross += a * b;
            sums.powers[0] += a * a;
            sums.powers[1] += b * b;
        }
        sums
    }

    fn add(&mut self, other: &Self) {
        self.cross += other.cross;
        self.powers[0] += other.powers[0];
        self.powers[1] += other.powers[1];
        self.compared += other.compared;
    }

    /// [`None`] where one side is silent.
    fn correlation(&self) -> Option<f64> {
        let power = (self.powers[0] * self.powers[1]).sqrt();
        (power > 0.0).then(|| self.cross / power)
    }
}

fn loud(piece: &[f64]) -> bool {
    let power: f64 = piece.iter().map(|sample| sample * sample).sum();
    power > SILENCE * SILENCE * piece.len() as f64
}

fn loudness(samples: &[i16]) -> Vec<f64> {
    let power =
        |block: &[i16]| block.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>().sqrt();
    samples.chunks_exact(BLOCK).map(power).collect()
}

fn floats(samples: &[i16]) -> Vec<f64> {
    samples.iter().map(|sample| f64::from(*sample)).collect()
}

#[cfg(test)]
mod tests {
    use super::find;

    /// Bursts of noise of changing loudness, like words.
    fn speech(seed: u32, length: usize) -> Vec<i16> {
        let mut state = seed;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as u16 as i16
        };
        (0..length)
            .map(|at| if noise_gate(seed, at) { noise() / 4 } else { noise() / 500 })
            .collect()
    }

    fn noise_gate(seed: u32, at: usize) -> bool {
        let word = (at as u32 / 700).wrapping_add(seed).wrapping_mul(2_654_435_761);
        word >> 24 < 140
    }

    #[test]
    fn a_delayed_copy_is_found_to_the_sample() {
        let original = speech(11, 16_000);
        let mut recording = vec![0; 3_217];
        recording.extend(original.iter().map(|sample| sample / 2));
        recording.extend([0; 500]);
        let found = find(&original, &recording).unwrap();
        assert_eq!(found.offset, 3_217);
        assert!(found.correlation > 0.999, "{found:?}");
    }

    #[test]
    fn a_copy_whose_beginning_is_missing_is_found() {
        let original = speech(11, 16_000);
        let found = find(&original, &original[1_000..]).unwrap();
        assert_eq!(found.offset, -1_000);
        assert!(found.correlation > 0.999, "{found:?}");
    }

    #[test]
    fn a_playout_that_moves_is_followed() {
        let original = speech(11, 16_000);
        let mut recording = vec![0; 640];
        recording.extend(&original[..5_000]);
        recording.extend(&original[5_140..11_000]);
        recording.extend([0; 80]);
        recording.extend(&original[11_000..]);
        let found = find(&original, &recording).unwrap();
        assert_eq!((found.offset, found.drift), (640, -60));
        // Noise is the hardest case: what lies beyond the seam within a piece is not alike at all.
        assert!(found.correlation > 0.9, "{found:?}");
    }

    #[test]
    fn speech_with_a_hole_is_not_alike() {
        let original = speech(11, 16_000);
        let mut recording = original.clone();
        recording[4_000..8_000].fill(0);
        assert!(find(&original, &recording).unwrap().correlation < 0.95);
    }

    #[test]
    fn other_speech_and_silence_do_not_pass() {
        let original = speech(11, 16_000);
        assert!(find(&original, &speech(5, 20_000)).unwrap().correlation < 0.5);
        assert!(find(&original, &[0; 20_000]).is_none());
    }
}
