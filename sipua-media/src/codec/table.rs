//! What a codec must do, and the table of those there are.

use std::fmt;

use super::{Pcma, Pcmu, g711};

/// PCM to payloads, for one outgoing stream.
pub trait Encoder: Send + fmt::Debug {
    /// Appends the payload for `pcm`, 16-bit mono at the codec's sample rate, one packet's worth.
    fn encode(&mut self, pcm: &[i16], payload: &mut Vec<u8>);
}

/// Payloads to PCM, for one incoming stream, with concealment of what never came.
///
/// All three keep what they need to bridge a gap, so each stretch of time is given to exactly one
/// of `decode` and `conceal`, in order.
pub trait Decoder: Send + fmt::Debug {
    /// Appends the PCM of `payload`.
    fn decode(&mut self, payload: &[u8], pcm: &mut Vec<i16>);

    /// Appends `samples` of what the speaker may have said meanwhile, fading as it gets unlikely.
    fn conceal(&mut self, samples: usize, pcm: &mut Vec<i16>);

    /// Forgets the past: another stream begins.
    fn reset(&mut self);
}

/// A codec that this build has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CodecId {
    /// G.711 µ-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
}

/// What SDP and RTP must know of a codec (RFC 3551 6).
pub(crate) struct Info {
    pub(crate) name: &'static str,
    pub(crate) static_payload_type: Option<u8>,
    pub(crate) clock_rate: u32,
    pub(crate) sample_rate: u32,
    pub(crate) channels: u8,
}

const PCMU: Info = Info {
    name: "PCMU",
    static_payload_type: Some(0),
    clock_rate: 8000,
    sample_rate: 8000,
    channels: 1,
};

const PCMA: Info = Info { name: "PCMA", static_payload_type: Some(8), ..PCMU };

impl CodecId {
    /// Every codec of this build, in our order of preference.
    pub const ALL: &[Self] = &[Self::Pcmu, Self::Pcma];

    /// The codec that an `a=rtpmap` names.
    ///
    /// ```
    /// # use sipua_media::codec::CodecId;
    /// assert_eq!(CodecId::from_rtpmap("pcma", 8000, 1), Some(CodecId::Pcma));
    /// assert_eq!(CodecId::from_rtpmap("pcma", 16000, 1), None);
    /// ```
    pub fn from_rtpmap(name: &str, clock_rate: u32, channels: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|codec| {
            codec.name().eq_ignore_ascii_case(name)
                && codec.clock_rate() == clock_rate
                && codec.channels() == channels
        })
    }

    /// The codec that a payload type without `a=rtpmap` means (RFC 3551 6, table 4).
    pub fn from_static(payload_type: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|codec| codec.static_payload_type() == Some(payload_type))
    }

    /// The encoding name of `a=rtpmap`, as registered; compared without regard to case.
    pub const fn name(self) -> &'static str {
        self.info().name
    }

    /// The payload type that needs no `a=rtpmap`, if it has one.
    pub const fn static_payload_type(self) -> Option<u8> {
        self.info().static_payload_type
    }

    /// The RTP clock, in Hz: what timestamps and `a=rtpmap` count.
    pub const fn clock_rate(self) -> u32 {
        self.info().clock_rate
    }

    /// The rate of its PCM, in Hz. G.722 is why this is not the clock rate.
    pub const fn sample_rate(self) -> u32 {
        self.info().sample_rate
    }

    /// The channels that `a=rtpmap` names.
    pub const fn channels(self) -> u8 {
        self.info().channels
    }

    /// How long `payload` lasts, in units of the RTP clock; `None` when it cannot be a payload of
    /// this codec.
    pub fn duration(self, payload: &[u8]) -> Option<u32> {
        match self {
            Self::Pcmu | Self::Pcma => g711::duration(payload),
        }
    }

    /// A new encoder.
    pub fn encoder(self) -> Box<dyn Encoder> {
        match self {
            Self::Pcmu => Box::new(Pcmu::encoder()),
            Self::Pcma => Box::new(Pcma::encoder()),
        }
    }

    /// A new decoder.
    pub fn decoder(self) -> Box<dyn Decoder> {
        match self {
            Self::Pcmu => Box::new(Pcmu::decoder()),
            Self::Pcma => Box::new(Pcma::decoder()),
        }
    }

    pub(crate) const fn info(self) -> &'static Info {
        match self {
            Self::Pcmu => &PCMU,
            Self::Pcma => &PCMA,
        }
    }
}

impl fmt::Display for CodecId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
