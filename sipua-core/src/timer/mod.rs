//! The ordered deadlines: an owner and a letter each.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::time::{Duration, Instant};

use crate::hash::BuildIdHasher;

/// The three durations from which RFC 3261 derives every other (17.1.1.1, 17.1.2.2, table 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimerConfig {
    /// T1, the estimate of the round trip. 500 ms unless set.
    pub t1: Duration,
    /// T2, the longest interval between two transmissions of a non-INVITE request or an INVITE
    /// response. 4 s unless set.
    pub t2: Duration,
    /// T4, the longest time a message stays in the network. 5 s unless set.
    pub t4: Duration,
}

impl TimerConfig {
    /// 64 times T1: how long an answer, an ACK or a repetition is waited for.
    pub fn timeout(&self) -> Duration {
        self.t1.saturating_mul(64)
    }
}

impl Default for TimerConfig {
    fn default() -> Self {
        Self {
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
        }
    }
}

/// Deadlines, each with the owner that wants it and the letter that says why.
///
/// An owner has at most one deadline of a letter. Setting, cancelling and taking cost O(log n), and
/// what was cancelled never comes out. Owners and letters are ids of our own, never a peer's text.
///
/// ```
/// use std::time::{Duration, Instant};
/// use sipua_core::timer::Timers;
///
/// let start = Instant::now();
/// let mut timers = Timers::new();
/// timers.set("call 1", 'B', start + Duration::from_secs(32));
/// timers.set("call 1", 'A', start + Duration::from_millis(500));
/// assert_eq!(timers.next(), Some(start + Duration::from_millis(500)));
/// assert_eq!(timers.pop_due(start), None);
/// assert_eq!(timers.pop_due(start + Duration::from_secs(1)), Some(("call 1", 'A')));
/// assert_eq!(timers.pop_due(start + Duration::from_secs(1)), None);
/// ```
#[derive(Debug, Clone)]
pub struct Timers<O, L> {
    queue: BTreeMap<Due, (O, L)>,
    entries: HashMap<(O, L), Due, BuildIdHasher>,
    set: u64,
}

/// When, and for equal instants the order of setting.
type Due = (Instant, u64);

impl<O, L> Timers<O, L>
where
    O: Copy + Eq + Hash,
    L: Copy + Eq + Hash,
{
    /// No deadline at all.
    pub fn new() -> Self {
        Self { queue: BTreeMap::new(), entries: HashMap::default(), set: 0 }
    }

    /// Sets the deadline of `owner`'s `letter`, in place of an earlier one of the same pair.
    pub fn set(&mut self, owner: O, letter: L, at: Instant) {
        let due = (at, self.set);
        self.set += 1;
        if let Some(earlier) = self.entries.insert((owner, letter), due) {
            self.queue.remove(&earlier);
        }
        self.queue.insert(due, (owner, letter));
    }

    /// Removes the deadline of `owner`'s `letter`; false when there is none.
    pub fn cancel(&mut self, owner: O, letter: L) -> bool {
        match self.entries.remove(&(owner, letter)) {
            Some(due) => self.queue.remove(&due).is_some(),
            None => false,
        }
    }

    /// Takes the earliest deadline that is not after `now`. Of equal ones the first set comes first.
    pub fn pop_due(&mut self, now: Instant) -> Option<(O, L)> {
        let entry = self.queue.first_entry()?;
        if entry.key().0 > now {
            return None;
        }
        let pair = entry.remove();
        self.entries.remove(&pair);
        Some(pair)
    }

    /// When the earliest deadline is.
    pub fn next(&self) -> Option<Instant> {
        self.peek().map(|(at, ..)| at)
    }

    /// The earliest deadline, and why it is wanted.
    pub fn peek(&self) -> Option<(Instant, O, L)> {
        self.queue.first_key_value().map(|(&(at, _), &(owner, letter))| (at, owner, letter))
    }

    /// When the deadline of `owner`'s `letter` is.
    pub fn get(&self, owner: O, letter: L) -> Option<Instant> {
        self.entries.get(&(owner, letter)).map(|&(at, _)| at)
    }

    /// How many deadlines there are.
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether there is no deadline.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }
}

impl<O, L> Default for Timers<O, L>
where
    O: Copy + Eq + Hash,
    L: Copy + Eq + Hash,
{
    fn default() -> Self {
        Self::new()
    }
}
