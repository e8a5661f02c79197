//! What is said at one end is heard at the other, over a network that loses, reorders and delays;
//! and it is the jitter buffer and the concealment that do it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test")]

mod support;

use std::time::Duration;

use support::{Network, Pair, best_correlation, correlation_by_blocks, speech};

const BAD: Network = Network {
    delay: Duration::from_millis(30),
    jitter: Duration::from_millis(40),
    loss: 0.05,
    reordering: 0.02,
    duplication: 0.0,
};

fn talk(seed: u64, network: Network) -> (Vec<i16>, Pair) {
    let said = speech(20, seed);
    let mut pair = Pair::new(seed, network);
    pair.ends[0].to_say.clone_from(&said);
    pair.run(Duration::from_secs(22));
    (said, pair)
}

#[test]
fn a_perfect_network_changes_nothing_but_the_law() {
    let (said, pair) = talk(1, Network::default());
    // After the first seconds, in which the delay comes down to what this network needs.
    let (from, heard) = (5 * 8000, &pair.ends[1].heard);
    let (likeness, lag) = best_correlation(&said[from..from + 80_000], &heard[from..], 2000);
    assert!(likeness > 0.999, "{likeness}");
    assert!(lag <= 60 * 8, "{} ms from write to read", lag / 8);
    let statistics = pair.ends[1].session.statistics(pair.now).received;
    assert_eq!((statistics.lost, statistics.discarded), (0, 0));
    assert_eq!(statistics.concealed, Duration::ZERO);
}

#[test]
fn five_percent_loss_two_percent_reordering_and_40_ms_jitter() {
    for seed in 1..=4 {
        let (said, pair) = talk(seed, BAD);
        let likeness = correlation_by_blocks(&said, &pair.ends[1].heard, 2400);
        assert!(likeness > 0.9, "seed {seed}: {likeness:.3}");
        let statistics = pair.ends[1].session.statistics(pair.now);
        let received = statistics.received;
        let lost = received.lost as f64 / (received.lost as f64 + received.packets as f64);
        assert!((0.03..0.07).contains(&lost), "seed {seed}: lost {lost}");
        assert!(received.reordered > 5, "{}", received.reordered);
        let concealed = received.concealed.as_secs_f64() / received.played.as_secs_f64();
        assert!(concealed < lost + 0.04, "seed {seed}: {concealed:.3} concealed, {lost:.3} lost");
        assert!(received.target_delay >= Duration::from_millis(30), "{:?}", received.target_delay);
        assert!(received.target_delay <= Duration::from_millis(80), "{:?}", received.target_delay);
        assert!((2.5..4.0).contains(&statistics.mos.unwrap()), "{:?}", statistics.mos);
    }
}

/// The proof that the buffer is on the path: the same packets decoded as they come are much worse,
/// and a session whose buffer was bypassed would do no better.
#[test]
fn without_a_jitter_buffer_it_would_be_ruined() {
    let jitter_only =
        Network { loss: 0.0, reordering: 0.0, jitter: Duration::from_millis(60), ..BAD };
    let (said, pair) = talk(7, jitter_only);
    let through_the_buffer = correlation_by_blocks(&said, &pair.ends[1].heard, 2400);
    assert!(through_the_buffer > 0.97, "{through_the_buffer:.3}");
    let played_at_once = play_at_once(7, jitter_only, &said);
    assert!(played_at_once < through_the_buffer - 0.1, "{played_at_once:.3}");
}

/// Every 20 ms the newest packet that has come is played, or silence; no buffer, no concealment.
fn play_at_once(seed: u64, network: Network, said: &[i16]) -> f64 {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};
    let mut rng = StdRng::seed_from_u64(seed);
    let (mut arrivals, mut last) = (Vec::new(), 0.0f64);
    for index in 0..said.len() / 160 {
        let jitter = network.jitter.as_secs_f64() * rng.random::<f64>();
        last = last.max(index as f64 * 0.02 + network.delay.as_secs_f64() + jitter);
        arrivals.push(last);
    }
    let mut heard = vec![0; said.len() + 8000];
    for (index, arrival) in arrivals.iter().enumerate() {
        let at = (arrival / 0.02).ceil() as usize * 160;
        heard[at..at + 160].copy_from_slice(&said[index * 160..][..160]);
    }
    correlation_by_blocks(said, &heard, 2400)
}

#[test]
fn the_delay_comes_down_again_when_the_network_recovers() {
    let rough = Network { jitter: Duration::from_millis(80), loss: 0.0, reordering: 0.0, ..BAD };
    let mut pair = Pair::new(3, rough);
    pair.ends[0].to_say = speech(60, 3);
    pair.run(Duration::from_secs(15));
    let high = pair.ends[1].session.statistics(pair.now).received;
    assert!(high.target_delay > Duration::from_millis(60), "{:?}", high.target_delay);
    pair.network.jitter = Duration::from_millis(0);
    pair.run(Duration::from_secs(40));
    let low = pair.ends[1].session.statistics(pair.now).received;
    assert!(low.target_delay < Duration::from_millis(20), "{:?}", low.target_delay);
    assert!(low.buffered <= Duration::from_millis(60), "{:?}", low.buffered);
}
