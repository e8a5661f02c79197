//! Levels and sums of 16-bit samples; what does not fit is clipped, never wrapped.

/// A factor for samples, held as a fixed-point number with 12 fractional bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gain(i32);

impl Gain {
    /// Leaves samples as they are.
    pub const UNITY: Self = Self(1 << Self::FRACTION);
    /// Silence.
    pub const MUTE: Self = Self(0);
    const FRACTION: u32 = 12;
    const MAX_FACTOR: f32 = 64.0;

    /// A linear factor from 0 to 64 (+36 dB); what lies outside is brought inside.
    pub fn from_factor(factor: f32) -> Self {
        let bounded = if factor.is_nan() { 1.0 } else { factor.clamp(0.0, Self::MAX_FACTOR) };
        Self((bounded * Self::UNITY.0 as f32).round() as i32)
    }

    /// A gain in decibels: 0 is unity, -6 about half.
    pub fn from_db(db: f32) -> Self {
        Self::from_factor(10f32.powf(db / 20.0))
    }

    /// One sample at this gain.
    pub fn apply(self, sample: i16) -> i16 {
        // |sample| * 64 << 12 is below 2^33, so the product needs 64 bits.
        let product = i64::from(sample) * i64::from(self.0);
        let rounded = (product + (1 << (Self::FRACTION - 1))) >> Self::FRACTION;
        rounded.clamp(i64::from(i16::MIN), i64::from(i16::MAX)) as i16
    }
}

/// Brings every sample to the given gain.
pub fn scale(samples: &mut [i16], gain: Gain) {
    if gain == Gain::UNITY {
        return;
    }
    for sample in samples {
        *sample = gain.apply(*sample);
    }
}

/// Adds `other` to `samples`, as far as both reach.
pub fn mix_into(samples: &mut [i16], other: &[i16]) {
    for (sample, added) in samples.iter_mut().zip(other) {
        *sample = sample.saturating_add(*added);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_clip_instead_of_wrapping() {
        let mut samples = [30_000, -30_000, 5, 7];
        mix_into(&mut samples, &[10_000, -10_000, -6]);
        assert_eq!(samples, [i16::MAX, i16::MIN, -1, 7]);
    }

    #[test]
    fn gain_is_linear_and_clips() {
        let mut samples = [1_000, -1_000, 20_000, -20_000, 0, 1];
        scale(&mut samples, Gain::from_factor(2.0));
        assert_eq!(samples, [2_000, -2_000, i16::MAX, i16::MIN, 0, 2]);
        scale(&mut samples, Gain::MUTE);
        assert_eq!(samples, [0; 6]);
    }

    #[test]
    fn decibels_are_of_amplitude() {
        assert_eq!(Gain::from_db(0.0), Gain::UNITY);
        assert_eq!(Gain::from_db(-20.0).apply(10_000), 1_001);
        assert_eq!(Gain::from_db(6.0206).apply(1_000), 2_000);
    }

    #[test]
    fn absurd_gains_are_bounded() {
        assert_eq!(Gain::from_factor(f32::NAN), Gain::UNITY);
        assert_eq!(Gain::from_factor(-3.0), Gain::MUTE);
        assert_eq!(Gain::from_factor(f32::INFINITY).apply(1), 64);
        assert_eq!(Gain::from_db(f32::INFINITY).apply(i16::MIN), i16::MIN);
    }
}
