//! What a packet costs: RTP in to PCM out, PCM in to RTP out, and the parts of both.
//!
//! `cargo bench --bench media`. Times are of one 20 ms packet; a call has 50 a second each way.
#![allow(clippy::expect_used, reason = "a benchmark that cannot begin has nothing to measure")]

use std::hint::black_box;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use rand::SeedableRng;
use rand::rngs::StdRng;
use sipua_media::audio::{AudioPort, PortSettings, port};
use sipua_media::codec::{CodecId, Concealer};
use sipua_media::jitter::{Demand, Incoming, JitterBuffer, Playout};
use sipua_media::rtp::Header;
use sipua_media::sdp::{Direction, PayloadFormat, StreamSettings};
use sipua_media::session::{Config, Outbox, RtpKind, Session};

const FRAME: Duration = Duration::from_millis(20);

struct Call {
    session: Session,
    audio: AudioPort,
    outbox: Outbox,
    now: Instant,
    peer: SocketAddr,
    datagram: Vec<u8>,
    number: u32,
    samples: Vec<i16>,
}

impl Call {
    fn new(direction: Direction, rate: u32) -> Self {
        let now = Instant::now();
        let peer = SocketAddr::from(([127, 0, 0, 1], 4000));
        let mut session = Session::new(Config::default(), StdRng::seed_from_u64(1), now);
        let settings = PortSettings::new(rate);
        let (audio, engine) = port(&settings, None).expect("a rate that ports have");
        session.attach_audio(engine);
        session.configure(
            &StreamSettings {
                codec: CodecId::Pcmu,
                payload_type_send: 0,
                receive: vec![PayloadFormat { payload_type: 0, codec: CodecId::Pcmu }],
                telephone_event: None,
                ptime_ms: 20,
                direction,
                remote_rtp: peer,
                remote_rtcp: SocketAddr::from(([127, 0, 0, 1], 4001)),
            },
            now,
        );
        Self {
            session,
            audio,
            outbox: Outbox::new(),
            now,
            peer,
            datagram: Vec::new(),
            number: 0,
            samples: tone(rate as usize / 50),
        }
    }

    /// The peer's next packet comes in.
    fn receive(&mut self) {
        self.number = self.number.wrapping_add(1);
        let (sequence, timestamp) = (self.number as u16, self.number.wrapping_mul(160));
        let header = Header { marker: false, payload_type: 0, sequence, timestamp, ssrc: 7 };
        self.datagram.clear();
        header.write(&mut self.datagram);
        self.datagram.extend_from_slice(&PAYLOAD);
        self.session.handle_packet(
            RtpKind::Rtp,
            self.peer,
            &self.datagram,
            self.now,
            &mut self.outbox,
        );
    }

    /// The application writes and reads a frame, and the frame clock ticks.
    fn frame(&mut self) -> usize {
        self.audio.write(&self.samples);
        self.session.handle_timeout(self.now, &mut self.outbox);
        self.now += FRAME;
        let sent = self.outbox.transmits().len();
        self.outbox.clear();
        sent + self.audio.read(&mut self.samples)
    }
}

const PAYLOAD: [u8; 160] = {
    let mut payload = [0; 160];
    let mut index = 0;
    while index < 160 {
        payload[index] = (index * 37 % 251) as u8;
        index += 1;
    }
    payload
};

fn tone(samples: usize) -> Vec<i16> {
    (0..samples).map(|n| ((n as f32 * 0.2).sin() * 8000.0) as i16).collect()
}

fn sessions(criterion: &mut Criterion) {
    for rate in [8000, 16_000] {
        let mut call = Call::new(Direction::RecvOnly, rate);
        criterion.bench_function(&format!("RTP in to PCM out at {rate} Hz"), |bench| {
            bench.iter(|| {
                call.receive();
                black_box(call.frame())
            });
        });
        let mut call = Call::new(Direction::SendOnly, rate);
        criterion.bench_function(&format!("PCM in to RTP out at {rate} Hz"), |bench| {
            bench.iter(|| black_box(call.frame()));
        });
        let mut call = Call::new(Direction::SendRecv, rate);
        criterion.bench_function(&format!("a packet each way at {rate} Hz"), |bench| {
            bench.iter(|| {
                call.receive();
                black_box(call.frame())
            });
        });
    }
}

fn parts(criterion: &mut Criterion) {
    let (pcm, mut bytes, mut samples) = (tone(160), Vec::new(), Vec::new());
    for codec in CodecId::ALL {
        let (mut encoder, mut decoder) = (codec.encoder(), codec.decoder());
        criterion.bench_function(&format!("{codec} encode"), |bench| {
            bench.iter(|| {
                bytes.clear();
                encoder.encode(black_box(&pcm), &mut bytes);
            });
        });
        criterion.bench_function(&format!("{codec} decode"), |bench| {
            bench.iter(|| {
                samples.clear();
                decoder.decode(black_box(&PAYLOAD), &mut samples);
            });
        });
    }
    let mut concealer = Concealer::new(8000);
    criterion.bench_function("G.711 conceal one packet and go on", |bench| {
        bench.iter(|| {
            samples.clear();
            concealer.conceal(160, &mut samples);
            concealer.received(black_box(&mut pcm.clone()));
        });
    });
    let mut now = Instant::now();
    let mut buffer = JitterBuffer::new(8000, now);
    let mut number = 0u32;
    criterion.bench_function("jitter buffer push and pop", |bench| {
        bench.iter(|| {
            number = number.wrapping_add(1);
            let packet = Incoming {
                sequence: number as u16,
                timestamp: number.wrapping_mul(160),
                marker: false,
                payload_type: 0,
                duration: 160,
                payload: &PAYLOAD,
            };
            buffer.push(&packet, now);
            let frame = buffer.pop(now, Demand { queued: 0, frame: 160 });
            let played = matches!(black_box(frame), Playout::Frame(_));
            now += FRAME;
            played
        });
    });
}

criterion_group!(media, sessions, parts);
criterion_main!(media);
