//! A user agent with a terminal: the loop that every command that makes calls runs in.
//!
//! ```text
//! engine's events ─┐
//! standard input ──┤               ┌─> the engine
//! Ctrl-C ──────────┼─> Phone, Role ┤
//! deadlines ───────┤               └─> standard output
//! finished jobs ───┘
//! ```
//! Everything, the engine's own loop included, runs in one thread.

mod calls;
mod signals;
mod verbs;

use std::future::Future;
use std::pin::Pin;
use std::time::Instant;

pub(crate) use calls::Delayed;
use calls::Newest;
use signals::Signals;
use sipua::{Account, Call, DialOptions, Event, EventKind, Events, UserAgent};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Sleep;

use crate::console::{self, Line};
use crate::failure::Failure;
use crate::options::Options;
use crate::output::{Notice, Output};
use crate::plan::Plan;

/// What a command does in the loop.
pub(crate) trait Role {
    /// The engine listens, and the account, if it registers, is registered.
    fn begin(&mut self, phone: &mut Phone) -> Result<Step, Failure>;
    /// Something happened.
    fn handle_event(&mut self, phone: &mut Phone, event: &Event) -> Result<Step, Failure>;
    /// It is time.
    fn handle_timeout(&mut self, _phone: &mut Phone, _now: Instant) -> Result<Step, Failure> {
        Ok(Step::GoOn)
    }
    /// A job of the role is done, and was told.
    fn handle_notice(&mut self, _phone: &mut Phone, _notice: &Notice) -> Result<Step, Failure> {
        Ok(Step::GoOn)
    }
    /// When it is time.
    fn poll_timeout(&self) -> Option<Instant> {
        None
    }
    /// All is over: whether what was asked happened.
    fn outcome(&mut self, _phone: &mut Phone) -> Result<(), Failure> {
        Ok(())
    }
}

/// Whether the loop goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    GoOn,
    Stop,
}

/// How far the loop is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The role waits for the account's registration.
    Registering,
    Working,
    /// Calls end and registrations are taken back.
    Stopping,
}

/// What woke the loop.
enum Woken {
    Event(Event),
    /// There will be no more events.
    Gone,
    Line(String),
    Interrupt,
    Job(Notice),
    Deadline,
}

/// A user agent with a terminal.
pub(crate) struct Phone {
    pub(crate) ua: UserAgent,
    pub(crate) account: Option<Account>,
    pub(crate) plan: Plan,
    pub(crate) dial: DialOptions,
    output: Output,
    events: Events,
    console: mpsc::Receiver<String>,
    signals: Signals,
    jobs: JoinSet<Notice>,
    newest: Newest,
    phase: Phase,
    failure: Option<Failure>,
}

impl Phone {
    /// Opens everything; nothing is open after an error.
    pub(crate) fn start(options: &Options) -> Result<Self, Failure> {
        options.check()?;
        let account = options.account.config()?;
        let plan = Plan::new(&options.media)?;
        let signals = Signals::new()?;
        let ua = UserAgent::start(options.config())?;
        let events = ua.events();
        let registers = account.as_ref().is_some_and(|account| account.register);
        let account = account.map(|account| ua.add_account(account)).transpose()?;
        Ok(Self {
            ua,
            account,
            plan,
            dial: options.dial(),
            output: Output::new(options.output.json, options.output.quiet).map_err(|error| {
                Failure::failed(format!("cannot start the thread for standard output: {error}"))
            })?,
            events,
            console: console::start(),
            signals,
            jobs: JoinSet::new(),
            newest: Newest::default(),
            phase: if registers { Phase::Registering } else { Phase::Working },
            failure: None,
        })
    }

    /// Runs until the role is done, or was interrupted, and everything is closed.
    pub(crate) async fn run(mut self, role: &mut impl Role) -> Result<(), Failure> {
        let mut sleep = Box::pin(tokio::time::sleep(std::time::Duration::ZERO));
        let mut set_for = None;
        if self.phase == Phase::Working {
            let step = role.begin(&mut self);
            self.follow(step);
        }
        loop {
            let now = Instant::now();
            let written = self.output.write_if_due(now).map(|()| Step::GoOn);
            self.follow(written.map_err(|error| {
                Failure::failed(format!("cannot write to standard output: {error}"))
            }));
            let woken = match self.events.try_next() {
                Some(event) => Woken::Event(event),
                None => {
                    let deadline = [role.poll_timeout(), self.output.poll_timeout()];
                    let deadline = deadline.into_iter().flatten().min();
                    if let Some(at) = deadline.filter(|_| deadline != set_for) {
                        sleep.as_mut().reset(at.into());
                    }
                    set_for = deadline;
                    self.wait(sleep.as_mut(), deadline.is_some()).await
                }
            };
            let step = match woken {
                Woken::Event(event) => {
                    self.output.event(&event);
                    if matches!(event.kind, EventKind::Stopped) {
                        return self.finish(role);
                    }
                    self.handle_event(role, &event)
                }
                Woken::Gone => return self.finish(role),
                Woken::Line(line) => Ok(self.obey(&line)),
                Woken::Interrupt if self.phase == Phase::Stopping => return Err(Failure::Told),
                Woken::Interrupt => Ok(Step::Stop),
                Woken::Job(notice) => {
                    self.output.notice(&notice);
                    role.handle_notice(&mut self, &notice)
                }
                Woken::Deadline => {
                    set_for = None;
                    let due = role.poll_timeout().is_some_and(|at| at <= Instant::now());
                    if due {
                        role.handle_timeout(&mut self, Instant::now())
                    } else {
                        Ok(Step::GoOn)
                    }
                }
            };
            self.follow(step);
        }
    }

    async fn wait(&mut self, sleep: Pin<&mut Sleep>, timed: bool) -> Woken {
        tokio::select! {
            biased;
            () = self.signals.next() => Woken::Interrupt,
            Some(line) = self.console.recv() => Woken::Line(line),
            event = self.events.next() => event.map_or(Woken::Gone, Woken::Event),
            Some(Ok(notice)) = self.jobs.join_next() => Woken::Job(notice),
            () = sleep, if timed => Woken::Deadline,
        }
    }

    fn handle_event(&mut self, role: &mut impl Role, event: &Event) -> Result<Step, Failure> {
        match &event.kind {
            EventKind::IncomingCall(_) => self.newest.add(event.call, &self.ua),
            EventKind::Registered { .. } if self.phase == Phase::Registering => {
                self.phase = Phase::Working;
                return role.begin(self);
            }
            EventKind::RegistrationFailed { failure, code, reason, retry_in }
                if self.phase == Phase::Registering || retry_in.is_none() =>
            {
                let reason = crate::printable::Printable(reason);
                let aor = self.account.as_ref().map(|account| account.aor().to_string());
                let aor = aor.unwrap_or_default();
                let text = format!("{aor} is not registered: {failure} ({code} {reason})");
                return Err(Failure::failed(text));
            }
            _ => {}
        }
        match self.phase {
            Phase::Registering => Ok(Step::GoOn),
            Phase::Working | Phase::Stopping => role.handle_event(self, event),
        }
    }

    /// Takes the consequences of a step.
    fn follow(&mut self, step: Result<Step, Failure>) {
        match step {
            Ok(Step::GoOn) => return,
            Ok(Step::Stop) => {}
            Err(failure) => {
                self.failure.get_or_insert(failure);
            }
        }
        if self.phase != Phase::Stopping {
            self.phase = Phase::Stopping;
            let ua = self.ua.clone();
            tokio::spawn(async move { ua.shutdown().await });
        }
    }

    fn finish(mut self, role: &mut impl Role) -> Result<(), Failure> {
        let outcome = role.outcome(&mut self);
        let written = self.output.finish();
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        let dropped = written.map_err(|error| {
            Failure::failed(format!("cannot write to standard output: {error}"))
        })?;
        if dropped > 0 {
            return Err(Failure::failed(format!(
                "{dropped} lines were left out: nobody read them"
            )));
        }
        outcome
    }

    /// Whether it is ending its calls.
    pub(crate) fn is_stopping(&self) -> bool {
        self.phase == Phase::Stopping
    }

    /// Places a call, as the account if there is one.
    pub(crate) fn place(&mut self, target: &str) -> sipua::Result<Call> {
        let options = self.dial.clone();
        let call = match &self.account {
            Some(account) => account.dial(target, options),
            None => self.ua.dial(target, options),
        }?;
        self.newest.add(Some(call.id()), &self.ua);
        Ok(call)
    }

    /// Tells something that is no event of the engine.
    pub(crate) fn tell(&mut self, notice: &Notice) {
        self.output.notice(notice);
    }

    /// Does something that waits; what comes of it is told.
    pub(crate) fn spawn(&mut self, job: impl Future<Output = Notice> + Send + 'static) {
        self.jobs.spawn(job);
    }

    /// Obeys a line of standard input; a wrong one is named on standard error.
    fn obey(&mut self, line: &str) -> Step {
        let result = match Line::parse(line) {
            Ok(None) => Ok(()),
            Ok(Some(Line::Quit)) => return Step::Stop,
            Ok(Some(Line::Dial(target))) => {
                self.place(&target).map(drop).map_err(|e| e.to_string())
            }
            Ok(Some(Line::Call(id, verb))) => self.act(id, verb),
            Err(error) => Err(error),
        };
        if let Err(error) = result {
            crate::complain(&error);
        }
        Step::GoOn
    }
}
