//! What the application allows before a negotiation, and what has been agreed after it.

use std::net::{IpAddr, SocketAddr};

use super::Direction;
use crate::codec::CodecId;

/// What one side is able and willing to do; shared by many calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// The codecs, best first. In an answer the offer's order wins (RFC 3264 6.1).
    pub codecs: Vec<CodecPreference>,
    /// Milliseconds of audio a packet should carry towards us, and in ours unless the peer asks
    /// otherwise.
    pub ptime_ms: u16,
    /// Whether DTMF may travel as telephone-event (RFC 4733).
    pub telephone_event: bool,
}

impl Default for Capabilities {
    fn default() -> Self {
        let codecs = [CodecId::Pcmu, CodecId::Pcma].map(CodecPreference::from).to_vec();
        Self { codecs, ptime_ms: 20, telephone_event: true }
    }
}

/// One codec in the order of preference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodecPreference {
    /// The codec.
    pub codec: CodecId,
    /// The dynamic payload type (96 to 127) our offers should give it. A number is found where none
    /// is named, or where it is taken; codecs with a static number keep that.
    pub payload_type: Option<u8>,
}

impl From<CodecId> for CodecPreference {
    fn from(codec: CodecId) -> Self {
        Self { codec, payload_type: None }
    }
}

/// Where we receive: the address and ports as the peer reaches them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalAddress {
    /// The address in the `c=` line.
    pub ip: IpAddr,
    /// The port in the `m=` line.
    pub rtp_port: u16,
    /// The port of RTCP; named in `a=rtcp` where it is not `rtp_port + 1` (RFC 3605).
    pub rtcp_port: u16,
}

/// A payload type number and the codec it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayloadFormat {
    /// The number in the RTP header.
    pub payload_type: u8,
    /// The codec it stands for.
    pub codec: CodecId,
}

/// The payload types of telephone-event, which may differ by direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TelephoneEvent {
    /// The number the peer wants.
    pub payload_type_send: u8,
    /// The number we announced.
    pub payload_type_receive: u8,
}

/// One audio stream as agreed by an offer and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamSettings {
    /// The codec we send.
    pub codec: CodecId,
    /// The number the peer wants for it.
    pub payload_type_send: u8,
    /// Every number the peer may send, best first: it may switch at will (RFC 3264 5.1).
    pub receive: Vec<PayloadFormat>,
    /// DTMF as events, if both sides can.
    pub telephone_event: Option<TelephoneEvent>,
    /// Milliseconds of audio in each packet we send: a multiple of 10 from 10 to 60.
    pub ptime_ms: u16,
    /// Our direction: what we may send and shall receive.
    pub direction: Direction,
    /// Where our RTP goes. Unspecified while the peer holds the old way by `c=0.0.0.0`; then
    /// `direction` does not send, and no RTCP goes out either (RFC 3264 8.4).
    pub remote_rtp: SocketAddr,
    /// Where our RTCP goes.
    pub remote_rtcp: SocketAddr,
}

impl StreamSettings {
    /// The codec a received payload type stands for.
    pub fn codec_for(&self, payload_type: u8) -> Option<CodecId> {
        self.receive
            .iter()
            .find(|format| format.payload_type == payload_type)
            .map(|format| format.codec)
    }
}
