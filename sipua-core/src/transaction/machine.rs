//! What the four machines have in common: their letters, and what a transition may do.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{Outbox, TransactionCounters, TransactionId, TransactionOutput};
use crate::message::Response;
use crate::timer::{TimerConfig, Timers};
use crate::transport::Flow;

/// The timers of RFC 3261 table 4 and RFC 6026, and three that they describe without a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Letter {
    /// INVITE client: the next transmission.
    A,
    /// INVITE client: no response came.
    B,
    /// INVITE client: no more 3xx-6xx come.
    D,
    /// Client: the next transmission.
    E,
    /// Client: no final response came.
    F,
    /// INVITE server: the next transmission of a 3xx-6xx.
    G,
    /// INVITE server: no ACK came.
    H,
    /// INVITE server: no more ACKs come.
    I,
    /// Server: no more requests come.
    J,
    /// Client: no more responses come.
    K,
    /// INVITE server: no more INVITEs come after a 2xx (RFC 6026 7.1).
    L,
    /// INVITE client: no more 2xx come (RFC 6026 7.2).
    M,
    /// INVITE server: the user has not answered, so 100 goes out (RFC 3261 17.2.1).
    Trying,
    /// INVITE client: the CANCEL did not bring a final response (RFC 3261 9.1).
    Cancelled,
    /// Server: the peer's timer F has fired, so no answer is of use any more (RFC 4320 4.2).
    Unanswered,
}

impl Letter {
    /// Every letter.
    pub const ALL: [Self; 15] = [
        Self::A,
        Self::B,
        Self::D,
        Self::E,
        Self::F,
        Self::G,
        Self::H,
        Self::I,
        Self::J,
        Self::K,
        Self::L,
        Self::M,
        Self::Trying,
        Self::Cancelled,
        Self::Unanswered,
    ];
}

/// Which timers of a transaction are set, so that the others are not looked for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Letters(u16);

impl Letters {
    fn insert(&mut self, letter: Letter) {
        self.0 |= 1 << letter as u16;
    }

    /// Whether it was there.
    pub(super) fn remove(&mut self, letter: Letter) -> bool {
        let before = self.0;
        self.0 &= !(1 << letter as u16);
        self.0 != before
    }

    /// Those that are set.
    pub(super) fn iter(self) -> impl Iterator<Item = Letter> {
        Letter::ALL.into_iter().filter(move |letter| self.0 & (1 << *letter as u16) != 0)
    }
}

/// What a state is called in the RFC's figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransactionState {
    /// INVITE client: nothing came yet.
    Calling,
    /// Client: nothing came yet; server: nothing was sent yet.
    Trying,
    /// A provisional response came or was sent. An INVITE server begins here.
    Proceeding,
    /// INVITE: a 2xx came or was sent (RFC 6026).
    Accepted,
    /// A final response came or was sent; of an INVITE a 3xx-6xx.
    Completed,
    /// INVITE server: the ACK came.
    Confirmed,
    /// Over.
    Terminated,
}

/// The world of one transaction during one transition.
pub(super) struct Context<'a, O> {
    pub(super) id: TransactionId,
    pub(super) owner: Option<O>,
    pub(super) flow: Flow,
    pub(super) now: Instant,
    pub(super) config: &'a TimerConfig,
    pub(super) timers: &'a mut Timers<TransactionId, Letter>,
    /// Those of `timers` that are this transaction's.
    pub(super) letters: &'a mut Letters,
    pub(super) counters: &'a mut TransactionCounters,
    pub(super) out: &'a mut Outbox<O>,
}

impl<O: Copy> Context<'_, O> {
    pub(super) fn is_reliable(&self) -> bool {
        self.flow.protocol.is_reliable()
    }

    pub(super) fn set(&mut self, letter: Letter, after: Duration) {
        self.letters.insert(letter);
        self.timers.set(self.id, letter, self.now + after);
    }

    pub(super) fn cancel(&mut self, letter: Letter) {
        if self.letters.remove(letter) {
            self.timers.cancel(self.id, letter);
        }
    }

    pub(super) fn transmit(&mut self, data: &Bytes) {
        self.out.push_back(TransactionOutput::Transmit { flow: self.flow, data: data.clone() });
    }

    /// Sends what was sent before.
    pub(super) fn retransmit(&mut self, data: &Bytes) {
        self.counters.retransmissions += 1;
        self.transmit(data);
    }

    pub(super) fn pass_up(&mut self, response: Response) {
        let id = self.id;
        if let Some(owner) = self.owner {
            self.out.push_back(TransactionOutput::Response { id, owner, response });
        }
    }

    /// A 2xx that no one waits for, but whose sender waits for an ACK.
    pub(super) fn pass_up_stray(&mut self, response: Response, flow: Flow) {
        self.out.push_back(TransactionOutput::StrayResponse { response, flow });
    }

    pub(super) fn timeout(&mut self) {
        self.out.push_back(TransactionOutput::Timeout { id: self.id, owner: self.owner });
    }

    pub(super) fn transport_error(&mut self) {
        self.out.push_back(TransactionOutput::TransportError { id: self.id, owner: self.owner });
    }
}
