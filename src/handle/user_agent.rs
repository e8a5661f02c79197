//! The user agent's handle.

use std::sync::Arc;
use std::time::SystemTime;

use sipua_core::event::{self as core, CallId, RequestId, RequestOutcome};
use sipua_core::message::Method;
use tokio::sync::{mpsc, oneshot};

use super::build;
use super::target::{header, parse_target};
use super::{Account, Call, Events};
use crate::address::split_post_dial;
use crate::agent::{Command, DialCommand};
use crate::call_shared::CallShared;
use crate::config::{AccountConfig, Bound, Config, DialOptions};
use crate::driver::{DriverCommand, Registry};
use crate::error::{Error, Result};
use crate::event::Failure;
use crate::id::Ids;
use crate::record::CallDirection;

/// A SIP user agent: it owns transports, accounts, calls and media threads.
///
/// Cheap to clone; any thread may use any clone. When the last handle of a user agent (calls and
/// accounts count as handles) is dropped, its calls end and it stops. Several may live in a process.
#[derive(Debug, Clone)]
pub struct UserAgent {
    pub(super) shared: Arc<UaShared>,
}

/// What all handles of a user agent share.
#[derive(Debug)]
pub(crate) struct UaShared {
    pub(crate) commands: mpsc::Sender<DriverCommand>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) ids: Arc<Ids>,
    pub(crate) config: Config,
    pub(crate) bound: Vec<Bound>,
    pub(crate) started_at: SystemTime,
}

/// The final answer to a request.
#[derive(Debug, Clone)]
pub struct Response {
    /// The SIP status code, 200 to 299.
    pub code: u16,
    /// The reason phrase.
    pub reason: String,
    /// The header fields, as (name, value), in order.
    pub headers: Vec<(String, String)>,
}

impl UserAgent {
    /// Opens the listeners and starts the loop as a task of the calling tokio runtime.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for settings that cannot be, [`Error::Io`] for a port in use.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn start(config: Config) -> Result<Self> {
        build::start(config)
    }

    /// The addresses that were bound, in the order of the configuration.
    pub fn bound(&self) -> &[Bound] {
        &self.shared.bound
    }

    /// When it started: the zero of every event's time.
    pub fn started_at(&self) -> SystemTime {
        self.shared.started_at
    }

    /// The settings it was started with.
    pub fn config(&self) -> &Config {
        &self.shared.config
    }

    /// Reads all events from now on. Every reader gets every event.
    pub fn events(&self) -> Events {
        Events::new(self.shared.registry.subscribe(self.shared.config.event_queue))
    }

    /// Events that readers did not take in time and that were dropped.
    pub fn events_dropped(&self) -> u64 {
        self.shared.registry.events_dropped()
    }

    /// Adds an account, and registers it unless it is a trunk; `registered` or
    /// `registration_failed` follows.
    pub fn add_account(&self, config: AccountConfig) -> Result<Account> {
        Account::add(Arc::clone(&self.shared), config)
    }

    /// Calls `target` directly, without an account: `sip:bob@192.0.2.1`, or with digits to send
    /// after the answer, `sip:bob@192.0.2.1,42#`.
    pub fn dial(&self, target: &str, options: DialOptions) -> Result<Call> {
        self.shared.dial(None, target, options)
    }

    /// The living call of this id.
    pub fn call(&self, id: CallId) -> Option<Call> {
        let call = self.shared.registry.call(id)?;
        Some(Call::new(Arc::clone(&self.shared), call))
    }

    /// All living calls.
    pub fn calls(&self) -> Vec<Call> {
        let calls = self.shared.registry.calls();
        calls.into_iter().map(|call| Call::new(Arc::clone(&self.shared), call)).collect()
    }

    /// Asks a peer what it can do (OPTIONS, RFC 3261 11).
    ///
    /// # Errors
    /// [`Error::Refused`] with the code of the refusal, or 408 when nothing answered.
    pub async fn options(&self, target: &str) -> Result<Response> {
        self.send_request("OPTIONS", target, &[], None).await
    }

    /// Sends a request outside of any call: header fields as (name, value), the body with its type.
    ///
    /// # Errors
    /// [`Error::Refused`] with the code of the refusal, or 408 when nothing answered.
    pub async fn send_request(
        &self,
        method: &str,
        target: &str,
        headers: &[(String, String)],
        body: Option<(&str, &[u8])>,
    ) -> Result<Response> {
        self.shared.send_request(None, method, target, headers, body).await
    }

    /// Ends all calls, takes back all registrations, and stops. Returns when that is done, at most
    /// a few seconds later.
    pub async fn shutdown(&self) {
        let (done, stopped) = oneshot::channel();
        if self.shared.send(DriverCommand::Shutdown(done)).is_ok() {
            let _ = stopped.await;
        }
    }
}

impl UaShared {
    pub(super) fn send(&self, command: DriverCommand) -> Result<()> {
        use mpsc::error::TrySendError;
        self.commands.try_send(command).map_err(|error| match error {
            TrySendError::Closed(_) => Error::Stopped,
            TrySendError::Full(_) => {
                Error::Limit { what: "waiting commands", limit: self.commands.max_capacity() }
            }
        })
    }

    pub(super) fn dial(
        self: &Arc<Self>,
        account: Option<&Account>,
        target: &str,
        options: DialOptions,
    ) -> Result<Call> {
        let (target, digits) = split_post_dial(target);
        let uri = parse_target(target, account.map(Account::aor))?;
        let id = account.map(Account::id);
        let headers = options
            .headers
            .iter()
            .map(|(name, value)| header(name, value))
            .collect::<Result<Vec<_>>>()?;
        let mut dial = core::Dial::new(id, uri, None);
        dial.headers = headers;
        dial.ring_timeout = options.ring_timeout;
        if let (Some(name), Some(account)) = (options.display_name, account) {
            let uri = account.aor().clone();
            dial.from = Some(core::Party { uri, display_name: Some(name.into()) });
        }
        let call = CallId(self.ids.allocate());
        let tag: Option<Arc<str>> = options.tag.map(Arc::from);
        let dtmf = options.dtmf.as_deref().or(digits).map(Box::from);
        let shared = Arc::new(CallShared::new(call, CallDirection::Outgoing, id, tag.clone()));
        self.registry.insert(Arc::clone(&shared));
        let dial = Box::new(DialCommand { dial, dtmf, tag });
        if let Err(error) = self.send(DriverCommand::Agent(Command::Dial { call, dial })) {
            self.registry.remove(call);
            return Err(error);
        }
        Ok(Call::new(Arc::clone(self), shared))
    }

    pub(super) async fn send_request(
        &self,
        account: Option<&Account>,
        method: &str,
        target: &str,
        headers: &[(String, String)],
        body: Option<(&str, &[u8])>,
    ) -> Result<Response> {
        let request = core::OutgoingRequest {
            method: parse_method(method)?,
            account: account.map(Account::id),
            target: parse_target(target, account.map(Account::aor))?,
            headers: headers
                .iter()
                .map(|(name, value)| header(name, value))
                .collect::<Result<_>>()?,
            body: body.map(|(content_type, data)| core::Body {
                content_type: content_type.to_owned().into(),
                data: data.to_vec().into(),
            }),
        };
        let id = RequestId(self.ids.allocate());
        self.request(id, core::Command::SendRequest { id, request: Box::new(request) }).await
    }

    pub(super) async fn request(&self, id: RequestId, command: core::Command) -> Result<Response> {
        let (done, outcome) = oneshot::channel();
        self.send(DriverCommand::Request { id, command, done })?;
        let outcome = outcome.await.map_err(|_| Error::Stopped)?;
        let outcome = outcome.map_err(|error| Error::invalid("request", "", error.to_string()))?;
        response(*outcome)
    }
}

pub(super) fn parse_method(method: &str) -> Result<Method> {
    Method::parse(method.as_bytes())
        .ok_or_else(|| Error::invalid("method", method, "is a word such as OPTIONS"))
}

fn response(outcome: RequestOutcome) -> Result<Response> {
    let reason = outcome.reason.to_string();
    if !(200..300).contains(&outcome.code) {
        let failure = outcome.failure.unwrap_or(Failure::Unreachable);
        return Err(Error::Refused { failure, code: outcome.code, reason });
    }
    let headers = outcome.response.as_deref().map_or_else(Vec::new, |response| {
        response
            .headers
            .iter()
            .map(|header| {
                let value = String::from_utf8_lossy(header.value).into_owned();
                (header.name_text().to_owned(), value)
            })
            .collect()
    });
    Ok(Response { code: outcome.code, reason, headers })
}
