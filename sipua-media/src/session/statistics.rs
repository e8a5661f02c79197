//! The figures of a call's media, from its first packet on, whatever was renegotiated meanwhile.

use std::time::Duration;

/// A snapshot of both directions.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Statistics {
    /// What came in.
    pub received: ReceiveStatistics,
    /// What went out, with what the peer reports about it.
    pub sent: SendStatistics,
    /// The newest round trip time, from the peer's reports (RFC 3550 6.4.1).
    pub round_trip: Option<Duration>,
    /// Mean opinion score (1.0 to 4.5) of what we hear: ITU-T G.107 from loss, bursts and delay.
    /// `None` before a packet was received.
    pub mos: Option<f32>,
}

/// From the network to the application.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReceiveStatistics {
    /// Valid RTP packets.
    pub packets: u64,
    /// Their payload, in bytes.
    pub bytes: u64,
    /// Packets that never came (RFC 3550 A.3: expected less received; duplicates make it smaller,
    /// even negative).
    pub lost: i64,
    /// Packets that came too late to be played, or when there was no room.
    pub discarded: u64,
    /// Packets that came more than once.
    pub duplicates: u64,
    /// Packets that came after one that was sent later.
    pub reordered: u64,
    /// Datagrams refused: not RTP, an unknown payload type, a stranger's. Once the stream flows, its
    /// packets of an unknown type (comfort noise) are counted above as well: only their payload is
    /// refused.
    pub rejected: u64,
    /// The strangers' part of `rejected`: they came from another address than the stream's.
    pub strangers: u64,
    /// Interarrival jitter (RFC 3550 A.8).
    pub jitter: Duration,
    /// What is buffered now and not yet played.
    pub buffered: Duration,
    /// The delay the jitter buffer aims at, beyond the fastest packet's.
    pub target_delay: Duration,
    /// Time that was filled by concealment.
    pub concealed: Duration,
    /// Time that was played from packets.
    pub played: Duration,
}

/// From the application to the network.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SendStatistics {
    /// RTP packets.
    pub packets: u64,
    /// Their payload, in bytes.
    pub bytes: u64,
    /// Packets lost on the way, by the peer's last report.
    pub lost: i64,
    /// The share lost (0.0 to 1.0) in the interval of the peer's last report.
    pub fraction_lost: f32,
    /// Interarrival jitter at the peer, by its last report.
    pub jitter: Duration,
}
