//! What can be wrong with a description, and with an exchange of them.

use thiserror::Error;

/// Why bytes are not a session description we can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SdpError {
    /// More bytes than [`MAX_SIZE`](super::MAX_SIZE).
    #[error("the session description is too large")]
    TooLarge,
    /// More lines than [`MAX_LINES`](super::MAX_LINES).
    #[error("the session description has too many lines")]
    TooManyLines,
    /// A line longer than [`MAX_LINE`](super::MAX_LINE) bytes.
    #[error("line {0} of the session description is too long")]
    LineTooLong(usize),
    /// More media descriptions than [`MAX_MEDIA`](super::MAX_MEDIA).
    #[error("the session description has too many media")]
    TooManyMedia,
    /// Not a single `v=0` or `m=` line: this is not SDP.
    #[error("not a session description")]
    NotSdp,
    /// The version is not 0.
    #[error("the session description's version is not 0")]
    Version,
    /// An `m=` line that cannot be understood, so that no answer could match it.
    #[error("line {0} is not a media description")]
    Media(usize),
}

/// Why an offer could not be answered, or an answer not be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NegotiationError {
    /// The description cannot be read.
    #[error(transparent)]
    Syntax(#[from] SdpError),
    /// No audio over RTP/AVP is in the description.
    #[error("no usable audio stream is described")]
    NoAudio,
    /// Audio, but in no codec that both sides have.
    #[error("no codec in common")]
    NoCommonCodec,
    /// The audio has no address that can be sent to.
    #[error("the audio stream has no usable address")]
    NoAddress,
    /// The answer refuses the audio we offered by port 0.
    #[error("the peer refused the audio stream")]
    Refused,
    /// An offer came while ours waits for its answer (RFC 3261 14.1).
    #[error("our own offer has not been answered yet")]
    OfferPending,
    /// An answer came, but nothing was offered.
    #[error("there is no offer to be answered")]
    NoOffer,
    /// The answer's media do not match those offered (RFC 3264 6).
    #[error("the answer does not match the offer")]
    Mismatch,
}
