//! Whose packets are the stream (symmetric RTP, RFC 4961, and who may not take it over).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// A stream that was silent for so long may come from somewhere else.
const SILENT_AFTER: Duration = Duration::from_secs(2);

/// So many packets in sequence make an address believed that was not negotiated, ...
const CONFIRMATIONS: u8 = 4;
/// ... if they come within this time: four of 60 ms, a little late.
const CONFIRMED_WITHIN: Duration = Duration::from_millis(300);

/// Binds a stream to the address its packets come from. The rule:
///
/// 1. A packet from the negotiated address binds the stream to it at once, also when another one
///    was believed before: who was first does not keep the peer out.
/// 2. Another address binds it with four packets in sequence from the same source, when none comes
///    from the negotiated address meanwhile: the peer is behind a NAT.
/// 3. While packets come from where it is bound, those from anywhere else are a stranger's.
/// 4. When none came for two seconds, another address binds it as in 2, *with the SSRC of the
///    stream*: the NAT has moved it. A stranger who waits for a pause does not know the SSRC.
/// 5. A new negotiated address begins anew.
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

/// An address that may be believed when the packets expected come from it.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    source: SocketAddr,
    ssrc: u32,
    next: u16,
    came: u8,
    since: Instant,
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

    /// Whether that is where the stream is known to come from.
    pub fn is_bound_to(&self, source: SocketAddr) -> bool {
        self.bound.is_some_and(|bound| bound.source == source)
    }

    /// Judges a valid RTP packet.
    pub fn judge(&mut self, source: SocketAddr, ssrc: u32, sequence: u16, now: Instant) -> Verdict {
        let may_move = match &mut self.bound {
            Some(bound) if bound.source == source => {
                (bound.ssrc, bound.last) = (ssrc, now);
                return Verdict::Bound;
            }
            _ if source == self.negotiated => true,
            Some(bound) => ssrc == bound.ssrc && now >= bound.last + SILENT_AFTER,
            None => true,
        };
        let confirmed = source == self.negotiated
            || may_move && self.confirm(source, ssrc, sequence, now) >= CONFIRMATIONS;
        if !confirmed {
            return Verdict::Stranger;
        }
        self.bound = Some(Bound { source, ssrc, last: now });
        self.candidate = None;
        Verdict::NewlyBound
    }

    /// How many packets in sequence came by now from what is not negotiated.
    fn confirm(&mut self, source: SocketAddr, ssrc: u32, sequence: u16, now: Instant) -> u8 {
        let next = sequence.wrapping_add(1);
        let (came, since) = match self.candidate {
            Some(former)
                if (former.source, former.ssrc, former.next) == (source, ssrc, sequence)
                    && now <= former.since + CONFIRMED_WITHIN =>
            {
                (former.came + 1, former.since)
            }
            _ => (1, now),
        };
        self.candidate = Some(Candidate { source, ssrc, next, came, since });
        came
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

    /// The verdicts on packets in sequence, 20 ms apart.
    fn verdicts(
        latch: &mut Latch,
        port: u16,
        ssrc: u32,
        sequence: u16,
        at: Instant,
    ) -> [Verdict; 4] {
        std::array::from_fn(|n| {
            let at = at + Duration::from_millis(20) * n as u32;
            latch.judge(address(port), ssrc, sequence.wrapping_add(n as u16), at)
        })
    }

    const BELIEVED: [Verdict; 4] =
        [Verdict::Stranger, Verdict::Stranger, Verdict::Stranger, Verdict::NewlyBound];

    #[test]
    fn behind_a_nat_four_packets_in_sequence_bind() {
        let (mut latch, now) = (Latch::new(address(PEER)), Instant::now());
        assert_eq!(latch.judge(address(6000), 1, 65_533, now), Verdict::Stranger);
        assert_eq!(latch.judge(address(STRANGER), 2, 0, now), Verdict::Stranger);
        assert_eq!(verdicts(&mut latch, 6000, 1, 65_534, now), BELIEVED, "it was interrupted");
        assert_eq!(latch.destination(), address(6000));
    }

    #[test]
    fn packets_far_apart_confirm_nothing() {
        let (mut latch, now) = (Latch::new(address(PEER)), Instant::now());
        for n in 0..20u16 {
            let now = now + Duration::from_millis(101) * u32::from(n);
            assert_eq!(latch.judge(address(6000), 1, n, now), Verdict::Stranger);
        }
    }

    #[test]
    fn who_was_there_first_does_not_keep_the_peer_out() {
        let (mut latch, now) = (Latch::new(address(PEER)), Instant::now());
        assert_eq!(verdicts(&mut latch, STRANGER, 1, 0, now), BELIEVED);
        assert_eq!(latch.judge(address(PEER), 2, 0, now), Verdict::NewlyBound);
        assert_eq!(latch.destination(), address(PEER));
        assert_eq!(verdicts(&mut latch, STRANGER, 1, 4, now), [Verdict::Stranger; 4]);
    }

    #[test]
    fn a_pause_is_no_chance_for_a_stranger_but_for_a_moved_nat() {
        let (mut latch, now) = (Latch::new(address(PEER)), Instant::now());
        latch.judge(address(PEER), 7, 10, now);
        let later = now + Duration::from_secs(30);
        for n in 0..10 {
            assert_eq!(latch.judge(address(STRANGER), 8, n, later), Verdict::Stranger);
        }
        assert_eq!(verdicts(&mut latch, 6000, 7, 50, later), BELIEVED);
        assert_eq!(latch.judge(address(STRANGER), 7, 54, later), Verdict::Stranger);
        assert_eq!(latch.judge(address(PEER), 9, 0, later), Verdict::NewlyBound);
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
