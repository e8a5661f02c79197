//! Sending digits: one after the other, each as a train of packets (RFC 4733 2.5.1).

use std::collections::VecDeque;
use std::time::Duration;

use thiserror::Error;

use super::TelephoneEvent;

/// The digits and pauses that may wait.
const MAX_QUEUED: usize = 64;
/// RFC 4733 2.5.1.4: the last packet of an event goes out three times.
const END_PACKETS: u8 = 3;
/// From the end of a digit to the next; the two repeated end packets are within.
const GAP_MS: u32 = 100;
/// What is usual for a key pressed by hand, in dB below 0 dBm0.
const VOLUME: u8 = 10;
/// Shorter ones are not digits (ITU-T Q.24), much longer ones are mistakes.
const SHORTEST: Duration = Duration::from_millis(40);
const LONGEST: Duration = Duration::from_secs(60);
/// The pauses for `,` and a space.
const COMMA: Duration = Duration::from_secs(2);
const SPACE: Duration = Duration::from_millis(500);

/// Why digits were not taken; none of them was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DtmfError {
    /// Not a digit and not a pause.
    #[error("{0:?} is not a DTMF digit")]
    NotADigit(char),
    /// More digits than may wait.
    #[error("more than {MAX_QUEUED} digits are waiting")]
    QueueFull,
    /// The peer did not agree to telephone-events.
    #[error("telephone-events were not negotiated")]
    NotNegotiated,
}

/// What goes out instead of, or with, the caller's audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToSend {
    /// The audio: there is no digit.
    Audio,
    /// Silence: between two digits.
    Silence,
    /// A telephone-event packet, and no audio.
    Event {
        /// The payload.
        payload: [u8; 4],
        /// When the event began; the same in all its packets.
        timestamp: u32,
        /// Set in an event's first packet.
        marker: bool,
    },
}

/// The digits of one call on their way out.
#[derive(Debug, Default)]
pub struct Sender {
    queue: VecDeque<Item>,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum Item {
    Digit { code: u8, duration: Duration },
    Pause(Duration),
}

/// All times in units of the RTP clock.
#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Idle,
    Sounding {
        code: u8,
        /// Where the event, or its present segment, began.
        timestamp: u32,
        /// Since then.
        elapsed: u32,
        /// Until its end.
        left: u32,
        marker: bool,
    },
    /// The end packet was sent; so often it goes out again.
    Ending {
        packet: [u8; 4],
        timestamp: u32,
        again: u8,
        gap: u32,
    },
    Gap {
        left: u32,
    },
    Pausing {
        left: u32,
    },
}

impl Sender {
    /// Nothing to send.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes `digits`, each to sound for `duration` (40 ms to 60 s; what is beyond is brought
    /// there): `0`–`9`, `*`, `#`, `A`–`D`, `!` for a flash; `,` waits for 2 s, a space for 0.5 s.
    ///
    /// # Errors
    ///
    /// [`DtmfError::NotADigit`], [`DtmfError::QueueFull`].
    pub fn queue(&mut self, digits: &str, duration: Duration) -> Result<(), DtmfError> {
        if digits.chars().count() > MAX_QUEUED - self.queue.len().min(MAX_QUEUED) {
            return Err(DtmfError::QueueFull);
        }
        let duration = duration.clamp(SHORTEST, LONGEST);
        let waiting = self.queue.len();
        for digit in digits.chars() {
            let item = match digit {
                ',' => Item::Pause(COMMA),
                ' ' => Item::Pause(SPACE),
                _ => match TelephoneEvent::code_of(digit) {
                    Some(code) => Item::Digit { code, duration },
                    None => {
                        self.queue.truncate(waiting);
                        return Err(DtmfError::NotADigit(digit));
                    }
                },
            };
            self.queue.push_back(item);
        }
        Ok(())
    }

    /// Whether all is sent.
    pub fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle) && self.queue.is_empty()
    }

    /// What the packet of `timestamp` carries, which lasts `frame`, both in units of `clock_rate`.
    pub fn next(&mut self, timestamp: u32, frame: u32, clock_rate: u32) -> ToSend {
        let (state, to_send) = match self.state {
            State::Idle => self.begin(timestamp, frame, clock_rate),
            State::Pausing { left } if left >= frame => {
                (State::Pausing { left: left - frame }, ToSend::Audio)
            }
            State::Gap { left } if left >= frame => {
                (State::Gap { left: left - frame }, ToSend::Silence)
            }
            State::Pausing { .. } | State::Gap { .. } => self.begin(timestamp, frame, clock_rate),
            State::Sounding { .. } => sound(self.state, frame, clock_rate),
            State::Ending { packet, timestamp, again, gap } => {
                let gap = gap.saturating_sub(frame);
                let state = match again {
                    0 | 1 => State::Gap { left: gap },
                    _ => State::Ending { packet, timestamp, again: again - 1, gap },
                };
                (state, ToSend::Event { payload: packet, timestamp, marker: false })
            }
        };
        self.state = state;
        to_send
    }

    fn begin(&mut self, timestamp: u32, frame: u32, clock_rate: u32) -> (State, ToSend) {
        match self.queue.pop_front() {
            None => (State::Idle, ToSend::Audio),
            Some(Item::Pause(pause)) => {
                let left = units(pause, clock_rate).saturating_sub(frame);
                (State::Pausing { left }, ToSend::Audio)
            }
            Some(Item::Digit { code, duration }) => {
                let left = units(duration, clock_rate);
                let state = State::Sounding { code, timestamp, elapsed: 0, left, marker: true };
                sound(state, frame, clock_rate)
            }
        }
    }
}

/// The next report of an event: `frame` more of it.
fn sound(state: State, frame: u32, clock_rate: u32) -> (State, ToSend) {
    let State::Sounding { code, mut timestamp, mut elapsed, left, marker } = state else {
        return (state, ToSend::Audio);
    };
    let step = frame.min(left);
    let left = left - step;
    elapsed += step;
    // RFC 4733 2.5.1.3: an event longer than the field goes on in a segment of its own, which
    // begins where the full one ended.
    if elapsed > u32::from(u16::MAX) {
        timestamp = timestamp.wrapping_add(elapsed - step);
        elapsed = step;
    }
    let report =
        TelephoneEvent { event: code, end: left == 0, volume: VOLUME, duration: elapsed as u16 };
    let payload = report.to_bytes();
    let state = if left == 0 {
        let gap = GAP_MS * clock_rate / 1000;
        State::Ending { packet: payload, timestamp, again: END_PACKETS - 1, gap }
    } else {
        State::Sounding { code, timestamp, elapsed, left, marker: false }
    };
    (state, ToSend::Event { payload, timestamp, marker })
}

fn units(duration: Duration, clock_rate: u32) -> u32 {
    (duration.as_millis() as u64 * u64::from(clock_rate) / 1000) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: u32 = 160;

    /// What goes out, frame by frame from timestamp 1000 on, until all is sent.
    fn send(digits: &str, duration_ms: u64) -> Vec<(u32, ToSend)> {
        let mut sender = Sender::new();
        sender.queue(digits, Duration::from_millis(duration_ms)).unwrap();
        let mut sent = Vec::new();
        while !sender.is_idle() {
            let timestamp = 1000 + FRAME * sent.len() as u32;
            sent.push((timestamp, sender.next(timestamp, FRAME, 8000)));
        }
        sent
    }

    fn events(sent: &[(u32, ToSend)]) -> Vec<(TelephoneEvent, u32, bool)> {
        let of = |&(_, to_send): &_| match to_send {
            ToSend::Event { payload, timestamp, marker } => {
                Some((TelephoneEvent::parse(&payload).unwrap(), timestamp, marker))
            }
            _ => None,
        };
        sent.iter().filter_map(of).collect()
    }

    #[test]
    fn a_digit_grows_from_its_marker_to_three_ends() {
        let sent = send("5", 90);
        let events = events(&sent);
        let durations: Vec<_> = events.iter().map(|(event, ..)| event.duration).collect();
        assert_eq!(durations, [160, 320, 480, 640, 720, 720, 720]);
        let ends: Vec<_> = events.iter().map(|(event, ..)| event.end).collect();
        assert_eq!(ends, [false, false, false, false, true, true, true]);
        let markers = events.iter().filter(|(.., marker)| *marker).count();
        assert!(events[0].2 && markers == 1);
        assert!(events.iter().all(|(event, timestamp, _)| event.event == 5 && *timestamp == 1000));
    }

    #[test]
    fn digits_are_apart_by_the_gap() {
        let events = events(&send("1#", 100));
        let begins: Vec<_> = events.iter().filter(|(.., marker)| *marker).collect();
        assert_eq!(begins.len(), 2);
        assert_eq!((begins[0].1, begins[1].0.event), (1000, 11));
        // 100 ms of tone, 100 ms of gap.
        assert_eq!(begins[1].1, 1000 + 1600);
    }

    #[test]
    fn pauses_let_the_caller_speak() {
        let sent = send("1, 2", 100);
        let begins: Vec<_> = events(&sent).into_iter().filter(|(.., marker)| *marker).collect();
        assert_eq!(begins[1].1, 1000 + 8 * (100 + 100 + 2000 + 500));
        let audio = sent.iter().filter(|(_, to_send)| *to_send == ToSend::Audio).count();
        assert!((124..=127).contains(&audio), "{audio} frames in 2.5 s");
    }

    #[test]
    fn a_long_event_goes_on_in_segments() {
        let events = events(&send("9", 20_000));
        let total = 160_000;
        let segments: Vec<u32> = {
            let mut starts: Vec<u32> = events.iter().map(|(_, timestamp, _)| *timestamp).collect();
            starts.dedup();
            starts
        };
        assert_eq!(segments, [1000, 1000 + 65_440, 1000 + 130_880]);
        assert_eq!(events.iter().filter(|(.., marker)| *marker).count(), 1);
        assert_eq!(events.iter().filter(|(event, ..)| event.end).count(), 3);
        assert_eq!(u32::from(events[events.len() - 1].0.duration), total - 130_880);
    }

    #[test]
    fn nothing_is_taken_of_what_is_wrong() {
        let mut sender = Sender::new();
        let duration = Duration::from_millis(100);
        assert_eq!(sender.queue("12x", duration), Err(DtmfError::NotADigit('x')));
        assert!(sender.is_idle());
        assert_eq!(sender.queue(&"1".repeat(65), duration), Err(DtmfError::QueueFull));
        assert_eq!(sender.queue(&"1".repeat(64), duration), Ok(()));
        assert_eq!(sender.queue("1", duration), Err(DtmfError::QueueFull));
    }
}
