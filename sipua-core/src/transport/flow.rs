//! A transport protocol, and the pair of addresses between which it carries messages.

use std::fmt;
use std::net::SocketAddr;

/// The port of SIP where none is written (RFC 3261 19.1.2).
pub const DEFAULT_PORT: u16 = 5060;

/// What carries SIP (RFC 3261 18, RFC 7118).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
    /// TLS over TCP.
    Tls,
    /// A WebSocket (RFC 7118).
    Ws,
    /// A WebSocket over TLS (RFC 7118).
    Wss,
}

impl Protocol {
    /// Whether the protocol itself repeats what was lost, so that SIP does not (RFC 3261 17).
    pub fn is_reliable(self) -> bool {
        self != Self::Udp
    }

    /// Whether the protocol encrypts.
    pub fn is_secure(self) -> bool {
        matches!(self, Self::Tls | Self::Wss)
    }

    /// The port when none is written (RFC 3261 19.1.2; RFC 7118 3 for WebSocket).
    pub fn default_port(self) -> u16 {
        match self {
            Self::Udp | Self::Tcp => DEFAULT_PORT,
            Self::Tls => 5061,
            Self::Ws => 80,
            Self::Wss => 443,
        }
    }

    /// The name in a Via, such as `UDP`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
            Self::Ws => "WS",
            Self::Wss => "WSS",
        }
    }

    /// The value of a `transport` parameter, such as `udp`.
    pub fn parameter(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Ws => "ws",
            Self::Wss => "wss",
        }
    }

    /// The protocol that a `transport` parameter names, in any case.
    pub fn from_parameter(value: &str) -> Option<Self> {
        [Self::Udp, Self::Tcp, Self::Tls, Self::Ws, Self::Wss]
            .into_iter()
            .find(|protocol| protocol.parameter().eq_ignore_ascii_case(value))
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One way between us and a peer: for a stream, the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flow {
    /// What carries the messages.
    pub protocol: Protocol,
    /// Our address, as it stands in our Via: never the unspecified one.
    pub local: SocketAddr,
    /// The peer's address.
    pub remote: SocketAddr,
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.protocol, self.local, self.remote)
    }
}
