//! What people type: local addresses (`udp:HOST:PORT`) and targets (`sip:bob@host`, `123,456`).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

use sipua_core::transport::Protocol;

use crate::error::Error;

/// A local listener: `udp:HOST:PORT`, `udp:HOST`, `udp::PORT`, or `HOST:PORT` for UDP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ListenAddress {
    /// The transport.
    pub protocol: Protocol,
    /// The address to bind; port 0 asks the system for a free one.
    pub address: SocketAddr,
}

impl FromStr for ListenAddress {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = |problem: &str| Error::invalid("listen address", text, problem);
        let (protocol, rest) = match text.split_once(':') {
            Some(("udp", rest)) => (Protocol::Udp, rest),
            Some(("tcp" | "tls" | "ws" | "wss", _)) => {
                return Err(wrong("this version listens on udp only, as in udp:127.0.0.1:5060"));
            }
            _ => (Protocol::Udp, text),
        };
        let address = parse_bind_address(rest)
            .ok_or_else(|| wrong("is PROTOCOL:IP:PORT, as in udp:127.0.0.1:5060"))?;
        Ok(Self { protocol, address })
    }
}

fn parse_bind_address(text: &str) -> Option<SocketAddr> {
    const ANY: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    if let Some(port) = text.strip_prefix(':') {
        return Some(SocketAddr::new(ANY, port.parse().ok()?));
    }
    let host = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    Some(SocketAddr::new(host.parse().ok()?, sipua_core::transport::DEFAULT_PORT))
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.protocol.as_str().to_ascii_lowercase(), self.address)
    }
}

/// A target as typed, split at the first comma: what to call, and the digits to send after.
pub(crate) fn split_post_dial(target: &str) -> (&str, Option<&str>) {
    match target.split_once(',') {
        Some((number, digits)) => (number.trim(), Some(digits)),
        None => (target.trim(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_protocol_host_port() {
        let parsed: ListenAddress = "udp:127.0.0.1:5070".parse().unwrap();
        assert_eq!(parsed.to_string(), "udp:127.0.0.1:5070");
        assert_eq!("127.0.0.1:5070".parse::<ListenAddress>().unwrap(), parsed);
        assert_eq!("udp::5070".parse::<ListenAddress>().unwrap().address.port(), 5070);
        assert_eq!("udp:[::1]:5070".parse::<ListenAddress>().unwrap().address.port(), 5070);
        assert_eq!("udp:10.0.0.1".parse::<ListenAddress>().unwrap().address.port(), 5060);
    }

    #[test]
    fn a_wrong_listener_is_named_with_what_would_be_right() {
        for wrong in ["", "udp:", "udp:host:port", "carrier:1.2.3.4:5060", "udp:1.2.3.4:70000"] {
            let error = wrong.parse::<ListenAddress>().unwrap_err().to_string();
            assert!(error.contains("udp:127.0.0.1:5060"), "{wrong}: {error}");
        }
    }

    #[test]
    fn digits_after_a_comma_are_sent_after_the_answer() {
        assert_eq!(split_post_dial("123,456"), ("123", Some("456")));
        assert_eq!(split_post_dial(" sip:bob@host "), ("sip:bob@host", None));
    }
}
