//! A session description as its lines, and what they mean.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use sdp_types::{Connection, Media, Session};

use super::attributes::{self, RtcpAddress, RtpMap};
use super::{Direction, SdpError, read};

/// A session description (RFC 8866).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionDescription {
    pub(super) lines: Session,
}

/// Reads a session description, forgiving what does no harm.
///
/// # Errors
/// When the bytes are no SDP, or more of it than the limits of this module allow.
///
/// ```
/// use sipua_media::sdp;
///
/// let description = sdp::parse(b"v=0\nc=IN IP4 192.0.2.1\nm=audio 4000 RTP/AVP 0\na=sendonly\n")?;
/// let audio = description.media().next().ok_or("no media")?;
/// assert_eq!(audio.address(), Some("192.0.2.1:4000".parse()?));
/// assert_eq!(audio.direction(), sdp::Direction::SendOnly);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn parse(bytes: &[u8]) -> Result<SessionDescription, SdpError> {
    read::read(bytes).map(|lines| SessionDescription { lines })
}

impl SessionDescription {
    /// The media in their order.
    pub fn media(&self) -> impl ExactSizeIterator<Item = MediaDescription<'_>> {
        self.lines.medias.iter().map(|media| MediaDescription { session: &self.lines, media })
    }

    /// The version in the `o=` line, which tells a changed description from a repeated one.
    pub fn version(&self) -> u64 {
        self.lines.origin.sess_version
    }

    /// Appends the description as it goes over the wire.
    pub fn write(&self, buffer: &mut Vec<u8>) {
        // A vector takes whatever is written to it.
        let _infallible = self.lines.write(buffer);
    }
}

impl fmt::Display for SessionDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut buffer = Vec::new();
        self.write(&mut buffer);
        f.write_str(&String::from_utf8_lossy(&buffer))
    }
}

/// One `m=` line with what belongs to it.
#[derive(Debug, Clone, Copy)]
pub struct MediaDescription<'a> {
    session: &'a Session,
    media: &'a Media,
}

impl<'a> MediaDescription<'a> {
    /// `audio`, `video`, `image`, …
    pub fn kind(&self) -> &'a str {
        &self.media.media
    }

    /// The port; 0 for a medium that is refused or removed (RFC 3264 5.1, 6).
    pub fn port(&self) -> u16 {
        self.media.port
    }

    /// `RTP/AVP`, `RTP/SAVP`, `udptl`, …
    pub fn protocol(&self) -> &'a str {
        &self.media.proto
    }

    /// The formats as they stand in the `m=` line.
    pub fn formats(&self) -> &'a str {
        &self.media.fmt
    }

    /// The formats that are payload types, in order; none of them twice.
    pub fn payload_types(&self) -> impl Iterator<Item = u8> + 'a {
        let numbers = self.media.fmt.split_ascii_whitespace().filter_map(attributes::payload_type);
        let mut seen = 0u128;
        numbers.filter(move |number| {
            let before = seen;
            seen |= 1 << number;
            seen != before
        })
    }

    /// What each payload type stands for, found in one pass: a peer may write thousands of lines.
    pub(super) fn rtpmaps(&self) -> [Option<RtpMap<'a>>; 128] {
        let mut maps = [None; 128];
        for map in attributes::values(&self.media.attributes, "rtpmap").filter_map(RtpMap::parse) {
            if let Some(place @ None) = maps.get_mut(usize::from(map.payload_type)) {
                *place = Some(map);
            }
        }
        maps
    }

    /// What a payload type stands for; where it is said twice, the first time counts.
    pub fn rtpmap(&self, payload_type: u8) -> Option<RtpMap<'a>> {
        self.values_for(payload_type, "rtpmap")
            .find_map(|encoding| RtpMap::parse_encoding(payload_type, encoding))
    }

    /// The format parameters of a payload type (RFC 8866 6.15).
    pub fn fmtp(&self, payload_type: u8) -> Option<&'a str> {
        self.values_for(payload_type, "fmtp").next()
    }

    /// The direction, of the medium or else of the session.
    pub fn direction(&self) -> Direction {
        attributes::direction(&self.media.attributes)
            .or_else(|| attributes::direction(&self.session.attributes))
            .unwrap_or_default()
    }

    /// How many milliseconds of audio the writer wants in each packet.
    pub fn ptime(&self) -> Option<u16> {
        self.packet_time("ptime")
    }

    /// How many milliseconds of audio the writer takes in a packet.
    pub fn maxptime(&self) -> Option<u16> {
        self.packet_time("maxptime")
    }

    /// Whether RTCP may come on the RTP port (RFC 5761).
    pub fn rtcp_mux(&self) -> bool {
        self.media.attributes.iter().any(|attribute| attribute.attribute == "rtcp-mux")
    }

    /// Where the writer receives RTP: a unicast address, or the unspecified one for "nowhere".
    /// `None` where only a name is given, or nothing at all.
    pub fn address(&self) -> Option<SocketAddr> {
        // RFC 8866 5.7: that of the medium overrides that of the session.
        let connection = self.media.connections.first().or(self.session.connection.as_ref())?;
        Some(SocketAddr::new(unicast(connection)?, self.media.port))
    }

    /// Where the writer receives RTCP.
    pub fn rtcp_address(&self) -> Option<SocketAddr> {
        let rtp = self.address()?;
        let named = attributes::values(&self.media.attributes, "rtcp").find_map(RtcpAddress::parse);
        Some(match named {
            Some(RtcpAddress { port, ip }) => SocketAddr::new(ip.unwrap_or(rtp.ip()), port),
            // RFC 3550 11: the next higher port.
            None => SocketAddr::new(rtp.ip(), rtp.port().saturating_add(1)),
        })
    }

    /// What attributes of one name say about one payload type.
    fn values_for(&self, payload_type: u8, name: &'static str) -> impl Iterator<Item = &'a str> {
        attributes::values(&self.media.attributes, name)
            .filter_map(attributes::numbered)
            .filter(move |(number, _)| *number == payload_type)
            .map(|(_, rest)| rest)
    }

    fn packet_time(&self, name: &'static str) -> Option<u16> {
        attributes::packet_time(&self.media.attributes, name)
            .or_else(|| attributes::packet_time(&self.session.attributes, name))
    }
}

fn unicast(connection: &Connection) -> Option<IpAddr> {
    let address = connection.connection_address.as_str();
    let ip: IpAddr = address.split('/').next().unwrap_or(address).parse().ok()?;
    let broadcast = matches!(ip, IpAddr::V4(ip) if ip.is_broadcast());
    (!ip.is_multicast() && !broadcast).then_some(ip)
}
