//! What the application asks of the agent.

use std::sync::Arc;
use std::time::Instant;

use sipua_core::endpoint::CallState;
use sipua_core::event::{
    self as core, AccountId, AccountSettings, Body, CallId, CommandError, ExtraHeader, Termination,
};
use sipua_core::transport::Query;

use super::call::{Accept, AgentCall, Media, Waiting};
use super::{Agent, Output, Toward};
use crate::record::CallDirection;

/// A command. Those that touch no media go to the protocol core as they are.
#[derive(Debug)]
pub(crate) enum Command {
    /// To the protocol core.
    Core(core::Command),
    /// Adds an account, and registers it unless it is a trunk.
    AddAccount { account: AccountId, entry: Box<AccountEntry>, register: bool },
    /// Places a call.
    Dial { call: CallId, dial: Box<DialCommand> },
    /// Takes an incoming call: 183 with early media, or a 2xx.
    Accept { call: CallId, code: u16, headers: Vec<ExtraHeader> },
    /// Ends a call.
    Hangup { call: CallId, termination: Option<Termination> },
    /// Puts a call on hold, or takes it back.
    SetHold { call: CallId, hold: bool },
    /// Negotiates the media anew.
    Reinvite { call: CallId },
}

/// An account as the agent keeps it.
#[derive(Debug)]
pub(crate) struct AccountEntry {
    pub(crate) settings: AccountSettings,
    pub(crate) tag: Option<Arc<str>>,
    pub(crate) binding: Binding,
}

/// What the registrar holds of an account, as far as we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Binding {
    /// Nothing.
    #[default]
    None,
    /// A binding, or a request for one is under way.
    Wanted,
    /// A binding that is being taken back, after which the account is forgotten.
    Removing,
}

/// A call to place.
#[derive(Debug)]
pub(crate) struct DialCommand {
    pub(crate) dial: core::Dial,
    pub(crate) dtmf: Option<Box<str>>,
    pub(crate) tag: Option<Arc<str>>,
}

impl Command {
    /// The call it is about.
    pub(crate) const fn call(&self) -> Option<CallId> {
        match self {
            Self::Dial { call, .. }
            | Self::Accept { call, .. }
            | Self::Hangup { call, .. }
            | Self::SetHold { call, .. }
            | Self::Reinvite { call } => Some(*call),
            Self::Core(
                core::Command::Ring { call, .. }
                | core::Command::Reject { call, .. }
                | core::Command::Redirect { call, .. }
                | core::Command::Ignore { call }
                | core::Command::CallRequest { call, .. },
            ) => Some(*call),
            Self::Core(_) | Self::AddAccount { .. } => None,
        }
    }
}

impl Agent {
    /// Does what the application asks; an error changes nothing.
    pub(crate) fn handle_command(
        &mut self,
        command: Command,
        now: Instant,
    ) -> Result<(), CommandError> {
        let result = match command {
            Command::Core(core::Command::Ring { call, headers }) => self.ring(call, headers, now),
            Command::Core(core::Command::RemoveAccount { account }) => {
                self.remove_account(account, now)
            }
            Command::Core(core::Command::Register { account }) => self.register(account, now),
            Command::Core(command) => self.endpoint.handle_command(command, now),
            Command::AddAccount { account, entry, register } => {
                self.add_account(account, *entry, register, now)
            }
            Command::Dial { call, dial } => self.dial(call, *dial, now),
            Command::Accept { call, code, headers } => {
                self.accept(call, Accept { code, headers }, now)
            }
            Command::Hangup { call, termination } => self.hangup(call, termination, now),
            Command::SetHold { call, hold } => self.set_hold(call, hold, now),
            Command::Reinvite { call } => self.reinvite(call, now),
        };
        self.drain(now);
        result
    }

    fn add_account(
        &mut self,
        account: AccountId,
        entry: AccountEntry,
        register: bool,
        now: Instant,
    ) -> Result<(), CommandError> {
        let settings = Box::new(entry.settings.clone());
        self.endpoint.handle_command(core::Command::AddAccount { account, settings }, now)?;
        self.accounts.insert(account, entry);
        if register { self.register(account, now) } else { Ok(()) }
    }

    fn register(&mut self, account: AccountId, now: Instant) -> Result<(), CommandError> {
        self.endpoint.handle_command(core::Command::Register { account }, now)?;
        self.set_binding(account, Binding::Wanted);
        Ok(())
    }

    fn remove_account(&mut self, account: AccountId, now: Instant) -> Result<(), CommandError> {
        self.endpoint.handle_command(core::Command::RemoveAccount { account }, now)?;
        match self.accounts.get(&account).map(|entry| entry.binding) {
            // Its last event, `unregistered`, still bears its tag.
            Some(Binding::Wanted) => self.set_binding(account, Binding::Removing),
            _ => drop(self.accounts.remove(&account)),
        }
        Ok(())
    }

    pub(super) fn set_binding(&mut self, account: AccountId, binding: Binding) {
        if let Some(entry) = self.accounts.get_mut(&account) {
            entry.binding = binding;
        }
    }

    /// Takes back every binding, as far as registrars answer.
    pub(crate) fn unregister_all(&mut self, now: Instant) {
        let registered: Vec<_> = self
            .accounts
            .iter()
            .filter(|(_, entry)| entry.binding == Binding::Wanted)
            .map(|(&account, _)| account)
            .collect();
        for account in registered {
            let command = core::Command::Unregister { account };
            if self.endpoint.handle_command(command, now).is_err() {
                self.set_binding(account, Binding::None);
            }
        }
        self.drain(now);
    }

    fn dial(
        &mut self,
        id: CallId,
        DialCommand { dial, dtmf, tag }: DialCommand,
        now: Instant,
    ) -> Result<(), CommandError> {
        if self.calls.contains_key(&id) {
            return Err(CommandError::CallExists(id));
        }
        let toward = Toward::Target(self.first_hop(&dial)?);
        let account = dial.account;
        let media = Media::Opening(Box::new(Waiting::Dial(Box::new(dial))));
        let mut call = AgentCall::new(CallDirection::Outgoing, media, self.millis(now));
        call.account = account;
        call.tag = tag;
        call.post_dial = dtmf;
        self.calls.insert(id, call);
        self.outputs.push_back(Output::OpenMedia { call: id, toward });
        Ok(())
    }

    /// Where the INVITE goes first, which decides the local address of the media.
    fn first_hop(&self, dial: &core::Dial) -> Result<Query, CommandError> {
        let settings = match dial.account {
            Some(id) => {
                Some(&self.accounts.get(&id).ok_or(CommandError::UnknownAccount(id))?.settings)
            }
            None => None,
        };
        let hop = settings
            .and_then(|settings| settings.outbound_proxy.first().or(settings.servers.first()))
            .unwrap_or(&dial.target);
        Query::for_uri(hop)
            .or_else(|error| settings.map_or(Err(error), |settings| Query::for_uri(&settings.aor)))
            .map_err(|_| CommandError::UnsupportedTarget(dial.target.clone()))
    }

    fn ring(
        &mut self,
        call: CallId,
        headers: Vec<ExtraHeader>,
        now: Instant,
    ) -> Result<(), CommandError> {
        self.endpoint.handle_command(core::Command::Ring { call, headers }, now)?;
        self.alerting(call, 180, now);
        Ok(())
    }

    fn accept(&mut self, id: CallId, accept: Accept, now: Instant) -> Result<(), CommandError> {
        let media_wanted = self.media;
        let call = self.calls.get_mut(&id).ok_or(CommandError::UnknownCall(id))?;
        match std::mem::replace(&mut call.media, Media::Closed) {
            Media::Offered { offer, flow: Some(flow) } => {
                let waiting = Waiting::Accept { offer, accept };
                call.media = Media::Opening(Box::new(waiting));
                if media_wanted {
                    let toward = Toward::Flow(flow);
                    self.outputs.push_back(Output::OpenMedia { call: id, toward });
                } else {
                    let address = super::media::no_media(flow.local.ip());
                    self.handle_media_opened(id, Ok(address), now);
                }
                Ok(())
            }
            Media::Opening(mut waiting) => {
                // The ports are still being opened for a 183: what was said last counts.
                if let Waiting::Accept { accept: earlier, .. } = &mut *waiting {
                    *earlier = accept;
                }
                call.media = Media::Opening(waiting);
                Ok(())
            }
            other => {
                // What a 183 has said already is repeated by the core; the rest is said now.
                call.media = other;
                let unsent = call.unsent.take();
                self.send_accept(id, accept, unsent, now)
            }
        }
    }

    fn hangup(
        &mut self,
        id: CallId,
        termination: Option<Termination>,
        now: Instant,
    ) -> Result<(), CommandError> {
        let pending_dial = self.calls.get(&id).is_some_and(|call| {
            matches!(&call.media, Media::Opening(waiting) if matches!(**waiting, Waiting::Dial(_)))
        });
        if pending_dial {
            self.end_before_invite(id, core::EndedBy::Local, core::Failure::Cancelled, now);
            return Ok(());
        }
        self.endpoint.handle_command(core::Command::Hangup { call: id, termination }, now)
    }

    fn set_hold(&mut self, id: CallId, hold: bool, now: Instant) -> Result<(), CommandError> {
        let call = self.calls.get_mut(&id).ok_or(CommandError::UnknownCall(id))?;
        call.wants_hold = hold;
        self.follow_hold_wish(id, now)
    }

    /// Asks the peer for what the application wishes, if that is not agreed already and it can be
    /// asked now; otherwise it is asked when what is under way has ended.
    pub(super) fn follow_hold_wish(
        &mut self,
        id: CallId,
        now: Instant,
    ) -> Result<(), CommandError> {
        let Some(call) = self.calls.get_mut(&id) else { return Ok(()) };
        let (wanted, agreed) = (call.wants_hold, call.hold.0);
        let Some(negotiator) = call.negotiator() else { return Ok(()) };
        if negotiator.offer_pending() {
            return Ok(());
        }
        if wanted == agreed {
            negotiator.set_hold(wanted);
            return Ok(());
        }
        match self.endpoint.call_state(id) {
            Some(CallState::Confirmed) => self.reinvite(id, now),
            _ => Ok(()),
        }
    }

    fn reinvite(&mut self, id: CallId, now: Instant) -> Result<(), CommandError> {
        let state = self.endpoint.call_state(id);
        let call = self.calls.get_mut(&id).ok_or(CommandError::UnknownCall(id))?;
        let wants_hold = call.wants_hold;
        let negotiator = call.negotiator().filter(|negotiator| !negotiator.offer_pending());
        let (Some(negotiator), Some(CallState::Confirmed)) = (negotiator, state) else {
            let state = state.map_or("over", CallState::name);
            return Err(CommandError::WrongState { verb: "reinvite", state });
        };
        negotiator.set_hold(wants_hold);
        let description = Some(Body::sdp(negotiator.offer()));
        let result =
            self.endpoint.handle_command(core::Command::Reinvite { call: id, description }, now);
        if result.is_err()
            && let Some(negotiator) = self.calls.get_mut(&id).and_then(AgentCall::negotiator)
        {
            negotiator.abandon();
        }
        result
    }
}
