//! What a call's handles and the driver share: a picture of the call, brought up to date by its events.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sipua_core::event::{AccountId, CallId, ExtraHeader};
use tokio::sync::Notify;

use crate::call_state::CallState;
use crate::event::{Event, EventKind, IncomingCall, MediaInfo};
use crate::record::{CallDirection, CallRecord};

/// Digits kept for a reader that does not come; the oldest goes first.
const DIGITS: usize = 128;

/// One call as its handles see it. The lock is held for a few instructions, never across a wait.
#[derive(Debug)]
pub(crate) struct CallShared {
    pub(crate) id: CallId,
    pub(crate) direction: CallDirection,
    pub(crate) account: Option<AccountId>,
    view: Mutex<CallView>,
    changed: Notify,
}

#[derive(Debug)]
pub(crate) struct CallView {
    pub(crate) state: CallState,
    /// Either side holds it.
    held: bool,
    pub(crate) incoming: Option<Arc<IncomingCall>>,
    pub(crate) call_id: Option<Arc<str>>,
    pub(crate) tag: Option<Arc<str>>,
    /// Header fields for the next response of an incoming call.
    pub(crate) headers: Vec<ExtraHeader>,
    pub(crate) media: Option<Box<MediaInfo>>,
    pub(crate) digits: VecDeque<char>,
    /// Digits that nobody collected before newer ones needed their place.
    pub(crate) digits_lost: u64,
    pub(crate) record: Option<Arc<CallRecord>>,
}

impl CallShared {
    pub(crate) fn new(
        id: CallId,
        direction: CallDirection,
        account: Option<AccountId>,
        tag: Option<Arc<str>>,
    ) -> Self {
        let state = match direction {
            CallDirection::Incoming => CallState::Incoming,
            CallDirection::Outgoing => CallState::Calling,
        };
        let view = CallView {
            state,
            held: false,
            incoming: None,
            call_id: None,
            tag,
            headers: Vec::new(),
            media: None,
            digits: VecDeque::new(),
            digits_lost: 0,
            record: None,
        };
        Self { id, direction, account, view: Mutex::new(view), changed: Notify::new() }
    }

    pub(crate) fn view(&self) -> MutexGuard<'_, CallView> {
        // A panic while the lock was held cannot leave half a picture that matters.
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn state(&self) -> CallState {
        self.view().state
    }

    /// Waits until `ready` finds what it looks for.
    pub(crate) async fn wait<T>(&self, mut ready: impl FnMut(&mut CallView) -> Option<T>) -> T {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // Registered before the look, so that nothing between look and wait is missed.
            changed.as_mut().enable();
            if let Some(found) = ready(&mut self.view()) {
                return found;
            }
            changed.await;
        }
    }

    /// Brings the picture up to date.
    pub(crate) fn apply(&self, event: &Event) {
        let mut view = self.view();
        if view.call_id.is_none() {
            view.call_id.clone_from(&event.call_id);
        }
        match &event.kind {
            EventKind::IncomingCall(incoming) => view.incoming = Some(Arc::clone(incoming)),
            EventKind::CallRinging { .. } | EventKind::CallProgress { .. }
                if view.state.is_early() =>
            {
                view.state = CallState::Ringing;
            }
            EventKind::CallAnswered { .. } if view.state != CallState::Ending => {
                view.state = match self.direction {
                    CallDirection::Incoming => CallState::Answering,
                    CallDirection::Outgoing => view.established(),
                };
            }
            EventKind::CallConfirmed if view.state == CallState::Answering => {
                view.state = view.established();
            }
            EventKind::HoldChanged { local, remote } => {
                view.held = *local || *remote;
                if matches!(view.state, CallState::Established | CallState::Held) {
                    view.state = view.established();
                }
            }
            EventKind::MediaStarted(info) | EventKind::MediaChanged(info) => {
                view.media = Some(Box::new(info.clone()));
            }
            EventKind::Dtmf { digit, .. } => view.push_digit(*digit),
            EventKind::CallEnded(record) => {
                view.state = CallState::Ended;
                view.record = Some(Arc::clone(record));
            }
            _ => return,
        }
        drop(view);
        self.changed.notify_waiters();
    }

    /// We asked for the end; what comes now cannot make it established again.
    pub(crate) fn ending(&self) {
        let mut view = self.view();
        if view.state != CallState::Ended {
            view.state = CallState::Ending;
        }
    }
}

impl CallView {
    const fn established(&self) -> CallState {
        if self.held { CallState::Held } else { CallState::Established }
    }

    fn push_digit(&mut self, digit: char) {
        if self.digits.len() == DIGITS {
            self.digits.pop_front();
            self.digits_lost += 1;
        }
        self.digits.push_back(digit);
    }
}
