//! Ctrl-C, and what the system sends to end a process.

use crate::failure::Failure;

/// The wishes of the user and the system that this process end.
#[derive(Debug)]
pub(super) struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
}

impl Signals {
    #[cfg(unix)]
    pub(super) fn new() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let open = |kind| {
            signal(kind).map_err(|error| Failure::failed(format!("cannot catch Ctrl-C: {error}")))
        };
        Ok(Self {
            interrupt: open(SignalKind::interrupt())?,
            terminate: open(SignalKind::terminate())?,
        })
    }

    #[cfg(windows)]
    pub(super) fn new() -> Result<Self, Failure> {
        let interrupt = tokio::signal::windows::ctrl_c()
            .map_err(|error| Failure::failed(format!("cannot catch Ctrl-C: {error}")))?;
        Ok(Self { interrupt })
    }

    /// The next such wish.
    #[cfg(unix)]
    pub(super) async fn next(&mut self) {
        tokio::select! {
            biased;
            Some(()) = self.interrupt.recv() => {}
            Some(()) = self.terminate.recv() => {}
            else => std::future::pending().await,
        }
    }

    /// The next such wish.
    #[cfg(windows)]
    pub(super) async fn next(&mut self) {
        if self.interrupt.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}
