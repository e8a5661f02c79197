//! The PCM plane with the application and the engine on threads of their own.
#![expect(clippy::unwrap_used, reason = "the helpers of a test are a test too")]
#![expect(clippy::disallowed_methods, reason = "each half has its own thread")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use sipua_media::audio::{AudioReader, AudioWriter, EnginePort, PortSettings, Ready, port};

const SAMPLES: usize = 400_000;

fn small_port(ready: Option<Arc<dyn Ready>>) -> (AudioReader, AudioWriter, EnginePort) {
    let settings = PortSettings { receive_ms: 60, write_ms: 60, ..PortSettings::new(8_000) };
    let (application, engine) = port(&settings, ready).unwrap();
    let (reader, writer) = application.split();
    (reader, writer, engine)
}

/// A sample that tells its place, never 0.
fn sample(place: usize) -> i16 {
    (place % 32_749) as i16 + 1
}

#[test]
fn every_sample_arrives_once_and_in_order_both_ways() {
    let (mut reader, mut writer, mut engine) = small_port(None);
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut written = 0;
            while written < SAMPLES {
                let end = SAMPLES.min(written + 97);
                let chunk: Vec<i16> = (written..end).map(sample).collect();
                let taken = writer.write(&chunk);
                written += taken;
                if taken == 0 {
                    thread::yield_now();
                }
            }
        });
        scope.spawn(move || {
            // Echoes what was written, and keeps what found no room for the next round.
            let (mut echoed, mut held) = (0, Vec::new());
            while echoed < SAMPLES {
                let mut frame = [0; 160];
                if held.is_empty() {
                    let audio = engine.pull(&mut frame);
                    held.extend_from_slice(&frame[..audio]);
                }
                let before = engine.overruns();
                engine.push_received(&held);
                let lost = (engine.overruns() - before) as usize;
                echoed += held.len() - lost;
                held.drain(..held.len() - lost);
                thread::yield_now();
            }
        });
        let mut place = 0;
        while place < SAMPLES {
            let mut chunk = [0; 113];
            let count = reader.read(&mut chunk);
            for got in &chunk[..count] {
                assert_eq!(*got, sample(place), "at {place}");
                place += 1;
            }
            if count == 0 {
                thread::yield_now();
            }
        }
    });
}

/// Each written sample is either played or dropped by `clear`, and `clear` says exactly how many; no
/// mark is reached before its samples, none twice, and none of what was cleared after it.
#[test]
fn clear_and_mark_are_exact_while_the_engine_plays() {
    let (_reader, mut writer, mut engine) = small_port(None);
    let done = AtomicBool::new(false);
    let (written, cleared, (played, reached)) = thread::scope(|scope| {
        let engine = scope.spawn(|| {
            let (mut played, mut reached) = (Vec::new(), Vec::new());
            loop {
                let over = done.load(Ordering::Acquire);
                let mut frame = [0; 40];
                let audio = engine.pull(&mut frame);
                played.extend_from_slice(&frame[..audio]);
                let here = played.len();
                reached
                    .extend(std::iter::from_fn(|| engine.next_played_mark()).map(|id| (id, here)));
                if over && audio == 0 {
                    return (played, reached);
                }
            }
        });
        let (mut written, mut cleared) = (0usize, Vec::new());
        for round in 0..40_000u64 {
            let chunk: Vec<i16> = (written..written + 37).map(sample).collect();
            written += writer.write(&chunk);
            // The id says how much was written before the mark.
            writer.mark(written as u64);
            if round % 11 == 10 {
                cleared.push((written, writer.clear()));
            }
        }
        done.store(true, Ordering::Release);
        (written, cleared, engine.join().unwrap())
    });
    // Rebuild what must have been played from what `clear` claims to have dropped.
    let mut expected = Vec::new();
    let mut place = 0;
    for (end, dropped) in &cleared {
        expected.extend((place..end - dropped).map(sample));
        place = *end;
    }
    expected.extend((place..written).map(sample));
    assert_eq!(played, expected);
    assert!(!cleared.iter().all(|(_, dropped)| *dropped == 0), "clear never met anything");

    assert!(reached.windows(2).all(|pair| pair[0].0 <= pair[1].0), "marks come in order");
    for (mark, played) in reached {
        let mark = mark as usize;
        // How many samples were dropped before the mark's place: it may not come before the others.
        let dropped: usize =
            cleared.iter().filter(|(end, _)| *end <= mark).map(|(_, dropped)| dropped).sum();
        assert!(
            played + dropped >= mark,
            "mark {mark} after {played} played and {dropped} dropped"
        );
        let taken = cleared.iter().any(|(end, dropped)| mark < *end && mark > end - dropped);
        assert!(!taken, "mark {mark} was cleared");
    }
}

#[derive(Debug, Default)]
struct Bell {
    rung: AtomicUsize,
}

impl Ready for Bell {
    fn readable(&self) {
        self.rung.fetch_add(1, Ordering::SeqCst);
    }
    fn writable(&self) {}
}

/// A reader that sleeps only when told so is always woken: were one wake lost, this would not end.
#[test]
fn no_wake_is_lost() {
    let bell = Arc::new(Bell::default());
    let (mut reader, _writer, mut engine) = small_port(Some(Arc::clone(&bell) as Arc<dyn Ready>));
    let reading = AtomicUsize::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut engine = engine_that_feeds(&mut engine);
            // Goes on only when everything has been read, so that each frame must wake the reader.
            for round in 1..=20_000 {
                engine(round);
                while reading.load(Ordering::SeqCst) < round * 3 {
                    thread::yield_now();
                }
            }
        });
        let mut read = 0;
        while read < 60_000 {
            let before = bell.rung.load(Ordering::SeqCst);
            if !reader.want_read(3) {
                while bell.rung.load(Ordering::SeqCst) == before {
                    thread::yield_now();
                }
            }
            let mut samples = [0; 3];
            read += reader.read(&mut samples);
            reading.store(read, Ordering::SeqCst);
        }
    });
}

fn engine_that_feeds(engine: &mut EnginePort) -> impl FnMut(usize) {
    |round| engine.push_received(&[sample(round); 3])
}
