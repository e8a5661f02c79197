//! Hosts: an IP address or a name.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::message::token::is_host_text;

/// The host of a URI or of a Via.
#[derive(Debug, Clone, Copy)]
pub enum Host<'a> {
    /// An address; IPv6 is written in brackets.
    Ip(IpAddr),
    /// A name, in its own case.
    Name(&'a str),
}

impl<'a> Host<'a> {
    /// Reads a host; IPv6 with or without brackets. `None` when it is none.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        if let Some(inner) = text.strip_prefix('[') {
            return inner.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(|ip| Self::Ip(ip.into()));
        }
        if text.as_bytes().last().is_some_and(u8::is_ascii_digit)
            && let Ok(ip) = text.parse::<Ipv4Addr>()
        {
            return Some(Self::Ip(ip.into()));
        }
        if is_host_text(text.as_bytes()) {
            return Some(Self::Name(text));
        }
        text.parse::<Ipv6Addr>().ok().map(|ip| Self::Ip(ip.into()))
    }

    /// The address, if it is one.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Ip(ip) => Some(*ip),
            Self::Name(_) => None,
        }
    }

    /// Splits `host[:port]`, with white space around the colon; `None` when either is malformed.
    pub(in crate::message) fn parse_with_port(text: &'a str) -> Option<(Self, Option<u16>)> {
        let colon = match text.strip_prefix('[') {
            Some(_) => text.find(']').and_then(|end| text.get(end..)?.find(':').map(|i| end + i)),
            None => memchr::memchr(b':', text.as_bytes()),
        };
        let trim = crate::message::scan::trim_str;
        match colon {
            None => Some((Self::parse(trim(text))?, None)),
            Some(at) => {
                let (host, port) = text.split_at_checked(at)?;
                let host = Self::parse(trim(host))?;
                Some((host, Some(parse_port(trim(port.get(1..)?))?)))
            }
        }
    }
}

/// A port: one to five digits.
pub(in crate::message) fn parse_port(text: &str) -> Option<u16> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

impl PartialEq for Host<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Ip(a), Self::Ip(b)) => a == b,
            (Self::Name(a), Self::Name(b)) => a.eq_ignore_ascii_case(b),
            _ => false,
        }
    }
}

impl Eq for Host<'_> {}

impl From<IpAddr> for Host<'_> {
    fn from(ip: IpAddr) -> Self {
        Self::Ip(ip)
    }
}

impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(IpAddr::V6(ip)) => write!(f, "[{ip}]"),
            Self::Ip(ip) => write!(f, "{ip}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}
