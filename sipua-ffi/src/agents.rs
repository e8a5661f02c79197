//! The user agents of the process, by handle. A handle is a number in a pointer's clothes, never used
//! twice: a stale or invented one is found out, whatever other threads do meanwhile.

use std::collections::HashMap;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use crate::agent::Agent;
use crate::error::{Problem, Result};
use crate::ua::Ua;

/// Handles are multiples of this, so that they look like pointers to debuggers and bindings.
const STEP: usize = 16;

type Table = RwLock<HashMap<usize, Arc<Agent>>>;

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(Table::default)
}

/// A handle for one more user agent.
pub(crate) fn allocate() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(STEP);
    NEXT.fetch_add(STEP, Ordering::Relaxed)
}

/// Makes an agent known under its handle.
pub(crate) fn insert(agent: Arc<Agent>) -> *mut Ua {
    let handle = agent.handle();
    table().write().unwrap_or_else(PoisonError::into_inner).insert(handle, agent);
    ptr::without_provenance_mut(handle)
}

/// The agent of a handle. The lock is held alone only while one is created or freed.
pub(crate) fn get(ua: *const Ua) -> Result<Arc<Agent>> {
    if ua.is_null() {
        return Err(Problem::null("ua"));
    }
    let agents = table().read().unwrap_or_else(PoisonError::into_inner);
    agents.get(&ua.addr()).cloned().ok_or_else(|| Problem::gone("user agent"))
}

/// Takes an agent away from its handle.
pub(crate) fn remove(ua: *const Ua) -> Result<Arc<Agent>> {
    let agent = table().write().unwrap_or_else(PoisonError::into_inner).remove(&ua.addr());
    agent.ok_or_else(|| Problem::gone("user agent"))
}
