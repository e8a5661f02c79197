//! Arithmetic on samples: rates, levels, tones.

pub mod gain;
pub mod resample;
pub mod tone;

pub use gain::{Gain, mix_into, scale};
pub use resample::{Resampler, UnsupportedRate};
pub use tone::Tone;
