//! What a media session tells the one who drives it.

use std::net::SocketAddr;

/// How a digit reached us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DtmfMethod {
    /// A telephone-event in RTP (RFC 4733).
    Rfc4733,
}

/// Something that happened in a call's media.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The first valid RTP packet arrived. Once a session, and again after a `Timeout`.
    Started {
        /// Where the stream comes from; what we send goes there from now on.
        source: SocketAddr,
    },
    /// No valid RTP packet for [`Config::media_timeout`](super::Config::media_timeout), though the
    /// peer may send. Once until packets arrive again.
    Timeout,
    /// A digit the peer pressed, told once, when it was released.
    Dtmf {
        /// `0`–`9`, `*`, `#`, `A`–`D`, or `!` for a hook flash.
        digit: char,
        /// How long it was held, in milliseconds.
        duration_ms: u32,
        /// How it arrived.
        method: DtmfMethod,
    },
    /// All digits given to `send_dtmf` so far have been sent.
    DtmfSent,
    /// Everything the application wrote before this mark has been played to the peer.
    Mark {
        /// The application's own number.
        id: u64,
    },
    /// A player came to its end (it is not told for one that was stopped or replaced).
    PlaybackFinished {
        /// The number given to `play`.
        id: u64,
    },
    /// What the application wrote ran out without a mark or a `clear` at its end; silence is sent.
    /// Told once each time, not for each frame.
    Underrun,
}
