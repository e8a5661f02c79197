use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;

use super::*;

fn pair(rate: u32) -> (AudioPort, EnginePort) {
    port(&PortSettings::new(rate), None).unwrap()
}

fn small(write: u32, receive: u32) -> (AudioPort, EnginePort) {
    let sizes = PortSettings { write_ms: write, receive_ms: receive, ..PortSettings::new(8_000) };
    port(&sizes, None).unwrap()
}

/// `count` samples that tell their place.
fn ramp(from: i16, count: usize) -> Vec<i16> {
    (0..count).map(|n| from.wrapping_add(n as i16)).collect()
}

fn pull(engine: &mut EnginePort, count: usize) -> Vec<i16> {
    let mut frame = vec![-1; count];
    let audio = engine.pull(&mut frame);
    assert!(frame[audio..].iter().all(|sample| *sample == 0), "silence follows the audio");
    frame.truncate(audio);
    frame
}

fn marks(engine: &mut EnginePort) -> Vec<u64> {
    std::iter::from_fn(|| engine.next_played_mark()).collect()
}

#[test]
fn only_the_rates_of_telephony_are_offered() {
    for rate in PORT_RATES {
        let (application, engine) = pair(rate);
        assert_eq!(
            (application.rate(), engine.port_rate(), engine.stream_rate()),
            (rate, rate, rate)
        );
    }
    for rate in [0, 1, 44_100, 96_000, u32::MAX] {
        assert!(port(&PortSettings::new(rate), None).is_err(), "{rate}");
    }
}

#[test]
fn absurd_sizes_are_bounded() {
    let absurd = PortSettings { rate: 8_000, receive_ms: 0, write_ms: u32::MAX, marks: 0 };
    let (mut application, mut engine) = port(&absurd, None).unwrap();
    assert_eq!(application.space(), 60 * 8_000);
    assert!(application.mark(1) && !application.mark(2));
    engine.push_received(&[1; 9]);
    assert_eq!((application.available(), application.overruns()), (8, 1));
}

#[test]
fn what_is_written_is_pulled_in_order_in_chunks_of_any_size() {
    let (mut application, mut engine) = pair(8_000);
    let all = ramp(1, 1_000);
    let (mut rest, mut heard) = (all.as_slice(), Vec::new());
    for chunk in [1, 7, 160, 331, 2].into_iter().cycle() {
        let taken = application.write(&rest[..rest.len().min(chunk)]);
        rest = &rest[taken..];
        heard.extend(pull(&mut engine, 160));
        if rest.is_empty() && application.buffered() == 0 {
            break;
        }
    }
    assert_eq!(heard, all);
}

#[test]
fn what_is_received_is_read_in_order_and_the_late_reader_loses_the_newest() {
    let (mut application, mut engine) = small(20, 40);
    engine.push_received(&ramp(0, 300));
    engine.push_received(&ramp(300, 300));
    assert_eq!(
        (application.available(), application.overruns(), engine.overruns()),
        (320, 280, 280)
    );
    let mut samples = [0; 500];
    assert_eq!(application.read(&mut samples[..7]), 7);
    assert_eq!(application.read(&mut samples[7..]), 313);
    assert_eq!(samples[..320], ramp(0, 320));
    assert_eq!(application.read(&mut samples), 0);
}

#[test]
fn unread_audio_can_be_skipped() {
    let (mut application, mut engine) = pair(8_000);
    assert_eq!(application.skip(), 0);
    engine.push_received(&ramp(0, 160));
    assert_eq!(application.skip(), 160);
    engine.push_received(&ramp(500, 3));
    let mut samples = [0; 10];
    assert_eq!((application.read(&mut samples), samples[0]), (3, 500));
}

#[test]
fn a_full_ring_takes_no_more() {
    let (mut application, mut engine) = small(20, 20);
    assert_eq!(application.space(), 160);
    assert_eq!(application.write(&ramp(0, 200)), 160);
    assert_eq!((application.write(&[1]), application.space(), application.buffered()), (0, 0, 160));
    assert_eq!(pull(&mut engine, 100), ramp(0, 100));
    assert_eq!((application.space(), application.buffered()), (100, 60));
}

#[test]
fn clear_drops_exactly_what_was_not_played() {
    let (mut application, mut engine) = pair(8_000);
    application.write(&ramp(0, 500));
    pull(&mut engine, 160);
    assert_eq!((application.clear(), application.buffered()), (340, 0));
    assert_eq!(application.clear(), 0, "nothing is dropped twice");
    application.write(&ramp(900, 50));
    assert_eq!(application.buffered(), 50);
    assert_eq!(pull(&mut engine, 160), ramp(900, 50), "not a sample of what was cleared");
    assert_eq!((application.clear(), engine.underruns()), (0, 1));
}

#[test]
fn cleared_room_is_free_after_a_tick() {
    let (mut application, mut engine) = small(20, 20);
    application.write(&ramp(0, 160));
    assert_eq!((application.clear(), application.space()), (160, 0));
    assert_eq!(pull(&mut engine, 160), []);
    assert_eq!(application.space(), 160);
}

#[test]
fn a_mark_is_reached_with_the_last_sample_before_it() {
    let (mut application, mut engine) = pair(8_000);
    application.write(&ramp(0, 160));
    assert!(application.mark(1));
    application.write(&ramp(0, 1));
    assert!(application.mark(2) && application.mark(3));
    pull(&mut engine, 159);
    assert_eq!(marks(&mut engine), []);
    pull(&mut engine, 1);
    assert_eq!(marks(&mut engine), [1]);
    pull(&mut engine, 160);
    assert_eq!(marks(&mut engine), [2, 3]);
}

#[test]
fn a_mark_with_nothing_before_it_is_reached_at_once() {
    let (mut application, mut engine) = pair(8_000);
    application.mark(1);
    assert_eq!(marks(&mut engine), [1]);
    application.write(&[5; 10]);
    pull(&mut engine, 10);
    application.mark(2);
    assert_eq!(marks(&mut engine), [2]);
}

#[test]
fn clear_takes_the_marks_of_what_it_drops_and_no_others() {
    let (mut application, mut engine) = pair(8_000);
    application.write(&[1; 100]);
    application.mark(1);
    pull(&mut engine, 100);
    application.write(&[2; 100]);
    application.mark(2);
    application.write(&[3; 100]);
    application.mark(3);
    assert_eq!(application.clear(), 200);
    // Set after it: nothing is left before this one.
    application.mark(4);
    application.write(&[4; 50]);
    application.mark(5);
    application.write(&[5; 50]);
    application.mark(6);
    assert_eq!(pull(&mut engine, 50), [4; 50]);
    assert_eq!(marks(&mut engine), [1, 4, 5]);
    assert_eq!(application.clear(), 50);
    pull(&mut engine, 50);
    assert_eq!(marks(&mut engine), []);
}

#[test]
fn two_clears_between_ticks_take_the_marks_of_both() {
    let (mut application, mut engine) = pair(8_000);
    for id in 0..4 {
        application.write(&[1; 10]);
        application.mark(id);
        application.clear();
        application.mark(100 + id);
    }
    pull(&mut engine, 10);
    assert_eq!(marks(&mut engine), [100, 101, 102, 103]);
}

#[test]
fn too_many_marks_are_refused_and_none_is_lost() {
    let (mut application, mut engine) = pair(8_000);
    let set = (0..100).filter(|id| application.mark(*id)).count();
    assert_eq!(set, 32);
    assert_eq!(marks(&mut engine), (0..32).collect::<Vec<_>>());
    assert!(application.mark(7));
}

#[test]
fn running_dry_counts_once_and_a_meant_end_not_at_all() {
    let (mut application, mut engine) = pair(8_000);
    pull(&mut engine, 160);
    assert_eq!(application.underruns(), 0, "nothing has begun");

    application.write(&[1; 200]);
    for _ in 0..5 {
        pull(&mut engine, 160);
    }
    assert_eq!(application.underruns(), 1);

    // An end on the edge of a frame is one too.
    application.write(&[1; 160]);
    pull(&mut engine, 160);
    pull(&mut engine, 160);
    assert_eq!(application.underruns(), 2);

    for samples in [100, 160] {
        application.write(&vec![1; samples]);
        application.mark(1);
        pull(&mut engine, 160);
        pull(&mut engine, 160);
        assert_eq!(application.underruns(), 2, "{samples} samples and a mark");
    }

    application.write(&[1; 1_000]);
    pull(&mut engine, 160);
    application.clear();
    pull(&mut engine, 160);
    assert_eq!(engine.underruns(), 2);
}

#[test]
fn the_stream_may_have_another_rate_than_the_application() {
    for rate in PORT_RATES {
        for stream in PORT_RATES {
            let (mut application, mut engine) = pair(rate);
            engine.set_stream_rate(stream).unwrap();
            assert_eq!(engine.stream_rate(), stream);
            let (tick, frame) = (rate as usize / 50, stream as usize / 50);
            let mut heard = Vec::new();
            for _ in 0..10 {
                assert_eq!(application.write(&vec![8_000; tick]), tick);
                let before = application.buffered();
                heard = pull(&mut engine, frame);
                assert_eq!((heard.len(), before - application.buffered()), (frame, tick));
                engine.push_received(&vec![-8_000; frame]);
                let mut read = vec![0; tick + 10];
                let got = application.read(&mut read);
                assert_eq!(got, tick, "{rate} from {stream}");
            }
            assert!(heard.iter().all(|s| (s - 8_000).abs() <= 1), "{rate} to {stream}");
        }
    }
}

#[test]
fn a_filter_is_let_ring_out_and_then_costs_nothing() {
    let (mut application, mut engine) = pair(16_000);
    engine.set_stream_rate(8_000).unwrap();
    application.write(&[10_000; 320]);
    application.mark(9);
    assert_eq!(pull(&mut engine, 160).len(), 160);
    assert_eq!(marks(&mut engine), [9]);
    let tail = pull(&mut engine, 160);
    assert!(tail.len() < 160 && tail.iter().any(|s| *s != 0), "{} samples of tail", tail.len());
    assert_eq!(pull(&mut engine, 160), []);
    assert_eq!(application.underruns(), 0);
}

#[test]
fn a_rate_that_cannot_be_converted_leaves_the_old_one() {
    let (mut application, mut engine) = pair(8_000);
    assert!(engine.set_stream_rate(0).is_err());
    assert!(engine.set_stream_rate(7_919).is_err());
    assert_eq!(engine.stream_rate(), 8_000);
    application.write(&ramp(0, 160));
    assert_eq!(pull(&mut engine, 160), ramp(0, 160));
}

#[test]
fn each_side_sees_the_other_leave() {
    let (mut application, mut engine) = pair(8_000);
    engine.push_received(&[1; 160]);
    assert!(!application.is_closed() && !engine.is_abandoned());
    drop(engine);
    assert!(application.is_closed());
    assert_eq!(application.read(&mut [0; 160]), 160, "what came before the end can be read");

    let (application, engine) = pair(8_000);
    let (reader, writer) = application.split();
    drop(reader);
    assert!(!engine.is_abandoned());
    drop(writer);
    assert!(engine.is_abandoned());
}

#[derive(Debug, Default)]
struct Bell {
    readable: AtomicUsize,
    writable: AtomicUsize,
}

impl Ready for Bell {
    fn readable(&self) {
        self.readable.fetch_add(1, Ordering::Relaxed);
    }
    fn writable(&self) {
        self.writable.fetch_add(1, Ordering::Relaxed);
    }
}

impl Bell {
    fn rung(&self) -> (usize, usize) {
        (self.readable.load(Ordering::Relaxed), self.writable.load(Ordering::Relaxed))
    }
}

#[test]
fn whoever_waits_is_told_once_when_there_is_enough() {
    let bell = Arc::new(Bell::default());
    let (mut application, mut engine) =
        port(&PortSettings::new(8_000), Some(Arc::clone(&bell) as Arc<dyn Ready>)).unwrap();
    engine.push_received(&[1; 160]);
    pull(&mut engine, 160);
    assert_eq!(bell.rung(), (0, 0), "nobody waits");

    assert!(application.want_read(160), "there are so many already");
    assert!(!application.want_read(400));
    engine.push_received(&[1; 160]);
    assert_eq!(bell.rung(), (0, 0), "not enough yet");
    engine.push_received(&[1; 160]);
    engine.push_received(&[1; 160]);
    assert_eq!(bell.rung(), (1, 0));

    let space = application.space();
    application.write(&vec![1; space]);
    assert!(!application.want_write(300));
    pull(&mut engine, 160);
    assert_eq!(bell.rung(), (1, 0));
    pull(&mut engine, 160);
    pull(&mut engine, 160);
    assert_eq!(bell.rung(), (1, 1));
    assert!(application.want_write(300));
}

#[test]
fn more_than_the_ring_holds_is_not_waited_for_in_vain() {
    let (mut application, mut engine) = small(20, 20);
    engine.push_received(&[1; 160]);
    assert!(application.want_read(1_000_000) && application.want_write(1_000_000));
}

#[test]
fn whoever_waits_is_told_when_the_call_ends() {
    let bell = Arc::new(Bell::default());
    let (mut application, engine) =
        port(&PortSettings::new(8_000), Some(Arc::clone(&bell) as Arc<dyn Ready>)).unwrap();
    let space = application.space();
    application.write(&vec![1; space]);
    assert!(!application.want_read(160) && !application.want_write(160));
    drop(engine);
    assert_eq!(bell.rung(), (1, 1));
    assert!(application.want_read(160) && application.want_write(160));
}

#[derive(Debug, Clone)]
enum Act {
    Write(usize),
    Clear,
    Mark,
    Pull(usize),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0usize..400).prop_map(Act::Write),
        1 => Just(Act::Clear),
        2 => Just(Act::Mark),
        4 => (0usize..400).prop_map(Act::Pull),
    ]
}

proptest! {
    /// Against the plainest model there is: a list of samples and marks.
    #[test]
    fn writing_clearing_and_marking_is_as_in_a_list(acts in prop::collection::vec(act(), 1..80)) {
        #[derive(Debug, Clone, Copy, PartialEq)]
        enum Item { Sample(i16), Mark(u64) }
        let (mut application, mut engine) = pair(8_000);
        let mut model: Vec<Item> = Vec::new();
        let (mut next, mut id) = (1i16, 0);
        let (mut reached, mut expected) = (Vec::new(), Vec::new());
        for act in acts {
            match act {
                Act::Write(count) => {
                    let samples = ramp(next, count);
                    let taken = application.write(&samples);
                    next = next.wrapping_add(taken as i16);
                    model.extend(samples[..taken].iter().map(|s| Item::Sample(*s)));
                }
                Act::Clear => {
                    let first = model.iter().position(|item| matches!(item, Item::Sample(_)));
                    let dropped = model.iter().filter(|item| matches!(item, Item::Sample(_))).count();
                    model.truncate(first.unwrap_or(model.len()));
                    prop_assert_eq!(application.clear(), dropped);
                }
                Act::Mark => {
                    id += 1;
                    if application.mark(id) {
                        model.push(Item::Mark(id));
                    }
                }
                Act::Pull(count) => {
                    let mut samples = Vec::new();
                    while let Some(item) = model.first().copied() {
                        match item {
                            Item::Sample(_) if samples.len() == count => break,
                            Item::Sample(sample) => samples.push(sample),
                            Item::Mark(id) => expected.push(id),
                        }
                        model.remove(0);
                    }
                    prop_assert_eq!(pull(&mut engine, count), samples);
                    reached.extend(marks(&mut engine));
                    prop_assert_eq!(&reached, &expected);
                }
            }
            let left = model.iter().filter(|item| matches!(item, Item::Sample(_))).count();
            prop_assert_eq!(application.buffered(), left);
        }
    }
}
