//! When to send a report (RFC 3550 6.2, 6.3, A.7), for a session of two.

use std::time::{Duration, Instant};

use rand::RngExt;
use rand::rngs::StdRng;

/// RFC 3550 6.2: the least time between reports, halved before the first.
const MINIMUM: Duration = Duration::from_secs(5);
/// A.7: e − 3/2 makes up for what reconsideration takes from the average.
const COMPENSATION: f64 = std::f64::consts::E - 1.5;
/// RFC 3550 6.2: five percent of the session's bandwidth. 80 kbit/s are G.711 at 20 ms with its
/// headers; with two members the minimum rules far below that.
const BYTES_PER_SECOND: f64 = 0.05 * 80_000.0 / 8.0;
/// A.7: the mean size is a running one, each packet counting for a sixteenth.
const SIZE_GAIN: f64 = 1.0 / 16.0;
/// What IPv4 and UDP add to each packet's size (RFC 3550 6.2).
const OVERHEAD: usize = 28;

/// The timer of one participant's reports.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// tp and tn of 6.3.
    last: Instant,
    next: Instant,
    stage: Stage,
    mean_size: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// No report was sent yet.
    Initial,
    Running,
}

impl Schedule {
    /// Begins at `now`; `expected_size` is that of the first report, in bytes.
    pub fn new(now: Instant, expected_size: usize, rng: &mut StdRng) -> Self {
        let mean_size = (expected_size + OVERHEAD) as f64;
        let mut schedule = Self { last: now, next: now, stage: Stage::Initial, mean_size };
        schedule.next = now + schedule.interval(1, rng);
        schedule
    }

    /// The timer.
    pub fn next(&self) -> Instant {
        self.next
    }

    /// At the timer: whether to send now. RFC 3550 6.3.6 reconsiders: by the membership known now
    /// it may be too early, and the timer moves.
    pub fn is_due(&mut self, now: Instant, members: usize, rng: &mut StdRng) -> bool {
        if now < self.next {
            return false;
        }
        let reconsidered = self.last + self.interval(members, rng);
        self.next = reconsidered;
        reconsidered <= now
    }

    /// After a report of `size` bytes.
    pub fn sent(&mut self, now: Instant, size: usize, members: usize, rng: &mut StdRng) {
        self.stage = Stage::Running;
        self.seen(size);
        self.last = now;
        self.next = now + self.interval(members, rng);
    }

    /// RFC 3550 6.3.3: any compound packet, sent or received, goes into the mean size.
    pub fn seen(&mut self, size: usize) {
        self.mean_size += ((size + OVERHEAD) as f64 - self.mean_size) * SIZE_GAIN;
    }

    /// A.7. With two members senders are never fewer than a quarter, so all share the bandwidth.
    fn interval(&self, members: usize, rng: &mut StdRng) -> Duration {
        let minimum = match self.stage {
            Stage::Initial => MINIMUM / 2,
            Stage::Running => MINIMUM,
        };
        let by_bandwidth = self.mean_size * members as f64 / BYTES_PER_SECOND;
        let deterministic = minimum.as_secs_f64().max(by_bandwidth);
        Duration::from_secs_f64(deterministic * rng.random_range(0.5..1.5) / COMPENSATION)
    }
}
