//! What of a peer's description can be used: a pure function of it and of what we are able to do.

use std::net::SocketAddr;

use super::attributes::TELEPHONE_EVENT;
use super::{
    Capabilities, Direction, MediaDescription, NegotiationError, PayloadFormat, RtpMap,
    SessionDescription,
};
use crate::codec::CodecId;

/// The event number of a hook flash, which not everyone has (RFC 4733 table 7).
const FLASH: u8 = 16;

/// The one audio stream of a peer's description that we take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selection {
    /// Which of the media.
    pub(super) index: usize,
    /// The codecs both have, in the peer's order and with the peer's numbers.
    pub(super) codecs: Vec<PayloadFormat>,
    pub(super) telephone_event: Option<PeerEvents>,
    /// The peer's direction; it does not receive at `0.0.0.0`.
    pub(super) direction: Direction,
    /// Milliseconds of audio the peer wants in a packet, as far as we can.
    pub(super) ptime_ms: u16,
    pub(super) rtp: SocketAddr,
    pub(super) rtcp: SocketAddr,
}

/// How the peer takes DTMF events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PeerEvents {
    pub(super) payload_type: u8,
    pub(super) flash: bool,
}

impl Selection {
    /// Whether the peer wants nothing from us.
    pub(super) fn holds(&self) -> bool {
        !self.direction.receives()
    }

    /// The codec to send: the peer's first choice.
    pub(super) fn first(&self) -> Option<PayloadFormat> {
        self.codecs.first().copied()
    }
}

/// Whether an offer could be answered at all, without answering it.
///
/// # Errors
/// Those that [`Negotiator::answer`](super::Negotiator::answer) would give in a new call.
pub fn check_offer(capabilities: &Capabilities, offer: &[u8]) -> Result<(), NegotiationError> {
    select(&super::parse(offer)?, capabilities, None).map(|_usable| ())
}

/// The medium at `preferred` if it can be used, or else the first that can.
pub(super) fn select(
    description: &SessionDescription,
    capabilities: &Capabilities,
    preferred: Option<usize>,
) -> Result<Selection, NegotiationError> {
    let mut best_failure = NegotiationError::NoAudio;
    let mut first = None;
    for (index, media) in description.media().enumerate() {
        match usable(index, &media, capabilities) {
            Ok(selection) if Some(index) == preferred => return Ok(selection),
            Ok(selection) => first = first.or(Some(selection)),
            Err(NegotiationError::NoAudio) => {}
            Err(failure) => best_failure = failure,
        }
        if first.is_some() && preferred.is_none() {
            break;
        }
    }
    first.ok_or(best_failure)
}

/// What one medium offers us.
pub(super) fn usable(
    index: usize,
    media: &MediaDescription<'_>,
    capabilities: &Capabilities,
) -> Result<Selection, NegotiationError> {
    let audio = media.kind().eq_ignore_ascii_case("audio")
        && media.protocol().eq_ignore_ascii_case("RTP/AVP")
        && media.port() != 0;
    if !audio {
        return Err(NegotiationError::NoAudio);
    }
    let rtp = media.address().ok_or(NegotiationError::NoAddress)?;
    let rtcp = media.rtcp_address().ok_or(NegotiationError::NoAddress)?;
    let maps = media.rtpmaps();
    let codecs = common_codecs(media, &maps, capabilities);
    let codec = codecs.first().ok_or(NegotiationError::NoCommonCodec)?.codec;
    let telephone_event =
        if capabilities.telephone_event { events(media, &maps, codec) } else { None };
    // RFC 3264 8.4: nothing is sent to 0.0.0.0.
    let receives = !rtp.ip().is_unspecified();
    let direction = media.direction().and(Direction::new(true, receives));
    let ptime_ms = packet_time(media, capabilities.ptime_ms);
    Ok(Selection { index, codecs, telephone_event, direction, ptime_ms, rtp, rtcp })
}

/// What the payload types of a medium stand for, by their numbers.
type Maps<'a> = [Option<RtpMap<'a>>];

fn map_of<'a>(maps: &Maps<'a>, payload_type: u8) -> Option<RtpMap<'a>> {
    maps.get(usize::from(payload_type)).copied().flatten()
}

fn common_codecs(
    media: &MediaDescription<'_>,
    maps: &Maps<'_>,
    capabilities: &Capabilities,
) -> Vec<PayloadFormat> {
    let mut common: Vec<PayloadFormat> = Vec::new();
    for payload_type in media.payload_types() {
        let Some(codec) = codec_of(maps, payload_type) else { continue };
        let known = capabilities.codecs.iter().any(|preference| preference.codec == codec);
        let new = common.iter().all(|format| format.codec != codec);
        if known && new {
            common.push(PayloadFormat { payload_type, codec });
        }
    }
    common
}

fn codec_of(maps: &Maps<'_>, payload_type: u8) -> Option<CodecId> {
    match map_of(maps, payload_type) {
        Some(map) => CodecId::from_rtpmap(map.name, map.clock_rate, map.channels),
        // RFC 3264 5.1: static payload types need no rtpmap.
        None => CodecId::from_static(payload_type),
    }
}

fn events(media: &MediaDescription<'_>, maps: &Maps<'_>, codec: CodecId) -> Option<PeerEvents> {
    let payload_type = media.payload_types().find(|payload_type| {
        map_of(maps, *payload_type).is_some_and(|map| {
            map.name.eq_ignore_ascii_case(TELEPHONE_EVENT) && map.clock_rate == codec.clock_rate()
        })
    })?;
    let flash = media.fmtp(payload_type).is_some_and(|events| lists_event(events, FLASH));
    Some(PeerEvents { payload_type, flash })
}

/// Whether a list such as `0-15,66` has an event (RFC 4733 2.4.1).
fn lists_event(list: &str, event: u8) -> bool {
    list.split(',').any(|part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (first.trim().parse::<u8>(), last.trim().parse::<u8>());
        matches!((first, last), (Ok(first), Ok(last)) if (first..=last).contains(&event))
    })
}

/// Brings the peer's wish, or else ours, to what packets can be made of: tens of milliseconds, from
/// 10 to 60, and no more than the peer takes.
pub(super) fn packet_time(media: &MediaDescription<'_>, ours: u16) -> u16 {
    let wanted = media.ptime().unwrap_or(ours).min(media.maxptime().unwrap_or(u16::MAX));
    (wanted / 10 * 10).clamp(10, 60)
}
