use std::f64::consts::PI;

use proptest::prelude::*;

use super::*;
use crate::dsp::Tone;

const RATES: [u32; 4] = [8_000, 16_000, 24_000, 48_000];
const AMPLITUDE: i16 = 16_000;

fn convert(from: u32, to: u32, input: &[i16]) -> Vec<i16> {
    let mut resampler = Resampler::new(from, to).unwrap();
    // One more than comes, so that the input is used up and not the room.
    let expected = input.len() * to as usize / from as usize;
    let mut output = vec![0; expected + 1];
    let progress = resampler.process(input, &mut output);
    assert_eq!((progress.consumed, progress.produced), (input.len(), expected));
    output.truncate(expected);
    output
}

fn tone(hz: f32, rate: u32, samples: usize) -> Vec<i16> {
    let mut tone = Tone::new(hz, rate, AMPLITUDE);
    let mut output = vec![0; samples];
    tone.fill(&mut output);
    output
}

/// The level in dB of a steady signal against that of the full tone, its start-up left out.
fn level(samples: &[i16]) -> f64 {
    let steady = &samples[samples.len() / 4..];
    let power = steady.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / steady.len() as f64;
    10.0 * (power.max(1e-9) / (f64::from(AMPLITUDE).powi(2) / 2.0)).log10()
}

/// The level in dB of one frequency in a signal.
fn level_at(samples: &[i16], hz: f64, rate: u32) -> f64 {
    let steady = &samples[samples.len() / 4..];
    let (mut re, mut im, mut weights) = (0.0, 0.0, 0.0);
    for (n, &sample) in steady.iter().enumerate() {
        let window = 0.5 - 0.5 * (2.0 * PI * n as f64 / steady.len() as f64).cos();
        let angle = 2.0 * PI * hz * n as f64 / f64::from(rate);
        re += window * f64::from(sample) * angle.cos();
        im += window * f64::from(sample) * angle.sin();
        weights += window;
    }
    let amplitude = 2.0 * (re * re + im * im).sqrt() / weights;
    20.0 * (amplitude.max(1e-9) / f64::from(AMPLITUDE)).log10()
}

#[test]
fn it_is_flat_to_two_fifths_of_the_lower_rate() {
    for from in RATES {
        for to in RATES {
            let low = from.min(to) as f32;
            for part in [0.01, 0.1, 0.2, 0.3, 0.35, 0.4] {
                let hz = low * part;
                let output = convert(from, to, &tone(hz, from, from as usize));
                let got = level_at(&output, f64::from(hz), to);
                assert!(got.abs() < 0.1, "{from} to {to}: {got:.2} dB at {hz} Hz");
            }
        }
    }
}

#[test]
fn what_the_lower_rate_cannot_carry_is_60_db_down() {
    for from in RATES {
        for to in RATES.into_iter().filter(|to| *to < from) {
            let highest = from as f32 / 2.0;
            for hz in
                (0..40).map(|n| to as f32 * (0.5 + n as f32 * 0.06)).filter(|hz| *hz < highest)
            {
                let got = level(&convert(from, to, &tone(hz, from, from as usize)));
                assert!(got <= -60.0, "{from} to {to}: {hz} Hz comes out at {got:.1} dB");
            }
        }
    }
}

#[test]
fn images_of_a_tone_are_60_db_down() {
    for from in RATES {
        for to in RATES.into_iter().filter(|to| *to > from) {
            for part in [0.05, 0.2, 0.4] {
                let hz = f64::from(from) * part;
                let output = convert(from, to, &tone(hz as f32, from, from as usize));
                let images =
                    (1..=to / from).flat_map(|n| [-hz, hz].map(|hz| f64::from(n * from) + hz));
                for image in images.filter(|image| *image < f64::from(to) / 2.0) {
                    let got = level_at(&output, image, to);
                    assert!(
                        got <= -60.0,
                        "{from} to {to}: image of {hz} at {image} Hz is {got:.1} dB"
                    );
                }
            }
        }
    }
}

#[test]
fn equal_rates_pass_every_sample_untouched() {
    let input: Vec<i16> = (0..1_000).map(|n| (n * 77 % 65_536 - 32_768) as i16).collect();
    assert_eq!(convert(16_000, 16_000, &input), input);
}

#[test]
fn a_full_scale_constant_stays_and_does_not_wrap() {
    for (from, to) in [(8_000, 48_000), (48_000, 8_000), (16_000, 24_000), (44_100, 8_000)] {
        for value in [i16::MAX, i16::MIN] {
            let output = convert(from, to, &vec![value; from as usize]);
            let steady = &output[output.len() / 4..];
            assert!(
                steady.iter().all(|&s| (i32::from(s) - i32::from(value)).abs() <= 1),
                "{from} to {to}"
            );
        }
    }
}

#[test]
fn a_step_of_full_scale_clips() {
    let input: Vec<i16> = (0..800).map(|n| if n % 40 < 20 { i16::MAX } else { i16::MIN }).collect();
    let output = convert(8_000, 48_000, &input);
    assert_eq!((output.iter().max(), output.iter().min()), (Some(&i16::MAX), Some(&i16::MIN)));
}

#[test]
fn exactly_the_input_asked_for_yields_the_output() {
    for from in RATES {
        for to in RATES {
            let mut resampler = Resampler::new(from, to).unwrap();
            for wanted in [1, 7, 160, 80, 333, 960, 2] {
                let needed = resampler.input_for(wanted);
                let mut output = vec![0; wanted];
                let progress = resampler.process(&vec![1; needed], &mut output);
                assert_eq!(
                    progress,
                    Progress { consumed: needed, produced: wanted },
                    "{from} to {to}"
                );
            }
        }
    }
}

#[test]
fn silence_comes_out_once_the_memory_is_past() {
    let mut resampler = Resampler::new(8_000, 16_000).unwrap();
    let mut output = [0; 400];
    resampler.process(&[20_000; 160], &mut output);
    resampler.process(&vec![0; resampler.memory()], &mut output);
    resampler.process(&[0; 100], &mut output[..200]);
    assert_eq!(output[..200], [0; 200]);
}

#[test]
fn after_a_reset_it_is_as_new() {
    let mut resampler = Resampler::new(24_000, 16_000).unwrap();
    let input = tone(1_000.0, 24_000, 500);
    let (mut first, mut second) = ([0; 400], [0; 400]);
    resampler.process(&input, &mut first);
    resampler.reset();
    resampler.process(&input, &mut second);
    assert_eq!(first, second);
}

#[test]
fn rates_without_a_sensible_ratio_are_refused() {
    for (from, to) in [
        (0, 8_000),
        (8_000, 0),
        (u32::MAX, 8_000),
        (8_000, u32::MAX),
        (44_101, 48_000),
        (1, u32::MAX),
    ] {
        assert_eq!(Resampler::new(from, to).unwrap_err(), UnsupportedRate { from, to });
    }
}

proptest! {
    #[test]
    fn the_size_of_the_chunks_does_not_matter(
        from in prop::sample::select(vec![8_000u32, 11_025, 16_000, 24_000, 44_100, 48_000]),
        to in prop::sample::select(RATES.to_vec()),
        input in prop::collection::vec(any::<i16>(), 1..1_500),
        chunks in prop::collection::vec((1usize..400, 1usize..400), 1..20),
    ) {
        let mut whole = vec![0; input.len() * 7];
        let made = Resampler::new(from, to).unwrap().process(&input, &mut whole);
        prop_assert_eq!(made.consumed, input.len());

        let mut resampler = Resampler::new(from, to).unwrap();
        let (mut rest, mut output) = (input.as_slice(), Vec::<i16>::new());
        for (chunk, room) in chunks.iter().cycle() {
            let mut part = vec![0; *room];
            let progress = resampler.process(&rest[..rest.len().min(*chunk)], &mut part);
            rest = &rest[progress.consumed..];
            output.extend(&part[..progress.produced]);
            if rest.is_empty() && progress.produced < *room {
                break;
            }
        }
        prop_assert_eq!(output, &whole[..made.produced]);
    }
}
