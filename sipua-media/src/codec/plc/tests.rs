//! What concealment must do better than silence.

use super::Concealer;

const RATE: u32 = 8000;
const FRAME: usize = 160;

/// Something like a vowel: harmonics of a slowly gliding pitch under a syllable's envelope.
fn vowel(samples: usize) -> Vec<i16> {
    let mut phase = 0.0f64;
    (0..samples)
        .map(|n| {
            let time = n as f64 / f64::from(RATE);
            phase += (120.0 + 15.0 * (time * 2.0).sin()) / f64::from(RATE);
            let envelope = 0.6 + 0.4 * (time * 25.0).sin();
            let wave = (1..8).map(|harmonic| {
                (phase * f64::from(harmonic) * std::f64::consts::TAU).sin() / f64::from(harmonic)
            });
            (5000.0 * envelope * wave.sum::<f64>()) as i16
        })
        .collect()
}

/// Plays `speech` with the frames of `lost` missing; with concealment, or with zeros.
fn play(speech: &[i16], lost: impl Fn(usize) -> bool, conceal: bool) -> Vec<i16> {
    let mut concealer = Concealer::new(RATE);
    let mut played = Vec::new();
    for (index, frame) in speech.chunks(FRAME).enumerate() {
        match (lost(index), conceal) {
            (false, true) => {
                let mut frame = frame.to_vec();
                concealer.received(&mut frame);
                played.extend(frame);
            }
            (true, true) => concealer.conceal(frame.len(), &mut played),
            (false, false) => played.extend(frame),
            (true, false) => played.resize(played.len() + frame.len(), 0),
        }
    }
    played
}

/// Signal to noise in dB.
fn quality(original: &[i16], played: &[i16]) -> f64 {
    let energy = |samples: &mut dyn Iterator<Item = f64>| samples.map(|x| x * x).sum::<f64>();
    let signal = energy(&mut original.iter().map(|&x| f64::from(x)));
    let pairs = original.iter().zip(played);
    let noise = energy(&mut pairs.map(|(&x, &y)| f64::from(x) - f64::from(y)));
    10.0 * (signal / noise.max(1.0)).log10()
}

#[test]
fn lost_frames_of_speech_come_back_much_closer_than_silence() {
    let speech = vowel(8000);
    for every in [20, 10, 5] {
        let lost = |index| index % every == every - 1;
        let with = quality(&speech, &play(&speech, lost, true));
        let without = quality(&speech, &play(&speech, lost, false));
        assert!(with > without + 6.0, "1 in {every} lost: {with:.1} dB against {without:.1} dB");
    }
}

#[test]
fn a_steady_tone_goes_on_without_a_click() {
    let tone: Vec<i16> =
        (0..8000).map(|n| ((f64::from(n) * 0.157).sin() * 8000.0) as i16).collect();
    let steepest = tone.windows(2).map(|pair| (pair[1] - pair[0]).abs()).max().unwrap();
    let played = play(&tone, |index| index == 20, true);
    let step = played.windows(2).map(|pair| (pair[1] - pair[0]).abs()).max().unwrap();
    assert!(step <= steepest * 3 / 2, "a step of {step} in a tone of at most {steepest}");
    let first_10_ms = 20 * FRAME..20 * FRAME + 80;
    assert!(quality(&tone[first_10_ms.clone()], &played[first_10_ms]) > 20.0);
}

#[test]
fn it_gets_quieter_and_is_silent_after_45_ms() {
    let speech = vowel(4000);
    let mut played = play(&speech, |_| false, true);
    played.clear();
    let mut concealer = Concealer::new(RATE);
    concealer.received(&mut speech.clone());
    concealer.conceal(8 * FRAME, &mut played);
    let loudness = |from: usize| -> f64 {
        let block = &played[from..from + 80];
        (block.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / 80.0).sqrt()
    };
    assert!(loudness(0) > 1000.0);
    assert!(loudness(160) < loudness(0) * 0.9);
    assert!(loudness(270) < loudness(0) * 0.5);
    assert!(played[360..].iter().all(|&sample| sample == 0));
}

#[test]
fn any_chunks_give_the_same_substitute() {
    let speech = vowel(4000);
    let substitute = |chunks: &[usize]| {
        let mut concealer = Concealer::new(RATE);
        concealer.received(&mut speech.clone());
        let mut played = Vec::new();
        chunks.iter().for_each(|&chunk| concealer.conceal(chunk, &mut played));
        played
    };
    assert_eq!(substitute(&[320]), substitute(&[1, 79, 160, 80]));
}

#[test]
fn silence_stays_silence_and_extremes_do_not_wrap() {
    for level in [0, i16::MAX, i16::MIN] {
        let mut concealer = Concealer::new(RATE);
        concealer.received(&mut [level; 500]);
        let mut played = Vec::new();
        concealer.conceal(32, &mut played);
        assert!(played.iter().all(|&sample| (i32::from(sample) - i32::from(level)).abs() <= 1));
    }
}

#[test]
fn frames_longer_than_the_history_are_taken() {
    let mut concealer = Concealer::new(RATE);
    concealer.received(&mut vowel(4000));
    concealer.received(&mut []);
    let mut played = Vec::new();
    concealer.conceal(0, &mut played);
    concealer.conceal(5000, &mut played);
    assert_eq!(played.len(), 5000);
}
