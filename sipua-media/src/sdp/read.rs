//! Bytes to lines, read the tolerant way: peers end lines as they like, leave out what they think
//! nobody needs, and mix up the order. What cannot matter to a call is skipped; what would make an
//! answer impossible is an error.

use std::borrow::Cow;

use sdp_types::{
    AddrType, Attribute, Bandwidth, Connection, Media, NetType, Origin, Session, Time,
};

use super::{MAX_LINE, MAX_LINES, MAX_MEDIA, MAX_SIZE, SdpError};

/// Reads a session description into its lines.
pub(super) fn read(bytes: &[u8]) -> Result<Session, SdpError> {
    if bytes.len() > MAX_SIZE {
        return Err(SdpError::TooLarge);
    }
    let mut reader = Reader::new();
    // RFC 8866 5: parsers should accept lines that end with a single newline.
    let lines = bytes.split(|byte| matches!(byte, b'\n' | b'\r' | b'\0'));
    for (index, line) in lines.filter(|line| !line.is_empty()).enumerate() {
        if index >= MAX_LINES {
            return Err(SdpError::TooManyLines);
        }
        if line.len() > MAX_LINE {
            return Err(SdpError::LineTooLong(index + 1));
        }
        reader.line(index + 1, line)?;
    }
    if reader.recognised { Ok(reader.session) } else { Err(SdpError::NotSdp) }
}

struct Reader {
    session: Session,
    /// A `v=` or `m=` line was seen, so this is SDP at all.
    recognised: bool,
}

impl Reader {
    fn new() -> Self {
        let nobody = Origin::new("0", 0, NetType::In, AddrType::Ip4, "0.0.0.0");
        let mut session = Session::new(nobody, "-");
        session.times = vec![Time::new(0, 0)];
        Self { session, recognised: false }
    }

    fn line(&mut self, number: usize, line: &[u8]) -> Result<(), SdpError> {
        let [key, b'=', value @ ..] = line.trim_ascii() else { return Ok(()) };
        let text = text(value.trim_ascii());
        match (key, self.session.medias.last_mut()) {
            (b'v', _) if text != "0" => return Err(SdpError::Version),
            (b'v', _) => self.recognised = true,
            (b'm', _) => {
                if self.session.medias.len() >= MAX_MEDIA {
                    return Err(SdpError::TooManyMedia);
                }
                self.session.medias.push(media(&text).ok_or(SdpError::Media(number))?);
                self.recognised = true;
            }
            (b'o', None) => {
                if let Some(origin) = origin(&text) {
                    self.session.origin = origin;
                }
            }
            (b's', None) => self.session.session_name = text.into_owned(),
            (b'c', None) => {
                self.session.connection = self.session.connection.take().or(connection(&text));
            }
            (b'c', Some(media)) => media.connections.extend(connection(&text)),
            (b'b', None) => self.session.bandwidths.extend(bandwidth(&text)),
            (b'b', Some(media)) => media.bandwidths.extend(bandwidth(&text)),
            (b'a', None) => self.session.attributes.extend(attribute(&text)),
            (b'a', Some(media)) => media.attributes.extend(attribute(&text)),
            // Times, repetitions, keys, contacts and titles mean nothing to a call.
            _ => {}
        }
        Ok(())
    }
}

/// UTF-8, or else Latin-1, which every byte is.
fn text(value: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(value) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(value.iter().copied().map(char::from).collect()),
    }
}

/// `o=<username> <sess-id> <sess-version> <nettype> <addrtype> <unicast-address>`
fn origin(text: &str) -> Option<Origin> {
    let mut fields = text.split_ascii_whitespace();
    let username = fields.next()?;
    Some(Origin {
        username: Some(username).filter(|name| *name != "-").map(str::to_owned),
        sess_id: fields.next()?.to_owned(),
        sess_version: fields.next()?.parse().ok()?,
        nettype: net_type(fields.next()?),
        addrtype: AddrType::new(fields.next()?),
        unicast_address: fields.next()?.to_owned(),
    })
}

/// `c=<nettype> <addrtype> <connection-address>`
fn connection(text: &str) -> Option<Connection> {
    let mut fields = text.split_ascii_whitespace();
    let nettype = net_type(fields.next()?);
    let addrtype = AddrType::new(fields.next()?);
    Some(Connection { nettype, addrtype, connection_address: fields.next()?.to_owned() })
}

fn net_type(text: &str) -> NetType {
    if text.eq_ignore_ascii_case("IN") { NetType::In } else { NetType::Other(text.to_owned()) }
}

/// `b=<bwtype>:<bandwidth>`
fn bandwidth(text: &str) -> Option<Bandwidth> {
    let (kind, amount) = text.split_once(':')?;
    Some(Bandwidth { bwtype: kind.trim().to_owned(), bandwidth: amount.trim().parse().ok()? })
}

/// `a=<attribute>` or `a=<attribute>:<value>`
fn attribute(text: &str) -> Option<Attribute> {
    let (name, value) = match text.split_once(':') {
        Some((name, value)) => (name, Some(value.trim().to_owned())),
        None => (text, None),
    };
    let name = name.trim();
    (!name.is_empty()).then(|| Attribute { attribute: name.to_owned(), value })
}

/// `m=<media> <port>[/<number of ports>] <proto> <fmt> …`
fn media(text: &str) -> Option<Media> {
    let mut fields = text.split_ascii_whitespace();
    let kind = fields.next()?;
    let ports = fields.next()?;
    let protocol = fields.next()?;
    let formats: Vec<&str> = fields.collect();
    let (port, count) = match ports.split_once('/') {
        Some((port, count)) => (port, count.parse().ok()),
        None => (ports, None),
    };
    let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    if formats.is_empty() || !is_number {
        return None;
    }
    Some(Media {
        media: kind.to_owned(),
        // A port that does not exist is as good as refused; the line keeps its place.
        port: port.parse().unwrap_or(0),
        num_ports: count,
        proto: protocol.to_owned(),
        fmt: formats.join(" "),
        media_title: None,
        connections: Vec::new(),
        bandwidths: Vec::new(),
        key: None,
        attributes: Vec::new(),
    })
}
