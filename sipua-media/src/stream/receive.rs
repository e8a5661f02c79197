//! From datagrams to PCM and digits.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::playout::Player;
use super::{Latch, Verdict};
use crate::dtmf::{Press, Receiver};
use crate::jitter::{Incoming, JitterBuffer, Pushed};
use crate::rtp::{Arrival, Header, Interval, Packet, Source};
use crate::sdp::{PayloadFormat, StreamSettings};
use crate::session::ReceiveStatistics;

/// The incoming half of a stream.
#[derive(Debug)]
pub struct ReceiveStream {
    clock_rate: u32,
    formats: Vec<PayloadFormat>,
    telephone_event: Option<u8>,
    latch: Latch,
    source: Option<KnownSource>,
    /// Another SSRC, from the stream's address, that becomes the source with the packet expected.
    candidate: Option<(u32, u16)>,
    jitter: JitterBuffer,
    player: Player,
    digits: Receiver,
    counts: Counts,
    origin: Instant,
}

#[derive(Clone, Copy, Debug)]
struct KnownSource {
    ssrc: u32,
    sequence: Source,
}

/// What is counted here; the jitter buffer counts the rest.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    packets: u64,
    bytes: u64,
    rejected: u64,
    strangers: u64,
    /// Of sources that were followed by another one.
    lost_before: i64,
    reordered_before: u64,
}

/// What a datagram was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The stream's.
    Taken,
    /// Not RTP, or not for us.
    Rejected,
}

impl ReceiveStream {
    /// A stream as agreed.
    pub fn new(settings: &StreamSettings, now: Instant) -> Self {
        let clock_rate = settings.codec.clock_rate();
        Self {
            clock_rate,
            formats: settings.receive.clone(),
            telephone_event: settings.telephone_event.map(|event| event.payload_type_receive),
            latch: Latch::new(settings.remote_rtp),
            source: None,
            candidate: None,
            jitter: JitterBuffer::new(clock_rate, now),
            player: Player::default(),
            digits: Receiver::new(clock_rate),
            counts: Counts::default(),
            origin: now,
        }
    }

    /// Agreed anew; what was counted stays.
    pub fn configure(&mut self, settings: &StreamSettings) {
        self.formats.clone_from(&settings.receive);
        self.telephone_event = settings.telephone_event.map(|event| event.payload_type_receive);
        self.latch.negotiate(settings.remote_rtp);
    }

    /// Where the stream comes from, or should come from.
    pub fn peer(&self) -> SocketAddr {
        self.latch.destination()
    }

    /// The SSRC of the stream.
    pub fn ssrc(&self) -> Option<u32> {
        self.source.map(|source| source.ssrc)
    }

    /// Takes a datagram; a digit that it ends goes to `press`.
    pub fn handle_packet(
        &mut self,
        from: SocketAddr,
        datagram: &[u8],
        now: Instant,
        press: &mut impl FnMut(Press),
    ) -> Outcome {
        let taken = self.accept(from, datagram, now, press);
        let Some((packet, content)) = taken else {
            self.counts.rejected += 1;
            return Outcome::Rejected;
        };
        self.counts.packets += 1;
        self.counts.bytes += packet.payload.len() as u64;
        let Header { sequence, timestamp, marker, payload_type, .. } = packet.header;
        match content {
            Content::Event => {
                self.jitter.skip(sequence);
                self.digits.handle_event(timestamp, packet.payload, now, press);
            }
            Content::Audio(duration) => {
                self.digits.handle_audio(timestamp, now, press);
                let payload = packet.payload;
                let incoming =
                    Incoming { sequence, timestamp, marker, payload_type, duration, payload };
                let pushed = self.jitter.push(&incoming, now);
                if let (Some(source), true) = (&mut self.source, pushed != Pushed::Duplicate) {
                    let arrival = ticks(now - self.origin, self.clock_rate);
                    source.sequence.update_jitter(arrival, timestamp);
                }
            }
            Content::Unusable => {
                self.jitter.skip(sequence);
                self.counts.rejected += 1;
            }
        }
        Outcome::Taken
    }

    /// Fills `frame` with what is to be heard at `now`, and ends digits that stopped coming.
    pub fn pull(&mut self, now: Instant, frame: &mut [i16], press: &mut impl FnMut(Press)) {
        self.player.pull(&mut self.jitter, &self.formats, now, frame);
        self.digits.handle_timeout(now, press);
    }

    /// The SSRC of the stream and its figures since the last report.
    pub fn report(&mut self) -> Option<(u32, Interval)> {
        self.source.as_mut().map(|source| (source.ssrc, source.sequence.report()))
    }

    /// Its figures.
    pub fn statistics(&self) -> ReceiveStatistics {
        let jitter = self.jitter.statistics();
        let source = self.source.map(|source| source.sequence);
        let rate = f64::from(self.clock_rate);
        let time = |ticks: u64| Duration::from_secs_f64(ticks as f64 / rate);
        ReceiveStatistics {
            packets: self.counts.packets,
            bytes: self.counts.bytes,
            lost: self.counts.lost_before + source.map_or(0, |source| source.lost()),
            discarded: jitter.late + jitter.overflowed,
            duplicates: jitter.duplicates,
            reordered: self.counts.reordered_before
                + source.map_or(0, |source| u64::from(source.reordered())),
            rejected: self.counts.rejected,
            strangers: self.counts.strangers,
            jitter: time(source.map_or(0, |source| u64::from(source.jitter()))),
            buffered: self.jitter.buffered(),
            target_delay: self.jitter.target_delay(),
            concealed: time(jitter.concealed),
            played: time(jitter.played),
        }
    }

    /// How much longer losses last than random ones (G.107 BurstR), by what was concealed.
    pub fn burst_ratio(&self) -> f64 {
        let jitter = self.jitter.statistics();
        if jitter.gaps == 0 || jitter.frames == 0 {
            return 1.0;
        }
        let (played, concealed) = (jitter.played as f64, jitter.concealed as f64);
        let run_in_packets = concealed / jitter.gaps as f64 * jitter.frames as f64 / played;
        (run_in_packets * played / (played + concealed)).max(1.0)
    }

    /// A packet of the stream and what it is, or nothing.
    fn accept<'a>(
        &mut self,
        from: SocketAddr,
        datagram: &'a [u8],
        now: Instant,
        press: &mut impl FnMut(Press),
    ) -> Option<(Packet<'a>, Content)> {
        let packet = Packet::parse(datagram).ok()?;
        let content = self.content(&packet);
        let Header { ssrc, sequence, .. } = packet.header;
        // It is of the stream when that is there already; it cannot begin one.
        let begins = self.ssrc() != Some(ssrc) || !self.latch.is_bound_to(from);
        if begins && matches!(content, Content::Unusable) {
            return None;
        }
        if self.latch.judge(from, ssrc, sequence, now) == Verdict::Stranger {
            self.counts.strangers += 1;
            return None;
        }
        self.follow(ssrc, sequence, now, press).then_some((packet, content))
    }

    fn content(&self, packet: &Packet<'_>) -> Content {
        let payload_type = packet.header.payload_type;
        if self.telephone_event == Some(payload_type) {
            return Content::Event;
        }
        let format = self.formats.iter().find(|format| format.payload_type == payload_type);
        let duration = format.and_then(|format| format.codec.duration(packet.payload));
        duration.map_or(Content::Unusable, Content::Audio)
    }

    /// RFC 3550 A.1: whether a packet belongs to the source. Another SSRC becomes the source when
    /// two of its packets come in sequence with none of the old source's between them.
    fn follow(
        &mut self,
        ssrc: u32,
        sequence: u16,
        now: Instant,
        press: &mut impl FnMut(Press),
    ) -> bool {
        match &mut self.source {
            Some(source) if source.ssrc == ssrc => {
                self.candidate = None;
                match source.sequence.update(sequence) {
                    Arrival::InSequence => true,
                    Arrival::OutOfSequence => false,
                    Arrival::Restarted => {
                        self.restart(now, press);
                        true
                    }
                }
            }
            Some(_) if self.candidate != Some((ssrc, sequence)) => {
                self.candidate = Some((ssrc, sequence.wrapping_add(1)));
                false
            }
            former => {
                if let Some(former) = former {
                    self.counts.lost_before += former.sequence.lost();
                    self.counts.reordered_before += u64::from(former.sequence.reordered());
                }
                self.source = Some(KnownSource { ssrc, sequence: Source::new(sequence) });
                self.candidate = None;
                self.restart(now, press);
                true
            }
        }
    }

    fn restart(&mut self, now: Instant, press: &mut impl FnMut(Press)) {
        self.jitter.reset();
        self.player.reset();
        self.digits.restart(now, press);
    }
}

enum Content {
    /// How long it lasts, in units of the RTP clock.
    Audio(u32),
    Event,
    /// A payload type we did not agree to (comfort noise, mostly), or no payload at all.
    Unusable,
}

fn ticks(elapsed: Duration, clock_rate: u32) -> u32 {
    (elapsed.as_micros() as u64 * u64::from(clock_rate) / 1_000_000) as u32
}
