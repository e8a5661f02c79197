//! What is known of one source of packets: its sequence, its losses, its jitter (RFC 3550 A.1, A.3,
//! A.8).

/// A.1: a jump forward of this many is believed only when the next packet confirms it.
const MAX_DROPOUT: u16 = 3000;
/// A.1: a packet less than 100 behind is reordered, not a new beginning.
const NEW_BEGINNING: u16 = u16::MAX - 100;

/// One source, from its first packet on.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// The highest sequence number seen, and how often it wrapped.
    highest: u16,
    cycles: u32,
    base: u32,
    /// The number that would confirm a jump.
    confirms_jump: Option<u16>,
    received: u32,
    reordered: u32,
    /// Lost before the last jump.
    lost_before: i64,
    expected_at_report: u32,
    received_at_report: u32,
    transit: Option<u32>,
    /// Sixteen times the jitter, in timestamp units.
    jitter: u32,
}

/// What a sequence number says about its packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It belongs to the sequence: new, reordered or double.
    InSequence,
    /// The second packet after a jump confirms it: the sequence begins anew here.
    Restarted,
    /// Far from the sequence, and nothing confirms it yet. To be dropped.
    OutOfSequence,
}

/// What happened since the last report, as a report block tells it (RFC 3550 6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The share lost, in 256ths; never negative.
    pub fraction_lost: u8,
    /// All lost so far, kept within 24 bits.
    pub lost: i32,
    /// The extended highest sequence number.
    pub highest_sequence: u32,
    /// The jitter now, in timestamp units.
    pub jitter: u32,
}

impl Source {
    /// A source whose first packet has `sequence`; that packet counts as received.
    pub fn new(sequence: u16) -> Self {
        Self {
            highest: sequence,
            cycles: 0,
            base: u32::from(sequence),
            confirms_jump: None,
            received: 1,
            reordered: 0,
            lost_before: 0,
            expected_at_report: 0,
            received_at_report: 0,
            transit: None,
            jitter: 0,
        }
    }

    /// A.1: judges and counts the next packet's sequence number.
    pub fn update(&mut self, sequence: u16) -> Arrival {
        let ahead = sequence.wrapping_sub(self.highest);
        if ahead < MAX_DROPOUT {
            if sequence < self.highest {
                self.cycles = self.cycles.wrapping_add(1 << 16);
            }
            self.highest = sequence;
        } else if ahead <= NEW_BEGINNING {
            if self.confirms_jump != Some(sequence) {
                self.confirms_jump = Some(sequence.wrapping_add(1));
                return Arrival::OutOfSequence;
            }
            self.restart(sequence);
            return Arrival::Restarted;
        } else {
            self.reordered += 1;
        }
        self.confirms_jump = None;
        self.received = self.received.wrapping_add(1);
        Arrival::InSequence
    }

    /// A.8: takes the arrival time and the timestamp of a packet, both in timestamp units, into the
    /// jitter. Not for packets whose timestamp is not their sampling time (telephone-events).
    pub fn update_jitter(&mut self, arrival: u32, timestamp: u32) {
        let transit = arrival.wrapping_sub(timestamp);
        if let Some(last) = self.transit.replace(transit) {
            let change = (transit.wrapping_sub(last) as i32).unsigned_abs().min(MAX_CHANGE);
            self.jitter += change;
            self.jitter -= (self.jitter - change + 8) >> 4;
        }
    }

    /// A.3: ends an interval, for a report block.
    pub fn report(&mut self) -> Interval {
        let expected = self.expected();
        let expected_now = expected.wrapping_sub(self.expected_at_report);
        let received_now = self.received.wrapping_sub(self.received_at_report);
        self.expected_at_report = expected;
        self.received_at_report = self.received;
        let lost_now = u64::from(expected_now.saturating_sub(received_now));
        let fraction = (lost_now << 8).checked_div(u64::from(expected_now)).unwrap_or(0);
        Interval {
            fraction_lost: fraction.min(255) as u8,
            lost: self.lost().clamp(-0x80_0000, 0x7f_ffff) as i32,
            highest_sequence: self.cycles.wrapping_add(u32::from(self.highest)),
            jitter: self.jitter(),
        }
    }

    /// A.3: expected less received, over all the source's life.
    pub fn lost(&self) -> i64 {
        self.lost_before + i64::from(self.expected()) - i64::from(self.received)
    }

    /// Packets that came after one that was sent later.
    pub fn reordered(&self) -> u32 {
        self.reordered
    }

    /// A.8: the interarrival jitter, in timestamp units.
    pub fn jitter(&self) -> u32 {
        self.jitter >> 4
    }

    fn expected(&self) -> u32 {
        self.cycles.wrapping_add(u32::from(self.highest)).wrapping_sub(self.base).wrapping_add(1)
    }

    /// Begins anew at the packet that confirmed the jump; the one that announced it was not counted.
    fn restart(&mut self, sequence: u16) {
        *self = Self {
            lost_before: self.lost(),
            reordered: self.reordered,
            jitter: self.jitter,
            ..Self::new(sequence)
        };
    }
}

/// A change of the transit time beyond this is a clock that jumped, not jitter: it would take
/// minutes to be forgotten. Ten seconds at 8 kHz.
const MAX_CHANGE: u32 = 80_000;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn after(sequences: &[u16]) -> Source {
        let mut source = Source::new(sequences[0]);
        for &sequence in &sequences[1..] {
            assert_eq!(source.update(sequence), Arrival::InSequence);
        }
        source
    }

    #[test]
    fn losses_are_expected_less_received_across_the_wrap() {
        let mut source = after(&[65_533, 65_534, 1, 2, 4]);
        assert_eq!(source.lost(), 3);
        let report = source.report();
        assert_eq!(report.highest_sequence, 0x1_0004);
        assert_eq!((report.lost, report.fraction_lost), (3, (3 * 256 / 8) as u8));
    }

    #[test]
    fn a_fraction_covers_its_interval_only() {
        let mut source = after(&[10, 12, 14]);
        assert_eq!(source.report().fraction_lost, (2 * 256 / 5) as u8);
        for sequence in 15..25 {
            source.update(sequence);
        }
        let report = source.report();
        assert_eq!((report.lost, report.fraction_lost), (2, 0));
    }

    #[test]
    fn duplicates_make_the_loss_negative_but_no_fraction() {
        let mut source = after(&[10, 10, 10]);
        let report = source.report();
        assert_eq!((report.lost, report.fraction_lost), (-2, 0));
        assert_eq!(report.highest_sequence, 10);
    }

    #[test]
    fn reordered_packets_are_counted_and_do_not_count_as_a_cycle() {
        let source = after(&[1, 0, 65_535, 2]);
        assert_eq!((source.reordered(), source.lost()), (2, -2), "two were expected, four came");
    }

    #[test]
    fn a_jump_is_believed_when_the_next_packet_confirms_it() {
        let mut source = after(&[100, 101]);
        assert_eq!(source.update(40_000), Arrival::OutOfSequence);
        assert_eq!(source.update(102), Arrival::InSequence, "it was a stray one");
        assert_eq!(source.update(40_000), Arrival::OutOfSequence);
        assert_eq!(source.update(40_001), Arrival::Restarted);
        assert_eq!(source.update(40_002), Arrival::InSequence);
        assert_eq!(source.lost(), 0);
    }

    #[test]
    fn jitter_follows_a_8() {
        let mut source = Source::new(0);
        source.update_jitter(1000, 0);
        source.update_jitter(1160, 160);
        assert_eq!(source.jitter(), 0, "perfectly paced");
        source.update_jitter(1360, 320); // 40 late
        // J += (|D| - J) / 16: 0 + 40/16, in the scaled integer form of A.8.
        assert_eq!(source.jitter(), 40 / 16);
        source.update_jitter(1480, 480); // on time again: D = -40
        // 40 + 40 - (40 + 8 >> 4) = 77, of sixteenths.
        assert_eq!(source.jitter(), 77 >> 4);
        for n in 3..200u32 {
            source.update_jitter(1000 + n * 160 + (n % 2) * 80, n * 160);
        }
        assert!((78..=80).contains(&source.jitter()), "settles at |D|: {}", source.jitter());
    }

    proptest! {
        #[test]
        fn arbitrary_sequences_never_panic(
            first: u16, rest in prop::collection::vec((any::<u16>(), any::<u32>(), any::<u32>()), 0..200),
        ) {
            let mut source = Source::new(first);
            for (sequence, arrival, timestamp) in rest {
                source.update(sequence);
                source.update_jitter(arrival, timestamp);
                source.report();
            }
        }
    }
}
