//! The one loop that does I/O for signalling: it waits for a datagram, a command, a report, a lookup
//! or a deadline, hands it to the agent, and does what the agent asks.

mod calls;
mod command;
mod media;
mod registry;
mod shutdown;
mod watch;

use std::collections::HashMap;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use calls::DriverCall;
pub(crate) use command::DriverCommand;
pub(crate) use registry::Registry;
use shutdown::Phase;
use sipua_core::event::{self as core, CallId, Input, RequestId, RequestOutcome};
use sipua_core::transport::{Flow, Protocol};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Sleep;
pub(crate) use watch::Watch;

use crate::agent::{Agent, Output};
use crate::media_worker::{
    MediaCommand, MediaReport, MediaThreads, PortRange, RecordingReport, RecordingThread,
};
use crate::net::{LocalAddresses, Received, ResolveKey, Resolver, UdpListeners};

type RequestDone = oneshot::Sender<Result<Box<RequestOutcome>, core::CommandError>>;

/// Everything of a user agent that does I/O.
pub(crate) struct Driver {
    pub(crate) agent: Agent,
    pub(crate) registry: Arc<Registry>,
    pub(crate) udp: UdpListeners,
    pub(crate) addresses: LocalAddresses,
    pub(crate) resolver: Resolver,
    pub(crate) watch: Watch,
    pub(crate) commands: mpsc::Receiver<DriverCommand>,
    /// [`None`]: calls open no RTP.
    pub(crate) media: Option<MediaThreads>,
    pub(crate) ports: PortRange,
    pub(crate) media_reports: mpsc::Receiver<MediaReport>,
    pub(crate) recordings: Option<RecordingThread>,
    pub(crate) recording_reports: mpsc::UnboundedReceiver<RecordingReport>,
    pub(crate) recording_sender: mpsc::UnboundedSender<RecordingReport>,
    /// How often every call's statistics are reported.
    pub(crate) quality_every: Option<Duration>,
    pub(crate) state: DriverState,
}

/// What the loop itself keeps.
#[derive(Default)]
pub(crate) struct DriverState {
    calls: HashMap<CallId, DriverCall>,
    requests: HashMap<RequestId, RequestDone>,
    /// The RTP ports in use.
    ports: HashMap<CallId, u16>,
    /// Numbers each press of keys.
    digits: u64,
    phase: Phase,
    next_quality: Option<Instant>,
}

/// What woke the loop.
enum Woken {
    Datagram(Received),
    Command(Option<DriverCommand>),
    Media(MediaReport),
    Recording(RecordingReport),
    Lookup(ResolveKey, Vec<SocketAddr>),
    Deadline,
}

impl Driver {
    /// Runs until it is told to stop, or until the last handle is gone.
    pub(crate) async fn run(mut self) {
        self.state.next_quality = self.quality_every.map(|every| Instant::now() + every);
        let mut sleep = Box::pin(tokio::time::sleep(Duration::ZERO));
        let mut set_for = None;
        loop {
            self.deliver();
            let now = Instant::now();
            if self.shut_down(now) {
                return;
            }
            let deadline = self.deadline();
            if deadline != set_for {
                set_for = deadline;
                if let Some(at) = deadline {
                    sleep.as_mut().reset(at.into());
                }
            }
            let woken = self.wait(sleep.as_mut(), deadline.is_some()).await;
            let now = Instant::now();
            match woken {
                Woken::Datagram(received) => self.receive(received, now),
                Woken::Command(Some(command)) => self.handle_command(command, now),
                Woken::Command(None) => self.begin_shutdown(None, now),
                Woken::Media(report) => self.handle_media_report(report, now),
                Woken::Recording(report) => self.handle_recording_report(report, now),
                Woken::Lookup(key, found) => self.looked_up(key, &found, now),
                Woken::Deadline => {
                    set_for = None;
                    self.ask_quality(now);
                    self.agent.handle_timeout(now);
                }
            }
        }
    }

    fn deadline(&self) -> Option<Instant> {
        [self.agent.poll_timeout(), self.state.next_quality, self.state.phase.deadline()]
            .into_iter()
            .flatten()
            .min()
    }

    async fn wait(&mut self, sleep: Pin<&mut Sleep>, timed: bool) -> Woken {
        let closing = self.state.phase.is_closing();
        tokio::select! {
            received = poll_fn(|context| self.udp.poll_receive(context)) => Woken::Datagram(received),
            command = self.commands.recv(), if !closing => Woken::Command(command),
            Some(report) = self.media_reports.recv() => Woken::Media(report),
            Some(report) = self.recording_reports.recv() => Woken::Recording(report),
            (key, found) = self.resolver.next() => Woken::Lookup(key, found),
            () = sleep, if timed => Woken::Deadline,
        }
    }

    fn receive(&mut self, received: Received, now: Instant) {
        let Received { listener, remote, data } = received;
        let local = self.addresses.shown(listener, remote.ip());
        let flow = Flow { protocol: Protocol::Udp, local, remote };
        self.watch.received(flow, &data);
        self.agent.handle_input(Input::Datagram { flow, data }, now);
    }

    fn looked_up(&mut self, key: ResolveKey, found: &[SocketAddr], now: Instant) {
        match key {
            ResolveKey::Hop(id) => {
                let routes = found.iter().filter_map(|&to| self.addresses.flow(to)).collect();
                self.agent.handle_input(Input::Resolved { id, routes }, now);
            }
            ResolveKey::Media(call) => self.open_media_toward(call, found, now),
        }
    }

    /// Does what the agent left to do.
    fn deliver(&mut self) {
        while let Some(output) = self.agent.poll_output() {
            match output {
                Output::Transmit { flow, data } => self.transmit(flow, &data),
                // No connection is open yet: only UDP is carried.
                Output::Close { flow } => {
                    tracing::debug!(remote = %flow.remote, "nothing to close");
                }
                Output::Resolve { id, query } => {
                    let key = ResolveKey::Hop(id);
                    if let Some(found) = self.resolver.resolve(key, &query) {
                        self.looked_up(key, &found, Instant::now());
                    }
                }
                Output::OpenMedia { call, toward } => self.open_media(call, toward),
                Output::ConfigureMedia { call, settings } => self.configure_media(call, settings),
                Output::SendDtmf { call, digits } => self.send_dtmf(call, digits, None),
                Output::CloseMedia { call } => self.close_media(call),
                Output::RequestFinished(outcome) => {
                    if let Some(done) = self.state.requests.remove(&outcome.id) {
                        let _ = done.send(Ok(outcome));
                    }
                }
                Output::Event(event) => self.tell(event),
            }
        }
    }

    fn transmit(&mut self, flow: Flow, data: &[u8]) {
        self.watch.sent(flow, data);
        if let Err(error) = self.udp.send(flow, data) {
            tracing::info!(%error, remote = %flow.remote, "a message could not be sent");
            self.agent.handle_input(Input::TransmitFailed { flow }, Instant::now());
        }
    }

    fn handle_command(&mut self, command: DriverCommand, now: Instant) {
        match command {
            DriverCommand::Agent(command) => self.agent_command(command, now),
            DriverCommand::Media { call, command } => {
                let stops = matches!(command, MediaCommand::StopPlaying);
                self.media_command(call, command);
                if stops {
                    self.stop_waiting_for_playback(call);
                }
            }
            DriverCommand::Play { call, id, player, done } => self.play(call, id, player, done),
            DriverCommand::SendDtmf { call, digits, done } => self.send_dtmf(call, digits, done),
            DriverCommand::Record { call, recorder, file } => {
                self.record(call, recorder, *file, now);
            }
            DriverCommand::Request { id, command, done } => {
                let command = crate::agent::Command::Core(command);
                match self.agent.handle_command(command, now) {
                    Ok(()) => drop(self.state.requests.insert(id, done)),
                    Err(error) => drop(done.send(Err(error))),
                }
            }
            DriverCommand::Shutdown(done) => self.begin_shutdown(Some(done), now),
        }
    }
}
