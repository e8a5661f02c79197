//! What the network's delay is like: the distribution of the recent packets' delays.

/// How many kinds of delay are told apart: 500 ms in steps of 2.5 ms.
const BUCKETS: usize = 200;
const BUCKETS_PER_SECOND: i64 = 400;
/// The share of packets that should come in time.
const IN_TIME: f32 = 0.98;
/// The share of packets that need not be remembered.
const NEGLIGIBLE: f32 = 0.01;
/// How much of its weight a packet has left when the next one comes: half after 7 s of 20 ms ones.
const KEPT: f32 = 1.0 - 1.0 / 500.0;
/// Weights grow instead of all shrinking at each packet, until they get this big.
const MAX_WEIGHT: f32 = 1e6;
/// What is aimed at beyond the distribution: at first, when it is not known, and later.
const FIRST_MARGIN_MS: i64 = 40;
const MARGIN_MS: i64 = 5;
/// After how many packets the distribution is known.
const KNOWN_AFTER: i64 = 50;
/// Every how many packets the aim is taken anew.
const AIM_EVERY: i64 = 4;

/// The delays of the last ten seconds or so, the newer ones counting more.
///
/// A delay here is arrival less sampling time, on two clocks with an unknown difference: only the
/// distances mean something. So it holds a window of delays that follows what comes.
#[derive(Clone, Debug)]
pub(super) struct DelayEstimate {
    ticks_per_bucket: i64,
    ticks_per_ms: i64,
    /// Which delay the first bucket stands for, in buckets.
    first: i64,
    weights: Box<[f32; BUCKETS]>,
    total: f32,
    weight: f32,
    packets: i64,
    aim: i64,
}

impl DelayEstimate {
    pub(super) fn new(clock_rate: u32) -> Self {
        let clock_rate = i64::from(clock_rate);
        Self {
            ticks_per_bucket: clock_rate / BUCKETS_PER_SECOND,
            ticks_per_ms: clock_rate / 1000,
            first: 0,
            weights: Box::new([0.0; BUCKETS]),
            total: 0.0,
            weight: 1.0,
            packets: 0,
            aim: 0,
        }
    }

    /// Forgets all: what comes next is another clock's.
    pub(super) fn reset(&mut self) {
        self.weights.fill(0.0);
        (self.total, self.weight, self.packets) = (0.0, 1.0, 0);
    }

    /// Takes a packet's delay, in ticks of the RTP clock.
    pub(super) fn add(&mut self, delay: i64) {
        let bucket = delay.div_euclid(self.ticks_per_bucket);
        if self.packets == 0 {
            self.first = bucket - BUCKETS as i64 / 4;
        }
        let index = self.make_room(bucket - self.first);
        self.weight /= KEPT;
        self.total += self.weight;
        if let Some(weight) = self.weights.get_mut(index) {
            *weight += self.weight;
        }
        if self.weight > MAX_WEIGHT {
            self.normalise();
        }
        if self.packets < KNOWN_AFTER || self.packets % AIM_EVERY == 0 {
            self.aim = self.quantile();
        }
        self.packets += 1;
    }

    /// The delay by which nearly all packets are there, and a margin.
    pub(super) fn aim(&self) -> i64 {
        let unknown = (KNOWN_AFTER - self.packets).max(0);
        let margin = MARGIN_MS + (FIRST_MARGIN_MS - MARGIN_MS) * unknown / KNOWN_AFTER;
        self.aim + margin * self.ticks_per_ms
    }

    /// The delay of the fastest packets.
    pub(super) fn fastest(&self) -> i64 {
        (self.first + self.unused() as i64) * self.ticks_per_bucket
    }

    /// How many buckets at the fast end together hold next to nothing.
    fn unused(&self) -> usize {
        let mut negligible = self.total * NEGLIGIBLE;
        let used = |&weight: &f32| {
            negligible -= weight;
            negligible < 0.0
        };
        self.weights.iter().position(used).unwrap_or(0)
    }

    /// Moves the window so that `index` is in it, or as near as the known delays allow.
    fn make_room(&mut self, index: i64) -> usize {
        let last = BUCKETS as i64 - 1;
        if index < 0 {
            // Much faster than ever: what is at the slow end counts as less slow than it was.
            let shift = (-index).min(last) as usize;
            let fallen: f32 = self.weights[BUCKETS - shift..].iter().sum();
            self.weights.copy_within(..BUCKETS - shift, shift);
            self.weights[..shift].fill(0.0);
            self.weights[BUCKETS - 1] += fallen;
            self.first += index;
            return 0;
        }
        if index > last {
            // Slower than the window is wide: it may forget fast delays that are no longer seen.
            let shift = self.unused().min((index - last).min(BUCKETS as i64) as usize);
            self.weights.copy_within(shift.., 0);
            self.weights[BUCKETS - shift..].fill(0.0);
            self.first += shift as i64;
        }
        (index.min(last)) as usize
    }

    fn quantile(&self) -> i64 {
        let mut late = self.total * (1.0 - IN_TIME);
        let mut index = BUCKETS;
        while index > 0 && late >= 0.0 {
            index -= 1;
            late -= self.weights[index];
        }
        // The bucket's upper edge.
        (self.first + index as i64 + 1) * self.ticks_per_bucket
    }

    fn normalise(&mut self) {
        let scale = 1.0 / self.weight;
        self.weights.iter_mut().for_each(|weight| *weight *= scale);
        self.total = self.weights.iter().sum();
        self.weight = 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(delays: impl IntoIterator<Item = i64>) -> DelayEstimate {
        let mut estimate = DelayEstimate::new(8000);
        delays.into_iter().for_each(|delay| estimate.add(delay));
        estimate
    }

    /// The aim in milliseconds, without the margin of a known distribution.
    fn aim_ms(estimate: &DelayEstimate) -> i64 {
        estimate.aim() / 8 - MARGIN_MS
    }

    #[test]
    fn a_steady_network_needs_only_the_margin() {
        assert!((0..=3).contains(&aim_ms(&after((0..200).map(|_| 0)))));
    }

    #[test]
    fn the_first_packets_are_given_time() {
        assert!(aim_ms(&after([0])) >= 30);
    }

    #[test]
    fn the_aim_is_where_nearly_all_packets_are_in_time() {
        // Delays of 0 to 59 ms, each as often.
        let estimate = after((0..3000).map(|n| (n * 37 % 60) * 8));
        assert!((57..=62).contains(&aim_ms(&estimate)), "{}", aim_ms(&estimate));
        assert_eq!(estimate.fastest(), 0);
    }

    #[test]
    fn one_late_packet_in_a_hundred_does_not_move_it() {
        let estimate = after((0..1000).map(|n| if n % 100 == 50 { 8 * 100 } else { 0 }));
        assert!(aim_ms(&estimate) <= 3);
    }

    #[test]
    fn it_follows_a_clock_that_drifts_for_a_day() {
        let mut estimate = DelayEstimate::new(8000);
        for drift_ppm in [200, -200] {
            let mut delay = 0.0;
            for _ in 0..24 * 3600 * 50 {
                delay += 160.0 * f64::from(drift_ppm) * 1e-6;
                estimate.add(delay as i64);
            }
            // A clock that gains leaves higher delays behind, which are forgotten within a minute.
            let off = aim_ms(&estimate) - delay as i64 / 8;
            assert!((-2..=12).contains(&off), "{off} ms at {drift_ppm} ppm");
        }
    }

    #[test]
    fn a_path_that_gets_a_second_longer_or_shorter_is_followed() {
        for change in [8000, -8000] {
            let estimate = after((0..4000).map(|n| if n < 1000 { 0 } else { change }));
            assert!((aim_ms(&estimate) - change / 8).abs() <= 4, "{change}");
        }
    }
}
