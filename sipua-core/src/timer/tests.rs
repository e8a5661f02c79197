#![expect(clippy::disallowed_methods, reason = "a test starts its own virtual clock")]

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

fn after(start: Instant, milliseconds: u64) -> Instant {
    start + Duration::from_millis(milliseconds)
}

#[test]
fn the_durations_of_rfc_3261_are_the_defaults() {
    let config = TimerConfig::default();
    assert_eq!(config.t1, Duration::from_millis(500));
    assert_eq!(config.t2, Duration::from_secs(4));
    assert_eq!(config.t4, Duration::from_secs(5));
    assert_eq!(config.timeout(), Duration::from_secs(32));
}

#[test]
fn deadlines_come_out_in_their_order_and_equal_ones_in_the_order_of_setting() {
    let start = Instant::now();
    let mut timers = Timers::new();
    timers.set(1, 'x', after(start, 20));
    timers.set(2, 'x', after(start, 10));
    timers.set(3, 'x', after(start, 20));
    timers.set(4, 'x', after(start, 30));
    let due: Vec<_> = std::iter::from_fn(|| timers.pop_due(after(start, 20))).collect();
    assert_eq!(due, [(2, 'x'), (1, 'x'), (3, 'x')]);
    assert_eq!(timers.peek(), Some((after(start, 30), 4, 'x')));
}

#[test]
fn setting_again_replaces_and_cancelling_removes() {
    let start = Instant::now();
    let mut timers = Timers::new();
    timers.set(1, 'a', after(start, 10));
    timers.set(1, 'a', after(start, 50));
    timers.set(1, 'b', after(start, 40));
    assert_eq!(timers.len(), 2);
    assert_eq!(timers.get(1, 'a'), Some(after(start, 50)));
    assert!(timers.cancel(1, 'b'));
    assert!(!timers.cancel(1, 'b'));
    assert_eq!(timers.next(), Some(after(start, 50)));
    assert_eq!(timers.pop_due(after(start, 50)), Some((1, 'a')));
    assert!(timers.is_empty());
    assert_eq!(timers.get(1, 'a'), None);
}

proptest! {
    /// Against a model that keeps a plain map and looks for the smallest.
    #[test]
    fn agrees_with_a_plain_map(steps in prop::collection::vec((0u8..6, 0u8..3, 0u8..3, 0u64..100), 1..200)) {
        let start = Instant::now();
        let mut timers = Timers::new();
        let mut model: HashMap<(u8, u8), (Instant, usize)> = HashMap::new();
        for (order, (owner, letter, what, milliseconds)) in steps.into_iter().enumerate() {
            let at = after(start, milliseconds);
            match what {
                0 => {
                    timers.set(owner, letter, at);
                    model.insert((owner, letter), (at, order));
                }
                1 => {
                    prop_assert_eq!(timers.cancel(owner, letter), model.remove(&(owner, letter)).is_some());
                }
                _ => {
                    let expected = model
                        .iter()
                        .filter(|(_, (due, _))| *due <= at)
                        .min_by_key(|(_, due)| **due)
                        .map(|(pair, _)| *pair);
                    prop_assert_eq!(timers.pop_due(at), expected);
                    if let Some(pair) = expected {
                        model.remove(&pair);
                    }
                }
            }
            prop_assert_eq!(timers.len(), model.len());
            prop_assert_eq!(timers.next(), model.values().map(|(due, _)| *due).min());
        }
    }
}
