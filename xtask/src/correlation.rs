//! How alike two recordings are, wherever the one lies within the other.

/// The step of the coarse search, in samples: 10 ms at 8 kHz.
const BLOCK: usize = 80;
/// How far the fine search looks to both sides of what the coarse one found.
const AROUND: usize = 2 * BLOCK;

/// What part of a recording matches the original best, and how well.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Match {
    /// Normalised cross-correlation, -1 to 1.
    pub(crate) correlation: f64,
    /// The sample of the recording at which the original begins; negative when its beginning is missing.
    pub(crate) offset: isize,
    /// How many samples of the original were compared.
    pub(crate) compared: usize,
}

/// Finds `original` within `recording` and compares all of it that was recorded.
///
/// The lag is found on the loudness of 10 ms blocks first and then to the sample, so that half a minute of speech takes
/// milliseconds and not minutes.
pub(crate) fn find(original: &[i16], recording: &[i16]) -> Option<Match> {
    let (wanted, heard) = (loudness(original), loudness(recording));
    // At least half of the original has to lie within the recording.
    let earliest = -(wanted.len() as isize / 2);
    let latest = heard.len() as isize - wanted.len() as isize / 2;
    let coarse = (earliest..=latest).max_by(|a, b| {
        // A short overlap is easily alike, so it counts for less.
        let weight = |found: &Match| (found.compared as f64 / wanted.len() as f64).sqrt();
        let score = |lag| {
            correlate(&wanted, &heard, lag).map_or(-1.0, |found| found.correlation * weight(&found))
        };
        score(*a).total_cmp(&score(*b))
    })?;
    let (original, recording) = (floats(original), floats(recording));
    let center = coarse * BLOCK as isize;
    let fine = center - AROUND as isize..=center + AROUND as isize;
    fine.filter_map(|lag| correlate(&original, &recording, lag))
        .max_by(|a, b| a.correlation.total_cmp(&b.correlation))
}

/// Correlation at one lag, over what both have there; the mean of each is taken out first.
fn correlate(original: &[f64], recording: &[f64], lag: isize) -> Option<Match> {
    let skipped = usize::try_from(-lag).unwrap_or(0);
    let start = usize::try_from(lag).unwrap_or(0);
    let (original, recording) = (original.get(skipped..)?, recording.get(start..)?);
    let compared = original.len().min(recording.len());
    let (original, recording) = (&original[..compared], &recording[..compared]);
    let mean = |samples: &[f64]| samples.iter().sum::<f64>() / compared.max(1) as f64;
    let (mean_a, mean_b) = (mean(original), mean(recording));
    let (mut cross, mut power_a, mut power_b) = (0.0, 0.0, 0.0);
    for (a, b) in original.iter().zip(recording) {
        let (a, b) = (a - mean_a, b - mean_b);
        cross += a * b;
        power_a += a * a;
        power_b += b * b;
    }
    let power = (power_a * power_b).sqrt();
    (power > 0.0).then(|| Match { correlation: cross / power, offset: lag, compared })
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
    fn other_speech_and_silence_do_not_pass() {
        let original = speech(11, 16_000);
        assert!(find(&original, &speech(5, 20_000)).unwrap().correlation < 0.5);
        assert!(find(&original, &[0; 20_000]).is_none());
    }
}
