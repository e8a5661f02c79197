//! The calls an application may name: from its dialling, or its `incoming_call`, until it has taken the
//! event of its end.

use std::collections::HashMap;
use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use sipua::{Audio, Call, CallId};

use crate::error::{Problem, Result};

/// A call as C sees it.
#[derive(Debug)]
pub(crate) struct CallEntry {
    pub(crate) call: Call,
    userdata: AtomicPtr<c_void>,
    audio: Mutex<Option<Audio>>,
}

impl CallEntry {
    fn new(call: Call, userdata: *mut c_void) -> Self {
        Self { call, userdata: AtomicPtr::new(userdata), audio: Mutex::new(None) }
    }

    /// The call's PCM, once its format is set. Only the application's own threads ever hold this lock,
    /// for the copying of samples; the engine never takes it.
    pub(crate) fn audio(&self) -> MutexGuard<'_, Option<Audio>> {
        self.audio.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn userdata(&self) -> *mut c_void {
        self.userdata.load(Ordering::Acquire)
    }

    pub(crate) fn set_userdata(&self, userdata: *mut c_void) {
        self.userdata.store(userdata, Ordering::Release);
    }
}

/// The calls of one user agent. Readers share the lock; it is held alone only to insert or remove.
#[derive(Debug, Default)]
pub(crate) struct CallTable {
    entries: RwLock<HashMap<u64, Arc<CallEntry>>>,
}

impl CallTable {
    pub(crate) fn get(&self, id: u64) -> Result<Arc<CallEntry>> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.get(&id).cloned().ok_or_else(|| Problem::gone("call"))
    }

    pub(crate) fn contains(&self, id: CallId) -> bool {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.contains_key(&id.0)
    }

    /// Places a call. Its first event may come before this returns, but can be taken only after its
    /// entry is here.
    pub(crate) fn dial(
        &self,
        userdata: *mut c_void,
        dial: impl FnOnce() -> sipua::Result<Call>,
    ) -> Result<u64> {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        let call = dial()?;
        let id = call.id().0;
        entries.insert(id, Arc::new(CallEntry::new(call, userdata)));
        Ok(id)
    }

    /// Takes in a call that has arrived.
    pub(crate) fn arrived(&self, call: Call) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        entries.insert(call.id().0, Arc::new(CallEntry::new(call, ptr::null_mut())));
    }

    /// Forgets a call whose end the application has been told of.
    pub(crate) fn forget(&self, id: CallId) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.remove(&id.0);
        // What it still holds is let go of outside of the lock.
        drop(entries);
        drop(entry);
    }
}
