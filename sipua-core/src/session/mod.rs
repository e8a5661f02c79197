//! One call: an INVITE session from the first message to the last acknowledgement.
//!
//! `uac` and `uas` hold the two ways to begin, `early` the set of early dialogs, `established` what
//! lasts, `reinvite` and `modify` the re-INVITEs of either side and `turn` whose it is, `accepted` the 2xx responses to acknowledge, `end` the ways to end,
//! `closing` and `duty` what is still owed to the network afterwards, `offer` the descriptions.

mod accepted;
mod closing;
mod commands;
mod duty;
mod early;
mod end;
mod established;
mod modify;
mod offer;
mod reinvite;
mod state;
mod turn;
mod uac;
mod uas;

use std::sync::Arc;

use crate::dialog::LocalTag;
use crate::event::{AccountId, CallId, Party, ResolveId};
use crate::message::{Request, Response};
use crate::stack::{Alarm, Fault, Owner, Stack, Trust};
use crate::transaction::TransactionId;
use crate::transport::Flow;

use closing::Closing;
use established::Established;
use uac::Calling;
use uas::Ringing;

pub use state::CallState;
pub(crate) use uac::Invitation;
pub(crate) use uas::Arrival;

/// What does not change while a call lives.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) id: CallId,
    pub(crate) account: Option<AccountId>,
    pub(crate) direction: Direction,
    pub(crate) call_id: Arc<str>,
    pub(crate) tag: LocalTag,
    pub(crate) local: Party,
    pub(crate) remote: Party,
    /// User part of our Contact; empty is none.
    pub(crate) contact: Box<str>,
}

impl Facts {
    fn owner(&self) -> Owner {
        Owner::Call(self.id)
    }

    /// Who may challenge the requests inside the call.
    fn trust(&self) -> Trust {
        match self.direction {
            Direction::Outgoing => Trust::Everyone,
            Direction::Incoming => Trust::Servers,
        }
    }
}

/// Who began the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Outgoing,
    Incoming,
}

/// Getters; `on_*` for what the network and the clock bring; commands.
#[derive(Debug)]
pub(crate) struct Session {
    facts: Facts,
    state: State,
}

/// Each state holds only what it needs; a transition replaces it.
#[derive(Debug)]
enum State {
    /// Our INVITE has no final response.
    Calling(Box<Calling>),
    /// Their INVITE has no final response of ours.
    Ringing(Box<Ringing>),
    /// A 2xx went through; there is one dialog.
    Established(Box<Established>),
    /// The application knows that the call is over; the network is still owed something.
    Closing(Closing),
}

/// A request inside the call, as it arrived.
#[derive(Debug)]
pub(crate) struct Inbound {
    pub(crate) id: TransactionId,
    pub(crate) request: Request,
    pub(crate) flow: Flow,
}

impl Session {
    /// Places a call.
    pub(crate) fn dial(facts: Facts, invitation: Invitation, stack: &mut Stack) -> Self {
        let state = Calling::start(&facts, invitation, stack);
        Self { facts, state }
    }

    /// Takes in an INVITE from outside any dialog.
    pub(crate) fn arrive(facts: Facts, arrival: Arrival, stack: &mut Stack) -> Self {
        let state = Ringing::start(&facts, arrival, stack);
        Self { facts, state }
    }

    // Getters.

    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    pub(crate) fn state(&self) -> CallState {
        match &self.state {
            State::Calling(calling) => calling.state(),
            State::Ringing(ringing) => ringing.state(),
            State::Established(established) => established.state(),
            State::Closing(_) => CallState::Ended,
        }
    }

    /// Whether a request with this Call-ID and tag of the peer is inside this call (12.2.2).
    pub(crate) fn is_with(&self, call_id: &str, remote_tag: Option<&str>) -> bool {
        match &self.state {
            State::Ringing(ringing) => ringing.dialog().is_with(call_id, remote_tag),
            State::Established(established) => established.dialog.is_with(call_id, remote_tag),
            // Of several branches, or of one that is gone.
            State::Calling(_) | State::Closing(_) => *self.facts.call_id == *call_id,
        }
    }

    /// Nothing is owed to anybody any more.
    pub(crate) fn is_over(&self) -> bool {
        matches!(&self.state, State::Closing(closing) if closing.is_done())
    }

    /// The call is over, and a message whose answer is awaited is still on its way to the peer.
    pub(crate) fn is_parting(&self) -> bool {
        matches!(&self.state, State::Closing(closing) if closing.is_parting())
    }

    /// How many dialogs this call holds.
    pub(crate) fn dialogs(&self) -> usize {
        match &self.state {
            State::Calling(calling) => calling.dialogs(),
            State::Ringing(_) | State::Established(_) => 1,
            State::Closing(closing) => closing.dialogs(),
        }
    }

    // From the network and the clock.

    pub(crate) fn on_resolved(&mut self, id: ResolveId, routes: &[Flow], stack: &mut Stack) {
        self.transit(|facts, state| match state {
            State::Calling(calling) => calling.resolved(facts, id, routes, stack),
            State::Established(established) => established.resolved(facts, id, routes, stack),
            State::Closing(closing) => State::Closing(closing.resolved(facts, id, routes, stack)),
            ringing @ State::Ringing(_) => ringing,
        });
    }

    pub(crate) fn on_response(&mut self, id: TransactionId, response: Response, stack: &mut Stack) {
        self.transit(|facts, state| match state {
            State::Calling(calling) => calling.responded(facts, id, response, stack),
            State::Established(established) => established.responded(facts, id, response, stack),
            State::Closing(closing) => {
                State::Closing(closing.responded(facts, id, response, stack))
            }
            ringing @ State::Ringing(_) => ringing,
        });
    }

    pub(crate) fn on_fault(&mut self, id: TransactionId, fault: Fault, stack: &mut Stack) {
        self.transit(|facts, state| match state {
            State::Calling(calling) => calling.failed(facts, id, fault, stack),
            State::Established(established) => established.failed(facts, id, fault, stack),
            State::Closing(closing) => State::Closing(closing.failed(facts, id, fault, stack)),
            ringing @ State::Ringing(_) => ringing,
        });
    }

    /// A transaction ended, after whatever it had to say.
    pub(crate) fn on_transaction_ended(&mut self, id: TransactionId) {
        match &mut self.state {
            State::Established(established) => established.transaction_ended(id),
            State::Closing(closing) => closing.transaction_ended(id),
            State::Calling(_) | State::Ringing(_) => {}
        }
    }

    /// A request inside the call.
    pub(crate) fn on_request(&mut self, inbound: Inbound, stack: &mut Stack) {
        self.transit(|facts, state| match state {
            State::Calling(calling) => calling.requested(facts, inbound, stack),
            State::Ringing(ringing) => ringing.requested(facts, inbound, stack),
            State::Established(established) => established.requested(facts, inbound, stack),
            State::Closing(closing) => State::Closing(closing.requested(facts, &inbound, stack)),
        });
    }

    /// The ACK of a 2xx.
    pub(crate) fn on_ack(&mut self, ack: &Request, stack: &mut Stack) {
        self.transit(|facts, state| match state {
            State::Established(established) => established.acknowledged(facts, ack, stack),
            State::Closing(closing) => State::Closing(closing.acknowledged(facts, ack, stack)),
            other => other,
        });
    }

    /// A CANCEL of an INVITE that has no final response of ours.
    pub(crate) fn on_cancel(&mut self, id: TransactionId, cancel: Request, stack: &mut Stack) {
        self.transit(|facts, state| match state {
            State::Ringing(ringing) => ringing.cancelled(facts, cancel, stack),
            State::Established(mut established) => {
                established.change_cancelled(facts, id, stack);
                State::Established(established)
            }
            other => other,
        });
    }

    pub(crate) fn on_alarm(&mut self, alarm: Alarm, stack: &mut Stack) {
        self.transit(|facts, state| match state {
            State::Calling(calling) => calling.alarmed(facts, alarm, stack),
            State::Ringing(ringing) => ringing.alarmed(facts, alarm, stack),
            State::Established(established) => established.alarmed(facts, alarm, stack),
            State::Closing(closing) => State::Closing(closing.alarmed(facts, alarm, stack)),
        });
    }

    /// Replaces the state by what `step` makes of it.
    fn transit(&mut self, step: impl FnOnce(&Facts, State) -> State) {
        let state = std::mem::replace(&mut self.state, State::Closing(Closing::empty()));
        self.state = step(&self.facts, state);
    }
}
