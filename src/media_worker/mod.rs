//! Threads that own the media of calls: their sessions, their sockets, their clock.
//!
//! A media thread shares nothing with signalling but two queues: commands in, reports out. It never
//! waits for the application: PCM crosses through lock-free rings.

mod command;
mod ports;
mod recording;
mod thread;

use std::io;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

pub(crate) use command::{MediaCommand, MediaReport};
use mio::{Poll, Waker};
pub(crate) use ports::PortRange;
pub(crate) use recording::{RecordingFile, RecordingReport, RecordingThread};
use sipua_core::event::CallId;
use thread::WAKE;

use crate::net::Capture;

/// The media threads of a user agent.
#[derive(Debug)]
pub(crate) struct MediaThreads {
    threads: Vec<MediaThread>,
    next: usize,
}

#[derive(Debug)]
struct MediaThread {
    commands: Option<mpsc::Sender<(CallId, MediaCommand)>>,
    waker: Arc<Waker>,
    join: Option<JoinHandle<()>>,
}

/// Where a call's media lives: one of the threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MediaPlace(usize);

impl MediaThreads {
    /// Starts `count` threads that report into `reports`.
    pub(crate) fn start(
        count: usize,
        media_timeout: Duration,
        reports: &tokio::sync::mpsc::Sender<MediaReport>,
        capture: Option<Capture>,
    ) -> io::Result<Self> {
        let threads = (0..count)
            .map(|index| MediaThread::start(index, media_timeout, reports.clone(), capture.clone()))
            .collect::<io::Result<_>>()?;
        Ok(Self { threads, next: 0 })
    }

    /// The thread for one more call, in turn.
    pub(crate) fn place(&mut self) -> MediaPlace {
        let place = MediaPlace(self.next);
        self.next = (self.next + 1) % self.threads.len().max(1);
        place
    }

    /// Hands a command to a call's thread.
    pub(crate) fn send(&self, place: MediaPlace, call: CallId, command: MediaCommand) {
        if let Some(thread) = self.threads.get(place.0) {
            thread.send(call, command);
        }
    }
}

impl MediaThread {
    fn start(
        index: usize,
        media_timeout: Duration,
        reports: tokio::sync::mpsc::Sender<MediaReport>,
        capture: Option<Capture>,
    ) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        let (sender, commands) = mpsc::channel();
        let join =
            std::thread::Builder::new().name(format!("sipua-media-{index}")).spawn(move || {
                thread::Thread::new(poll, commands, reports, media_timeout, capture).run();
            })?;
        Ok(Self { commands: Some(sender), waker, join: Some(join) })
    }

    fn send(&self, call: CallId, command: MediaCommand) {
        if let Some(commands) = &self.commands
            && commands.send((call, command)).is_ok()
            && let Err(error) = self.waker.wake()
        {
            tracing::warn!(%error, "cannot wake a media thread; it looks again within a second");
        }
    }
}

impl Drop for MediaThread {
    fn drop(&mut self) {
        // A closed queue is the thread's word to stop.
        self.commands = None;
        let _ = self.waker.wake();
        if let Some(join) = self.join.take() {
            let _ = join.join();
        }
    }
}
