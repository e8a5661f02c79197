//! DTMF as telephone-events in RTP (RFC 4733), both ways.

mod event;
mod receiver;
mod sender;

pub use event::TelephoneEvent;
pub use receiver::{Press, Receiver};
pub use sender::{DtmfError, Sender, ToSend};
