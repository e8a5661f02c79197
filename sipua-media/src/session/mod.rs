//! One call's media: what a media thread owns and drives for each call.

mod event;
mod machine;
mod media;
mod outbox;
mod reports;
mod statistics;

pub use crate::dtmf::DtmfError;
pub use event::{DtmfMethod, Event};
pub use machine::{Config, Session};
pub use outbox::{Outbox, RtpKind, Transmit};
pub use statistics::{ReceiveStatistics, SendStatistics, Statistics};
