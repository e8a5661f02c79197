//! The buffer itself: what to do with a packet that comes, and what to play now.

use std::time::{Duration, Instant};

use super::delay::DelayEstimate;
use super::media_time::{MediaTime, Order, Place};
use super::ring::{Ring, Slot};

/// Without a packet for this long the stream is over, or silent; the next one begins it anew.
const IDLE_AFTER_MS: i64 = 200;
/// A loss longer than this is not concealed to its end but left behind.
const MAX_GAP_MS: i64 = 1000;
/// What is older than the aim by this much is dropped unplayed.
const MAX_EXCESS_MS: i64 = 400;
/// So many frames are played unchanged between two that are shortened, and lengthened.
const FRAMES_BETWEEN_CUTS: u32 = 4;
const FRAMES_BETWEEN_STRETCHES: u32 = 1;
/// After so many packets in a row that are too late to be of any use, they are another stream: what
/// was learnt of its delay holds no more.
const MAX_USELESS: u32 = 10;
/// Nothing is shortened unless this much more than the aim would be left.
const SPARE_MS: i64 = 5;

/// A packet, as far as the buffer must know it.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// The RTP sequence number.
    pub sequence: u16,
    /// The RTP timestamp.
    pub timestamp: u32,
    /// The RTP marker: a talk-spurt begins.
    pub marker: bool,
    /// The RTP payload type, given back with the frame.
    pub payload_type: u8,
    /// How long the payload lasts, in units of the RTP clock.
    pub duration: u32,
    /// The payload; of more than 1280 bytes the rest is cut off.
    pub payload: &'a [u8],
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// It waits to be played.
    Stored,
    /// Its time has passed.
    Late,
    /// It came before.
    Duplicate,
}

/// How much is asked for, in units of the RTP clock.
#[derive(Clone, Copy, Debug)]
pub struct Demand {
    /// What the player still has from earlier frames.
    pub queued: u32,
    /// What it plays until it asks again.
    pub frame: u32,
}

/// What to play next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Playout<'a> {
    /// A packet.
    Frame(Frame<'a>),
    /// Something was lost or is late: bridge this much time.
    Gap {
        /// In units of the RTP clock, not more than was asked for.
        duration: u32,
    },
    /// Nobody speaks: before the first packet, after the last, or the sender is silent or sends
    /// something else.
    Silence,
}

/// A packet's payload, its turn having come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The RTP payload type.
    pub payload_type: u8,
    /// The payload.
    pub payload: &'a [u8],
    /// How long it lasts, in units of the RTP clock.
    pub duration: u32,
    /// How it should be played.
    pub pace: Pace,
}

/// What would bring the delay nearer to what is aimed at. A wish: what cannot be changed without
/// being heard stays as it is, and the wish comes again. The buffer sees the effect in `queued`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// As it is.
    Keep,
    /// Shorter, by this at most (in units of the RTP clock).
    Shorten(u32),
    /// Longer.
    Lengthen,
}

/// What happened so far; times in units of the RTP clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JitterStatistics {
    /// Packets that came after their time.
    pub late: u64,
    /// Packets that came again.
    pub duplicates: u64,
    /// Packets dropped unplayed, for there were too many.
    pub overflowed: u64,
    /// Jumps of the sender's clock.
    pub jumps: u64,
    /// Packets played.
    pub frames: u64,
    /// How long they lasted.
    pub played: u64,
    /// Stretches bridged between packets.
    pub gaps: u64,
    /// How long they lasted.
    pub concealed: u64,
}

/// An adaptive jitter buffer for one source at a time.
///
/// It holds 64 packets at most and takes its memory at the first. Times are `Instant`s that never
/// go backwards; what a peer puts into sequence numbers and timestamps can make it play badly, but
/// neither hang, nor grow, nor fail.
#[derive(Debug)]
pub struct JitterBuffer {
    clock_rate: u32,
    origin: Instant,
    source: Option<Source>,
    ring: Ring,
    estimate: DelayEstimate,
    state: State,
    statistics: JitterStatistics,
}

#[derive(Debug)]
struct Source {
    time: MediaTime,
    /// Bit n: the packet n before the newest has come.
    seen: u64,
    /// Packets in a row that were too late when they came.
    refused: u32,
    /// Packets in a row that were too old when their turn came.
    stale: u32,
}

impl Source {
    const fn is_useless(&self) -> bool {
        self.refused >= MAX_USELESS || self.stale >= MAX_USELESS
    }
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Waiting for a packet to begin with.
    Idle,
    /// In the middle of a stream.
    Playing(Playhead),
}

#[derive(Clone, Copy, Debug)]
struct Playhead {
    /// The media time after the last frame played or given up.
    next: i64,
    /// What was bridged since then without knowing whether `next` is lost or late.
    waited: i64,
    /// All that was bridged since the last frame.
    bridged: u32,
    /// Frames since the last whose length was to be changed.
    steady: u32,
}

impl JitterBuffer {
    /// For a stream whose timestamps count `clock_rate` a second (8000 or more).
    pub fn new(clock_rate: u32, now: Instant) -> Self {
        Self {
            clock_rate,
            origin: now,
            source: None,
            ring: Ring::new(0),
            estimate: DelayEstimate::new(clock_rate),
            state: State::Idle,
            statistics: JitterStatistics::default(),
        }
    }

    /// Drops what is waiting and forgets the source; the statistics stay.
    pub fn reset(&mut self) {
        self.source = None;
        self.ring.restart(0);
        self.estimate.reset();
        self.state = State::Idle;
    }

    /// What happened so far.
    pub fn statistics(&self) -> JitterStatistics {
        self.statistics
    }

    /// What is waiting to be played.
    pub fn buffered(&self) -> Duration {
        let end = self.source.as_ref().map(|source| source.time.newest().1);
        match (self.ring.first(), end) {
            (Some(first), Some(end)) => self.duration(end - first.media),
            _ => Duration::ZERO,
        }
    }

    /// The delay aimed at, beyond the fastest packets'.
    pub fn target_delay(&self) -> Duration {
        match self.source {
            Some(_) => self.duration(self.estimate.aim() - self.estimate.fastest()),
            None => Duration::ZERO,
        }
    }

    /// Takes a packet that arrived at `now`.
    pub fn push(&mut self, packet: &Incoming<'_>, now: Instant) -> Pushed {
        let arrival = self.ticks(now);
        if self.source.as_ref().is_some_and(Source::is_useless) {
            self.reset();
        }
        let Some(place) = self.place(packet, arrival) else {
            return self.refuse();
        };
        if self.is_duplicate(place) {
            self.statistics.duplicates += 1;
            return Pushed::Duplicate;
        }
        self.estimate.add(arrival - place.media);
        if self.is_too_late(place, packet.duration) {
            return self.refuse();
        }
        let beyond = place.sequence.saturating_sub(self.ring.head() + super::ring::CAPACITY - 1);
        if beyond > 0 {
            let dropped = self.ring.advance(self.ring.head() + beyond);
            self.statistics.overflowed += u64::from(dropped);
        }
        let slot = Slot {
            sequence: place.sequence,
            media: place.media,
            duration: packet.duration,
            payload_type: packet.payload_type,
            marker: packet.marker,
            length: 0,
        };
        self.ring.put(slot, packet.payload);
        if let Some(source) = &mut self.source {
            source.refused = 0;
        }
        Pushed::Stored
    }

    fn refuse(&mut self) -> Pushed {
        self.statistics.late += 1;
        if let Some(source) = &mut self.source {
            source.refused += 1;
        }
        Pushed::Late
    }

    /// Takes note of a packet of the same source that is no audio (a telephone-event): its sequence
    /// number will not be missed.
    pub fn skip(&mut self, sequence: u16) {
        if let Some(source) = &self.source {
            self.ring.skip(source.time.extend(sequence));
        }
    }

    /// What to play at `now`. To be asked again while `demand.queued` is less than `demand.frame`,
    /// and each frame's time.
    pub fn pop(&mut self, now: Instant, demand: Demand) -> Playout<'_> {
        let now = self.ticks(now);
        self.drop_stale(now);
        let first = self.ring.first();
        match (self.state, first) {
            (State::Idle, None) => Playout::Silence,
            (State::Idle, Some(first)) => self.begin(first, now, demand),
            (State::Playing(head), None) => self.wait(head, demand),
            (State::Playing(head), Some(first)) => self.go_on(head, first, now, demand),
        }
    }

    /// Where a packet belongs; `None` if there is no telling.
    fn place(&mut self, packet: &Incoming<'_>, arrival: i64) -> Option<Place> {
        let &Incoming { sequence, timestamp, duration, .. } = packet;
        let Some(source) = &mut self.source else {
            let time = MediaTime::new(sequence, timestamp, duration, arrival, self.clock_rate);
            let (place, _) = time.newest();
            // Packets that were sent before the first to arrive may still come.
            self.ring.restart(place.sequence - super::ring::CAPACITY / 4);
            self.source = Some(Source { time, seen: 0, refused: 0, stale: 0 });
            return Some(place);
        };
        let (newest, _) = source.time.newest();
        let place = match source.time.place(sequence, timestamp, duration, arrival) {
            Order::Newer(place) => place,
            Order::Jumped(place) => {
                self.statistics.jumps += 1;
                self.estimate.reset();
                place
            }
            Order::Older(place) | Order::Same(place) => return Some(place),
            Order::Lost => return None,
        };
        let steps = u32::try_from(place.sequence - newest.sequence).unwrap_or(u32::MAX);
        source.seen = source.seen.checked_shl(steps).unwrap_or(0);
        Some(place)
    }

    /// Whether the packet of `place` has come before; it has now.
    fn is_duplicate(&mut self, place: Place) -> bool {
        let Some(source) = &mut self.source else {
            return false;
        };
        let age = source.time.newest().0.sequence - place.sequence;
        let bit = u32::try_from(age).ok().and_then(|age| 1u64.checked_shl(age)).unwrap_or(0);
        let seen = source.seen & bit != 0;
        source.seen |= bit;
        seen
    }

    fn is_too_late(&self, place: Place, duration: u32) -> bool {
        let passed = match self.state {
            State::Playing(head) => place.media + i64::from(duration) <= head.next,
            State::Idle => false,
        };
        passed || place.sequence < self.ring.head()
    }

    /// Drops packets so old that playing them would only delay those behind them.
    fn drop_stale(&mut self, now: i64) {
        let oldest = now - self.estimate.aim() - self.ms(MAX_EXCESS_MS);
        while let Some(first) = self.ring.first().filter(|first| first.media < oldest) {
            self.ring.advance(first.sequence + 1);
            self.statistics.overflowed += 1;
            if let Some(source) = &mut self.source {
                source.stale += 1;
            }
            if let State::Playing(head) = &mut self.state {
                head.next = first.media + i64::from(first.duration);
                head.waited = 0;
            }
        }
    }

    /// The first packet of a stream is played when the aimed delay has passed.
    fn begin(&mut self, first: Slot, now: i64, demand: Demand) -> Playout<'_> {
        if now < first.media + self.estimate.aim() {
            return Playout::Silence;
        }
        let head = Playhead { next: first.media, waited: 0, bridged: 0, steady: 0 };
        self.play(head, first, now, demand)
    }

    /// Nothing there: lost, late or the end, nobody knows yet. If it is late, it will be played
    /// later, and so will all that follows.
    fn wait(&mut self, mut head: Playhead, demand: Demand) -> Playout<'_> {
        if self.ring.is_complete_up_to(self.ring.head() + 1) {
            return Playout::Silence;
        }
        if head.waited >= self.ms(IDLE_AFTER_MS) {
            self.state = State::Idle;
            return Playout::Silence;
        }
        let duration = demand.frame.saturating_sub(demand.queued);
        head.waited += i64::from(duration);
        self.bridge(head, duration)
    }

    fn go_on(&mut self, mut head: Playhead, first: Slot, now: i64, demand: Demand) -> Playout<'_> {
        let gap = first.media - head.next - head.waited;
        let nothing_lost = self.ring.is_complete_up_to(first.sequence);
        let spurt = first.marker || gap > 0;
        if nothing_lost && spurt {
            // Between talk-spurts the delay can change unheard.
            if now < first.media + self.estimate.aim() {
                return Playout::Silence;
            }
            head.bridged = 0;
        }
        if nothing_lost || gap <= 0 {
            return self.play(head, first, now, demand);
        }
        if gap > self.ms(MAX_GAP_MS) {
            return self.begin(first, now, demand);
        }
        let duration = demand.frame.saturating_sub(demand.queued).min(gap as u32);
        head.next += head.waited + i64::from(duration);
        head.waited = 0;
        self.bridge(head, duration)
    }

    /// It counts when a frame follows: the end of a stream is no gap.
    fn bridge(&mut self, mut head: Playhead, duration: u32) -> Playout<'static> {
        head.bridged = head.bridged.saturating_add(duration);
        self.state = State::Playing(head);
        Playout::Gap { duration }
    }

    fn play(&mut self, head: Playhead, slot: Slot, now: i64, demand: Demand) -> Playout<'_> {
        let pace = self.pace(&slot, now - slot.media, head.steady, demand);
        let steady = if pace == Pace::Keep { head.steady.saturating_add(1) } else { 0 };
        let next = slot.media + i64::from(slot.duration);
        self.state = State::Playing(Playhead { next, waited: 0, bridged: 0, steady });
        self.ring.advance(slot.sequence + 1);
        self.statistics.gaps += u64::from(head.bridged > 0);
        self.statistics.concealed += u64::from(head.bridged);
        self.statistics.frames += 1;
        if let Some(source) = &mut self.source {
            source.stale = 0;
        }
        self.statistics.played += u64::from(slot.duration);
        Playout::Frame(Frame {
            payload_type: slot.payload_type,
            payload: self.ring.payload(&slot),
            duration: slot.duration,
            pace,
        })
    }

    /// The delay at the moment of asking decides whether a packet is there. It is less than the
    /// delay at which the packet is heard by what is queued, and that may come to nearly a frame.
    fn pace(&self, slot: &Slot, delay: i64, steady: u32, demand: Demand) -> Pace {
        let spare = delay - self.estimate.aim();
        if spare < 0 {
            return if steady >= FRAMES_BETWEEN_STRETCHES { Pace::Lengthen } else { Pace::Keep };
        }
        if steady < FRAMES_BETWEEN_CUTS {
            return Pace::Keep;
        }
        let (queued, frame) = (i64::from(demand.queued), i64::from(demand.frame));
        let most = match spare + queued - frame - self.ms(SPARE_MS) {
            most if most > 0 => most,
            // While packets are whole frames, the same is always left over; less of it does not
            // change when packets are asked for.
            _ if slot.duration.is_multiple_of(demand.frame) => queued,
            _ => 0,
        };
        if most > 0 { Pace::Shorten(most.min(i64::from(u32::MAX)) as u32) } else { Pace::Keep }
    }

    fn ms(&self, ms: i64) -> i64 {
        ms * i64::from(self.clock_rate) / 1000
    }

    fn ticks(&self, at: Instant) -> i64 {
        let elapsed = at.saturating_duration_since(self.origin);
        let rate = u64::from(self.clock_rate);
        let whole = elapsed.as_secs().saturating_mul(rate);
        let part = u64::from(elapsed.subsec_nanos()) * rate / 1_000_000_000;
        i64::try_from(whole.saturating_add(part)).unwrap_or(i64::MAX)
    }

    fn duration(&self, ticks: i64) -> Duration {
        Duration::from_nanos(ticks.max(0) as u64 * 1_000_000 / (u64::from(self.clock_rate) / 1000))
    }
}

#[cfg(test)]
mod tests;
