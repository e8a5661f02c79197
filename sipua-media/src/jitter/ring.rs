//! The packets waiting to be played: a ring by sequence number, its payloads in one block.

/// One bit of a `u64` each: 1.28 s of 20 ms packets.
pub(super) const CAPACITY: u64 = 64;
/// What a payload has at first: 20 ms of G.711. It grows to what comes, up to `MAX_PAYLOAD`.
const FIRST_STRIDE: usize = 160;
/// No payload of a voice codec is longer.
pub(super) const MAX_PAYLOAD: usize = 1280;

/// A packet waiting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) sequence: u64,
    pub(super) media: i64,
    pub(super) duration: u32,
    pub(super) payload_type: u8,
    pub(super) marker: bool,
    /// Set when it is stored.
    pub(super) length: u16,
}

/// Holds packets of sequence numbers `head` to `head + CAPACITY`. Takes memory at the first one.
#[derive(Debug)]
pub(super) struct Ring {
    head: u64,
    /// Bit n: the slot for sequence numbers with the remainder n is taken.
    taken: u64,
    /// The same for those known to be no audio.
    skipped: u64,
    slots: Vec<Slot>,
    payloads: Vec<u8>,
    stride: usize,
}

impl Ring {
    pub(super) fn new(head: u64) -> Self {
        Self {
            head,
            taken: 0,
            skipped: 0,
            slots: Vec::new(),
            payloads: Vec::new(),
            stride: FIRST_STRIDE,
        }
    }

    /// Empties it and makes `head` the first sequence number it takes.
    pub(super) fn restart(&mut self, head: u64) {
        (self.taken, self.skipped) = (0, 0);
        self.head = head;
    }

    /// The lowest sequence number it takes.
    pub(super) fn head(&self) -> u64 {
        self.head
    }

    /// The packet with the lowest sequence number.
    pub(super) fn first(&self) -> Option<Slot> {
        let ahead = self.taken.rotate_right((self.head % CAPACITY) as u32).trailing_zeros();
        let sequence = self.head + u64::from(ahead);
        (self.taken != 0).then(|| self.slots.get(index(sequence)).copied()).flatten()
    }

    /// Drops all packets before `head`; how many there were.
    pub(super) fn advance(&mut self, head: u64) -> u32 {
        let before = self.taken.count_ones();
        match head.saturating_sub(self.head) {
            steps if steps >= CAPACITY => (self.taken, self.skipped) = (0, 0),
            _ => (self.head..head).for_each(|sequence| {
                self.taken &= !bit(sequence);
                self.skipped &= !bit(sequence);
            }),
        }
        self.head = self.head.max(head);
        before - self.taken.count_ones()
    }

    /// Takes note that `sequence`, if it may still come, is of something else than audio.
    pub(super) fn skip(&mut self, sequence: u64) {
        if (self.head..self.head + CAPACITY).contains(&sequence) {
            self.skipped |= bit(sequence);
        }
    }

    /// Whether all from the head up to `sequence`, itself excluded, are known to be no audio.
    pub(super) fn is_complete_up_to(&self, sequence: u64) -> bool {
        (self.head..sequence).all(|missing| self.skipped & bit(missing) != 0)
    }

    /// Stores a packet whose sequence number it takes.
    pub(super) fn put(&mut self, mut slot: Slot, payload: &[u8]) {
        let payload = &payload[..payload.len().min(MAX_PAYLOAD)];
        self.make_room(payload.len());
        slot.length = payload.len() as u16;
        let at = index(slot.sequence);
        self.slots[at] = slot;
        self.payloads[at * self.stride..][..payload.len()].copy_from_slice(payload);
        self.taken |= bit(slot.sequence);
    }

    pub(super) fn payload(&self, slot: &Slot) -> &[u8] {
        let start = index(slot.sequence) * self.stride;
        self.payloads.get(start..start + usize::from(slot.length)).unwrap_or_default()
    }

    fn make_room(&mut self, length: usize) {
        let capacity = CAPACITY as usize;
        if self.slots.is_empty() {
            self.slots = vec![Slot::default(); capacity];
        }
        if length > self.stride || self.payloads.is_empty() {
            let stride = length.next_multiple_of(80).max(self.stride);
            let mut payloads = vec![0; capacity * stride];
            for (new, old) in payloads.chunks_mut(stride).zip(self.payloads.chunks(self.stride)) {
                new[..old.len()].copy_from_slice(old);
            }
            (self.payloads, self.stride) = (payloads, stride);
        }
    }
}

fn index(sequence: u64) -> usize {
    (sequence % CAPACITY) as usize
}

fn bit(sequence: u64) -> u64 {
    1 << (sequence % CAPACITY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(ring: &mut Ring, sequence: u64, payload: &[u8]) {
        ring.put(Slot { sequence, ..Slot::default() }, payload);
    }

    #[test]
    fn the_lowest_sequence_number_is_first_across_the_ring_s_end() {
        let mut ring = Ring::new(60);
        assert_eq!(ring.first(), None);
        for sequence in [70, 66, 123] {
            put(&mut ring, sequence, &[sequence as u8]);
        }
        for sequence in [66, 70, 123] {
            let slot = ring.first().unwrap();
            assert_eq!((slot.sequence, ring.payload(&slot)), (sequence, &[sequence as u8][..]));
            ring.advance(sequence + 1);
        }
        assert_eq!((ring.first(), ring.head()), (None, 124));
    }

    #[test]
    fn advancing_drops_what_is_before() {
        let mut ring = Ring::new(0);
        (0..64).for_each(|sequence| put(&mut ring, sequence, &[]));
        assert_eq!(ring.advance(3), 3);
        assert_eq!(ring.first().map(|slot| slot.sequence), Some(3));
        assert_eq!(ring.advance(1 << 40), 61);
    }

    #[test]
    fn longer_payloads_make_it_grow_and_keep_the_others() {
        let mut ring = Ring::new(0);
        put(&mut ring, 0, &[7; 100]);
        put(&mut ring, 63, &[8; 160]);
        put(&mut ring, 1, &[9; 480]);
        put(&mut ring, 2, &[1; 5000]);
        let lengths = [0, 1, 2, 63].map(|sequence| {
            let slot = ring.first().filter(|slot| slot.sequence == sequence).unwrap();
            let payload = ring.payload(&slot).to_vec();
            ring.advance(sequence + 1);
            (payload.len(), payload[0])
        });
        assert_eq!(lengths, [(100, 7), (480, 9), (MAX_PAYLOAD, 1), (160, 8)]);
    }
}
