//! A session's RTCP: its own reports, and what the peer's say.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;

use super::{Outbox, RtpKind, SendStatistics};
use crate::rtcp::{Compound, CompoundWriter, Packet, ReportBlock, Schedule, SenderInfo};
use crate::stream::{ReceiveStream, SendStream};

/// The size of a first report: SR with a block, and an SDES.
const EXPECTED_SIZE: usize = 100;
/// RFC 3550 6.3: the two ends.
const MEMBERS: usize = 2;

/// Sends reports when they are due and keeps what the peer's newest said.
#[derive(Debug)]
pub(super) struct Reports {
    begin: Instant,
    schedule: Schedule,
    /// Packets sent when we last reported.
    sent_at_report: u64,
    /// The middle of the NTP time in the peer's last SR, and when it came.
    last_sender_report: Option<(u32, Instant)>,
    about_us: Option<ReportBlock>,
    round_trip: Option<Duration>,
    /// Where the peer's RTCP comes from, if not from where it was negotiated to.
    source: Option<SocketAddr>,
}

impl Reports {
    pub(super) fn new(now: Instant, rng: &mut StdRng) -> Self {
        Self {
            begin: now,
            schedule: Schedule::new(now, EXPECTED_SIZE, rng),
            sent_at_report: 0,
            last_sender_report: None,
            about_us: None,
            round_trip: None,
            source: None,
        }
    }

    pub(super) fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }

    /// The negotiated destination has changed.
    pub(super) fn forget_source(&mut self) {
        self.source = None;
    }

    /// What we sent, with what the peer says about it.
    pub(super) fn statistics(&self, stream: &SendStream, clock_rate: u32) -> SendStatistics {
        let (packets, bytes) = stream.sent();
        let report = self.about_us.unwrap_or_default();
        SendStatistics {
            packets,
            bytes,
            lost: i64::from(report.lost),
            fraction_lost: f32::from(report.fraction_lost) / 256.0,
            jitter: Duration::from_secs_f64(f64::from(report.jitter) / f64::from(clock_rate)),
        }
    }

    /// Takes a datagram of the RTCP socket; whether it was the peer's and sound.
    pub(super) fn handle_packet(
        &mut self,
        from: SocketAddr,
        peers: [IpAddr; 2],
        datagram: &[u8],
        own_ssrc: u32,
        peer_ssrc: Option<u32>,
        now: Instant,
    ) -> bool {
        let Some(compound) = peers.contains(&from.ip()).then(|| Compound::parse(datagram).ok())
        else {
            return false;
        };
        let Some(compound) = compound else {
            return false;
        };
        self.source = Some(from);
        self.schedule.seen(datagram.len());
        for packet in compound {
            match packet {
                Packet::SenderReport { ssrc, info, reports } => {
                    if peer_ssrc == Some(ssrc) {
                        self.last_sender_report = Some(((info.ntp >> 16) as u32, now));
                    }
                    self.take(reports, own_ssrc, now);
                }
                Packet::ReceiverReport { reports, .. } => self.take(reports, own_ssrc, now),
                Packet::SourceDescription(_) | Packet::Goodbye { .. } | Packet::Other { .. } => {}
            }
        }
        true
    }

    fn take(
        &mut self,
        mut reports: impl Iterator<Item = ReportBlock>,
        own_ssrc: u32,
        now: Instant,
    ) {
        let Some(block) = reports.find(|block| block.ssrc == own_ssrc) else {
            return;
        };
        if block.last_sender_report != 0 {
            // RFC 3550 6.4.1: A - LSR - DLSR, in 65536ths of a second.
            let arrival = (self.ntp(now) >> 16) as u32;
            let units = arrival
                .wrapping_sub(block.last_sender_report)
                .wrapping_sub(block.delay_since) as i32;
            // A little less than nothing is rounding, much less is nonsense.
            if units >= -65 {
                let seconds = f64::from(units.max(0)) / 65536.0;
                self.round_trip = Some(Duration::from_secs_f64(seconds));
            }
        }
        self.about_us = Some(block);
    }

    /// Sends a report if one is due.
    pub(super) fn poll(
        &mut self,
        now: Instant,
        streams: (&SendStream, &mut ReceiveStream),
        cname: &str,
        destination: Option<SocketAddr>,
        rng: &mut StdRng,
        outbox: &mut Outbox,
    ) {
        if now < self.schedule.next() || !self.schedule.is_due(now, MEMBERS, rng) {
            return;
        }
        let mut size = EXPECTED_SIZE;
        if let Some(destination) = destination {
            let (send, receive) = streams;
            size = self.transmit(now, (send, receive), cname, destination, outbox, |_| {});
        }
        self.schedule.sent(now, size, MEMBERS, rng);
    }

    /// Says goodbye (RFC 3550 6.3.7) for `ssrc`, after a last report.
    pub(super) fn goodbye(
        &mut self,
        now: Instant,
        streams: (&SendStream, &mut ReceiveStream),
        cname: &str,
        destination: Option<SocketAddr>,
        outbox: &mut Outbox,
    ) {
        if let Some(destination) = destination {
            let ssrc = streams.0.ssrc();
            self.transmit(now, streams, cname, destination, outbox, |compound| {
                compound.goodbye(ssrc);
            });
        }
    }

    fn transmit(
        &mut self,
        now: Instant,
        (send, receive): (&SendStream, &mut ReceiveStream),
        cname: &str,
        destination: SocketAddr,
        outbox: &mut Outbox,
        finish: impl FnOnce(&mut CompoundWriter<'_>),
    ) -> usize {
        let block = self.block(receive, now);
        let (packets, octets) = send.reported();
        let info =
            SenderInfo { ntp: self.ntp(now), rtp_timestamp: send.timestamp(), packets, octets };
        // RFC 3550 6.4: who has sent since the last report makes an SR.
        let (packets, _) = send.sent();
        let has_sent = packets != self.sent_at_report;
        self.sent_at_report = packets;
        let ssrc = send.ssrc();
        let mut size = 0;
        outbox.transmit(RtpKind::Rtcp, self.source.unwrap_or(destination), |datagram| {
            let start = datagram.len();
            let mut compound = CompoundWriter::new(datagram);
            if has_sent {
                compound.sender_report(ssrc, &info, block.as_ref());
            } else {
                compound.receiver_report(ssrc, block.as_ref());
            }
            compound.source_description(ssrc, cname);
            finish(&mut compound);
            size = datagram.len() - start;
        });
        size
    }

    fn block(&self, receive: &mut ReceiveStream, now: Instant) -> Option<ReportBlock> {
        let (ssrc, interval) = receive.report()?;
        let (last_sender_report, delay_since) = match self.last_sender_report {
            Some((ntp, came)) => (ntp, units(now.saturating_duration_since(came)) as u32),
            None => (0, 0),
        };
        Some(ReportBlock {
            ssrc,
            fraction_lost: interval.fraction_lost,
            lost: interval.lost,
            highest_sequence: interval.highest_sequence,
            jitter: interval.jitter,
            last_sender_report,
            delay_since,
        })
    }

    /// RFC 3550 6.4.1: without a wall clock, the time since the session began; 32.32 bits. One
    /// second is added, for zero means no clock at all.
    fn ntp(&self, now: Instant) -> u64 {
        let since = now.saturating_duration_since(self.begin) + Duration::from_secs(1);
        (since.as_secs() << 32) | ((u64::from(since.subsec_nanos()) << 32) / 1_000_000_000)
    }
}

/// A duration in 65536ths of a second.
fn units(duration: Duration) -> u64 {
    duration.as_micros() as u64 * 65_536 / 1_000_000
}
