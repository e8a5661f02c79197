//! The bodies of the fuzz targets in `fuzz/`, and of the tests that try them on what is known to be
//! odd. Each takes any bytes; a panic or a hang is a defect.

mod packets;
mod sdp;
mod session;
mod wav;

pub use packets::{jitter, rtcp, rtp};
pub use sdp::{negotiate, sdp};
pub use session::session;
pub use wav::wav;

#[cfg(test)]
mod tests;
