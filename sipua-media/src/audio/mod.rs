//! The PCM plane: a call's audio between the application and the engine, without a lock.
//!
//! ```text
//!  application                    rings                      engine (media thread)
//!  AudioReader::read   <----  received samples  <---- resampler <---- push_received
//!  AudioWriter::write  ---->  written samples   ----> resampler ----> pull
//!  AudioWriter::mark   ---->  marks             ----> next_played_mark
//!  AudioWriter::clear  ---->  the position of the next sample to play, moved by both sides
//! ```
//! The application reads and writes chunks of any size, at its own rate, from any thread; the engine
//! takes and gives one frame a tick.

mod engine;
mod port;
mod reader;
mod shared;
mod writer;

pub use crate::dsp::UnsupportedRate;
pub use engine::EnginePort;
pub use port::{AudioPort, PORT_RATES, PortSettings, port};
pub use reader::AudioReader;
pub use shared::Ready;
pub use writer::AudioWriter;

#[cfg(test)]
mod tests;
