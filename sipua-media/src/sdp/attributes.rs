//! The attributes that an audio stream is negotiated by, typed.

use std::fmt;
use std::net::IpAddr;

use sdp_types::Attribute;

use super::Direction;

/// The encoding name of DTMF events (RFC 4733 7.1).
pub(super) const TELEPHONE_EVENT: &str = "telephone-event";
/// The longest packet time believed, in milliseconds.
const MAX_PTIME: u32 = 1_000;

/// What a payload type number stands for: `a=rtpmap` (RFC 8866 6.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RtpMap<'a> {
    /// The number, at most 127.
    pub payload_type: u8,
    /// The encoding name, to be compared without regard to case.
    pub name: &'a str,
    /// The RTP clock in Hz.
    pub clock_rate: u32,
    /// The number of channels; 1 where it is left out.
    pub channels: u8,
}

impl<'a> RtpMap<'a> {
    /// `<payload type> <encoding name>/<clock rate>[/<channels>]`
    pub fn parse(value: &'a str) -> Option<Self> {
        let (number, encoding) = numbered(value)?;
        Self::parse_encoding(number, encoding)
    }

    /// `<encoding name>/<clock rate>[/<channels>]`
    pub(super) fn parse_encoding(payload_type: u8, encoding: &'a str) -> Option<Self> {
        let mut parts = encoding.split('/').map(str::trim);
        let name = parts.next().filter(|name| !name.is_empty())?;
        let clock_rate = parts.next()?.parse().ok().filter(|rate| *rate > 0)?;
        let channels = match parts.next() {
            Some(channels) => channels.parse().ok().filter(|channels| *channels > 0)?,
            None => 1,
        };
        Some(Self { payload_type, name, clock_rate, channels })
    }
}

impl fmt::Display for RtpMap<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { payload_type, name, clock_rate, channels } = self;
        write!(f, "{payload_type} {name}/{clock_rate}")?;
        if *channels == 1 { Ok(()) } else { write!(f, "/{channels}") }
    }
}

/// Where RTCP goes when it is not the next port: `a=rtcp` (RFC 3605).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RtcpAddress {
    /// The port.
    pub port: u16,
    /// The address, where it is not that of the `c=` line.
    pub ip: Option<IpAddr>,
}

impl RtcpAddress {
    /// `<port> [<nettype> <addrtype> <connection-address>]`
    pub fn parse(value: &str) -> Option<Self> {
        let mut fields = value.split_ascii_whitespace();
        let port = fields.next()?.parse().ok().filter(|port| *port != 0)?;
        let ip = fields.nth(2).and_then(|address| address.parse().ok());
        Some(Self { port, ip })
    }
}

/// An RTP payload type: 0 to 127.
pub(super) fn payload_type(text: &str) -> Option<u8> {
    text.trim().parse().ok().filter(|number| *number <= 127)
}

/// A value that begins with a payload type, as those of `rtpmap` and `fmtp` do, and the rest of it.
pub(super) fn numbered(value: &str) -> Option<(u8, &str)> {
    let (number, rest) = value.trim().split_once([' ', '\t'])?;
    Some((payload_type(number)?, rest.trim()))
}

/// The values of all attributes of one name.
pub(super) fn values<'a>(
    attributes: &'a [Attribute],
    name: &'static str,
) -> impl Iterator<Item = &'a str> {
    attributes
        .iter()
        .filter(move |attribute| attribute.attribute.eq_ignore_ascii_case(name))
        .filter_map(|attribute| attribute.value.as_deref())
}

/// The first direction named.
pub(super) fn direction(attributes: &[Attribute]) -> Option<Direction> {
    attributes.iter().find_map(|attribute| Direction::from_name(&attribute.attribute))
}

/// The milliseconds of `ptime` or `maxptime`; an absurd number is as good as none.
pub(super) fn packet_time(attributes: &[Attribute], name: &'static str) -> Option<u16> {
    let number = values(attributes, name).find_map(|value| value.parse::<u32>().ok())?;
    (1..=MAX_PTIME).contains(&number).then(|| u16::try_from(number).ok())?
}
