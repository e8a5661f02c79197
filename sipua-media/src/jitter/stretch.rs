//! Making a stretch of speech a pitch period shorter or longer without being heard.

/// The periods that can be taken out or put in, and how alike two of them must be; in samples at
/// 8 kHz.
const SHORTEST: usize = 20;
/// Below this root mean square nothing is heard, and any period will do.
const SILENT: f32 = 60.0;
const ALIKE: f32 = 0.8;

/// Takes one period, `most` samples at most, out of what `pcm` has from `start` on; how many were
/// taken. Zero if no two periods are alike enough.
pub fn shorten(pcm: &mut Vec<i16>, start: usize, most: usize, rate: u32) -> usize {
    let frame = pcm.get(start..).unwrap_or_default();
    let Some(period) = find_period(frame, most, rate) else {
        return 0;
    };
    for index in 0..period {
        let (from, to) = (pcm[start + index], pcm[start + index + period]);
        pcm[start + index] = fade(from, to, index, period);
    }
    pcm.drain(start + period..start + 2 * period);
    period
}

/// Puts one more period into what `pcm` has from `start` on; how many samples were added.
pub fn lengthen(pcm: &mut Vec<i16>, start: usize, rate: u32) -> usize {
    let frame = pcm.get(start..).unwrap_or_default();
    let Some(period) = find_period(frame, frame.len(), rate) else {
        return 0;
    };
    // What follows the first period fades into the first period, and then all goes on after it.
    let end = pcm.len();
    pcm.resize(end + period, 0);
    pcm.copy_within(start + period..end, start + 2 * period);
    for index in 0..period {
        let (from, to) = (pcm[start + 2 * period + index], pcm[start + index]);
        pcm[start + period + index] = fade(from, to, index, period);
    }
    period
}

fn fade(from: i16, to: i16, index: usize, length: usize) -> i16 {
    let (from, to) = (f32::from(from), f32::from(to));
    (from + (to - from) * (index + 1) as f32 / (length + 1) as f32) as i16
}

/// The period, `most` at most, at which the beginning of `frame` is most like what follows it.
fn find_period(frame: &[i16], most: usize, rate: u32) -> Option<usize> {
    let shortest = SHORTEST * rate as usize / 8000;
    let longest = most.min(frame.len() / 2);
    if longest < shortest {
        return None;
    }
    let energy = |samples: &[i16]| {
        samples.iter().map(|&sample| f32::from(sample) * f32::from(sample)).sum::<f32>()
    };
    if energy(frame) < SILENT * SILENT * frame.len() as f32 {
        return Some(longest);
    }
    let likeness = |period: usize| {
        let (first, rest) = frame.split_at(period);
        let second = &rest[..period];
        let pairs = first.iter().zip(second);
        let product: f32 = pairs.map(|(&a, &b)| f32::from(a) * f32::from(b)).sum();
        product / (energy(first) * energy(second) + 1.0).sqrt()
    };
    let candidates = (shortest..=longest).map(|period| (period, likeness(period)));
    let best = candidates.fold(
        (0, ALIKE),
        |best, candidate| {
            if candidate.1 > best.1 { candidate } else { best }
        },
    );
    (best.0 > 0).then_some(best.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(samples: usize) -> Vec<i16> {
        (0..samples)
            .map(|n| ((n as f64 * std::f64::consts::TAU / 50.0).sin() * 9000.0) as i16)
            .collect()
    }

    fn steepest(pcm: &[i16]) -> i32 {
        pcm.windows(2).map(|pair| (i32::from(pair[1]) - i32::from(pair[0])).abs()).max().unwrap()
    }

    #[test]
    fn a_period_comes_out_and_goes_in_without_a_click() {
        let mut pcm = tone(320);
        let step = steepest(&pcm);
        assert_eq!(shorten(&mut pcm, 160, 80, 8000), 50);
        assert_eq!(pcm.len(), 270);
        assert_eq!(lengthen(&mut pcm, 100, 8000), 50);
        assert_eq!(pcm.len(), 320);
        assert!(steepest(&pcm) <= step + 2);
        let original = tone(320);
        assert!(pcm.iter().zip(&original).all(|(a, b)| (a - b).abs() < 400), "all in phase");
    }

    #[test]
    fn what_has_no_period_stays_as_it_is() {
        let mut noise = 1u32;
        let mut pcm: Vec<i16> = (0..160)
            .map(|_| {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (noise >> 16) as i16 / 4
            })
            .collect();
        assert_eq!(shorten(&mut pcm, 0, 80, 8000), 0);
        assert_eq!(lengthen(&mut pcm, 0, 8000), 0);
        assert_eq!(pcm.len(), 160);
    }

    #[test]
    fn silence_gives_and_takes_what_is_wanted() {
        let mut pcm = vec![0; 160];
        assert_eq!(shorten(&mut pcm, 0, 63, 8000), 63);
        assert_eq!(lengthen(&mut pcm, 0, 8000), 48);
        assert_eq!(shorten(&mut pcm, 0, 10, 8000), 0, "less than any period");
        assert_eq!((shorten(&mut pcm, 1000, 80, 8000), pcm.len()), (0, 145));
    }
}
