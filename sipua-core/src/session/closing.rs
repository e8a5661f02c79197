//! What is left of a call that has ended: the duties to the network.

use super::duty::{Duty, each, say_bye};
use super::end::Ending;
use super::{Facts, Inbound, State};
use crate::event::ResolveId;
use crate::message::{Method, Request, Response, StatusCode};
use crate::stack::{Alarm, Fault, Stack};
use crate::transaction::TransactionId;
use crate::transport::Flow;

/// What is left of a call. Making one tells the application the end, exactly once.
#[derive(Debug)]
pub(super) struct Closing {
    duties: Vec<Duty>,
}

impl Closing {
    /// Nothing is left, and the end was told.
    pub(super) const fn empty() -> Self {
        Self { duties: Vec::new() }
    }

    /// The call ends now.
    pub(super) fn end(
        facts: &Facts,
        ending: Ending,
        duties: Vec<Duty>,
        stack: &mut Stack,
    ) -> State {
        for alarm in [Alarm::Ring, Alarm::Expires, Alarm::Provisional, Alarm::Description] {
            stack.cancel_alarm(facts.owner(), alarm);
        }
        stack.cancel_alarm(facts.owner(), Alarm::Glare);
        ending.tell(facts, stack);
        State::Closing(Self { duties })
    }

    pub(super) fn is_done(&self) -> bool {
        self.duties.is_empty()
    }

    /// Whether the peer is still to be told something, 2xx that may come again aside.
    pub(super) fn is_parting(&self) -> bool {
        self.duties.iter().any(Duty::is_urgent)
    }

    pub(super) fn dialogs(&self) -> usize {
        self.duties.iter().map(Duty::dialogs).sum()
    }

    pub(super) fn resolved(
        mut self,
        facts: &Facts,
        id: ResolveId,
        routes: &[Flow],
        stack: &mut Stack,
    ) -> Self {
        each(&mut self.duties, |duty| duty.resolved(facts, id, routes, stack));
        self
    }

    pub(super) fn responded(
        mut self,
        facts: &Facts,
        id: TransactionId,
        response: Response,
        stack: &mut Stack,
    ) -> Self {
        let mut response = Some(response);
        each(&mut self.duties, |duty| duty.responded(facts, id, &mut response, stack));
        self
    }

    pub(super) fn failed(
        mut self,
        facts: &Facts,
        id: TransactionId,
        fault: Fault,
        stack: &mut Stack,
    ) -> Self {
        each(&mut self.duties, |duty| duty.failed(facts, id, fault, stack));
        self
    }

    pub(super) fn transaction_ended(&mut self, id: TransactionId) {
        each(&mut self.duties, |duty| duty.transaction_ended(id));
    }

    pub(super) fn acknowledged(mut self, facts: &Facts, ack: &Request, stack: &mut Stack) -> Self {
        each(&mut self.duties, |duty| match duty {
            Duty::AwaitAck { dialog, accepting, termination } if accepting.is_met_by(ack) => {
                accepting.stop(facts, stack);
                say_bye(*dialog, facts, termination.as_ref(), stack)
            }
            other => Some(other),
        });
        self
    }

    /// The peer does not know yet, or says good-bye at the same time.
    pub(super) fn requested(mut self, facts: &Facts, inbound: &Inbound, stack: &mut Stack) -> Self {
        let Inbound { id, request, .. } = inbound;
        let is_bye = request.method == Method::Bye;
        let status =
            if is_bye { StatusCode::OK } else { StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST };
        let response = stack.response(request, status, None, Some(facts.tag));
        stack.respond(*id, response);
        if is_bye {
            each(&mut self.duties, |duty| match duty {
                Duty::AwaitAck { accepting, .. } => {
                    accepting.stop(facts, stack);
                    None
                }
                other => Some(other),
            });
        }
        self
    }

    pub(super) fn alarmed(mut self, facts: &Facts, alarm: Alarm, stack: &mut Stack) -> Self {
        each(&mut self.duties, |duty| match (duty, alarm) {
            (Duty::AwaitAck { dialog, mut accepting, termination }, Alarm::Success) => {
                accepting.repeat(facts, stack);
                Some(Duty::AwaitAck { dialog, accepting, termination })
            }
            (Duty::AwaitAck { dialog, accepting, termination }, Alarm::NoAck) => {
                accepting.stop(facts, stack);
                say_bye(*dialog, facts, termination.as_ref(), stack)
            }
            (other, _) => Some(other),
        });
        self
    }
}
