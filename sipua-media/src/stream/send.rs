//! From PCM and digits to RTP.

use std::net::SocketAddr;
use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;

use crate::codec::{CodecId, Encoder};
use crate::dtmf::{DtmfError, Sender, ToSend};
use crate::rtp::Header;
use crate::sdp::StreamSettings;
use crate::session::{Outbox, RtpKind};

/// The outgoing half of a stream.
#[derive(Debug)]
pub struct SendStream {
    ssrc: u32,
    sequence: u16,
    /// Of the packet being filled.
    timestamp: u32,
    formats: Formats,
    encoder: Box<dyn Encoder>,
    /// The beginning of a packet that is longer than a frame.
    pending: Vec<i16>,
    digits: Sender,
    flow: Flow,
    packets: u64,
    bytes: u64,
    /// How many of them went out with an SSRC that we gave up.
    before: (u64, u64),
}

/// What is sent, in which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Formats {
    codec: CodecId,
    payload_type: u8,
    telephone_event: Option<u8>,
    /// Samples in a packet.
    packet: usize,
}

/// Whether the last packet's time was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    /// The next packet is the first of a talk-spurt.
    Interrupted,
    Flowing,
}

/// What becomes of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// It goes there.
    To(SocketAddr),
    /// The direction does not allow it, or nobody knows where to.
    Nowhere,
}

impl Formats {
    /// As agreed.
    pub fn new(settings: &StreamSettings) -> Self {
        let samples = u64::from(settings.ptime_ms) * u64::from(settings.codec.sample_rate()) / 1000;
        Self {
            codec: settings.codec,
            payload_type: settings.payload_type_send,
            telephone_event: settings.telephone_event.map(|event| event.payload_type_send),
            packet: samples.max(1) as usize,
        }
    }
}

impl SendStream {
    /// A stream with a random beginning (RFC 3550 5.1).
    pub fn new(formats: Formats, rng: &mut StdRng) -> Self {
        Self {
            ssrc: rng.random(),
            sequence: rng.random(),
            timestamp: rng.random(),
            formats,
            encoder: formats.codec.encoder(),
            pending: Vec::new(),
            digits: Sender::new(),
            flow: Flow::Interrupted,
            packets: 0,
            bytes: 0,
            before: (0, 0),
        }
    }

    /// Goes on in another form: the same source, and no gap.
    pub fn configure(&mut self, formats: Formats) {
        if formats.codec != self.formats.codec {
            self.encoder = formats.codec.encoder();
        }
        if formats.packet != self.formats.packet {
            self.pending.clear();
        }
        self.formats = formats;
    }

    /// Who we are.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// RFC 3550 8.2: another one has our SSRC. Gives the former.
    pub fn change_ssrc(&mut self, rng: &mut StdRng) -> u32 {
        self.before = self.sent();
        std::mem::replace(&mut self.ssrc, rng.random())
    }

    /// The timestamp of the next sample.
    pub fn timestamp(&self) -> u32 {
        self.timestamp.wrapping_add(self.clock(self.pending.len()))
    }

    /// Packets and bytes of payload sent.
    pub fn sent(&self) -> (u64, u64) {
        (self.packets, self.bytes)
    }

    /// What a sender report tells of it (RFC 3550 6.4.1): only of the present SSRC, and modulo
    /// 2^32.
    pub fn reported(&self) -> (u32, u32) {
        let (packets, bytes) = self.before;
        ((self.packets - packets) as u32, (self.bytes - bytes) as u32)
    }

    /// Digits to send.
    ///
    /// # Errors
    ///
    /// As [`Sender::queue`], and [`DtmfError::NotNegotiated`].
    pub fn send_dtmf(&mut self, digits: &str, duration: Duration) -> Result<(), DtmfError> {
        if self.formats.telephone_event.is_none() {
            return Err(DtmfError::NotNegotiated);
        }
        self.digits.queue(digits, duration)
    }

    /// Whether all digits are sent.
    pub fn dtmf_is_idle(&self) -> bool {
        self.digits.is_idle()
    }

    /// Takes the next frame of PCM; its packet goes out when it is full. Time passes also for what
    /// goes nowhere.
    pub fn push(&mut self, frame: &[i16], sending: Sending, outbox: &mut Outbox) {
        let mut rest = frame;
        while self.pending.len() + rest.len() >= self.formats.packet {
            let needed = self.formats.packet - self.pending.len();
            let (now, later) = rest.split_at(needed);
            if self.pending.is_empty() {
                self.packet(now, sending, outbox);
            } else {
                self.pending.extend_from_slice(now);
                let mut whole = std::mem::take(&mut self.pending);
                self.packet(&whole, sending, outbox);
                whole.clear();
                self.pending = whole;
            }
            rest = later;
        }
        self.pending.extend_from_slice(rest);
    }

    /// Time that passed without frames.
    pub fn skip(&mut self, time: Duration) {
        let rate = u128::from(self.formats.codec.clock_rate());
        let ticks = time.as_micros() * rate / 1_000_000;
        self.timestamp = self.timestamp.wrapping_add(ticks as u32);
        self.flow = Flow::Interrupted;
    }

    fn packet(&mut self, pcm: &[i16], sending: Sending, outbox: &mut Outbox) {
        let duration = self.clock(pcm.len());
        match sending {
            Sending::To(destination) => self.transmit(pcm, duration, destination, outbox),
            Sending::Nowhere => self.flow = Flow::Interrupted,
        }
        self.timestamp = self.timestamp.wrapping_add(duration);
    }

    fn transmit(
        &mut self,
        pcm: &[i16],
        duration: u32,
        destination: SocketAddr,
        outbox: &mut Outbox,
    ) {
        let formats = self.formats;
        let to_send = self.digits.next(self.timestamp, duration, formats.codec.clock_rate());
        let first = self.flow == Flow::Interrupted;
        let audio = Header {
            // RFC 3551 4.1: the first packet of a talk-spurt is marked.
            marker: first,
            payload_type: formats.payload_type,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
        };
        let encoder = &mut self.encoder;
        let mut length = 0;
        outbox.transmit(RtpKind::Rtp, destination, |datagram| {
            let start = datagram.len();
            match (to_send, formats.telephone_event) {
                (ToSend::Event { payload, timestamp, marker }, Some(payload_type)) => {
                    Header { marker, payload_type, timestamp, ..audio }.write(datagram);
                    datagram.extend(payload);
                }
                (ToSend::Audio, _) => {
                    audio.write(datagram);
                    encoder.encode(pcm, datagram);
                }
                (ToSend::Silence | ToSend::Event { .. }, _) => {
                    audio.write(datagram);
                    encoder.encode(silence(pcm.len()), datagram);
                }
            }
            length = datagram.len() - start - HEADER;
        });
        self.flow = Flow::Flowing;
        self.sequence = self.sequence.wrapping_add(1);
        self.packets += 1;
        self.bytes += length as u64;
    }

    /// Samples in units of the RTP clock.
    fn clock(&self, samples: usize) -> u32 {
        let codec = self.formats.codec;
        let ticks = samples as u64 * u64::from(codec.clock_rate());
        (ticks / u64::from(codec.sample_rate())) as u32
    }
}

/// The length of an RTP header without CSRCs.
const HEADER: usize = 12;

/// 60 ms at 48 kHz: the longest packet.
static SILENCE: [i16; 2880] = [0; 2880];

fn silence(samples: usize) -> &'static [i16] {
    SILENCE.get(..samples).unwrap_or(&SILENCE)
}
