//! Stopping: calls end, registrations are taken back, then the loop ends.

use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::Driver;
use crate::agent::Command;
use crate::event::EventKind;

/// How long peers and registrars have to answer our goodbyes.
const GRACE: Duration = Duration::from_secs(4);

/// Whether the user agent works or is stopping.
#[derive(Debug, Default)]
pub(super) enum Phase {
    #[default]
    Working,
    Closing {
        until: Instant,
        done: Vec<oneshot::Sender<()>>,
    },
}

impl Phase {
    pub(super) const fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Working => None,
            Self::Closing { until, .. } => Some(*until),
        }
    }

    pub(super) const fn is_closing(&self) -> bool {
        matches!(self, Self::Closing { .. })
    }
}

impl Driver {
    pub(super) fn begin_shutdown(&mut self, done: Option<oneshot::Sender<()>>, now: Instant) {
        match &mut self.state.phase {
            Phase::Closing { done: waiting, .. } => waiting.extend(done),
            Phase::Working => {
                let done = done.into_iter().collect();
                self.state.phase = Phase::Closing { until: now + GRACE, done };
                for call in self.agent.call_ids() {
                    self.agent_command(Command::Hangup { call, termination: None }, now);
                }
                self.agent.unregister_all(now);
            }
        }
    }

    /// True when the loop shall end.
    pub(super) fn shut_down(&mut self, now: Instant) -> bool {
        let Phase::Closing { until, .. } = &self.state.phase else { return false };
        if now < *until && (self.agent.calls() > 0 || self.agent.registered() > 0) {
            return false;
        }
        self.drop_media(now);
        self.agent.emit(EventKind::Stopped, now);
        self.deliver();
        self.registry.close();
        if let Phase::Closing { done, .. } = &mut self.state.phase {
            for done in done.drain(..) {
                let _ = done.send(());
            }
        }
        true
    }

    /// Ends the media threads, then the recordings, which are complete after that.
    fn drop_media(&mut self, now: Instant) {
        self.media = None;
        if let Some(thread) = self.recordings.take() {
            drop(thread);
            while let Ok(report) = self.recording_reports.try_recv() {
                self.handle_recording_report(report, now);
            }
        }
    }
}
