//! Identifiers: 64 bits, never reused in a process.

use std::sync::atomic::{AtomicU64, Ordering};

/// The ids of one user agent: its number in the process above, a count below, and in the lowest bit
/// who made the call (0 we, 1 the peer). So neither side of the queue needs to ask the other for one.
#[derive(Debug)]
pub(crate) struct Ids {
    base: u64,
    next: AtomicU64,
}

impl Ids {
    pub(crate) fn new() -> Self {
        static AGENTS: AtomicU64 = AtomicU64::new(1);
        Self { base: AGENTS.fetch_add(1, Ordering::Relaxed) << 44, next: AtomicU64::new(1) }
    }

    /// The next even id: an outgoing call, an account, a request, a playback.
    pub(crate) fn allocate(&self) -> u64 {
        self.base | self.next.fetch_add(1, Ordering::Relaxed) << 1
    }

    /// The first odd id, from which the protocol core counts its incoming calls in steps of two.
    pub(crate) const fn first_incoming(&self) -> u64 {
        self.base | 1
    }
}
