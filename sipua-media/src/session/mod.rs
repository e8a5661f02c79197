//! One call's media: what a media thread owns and drives for each call.

mod event;
mod outbox;
mod statistics;

pub use event::{DtmfMethod, Event};
pub use outbox::{Outbox, RtpKind, Transmit};
pub use statistics::{ReceiveStatistics, SendStatistics, Statistics};
