//! What must be looked up before a request can go to a URI: RFC 3263 without the DNS.

use std::net::SocketAddr;

use super::Protocol;
use crate::message::{Host, Scheme, Uri};

/// A question to the driver, which knows resolvers and which protocols it has sockets for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Query {
    /// Nothing to look up.
    Address {
        /// What carries the request.
        protocol: Protocol,
        /// Where to.
        address: SocketAddr,
    },
    /// A and AAAA records of a name.
    Host {
        /// What carries the request.
        protocol: Protocol,
        /// The host name.
        name: String,
        /// The port, which the URI gave.
        port: u16,
    },
    /// SRV records ([`Query::service_name`]); if there are none, A and AAAA records of the name with
    /// the protocol's default port.
    Service {
        /// What carries the request, which the URI gave.
        protocol: Protocol,
        /// The domain.
        name: String,
    },
    /// NAPTR records; if there are none, SRV records of each protocol that the driver has; if there
    /// are none either, A and AAAA records with UDP at 5060, or TLS at 5061 when `secure`.
    Domain {
        /// Only encrypting protocols will do, for the URI is a `sips` one.
        secure: bool,
        /// The domain.
        name: String,
    },
}

/// Why no request can go to a URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// Neither `sip` nor `sips`.
    #[error("only sip and sips URIs can be a next hop")]
    Scheme,
    /// A `transport` that this engine does not know.
    #[error("the URI asks for an unknown transport")]
    Transport,
    /// A `sips` URI with a transport that cannot be encrypted.
    #[error("a sips URI cannot be reached over an unencrypted transport")]
    Insecure,
    /// No host, or a `maddr` that is none.
    #[error("the URI has no usable host")]
    Host,
}

impl Query {
    /// The question for the next hop `uri`: the topmost Route, or the Request-URI (RFC 3263 4).
    ///
    /// # Errors
    /// See [`QueryError`].
    pub fn for_uri(uri: &Uri) -> Result<Self, QueryError> {
        let secure = match uri.scheme() {
            Scheme::Sip => false,
            Scheme::Sips => true,
            _ => return Err(QueryError::Scheme),
        };
        let asked = uri.transport().map(|name| transport(name, secure)).transpose()?;
        // RFC 3263 4: the TARGET is the maddr if there is one.
        let target = match uri.param("maddr") {
            Some(address) => address.and_then(Host::parse),
            None => uri.host(),
        };
        // RFC 3263 4.1: a number or a port leaves no choice of protocol.
        let plain = asked.unwrap_or(if secure { Protocol::Tls } else { Protocol::Udp });
        Ok(match (target.ok_or(QueryError::Host)?, uri.port(), asked) {
            (Host::Ip(ip), port, _) => {
                let port = port.unwrap_or(plain.default_port());
                Self::Address { protocol: plain, address: SocketAddr::new(ip, port) }
            }
            (Host::Name(name), Some(port), _) => {
                Self::Host { protocol: plain, name: name.to_owned(), port }
            }
            (Host::Name(name), None, Some(protocol @ (Protocol::Ws | Protocol::Wss))) => {
                // RFC 7118 defines no service records.
                Self::Host { protocol, name: name.to_owned(), port: protocol.default_port() }
            }
            (Host::Name(name), None, Some(protocol)) => {
                Self::Service { protocol, name: name.to_owned() }
            }
            (Host::Name(name), None, None) => Self::Domain { secure, name: name.to_owned() },
        })
    }

    /// The protocol, unless the records decide it.
    pub fn protocol(&self) -> Option<Protocol> {
        match self {
            Self::Address { protocol, .. }
            | Self::Host { protocol, .. }
            | Self::Service { protocol, .. } => Some(*protocol),
            Self::Domain { .. } => None,
        }
    }

    /// The name that is looked up, which a certificate must also bear (RFC 5922 7).
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Address { .. } => None,
            Self::Host { name, .. } | Self::Service { name, .. } | Self::Domain { name, .. } => {
                Some(name)
            }
        }
    }

    /// The name of the SRV records for `protocol` at `domain` (RFC 3263 4.1); none for WebSocket.
    pub fn service_name(protocol: Protocol, domain: &str) -> Option<String> {
        let prefix = match protocol {
            Protocol::Udp => "_sip._udp",
            Protocol::Tcp => "_sip._tcp",
            Protocol::Tls => "_sips._tcp",
            Protocol::Ws | Protocol::Wss => return None,
        };
        Some(format!("{prefix}.{domain}"))
    }
}

/// The protocol of a `transport` parameter, made the encrypting one for `sips`.
fn transport(name: &str, secure: bool) -> Result<Protocol, QueryError> {
    let protocol = Protocol::from_parameter(name).ok_or(QueryError::Transport)?;
    match (protocol, secure) {
        // RFC 3261 26.2.2: sips with transport=tcp is TLS over TCP.
        (Protocol::Tcp, true) => Ok(Protocol::Tls),
        (Protocol::Ws, true) => Ok(Protocol::Wss),
        (Protocol::Udp, true) => Err(QueryError::Insecure),
        _ => Ok(protocol),
    }
}

#[cfg(test)]
#[path = "query_tests.rs"]
mod tests;
