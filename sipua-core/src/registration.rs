//! One binding of an address of record: made, refreshed, tried again, removed (RFC 3261 10).

use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::RngExt as _;

use crate::auth::ClientAuth;
use crate::client::Heading;
use crate::dialog::LocalTag;
use crate::event::{
    AccountId, AccountSettings, CommandError, Event, Failure, RegistrationFailure, ResolveId,
};
use crate::message::{HeaderName, Method, NameAddr, Response, StatusCode};
use crate::stack::{Alarm, Exchange, Fault, Owner, Plan, Stack, Trust, Verdict};
use crate::transaction::TransactionId;
use crate::transport::Flow;

/// Bindings shorter than this are refreshed at half of their life: a round trip is a large part of it.
const SHORT_LIFE: Duration = Duration::from_secs(30);
/// The longest lifetime that 423 may ask for, and pause that Retry-After may.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);
/// The shortest pause between attempts, whatever is configured.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
/// Times in a row that a lifetime is raised after 423.
const MAX_RAISES: u8 = 3;

/// The registration of one account. Commands; `on_*` for what the network and the clock bring.
#[derive(Debug)]
pub(crate) struct Registration {
    account: AccountId,
    call_id: Arc<str>,
    tag: LocalTag,
    cseq: u32,
    /// The lifetime asked for; 423 raises it.
    expires: Duration,
    /// Failures in a row.
    failures: u32,
    raises: u8,
    /// Credentials that served, for the next refresh.
    auth: Option<Box<ClientAuth>>,
    /// When the last binding that was granted ends; `None` when none was, or it is removed.
    bound_until: Option<Instant>,
    wish: Wish,
    state: State,
}

/// What the application wants in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    Registered,
    Unregistered,
    /// Unregistered, and the account forgotten.
    Forgotten,
}

#[derive(Debug)]
enum State {
    /// Nothing is on the way, and no alarm is set.
    Idle,
    /// A REGISTER waits for its response. RFC 3261 10.2: there is one at a time.
    Asking { exchange: Box<Exchange>, lifetime: Lifetime },
    /// Bound; the alarm refreshes.
    Registered,
    /// Failed; the alarm tries again.
    Waiting,
}

/// What a REGISTER asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lifetime {
    Some,
    Zero,
}

impl Registration {
    pub(crate) fn new(account: AccountId, stack: &mut Stack) -> Result<Self, CommandError> {
        let settings = stack.accounts.get(account).ok_or(CommandError::UnknownAccount(account))?;
        let expires = settings.expires;
        if settings.aor.host().is_none() {
            return Err(CommandError::NoServer(settings.aor.clone()));
        }
        Ok(Self {
            account,
            call_id: stack.new_call_id(),
            tag: LocalTag::new(&mut stack.rng),
            cseq: stack.first_cseq(),
            expires,
            failures: 0,
            raises: 0,
            auth: None,
            bound_until: None,
            wish: Wish::Registered,
            state: State::Idle,
        })
    }

    /// Registers, or refreshes now.
    pub(crate) fn register(&mut self, stack: &mut Stack) {
        self.wish = Wish::Registered;
        self.failures = 0;
        if !matches!(self.state, State::Asking { .. }) {
            self.ask(Lifetime::Some, stack);
        }
    }

    /// Removes the binding.
    pub(crate) fn unregister(&mut self, wish: Wish, stack: &mut Stack) {
        self.wish = wish;
        match &self.state {
            State::Asking { .. } => {}
            State::Registered | State::Waiting => self.ask(Lifetime::Zero, stack),
            State::Idle => self.tell_unregistered(stack),
        }
    }

    pub(crate) fn wish(&self) -> Wish {
        self.wish
    }

    /// Nothing is bound and nothing is wanted.
    pub(crate) fn is_over(&self) -> bool {
        self.wish != Wish::Registered && matches!(self.state, State::Idle)
    }

    pub(crate) fn on_resolved(&mut self, id: ResolveId, routes: &[Flow], stack: &mut Stack) {
        if let State::Asking { exchange, .. } = &mut self.state
            && let Some(verdict) = exchange.resolved(id, routes, stack)
        {
            self.follow(verdict, stack);
        }
    }

    pub(crate) fn on_response(&mut self, id: TransactionId, response: Response, stack: &mut Stack) {
        if let State::Asking { exchange, .. } = &mut self.state
            && exchange.is(id)
        {
            let verdict = exchange.responded(response, &mut self.cseq, stack);
            self.follow(verdict, stack);
        }
    }

    pub(crate) fn on_fault(&mut self, id: TransactionId, fault: Fault, stack: &mut Stack) {
        if let State::Asking { exchange, .. } = &mut self.state
            && exchange.is(id)
        {
            let verdict = exchange.failed(fault, stack);
            self.follow(verdict, stack);
        }
    }

    /// Time to refresh, or to try again.
    pub(crate) fn on_alarm(&mut self, stack: &mut Stack) {
        if matches!(self.state, State::Registered | State::Waiting) {
            self.ask(Lifetime::Some, stack);
        }
    }

    fn owner(&self) -> Owner {
        Owner::Account(self.account)
    }

    fn ask(&mut self, lifetime: Lifetime, stack: &mut Stack) {
        stack.cancel_alarm(self.owner(), Alarm::Register);
        self.state = State::Idle;
        let Some(plan) = self.plan(lifetime, stack) else { return };
        match Exchange::start(plan, self.owner(), stack) {
            Ok(exchange) => {
                self.state = State::Asking { exchange: Box::new(exchange), lifetime };
            }
            Err(fault) => self.faulty(fault, lifetime, stack),
        }
    }

    fn plan(&mut self, lifetime: Lifetime, stack: &Stack) -> Option<Plan> {
        let settings = stack.accounts.get(self.account)?;
        self.cseq = self.cseq.wrapping_add(1);
        let heading = Heading {
            method: Method::Register,
            account: Some(self.account),
            target: settings.registrar(),
            from: None,
            to: Some(settings.aor.clone()),
            cseq: self.cseq,
        };
        let contact = settings.contact_user().into();
        let (mut request, hops) = heading.write(&self.call_id, self.tag, stack).ok()?;
        let seconds = match lifetime {
            Lifetime::Some => self.expires.as_secs(),
            Lifetime::Zero => 0,
        };
        request.headers.push_display(&HeaderName::Expires, seconds);
        Some(Plan {
            request,
            hops,
            flow: None,
            account: Some(self.account),
            trust: Trust::Everyone,
            contact: Some(contact),
            auth: self.auth.take(),
        })
    }

    fn follow(&mut self, verdict: Verdict, stack: &mut Stack) {
        if !verdict.is_over() {
            return;
        }
        let State::Asking { exchange, lifetime } = std::mem::replace(&mut self.state, State::Idle)
        else {
            return;
        };
        let flow = exchange.flow();
        match verdict {
            Verdict::Final(response) if response.status.is_success() => {
                self.auth = exchange.into_auth();
                if let Some(flow) = flow {
                    stack.accounts.learn_server(self.account, flow.remote.ip());
                }
                self.succeeded(response, flow, lifetime, stack);
            }
            Verdict::Final(response) => self.refused(&response, lifetime, stack),
            Verdict::Fault(fault) => self.faulty(fault, lifetime, stack),
            Verdict::Pending | Verdict::Provisional(_) => {}
        }
    }

    fn succeeded(
        &mut self,
        response: Response,
        flow: Option<Flow>,
        lifetime: Lifetime,
        stack: &mut Stack,
    ) {
        self.failures = 0;
        self.raises = 0;
        match (lifetime, self.wish) {
            (Lifetime::Zero, Wish::Registered) => self.ask(Lifetime::Some, stack),
            (Lifetime::Zero, _) => self.tell_unregistered(stack),
            (Lifetime::Some, Wish::Registered) => self.bound(response, flow, stack),
            (Lifetime::Some, _) => self.ask(Lifetime::Zero, stack),
        }
    }

    fn bound(&mut self, response: Response, flow: Option<Flow>, stack: &mut Stack) {
        let expires = flow.map_or(self.expires, |flow| self.granted(&response, flow, stack));
        self.bound_until = stack.now.checked_add(expires);
        if expires.is_zero() {
            self.bound_until = None;
            // The server took the binding away.
            return self.failed(
                Failure::Forbidden,
                None,
                "the server keeps no binding",
                None,
                stack,
            );
        }
        self.state = State::Registered;
        // Some way before the end, and not all phones at once.
        let part = match expires {
            short if short < SHORT_LIFE => 0.5,
            _ => stack.rng.random_range(0.8..0.9),
        };
        // A server that grants more than was asked for is reminded at our own pace.
        let refresh = expires.min(self.expires).mul_f64(part);
        stack.set_alarm(self.owner(), Alarm::Register, refresh);
        let response = Arc::new(response);
        stack.emit(Event::Registered { account: self.account, expires, response });
    }

    /// What the server grants our Contact: its `expires`, then the header (RFC 3261 10.2.4).
    fn granted(&self, response: &Response, flow: Flow, stack: &Stack) -> Duration {
        let user = stack.accounts.get(self.account).map(AccountSettings::contact_user);
        let has_our_user = |contact: &NameAddr<'_>| {
            contact.uri.user().unwrap_or_default() == user.unwrap_or_default()
        };
        let is_ours = |contact: &NameAddr<'_>| {
            let uri = contact.uri;
            has_our_user(contact)
                && uri.host().is_some_and(|host| host.ip() == Some(flow.local.ip()))
                && uri.port().unwrap_or(flow.protocol.default_port()) == flow.local.port()
        };
        let contacts = || response.headers.contacts().filter_map(Result::ok);
        // A server that rewrites our Contact leaves only a guess, and too early is the safe side.
        let guess = || {
            let of_ours = least(contacts().filter(has_our_user).filter_map(|c| c.expires()));
            of_ours.or_else(|| least(contacts().filter_map(|c| c.expires())))
        };
        let parameter = match contacts().find(is_ours) {
            Some(ours) => ours.expires(),
            None => guess(),
        };
        let header = || response.headers.expires().ok().flatten();
        let seconds = parameter.or_else(header);
        seconds.map_or(self.expires, |seconds| Duration::from_secs(seconds.into()))
    }

    fn refused(&mut self, response: &Response, lifetime: Lifetime, stack: &mut Stack) {
        if response.status == StatusCode::INTERVAL_TOO_BRIEF && self.raise(response) {
            return self.ask(lifetime, stack);
        }
        let bound = self.bound_until.is_some_and(|end| stack.now < end);
        if bound && lifetime == Lifetime::Some && self.wish != Wish::Registered {
            return self.ask(Lifetime::Zero, stack);
        }
        if let Some(next) = self.after_removal(lifetime) {
            return next(self, stack);
        }
        let code = response.status.code();
        let failure = match (code, Failure::from_code(code)) {
            (503, Some(_)) if response.headers.contains(&HeaderName::RetryAfter) => Failure::Limit,
            (_, Some(failure)) => failure,
            (_, None) => Failure::ServerError,
        };
        let retry = match failure {
            // Asking again with the same words changes nothing, unless they did once: then it is the
            // server that is out of order, for a while.
            Failure::AuthenticationFailed | Failure::Forbidden | Failure::NotFound => {
                self.bound_until.map(|_| stack.config.registration_backoff.1.max(SHORTEST_PAUSE))
            }
            _ => Some(self.pause(response.headers.retry_after().ok().flatten(), stack)),
        };
        self.failed(failure, Some(code), &response.reason(), retry, stack);
    }

    fn faulty(&mut self, fault: Fault, lifetime: Lifetime, stack: &mut Stack) {
        if let Some(next) = self.after_removal(lifetime) {
            return next(self, stack);
        }
        let retry = Some(self.pause(None, stack));
        self.failed(fault.failure(), None, fault.reason(), retry, stack);
    }

    /// What follows when a removal failed, or when a failed registration is not wanted any more: the
    /// binding runs out by itself.
    fn after_removal(&self, lifetime: Lifetime) -> Option<fn(&mut Self, &mut Stack)> {
        match (lifetime, self.wish) {
            (Lifetime::Zero, Wish::Registered) => {
                Some(|registration, stack| registration.ask(Lifetime::Some, stack))
            }
            (_, Wish::Unregistered | Wish::Forgotten) => Some(Self::tell_unregistered),
            (Lifetime::Some, Wish::Registered) => None,
        }
    }

    /// RFC 3261 10.2.8: asks for what the server wants at least.
    fn raise(&mut self, response: &Response) -> bool {
        let Ok(Some(least)) = response.headers.min_expires() else { return false };
        let least = Duration::from_secs(least.into());
        if least <= self.expires || least > LONGEST || self.raises >= MAX_RAISES {
            return false;
        }
        self.raises += 1;
        self.expires = least;
        true
    }

    /// RFC 5626 4.5: doubled with each failure, and half of it at random.
    fn pause(&mut self, retry_after: Option<u32>, stack: &mut Stack) -> Duration {
        let (first, last) = stack.config.registration_backoff;
        let doubled = first.saturating_mul(1 << self.failures.min(16));
        let pause = doubled.min(last).mul_f64(stack.rng.random_range(0.5..=1.0));
        let wanted = Duration::from_secs(retry_after.unwrap_or_default().into());
        pause.max(wanted.min(LONGEST)).max(SHORTEST_PAUSE)
    }

    fn failed(
        &mut self,
        failure: Failure,
        code: Option<u16>,
        reason: &str,
        retry_in: Option<Duration>,
        stack: &mut Stack,
    ) {
        self.failures = self.failures.saturating_add(1);
        match retry_in {
            Some(pause) => {
                self.state = State::Waiting;
                stack.set_alarm(self.owner(), Alarm::Register, pause);
            }
            None => self.state = State::Idle,
        }
        let (account, reason) = (self.account, reason.into());
        let failed = RegistrationFailure { account, failure, code, reason, retry_in };
        stack.emit(Event::RegistrationFailed(Box::new(failed)));
    }

    fn tell_unregistered(&mut self, stack: &mut Stack) {
        stack.cancel_alarm(self.owner(), Alarm::Register);
        self.bound_until = None;
        self.state = State::Idle;
        stack.emit(Event::Unregistered { account: self.account });
    }
}

/// The shortest lifetime; zero belongs to a binding that is gone.
fn least(seconds: impl Iterator<Item = u32>) -> Option<u32> {
    seconds.filter(|&seconds| seconds > 0).min()
}
