//! Whose packets are the stream (symmetric RTP, RFC 4961, and who may not take it over).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// A stream that was silent for so long may come from somewhere else.
const SILENT_AFTER: Duration = Duration::from_secs(2);

/// Binds a stream to the address its packets come from. The rule:
///
/// 1. At first, a packet from the negotiated address binds the stream to it at once. Another
///    address binds it with two packets in sequence from the same source: the peer is behind a NAT.
/// 2. While packets come from there, those from anywhere else are a stranger's.
/// 3. When none came for two seconds, a packet from the negotiated address, or two in sequence from
///    another one *with the SSRC of the stream*, bind it anew: the NAT has moved it. A stranger who
///    waits for a pause does not know the SSRC.
/// 4. A new negotiated address begins at 1.
#[derive(Clone, Debug)]
pub struct Latch {
    negotiated: SocketAddr,
    bound: Option<Bound>,
    candidate: Option<Candidate>,
}

#[derive(Clone, Copy, Debug)]
struct Bound {
    source: SocketAddr,
    ssrc: u32,
    last: Instant,
}

/// A source that may be believed when its next packet is the one expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Candidate {
    source: SocketAddr,
    ssrc: u32,
    next: u16,
}

/// Whose a packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The stream's.
    Bound,
    /// The stream's, whose source is known from now on.
    NewlyBound,
    /// Not the stream's, or not yet known to be.
    Stranger,
}

impl Latch {
    /// For a stream negotiated to come from `negotiated`.
    pub fn new(negotiated: SocketAddr) -> Self {
        Self { negotiated, bound: None, candidate: None }
    }

    /// A new negotiation; the same address changes nothing.
    pub fn negotiate(&mut self, negotiated: SocketAddr) {
        if negotiated != self.negotiated {
            *self = Self::new(negotiated);
        }
    }

    /// Where to send: to where the stream comes from, until that is known to the negotiated address.
    pub fn destination(&self) -> SocketAddr {
        self.bound.map_or(self.negotiated, |bound| bound.source)
    }

    /// Judges a valid RTP packet.
    pub fn judge(&mut self, source: SocketAddr, ssrc: u32, sequence: u16, now: Instant) -> Verdict {
        let may_move = match &mut self.bound {
            Some(bound) if bound.source == source => {
                (bound.ssrc, bound.last) = (ssrc, now);
                return Verdict::Bound;
            }
            Some(bound) if now < bound.last + SILENT_AFTER => false,
            Some(bound) => source == self.negotiated || ssrc == bound.ssrc,
            None => true,
        };
        if !may_move {
            return Verdict::Stranger;
        }
        let expected = Candidate { source, ssrc, next: sequence };
        if source != self.negotiated && self.candidate != Some(expected) {
            self.candidate = Some(Candidate { next: sequence.wrapping_add(1), ..expected });
            return Verdict::Stranger;
        }
        self.bound = Some(Bound { source, ssrc, last: now });
        self.candidate = None;
        Verdict::NewlyBound
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "a test begins somewhere in time")]

    use super::*;

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], port))
    }

    const PEER: u16 = 4000;
    const STRANGER: u16 = 5000;

    #[test]
    fn the_negotiated_address_binds_at_once_and_a_stranger_never_while_it_speaks() {
        let (mut latch, now) = (Latch::new(address(PEER)), Instant::now());
        assert_eq!(latch.judge(address(PEER), 1, 10, now), Verdict::NewlyBound);
        for n in 0..200u16 {
            let now = now + Duration::from_millis(20) * u32::from(n);
            assert_eq!(latch.judge(address(STRANGER), 1, 11 + n, now), Verdict::Stranger);
            assert_eq!(latch.judge(address(PEER), 1, 11 + n, now), Verdict::Bound);
        }
        assert_eq!(latch.destination(), address(PEER));
    }

    #[test]
    fn behind_a_nat_two_packets_in_sequence_bind() {
        let (mut latch, now) = (Latch::new(address(PEER)), Instant::now());
        assert_eq!(latch.judge(address(6000), 1, 65_535, now), Verdict::Stranger);
        assert_eq!(latch.judge(address(STRANGER), 2, 0, now), Verdict::Stranger);
        assert_eq!(latch.judge(address(6000), 1, 0, now), Verdict::Stranger, "interrupted");
        assert_eq!(latch.judge(address(6000), 1, 1, now), Verdict::NewlyBound);
        assert_eq!(latch.destination(), address(6000));
    }

    #[test]
    fn a_pause_is_no_chance_for_a_stranger_but_for_a_moved_nat() {
        let (mut latch, now) = (Latch::new(address(PEER)), Instant::now());
        latch.judge(address(PEER), 7, 10, now);
        let later = now + Duration::from_secs(30);
        for n in 0..10 {
            assert_eq!(latch.judge(address(STRANGER), 8, n, later), Verdict::Stranger);
        }
        assert_eq!(latch.judge(address(6000), 7, 50, later), Verdict::Stranger);
        assert_eq!(latch.judge(address(6000), 7, 51, later), Verdict::NewlyBound);
        assert_eq!(latch.judge(address(PEER), 7, 52, later), Verdict::Stranger);
        let much_later = later + Duration::from_secs(2);
        assert_eq!(latch.judge(address(PEER), 9, 0, much_later), Verdict::NewlyBound);
    }

    #[test]
    fn a_new_address_begins_anew_and_the_same_does_not() {
        let (mut latch, now) = (Latch::new(address(PEER)), Instant::now());
        latch.judge(address(PEER), 1, 1, now);
        latch.negotiate(address(PEER));
        assert_eq!(latch.judge(address(STRANGER), 1, 2, now), Verdict::Stranger);
        latch.negotiate(address(STRANGER));
        assert_eq!(latch.destination(), address(STRANGER));
        assert_eq!(latch.judge(address(STRANGER), 1, 2, now), Verdict::NewlyBound);
    }
}
