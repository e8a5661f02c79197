//! The application's end of what the peer says.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use rtrb::Consumer;

use super::shared::Shared;

/// Reads what the peer says. One of the two parts of an [`AudioPort`](super::AudioPort).
#[derive(Debug)]
pub struct AudioReader {
    rate: u32,
    ring: Consumer<i16>,
    shared: Arc<Shared>,
}

impl AudioReader {
    pub(super) fn new(rate: u32, ring: Consumer<i16>, shared: Arc<Shared>) -> Self {
        Self { rate, ring, shared }
    }

    /// Takes up to `samples.len()` samples and says how many there were; never waits.
    pub fn read(&mut self, samples: &mut [i16]) -> usize {
        self.ring.pop_partial_slice(samples).0.len()
    }

    /// How many samples wait to be read.
    pub fn available(&self) -> usize {
        self.ring.slots()
    }

    /// Drops what waits to be read, to go on with what is said from now on; says how much that was.
    pub fn skip(&mut self) -> usize {
        let waiting = self.ring.slots();
        self.ring.read_chunk(waiting).map_or(0, |chunk| {
            chunk.commit_all();
            waiting
        })
    }

    /// True when `count` samples (at most the ring's size) can be read, or none will come any more.
    /// Otherwise [`Ready::readable`](super::Ready::readable) will be called once when it is so; it may
    /// be called in the other case too.
    pub fn want_read(&mut self, count: usize) -> bool {
        let count = count.min(self.ring.buffer().capacity());
        self.shared.reader.make(count);
        let now = self.ring.slots() >= count || self.shared.is_closed();
        if now {
            self.shared.reader.withdraw();
        }
        now
    }

    /// Samples a second.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// How many received samples were dropped, since the call began, because they were not read in time.
    pub fn overruns(&self) -> u64 {
        self.shared.overruns.load(Ordering::Relaxed)
    }

    /// Whether the call's media is over. What was received before can still be read.
    pub fn is_closed(&self) -> bool {
        self.shared.is_closed()
    }
}
