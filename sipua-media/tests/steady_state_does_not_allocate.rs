//! A running call allocates nothing and a call takes little memory: counted by the allocator.
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test")]

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::StdRng;
use sipua_media::audio::{AudioPort, PortSettings, port};
use sipua_media::session::{Config, Outbox, Session};
use support::{address, settings, speech};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    static HELD: Cell<i64> = const { Cell::new(0) };
}

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        HELD.set(HELD.get() + layout.size() as i64);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.set(HELD.get() - layout.size() as i64);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Two sessions that exchange their packets at once, except those that are lost.
struct Call {
    sessions: [Session; 2],
    audio: [AudioPort; 2],
    outbox: Outbox,
    now: Instant,
    said: Vec<i16>,
}

impl Call {
    fn new(rate: u32) -> Self {
        let now = Instant::now();
        let make = |end: usize| {
            let rng = StdRng::seed_from_u64(end as u64);
            let mut session = Session::new(Config::default(), rng, now);
            let (audio, engine) = port(&PortSettings::new(rate), None).unwrap();
            session.attach_audio(engine);
            session.configure(&settings(1 - end), now);
            (session, audio)
        };
        let ((first, first_audio), (second, second_audio)) = (make(0), make(1));
        Self {
            sessions: [first, second],
            audio: [first_audio, second_audio],
            outbox: Outbox::new(),
            now,
            said: speech(2, 1),
        }
    }

    fn run(&mut self, frames: u32) {
        let mut heard = [0; 2000];
        for frame in 0..frames {
            let start = frame as usize % 90 * 160;
            for end in 0..2 {
                self.audio[end].write(&self.said[start..start + 160]);
                self.sessions[end].handle_timeout(self.now, &mut self.outbox);
                let other = 1 - end;
                let outbox = std::mem::take(&mut self.outbox);
                let mut answer = Outbox::new();
                for transmit in outbox.transmits().filter(|_| frame % 17 != 0) {
                    let source = address(end, transmit.destination.port());
                    let (kind, data) = (transmit.kind, transmit.data);
                    self.sessions[other].handle_packet(kind, source, data, self.now, &mut answer);
                }
                assert!(answer.events().len() <= 1);
                self.outbox = outbox;
                self.outbox.clear();
                while self.audio[end].read(&mut heard) > 0 {}
            }
            self.now += Duration::from_millis(20);
        }
    }
}

#[test]
fn a_minute_of_a_call_with_loss_and_reports_allocates_nothing() {
    for rate in [8000, 16_000, 48_000] {
        let mut call = Call::new(rate);
        call.run(500);
        let before = ALLOCATIONS.get();
        call.run(3000);
        assert_eq!(ALLOCATIONS.get() - before, 0, "at {rate} Hz");
        let received = call.sessions[0].statistics(call.now).received;
        assert!(received.packets > 3000 && received.concealed > Duration::from_secs(1));
        assert!(
            call.sessions[0].statistics(call.now).round_trip.is_some(),
            "reports went both ways"
        );
    }
}

#[test]
fn a_session_of_g711_takes_little_memory() {
    let now = Instant::now();
    let before = HELD.get();
    let mut call = Call::new(8000);
    call.run(500);
    let said = call.said.capacity() as i64 * 2;
    let own = (HELD.get() - before - said) / 2 + size_of::<Session>() as i64;
    // The application's rings, a second of writing and 200 ms of reading, are 19 kB of it.
    assert!(own <= 40_000, "{own} bytes a session with its rings");
    let before = HELD.get();
    let idle = Session::new(Config::default(), StdRng::seed_from_u64(1), now);
    assert!(HELD.get() - before + (size_of_val(&idle) as i64) < 1500, "before an agreement");
}
