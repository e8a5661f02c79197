//! The thread that calls the application's event callback.

use std::cell::Cell;
use std::ffi::c_void;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use crate::agent::Agent;
use crate::error::{Problem, Result};
use crate::event::{Boxed, EventCallback, EventFunction};
use crate::inbox::Silence;
use crate::status::SIPUA_ERROR_IO;

thread_local! {
    /// The handle of the agent whose callbacks this thread calls; 0 on every other thread.
    static WATCHES: Cell<usize> = const { Cell::new(0) };
}

/// The callback of a user agent, and the thread that calls it.
#[derive(Debug, Default)]
pub(crate) struct Watcher {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    callback: Option<Callback>,
    /// The callback is being called now.
    running: bool,
    /// The agent comes to its end.
    finishing: bool,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Clone, Copy)]
struct Callback {
    function: EventFunction,
    userdata: *mut c_void,
}

// SAFETY: the pointer is only handed back to the application, which is told of the thread.
unsafe impl Send for Callback {}

/// Whether the calling thread is inside the callback of the agent with this handle.
pub(crate) fn inside(handle: usize) -> bool {
    WATCHES.get() == handle
}

impl Watcher {
    pub(crate) fn is_set(&self) -> bool {
        self.lock().callback.is_some()
    }

    /// Sets, replaces or takes away the callback. When it returns, the former one does not run any
    /// more; from inside of it: is not called again.
    pub(crate) fn set(
        &self,
        agent: &Arc<Agent>,
        function: EventCallback,
        userdata: *mut c_void,
    ) -> Result<()> {
        let mut state = self.lock();
        if state.finishing {
            // The last events are being told; the userdata of a new callback would not be waited for.
            return Err(Problem::gone("user agent"));
        }
        if function.is_some() && state.thread.is_none() {
            let agent = Arc::clone(agent);
            let thread = std::thread::Builder::new()
                .name("sipua-events".to_owned())
                .spawn(move || watch(&agent));
            state.thread = Some(thread.map_err(|error| {
                Problem::new(SIPUA_ERROR_IO, format!("cannot start a thread: {error}"))
            })?);
        }
        state.callback = function.map(|function| Callback { function, userdata });
        drop(state);
        self.changed.notify_all();
        agent.inbox.wake();
        if !inside(agent.handle()) {
            drop(self.wait(|state| !state.running));
        }
        Ok(())
    }

    /// Waits until the last event was told and the thread has ended.
    pub(crate) fn finish(&self) {
        let mut state = self.lock();
        state.finishing = true;
        let thread = state.thread.take();
        drop(state);
        self.changed.notify_all();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }

    /// Begins a call of the callback, if there is one.
    fn begin(&self) -> Option<Callback> {
        let mut state = self.lock();
        state.running = state.callback.is_some();
        state.callback
    }

    fn end(&self) {
        self.lock().running = false;
        self.changed.notify_all();
    }

    fn wait(&self, until: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let state = self.lock();
        let waited = self.changed.wait_while(state, |state| !until(state));
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread: takes events while there is a callback, until the last one.
fn watch(agent: &Arc<Agent>) {
    WATCHES.set(agent.handle());
    let watcher = &agent.watcher;
    loop {
        let state = watcher.wait(|state| state.callback.is_some() || state.finishing);
        let abandoned = state.callback.is_none();
        drop(state);
        if abandoned {
            return;
        }
        match agent.inbox.pop_while(None, || watcher.is_set()) {
            Ok(event) => tell(agent, event),
            Err(Silence::TimedOut) => {}
            Err(Silence::Closed) => return,
        }
    }
}

/// Calls the callback with one event, no lock held.
fn tell(agent: &Agent, event: sipua::Event) {
    let Some(Callback { function, userdata }) = agent.watcher.begin() else {
        agent.inbox.put_back(event);
        return;
    };
    let event = Boxed::new(agent, event);
    // SAFETY: the application gave this function for this signature; the event lives until after it.
    unsafe { function(event.as_ptr(), userdata) };
    agent.watcher.end();
}
