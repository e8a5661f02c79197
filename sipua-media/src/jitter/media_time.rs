//! From the 16-bit sequence and 32-bit timestamp of packets to numbers that never wrap or jump.

/// Where a packet belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The sequence number, extended.
    pub(super) sequence: u64,
    /// When it was sampled, in units of the RTP clock on an axis without jumps.
    pub(super) media: i64,
}

/// What a packet's numbers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// The newest so far.
    Newer(Place),
    /// The newest so far, and its timestamp has nothing to do with those before: the sender's clock
    /// jumped. The place follows on the last packet's.
    Jumped(Place),
    /// One that was sent before the newest.
    Older(Place),
    /// The newest once more.
    Same(Place),
    /// Older by its sequence, but its timestamp is from before a jump, or nonsense.
    Lost,
}

/// Follows one source's numbers. They are a peer's, so any may follow any.
#[derive(Clone, Copy, Debug)]
pub(super) struct MediaTime {
    newest: Newest,
    /// How far a timestamp may be from where the arrival time says.
    tolerance: i64,
}

#[derive(Clone, Copy, Debug)]
struct Newest {
    place: Place,
    sequence: u16,
    timestamp: u32,
    duration: u32,
    arrival: i64,
}

/// Far from both ends, for numbers older than the first.
const FIRST_SEQUENCE: u64 = 1 << 32;

impl MediaTime {
    /// Begins with a packet that arrived at `arrival`.
    pub(super) fn new(
        sequence: u16,
        timestamp: u32,
        duration: u32,
        arrival: i64,
        clock_rate: u32,
    ) -> Self {
        let place = Place { sequence: FIRST_SEQUENCE, media: 0 };
        let newest = Newest { place, sequence, timestamp, duration, arrival };
        Self { newest, tolerance: i64::from(clock_rate) }
    }

    /// The newest packet's place, and the end of what it holds.
    pub(super) fn newest(&self) -> (Place, i64) {
        (self.newest.place, self.newest.place.media + i64::from(self.newest.duration))
    }

    /// The extended form of a sequence number, without taking note of it.
    pub(super) fn extend(&self, sequence: u16) -> u64 {
        let steps = i64::from(sequence.wrapping_sub(self.newest.sequence) as i16);
        self.newest.place.sequence.saturating_add_signed(steps)
    }

    /// Places a packet.
    pub(super) fn place(
        &mut self,
        sequence: u16,
        timestamp: u32,
        duration: u32,
        arrival: i64,
    ) -> Order {
        let last = self.newest;
        let steps = i64::from(sequence.wrapping_sub(last.sequence) as i16);
        let advance = i64::from(timestamp.wrapping_sub(last.timestamp) as i32);
        let extended = self.extend(sequence);
        let at = |media| Place { sequence: extended, media: last.place.media + media };
        if steps < 0 {
            let plausible = -self.tolerance < advance && advance < 0;
            return if plausible { Order::Older(at(advance)) } else { Order::Lost };
        }
        if steps == 0 {
            return Order::Same(last.place);
        }
        // A timestamp may leap over a silence, but then so does the arrival.
        let surprise = advance - (arrival - last.arrival);
        let follows = advance > 0 && surprise.abs() < self.tolerance;
        let place = at(if follows { advance } else { steps * i64::from(last.duration) });
        self.newest = Newest { place, sequence, timestamp, duration, arrival };
        if follows { Order::Newer(place) } else { Order::Jumped(place) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(steps: u64, media: i64) -> Place {
        Place { sequence: FIRST_SEQUENCE + steps, media }
    }

    #[test]
    fn sequence_and_timestamp_wrap() {
        let mut time = MediaTime::new(65_535, u32::MAX - 79, 160, 0, 8000);
        assert_eq!(time.place(0, 80, 160, 160), Order::Newer(at(1, 160)));
        assert_eq!(time.place(65_535, u32::MAX - 79, 160, 170), Order::Older(at(0, 0)));
        assert_eq!(time.place(0, 80, 160, 180), Order::Same(at(1, 160)));
    }

    #[test]
    fn a_silence_is_a_leap_and_a_clock_that_jumps_is_not() {
        let mut time = MediaTime::new(1, 0, 160, 0, 8000);
        assert_eq!(time.place(2, 80_000, 160, 80_100), Order::Newer(at(1, 80_000)));
        assert_eq!(time.place(3, 900_000, 160, 80_260), Order::Jumped(at(2, 80_160)));
        assert_eq!(time.place(5, 100, 160, 80_420), Order::Jumped(at(4, 80_480)));
        assert_eq!(time.place(4, 900_160, 160, 80_430), Order::Lost);
        assert_eq!(time.place(6, 260, 160, 80_580), Order::Newer(at(5, 80_640)));
    }
}
