//! What the application wants, checked and handed on.

use super::Endpoint;
use crate::client::{ClientRequest, Heading, check_method};
use crate::event::{
    AccountId, AccountSettings, CallId, CallRequest, Command, CommandError, Dial, ExtraHeader,
    OutgoingRequest, Party, RequestId,
};
use crate::message::{HeaderName, Host, Method, NameAddr};
use crate::registration::{Registration, Wish};
use crate::session::{Direction, Facts, Invitation, Session};
use crate::stack::{ALLOW, Stack, add_headers};

impl Endpoint {
    pub(super) fn command(&mut self, command: Command) -> Result<(), CommandError> {
        match command {
            Command::AddAccount { account, settings } => self.add_account(account, *settings),
            Command::RemoveAccount { account } => self.remove_account(account),
            Command::Register { account } => self.register(account),
            Command::Unregister { account } => self.unregister(account, Wish::Unregistered),
            Command::Dial { call, dial } => self.dial(call, *dial),
            Command::SendRequest { id, request } => self.send_request(id, *request),
            Command::CallRequest { call, id, request } => self.call_request(call, id, *request),
            Command::Hangup { call, termination } => match self.calls.contains_key(&call) {
                true => self.with(call, |session, stack| session.hangup(termination, stack)),
                false => Ok(()),
            },
            Command::Ring { call, headers } => {
                check_headers(&headers)?;
                self.with(call, |session, stack| session.ring(&headers, stack))
            }
            Command::Progress { call, description, headers } => {
                check_headers(&headers)?;
                self.with(call, |session, stack| session.progress(description, &headers, stack))
            }
            Command::Answer { call, code, description, headers } => {
                check_headers(&headers)?;
                self.with(call, |session, stack| session.answer(code, description, &headers, stack))
            }
            Command::Reject { call, code, reason, headers } => {
                check_headers(&headers)?;
                let reason = reason.as_deref();
                self.with(call, |session, stack| session.reject(code, reason, &headers, stack))
            }
            Command::Redirect { call, targets } => {
                self.with(call, |session, stack| session.redirect(&targets, stack))
            }
            Command::Ignore { call } => self.with(call, |session, _| session.ignore()),
            Command::Reinvite { call, description } => {
                self.with(call, |session, stack| session.reinvite(description, stack))
            }
            Command::AnswerOffer { call, description } => {
                self.with(call, |session, stack| session.answer_offer(description, stack))
            }
            Command::RejectOffer { call, code } => {
                self.with(call, |session, stack| session.reject_offer(code, stack))
            }
        }
    }

    /// Hands a call its command, and forgets the call if that was its last.
    fn with(
        &mut self,
        call: CallId,
        command: impl FnOnce(&mut Session, &mut Stack) -> Result<(), CommandError>,
    ) -> Result<(), CommandError> {
        let session = self.calls.get_mut(&call).ok_or(CommandError::UnknownCall(call))?;
        let result = command(session, &mut self.stack);
        self.sweep_call(call);
        result
    }

    fn add_account(
        &mut self,
        account: AccountId,
        settings: AccountSettings,
    ) -> Result<(), CommandError> {
        if self.stack.accounts.get(account).is_some() {
            return Err(CommandError::AccountExists(account));
        }
        check_headers(&settings.headers)?;
        self.stack.accounts.add(account, settings);
        Ok(())
    }

    fn remove_account(&mut self, account: AccountId) -> Result<(), CommandError> {
        if self.registrations.contains_key(&account) {
            return self.unregister(account, Wish::Forgotten);
        }
        match self.stack.accounts.remove(account) {
            Some(_) => Ok(()),
            None => Err(CommandError::UnknownAccount(account)),
        }
    }

    fn register(&mut self, account: AccountId) -> Result<(), CommandError> {
        if !self.registrations.contains_key(&account) {
            let registration = Registration::new(account, &mut self.stack)?;
            self.registrations.insert(account, registration);
        }
        if let Some(registration) = self.registrations.get_mut(&account) {
            registration.register(&mut self.stack);
        }
        Ok(())
    }

    fn unregister(&mut self, account: AccountId, wish: Wish) -> Result<(), CommandError> {
        match self.registrations.get_mut(&account) {
            Some(registration) => {
                registration.unregister(wish, &mut self.stack);
                self.sweep_registration(account);
            }
            None if self.stack.accounts.get(account).is_none() => {
                return Err(CommandError::UnknownAccount(account));
            }
            None => self.stack.emit(crate::event::Event::Unregistered { account }),
        }
        Ok(())
    }

    fn dial(&mut self, call: CallId, dial: Dial) -> Result<(), CommandError> {
        if self.calls.contains_key(&call) {
            return Err(CommandError::CallExists(call));
        }
        let most = self.stack.config.max_calls;
        if self.stack.live_calls() >= most {
            return Err(CommandError::TooManyCalls(most));
        }
        check_headers(&dial.headers)?;
        let Dial { account, target, from, headers, description, ring_timeout } = dial;
        let ring_timeout = ring_timeout.unwrap_or(self.stack.config.ring_timeout);
        let cseq = self.stack.first_cseq();
        let call_id = self.stack.new_call_id();
        let remote = Party::new(target.clone());
        let heading = Heading { method: Method::Invite, account, target, from, to: None, cseq };
        let tag = crate::dialog::LocalTag::new(&mut self.stack.rng);
        let (mut request, hops) = heading.write(&call_id, tag, &self.stack)?;
        let fields = &mut request.headers;
        fields.push(&HeaderName::Allow, ALLOW);
        // RFC 3261 13.2.1: how long the invitation stands.
        fields.push_display(&HeaderName::Expires, ring_timeout.as_secs().max(1));
        add_headers(fields, &headers);
        if let Some(body) = description {
            fields.push(&HeaderName::ContentType, body.content_type.as_bytes());
            request.body = body.data;
        }
        let local =
            request.headers.from().map(|from| party(&from)).unwrap_or_else(|_| remote.clone());
        let settings = account.and_then(|id| self.stack.accounts.get(id));
        let contact = settings.map_or_else(
            || local.uri.user().filter(|_| !is_nobody(&local)).unwrap_or_default().into(),
            |settings| settings.contact_user().into(),
        );
        self.stack.begin_call(call, tag);
        let direction = Direction::Outgoing;
        let facts = Facts { id: call, account, direction, call_id, tag, local, remote, contact };
        let invitation = Invitation { request, hops, cseq, ring_timeout };
        let session = Session::dial(facts, invitation, &mut self.stack);
        self.calls.insert(call, Box::new(session));
        self.sweep_call(call);
        Ok(())
    }

    fn send_request(
        &mut self,
        id: RequestId,
        request: OutgoingRequest,
    ) -> Result<(), CommandError> {
        if self.requests.contains_key(&id) {
            return Err(CommandError::RequestExists(id));
        }
        check_headers(&request.headers)?;
        if let Some(client) = ClientRequest::start(id, request, &mut self.stack)? {
            self.requests.insert(id, client);
        }
        Ok(())
    }

    fn call_request(
        &mut self,
        call: CallId,
        id: RequestId,
        request: CallRequest,
    ) -> Result<(), CommandError> {
        check_method(&request.method)?;
        check_headers(&request.headers)?;
        self.with(call, |session, stack| session.request(id, request, stack))
    }
}

/// The address and the name of a From or To.
pub(super) fn party(address: &NameAddr<'_>) -> Party {
    Party {
        uri: address.uri.to_uri(),
        display_name: address.display_name().map(|name| name.into_owned().into_boxed_str()),
    }
}

/// The sender of a call without an identity.
fn is_nobody(party: &Party) -> bool {
    matches!(party.uri.host(), Some(Host::Name(name)) if name.ends_with(".invalid"))
}

/// Headers that the core writes are not for the application, and none may smuggle in a line.
fn check_headers(headers: &[ExtraHeader]) -> Result<(), CommandError> {
    for (name, value) in headers {
        if is_reserved(name) {
            return Err(CommandError::ReservedHeader(name.clone()));
        }
        if value.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t') {
            return Err(CommandError::InvalidHeader(name.clone()));
        }
    }
    Ok(())
}

fn is_reserved(name: &HeaderName) -> bool {
    matches!(
        name,
        HeaderName::Via
            | HeaderName::From
            | HeaderName::To
            | HeaderName::CallId
            | HeaderName::CSeq
            | HeaderName::Contact
            | HeaderName::Route
            | HeaderName::RecordRoute
            | HeaderName::MaxForwards
            | HeaderName::ContentLength
            | HeaderName::ContentType
            | HeaderName::Authorization
            | HeaderName::ProxyAuthorization
            | HeaderName::Expires
    )
}
