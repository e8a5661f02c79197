//! WAV files: any of the usual kinds in, 16-bit PCM out; a killed writer leaves a readable file.

mod format;
mod read;
mod write;

pub use read::{Limits, WavError, read};
pub use write::Writer;

#[cfg(test)]
mod tests;
