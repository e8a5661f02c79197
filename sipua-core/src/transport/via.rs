//! Writing our Via, completing a peer's, and where a response goes.

use std::fmt::Write;
use std::net::SocketAddr;

use super::{DEFAULT_PORT, Flow};
use crate::message::{BRANCH_COOKIE, Host, Via};

/// The value of the Via for a request of ours.
pub(crate) fn via_value(flow: &Flow, token: u64) -> String {
    // Without the scope of a link-local address, which means nothing to the peer.
    let sent_by = SocketAddr::new(flow.local.ip(), flow.local.port());
    let protocol = flow.protocol.as_str();
    // RFC 3261 8.1.1.7 for the branch, RFC 3581 3 for rport.
    format!("SIP/2.0/{protocol} {sent_by};branch={BRANCH_COOKIE}{token:016x};rport")
}

/// The token of a branch that [`via_value`] wrote, or none.
pub(crate) fn branch_of(via: &Via<'_>) -> Option<u64> {
    let token = via.branch()?.strip_prefix(BRANCH_COOKIE)?;
    let ours = token.len() == 16 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
    if ours { u64::from_str_radix(token, 16).ok() } else { None }
}

/// The top Via of a received request with what its sender cannot know of itself; none when it is right
/// as it is.
pub(crate) fn received_via(via: &Via<'_>, source: &Flow) -> Option<String> {
    let address = source.remote.ip().to_canonical();
    let asks_for_port = via.rport().is_some();
    let differs = !matches!(via.host, Host::Ip(ip) if ip.to_canonical() == address);
    if !differs && !asks_for_port && !via.params.contains("received") {
        return None;
    }
    let text = String::from_utf8_lossy(via.text);
    let sent_by = text.split(';').next().unwrap_or_default().trim_end();
    let mut value = String::with_capacity(text.len() + 48);
    value.push_str(sent_by);
    for (name, parameter) in via.params.iter() {
        let written = match parameter {
            // A `received` of the sender's own making would be believed by whoever reads it next.
            _ if name.eq_ignore_ascii_case("received") => Ok(()),
            // RFC 3581 4
            _ if name.eq_ignore_ascii_case("rport") => {
                write!(value, ";rport={}", source.remote.port())
            }
            Some(parameter) => write!(value, ";{name}={parameter}"),
            None => write!(value, ";{name}"),
        };
        written.ok()?;
    }
    // RFC 3261 18.2.1; RFC 3581 4 asks for it even where it is equal.
    if differs || asks_for_port {
        write!(value, ";received={address}").ok()?;
    }
    Some(value)
}

/// Where the response to a request goes that came over `source` with `via` on top (RFC 3261 18.2.2,
/// RFC 3581 4).
///
/// A `maddr` is followed only to where the request came from or to a multicast group: whoever it
/// names elsewhere did not ask, and every request would make us send to him.
pub fn response_flow(via: &Via<'_>, source: Flow) -> Flow {
    if source.protocol.is_reliable() {
        return source;
    }
    let written = via.port.unwrap_or(DEFAULT_PORT);
    let remote = match via.maddr() {
        Some(Host::Ip(address)) if address.is_multicast() => SocketAddr::new(address, written),
        Some(Host::Ip(address)) if address.to_canonical() == source.remote.ip().to_canonical() => {
            with_port(source.remote, written)
        }
        _ if via.rport().is_some() => source.remote,
        // `received` is the source's address wherever it differs from sent-by, so it is that anyway.
        _ => with_port(source.remote, written),
    };
    Flow { remote, ..source }
}

/// The same address, scope and all, with another port.
fn with_port(mut address: SocketAddr, port: u16) -> SocketAddr {
    address.set_port(port);
    address
}

#[cfg(test)]
#[path = "via_tests.rs"]
mod tests;
