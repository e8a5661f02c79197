//! Via values.

use std::net::IpAddr;

use super::fault::Fault;
use super::params::Params;
use super::scan::{find_unquoted, split_at_byte, trim, trim_str};
use super::token::{is_token, is_white};
use super::uri::Host;

/// One Via value (RFC 3261 20.42).
#[derive(Debug, Clone, Copy)]
pub struct Via<'a> {
    /// The whole value, verbatim.
    pub text: &'a [u8],
    /// `UDP`, `TCP`, `TLS` …, in its own case.
    pub transport: &'a str,
    /// The sender's host.
    pub host: Host<'a>,
    /// The sender's port, when written.
    pub port: Option<u16>,
    /// The parameters.
    pub params: Params<'a>,
}

/// RFC 3261 8.1.1.7: what the branch of a client that follows it starts with.
pub const BRANCH_COOKIE: &str = "z9hG4bK";

impl<'a> Via<'a> {
    /// Reads one value (not a comma-separated list).
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &'a [u8]) -> Result<Self, Fault> {
        let text = trim(text);
        if text.is_empty() {
            return Err(Fault::Empty);
        }
        let (transport, rest) = split_protocol(text)?;
        let end = find_unquoted(rest, b';').unwrap_or(rest.len());
        let (sent_by, params) = rest.split_at_checked(end).unwrap_or((rest, b""));
        let sent_by = std::str::from_utf8(sent_by).map_err(|_| Fault::NotUtf8)?;
        let (host, port) = Host::parse_with_port(trim_str(sent_by)).ok_or(Fault::Host)?;
        Ok(Self { text, transport, host, port, params: Params::parse(params)? })
    }

    /// The `branch` parameter.
    #[must_use]
    pub fn branch(&self) -> Option<&'a str> {
        self.params.value("branch")
    }

    /// The branch, when it is a transaction identifier: it starts with the cookie and goes on
    /// (RFC 3261 17.2.3).
    #[must_use]
    pub fn transaction_branch(&self) -> Option<&'a str> {
        self.branch().filter(|branch| {
            branch.len() > BRANCH_COOKIE.len()
                && branch
                    .get(..BRANCH_COOKIE.len())
                    .is_some_and(|c| c.eq_ignore_ascii_case(BRANCH_COOKIE))
        })
    }

    /// The `received` parameter (RFC 3261 18.2.1).
    #[must_use]
    pub fn received(&self) -> Option<IpAddr> {
        Host::parse(self.params.value("received")?)?.ip()
    }

    /// The `rport` parameter (RFC 3581): `Some(None)` asks for it, `Some(Some(port))` fills it.
    #[must_use]
    pub fn rport(&self) -> Option<Option<u16>> {
        self.params.get("rport").map(|value| value.and_then(|port| port.parse().ok()))
    }

    /// The `maddr` parameter.
    #[must_use]
    pub fn maddr(&self) -> Option<Host<'a>> {
        Host::parse(self.params.value("maddr")?)
    }

    /// The `ttl` parameter.
    #[must_use]
    pub fn ttl(&self) -> Option<u8> {
        self.params.value("ttl")?.parse().ok()
    }
}

/// `SIP / 2.0 / transport LWS`, then the rest.
fn split_protocol(text: &[u8]) -> Result<(&str, &[u8]), Fault> {
    let rest = match text.get(..8) {
        Some(start) if start.eq_ignore_ascii_case(b"SIP/2.0/") => text.get(8..).unwrap_or_default(),
        _ => {
            let (protocol, rest) = split_slash(text)?;
            let (version, rest) = split_slash(rest)?;
            if !protocol.eq_ignore_ascii_case(b"SIP") || version != b"2.0" {
                return Err(Fault::Version);
            }
            rest
        }
    };
    let start = rest.iter().position(|&b| !is_white(b)).ok_or(Fault::Empty)?;
    let rest = rest.get(start..).unwrap_or_default();
    let end = rest.iter().position(|&b| is_white(b)).ok_or(Fault::Host)?;
    let (transport, rest) = rest.split_at_checked(end).unwrap_or((rest, b""));
    if !is_token(transport) {
        return Err(Fault::Character);
    }
    Ok((std::str::from_utf8(transport).map_err(|_| Fault::NotUtf8)?, rest))
}

fn split_slash(text: &[u8]) -> Result<(&[u8], &[u8]), Fault> {
    let slash = memchr::memchr(b'/', text).ok_or(Fault::Version)?;
    let (left, right) = split_at_byte(text, slash);
    Ok((trim(left), right))
}
