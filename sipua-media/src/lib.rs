//! The media engine of sipua: what a call sounds like, as pure state machines.
//!
//! Packets, PCM and the time go in; packets, PCM and events come out. Nothing here opens a socket or
//! a file, reads a clock, takes a lock or starts a thread.
#![forbid(unsafe_code)]

pub mod audio;
pub mod codec;
pub mod dsp;
pub mod dtmf;
#[doc(hidden)]
pub mod fuzzing;
pub mod jitter;
pub mod player;
pub mod quality;
pub mod recorder;
pub mod rtcp;
pub mod rtp;
pub mod sdp;
pub mod session;
pub mod stream;
pub mod wav;
