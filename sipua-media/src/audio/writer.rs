//! The application's end of what the peer shall hear.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use rtrb::Producer;

use super::shared::Shared;

/// Writes what the peer shall hear. One of the two parts of an [`AudioPort`](super::AudioPort).
#[derive(Debug)]
pub struct AudioWriter {
    rate: u32,
    ring: Producer<i16>,
    marks: Producer<Mark>,
    /// Samples taken since the call began: the position of the next one.
    written: u64,
    shared: Arc<Shared>,
}

/// A place in what was written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) id: u64,
    /// Reached when every sample before this position is gone.
    pub(super) position: u64,
    /// Every sample before it was gone already when it was set, so no `clear` can take it back.
    pub(super) due: bool,
}

impl AudioWriter {
    pub(super) fn new(
        rate: u32,
        ring: Producer<i16>,
        marks: Producer<Mark>,
        shared: Arc<Shared>,
    ) -> Self {
        Self { rate, ring, marks, written: 0, shared }
    }

    /// Hands over samples and says how many were taken: the rest did not fit. Never waits.
    pub fn write(&mut self, samples: &[i16]) -> usize {
        let (taken, _rest) = self.ring.push_partial_slice(samples);
        self.written += taken.len() as u64;
        taken.len()
    }

    /// Drops what has not been played yet and says how many samples that was, exactly: the engine takes
    /// none of them from now on, and reports none of the marks between them.
    ///
    /// Their room can be written again after the engine's next tick.
    pub fn clear(&mut self) -> usize {
        let next = self.shared.next.fetch_max(self.written, Ordering::AcqRel);
        usize::try_from(self.written - next).unwrap_or(usize::MAX)
    }

    /// Asks for a report of `id` when everything written so far has been played. False when too many
    /// marks wait already.
    pub fn mark(&mut self, id: u64) -> bool {
        let due = self.buffered() == 0;
        self.marks.push(Mark { id, position: self.written, due }).is_ok()
    }

    /// How many written samples have neither been played nor cleared.
    pub fn buffered(&self) -> usize {
        let next = self.shared.next.load(Ordering::Acquire);
        usize::try_from(self.written - next).unwrap_or(usize::MAX)
    }

    /// How many samples can be written now.
    pub fn space(&self) -> usize {
        self.ring.slots()
    }

    /// True when `count` samples (at most the ring's size) can be written, or none will be played any
    /// more. Otherwise [`Ready::writable`](super::Ready::writable) will be called once when it is so; it
    /// may be called in the other case too.
    pub fn want_write(&mut self, count: usize) -> bool {
        let count = count.min(self.ring.buffer().capacity());
        self.shared.writer.make(count);
        let now = self.ring.slots() >= count || self.shared.is_closed();
        if now {
            self.shared.writer.withdraw();
        }
        now
    }

    /// Samples a second.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// How often, since the call began, the written audio ran out while it was being played. An end
    /// that bears a mark, or was made by `clear`, was meant and does not count.
    pub fn underruns(&self) -> u64 {
        self.shared.underruns.load(Ordering::Relaxed)
    }

    /// Whether the call's media is over: nothing written will be played any more.
    pub fn is_closed(&self) -> bool {
        self.shared.is_closed()
    }
}
