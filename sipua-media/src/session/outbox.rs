//! Where a session leaves what it wants sent and told. The caller lends it and empties it.

use std::net::SocketAddr;
use std::ops::Range;

use super::Event;

/// Which of a call's two sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RtpKind {
    /// The RTP socket.
    Rtp,
    /// The RTCP socket.
    Rtcp,
}

/// One datagram to send. Its data may be empty: RFC 6263 4.1 opens a NAT's binding so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transmit<'a> {
    /// The socket to send from.
    pub kind: RtpKind,
    /// Where to.
    pub destination: SocketAddr,
    /// The datagram.
    pub data: &'a [u8],
}

/// A reusable arena of datagrams and events.
///
/// One may serve every session of a media thread in turn: call a session, send `transmits`, take
/// `events`, `clear`. Once grown to its usual size it does not allocate.
#[derive(Debug, Default)]
pub struct Outbox {
    bytes: Vec<u8>,
    transmits: Vec<Entry>,
    events: Vec<Event>,
}

#[derive(Debug)]
struct Entry {
    kind: RtpKind,
    destination: SocketAddr,
    range: Range<usize>,
}

impl Outbox {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// The datagrams to send, in order.
    pub fn transmits(&self) -> impl ExactSizeIterator<Item = Transmit<'_>> {
        self.transmits.iter().map(|entry| Transmit {
            kind: entry.kind,
            destination: entry.destination,
            data: self.bytes.get(entry.range.clone()).unwrap_or_default(),
        })
    }

    /// What happened, in order.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Whether there is nothing to send and nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.transmits.is_empty() && self.events.is_empty()
    }

    /// Forgets all, keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.transmits.clear();
        self.events.clear();
    }

    pub(crate) fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Queues the datagram that `write` appends to the arena.
    pub(crate) fn transmit(
        &mut self,
        kind: RtpKind,
        destination: SocketAddr,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        let start = self.bytes.len();
        write(&mut self.bytes);
        let range = start..self.bytes.len();
        self.transmits.push(Entry { kind, destination, range });
    }
}
