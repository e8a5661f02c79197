//! From what the layers below say to whom it concerns.

use super::Endpoint;
use crate::dialog::LocalTag;
use crate::event::{CallId, ResolveId};
use crate::message::{Request, Response};
use crate::registration::Wish;
use crate::stack::{Alarm, Fault, Owner};
use crate::transaction::{TransactionId, TransactionOutput};
use crate::transport::Flow;

impl Endpoint {
    /// Tells the owners everything that the transactions have to say.
    pub(super) fn settle(&mut self) {
        while let Some(output) = self.stack.poll_inbox() {
            match output {
                // Sent already.
                TransactionOutput::Transmit { .. } => {}
                TransactionOutput::Request { id, request, flow } => self.request(id, request, flow),
                TransactionOutput::Ack { request, .. } => self.ack(&request),
                TransactionOutput::Cancel { id, owner, request } => {
                    if let Some(Owner::Call(call)) = owner
                        && let Some(session) = self.calls.get_mut(&call)
                    {
                        session.on_cancel(id, request, &mut self.stack);
                        self.sweep_call(call);
                    }
                }
                TransactionOutput::Response { id, owner, response } => {
                    self.response(id, owner, response);
                }
                TransactionOutput::StrayResponse { .. } => self.counters.stray_successes += 1,
                TransactionOutput::Timeout { id, owner } => self.fault(id, owner, Fault::Timeout),
                TransactionOutput::TransportError { id, owner } => {
                    self.fault(id, owner, Fault::Transport);
                }
                TransactionOutput::Ended { id, owner } => self.transaction_ended(id, owner),
            }
        }
    }

    pub(super) fn alarm(&mut self, owner: Owner, alarm: Alarm) {
        match owner {
            Owner::Call(call) => {
                if let Some(session) = self.calls.get_mut(&call) {
                    session.on_alarm(alarm, &mut self.stack);
                    self.sweep_call(call);
                }
            }
            Owner::Account(account) => {
                if let Some(registration) = self.registrations.get_mut(&account) {
                    registration.on_alarm(&mut self.stack);
                    self.sweep_registration(account);
                }
            }
            Owner::Request(_) => {}
        }
    }

    pub(super) fn resolved(&mut self, id: ResolveId, routes: &[Flow]) {
        match self.stack.end_lookup(id) {
            Some(Owner::Call(call)) => {
                if let Some(session) = self.calls.get_mut(&call) {
                    session.on_resolved(id, routes, &mut self.stack);
                    self.sweep_call(call);
                }
            }
            Some(Owner::Account(account)) => {
                if let Some(registration) = self.registrations.get_mut(&account) {
                    registration.on_resolved(id, routes, &mut self.stack);
                    self.sweep_registration(account);
                }
            }
            Some(Owner::Request(request)) => {
                if let Some(client) = self.requests.get_mut(&request)
                    && client.resolved(id, routes, &mut self.stack)
                {
                    self.requests.remove(&request);
                }
            }
            None => {}
        }
    }

    fn response(&mut self, id: TransactionId, owner: Owner, response: Response) {
        match owner {
            Owner::Call(call) => {
                if let Some(session) = self.calls.get_mut(&call) {
                    session.on_response(id, response, &mut self.stack);
                    self.sweep_call(call);
                }
            }
            Owner::Account(account) => {
                if let Some(registration) = self.registrations.get_mut(&account) {
                    registration.on_response(id, response, &mut self.stack);
                    self.sweep_registration(account);
                }
            }
            Owner::Request(request) => {
                if let Some(client) = self.requests.get_mut(&request)
                    && client.responded(id, response, &mut self.stack)
                {
                    self.requests.remove(&request);
                }
            }
        }
    }

    fn fault(&mut self, id: TransactionId, owner: Option<Owner>, fault: Fault) {
        match owner {
            Some(Owner::Call(call)) => {
                if let Some(session) = self.calls.get_mut(&call) {
                    session.on_fault(id, fault, &mut self.stack);
                    self.sweep_call(call);
                }
            }
            Some(Owner::Account(account)) => {
                if let Some(registration) = self.registrations.get_mut(&account) {
                    registration.on_fault(id, fault, &mut self.stack);
                    self.sweep_registration(account);
                }
            }
            Some(Owner::Request(request)) => {
                if let Some(client) = self.requests.get_mut(&request)
                    && client.failed(id, fault, &mut self.stack)
                {
                    self.requests.remove(&request);
                }
            }
            None => {}
        }
    }

    fn transaction_ended(&mut self, id: TransactionId, owner: Option<Owner>) {
        // Whoever still waits for it waits in vain.
        self.fault(id, owner, Fault::Timeout);
        if let Some(Owner::Call(call)) = owner
            && let Some(session) = self.calls.get_mut(&call)
        {
            session.on_transaction_ended(id);
            self.sweep_call(call);
        }
    }

    fn ack(&mut self, ack: &Request) {
        let Some(call) = self.call_of(ack) else {
            self.counters.stray_acks += 1;
            return;
        };
        if let Some(session) = self.calls.get_mut(&call) {
            session.on_ack(ack, &mut self.stack);
            self.sweep_call(call);
        }
    }

    /// The call a request is inside of: by our tag, then Call-ID and the peer's tag (12.2.2).
    pub(super) fn call_of(&self, request: &Request) -> Option<CallId> {
        let to = request.headers.to().ok()?;
        let call = self.stack.call_of(LocalTag::parse(to.tag()?)?)?;
        let session = self.calls.get(&call)?;
        let from = request.headers.from().ok()?;
        session.is_with(request.headers.call_id().ok()?, from.tag()).then_some(call)
    }

    /// Forgets a call that owes nothing any more.
    pub(super) fn sweep_call(&mut self, call: CallId) {
        if let Some(session) = self.calls.get(&call)
            && session.is_over()
        {
            let tag = session.facts().tag;
            self.calls.remove(&call);
            self.stack.forget(Owner::Call(call), Some(tag));
        }
    }

    /// Forgets a registration that is over, and its account if that is wished.
    pub(super) fn sweep_registration(&mut self, account: crate::event::AccountId) {
        let Some(registration) = self.registrations.get(&account) else { return };
        if !registration.is_over() {
            return;
        }
        if registration.wish() == Wish::Forgotten {
            self.stack.accounts.remove(account);
        }
        self.registrations.remove(&account);
        self.stack.forget(Owner::Account(account), None);
    }
}
