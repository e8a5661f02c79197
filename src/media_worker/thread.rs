//! One media thread: wakes for packets, deadlines and commands, in batches.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token};
use rand::SeedableRng;
use rand::rngs::StdRng;
use sipua_core::event::CallId;
use sipua_media::session::{Config, Outbox, RtpKind, Session};
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;

use super::command::{MediaCommand, MediaReport, Sockets};
use crate::net::{Capture, random_seed};

/// The token of the waker; sockets count from 0.
pub(crate) const WAKE: Token = Token(usize::MAX);
/// At least this often the thread looks at its queue, whatever became of its waker.
const IDLE: Duration = Duration::from_secs(1);
/// From so many calls on, wakes are gathered, and over how long.
const MANY: usize = 32;
const TOGETHER: Duration = Duration::from_millis(1);
/// Packets taken from one socket before the others have their turn.
const BATCH: usize = 16;
/// Reports kept for a signalling loop that does not keep up; past it they are dropped and counted.
const BACKLOG: usize = 65_536;
/// The largest datagram worth reading: an Ethernet frame; a longer one is not RTP audio.
const DATAGRAM: usize = 2_048;

pub(crate) struct Thread {
    poll: Poll,
    commands: Receiver<(CallId, MediaCommand)>,
    reports: Reports,
    config: Config,
    capture: Option<Capture>,
    calls: Vec<Option<Call>>,
    free: Vec<usize>,
    slots: HashMap<CallId, usize>,
    deadlines: BinaryHeap<Reverse<(Instant, usize, CallId)>>,
    outbox: Outbox,
    buffer: Box<[u8; DATAGRAM]>,
    /// Sockets whose batch was used up with packets left in them.
    unfinished: Vec<(usize, RtpKind)>,
}

struct Call {
    id: CallId,
    session: Session,
    rtp: UdpSocket,
    rtcp: UdpSocket,
    /// The earliest deadline of this call in the heap.
    deadline: Option<Instant>,
}

impl Thread {
    pub(crate) fn new(
        poll: Poll,
        commands: Receiver<(CallId, MediaCommand)>,
        reports: Sender<MediaReport>,
        media_timeout: Duration,
        capture: Option<Capture>,
    ) -> Self {
        Self {
            poll,
            commands,
            reports: Reports { sender: reports, backlog: VecDeque::new(), dropped: 0 },
            config: Config { cname: cname(), media_timeout },
            capture,
            calls: Vec::new(),
            free: Vec::new(),
            slots: HashMap::new(),
            deadlines: BinaryHeap::new(),
            outbox: Outbox::new(),
            buffer: Box::new([0; DATAGRAM]),
            unfinished: Vec::new(),
        }
    }

    /// Runs until the queue of commands is closed.
    pub(crate) fn run(mut self) {
        let mut events = Events::with_capacity(1_024);
        let mut woken = Instant::now();
        loop {
            self.gather(woken);
            if let Err(error) = self.poll.poll(&mut events, Some(self.wait())) {
                if error.kind() == io::ErrorKind::Interrupted {
                    continue;
                }
                tracing::error!(%error, "a media thread cannot wait for its sockets and stops");
                return;
            }
            woken = Instant::now();
            for (slot, kind) in std::mem::take(&mut self.unfinished) {
                self.receive(slot, kind);
            }
            for event in &events {
                match event.token() {
                    WAKE => {}
                    Token(number) => self.receive(number / 2, kind_of(number)),
                }
            }
            if !self.take_commands() {
                return;
            }
            self.meet_deadlines();
            self.reports.flush();
        }
    }

    /// With many calls, packets and deadlines of one millisecond are met together: a wake costs more
    /// than a packet.
    fn gather(&self, woken: Instant) {
        if self.slots.len() >= MANY
            && self.unfinished.is_empty()
            && let Some(rest) = TOGETHER.checked_sub(woken.elapsed())
        {
            std::thread::sleep(rest);
        }
    }

    fn wait(&self) -> Duration {
        if !self.unfinished.is_empty() {
            return Duration::ZERO;
        }
        match self.deadlines.peek() {
            Some(Reverse((at, ..))) => at.saturating_duration_since(Instant::now()).min(IDLE),
            None => IDLE,
        }
    }

    /// False when there will be no more.
    fn take_commands(&mut self) -> bool {
        loop {
            match self.commands.try_recv() {
                Ok((call, command)) => self.handle_command(call, command),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }

    fn handle_command(&mut self, id: CallId, command: MediaCommand) {
        let now = Instant::now();
        if let MediaCommand::Open(sockets) = command {
            self.open(id, *sockets, now);
            return;
        }
        let Some(&slot) = self.slots.get(&id) else { return };
        if matches!(command, MediaCommand::Close) {
            self.close(slot, now);
            return;
        }
        let Some(call) = self.calls.get_mut(slot).and_then(Option::as_mut) else { return };
        let session = &mut call.session;
        match command {
            MediaCommand::Open(_) | MediaCommand::Close => {}
            MediaCommand::Configure(settings) => session.configure(&settings, now),
            MediaCommand::AttachAudio(port) => drop(session.attach_audio(*port)),
            MediaCommand::Play { player, id } => session.play(*player, id),
            MediaCommand::StopPlaying => drop(session.stop_playing()),
            MediaCommand::Record(recorder) => drop(session.attach_recorder(*recorder)),
            MediaCommand::StopRecording => drop(session.detach_recorder()),
            MediaCommand::SendDtmf { digits, duration, id: press } => {
                if let Err(error) = session.send_dtmf(&digits, duration) {
                    self.reports.send(MediaReport::DtmfRefused { call: id, id: press, error });
                }
            }
            MediaCommand::SetMuted(muted) => session.set_muted(muted),
            MediaCommand::Statistics(reply) => drop(reply.send(session.statistics(now))),
            MediaCommand::ReportStatistics => {
                let statistics = Box::new(session.statistics(now));
                self.reports.send(MediaReport::Statistics { call: id, statistics });
            }
        }
        self.schedule(slot);
    }

    fn open(&mut self, id: CallId, sockets: Sockets, now: Instant) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.calls.push(None);
            self.calls.len() - 1
        });
        let mut rtp = UdpSocket::from_std(sockets.rtp);
        let mut rtcp = UdpSocket::from_std(sockets.rtcp);
        let registry = self.poll.registry();
        let registered = registry
            .register(&mut rtp, Token(slot * 2), Interest::READABLE)
            .and_then(|()| registry.register(&mut rtcp, Token(slot * 2 + 1), Interest::READABLE));
        if let Err(error) = registered {
            tracing::error!(%error, call = %id, "cannot watch the sockets of a call; it stays silent");
        }
        let session = Session::new(self.config.clone(), StdRng::from_seed(random_seed()), now);
        self.calls[slot] = Some(Call { id, session, rtp, rtcp, deadline: None });
        self.slots.insert(id, slot);
    }

    fn close(&mut self, slot: usize, now: Instant) {
        let Some(mut call) = self.calls.get_mut(slot).and_then(Option::take) else { return };
        self.slots.remove(&call.id);
        self.free.push(slot);
        call.session.close(now, &mut self.outbox);
        let statistics = Box::new(call.session.statistics(now));
        call.deliver(&mut self.outbox, &mut self.reports, self.capture.as_ref());
        self.reports.send(MediaReport::Closed { call: call.id, statistics });
    }

    fn receive(&mut self, slot: usize, kind: RtpKind) {
        let Some(call) = self.calls.get_mut(slot).and_then(Option::as_mut) else { return };
        let now = Instant::now();
        for _ in 0..BATCH {
            let socket = match kind {
                RtpKind::Rtp => &call.rtp,
                RtpKind::Rtcp => &call.rtcp,
            };
            match socket.recv_from(&mut self.buffer[..]) {
                Ok((length, source)) => {
                    let data = &self.buffer[..length];
                    if let Some(capture) = &self.capture
                        && let Ok(local) = socket.local_addr()
                    {
                        capture.packet(source, local, data);
                    }
                    call.session.handle_packet(kind, source, data, now, &mut self.outbox);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    call.deliver(&mut self.outbox, &mut self.reports, self.capture.as_ref());
                    self.schedule(slot);
                    return;
                }
                // The peer's port is closed (ICMP), or a datagram was no RTP by its size: the next
                // packet may come all the same.
                Err(error) => tracing::trace!(%error, "a media socket complains"),
            }
        }
        call.deliver(&mut self.outbox, &mut self.reports, self.capture.as_ref());
        self.schedule(slot);
        self.unfinished.push((slot, kind));
    }

    fn meet_deadlines(&mut self) {
        let now = Instant::now();
        while let Some(&Reverse((at, slot, id))) = self.deadlines.peek() {
            if at > now {
                return;
            }
            self.deadlines.pop();
            let Some(call) = self.calls.get_mut(slot).and_then(Option::as_mut) else { continue };
            if call.id != id || call.deadline != Some(at) {
                continue;
            }
            call.deadline = None;
            call.session.handle_timeout(now, &mut self.outbox);
            call.deliver(&mut self.outbox, &mut self.reports, self.capture.as_ref());
            self.schedule(slot);
        }
    }

    /// Puts a call's next deadline into the heap, unless one as early is there.
    fn schedule(&mut self, slot: usize) {
        let Some(call) = self.calls.get_mut(slot).and_then(Option::as_mut) else { return };
        let Some(at) = call.session.poll_timeout() else { return };
        if call.deadline.is_none_or(|known| at < known) {
            call.deadline = Some(at);
            self.deadlines.push(Reverse((at, slot, call.id)));
        }
    }
}

impl Call {
    /// Sends and reports what a step of the session left, and empties the outbox.
    fn deliver(&self, outbox: &mut Outbox, reports: &mut Reports, capture: Option<&Capture>) {
        if outbox.is_empty() {
            return;
        }
        for transmit in outbox.transmits() {
            let socket = match transmit.kind {
                RtpKind::Rtp => &self.rtp,
                RtpKind::Rtcp => &self.rtcp,
            };
            if let Some(capture) = capture
                && let Ok(local) = socket.local_addr()
            {
                capture.packet(local, transmit.destination, transmit.data);
            }
            send(socket, transmit.data, transmit.destination);
        }
        for &event in outbox.events() {
            reports.send(MediaReport::Event { call: self.id, event });
        }
        outbox.clear();
    }
}

fn send(socket: &UdpSocket, data: &[u8], destination: SocketAddr) {
    // RTP that cannot be sent now is worth nothing later; the peer counts it as lost.
    if let Err(error) = socket.send_to(data, destination) {
        tracing::trace!(%error, %destination, "an RTP packet was not sent");
    }
}

/// RFC 7022 4.2: 96 random bits, so that two user agents in one conference are not taken for one.
fn cname() -> Arc<str> {
    random_seed().iter().take(12).map(|byte| format!("{byte:02x}")).collect::<String>().into()
}

const fn kind_of(token: usize) -> RtpKind {
    if token.is_multiple_of(2) { RtpKind::Rtp } else { RtpKind::Rtcp }
}

/// The way back to the signalling loop, which a media thread never waits for.
struct Reports {
    sender: Sender<MediaReport>,
    backlog: VecDeque<MediaReport>,
    dropped: u64,
}

impl Reports {
    fn send(&mut self, report: MediaReport) {
        self.backlog.push_back(report);
        self.flush();
    }

    fn flush(&mut self) {
        while let Some(report) = self.backlog.pop_front() {
            if let Err(TrySendError::Full(report)) = self.sender.try_send(report) {
                self.backlog.push_front(report);
                break;
            }
        }
        // The end of a call's media is never dropped: its call waits for it.
        while self.backlog.len() > BACKLOG
            && let Some(event) =
                self.backlog.iter().position(|report| matches!(report, MediaReport::Event { .. }))
        {
            self.backlog.remove(event);
            self.dropped += 1;
            tracing::warn!(dropped = self.dropped, "media reports were dropped");
        }
    }
}
