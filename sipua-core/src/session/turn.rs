//! Whose INVITE is on the way in a dialog: there is one at a time (RFC 3261 14).

use std::time::Duration;

use super::offer::OfferIn;
use super::{CallState, Facts};
use crate::event::ResolveId;
use crate::message::{Request, Response};
use crate::stack::{Alarm, Exchange, Fault, Stack, Verdict};
use crate::transaction::TransactionId;
use crate::transport::Flow;

/// See the module.
#[derive(Debug)]
pub(super) enum Turn {
    /// Nobody's.
    Idle,
    /// Ours has no final response.
    Inviting(Box<Inviting>),
    /// Ours was in each other's way (491); the application writes the offer anew. The number counts
    /// the tries.
    Renewing(u8),
    /// Ours has a 2xx with an offer; the application owes the answer for the ACK.
    Owing(Purpose),
    /// Theirs has no final response.
    Invited(Box<Invited>),
    /// Theirs has a 2xx; the ACK is to come.
    Accepting(Accepting),
}

/// What an INVITE is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To make the call.
    Call,
    /// To change it.
    Change,
}

/// A re-INVITE of ours.
#[derive(Debug)]
pub(super) struct Inviting {
    pub(super) exchange: Exchange,
    pub(super) offer: OfferIn,
    pub(super) tries: u8,
}

/// A re-INVITE of theirs that waits for the application.
#[derive(Debug)]
pub(super) struct Invited {
    pub(super) transaction: TransactionId,
    pub(super) request: Request,
}

/// A 2xx of ours, repeated until its ACK comes (RFC 3261 13.3.1.4).
#[derive(Debug)]
pub(super) struct Accepting {
    pub(super) transaction: TransactionId,
    pub(super) purpose: Purpose,
    pub(super) offer: OfferIn,
    cseq: u32,
    interval: Duration,
}

impl Turn {
    pub(super) fn state(&self) -> CallState {
        match self {
            Self::Idle => CallState::Confirmed,
            Self::Owing(Purpose::Call) => CallState::Answered,
            Self::Accepting(accepting) if accepting.purpose == Purpose::Call => CallState::Answered,
            _ => CallState::Modifying,
        }
    }

    /// Whether this is the transaction of our re-INVITE.
    pub(super) fn is_inviting(&self, id: TransactionId) -> bool {
        matches!(self, Self::Inviting(inviting) if inviting.exchange.is(id))
    }

    pub(super) fn resolved(
        &mut self,
        id: ResolveId,
        routes: &[Flow],
        stack: &mut Stack,
    ) -> Option<Verdict> {
        match self {
            Self::Inviting(inviting) => inviting.exchange.resolved(id, routes, stack),
            _ => None,
        }
    }

    pub(super) fn responded(
        &mut self,
        response: Response,
        cseq: &mut u32,
        stack: &mut Stack,
    ) -> Option<Verdict> {
        match self {
            Self::Inviting(inviting) => Some(inviting.exchange.responded(response, cseq, stack)),
            _ => None,
        }
    }

    pub(super) fn failed(&mut self, fault: Fault, stack: &mut Stack) -> Option<Verdict> {
        match self {
            Self::Inviting(inviting) => Some(inviting.exchange.failed(fault, stack)),
            _ => None,
        }
    }
}

impl Accepting {
    /// A 2xx to the INVITE of this number was sent.
    pub(super) fn start(
        transaction: TransactionId,
        cseq: u32,
        purpose: Purpose,
        offer: OfferIn,
        facts: &Facts,
        stack: &mut Stack,
    ) -> Self {
        let interval = stack.config.timers.t1;
        stack.set_alarm(facts.owner(), Alarm::Success, interval);
        stack.set_alarm(facts.owner(), Alarm::NoAck, stack.timeout());
        Self { transaction, purpose, offer, cseq, interval }
    }

    /// Whether this is its ACK.
    pub(super) fn is_met_by(&self, ack: &Request) -> bool {
        ack.headers.cseq().is_ok_and(|cseq| cseq.number == self.cseq)
    }

    /// Sends the 2xx again, and next time after twice as long, at most T2.
    pub(super) fn repeat(&mut self, facts: &Facts, stack: &mut Stack) {
        if stack.retransmit(self.transaction) {
            self.interval = (self.interval * 2).min(stack.config.timers.t2);
            stack.set_alarm(facts.owner(), Alarm::Success, self.interval);
        }
    }

    /// The ACK came, or is not waited for any more.
    pub(super) fn stop(&self, facts: &Facts, stack: &mut Stack) {
        stack.cancel_alarm(facts.owner(), Alarm::Success);
        stack.cancel_alarm(facts.owner(), Alarm::NoAck);
        stack.acknowledged(self.transaction);
    }
}
