//! Which calls there are, as far as the command line needs to know.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use sipua::{Call, CallId, UserAgent};

/// Ended calls that are kept before the list is cleaned.
const STALE: usize = 256;

/// The calls in the order they came. Ended ones are left out when somebody asks, or when there are
/// many: so the end of a call costs nothing here.
#[derive(Debug, Default)]
pub(super) struct Newest {
    calls: Vec<CallId>,
    clean_at: usize,
}

impl Newest {
    pub(super) fn add(&mut self, call: Option<CallId>, ua: &UserAgent) {
        self.calls.extend(call);
        if self.calls.len() > self.clean_at + STALE {
            self.calls.retain(|&id| ua.call(id).is_some());
            self.clean_at = self.calls.len() * 2;
        }
    }

    /// The newest call that is not over.
    pub(super) fn get(&mut self, ua: &UserAgent) -> Option<Call> {
        while let Some(&id) = self.calls.last() {
            if let Some(call) = ua.call(id) {
                return Some(call);
            }
            self.calls.pop();
        }
        None
    }
}

/// Calls to which something happens after the same time each: so they wait in a row.
#[derive(Debug)]
pub(crate) struct Delayed {
    delay: Duration,
    waiting: VecDeque<(Instant, CallId)>,
}

impl Delayed {
    pub(crate) const fn new(delay: Duration) -> Self {
        Self { delay, waiting: VecDeque::new() }
    }

    pub(crate) fn add(&mut self, call: CallId, now: Instant) {
        self.waiting.push_back((now + self.delay, call));
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.waiting.front().map(|(at, _)| *at)
    }

    /// The next call whose time has come.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<CallId> {
        self.waiting.pop_front_if(|(at, _)| *at <= now).map(|(_, call)| call)
    }
}
