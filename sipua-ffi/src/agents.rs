//! The user agents of the process, by handle. A handle is a number in a pointer's clothes, never used
//! twice: a stale or invented one is found out, whatever other threads do meanwhile.

use std::collections::BTreeMap;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::agent::Agent;
use crate::error::{Problem, Result};
use crate::ua::Ua;

/// Handles are multiples of this, so that they look like pointers to debuggers and bindings.
const STEP: usize = 16;

static TABLE: RwLock<BTreeMap<usize, Arc<Agent>>> = RwLock::new(BTreeMap::new());

/// A handle for one more user agent.
pub(crate) fn allocate() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(STEP);
    NEXT.fetch_add(STEP, Ordering::Relaxed)
}

/// Makes an agent known under its handle.
pub(crate) fn insert(agent: Arc<Agent>) -> *mut Ua {
    let handle = agent.handle();
    TABLE.write().unwrap_or_else(PoisonError::into_inner).insert(handle, agent);
    ptr::without_provenance_mut(handle)
}

/// The agent of a handle. The lock is held alone only while one is created or freed.
pub(crate) fn get(ua: *const Ua) -> Result<Arc<Agent>> {
    if ua.is_null() {
        return Err(Problem::null("ua"));
    }
    let agents = TABLE.read().unwrap_or_else(PoisonError::into_inner);
    agents.get(&ua.addr()).cloned().ok_or_else(|| Problem::gone("user agent"))
}

/// Takes an agent away from its handle.
pub(crate) fn remove(ua: *const Ua) -> Result<Arc<Agent>> {
    let agent = TABLE.write().unwrap_or_else(PoisonError::into_inner).remove(&ua.addr());
    agent.ok_or_else(|| Problem::gone("user agent"))
}
