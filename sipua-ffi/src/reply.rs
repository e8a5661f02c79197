//! One answer from the engine's thread to a thread of the application that waits for it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::error::{Problem, Result};
use crate::inbox::Patience;

/// A pair: who answers, and who waits.
pub(crate) fn reply<T>() -> (Answer<T>, Question<T>) {
    let slot = Arc::new(Slot { state: Mutex::new(State::Open), changed: Condvar::new() });
    (Answer(Arc::clone(&slot)), Question(slot))
}

struct Slot<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

enum State<T> {
    Open,
    Answered(T),
    /// The thread that would have answered is gone.
    Abandoned,
}

/// The side that answers; dropped without an answer, it says that there will be none.
pub(crate) struct Answer<T>(Arc<Slot<T>>);

/// The side that waits.
pub(crate) struct Question<T>(Arc<Slot<T>>);

impl<T> Answer<T> {
    pub(crate) fn give(self, answer: T) {
        *self.0.lock() = State::Answered(answer);
    }
}

impl<T> Drop for Answer<T> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        if matches!(*state, State::Open) {
            *state = State::Abandoned;
        }
        drop(state);
        self.0.changed.notify_one();
    }
}

impl<T> Question<T> {
    /// Waits for the answer.
    pub(crate) fn wait(self, patience: Patience) -> Result<T> {
        let open = |state: &mut State<T>| matches!(state, State::Open);
        let state = self.0.lock();
        let mut state = match patience {
            None => self.0.changed.wait_while(state, open).unwrap_or_else(PoisonError::into_inner),
            Some(patience) => {
                let waited = self.0.changed.wait_timeout_while(state, patience, open);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
        };
        match std::mem::replace(&mut *state, State::Abandoned) {
            State::Answered(answer) => Ok(answer),
            State::Open => Err(Problem::timed_out()),
            State::Abandoned => Err(Problem::stopped()),
        }
    }
}

impl<T> Slot<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
