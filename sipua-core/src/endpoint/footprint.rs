//! What an endpoint holds, and what it has dropped.

use super::{CallState, Endpoint};
use crate::event::CallId;
use crate::transaction::TransactionCounters;

/// How much of everything an endpoint holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Footprint {
    /// Calls, those that have ended but still owe something to the network included.
    pub calls: usize,
    /// Dialogs of those calls, early ones included.
    pub dialogs: usize,
    /// Registrations that are kept, or being removed.
    pub registrations: usize,
    /// Requests of the application outside calls that have no outcome yet.
    pub requests: usize,
    /// Transactions of both sides.
    pub transactions: usize,
    /// Deadlines.
    pub timers: usize,
    /// Lookups without an answer.
    pub lookups: usize,
    /// Tags by which messages find their calls.
    pub tags: usize,
    /// Connections with a part of a message, or that have had one.
    pub connections: usize,
}

impl Footprint {
    /// Nothing at all is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What came in and was not used, and what else is worth counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Datagrams, or parts of streams, that are not SIP.
    pub unreadable: u64,
    /// Keep-alives.
    pub keep_alives: u64,
    /// ACKs that match no call.
    pub stray_acks: u64,
    /// 2xx responses that match no call.
    pub stray_successes: u64,
    /// Responses that are not valid.
    pub bad_responses: u64,
    /// Requests outside calls that were refused.
    pub refused_requests: u64,
    /// Calls refused because there were too many.
    pub calls_over_limit: u64,
}

impl Endpoint {
    /// How many calls there are for the application: ended ones do not count.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.stack.live_calls()
    }

    /// The numbers of those calls, in no order.
    pub fn call_ids(&self) -> impl Iterator<Item = CallId> {
        self.calls
            .iter()
            .filter(|(_, session)| session.state() != CallState::Ended)
            .map(|(id, _)| *id)
    }

    /// Calls that are over for the application, whose CANCEL, BYE or other last word still waits for
    /// its answer. A program that ends should let this come to 0 first.
    #[must_use]
    pub fn parting(&self) -> usize {
        self.calls.values().filter(|session| session.is_parting()).count()
    }

    /// How much of everything this endpoint holds.
    #[must_use]
    pub fn footprint(&self) -> Footprint {
        Footprint {
            calls: self.calls.len(),
            dialogs: self.calls.values().map(|session| session.dialogs()).sum(),
            registrations: self.registrations.len(),
            requests: self.requests.len(),
            transactions: self.stack.transactions(),
            timers: self.stack.timers(),
            lookups: self.stack.lookups(),
            tags: self.stack.tags(),
            connections: self.framers.len(),
        }
    }

    /// What came in and was not used.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// The same of the transactions below.
    #[must_use]
    pub fn transaction_counters(&self) -> TransactionCounters {
        self.stack.counters()
    }
}
