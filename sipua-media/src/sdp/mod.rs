//! Session descriptions, and the negotiation of one audio stream by offer and answer.

mod attributes;
mod compose;
mod description;
mod direction;
mod error;
mod negotiator;
mod numbers;
mod read;
mod select;
mod settings;

pub use attributes::{RtcpAddress, RtpMap};
pub use description::{MediaDescription, SessionDescription, parse};
pub use direction::Direction;
pub use error::{NegotiationError, SdpError};
pub use negotiator::Negotiator;
pub use select::check_offer;
pub use settings::{
    Capabilities, CodecPreference, LocalAddress, PayloadFormat, StreamSettings, TelephoneEvent,
};

/// The most bytes a session description may have: what a datagram can carry.
pub const MAX_SIZE: usize = 65_535;
/// The most lines a session description may have.
pub const MAX_LINES: usize = 2_048;
/// The most bytes a line may have.
pub const MAX_LINE: usize = 4_096;
/// The most media a session description may have.
pub const MAX_MEDIA: usize = 32;
