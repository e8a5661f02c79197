//! Listening to recordings.

use std::path::Path;

/// A recording.
pub(crate) struct Sound {
    rate: u32,
    channels: Vec<Vec<i16>>,
}

impl Sound {
    /// Reads what `sipua` writes: 16-bit PCM behind a header of 44 bytes.
    pub(crate) fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap();
        assert_eq!((&bytes[..4], &bytes[8..16]), (b"RIFF".as_slice(), b"WAVEfmt ".as_slice()));
        let count = usize::from(u16::from_le_bytes([bytes[22], bytes[23]]));
        let rate = u32::from_le_bytes([bytes[24], bytes[25], bytes[26], bytes[27]]);
        let samples =
            bytes[44..].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]));
        let samples: Vec<_> = samples.collect();
        let channel = |at| samples.iter().skip(at).step_by(count).copied().collect();
        Self { rate, channels: (0..count).map(channel).collect() }
    }

    pub(crate) fn channels(&self) -> usize {
        self.channels.len()
    }

    pub(crate) fn seconds(&self) -> f64 {
        self.channels[0].len() as f64 / f64::from(self.rate)
    }

    /// How much of a channel's energy is at this frequency, 0 to 1: Fourier sums over windows of
    /// 50 ms, so that a packet that came late and moved what follows costs only its own window.
    pub(crate) fn share_of(&self, channel: usize, hz: f64) -> f64 {
        let step = std::f64::consts::TAU * hz / f64::from(self.rate);
        let (mut tone, mut energy) = (0.0, 0.0);
        for window in self.channels[channel].chunks(self.rate as usize / 20) {
            let (mut re, mut im) = (0.0, 0.0);
            for (at, &sample) in window.iter().enumerate() {
                let (sample, angle) = (f64::from(sample), step * at as f64);
                re += sample * angle.cos();
                im += sample * angle.sin();
                energy += sample * sample;
            }
            tone += 2.0 * (re * re + im * im) / window.len() as f64;
        }
        if energy == 0.0 { 0.0 } else { tone / energy }
    }
}
