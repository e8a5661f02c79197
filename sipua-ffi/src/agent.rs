//! A user agent with its thread: a tokio runtime of its own that drives the engine and fills the inbox.

use std::collections::HashMap;
use std::ffi::c_void;
use std::future::Future;
use std::io;
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use sipua::{Account, AccountConfig, AccountId, Config, EventKind, Events, UserAgent};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::Notify;

use crate::calls::CallTable;
use crate::error::{Problem, Result};
use crate::inbox::{Inbox, Patience};
use crate::reply::{Answer, reply};
use crate::status::SIPUA_ERROR_IO;
use crate::watcher::Watcher;

/// Events the engine may tell in one step before the thread takes them, beside those of the setting.
const STEP: usize = 65_536;
/// How long lookups that hang in the system may delay the end of the thread.
const LOOKUPS: Duration = Duration::from_millis(100);

/// A user agent as C sees it.
#[derive(Debug)]
pub(crate) struct Agent {
    handle: usize,
    pub(crate) ua: UserAgent,
    runtime: Handle,
    pub(crate) calls: Arc<CallTable>,
    accounts: Mutex<HashMap<u64, AccountEntry>>,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) watcher: Watcher,
    stop: Arc<Notify>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct AccountEntry {
    account: Account,
    userdata: Userdata,
}

/// The application's pointer; the library only hands it back.
#[derive(Debug, Clone, Copy)]
struct Userdata(*mut c_void);

// SAFETY: it is never followed here; what it leads to is the application's affair.
unsafe impl Send for Userdata {}

/// What the thread needs.
struct Task {
    config: Config,
    inbox: Arc<Inbox>,
    calls: Arc<CallTable>,
    stop: Arc<Notify>,
}

impl Agent {
    /// Starts the thread and waits until the listeners are open.
    pub(crate) fn start(handle: usize, mut config: Config) -> Result<Self> {
        // The inbox is the queue that the setting means: it knows which events must not be lost.
        let inbox = Arc::new(Inbox::new(config.event_queue));
        config.event_queue += STEP;
        let calls = Arc::<CallTable>::default();
        let stop = Arc::<Notify>::default();
        let task = Task {
            config,
            inbox: Arc::clone(&inbox),
            calls: Arc::clone(&calls),
            stop: Arc::clone(&stop),
        };
        let (tell, started) = reply();
        let thread = std::thread::Builder::new()
            .name("sipua".to_owned())
            .spawn(move || task.run(tell))
            .map_err(|error| io_problem(&error))?;
        let (ua, runtime) = match started.wait(None).flatten() {
            Ok(running) => running,
            Err(problem) => {
                let _ = thread.join();
                return Err(problem);
            }
        };
        Ok(Self {
            handle,
            ua,
            runtime,
            calls,
            accounts: Mutex::default(),
            inbox,
            watcher: Watcher::default(),
            stop,
            thread: Mutex::new(Some(thread)),
        })
    }

    pub(crate) const fn handle(&self) -> usize {
        self.handle
    }

    /// Begins to stop; returns at once.
    pub(crate) fn stop(&self) {
        self.stop.notify_one();
    }

    /// Stops, and waits until nothing of it runs any more.
    pub(crate) fn finish(&self) {
        self.stop();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
        self.watcher.finish();
    }

    /// Runs a future on the agent's thread and waits for it; without patience only starts it.
    pub(crate) fn wait<T: Send + 'static>(
        &self,
        patience: Patience,
        future: impl Future<Output = sipua::Result<T>> + Send + 'static,
    ) -> Result<Option<T>> {
        let (answer, question) = reply();
        self.runtime.spawn(async move { answer.give(future.await) });
        if patience == Some(Duration::ZERO) {
            return Ok(None);
        }
        Ok(Some(question.wait(patience)??))
    }
}

/// Accounts.
impl Agent {
    /// Adds an account. Its first event may come before this returns, but can be taken only after its
    /// entry is here.
    pub(crate) fn add_account(&self, config: AccountConfig, userdata: *mut c_void) -> Result<u64> {
        let mut accounts = self.accounts();
        let account = self.ua.add_account(config)?;
        let id = account.id().0;
        accounts.insert(id, AccountEntry { account, userdata: Userdata(userdata) });
        Ok(id)
    }

    pub(crate) fn account(&self, id: u64) -> Result<Account> {
        let accounts = self.accounts();
        let entry = accounts.get(&id).ok_or_else(|| Problem::gone("account"))?;
        Ok(entry.account.clone())
    }

    /// An account where 0 stands for none.
    pub(crate) fn optional_account(&self, id: u64) -> Result<Option<Account>> {
        if id == 0 { Ok(None) } else { self.account(id).map(Some) }
    }

    pub(crate) fn remove_account(&self, id: u64) -> Result<()> {
        let account = self.account(id)?;
        account.remove()?;
        self.accounts().remove(&id);
        Ok(())
    }

    pub(crate) fn account_userdata(&self, id: Option<AccountId>) -> *mut c_void {
        let accounts = self.accounts();
        let entry = id.and_then(|id| accounts.get(&id.0));
        entry.map_or(ptr::null_mut(), |entry| entry.userdata.0)
    }

    fn accounts(&self) -> MutexGuard<'_, HashMap<u64, AccountEntry>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread.
impl Task {
    fn run(self, tell: Answer<Result<(UserAgent, Handle)>>) {
        let runtime = match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return tell.give(Err(io_problem(&error))),
        };
        self.drive(&runtime, tell);
        runtime.shutdown_timeout(LOOKUPS);
    }

    fn drive(self, runtime: &Runtime, tell: Answer<Result<(UserAgent, Handle)>>) {
        let Self { config, inbox, calls, stop } = self;
        runtime.block_on(async {
            let ua = match UserAgent::start(config) {
                Ok(ua) => ua,
                Err(error) => return tell.give(Err(error.into())),
            };
            // Before the first step of the engine, so that nothing is missed.
            let mut events = ua.events();
            tell.give(Ok((ua.clone(), runtime.handle().clone())));
            let stopped = async {
                stop.notified().await;
                ua.shutdown().await;
            };
            tokio::pin!(stopped);
            loop {
                tokio::select! {
                    event = events.next() => match event {
                        Some(event) => deliver(event, &ua, &calls, &inbox),
                        None => break,
                    },
                    () = &mut stopped => break,
                }
            }
            drain(&mut events, &ua, &calls, &inbox);
        });
        inbox.close();
    }
}

fn drain(events: &mut Events, ua: &UserAgent, calls: &CallTable, inbox: &Inbox) {
    while let Some(event) = events.try_next() {
        deliver(event, ua, calls, inbox);
    }
}

/// Hands an event on. A call that arrives can be named from then on; one that the application could not
/// be told of is refused, and nothing more is told about it, so that no flood fills the memory.
fn deliver(event: sipua::Event, ua: &UserAgent, calls: &CallTable, inbox: &Inbox) {
    if matches!(event.kind, EventKind::IncomingCall(_)) {
        // Without one it ended before anybody could be told of it.
        let Some(call) = event.call.and_then(|id| ua.call(id)) else { return };
        if !inbox.has_room() {
            inbox.drop_one();
            // It may have ended meanwhile; then there is nothing left to refuse.
            let _ = call.reject(503);
            return;
        }
        calls.arrived(call);
    }
    // A recording is completed after the end of its call.
    let outlives = matches!(
        event.kind,
        EventKind::RecordingStopped { .. } | EventKind::RecordingFailed { .. }
    );
    if outlives || event.call.is_none_or(|id| calls.contains(id)) {
        inbox.push(event);
    }
}

fn io_problem(error: &io::Error) -> Problem {
    Problem::new(SIPUA_ERROR_IO, format!("cannot start a thread: {error}"))
}
