//! A session once its stream is agreed: the frame clock and what it drives.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;

use super::machine::{Attached, Config};
use super::reports::Reports;
use super::{DtmfMethod, Event, Outbox, RtpKind, Statistics};
use crate::dsp::mix_into;
use crate::dtmf::Press;
use crate::quality::{self, Impairments};
use crate::sdp::StreamSettings;
use crate::stream::{Formats, Outcome, ReceiveStream, SendStream, Sending};

/// A clock that is later than this does not catch up: what it missed is over.
const MAX_LAG: Duration = Duration::from_millis(200);
/// RFC 6263 4.6: a NAT's binding lasts longer than this.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Everything that runs while a call has media.
///
/// One frame clock of our own drives both ways, whatever either of them does or fails to do; the
/// peer's clock is the jitter buffer's matter. Frames are 20 ms, or 10 or 30 where the packets we
/// send ask for it.
#[derive(Debug)]
pub(super) struct Media {
    settings: StreamSettings,
    frame: Duration,
    next_frame: Instant,
    send: SendStream,
    receive: ReceiveStream,
    reports: Reports,
    reception: Reception,
    digits: Digits,
    /// When something last went to the peer's RTP port.
    last_sent: Option<Instant>,
    /// Datagrams of the RTCP socket that were refused.
    refused_reports: u64,
    collision: Collision,
    outgoing: Vec<i16>,
    incoming: Vec<i16>,
    player_frame: Vec<i16>,
}

#[derive(Clone, Copy, Debug)]
enum Reception {
    /// Nothing yet, since then.
    Waiting(Instant),
    /// The last packet came then.
    Receiving(Instant),
    /// Nothing for too long; that was told.
    TimedOut,
}

/// Whether digits are on their way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Digits {
    Idle,
    Sending,
}

/// RFC 3550 8.2: a source with our SSRC, once, makes us take another; one that then has that too
/// sends us back what we send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Collision {
    None,
    Resolved,
}

impl Media {
    pub(super) fn new(settings: &StreamSettings, now: Instant, rng: &mut StdRng) -> Self {
        let mut media = Self {
            settings: settings.clone(),
            frame: Duration::ZERO,
            next_frame: now,
            send: SendStream::new(Formats::new(settings), rng),
            receive: ReceiveStream::new(settings, now),
            reports: Reports::new(now, rng),
            reception: Reception::Waiting(now),
            digits: Digits::Idle,
            last_sent: None,
            refused_reports: 0,
            collision: Collision::None,
            outgoing: Vec::new(),
            incoming: Vec::new(),
            player_frame: Vec::new(),
        };
        media.set_frame();
        media
    }

    pub(super) fn configure(&mut self, settings: &StreamSettings, now: Instant) {
        if settings.remote_rtcp != self.settings.remote_rtcp {
            self.reports.forget_source();
        }
        self.send.configure(Formats::new(settings));
        self.receive.configure(settings);
        self.settings = settings.clone();
        self.reception = match self.reception {
            // While it was held there was nothing to wait for.
            Reception::Receiving(_) => Reception::Receiving(now),
            Reception::Waiting(_) | Reception::TimedOut => Reception::Waiting(now),
        };
        self.set_frame();
    }

    /// The rate of PCM in this call.
    pub(super) fn rate(&self) -> u32 {
        self.settings.codec.sample_rate()
    }

    pub(super) fn next_frame(&self) -> Instant {
        self.next_frame
    }

    pub(super) fn send_dtmf(
        &mut self,
        digits: &str,
        duration: Duration,
    ) -> Result<(), super::DtmfError> {
        self.send.send_dtmf(digits, duration)?;
        self.digits = Digits::Sending;
        Ok(())
    }

    pub(super) fn statistics(&self) -> Statistics {
        let mut received = self.receive.statistics();
        received.rejected += self.refused_reports;
        let round_trip = self.reports.round_trip();
        let heard = received.played + received.concealed;
        let mos = (received.packets > 0).then(|| {
            let network = round_trip.unwrap_or_default() / 2;
            let rating = quality::rating(
                self.settings.codec,
                &Impairments {
                    delay: network + received.target_delay + 2 * self.frame,
                    loss: received.concealed.as_secs_f64() / heard.as_secs_f64().max(1e-3),
                    burst_ratio: self.receive.burst_ratio(),
                },
            );
            quality::mos(rating) as f32
        });
        let sent = self.reports.statistics(&self.send, self.settings.codec.clock_rate());
        Statistics { received, sent, round_trip, mos }
    }

    pub(super) fn handle_packet(
        &mut self,
        kind: RtpKind,
        source: SocketAddr,
        datagram: &[u8],
        now: Instant,
        context: (&Config, &mut StdRng),
        outbox: &mut Outbox,
    ) {
        match kind {
            RtpKind::Rtp => self.handle_rtp(source, datagram, now, context, outbox),
            RtpKind::Rtcp => {
                let peers = [self.settings.remote_rtcp.ip(), self.receive.peer().ip()];
                let (own, peer) = (self.send.ssrc(), self.receive.ssrc());
                if !self.reports.handle_packet(source, peers, datagram, own, peer, now) {
                    self.refused_reports += 1;
                }
            }
        }
    }

    fn handle_rtp(
        &mut self,
        source: SocketAddr,
        datagram: &[u8],
        now: Instant,
        context: (&Config, &mut StdRng),
        outbox: &mut Outbox,
    ) {
        let outcome = self.receive.handle_packet(source, datagram, now, &mut tell_digits(outbox));
        if outcome == Outcome::Rejected {
            return;
        }
        if !matches!(self.reception, Reception::Receiving(_)) {
            outbox.event(Event::Started { source: self.receive.peer() });
        }
        self.reception = Reception::Receiving(now);
        if self.collision == Collision::None && self.receive.ssrc() == Some(self.send.ssrc()) {
            let (config, rng) = context;
            self.collision = Collision::Resolved;
            self.say_goodbye(config, now, outbox);
            self.send.change_ssrc(rng);
        }
    }

    /// Runs the frames that are due.
    pub(super) fn handle_timeout(
        &mut self,
        now: Instant,
        config: &Config,
        rng: &mut StdRng,
        attached: &mut Attached,
        outbox: &mut Outbox,
    ) {
        if now > self.next_frame + MAX_LAG {
            self.send.skip(now - self.next_frame);
            self.next_frame = now;
        }
        while self.next_frame <= now {
            let at = self.next_frame;
            self.send_frame(at, attached, outbox);
            self.receive_frame(at, attached, outbox);
            self.keep_up(at, config, outbox);
            let destination = self.report_destination();
            let streams = (&self.send, &mut self.receive);
            self.reports.poll(at, streams, &config.cname, destination, rng, outbox);
            self.next_frame = at + self.frame;
        }
    }

    pub(super) fn say_goodbye(&mut self, config: &Config, now: Instant, outbox: &mut Outbox) {
        let destination = self.report_destination();
        let streams = (&self.send, &mut self.receive);
        self.reports.goodbye(now, streams, &config.cname, destination, outbox);
    }

    /// PCM of the application and of the player, or digits, to the peer. While the direction does
    /// not let us send, both wait.
    fn send_frame(&mut self, now: Instant, attached: &mut Attached, outbox: &mut Outbox) {
        let sending = self.sending();
        if sending == Sending::Nowhere {
            self.outgoing.fill(0);
        } else {
            self.read_application(attached, outbox);
            self.read_player(attached, outbox);
            if attached.muted {
                self.outgoing.fill(0);
            }
            self.last_sent = Some(now);
        }
        self.send.push(&self.outgoing, sending, outbox);
        if self.digits == Digits::Sending && self.send.dtmf_is_idle() {
            self.digits = Digits::Idle;
            outbox.event(Event::DtmfSent);
        }
    }

    fn read_application(&mut self, attached: &mut Attached, outbox: &mut Outbox) {
        let Some(port) = &mut attached.port else {
            self.outgoing.fill(0);
            return;
        };
        let underruns = port.underruns();
        port.pull(&mut self.outgoing);
        while let Some(id) = port.next_played_mark() {
            outbox.event(Event::Mark { id });
        }
        if port.underruns() != underruns {
            outbox.event(Event::Underrun);
        }
    }

    fn read_player(&mut self, attached: &mut Attached, outbox: &mut Outbox) {
        if let Some((player, id)) = &mut attached.player {
            player.pull(&mut self.player_frame);
            mix_into(&mut self.outgoing, &self.player_frame);
            if player.is_finished() {
                outbox.event(Event::PlaybackFinished { id: *id });
                attached.player = None;
            }
        }
    }

    /// What the peer says, to the application and the recorder.
    fn receive_frame(&mut self, now: Instant, attached: &mut Attached, outbox: &mut Outbox) {
        self.receive.pull(now, &mut self.incoming, &mut tell_digits(outbox));
        if let Some(port) = &mut attached.port {
            port.push_received(&self.incoming);
        }
        if let Some(recorder) = &mut attached.recorder {
            recorder.record(&self.incoming, &self.outgoing);
        }
    }

    /// Notices a stream that stopped, and keeps a NAT's binding open where no stream of ours does.
    fn keep_up(&mut self, now: Instant, config: &Config, outbox: &mut Outbox) {
        let since = match self.reception {
            Reception::Waiting(since) | Reception::Receiving(since) => Some(since),
            Reception::TimedOut => None,
        };
        let silent = since.is_some_and(|since| now >= since + config.media_timeout);
        if silent && self.settings.direction.receives() {
            self.reception = Reception::TimedOut;
            outbox.event(Event::Timeout);
        }
        let quiet = self.last_sent.is_none_or(|last| now >= last + KEEP_ALIVE);
        if quiet && self.is_reachable() {
            // RFC 6263 4.1: an empty datagram; the first opens the way for what the peer sends.
            outbox.transmit(RtpKind::Rtp, self.receive.peer(), |_| {});
            self.last_sent = Some(now);
        }
    }

    fn sending(&self) -> Sending {
        if self.settings.direction.sends() && self.is_reachable() {
            Sending::To(self.receive.peer())
        } else {
            Sending::Nowhere
        }
    }

    /// RFC 3264 8.4: held by `c=0.0.0.0`, the peer wants neither RTP nor RTCP.
    fn is_reachable(&self) -> bool {
        let peer = self.settings.remote_rtp;
        !peer.ip().is_unspecified() && peer.port() != 0
    }

    fn report_destination(&self) -> Option<SocketAddr> {
        let peer = self.settings.remote_rtcp;
        (!peer.ip().is_unspecified() && peer.port() != 0).then_some(peer)
    }

    fn set_frame(&mut self) {
        let ms = match self.settings.ptime_ms {
            ptime if ptime % 20 == 0 => 20,
            ptime if ptime % 30 == 0 => 30,
            _ => 10,
        };
        self.frame = Duration::from_millis(ms);
        let samples = ms as usize * self.rate() as usize / 1000;
        for frame in [&mut self.outgoing, &mut self.incoming, &mut self.player_frame] {
            frame.clear();
            frame.resize(samples, 0);
        }
    }
}

fn tell_digits(outbox: &mut Outbox) -> impl FnMut(Press) {
    |Press { digit, duration_ms }| {
        outbox.event(Event::Dtmf { digit, duration_ms, method: DtmfMethod::Rfc4733 });
    }
}
