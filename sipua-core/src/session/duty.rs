//! Something still owed to the network after a call's end.

use super::Facts;
use super::accepted::Accepted;
use super::end::write_reason;
use super::turn::Accepting;
use crate::client::conclude;
use crate::dialog::Dialog;
use crate::event::{RequestId, ResolveId, Termination};
use crate::message::{Method, Response};
use crate::stack::{Exchange, Fault, Plan, Stack};
use crate::transaction::TransactionId;
use crate::transport::Flow;

/// See the module. Each handler gives back what is left of the duty.
#[derive(Debug)]
pub(super) enum Duty {
    /// Our INVITE, or re-INVITE, runs until its CANCEL has taken effect or it is answered.
    Invite(Box<Abandoned>),
    /// 2xx responses to acknowledge.
    Accepted(Box<Accepted>),
    /// A BYE waits for its response.
    Bye { dialog: Box<Dialog>, exchange: Box<Exchange> },
    /// A BYE waits for the ACK to our 2xx (RFC 3261 15).
    AwaitAck { dialog: Box<Dialog>, accepting: Accepting, termination: Option<Termination> },
    /// A request of the application.
    Request { id: RequestId, dialog: Box<Dialog>, exchange: Box<Exchange> },
}

/// An INVITE whose call is over.
#[derive(Debug)]
pub(super) struct Abandoned {
    exchange: Exchange,
    cseq: u32,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// It makes a call: a dialog it makes in spite of the CANCEL is ended.
    First,
    /// It is in a dialog, which a BYE of its own ends: a 2xx is only acknowledged.
    Again(Box<Dialog>),
}

impl Duty {
    /// Gives up the INVITE of a call; nothing is owed when it was never sent.
    pub(super) fn cancel(mut exchange: Exchange, cseq: u32, stack: &mut Stack) -> Option<Self> {
        if exchange.transaction().is_none() {
            exchange.abandon(stack);
            return None;
        }
        let abandoned = Abandoned { exchange, cseq, kind: Kind::First };
        abandoned.press(stack);
        Some(Self::Invite(Box::new(abandoned)))
    }

    /// Gives up a re-INVITE of a call that ends; nothing is owed when it was never sent.
    pub(super) fn leave(mut exchange: Exchange, dialog: Dialog, stack: &mut Stack) -> Option<Self> {
        if exchange.transaction().is_none() {
            exchange.abandon(stack);
            return None;
        }
        let cseq = exchange.request().headers.cseq().map_or(0, |cseq| cseq.number);
        let kind = Kind::Again(Box::new(dialog));
        let abandoned = Abandoned { exchange, cseq, kind };
        abandoned.press(stack);
        Some(Self::Invite(Box::new(abandoned)))
    }

    /// Whether an answer is awaited, and not only a 2xx that may come again.
    pub(super) fn is_urgent(&self) -> bool {
        match self {
            Self::Accepted(accepted) => accepted.dialogs() > 0,
            Self::Invite(_) | Self::Bye { .. } | Self::AwaitAck { .. } | Self::Request { .. } => {
                true
            }
        }
    }

    pub(super) fn dialogs(&self) -> usize {
        match self {
            Self::Invite(_) | Self::Request { .. } => 0,
            Self::Accepted(accepted) => accepted.dialogs(),
            Self::Bye { .. } | Self::AwaitAck { .. } => 1,
        }
    }

    pub(super) fn resolved(
        mut self,
        facts: &Facts,
        id: ResolveId,
        routes: &[Flow],
        stack: &mut Stack,
    ) -> Option<Self> {
        let over = match &mut self {
            Self::Accepted(accepted) => {
                accepted.resolved(facts, id, routes, stack);
                accepted.is_done()
            }
            Self::Bye { exchange, .. } => {
                exchange.resolved(id, routes, stack).is_some_and(|verdict| verdict.is_over())
            }
            Self::Request { id: request, exchange, .. } => exchange
                .resolved(id, routes, stack)
                .is_some_and(|verdict| conclude(*request, Some(facts.id), verdict, stack)),
            Self::Invite(_) | Self::AwaitAck { .. } => false,
        };
        (!over).then_some(self)
    }

    /// `response` is taken by the duty whose transaction it belongs to.
    pub(super) fn responded(
        mut self,
        facts: &Facts,
        id: TransactionId,
        response: &mut Option<Response>,
        stack: &mut Stack,
    ) -> Option<Self> {
        let over = match &mut self {
            Self::Invite(abandoned) if abandoned.exchange.is(id) => {
                let response = response.take()?;
                return match abandoned.responded(facts, id, &response, stack) {
                    Left::Same => Some(self),
                    Left::Nothing => None,
                    Left::Accepted(accepted) => Some(Self::Accepted(accepted)),
                };
            }
            Self::Accepted(accepted) => {
                accepted.responded(facts, id, response, stack);
                accepted.is_done()
            }
            Self::Bye { dialog, exchange } if exchange.is(id) => {
                exchange.responded(response.take()?, dialog.local_cseq_mut(), stack).is_over()
            }
            Self::Request { id: request, dialog, exchange } if exchange.is(id) => {
                let verdict = exchange.responded(response.take()?, dialog.local_cseq_mut(), stack);
                conclude(*request, Some(facts.id), verdict, stack)
            }
            _ => false,
        };
        (!over).then_some(self)
    }

    pub(super) fn failed(
        mut self,
        facts: &Facts,
        id: TransactionId,
        fault: Fault,
        stack: &mut Stack,
    ) -> Option<Self> {
        let over = match &mut self {
            Self::Invite(abandoned) => abandoned.exchange.is(id),
            Self::Bye { exchange, .. } if exchange.is(id) => {
                exchange.failed(fault, stack).is_over()
            }
            Self::Request { id: request, exchange, .. } if exchange.is(id) => {
                let verdict = exchange.failed(fault, stack);
                conclude(*request, Some(facts.id), verdict, stack)
            }
            Self::Accepted(accepted) => {
                accepted.failed(facts, id, fault, stack);
                accepted.is_done()
            }
            _ => false,
        };
        (!over).then_some(self)
    }

    pub(super) fn transaction_ended(mut self, id: TransactionId) -> Option<Self> {
        let over = match &mut self {
            Self::Invite(abandoned) => abandoned.exchange.is(id),
            Self::Accepted(accepted) => {
                accepted.transaction_ended(id);
                accepted.is_done()
            }
            _ => false,
        };
        (!over).then_some(self)
    }
}

/// What is left of an abandoned INVITE after a response.
enum Left {
    Same,
    Nothing,
    Accepted(Box<Accepted>),
}

impl Abandoned {
    /// Sends the CANCEL, unless it must wait for the first 1xx (RFC 3261 9.1).
    fn press(&self, stack: &mut Stack) {
        if let Some(invite) = self.exchange.transaction() {
            // Before a 1xx it is refused, and the 1xx presses again; after a final response, that
            // response is on its way here.
            let _ = stack.cancel(invite);
        }
    }

    fn responded(
        &mut self,
        facts: &Facts,
        id: TransactionId,
        response: &Response,
        stack: &mut Stack,
    ) -> Left {
        if response.status.is_provisional() {
            self.press(stack);
            return Left::Same;
        }
        let Some(flow) = self.exchange.flow().filter(|_| response.status.is_success()) else {
            return Left::Nothing;
        };
        let invite = self.exchange.request();
        let accepted = match &self.kind {
            // RFC 3261 9.1: a CANCEL may have no effect; the call is answered, so it is ended.
            Kind::First => Dialog::salvage(invite, response, facts.tag, self.cseq, flow)
                .map(|dialog| Accepted::new(id, self.cseq, dialog, &invite.headers))
                .map(|accepted| accepted.give_up(facts, stack)),
            Kind::Again(dialog) => {
                let dialog = (**dialog).clone();
                let mut accepted = Accepted::new(id, self.cseq, dialog, &invite.headers);
                accepted.acknowledge(facts, None, stack);
                Ok(accepted)
            }
        };
        accepted.map_or(Left::Nothing, |accepted| Left::Accepted(Box::new(accepted)))
    }
}

/// Replaces each duty by what is left of it.
pub(super) fn each(duties: &mut Vec<Duty>, step: impl FnMut(Duty) -> Option<Duty>) {
    let all = std::mem::take(duties);
    duties.extend(all.into_iter().filter_map(step));
}

/// Ends a dialog with BYE; `None` when its peer cannot be reached.
pub(super) fn say_bye(
    mut dialog: Dialog,
    facts: &Facts,
    termination: Option<&Termination>,
    stack: &mut Stack,
) -> Option<Duty> {
    let mut request = dialog.request(Method::Bye);
    if let Some(termination) = termination {
        write_reason(&mut request.headers, termination);
    }
    let plan = Plan {
        request,
        hops: vec![dialog.next_hop()],
        flow: Some(dialog.flow()),
        account: facts.account,
        trust: facts.trust(),
        contact: None,
        auth: None,
    };
    let exchange = Box::new(Exchange::start(plan, facts.owner(), stack).ok()?);
    Some(Duty::Bye { dialog: Box::new(dialog), exchange })
}
