//! Standard output has a thread of its own: a reader that does not read must not stop the calls.

use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

/// Blocks of lines on their way; past it they are left out and counted.
const QUEUE: usize = 256;

/// The way to standard output.
#[derive(Debug)]
pub(super) struct Writer {
    blocks: Option<SyncSender<Vec<u8>>>,
    /// Why nothing can be written any more.
    failure: Arc<OnceLock<io::ErrorKind>>,
    /// Blocks handed over and not yet written.
    pending: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
    dropped_lines: usize,
}

impl Writer {
    pub(super) fn start() -> io::Result<Self> {
        let (blocks, queue) = sync_channel(QUEUE);
        let failure = Arc::<OnceLock<_>>::default();
        let told = Arc::clone(&failure);
        let pending = Arc::<AtomicUsize>::default();
        let written = Arc::clone(&pending);
        let thread = std::thread::Builder::new()
            .name("sipua-output".to_owned())
            .spawn(move || write_blocks(&queue, &told, &written))?;
        let thread = Some(thread);
        Ok(Self { blocks: Some(blocks), failure, pending, thread, dropped_lines: 0 })
    }

    /// Hands whole lines over. An error is one that an earlier block met.
    pub(super) fn write(&mut self, lines: Vec<u8>) -> io::Result<()> {
        let Some(blocks) = &self.blocks else { return self.result() };
        self.pending.fetch_add(1, Ordering::Relaxed);
        if let Err(TrySendError::Full(lines)) = blocks.try_send(lines) {
            self.pending.fetch_sub(1, Ordering::Relaxed);
            self.dropped_lines += lines.iter().filter(|byte| **byte == b'\n').count();
        }
        self.result()
    }

    /// Waits until all is written. Returns how many lines were left out.
    pub(super) fn finish(&mut self) -> io::Result<usize> {
        self.blocks = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        self.result().map(|()| self.dropped_lines)
    }

    /// Whether there may be an error yet.
    pub(super) fn is_pending(&self) -> bool {
        self.pending.load(Ordering::Relaxed) > 0
    }

    pub(super) fn result(&self) -> io::Result<()> {
        self.failure.get().map_or(Ok(()), |kind| Err((*kind).into()))
    }
}

fn write_blocks(
    queue: &Receiver<Vec<u8>>,
    failure: &OnceLock<io::ErrorKind>,
    pending: &AtomicUsize,
) {
    while let Ok(block) = queue.recv() {
        let mut output = io::stdout().lock();
        if let Err(error) = output.write_all(&block).and_then(|()| output.flush()) {
            let _ = failure.set(error.kind());
            return;
        }
        pending.fetch_sub(1, Ordering::Relaxed);
    }
}
