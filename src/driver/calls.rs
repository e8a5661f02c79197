//! What the driver keeps of a call, and how its events reach the application.

use std::sync::Arc;
use std::time::Instant;

use sipua_core::event::{self as core, CallId};
use tokio::sync::oneshot;

use super::Driver;
use crate::agent;
use crate::call_shared::CallShared;
use crate::event::{Event, EventKind};
use crate::media_worker::{MediaCommand, MediaPlace};
use crate::record::CallDirection;

/// A call as the driver sees it.
#[derive(Debug, Default)]
pub(super) struct DriverCall {
    pub(super) place: Option<MediaPlace>,
    /// What the application asked before there was media.
    pub(super) early: Vec<MediaCommand>,
    pub(super) playing: Option<(u64, oneshot::Sender<bool>)>,
    pub(super) dialling: Vec<(u64, oneshot::Sender<()>)>,
}

impl Driver {
    pub(super) fn agent_command(&mut self, command: agent::Command, now: Instant) {
        let call = command.call();
        if let Err(error) = self.agent.handle_command(command, now) {
            let text = Arc::from(error.to_string());
            match call {
                Some(call) => self.agent.emit_call(call, EventKind::Warning { text }, now),
                None => self.agent.emit(EventKind::Warning { text }, now),
            }
            // A call that could not even be begun would leave its handle waiting for ever.
            if let Some(call) = call {
                self.agent.end_unbegun(call, &error, now);
            }
        }
    }

    /// Brings the handles' picture up to date and hands the event to its readers.
    pub(super) fn tell(&mut self, event: Event) {
        let Some(id) = event.call else {
            let _ = self.registry.publish(event);
            return;
        };
        if matches!(event.kind, EventKind::IncomingCall(_)) && !self.announce(id, &event) {
            return;
        }
        if let Some(shared) = self.registry.call(id) {
            shared.apply(&event);
        }
        if matches!(event.kind, EventKind::CallEnded(_)) {
            self.registry.remove(id);
            self.state.calls.remove(&id);
        }
        let arrives = matches!(event.kind, EventKind::IncomingCall(_));
        let heard = self.registry.publish(event);
        if arrives && !heard {
            // The application does not keep up with its events.
            self.refuse(id, 503);
        }
    }

    fn refuse(&mut self, call: CallId, code: u16) {
        let reject = core::Command::Reject { call, code, reason: None, headers: Vec::new() };
        self.agent_command(agent::Command::Core(reject), Instant::now());
    }

    /// A call that nobody can hear of is refused; otherwise it gets its place among the living ones.
    fn announce(&mut self, id: CallId, event: &Event) -> bool {
        if self.state.phase.is_closing() || !self.registry.has_readers() {
            self.refuse(id, if self.state.phase.is_closing() { 503 } else { 480 });
            return false;
        }
        let (account, tag) = (event.account, event.tag.clone());
        let shared = CallShared::new(id, CallDirection::Incoming, account, tag);
        self.registry.insert(Arc::new(shared));
        true
    }
}
