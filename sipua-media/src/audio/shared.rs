//! The atomics both halves look at.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence};

/// Told when what [`want_read`](super::AudioReader::want_read) or
/// [`want_write`](super::AudioWriter::want_write) asked for has come about.
///
/// Called on the media thread, so it must return at once: set a flag, wake a task.
pub trait Ready: Send + Sync {
    /// Enough samples wait to be read, or the call is over.
    fn readable(&self);
    /// Enough room is free to write, or the call is over.
    fn writable(&self);
}

pub(super) struct Shared {
    /// The position, counted over the call's life, of the next written sample to play. The engine moves
    /// it by what it takes, `clear` to the end of what was written: whoever is first owns the samples.
    pub(super) next: AtomicU64,
    pub(super) overruns: AtomicU64,
    pub(super) underruns: AtomicU64,
    pub(super) closed: AtomicBool,
    pub(super) reader: Wish,
    pub(super) writer: Wish,
    ready: Option<Arc<dyn Ready>>,
}

impl Shared {
    pub(super) fn new(ready: Option<Arc<dyn Ready>>) -> Self {
        Self {
            next: AtomicU64::new(0),
            overruns: AtomicU64::new(0),
            underruns: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            reader: Wish::default(),
            writer: Wish::default(),
            ready,
        }
    }

    /// `available` samples can be read now.
    pub(super) fn can_read(&self, available: usize) {
        if self.reader.granted(available)
            && let Some(ready) = &self.ready
        {
            ready.readable();
        }
    }

    /// `free` samples can be written now.
    pub(super) fn can_write(&self, free: usize) {
        if self.writer.granted(free)
            && let Some(ready) = &self.ready
        {
            ready.writable();
        }
    }

    /// The engine is gone: nobody need wait any longer.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.can_read(usize::MAX);
        self.can_write(usize::MAX);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("next", &self.next)
            .field("closed", &self.closed)
            .finish_non_exhaustive()
    }
}

/// How many samples somebody waits for; 0 when nobody does.
#[derive(Debug, Default)]
pub(super) struct Wish(AtomicUsize);

impl Wish {
    /// Announces the wish; whoever looks at the ring after this cannot miss the other side's change
    /// and be missed by it.
    pub(super) fn make(&self, count: usize) {
        self.0.store(count.max(1), Ordering::Relaxed);
        fence(Ordering::SeqCst);
    }

    pub(super) fn withdraw(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// Whether `count` fulfils a wish, which is then over.
    fn granted(&self, count: usize) -> bool {
        fence(Ordering::SeqCst);
        let wanted = self.0.load(Ordering::Relaxed);
        wanted != 0 && count >= wanted && self.0.swap(0, Ordering::AcqRel) != 0
    }
}
