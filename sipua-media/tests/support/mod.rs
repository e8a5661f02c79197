//! Two sessions over a seeded network in virtual time.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sipua_media::audio::{AudioPort, PortSettings, port};
use sipua_media::codec::CodecId;
use sipua_media::sdp::{Direction, PayloadFormat, StreamSettings, TelephoneEvent};
use sipua_media::session::{Config, Event, Outbox, RtpKind, Session};

pub const FRAME: Duration = Duration::from_millis(20);

/// What a network does to each packet.
#[derive(Clone, Copy, Debug, Default)]
pub struct Network {
    pub delay: Duration,
    /// Up to this much more, in order.
    pub jitter: Duration,
    pub loss: f64,
    /// The share that overtakes or is overtaken.
    pub reordering: f64,
    pub duplication: f64,
}

/// One end, its application and what it was told.
pub struct End {
    pub session: Session,
    pub audio: AudioPort,
    pub rtp: SocketAddr,
    pub rtcp: SocketAddr,
    pub events: Vec<(Duration, Event)>,
    /// What the application read.
    pub heard: Vec<i16>,
    /// What it still has to write.
    pub to_say: Vec<i16>,
    pub sent: u64,
    pub lost: u64,
}

/// Two ends and the network between them.
pub struct Pair {
    pub begin: Instant,
    pub now: Instant,
    pub ends: [End; 2],
    pub network: Network,
    rng: StdRng,
    outbox: Outbox,
    in_flight: BinaryHeap<Reverse<InFlight>>,
    number: u64,
    /// Nothing overtakes what left before it, unless it is to be reordered.
    last_arrival: [Instant; 2],
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct InFlight {
    at: Instant,
    number: u64,
    to: usize,
    kind: u8,
    source: SocketAddr,
    data: Vec<u8>,
}

pub fn address(end: usize, port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, end as u8 + 1], port))
}

/// What two ends agree on when nobody wants anything special, as seen from one of them.
pub fn settings(peer: usize) -> StreamSettings {
    StreamSettings {
        codec: CodecId::Pcmu,
        payload_type_send: 0,
        receive: vec![
            PayloadFormat { payload_type: 0, codec: CodecId::Pcmu },
            PayloadFormat { payload_type: 8, codec: CodecId::Pcma },
        ],
        telephone_event: Some(TelephoneEvent { payload_type_send: 101, payload_type_receive: 101 }),
        ptime_ms: 20,
        direction: Direction::SendRecv,
        remote_rtp: address(peer, 4000),
        remote_rtcp: address(peer, 4001),
    }
}

impl Pair {
    pub fn new(seed: u64, network: Network) -> Self {
        let mut pair = Self::idle(seed, network);
        for end in 0..2 {
            pair.ends[end].session.configure(&settings(1 - end), pair.now);
        }
        pair
    }

    /// Without anything agreed.
    pub fn idle(seed: u64, network: Network) -> Self {
        let now = Instant::now();
        let end = |number: usize| {
            let rng = StdRng::seed_from_u64(seed * 2 + number as u64);
            let mut session = Session::new(Config::default(), rng, now);
            let (audio, engine) = port(&PortSettings::new(8000), None).unwrap();
            session.attach_audio(engine);
            End {
                session,
                audio,
                rtp: address(number, 4000),
                rtcp: address(number, 4001),
                events: Vec::new(),
                heard: Vec::new(),
                to_say: Vec::new(),
                sent: 0,
                lost: 0,
            }
        };
        Self {
            begin: now,
            now,
            ends: [end(0), end(1)],
            network,
            rng: StdRng::seed_from_u64(seed ^ 0x5eed),
            outbox: Outbox::new(),
            in_flight: BinaryHeap::new(),
            number: 0,
            last_arrival: [now; 2],
        }
    }

    /// Runs until `for_time` has passed; each end's application writes and reads as it goes.
    pub fn run(&mut self, for_time: Duration) {
        let until = self.now + for_time;
        loop {
            let frames = self.ends.iter().filter_map(|end| end.session.poll_timeout());
            let arrival = self.in_flight.peek().map(|Reverse(first)| first.at);
            let next = frames.chain(arrival).min();
            let Some(next) = next.filter(|next| *next <= until) else {
                break;
            };
            self.now = next.max(self.now);
            self.deliver();
            (0..2).for_each(|end| self.tick(end));
        }
        self.now = until;
    }

    pub fn dtmf(&self, end: usize) -> Vec<(char, u32)> {
        let press = |(_, event): &(Duration, Event)| match *event {
            Event::Dtmf { digit, duration_ms, .. } => Some((digit, duration_ms)),
            _ => None,
        };
        self.ends[end].events.iter().filter_map(press).collect()
    }

    pub fn count(&self, end: usize, event: impl Fn(&Event) -> bool) -> usize {
        self.ends[end].events.iter().filter(|(_, one)| event(one)).count()
    }

    /// Hands a datagram to an end directly.
    pub fn inject(&mut self, to: usize, kind: RtpKind, source: SocketAddr, data: &[u8]) {
        let end = &mut self.ends[to];
        end.session.handle_packet(kind, source, data, self.now, &mut self.outbox);
        self.drain(to);
    }

    /// Ends one side.
    pub fn close(&mut self, end: usize) {
        self.ends[end].session.close(self.now, &mut self.outbox);
        self.drain(end);
    }

    fn deliver(&mut self) {
        while self.in_flight.peek().is_some_and(|Reverse(first)| first.at <= self.now) {
            let Some(Reverse(packet)) = self.in_flight.pop() else {
                return;
            };
            let kind = if packet.kind == 0 { RtpKind::Rtp } else { RtpKind::Rtcp };
            self.inject(packet.to, kind, packet.source, &packet.data);
        }
    }

    fn tick(&mut self, end: usize) {
        let this = &mut self.ends[end];
        if this.session.poll_timeout().is_none_or(|due| due > self.now) {
            return;
        }
        let taken = this.audio.write(&this.to_say);
        this.to_say.drain(..taken);
        this.session.handle_timeout(self.now, &mut self.outbox);
        let mut samples = [0; 480];
        loop {
            let count = this.audio.read(&mut samples);
            if count == 0 {
                break;
            }
            this.heard.extend(&samples[..count]);
        }
        self.drain(end);
    }

    fn drain(&mut self, end: usize) {
        let time = self.now - self.begin;
        self.ends[end].events.extend(self.outbox.events().iter().map(|event| (time, *event)));
        let outbox = std::mem::take(&mut self.outbox);
        for transmit in outbox.transmits() {
            let copies = 1 + u32::from(self.rng.random_bool(self.network.duplication));
            for _ in 0..copies {
                self.send(end, transmit.kind, transmit.destination, transmit.data);
            }
        }
        self.outbox = outbox;
        self.outbox.clear();
    }

    fn send(&mut self, from: usize, kind: RtpKind, destination: SocketAddr, data: &[u8]) {
        self.ends[from].sent += 1;
        let to = 1 - from;
        let (port, source) = match kind {
            RtpKind::Rtp => (self.ends[to].rtp, self.ends[from].rtp),
            RtpKind::Rtcp => (self.ends[to].rtcp, self.ends[from].rtcp),
        };
        if destination != port || self.rng.random_bool(self.network.loss) {
            self.ends[from].lost += 1;
            return;
        }
        let jitter = self.network.jitter.mul_f64(self.rng.random());
        let mut at = self.now + self.network.delay + jitter;
        if self.rng.random_bool(self.network.reordering) {
            at += Duration::from_millis(25);
        } else {
            at = at.max(self.last_arrival[to]);
            self.last_arrival[to] = at;
        }
        self.number += 1;
        let kind = u8::from(kind == RtpKind::Rtcp);
        let number = self.number;
        self.in_flight.push(Reverse(InFlight {
            at,
            number,
            to,
            kind,
            source,
            data: data.to_vec(),
        }));
    }
}

/// Something like speech: syllables of voiced sound with a gliding pitch, hiss and pauses.
pub fn speech(seconds: u32, seed: u64) -> Vec<i16> {
    let mut rng = StdRng::seed_from_u64(seed);
    let (mut phase, mut samples) = (0.0f64, Vec::new());
    while samples.len() < seconds as usize * 8000 {
        let (voiced, length) = (rng.random_bool(0.7), rng.random_range(800..2400));
        let (pitch, glide) = (rng.random_range(90.0..220.0), rng.random_range(-40.0..40.0));
        let loudness = rng.random_range(1500.0..6000.0);
        let formants: [f64; 12] = std::array::from_fn(|_| rng.random_range(0.05..1.0));
        for n in 0..length {
            let place = f64::from(n) / f64::from(length);
            let envelope = (place * std::f64::consts::PI).sin().powf(0.6) * loudness;
            phase += (pitch + glide * place) / 8000.0;
            let harmonic = |(index, weight): (usize, &f64)| {
                (phase * (index + 1) as f64 * std::f64::consts::TAU).sin() * weight
                    / (index + 1) as f64
            };
            let sound = match voiced {
                true => formants.iter().enumerate().map(harmonic).sum::<f64>(),
                false => rng.random_range(-0.15..0.15),
            };
            samples.push((envelope * sound) as i16);
        }
        let pause = if rng.random_bool(0.2) { 3000 } else { 200 };
        samples.extend(std::iter::repeat_n(0, rng.random_range(0..pause)));
    }
    samples.truncate(seconds as usize * 8000);
    samples
}

/// How alike two stretches are when the second is moved to fit best, and by how many samples.
pub fn best_correlation(said: &[i16], heard: &[i16], most: usize) -> (f64, usize) {
    let correlation = |lag: usize| {
        let pairs = said.iter().zip(heard.get(lag..).unwrap_or_default());
        let (mut both, mut first, mut second) = (0.0, 1.0, 1.0);
        for (&a, &b) in pairs {
            let (a, b) = (f64::from(a), f64::from(b));
            both += a * b;
            first += a * a;
            second += b * b;
        }
        both / (first * second).sqrt()
    };
    let best = (0..most).map(|lag| (correlation(lag), lag));
    best.fold((-1.0, 0), |best, one| if one.0 > best.0 { one } else { best })
}

/// The mean over blocks of half a second, each moved to fit best: an adaptive playout moves.
pub fn correlation_by_blocks(said: &[i16], heard: &[i16], most: usize) -> f64 {
    let (block, mut sum, mut weight) = (4000, 0.0, 0.0);
    for start in (0..said.len() - block).step_by(block) {
        let part = &said[start..start + block];
        let energy: f64 = part.iter().map(|&sample| f64::from(sample).powi(2)).sum();
        let (likeness, _) = best_correlation(part, &heard[start..], most);
        sum += likeness * energy;
        weight += energy;
    }
    sum / weight
}
