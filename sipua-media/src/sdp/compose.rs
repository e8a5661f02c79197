//! Writing our own descriptions.

use std::fmt::{self, Write};
use std::net::IpAddr;

use super::attributes::{RtpMap, TELEPHONE_EVENT};
use super::{Direction, LocalAddress, MediaDescription, PayloadFormat};

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
) -> String {
    let mut text = Text(String::with_capacity(384));
    let address = Address(local.ip);
    text.line(format_args!("v=0"));
    text.line(format_args!("o=- {session_id} {version} {address}"));
    // RFC 3264 5: a session name that is not empty, and the time 0 0.
    text.line(format_args!("s=-"));
    text.line(format_args!("c={address}"));
    text.line(format_args!("t=0 0"));
    for slot in slots {
        match slot {
            Slot::Audio => text.audio(local, audio),
            // RFC 3264 6: port 0, and the formats of the offer, which then mean nothing.
            Slot::Refused(medium) => {
                let Refused { kind, protocol, formats } = medium.as_ref();
                text.line(format_args!("m={kind} 0 {protocol} {formats}"));
            }
        }
    }
    text.0
}

struct Text(String);

impl Text {
    fn line(&mut self, line: fmt::Arguments<'_>) {
        // A string takes whatever is written to it.
        let _infallible = self.0.write_fmt(line);
        self.0.push_str("\r\n");
    }

    fn audio(&mut self, local: &LocalAddress, audio: &LocalAudio) {
        let formats = Formats(audio);
        self.line(format_args!("m=audio {} RTP/AVP{formats}", local.rtp_port));
        for PayloadFormat { payload_type, codec } in audio.codecs.iter().copied() {
            let (name, clock_rate, channels) = (codec.name(), codec.clock_rate(), codec.channels());
            let map = RtpMap { payload_type, name, clock_rate, channels };
            self.line(format_args!("a=rtpmap:{map}"));
        }
        if let Some(LocalEvents { payload_type, clock_rate, flash }) = audio.telephone_event {
            let map = RtpMap { payload_type, name: TELEPHONE_EVENT, clock_rate, channels: 1 };
            self.line(format_args!("a=rtpmap:{map}"));
            self.line(format_args!("a=fmtp:{payload_type} 0-{}", if flash { 16 } else { 15 }));
        }
        self.line(format_args!("a=ptime:{}", audio.ptime_ms));
        // RFC 3605 2.1: named only when it is not what the peer takes it to be.
        if local.rtp_port.checked_add(1) != Some(local.rtcp_port) {
            self.line(format_args!("a=rtcp:{}", local.rtcp_port));
        }
        self.line(format_args!("a={}", audio.direction));
    }
}

/// `<nettype> <addrtype> <address>`
struct Address(IpAddr);

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.0.is_ipv4() { "IP4" } else { "IP6" };
        write!(f, "IN {kind} {}", self.0)
    }
}

/// The payload types, with a space before each.
struct Formats<'a>(&'a LocalAudio);

impl fmt::Display for Formats<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let codecs = self.0.codecs.iter().map(|format| format.payload_type);
        let events = self.0.telephone_event.map(|events| events.payload_type);
        codecs.chain(events).try_for_each(|number| write!(f, " {number}"))
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
        let text = compose(7, 3, &local, &[Slot::Audio], &audio);
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
