//! The jitter buffer: packets come when they come, and are played when they should be.
//!
//! ```text
//!  push(packet, arrival) ─► unwrap ─► delay estimate ─► the delay to aim at
//!                              │                                │
//!                              ▼                                ▼
//!                         ring by sequence ──────────────► pop(now) ─► frame, with a wish to
//!                                                                      shorten or lengthen it,
//!                                                                      gap, or nothing
//! ```

mod buffer;
mod delay;
mod media_time;
mod ring;
mod stretch;

pub use buffer::{Demand, Frame, Incoming, JitterBuffer, JitterStatistics, Pace, Playout, Pushed};
pub use stretch::{lengthen, shorten};
