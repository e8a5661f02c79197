//! Single packets, and sequences of them into the jitter buffer.

use std::time::{Duration, Instant};

use crate::dtmf::TelephoneEvent;
use crate::jitter::{Demand, Incoming, JitterBuffer, Playout};
use crate::rtcp::{Compound, Packet as RtcpPacket};
use crate::rtp::{Header, Packet};

/// An RTP packet: what parses is written and read again, and its payload is an event or not.
pub fn rtp(data: &[u8]) {
    let Ok(packet) = Packet::parse(data) else {
        return;
    };
    assert!(packet.csrcs().len() <= 15 && packet.payload.len() + 12 <= data.len());
    let mut written = Vec::new();
    packet.header.write(&mut written);
    written.extend_from_slice(packet.payload);
    let again = Packet::parse(&written).map(|again| (again.header, again.payload));
    assert_eq!(again, Ok((packet.header, packet.payload)));
    if let Some(event) = TelephoneEvent::parse(packet.payload) {
        assert_eq!(TelephoneEvent::parse(&event.to_bytes()), Some(event));
    }
}

/// A compound RTCP packet: walked to its end.
pub fn rtcp(data: &[u8]) {
    let Ok(compound) = Compound::parse(data) else {
        return;
    };
    for packet in compound {
        let count = match packet {
            RtcpPacket::SenderReport { reports, .. }
            | RtcpPacket::ReceiverReport { reports, .. } => reports.count(),
            RtcpPacket::SourceDescription(chunks) => chunks.count(),
            RtcpPacket::Goodbye { ssrcs } => ssrcs.len(),
            RtcpPacket::Other { .. } => 0,
        };
        assert!(count <= 31);
    }
}

/// Packets with arbitrary numbers at arbitrary times into the jitter buffer: eight bytes each.
pub fn jitter(data: &[u8]) {
    let mut now = some_instant();
    let mut buffer = JitterBuffer::new(8000, now);
    let mut timestamp = 0u32;
    for step in data.as_chunks::<8>().0 {
        let [s0, s1, t0, t1, flags, wait, queued, length] = *step;
        let advance = u16::from_be_bytes([t0, t1]);
        // Small steps mostly; sometimes the timestamp is anything.
        timestamp = match flags & 3 {
            0 => u32::from(advance) << 16,
            _ => timestamp.wrapping_add(u32::from(advance)),
        };
        let payload = [0; 255];
        let packet = Incoming {
            sequence: u16::from_be_bytes([s0, s1]),
            timestamp,
            marker: flags & 4 != 0,
            payload_type: flags >> 4,
            duration: u32::from(length) + 1,
            payload: payload.get(..usize::from(length)).unwrap_or_default(),
        };
        buffer.push(&packet, now);
        let demand = Demand { queued: u32::from(queued % 160), frame: 160 };
        if let Playout::Gap { duration } = buffer.pop(now, demand) {
            assert!(duration > 0 && duration + demand.queued <= demand.frame);
        }
        now += Duration::from_millis(u64::from(wait));
    }
}

/// Packets of a fixed header for the session.
pub(super) fn header(payload_type: u8, sequence: u16, timestamp: u32, ssrc: u32) -> Header {
    Header { marker: false, payload_type, sequence, timestamp, ssrc }
}

/// The cores take time as a parameter; here alone some first instant must come from somewhere.
pub(super) fn some_instant() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "a beginning, not a measurement")]
    Instant::now()
}
