//! What the driver and the handles both look at: the living calls and the readers of events.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sipua_core::event::CallId;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::call_shared::CallShared;
use crate::event::Event;

/// The living calls and the readers of events of one user agent.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    calls: Mutex<HashMap<CallId, Arc<CallShared>>>,
    readers: Mutex<Vec<mpsc::Sender<Event>>>,
    events_dropped: AtomicU64,
}

impl Registry {
    pub(crate) fn call(&self, id: CallId) -> Option<Arc<CallShared>> {
        lock(&self.calls).get(&id).cloned()
    }

    pub(crate) fn calls(&self) -> Vec<Arc<CallShared>> {
        lock(&self.calls).values().cloned().collect()
    }

    pub(crate) fn insert(&self, call: Arc<CallShared>) {
        lock(&self.calls).insert(call.id, call);
    }

    pub(crate) fn remove(&self, id: CallId) {
        lock(&self.calls).remove(&id);
    }

    /// A new reader of all events from now on.
    pub(crate) fn subscribe(&self, capacity: usize) -> mpsc::Receiver<Event> {
        let (sender, receiver) = mpsc::channel(capacity.max(1));
        lock(&self.readers).push(sender);
        receiver
    }

    /// Whether anybody would hear of an event.
    pub(crate) fn has_readers(&self) -> bool {
        lock(&self.readers).iter().any(|reader| !reader.is_closed())
    }

    pub(crate) fn events_dropped(&self) -> u64 {
        self.events_dropped.load(Ordering::Relaxed)
    }

    /// There will be no more events.
    pub(crate) fn close(&self) {
        lock(&self.readers).clear();
    }

    /// Hands an event to every reader; one that does not keep up misses it, which is counted. True
    /// when at least one got it.
    pub(crate) fn publish(&self, event: Event) -> bool {
        let mut heard = false;
        lock(&self.readers).retain(|reader| match reader.try_send(event.clone()) {
            Ok(()) => {
                heard = true;
                true
            }
            Err(TrySendError::Full(event)) => {
                let dropped = self.events_dropped.fetch_add(1, Ordering::Relaxed) + 1;
                tracing::warn!(event = event.name(), dropped, "an event was dropped: nobody reads");
                true
            }
            Err(TrySendError::Closed(_)) => false,
        });
        heard
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What the locks guard is whole after every instruction; a panic elsewhere does not spoil it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
