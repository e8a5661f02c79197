//! Receiving digits: one press each, whatever of its packets arrives (RFC 4733 2.5.2).

use std::time::{Duration, Instant};

use super::TelephoneEvent;

/// An event of which nothing was heard for so long has ended. RFC 4733 2.5.2.2 asks for three
/// times the update interval, which nobody makes longer than 50 ms.
const TIMEOUT: Duration = Duration::from_millis(200);
/// Audio sampled so long after an event's last report says that it has ended.
const AUDIO_AFTER_MS: u32 = 80;
/// So long a finished event's late packets may come; after that any timestamp is a new event.
const MEMORY: Duration = Duration::from_secs(4);

/// A key that was pressed and released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Press {
    /// `0`–`9`, `*`, `#`, `A`–`D`, or `!` for a flash.
    pub digit: char,
    /// How long, in milliseconds.
    pub duration_ms: u32,
}

/// The digits of one source.
#[derive(Debug)]
pub struct Receiver {
    clock_rate: u32,
    sounding: Option<Sounding>,
    /// The timestamp of the newest event that has ended, and when its last packet came.
    ended: Option<(u32, Instant)>,
}

#[derive(Clone, Copy, Debug)]
struct Sounding {
    event: u8,
    /// Of the present segment.
    timestamp: u32,
    duration: u32,
    /// Of the segments before it.
    before: u32,
    heard: Instant,
}

impl Receiver {
    /// For events counted in units of `clock_rate`.
    pub fn new(clock_rate: u32) -> Self {
        Self { clock_rate, sounding: None, ended: None }
    }

    /// Takes a telephone-event packet. It may end the event before it, and its own.
    pub fn handle_event(
        &mut self,
        timestamp: u32,
        payload: &[u8],
        now: Instant,
        press: &mut impl FnMut(Press),
    ) {
        let Some(report) = TelephoneEvent::parse(payload) else {
            return;
        };
        if self.is_over(timestamp, now) {
            return;
        }
        let duration = u32::from(report.duration);
        match &mut self.sounding {
            Some(sounding) if sounding.timestamp == timestamp => {
                sounding.duration = sounding.duration.max(duration);
                sounding.heard = now;
            }
            Some(sounding) if sounding.goes_on(timestamp, report.event) => {
                sounding.before = sounding.before.saturating_add(sounding.duration);
                (sounding.timestamp, sounding.duration, sounding.heard) =
                    (timestamp, duration, now);
            }
            Some(sounding) if is_before(timestamp, sounding.timestamp) => return,
            _ => {
                self.end(now, press);
                let event = report.event;
                self.sounding =
                    Some(Sounding { event, timestamp, duration, before: 0, heard: now });
            }
        }
        if report.end {
            self.end(now, press);
        }
    }

    /// Takes note of an audio packet: the speaker's hand is off the key.
    pub fn handle_audio(&mut self, timestamp: u32, now: Instant, press: &mut impl FnMut(Press)) {
        let Some(sounding) = self.sounding else {
            return;
        };
        let end = sounding.timestamp.wrapping_add(sounding.duration);
        if !is_before(timestamp, end.wrapping_add(AUDIO_AFTER_MS * self.clock_rate / 1000)) {
            self.end(now, press);
        }
    }

    /// Ends an event whose end never came.
    pub fn handle_timeout(&mut self, now: Instant, press: &mut impl FnMut(Press)) {
        if self.sounding.is_some_and(|sounding| now >= sounding.heard + TIMEOUT) {
            self.end(now, press);
        }
    }

    /// Another source follows: what sounds has ended, and its timestamps mean nothing any more.
    pub fn restart(&mut self, now: Instant, press: &mut impl FnMut(Press)) {
        self.end(now, press);
        self.ended = None;
    }

    /// Whether a packet belongs to an event already told of, or to one before it.
    fn is_over(&mut self, timestamp: u32, now: Instant) -> bool {
        let Some((ended, when)) = &mut self.ended else {
            return false;
        };
        let over = !is_before(*ended, timestamp) && now < *when + MEMORY;
        if over && timestamp == *ended {
            // A key held through a gap in the network goes on for as long as it is held.
            *when = now;
        }
        over
    }

    fn end(&mut self, now: Instant, press: &mut impl FnMut(Press)) {
        let Some(sounding) = self.sounding.take() else {
            return;
        };
        self.ended = Some((sounding.timestamp, now));
        if let Some(digit) = TelephoneEvent::digit_of(sounding.event) {
            let units = u64::from(sounding.before) + u64::from(sounding.duration);
            let duration_ms = units * 1000 / u64::from(self.clock_rate);
            press(Press { digit, duration_ms: u32::try_from(duration_ms).unwrap_or(u32::MAX) });
        }
    }
}

impl Sounding {
    /// RFC 4733 2.5.1.3: a segment begins where the full one before ended, a frame short of 2^16
    /// at most.
    fn goes_on(&self, timestamp: u32, event: u8) -> bool {
        let distance = timestamp.wrapping_sub(self.timestamp);
        let full = 60_000..=u32::from(u16::MAX) + 1;
        event == self.event && full.contains(&distance) && self.duration >= 48_000
    }
}

/// Of two timestamps, across the wrap.
fn is_before(this: u32, other: u32) -> bool {
    (this.wrapping_sub(other) as i32) < 0
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "a test begins somewhere in time")]

    use super::super::{Sender, ToSend};
    use super::*;

    const FRAME: u32 = 160;

    fn pressed(digit: char, duration_ms: u32) -> Press {
        Press { digit, duration_ms }
    }

    /// Sends `digits`, loses what `lost` says (by number among the event packets), doubles and
    /// swaps if asked to, and lets half a second of audio follow if `audio`.
    fn transfer(digits: &str, ms: u64, lost: impl Fn(usize) -> bool, audio: bool) -> Vec<Press> {
        let mut sender = Sender::new();
        sender.queue(digits, Duration::from_millis(ms)).unwrap();
        let mut receiver = Receiver::new(8000);
        let (mut presses, mut number, mut now) = (Vec::new(), 0, Instant::now());
        let mut timestamp = u32::MAX - 1000;
        let mut tail = 25;
        while !sender.is_idle() || tail > 0 {
            tail -= i32::from(sender.is_idle());
            let mut press = |press| presses.push(press);
            match sender.next(timestamp, FRAME, 8000) {
                ToSend::Event { payload, timestamp, .. } => {
                    if !lost(number) {
                        // Each comes twice: one event a digit all the same.
                        receiver.handle_event(timestamp, &payload, now, &mut press);
                        receiver.handle_event(timestamp, &payload, now, &mut press);
                    }
                    number += 1;
                }
                _ if audio => receiver.handle_audio(timestamp, now, &mut press),
                _ => {}
            }
            receiver.handle_timeout(now, &mut press);
            timestamp = timestamp.wrapping_add(FRAME);
            now += Duration::from_millis(20);
        }
        presses
    }

    #[test]
    fn each_digit_comes_once_with_its_duration() {
        let presses = transfer("42#!", 100, |_| false, true);
        assert_eq!(
            presses,
            [pressed('4', 100), pressed('2', 100), pressed('#', 100), pressed('!', 100)]
        );
    }

    #[test]
    fn the_same_digit_twice_is_two() {
        assert_eq!(transfer("55", 60, |_| false, true).len(), 2);
    }

    #[test]
    fn any_one_packet_of_an_event_is_enough() {
        for kept in 0..7 {
            for audio in [false, true] {
                let presses = transfer("7", 100, |number| number != kept, audio);
                let duration = (kept as u32 + 1).min(5) * 20;
                assert_eq!(presses, [pressed('7', duration)], "only packet {kept} arrived");
            }
        }
    }

    #[test]
    fn lost_ends_are_made_up_for_by_the_next_event() {
        // Seven packets a digit; the three ends of each are lost.
        let presses = transfer("123", 100, |number| number % 7 >= 4, false);
        assert_eq!(presses, [pressed('1', 80), pressed('2', 80), pressed('3', 80)]);
    }

    #[test]
    fn a_long_press_in_segments_is_one() {
        assert_eq!(transfer("8", 20_000, |_| false, true), [pressed('8', 20_000)]);
        let thinned = transfer("8", 20_000, |number| number % 3 == 0, true);
        assert_eq!(thinned.len(), 1);
    }

    #[test]
    fn late_packets_of_an_event_that_is_over_are_ignored() {
        let mut receiver = Receiver::new(8000);
        let (mut presses, now) = (Vec::new(), Instant::now());
        let report =
            |end, duration| TelephoneEvent { event: 1, end, volume: 10, duration }.to_bytes();
        let mut event = |timestamp, payload: [u8; 4], now| {
            receiver.handle_event(timestamp, &payload, now, &mut |press| presses.push(press));
        };
        event(1000, report(true, 800), now);
        event(1000, report(false, 640), now);
        event(900, report(true, 800), now);
        // Long after, the sender's clock may have begun anew.
        event(500, report(true, 800), now + MEMORY);
        assert_eq!(presses.len(), 2);
    }

    #[test]
    fn a_key_held_through_a_gap_and_long_after_is_told_once() {
        let mut receiver = Receiver::new(8000);
        let (mut presses, begin) = (0, Instant::now());
        for n in (1..5).chain(30..400u16) {
            let now = begin + Duration::from_millis(20) * u32::from(n);
            let report = TelephoneEvent { event: 1, end: n == 399, volume: 10, duration: n * 160 };
            receiver.handle_timeout(now, &mut |_| presses += 1);
            receiver.handle_event(1000, &report.to_bytes(), now, &mut |_| presses += 1);
        }
        assert_eq!(presses, 1);
    }

    #[test]
    fn another_source_ends_what_sounds_and_may_begin_anywhere() {
        let mut receiver = Receiver::new(8000);
        let (mut presses, now) = (Vec::new(), Instant::now());
        let report = TelephoneEvent { event: 1, end: false, volume: 10, duration: 800 };
        receiver.handle_event(1000, &report.to_bytes(), now, &mut |press| presses.push(press));
        receiver.restart(now, &mut |press| presses.push(press));
        assert_eq!(presses, [pressed('1', 100)]);
        let report = TelephoneEvent { event: 2, end: true, ..report };
        receiver.handle_event(500, &report.to_bytes(), now, &mut |press| presses.push(press));
        assert_eq!(presses, [pressed('1', 100), pressed('2', 100)]);
    }

    #[test]
    fn tones_that_are_no_digits_are_not_told() {
        let mut receiver = Receiver::new(8000);
        let mut presses = 0;
        let answer_tone = TelephoneEvent { event: 32, end: true, volume: 0, duration: 800 };
        receiver.handle_event(0, &answer_tone.to_bytes(), Instant::now(), &mut |_| presses += 1);
        assert_eq!(presses, 0);
    }
}
