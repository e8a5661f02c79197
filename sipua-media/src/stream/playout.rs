//! The end of the receiving pipeline: from the jitter buffer to frames of PCM.

use std::time::Instant;

use crate::codec::{CodecId, Decoder};
use crate::jitter::{Demand, JitterBuffer, Pace, Playout, lengthen, shorten};
use crate::sdp::PayloadFormat;

/// Decodes what the jitter buffer says is due, conceals what is missing, and holds the rest of a
/// packet that is longer than a frame.
#[derive(Debug, Default)]
pub(super) struct Player {
    decoders: Vec<(CodecId, Box<dyn Decoder>)>,
    /// Which of them spoke last.
    current: usize,
    /// Decoded and not yet played.
    queue: Vec<i16>,
}

impl Player {
    /// Another stream begins.
    pub(super) fn reset(&mut self) {
        self.decoders.iter_mut().for_each(|(_, decoder)| decoder.reset());
        self.queue.clear();
    }

    /// Fills `frame` with what is to be heard at `now`.
    pub(super) fn pull(
        &mut self,
        jitter: &mut JitterBuffer,
        formats: &[PayloadFormat],
        now: Instant,
        frame: &mut [i16],
    ) {
        while self.queue.len() < frame.len() {
            let demand = Demand { queued: self.queue.len() as u32, frame: frame.len() as u32 };
            match jitter.pop(now, demand) {
                Playout::Frame(packet) => {
                    let codec = formats.iter().find(|one| one.payload_type == packet.payload_type);
                    let start = self.queue.len();
                    match codec {
                        Some(format) => {
                            self.current = self.find(format.codec);
                            self.decode(packet.payload);
                        }
                        // Renegotiated away while it waited.
                        None => self.conceal(packet.duration as usize),
                    }
                    self.change_pace(packet.pace, start);
                }
                Playout::Gap { duration } => self.conceal(duration as usize),
                // What was heard last fades away.
                Playout::Silence => self.conceal(frame.len() - self.queue.len()),
            }
        }
        let (now, later) = self.queue.split_at(frame.len());
        frame.copy_from_slice(now);
        let left = later.len();
        self.queue.copy_within(frame.len().., 0);
        self.queue.truncate(left);
    }

    fn decode(&mut self, payload: &[u8]) {
        if let Some((_, decoder)) = self.decoders.get_mut(self.current) {
            decoder.decode(payload, &mut self.queue);
        }
    }

    fn conceal(&mut self, samples: usize) {
        match self.decoders.get_mut(self.current) {
            Some((_, decoder)) => decoder.conceal(samples, &mut self.queue),
            None => self.queue.resize(self.queue.len() + samples, 0),
        }
    }

    fn change_pace(&mut self, pace: Pace, start: usize) {
        let rate = self.decoders.get(self.current).map_or(8000, |(codec, _)| codec.sample_rate());
        match pace {
            Pace::Keep => {}
            Pace::Shorten(most) => {
                shorten(&mut self.queue, start, most as usize, rate);
            }
            Pace::Lengthen => {
                lengthen(&mut self.queue, start, rate);
            }
        }
    }

    /// There are as many decoders as a peer uses codecs, which are the negotiated ones at most.
    fn find(&mut self, codec: CodecId) -> usize {
        let found = self.decoders.iter().position(|(id, _)| *id == codec);
        found.unwrap_or_else(|| {
            self.decoders.push((codec, codec.decoder()));
            self.decoders.len() - 1
        })
    }
}
