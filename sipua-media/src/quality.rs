//! How good a call sounds, by the E-model (ITU-T G.107) with the codecs' figures of G.113.

use std::time::Duration;

use crate::codec::CodecId;

/// What is known of one direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Impairments {
    /// From mouth to ear.
    pub delay: Duration,
    /// The share of time that was lost or late, 0.0 to 1.0.
    pub loss: f64,
    /// How much longer the losses' runs are than random ones; 1.0 for random loss.
    pub burst_ratio: f64,
}

/// The transmission rating with all defaults of G.107 table 2 and no delay: R0 − Is.
const BASE_RATING: f64 = 93.2;

/// G.113 Appendix I: a codec's own impairment, and its robustness against loss.
fn codec_figures(codec: CodecId) -> (f64, f64) {
    match codec {
        // Table I.2: G.711 with the concealment of its Appendix I.
        CodecId::Pcmu | CodecId::Pcma => (0.0, 25.1),
    }
}

/// The transmission rating R of G.107, 0 to 93.2 for narrow-band telephony.
pub fn rating(codec: CodecId, impairments: &Impairments) -> f64 {
    let (equipment, robustness) = codec_figures(codec);
    // G.107 7.5, with the loss in percent: Ie,eff.
    let loss = impairments.loss.clamp(0.0, 1.0) * 100.0;
    let burst_ratio = impairments.burst_ratio.max(1.0);
    let by_loss = (95.0 - equipment) * loss / (loss / burst_ratio + robustness);
    (BASE_RATING - by_delay(impairments.delay) - equipment - by_loss).max(0.0)
}

/// The mean opinion score of a transmission rating (G.107 Annex B): 1.0 to 4.5.
pub fn mos(rating: f64) -> f64 {
    if rating <= 0.0 {
        return 1.0;
    }
    if rating >= 100.0 {
        return 4.5;
    }
    let score = 1.0 + 0.035 * rating + rating * (rating - 60.0) * (100.0 - rating) * 7e-6;
    // Below a rating of about 6.5 the polynomial dips under its smallest value.
    score.max(1.0)
}

/// The delay impairment Id, as it follows from G.107 with the default echo loss: the line with one
/// bend that Cole and Rosenbluth fitted to it.
fn by_delay(delay: Duration) -> f64 {
    let ms = delay.as_secs_f64() * 1000.0;
    0.024 * ms + 0.11 * (ms - 177.3).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(delay_ms: u64, loss: f64, burst_ratio: f64) -> f64 {
        let delay = Duration::from_millis(delay_ms);
        rating(CodecId::Pcmu, &Impairments { delay, loss, burst_ratio })
    }

    #[track_caller]
    fn assert_near(value: f64, expected: f64) {
        assert!((value - expected).abs() < 0.01, "{value} is not {expected}");
    }

    #[test]
    fn ratings_are_as_computed_by_hand() {
        assert_near(rate(0, 0.0, 1.0), 93.2);
        // 93.2 - 0.024 * 100
        assert_near(rate(100, 0.0, 1.0), 90.8);
        // 93.2 - 0.024 * 300 - 0.11 * 122.7
        assert_near(rate(300, 0.0, 1.0), 72.503);
        // 93.2 - 95 * 5 / (5 + 25.1)
        assert_near(rate(0, 0.05, 1.0), 77.419);
        // 93.2 - 95 * 10 / (10 / 2 + 25.1)
        assert_near(rate(0, 0.10, 2.0), 61.639);
        assert_near(rate(0, 1.0, 1.0), 93.2 - 9500.0 / 125.1);
        assert_eq!(rate(5000, 1.0, 1.0), 0.0);
    }

    #[test]
    fn scores_are_those_of_annex_b() {
        // G.107 table B.1: the limits of the categories of user satisfaction.
        for (rating, score) in
            [(90.0, 4.34), (80.0, 4.03), (70.0, 3.60), (60.0, 3.10), (50.0, 2.58)]
        {
            assert!((mos(rating) - score).abs() < 0.007, "{rating}: {}", mos(rating));
        }
        assert_eq!((mos(-3.0), mos(3.0), mos(120.0)), (1.0, 1.0, 4.5));
        assert!((mos(93.2) - 4.41).abs() < 0.01);
    }
}
