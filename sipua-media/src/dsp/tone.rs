//! A sine that goes on without a click from frame to frame.

use std::f64::consts::TAU;

/// A sine generator.
#[derive(Debug, Clone)]
pub struct Tone {
    phase: f64,
    step: f64,
    amplitude: f64,
}

impl Tone {
    /// A sine of `hz` at `rate` samples a second, peaking at `amplitude`.
    ///
    /// A frequency that the rate cannot carry (not positive, or above half of it) is silence.
    pub fn new(hz: f32, rate: u32, amplitude: i16) -> Self {
        let cycles_per_sample = f64::from(hz) / f64::from(rate.max(1));
        let audible = cycles_per_sample > 0.0 && cycles_per_sample < 0.5;
        let step = if audible { TAU * cycles_per_sample } else { 0.0 };
        Self { phase: 0.0, step, amplitude: f64::from(amplitude) }
    }

    /// Fills `frame` with the next samples.
    pub fn fill(&mut self, frame: &mut [i16]) {
        for sample in frame {
            *sample = (self.phase.sin() * self.amplitude).round() as i16;
            self.phase += self.step;
            if self.phase >= TAU {
                self.phase -= TAU;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_join_without_a_seam() {
        let mut whole = [0; 960];
        Tone::new(440.0, 8_000, 10_000).fill(&mut whole);
        let mut tone = Tone::new(440.0, 8_000, 10_000);
        let mut parts = [0; 960];
        for chunk in parts.chunks_mut(77) {
            tone.fill(chunk);
        }
        assert_eq!(whole, parts);
    }

    #[test]
    fn it_has_the_frequency_and_the_peak_asked_for() {
        let mut second = vec![0; 8_000];
        Tone::new(1_000.0, 8_000, 12_345).fill(&mut second);
        let rising = second.windows(2).filter(|pair| pair[0] < 0 && pair[1] >= 0).count();
        assert!((999..=1_000).contains(&rising), "{rising} cycles in a second");
        assert_eq!(second.iter().max(), Some(&12_345));
    }

    #[test]
    fn what_the_rate_cannot_carry_is_silence() {
        for hz in [0.0, -5.0, 4_000.0, 1e9, f32::NAN, f32::INFINITY] {
            let mut frame = [1; 160];
            Tone::new(hz, 8_000, 10_000).fill(&mut frame);
            assert_eq!(frame, [0; 160], "{hz} Hz");
        }
    }
}
