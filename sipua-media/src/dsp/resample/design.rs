//! The low-pass: a sinc under a Kaiser window.

use std::f64::consts::PI;

/// The -6 dB point, as a part of the lower rate.
const CUTOFF: f64 = 0.45;
/// Kaiser's beta for 75 dB.
const BETA: f64 = 7.3;

/// The coefficients of all phases, each phase scaled to let a constant pass unchanged.
pub(super) fn design(up: usize, down: usize, taps: usize) -> Box<[f32]> {
    let length = taps * up;
    let middle = (length - 1) as f64 / 2.0;
    // In cycles per sample of the stretched input.
    let cutoff = CUTOFF / up.max(down) as f64;
    let prototype = |index: usize| {
        let offset = index as f64 - middle;
        sinc(2.0 * cutoff * offset) * kaiser(offset / (middle + 1.0))
    };
    let mut coefficients = Vec::with_capacity(length);
    for phase in 0..up {
        let taps: Vec<f64> = (0..taps).rev().map(|tap| prototype(phase + tap * up)).collect();
        let sum: f64 = taps.iter().sum();
        coefficients.extend(taps.iter().map(|tap| (tap / sum) as f32));
    }
    coefficients.into_boxed_slice()
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

fn kaiser(x: f64) -> f64 {
    bessel_i0(BETA * (1.0 - x * x).max(0.0).sqrt()) / bessel_i0(BETA)
}

/// The modified Bessel function of the first kind and order zero, by its series.
fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let mut term = 1.0;
    let mut sum = 1.0;
    for k in 1..32 {
        term *= quarter / f64::from(k * k);
        sum += term;
    }
    sum
}
