//! The queue of events between the engine's thread and the application.

use std::collections::VecDeque;
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sipua::{Event, EventKind};

/// The events that wait for the application.
#[derive(Debug)]
pub(crate) struct Inbox {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

#[derive(Debug)]
struct Waiting {
    events: VecDeque<Event>,
    capacity: usize,
    dropped: u64,
    /// Nothing more will come.
    closed: bool,
    bell: Option<Bell>,
}

/// Why there is no event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Silence {
    /// None came in time.
    TimedOut,
    /// None will come any more.
    Closed,
}

/// How long to wait; [`None`] is for ever.
pub(crate) type Patience = Option<Duration>;

/// Milliseconds as in C: negative is for ever.
pub(crate) fn patience(timeout_ms: i32) -> Patience {
    u64::try_from(timeout_ms).ok().map(Duration::from_millis)
}

impl Inbox {
    pub(crate) fn new(capacity: usize) -> Self {
        let events = VecDeque::new();
        let waiting =
            Waiting { events, capacity: capacity.max(1), dropped: 0, closed: false, bell: None };
        Self { waiting: Mutex::new(waiting), arrived: Condvar::new() }
    }

    /// Puts an event at the end. When the queue is full it is dropped and counted, unless it is one
    /// that comes once and that the application waits for.
    pub(crate) fn push(&self, event: Event) {
        let mut waiting = self.lock();
        let once = matches!(event.kind, EventKind::CallEnded(_) | EventKind::Stopped);
        if waiting.events.len() >= waiting.capacity && !once {
            waiting.dropped += 1;
            return;
        }
        waiting.events.push_back(event);
        waiting.show();
        drop(waiting);
        self.arrived.notify_one();
    }

    /// Whether one more event would not be dropped.
    pub(crate) fn has_room(&self) -> bool {
        let waiting = self.lock();
        waiting.events.len() < waiting.capacity
    }

    /// Counts an event that is not put in.
    pub(crate) fn drop_one(&self) {
        self.lock().dropped += 1;
    }

    /// Says that nothing more will come.
    pub(crate) fn close(&self) {
        let mut waiting = self.lock();
        waiting.closed = true;
        waiting.show();
        drop(waiting);
        self.arrived.notify_all();
    }

    /// The next event, while `wanted` says that it is still waited for; after a change of that,
    /// [`wake`](Self::wake).
    pub(crate) fn pop_while(
        &self,
        patience: Patience,
        wanted: impl Fn() -> bool,
    ) -> Result<Event, Silence> {
        let deadline = patience.map(|patience| Instant::now() + patience);
        let mut waiting = self.lock();
        loop {
            if !wanted() {
                return Err(Silence::TimedOut);
            }
            if let Some(event) = waiting.events.pop_front() {
                waiting.show();
                return Ok(event);
            }
            if waiting.closed {
                return Err(Silence::Closed);
            }
            waiting = match deadline {
                None => self.arrived.wait(waiting).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Err(Silence::TimedOut);
                    }
                    let woken = self.arrived.wait_timeout(waiting, left);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// Returns an event that was taken and could not be handed over.
    pub(crate) fn put_back(&self, event: Event) {
        let mut waiting = self.lock();
        waiting.events.push_front(event);
        waiting.show();
        drop(waiting);
        self.arrived.notify_one();
    }

    /// Lets everybody who waits look again.
    pub(crate) fn wake(&self) {
        // Taking the lock makes sure that nobody is between looking and waiting.
        drop(self.lock());
        self.arrived.notify_all();
    }

    /// Events that found the queue full.
    pub(crate) fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    /// The descriptor that is readable while events wait, and once none will come.
    #[cfg(unix)]
    pub(crate) fn descriptor(&self) -> io::Result<i32> {
        use std::os::fd::AsRawFd;
        let mut waiting = self.lock();
        if waiting.bell.is_none() {
            waiting.bell = Some(Bell::new()?);
            waiting.show();
        }
        Ok(waiting.bell.as_ref().map_or(-1, |bell| bell.reader.as_raw_fd()))
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// Makes the descriptor agree with the queue.
    fn show(&mut self) {
        let rings = self.closed || !self.events.is_empty();
        if let Some(bell) = &mut self.bell {
            bell.ring(rings);
        }
    }
}

/// A pipe that holds one byte while it rings.
#[derive(Debug)]
struct Bell {
    reader: PipeReader,
    writer: PipeWriter,
    rings: bool,
}

impl Bell {
    fn new() -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        Ok(Self { reader, writer, rings: false })
    }

    /// Neither call waits: the pipe is empty before the write and holds the byte before the read.
    fn ring(&mut self, rings: bool) {
        if rings == self.rings {
            return;
        }
        let done =
            if rings { self.writer.write_all(&[1]) } else { self.reader.read_exact(&mut [0]) };
        if done.is_ok() {
            self.rings = rings;
        }
    }
}
