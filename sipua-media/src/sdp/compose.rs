//! Writing our own descriptions.

use sdp_types::{Attribute, Connection, Media, Origin, Session, Time};

use super::attributes::RtpMap;
use super::{Direction, LocalAddress, MediaDescription, PayloadFormat, SessionDescription};

/// One `m=` line of ours and of all later descriptions of the session, which keep their number and
/// order (RFC 3264 8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Slot {
    /// The audio that is negotiated.
    Audio,
    /// What we do not take: said again with port 0.
    Refused(Box<Refused>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    kind: Box<str>,
    protocol: Box<str>,
    formats: Box<str>,
}

impl Slot {
    pub(super) fn refused(media: &MediaDescription<'_>) -> Self {
        Self::Refused(Box::new(Refused {
            kind: media.kind().into(),
            protocol: media.protocol().into(),
            formats: media.formats().into(),
        }))
    }
}

/// What an offer or answer of ours says about the audio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LocalAudio {
    pub(super) codecs: Vec<PayloadFormat>,
    pub(super) telephone_event: Option<LocalEvents>,
    pub(super) direction: Direction,
    pub(super) ptime_ms: u16,
}

/// How we take DTMF events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LocalEvents {
    pub(super) payload_type: u8,
    pub(super) clock_rate: u32,
    pub(super) flash: bool,
}

/// The description with these media, from the given address.
pub(super) fn compose(
    session_id: u64,
    version: u64,
    local: &LocalAddress,
    slots: &[Slot],
    audio: &LocalAudio,
) -> SessionDescription {
    let origin = Origin::with_ip_addr(session_id, version, local.ip);
    // RFC 3264 5: a session name that is not empty, and the time 0 0.
    let mut lines = Session::new(origin, "-");
    lines.connection = Some(Connection::from_ip_addr(local.ip));
    lines.times = vec![Time::new(0, 0)];
    lines.medias = slots
        .iter()
        .map(|slot| match slot {
            Slot::Audio => audio_lines(local, audio),
            Slot::Refused(medium) => refused_lines(medium),
        })
        .collect();
    SessionDescription { lines }
}

fn audio_lines(local: &LocalAddress, audio: &LocalAudio) -> Media {
    let mut formats: Vec<String> =
        audio.codecs.iter().map(|f| f.payload_type.to_string()).collect();
    let mut attributes: Vec<Attribute> = audio.codecs.iter().map(codec_line).collect();
    if let Some(events) = &audio.telephone_event {
        formats.push(events.payload_type.to_string());
        attributes.extend(event_lines(events));
    }
    attributes.push(Attribute::with_value("ptime", audio.ptime_ms));
    // RFC 3605 2.1: named only when it is not what the peer takes it to be.
    if local.rtp_port.checked_add(1) != Some(local.rtcp_port) {
        attributes.push(Attribute::with_value("rtcp", local.rtcp_port));
    }
    attributes.push(Attribute::new(audio.direction));
    media("audio", local.rtp_port, "RTP/AVP", &formats.join(" "), attributes)
}

fn codec_line(format: &PayloadFormat) -> Attribute {
    let PayloadFormat { payload_type, codec } = *format;
    let (name, clock_rate, channels) = (codec.name(), codec.clock_rate(), codec.channels());
    let map = RtpMap { payload_type, name, clock_rate, channels };
    Attribute::with_value("rtpmap", map)
}

fn event_lines(events: &LocalEvents) -> [Attribute; 2] {
    let LocalEvents { payload_type, clock_rate, flash } = *events;
    let map = RtpMap { payload_type, name: "telephone-event", clock_rate, channels: 1 };
    let last = if flash { 16 } else { 15 };
    let list = format!("{payload_type} 0-{last}");
    [Attribute::with_value("rtpmap", map), Attribute::with_value("fmtp", list)]
}

fn refused_lines(medium: &Refused) -> Media {
    // RFC 3264 6: port 0, and the formats of the offer, which then mean nothing.
    media(&medium.kind, 0, &medium.protocol, &medium.formats, Vec::new())
}

fn media(
    kind: &str,
    port: u16,
    protocol: &str,
    formats: &str,
    attributes: Vec<Attribute>,
) -> Media {
    Media {
        media: kind.to_owned(),
        port,
        num_ports: None,
        proto: protocol.to_owned(),
        fmt: formats.to_owned(),
        media_title: None,
        connections: Vec::new(),
        bandwidths: Vec::new(),
        key: None,
        attributes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::CodecId;

    #[test]
    fn a_description_is_written_as_the_rfc_has_it() {
        let local =
            LocalAddress { ip: "2001:db8::7".parse().unwrap(), rtp_port: 4000, rtcp_port: 4001 };
        let codec = PayloadFormat { payload_type: 0, codec: CodecId::Pcmu };
        let events = LocalEvents { payload_type: 101, clock_rate: 8000, flash: true };
        let audio = LocalAudio {
            codecs: vec![codec],
            telephone_event: Some(events),
            direction: Direction::SendOnly,
            ptime_ms: 20,
        };
        let text = compose(7, 3, &local, &[Slot::Audio], &audio).to_string();
        let lines = [
            "v=0",
            "o=- 7 3 IN IP6 2001:db8::7",
            "s=-",
            "c=IN IP6 2001:db8::7",
            "t=0 0",
            "m=audio 4000 RTP/AVP 0 101",
            "a=rtpmap:0 PCMU/8000",
            "a=rtpmap:101 telephone-event/8000",
            "a=fmtp:101 0-16",
            "a=ptime:20",
            "a=sendonly",
            "",
        ];
        assert_eq!(text, lines.join("\r\n"));
    }
}
