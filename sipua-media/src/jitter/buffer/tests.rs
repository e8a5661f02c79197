//! Properties of the buffer for whatever a peer sends; its behaviour is in `tests/jitter/`.
#![expect(clippy::disallowed_methods, reason = "a test begins somewhere in time")]

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

const DEMAND: Demand = Demand { queued: 0, frame: 160 };

#[derive(Clone, Debug)]
enum Step {
    Push { sequence: u16, timestamp: u32, marker: bool, duration: u32, length: usize },
    Follow { steps: u16, advance: i32 },
    Pop { queued: u32 },
    Wait { ms: u64 },
    Reset,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (any::<u16>(), any::<u32>(), any::<bool>(), 1u32..2000, 0usize..1500).prop_map(
            |(sequence, timestamp, marker, duration, length)| {
                Step::Push { sequence, timestamp, marker, duration, length }
            },
        ),
        6 => (0u16..70, -400i32..2000).prop_map(|(steps, advance)| Step::Follow { steps, advance }),
        8 => (0u32..160).prop_map(|queued| Step::Pop { queued }),
        4 => (0u64..40).prop_map(|ms| Step::Wait { ms }),
        1 => (0u64..100_000).prop_map(|ms| Step::Wait { ms }),
        1 => Just(Step::Reset),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_numbers_at_any_time_are_survived(steps in prop::collection::vec(step(), 1..300)) {
        let mut now = Instant::now();
        let mut buffer = JitterBuffer::new(8000, now);
        let (mut sequence, mut timestamp) = (0u16, 0u32);
        let (mut pushed, mut frames) = (0u64, 0u64);
        for step in steps {
            match step {
                Step::Push { sequence: s, timestamp: t, marker, duration, length } => {
                    (sequence, timestamp) = (s, t);
                    let payload = vec![0; length];
                    let payload = payload.as_slice();
                    let packet =
                        Incoming { sequence, timestamp, marker, payload_type: 0, duration, payload };
                    pushed += u64::from(buffer.push(&packet, now) == Pushed::Stored);
                }
                Step::Follow { steps, advance } => {
                    sequence = sequence.wrapping_add(steps);
                    timestamp = timestamp.wrapping_add_signed(advance);
                    let packet = Incoming {
                        sequence, timestamp, marker: false, payload_type: 0, duration: 160,
                        payload: &[0; 160],
                    };
                    pushed += u64::from(buffer.push(&packet, now) == Pushed::Stored);
                }
                Step::Pop { queued } => match buffer.pop(now, Demand { queued, frame: 160 }) {
                    Playout::Frame(frame) => {
                        frames += 1;
                        prop_assert!(frame.payload.len() <= 1280);
                    }
                    Playout::Gap { duration } => {
                        prop_assert!(duration > 0 && duration <= 160 - queued);
                    }
                    Playout::Silence => {}
                },
                Step::Wait { ms } => now += Duration::from_millis(ms),
                Step::Reset => buffer.reset(),
            }
            prop_assert!(frames <= pushed);
        }
        // Whatever happened: a stream that behaves is heard again within two seconds.
        let mut heard = 0;
        for n in 0..200u32 {
            let packet = Incoming {
                sequence: sequence.wrapping_add(1 + n as u16),
                timestamp: timestamp.wrapping_add(160 * (1 + n)),
                marker: false,
                payload_type: 1,
                duration: 160,
                payload: &[0; 160],
            };
            buffer.push(&packet, now);
            // A frame played in this 20 ms; a few more when the buffer catches up.
            for _ in 0..3 {
                if let Playout::Frame(frame) = buffer.pop(now, DEMAND) {
                    heard += u32::from(n >= 100 && frame.payload_type == 1);
                    break;
                }
            }
            now += Duration::from_millis(20);
        }
        prop_assert!(heard >= 97, "{heard} of 100 frames in the third and fourth second");
    }
}

#[test]
fn a_sequence_of_a_day_wraps_many_times() {
    let mut now = Instant::now();
    let mut buffer = JitterBuffer::new(8000, now);
    let mut frames = 0u32;
    for n in 0..300_000u32 {
        let packet = Incoming {
            sequence: 65_000u16.wrapping_add(n as u16),
            timestamp: (u32::MAX - 100_000).wrapping_add(n.wrapping_mul(160)),
            marker: false,
            payload_type: 0,
            duration: 160,
            payload: &[0; 160],
        };
        assert_eq!(buffer.push(&packet, now), Pushed::Stored);
        frames += u32::from(matches!(buffer.pop(now, DEMAND), Playout::Frame(_)));
        now += Duration::from_millis(20);
    }
    assert!(frames > 299_990, "{frames}");
    assert_eq!(buffer.statistics().late, 0);
}

/// A sender that was stopped, or a path that got longer, by more than any delay that is learnt: what
/// follows is late for ever, and must be heard all the same.
#[test]
fn a_stream_that_stays_late_is_another_stream() {
    for late_ms in [600, 950, 2_000, 20_000] {
        let begin = Instant::now();
        let mut buffer = JitterBuffer::new(8000, begin);
        let mut heard_late = 0;
        for tick in 0..400_u64 {
            let now = begin + Duration::from_millis(tick * 20);
            // The first second is on time; then packets come, each 20 ms, by so much too late.
            let behind = if tick < 50 { 0 } else { late_ms / 20 };
            if tick < 50 || tick >= 50 + behind {
                let sequence = (tick - behind) as u16;
                let packet = Incoming {
                    sequence,
                    timestamp: u32::from(sequence) * 160,
                    marker: false,
                    payload_type: 0,
                    duration: 160,
                    payload: &[0; 160],
                };
                buffer.push(&packet, now);
            }
            if let Playout::Frame(_) = buffer.pop(now, DEMAND) {
                heard_late += u32::from(tick >= 50 + behind + 25);
            }
        }
        let expected = 400_u64.saturating_sub(50 + late_ms / 20 + 25) * 9 / 10;
        assert!(u64::from(heard_late) >= expected, "{late_ms} ms: {heard_late} of {expected}");
    }
}
