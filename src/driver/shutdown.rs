//! Stopping: calls end, registrations are taken back, then the loop ends.

use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::{Driver, DriverCommand};
use crate::agent::{Command, Output};
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
                self.close_commands(now);
            }
        }
    }

    /// No command is taken any more; those that were given before the handles could know are answered.
    fn close_commands(&mut self, now: Instant) {
        self.commands.close();
        while let Ok(command) = self.commands.try_recv() {
            match command {
                DriverCommand::Agent(Command::Dial { call, .. }) => {
                    self.agent.refuse_dial(call, now);
                }
                // What waits for an answer learns from the dropped sender that it has stopped.
                DriverCommand::Request { .. } => {}
                other => self.handle_command(other, now),
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
        self.agent.end_all(now);
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

/// However the loop ends, with its runtime or by a fault, nobody waits for it for ever.
impl Drop for Driver {
    fn drop(&mut self) {
        let now = Instant::now();
        // Recorders that still wait for their media are let go before their thread is waited for.
        self.state.calls.clear();
        self.drop_media(now);
        self.agent.end_all(now);
        while let Some(output) = self.agent.poll_output() {
            if let Output::Event(event) = output {
                self.tell(event);
            }
        }
        self.registry.close();
    }
}
