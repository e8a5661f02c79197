//! The 2xx responses to an INVITE of ours: each is acknowledged whenever it comes, and every branch
//! but the chosen one is ended (RFC 3261 13.2.2.4).

use super::duty::{Duty, each, say_bye};
use super::{Facts, offer};
use crate::dialog::Dialog;
use crate::event::{Body, ResolveId};
use crate::message::{HeaderName, Headers, Response};
use crate::stack::{Ack, Fault, Stack};
use crate::transaction::TransactionId;
use crate::transport::Flow;

/// Branches that are ended after the first; more are left to their own timers.
const MAX_STRAYS: usize = 16;

/// An INVITE client transaction in Accepted, and what was answered there.
#[derive(Debug)]
pub(super) struct Accepted {
    transaction: TransactionId,
    cseq: u32,
    /// The chosen branch, or the first one of a call that was given up.
    dialog: Dialog,
    /// RFC 3261 13.2.2.4: the ACK has the credentials of the INVITE.
    credentials: Headers,
    ack: Ack,
    strays: Vec<Stray>,
    byes: Vec<Duty>,
    phase: Phase,
}

#[derive(Debug, PartialEq, Eq)]
enum Phase {
    /// More 2xx may come.
    Open,
    /// The transaction is over.
    Ended,
}

/// A branch nobody wanted.
#[derive(Debug)]
struct Stray {
    remote_tag: Option<Box<str>>,
    ack: Ack,
}

impl Accepted {
    /// A 2xx came for the INVITE of this number; its ACK is owed.
    pub(super) fn new(
        transaction: TransactionId,
        cseq: u32,
        dialog: Dialog,
        invite: &Headers,
    ) -> Self {
        let mut credentials = Headers::default();
        credentials.append_from(invite, &HeaderName::Authorization);
        credentials.append_from(invite, &HeaderName::ProxyAuthorization);
        Self {
            transaction,
            cseq,
            dialog,
            credentials,
            ack: Ack::Owed,
            strays: Vec::new(),
            byes: Vec::new(),
            phase: Phase::Open,
        }
    }

    pub(super) fn owes_ack(&self) -> bool {
        matches!(self.ack, Ack::Owed)
    }

    /// Dialogs of branches nobody wanted that still have a BYE on its way.
    pub(super) fn dialogs(&self) -> usize {
        self.byes.len()
    }

    /// Nothing is owed any more.
    pub(super) fn is_done(&self) -> bool {
        self.phase == Phase::Ended && self.byes.is_empty()
    }

    /// Acknowledges the chosen branch, with the answer to a late offer.
    pub(super) fn acknowledge(&mut self, facts: &Facts, answer: Option<Body>, stack: &mut Stack) {
        self.ack = self.ack_for(&self.dialog, facts, answer, stack);
    }

    /// The call was given up before: this branch, too, is acknowledged and ended.
    pub(super) fn give_up(mut self, facts: &Facts, stack: &mut Stack) -> Self {
        self.acknowledge(facts, None, stack);
        self.byes.extend(say_bye(self.dialog.clone(), facts, None, stack));
        self
    }

    /// A response to the INVITE, or to the BYE of a branch.
    pub(super) fn responded(
        &mut self,
        facts: &Facts,
        id: TransactionId,
        response: &mut Option<Response>,
        stack: &mut Stack,
    ) {
        if self.transaction != id {
            return each(&mut self.byes, |bye| bye.responded(facts, id, response, stack));
        }
        if let Some(success) = response.take().filter(|response| response.status.is_success()) {
            self.succeeded(facts, &success, stack);
        }
    }

    /// Another 2xx: a repetition, or a branch that nobody wants.
    fn succeeded(&mut self, facts: &Facts, response: &Response, stack: &mut Stack) {
        let Ok(to) = response.headers.to() else { return };
        if self.dialog.remote_tag() == to.tag() {
            return self.ack.repeat(stack);
        }
        if let Some(stray) = self.strays.iter().find(|s| s.remote_tag.as_deref() == to.tag()) {
            return stray.ack.repeat(stack);
        }
        if self.strays.len() >= MAX_STRAYS {
            return;
        }
        if let Ok(dialog) = self.dialog.sibling(response, self.cseq) {
            let ack = self.ack_for(&dialog, facts, None, stack);
            self.strays.push(Stray { remote_tag: to.tag().map(Into::into), ack });
            self.byes.extend(say_bye(dialog, facts, None, stack));
        }
    }

    /// A lookup is answered; maybe one of ours.
    pub(super) fn resolved(
        &mut self,
        facts: &Facts,
        id: ResolveId,
        routes: &[Flow],
        stack: &mut Stack,
    ) {
        self.ack.resolved(id, routes, stack);
        for stray in &mut self.strays {
            stray.ack.resolved(id, routes, stack);
        }
        each(&mut self.byes, |bye| bye.resolved(facts, id, routes, stack));
    }

    /// A transaction has no response; maybe the BYE of a branch.
    pub(super) fn failed(
        &mut self,
        facts: &Facts,
        id: TransactionId,
        fault: Fault,
        stack: &mut Stack,
    ) {
        each(&mut self.byes, |bye| bye.failed(facts, id, fault, stack));
    }

    pub(super) fn transaction_ended(&mut self, id: TransactionId) {
        if self.transaction == id {
            self.phase = Phase::Ended;
        }
    }

    fn ack_for(
        &self,
        dialog: &Dialog,
        facts: &Facts,
        answer: Option<Body>,
        stack: &mut Stack,
    ) -> Ack {
        let mut ack = dialog.ack(self.cseq);
        ack.headers.append_from(&self.credentials, &HeaderName::Authorization);
        ack.headers.append_from(&self.credentials, &HeaderName::ProxyAuthorization);
        if let Some(answer) = answer {
            offer::attach(&mut ack.headers, &mut ack.body, answer);
        }
        Ack::start(ack, &dialog.next_hop(), dialog.flow(), facts.owner(), stack)
    }
}
