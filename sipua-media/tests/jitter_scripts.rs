//! The jitter buffer's golden scripts: `tests/jitter/*.txt`, to be read and extended by people.
//!
//! A line is a time in milliseconds, a verb and what must come of it:
//!
//! ```text
//! 0  P 1                    put the packet with sequence number 1 (its timestamp is 160 × 1)
//! 0  P 5 ts 9000 marker     … with another timestamp, and marked
//! 5  P 1 = duplicate        … and this must become of it: stored (if nothing is said), late, duplicate
//! 20 L 2                    2 is lost: a remark
//! 20 K 3                    3 is something else than audio
//! 40 G = 1                  get: packet 1. `1 shorten` and `1 longer` ask for another pace
//! 60 G = gap                20 ms to be concealed
//! 80 G = silence            nothing to play
//! 100..200 G = 1 2 3 …      every 20 ms; what must come, in order
//! 0..200 P 1                every 20 ms, the next sequence number each time
//! 300 S late 0 overflowed 1 the statistics
//! ```
//! Lines may overlap: all steps run in the order of time, at the same time in the order of lines.
//! Behind `#` is a remark.
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test")]

use std::fmt::Write;
use std::time::{Duration, Instant};

use sipua_media::jitter::{Demand, Incoming, JitterBuffer, Pace, Playout, Pushed};

struct Script {
    buffer: JitterBuffer,
    begin: Instant,
}

impl Script {
    fn put(&mut self, at: u64, sequence: u16, timestamp: u32, marker: bool) -> &'static str {
        // The payload says who it is.
        let mut payload = [0; 160];
        payload[..2].copy_from_slice(&sequence.to_be_bytes());
        let packet = Incoming {
            sequence,
            timestamp,
            marker,
            payload_type: 0,
            duration: 160,
            payload: &payload,
        };
        match self.buffer.push(&packet, self.begin + Duration::from_millis(at)) {
            Pushed::Stored => "stored",
            Pushed::Late => "late",
            Pushed::Duplicate => "duplicate",
        }
    }

    fn get(&mut self, at: u64) -> String {
        let now = self.begin + Duration::from_millis(at);
        match self.buffer.pop(now, Demand { queued: 0, frame: 160 }) {
            Playout::Frame(frame) => {
                let sequence = u16::from_be_bytes([frame.payload[0], frame.payload[1]]);
                match frame.pace {
                    Pace::Keep => format!("{sequence}"),
                    Pace::Shorten(_) => format!("{sequence} shorten"),
                    Pace::Lengthen => format!("{sequence} longer"),
                }
            }
            Playout::Gap { duration: 160 } => "gap".to_owned(),
            Playout::Gap { duration } => format!("gap {duration}"),
            Playout::Silence => "silence".to_owned(),
        }
    }

    /// Runs the step of a line that is due at `at`; what comes of it.
    fn run(&mut self, line: &Line<'_>, step: u16, at: u64) -> String {
        let words = &line.words;
        match line.verb {
            "P" => {
                let sequence = words[0].parse::<u16>().unwrap().wrapping_add(step);
                let own = u32::from(sequence) * 160;
                let given = words.iter().position(|word| *word == "ts");
                let timestamp = given.map_or(own, |at| {
                    words[at + 1].parse::<u32>().unwrap().wrapping_add(160 * u32::from(step))
                });
                self.put(at, sequence, timestamp, words.contains(&"marker")).to_owned()
            }
            "G" => self.get(at),
            "K" => {
                let sequence = words[0].parse::<u16>().unwrap();
                self.buffer.skip(sequence.wrapping_add(step));
                String::new()
            }
            "L" => String::new(),
            "S" => self.statistics(words),
            verb => panic!("unknown verb {verb}"),
        }
    }

    /// The statistics named in `words`, with their true values.
    fn statistics(&self, words: &[&str]) -> String {
        let all = self.buffer.statistics();
        let of = |name: &str| match name {
            "late" => all.late,
            "duplicates" => all.duplicates,
            "overflowed" => all.overflowed,
            "jumps" => all.jumps,
            "frames" => all.frames,
            "gaps" => all.gaps,
            _ => panic!("unknown figure {name}"),
        };
        words
            .chunks(2)
            .fold(String::new(), |text, pair| format!("{text} {} {}", pair[0], of(pair[0])))
    }
}

struct Line<'a> {
    text: &'a str,
    from: u64,
    until: u64,
    verb: &'a str,
    words: Vec<&'a str>,
    expected: String,
}

impl<'a> Line<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.split('#').next()?.trim();
        let (command, expected) = text.split_once('=').unwrap_or((text, ""));
        let mut words = command.split_whitespace();
        let times = words.next()?;
        let (from, until) = match times.split_once("..") {
            Some((from, until)) => (from.parse::<u64>().unwrap(), until.parse().unwrap()),
            None => (times.parse().unwrap(), times.parse::<u64>().unwrap() + 1),
        };
        let verb = words.next().unwrap();
        let words: Vec<&str> = words.collect();
        let expected = match (verb, expected.trim()) {
            ("P", "") => "stored ".repeat((until - from).div_ceil(20) as usize),
            ("S", _) => words.join(" "),
            (_, expected) => expected.to_owned(),
        };
        let expected = normal(&expected);
        Some(Self { text, from, until, verb, words, expected })
    }
}

/// Runs a script in the order of time; the lines that came out otherwise.
fn run(script: &str) -> String {
    let begin = Instant::now();
    let mut machine = Script { buffer: JitterBuffer::new(8000, begin), begin };
    let lines: Vec<Line<'_>> = script.lines().filter_map(Line::parse).collect();
    let mut steps: Vec<(u64, usize, u16)> = lines
        .iter()
        .enumerate()
        .flat_map(|(index, line)| {
            let times = (line.from..line.until).step_by(20);
            times.enumerate().map(move |(step, at)| (at, index, step as u16))
        })
        .collect();
    steps.sort_unstable();
    let mut came = vec![String::new(); lines.len()];
    for (at, index, step) in steps {
        let result = machine.run(&lines[index], step, at);
        write!(came[index], "{result} ").unwrap();
    }
    let pairs = lines.iter().zip(came);
    let wrong = pairs.filter(|(line, came)| normal(came) != line.expected);
    wrong.fold(String::new(), |text, (line, came)| {
        format!("{text}  {}\n    came: {}\n", line.text, normal(&came))
    })
}

fn normal(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_script_comes_out_as_written() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/jitter");
    let mut scripts: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    scripts.sort();
    assert!(scripts.len() >= 10, "the scripts are in {folder}");
    let mut wrong = String::new();
    for path in scripts {
        let result = run(&std::fs::read_to_string(&path).unwrap());
        if !result.is_empty() {
            writeln!(wrong, "{}:\n{result}", path.display()).unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
