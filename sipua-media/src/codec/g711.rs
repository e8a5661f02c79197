//! What both laws of ITU-T G.711 share: a byte a sample, tables each way, concealment.

use std::fmt;
use std::marker::PhantomData;

use super::{Concealer, Decoder, Encoder};

/// The rate of every G.711 stream, in Hz.
pub(super) const SAMPLE_RATE: u32 = 8000;

/// The longest payload taken: 160 ms. No sender makes longer ones than 60 ms, and a stream must not
/// be able to fill a second with one datagram.
const MAX_PAYLOAD: usize = 1280;

/// One companding law.
pub(super) trait Law: Send + fmt::Debug + 'static {
    /// 16-bit linear to a code word.
    fn compress(sample: i16) -> u8;
    /// A code word to 16-bit linear.
    fn expand(code: u8) -> i16;
}

/// A byte a sample, and a sample a tick of the RTP clock.
pub(super) fn duration(payload: &[u8]) -> Option<u32> {
    (1..=MAX_PAYLOAD).contains(&payload.len()).then_some(payload.len() as u32)
}

#[derive(Debug)]
pub(super) struct G711Encoder<L> {
    law: PhantomData<L>,
}

impl<L> G711Encoder<L> {
    pub(super) const fn new() -> Self {
        Self { law: PhantomData }
    }
}

impl<L: Law> Encoder for G711Encoder<L> {
    fn encode(&mut self, pcm: &[i16], payload: &mut Vec<u8>) {
        payload.extend(pcm.iter().map(|&sample| L::compress(sample)));
    }
}

#[derive(Debug)]
pub(super) struct G711Decoder<L> {
    concealer: Concealer,
    law: PhantomData<L>,
}

impl<L> G711Decoder<L> {
    pub(super) fn new() -> Self {
        Self { concealer: Concealer::new(SAMPLE_RATE), law: PhantomData }
    }
}

impl<L: Law> Decoder for G711Decoder<L> {
    fn decode(&mut self, payload: &[u8], pcm: &mut Vec<i16>) {
        let start = pcm.len();
        pcm.extend(payload.iter().take(MAX_PAYLOAD).map(|&code| L::expand(code)));
        self.concealer.received(pcm.get_mut(start..).unwrap_or_default());
    }

    fn conceal(&mut self, samples: usize, pcm: &mut Vec<i16>) {
        self.concealer.conceal(samples, pcm);
    }

    fn reset(&mut self) {
        self.concealer = Concealer::new(SAMPLE_RATE);
    }
}
