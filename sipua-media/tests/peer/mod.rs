//! The peer of the negotiation, and how to look at what it is told.
#![allow(dead_code, reason = "each test file uses its part")]

use std::sync::Arc;

use sipua_media::sdp::{Capabilities, LocalAddress, Negotiator};

/// Where the negotiators of the tests receive.
pub(crate) fn local() -> LocalAddress {
    LocalAddress { ip: [192, 0, 2, 1].into(), rtp_port: 4000, rtcp_port: 4001 }
}

/// A negotiator with PCMU, PCMA and telephone-event.
pub(crate) fn negotiator() -> Negotiator {
    negotiator_with(Capabilities::default())
}

pub(crate) fn negotiator_with(capabilities: Capabilities) -> Negotiator {
    Negotiator::new(Arc::new(capabilities), 77, local())
}

/// A peer's description with these lines for its media.
pub(crate) fn description(media: &[&str]) -> Vec<u8> {
    let head = ["v=0", "o=peer 1 1 IN IP4 192.0.2.9", "s=-", "c=IN IP4 192.0.2.9", "t=0 0"];
    let lines: Vec<&str> = head.iter().chain(media).copied().collect();
    (lines.join("\r\n") + "\r\n").into_bytes()
}

/// The lines of a description that begin so.
pub(crate) fn lines<'a>(description: &'a [u8], start: &str) -> Vec<&'a str> {
    let text = std::str::from_utf8(description).unwrap();
    assert!(text.ends_with("\r\n"), "the last line is not ended: {text:?}");
    text.split_terminator("\r\n").filter(|line| line.starts_with(start)).collect()
}

/// Whether a description has exactly this line.
pub(crate) fn has(description: &[u8], line: &str) -> bool {
    lines(description, line).contains(&line)
}

/// The version of a description.
pub(crate) fn version(description: &[u8]) -> u64 {
    lines(description, "o=")[0].split(' ').nth(2).unwrap().parse().unwrap()
}
