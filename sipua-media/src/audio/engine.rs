//! The engine's half of a port: one frame a tick, at the stream's rate.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rtrb::{Consumer, Producer};

use super::UnsupportedRate;
use super::shared::Shared;
use super::writer::Mark;
use crate::dsp::Resampler;

/// Samples resampled at a time. At 48 kHz against 8 kHz they come to six times as many.
const BLOCK: usize = 80;
/// Room for a block at the higher rate, a filter's fractional step included.
const SCRATCH: usize = 6 * BLOCK + 8;

/// What the engine holds of a port. Neither waits, locks nor, once its rate is set, allocates.
#[derive(Debug)]
pub struct EnginePort {
    rate: u32,
    stream_rate: u32,
    received: Producer<i16>,
    written: Consumer<i16>,
    /// The position of the first sample still in the ring.
    position: u64,
    marks: Consumer<Mark>,
    played_marks: VecDeque<u64>,
    /// The position of the last mark reached.
    last_mark: Option<u64>,
    /// Whether the last sample asked for was there.
    playing: bool,
    /// Between unequal rates.
    converters: Option<Box<Converters>>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Converters {
    to_port: Resampler,
    to_stream: Resampler,
    /// Silent samples the filter needs until it is silent itself.
    tail: usize,
    scratch: [i16; SCRATCH],
}

impl EnginePort {
    pub(super) fn new(
        rate: u32,
        received: Producer<i16>,
        written: Consumer<i16>,
        marks: Consumer<Mark>,
        shared: Arc<Shared>,
    ) -> Self {
        let played_marks = VecDeque::with_capacity(marks.buffer().capacity());
        Self {
            rate,
            stream_rate: rate,
            received,
            written,
            position: 0,
            marks,
            played_marks,
            last_mark: None,
            playing: false,
            converters: None,
            shared,
        }
    }

    /// Sets the rate of what is pushed and pulled from now on; at first it is the port's.
    ///
    /// # Errors
    /// When there is no conversion between the two rates; the old one stays.
    pub fn set_stream_rate(&mut self, stream_rate: u32) -> Result<(), UnsupportedRate> {
        if stream_rate == self.stream_rate {
            return Ok(());
        }
        self.converters = if stream_rate == self.rate {
            None
        } else {
            Some(Converters::new(self.rate, stream_rate)?)
        };
        self.stream_rate = stream_rate;
        Ok(())
    }

    /// The rate of what is pushed and pulled.
    pub fn stream_rate(&self) -> u32 {
        self.stream_rate
    }

    /// The application's rate.
    pub fn port_rate(&self) -> u32 {
        self.rate
    }

    /// Gives the application what the peer said. What finds no room is dropped and counted.
    pub fn push_received(&mut self, samples: &[i16]) {
        let lost = match &mut self.converters {
            None => push(&mut self.received, samples),
            Some(converters) => {
                let Converters { to_port, scratch, .. } = converters.as_mut();
                let mut lost = 0;
                for block in samples.chunks(BLOCK) {
                    let made = to_port.process(block, scratch).produced;
                    lost += push(&mut self.received, scratch.get(..made).unwrap_or_default());
                }
                lost
            }
        };
        if lost > 0 {
            self.shared.overruns.fetch_add(lost as u64, Ordering::Relaxed);
        }
        self.shared.can_read(self.received.buffer().capacity() - self.received.slots());
    }

    /// Fills `frame` with what the application wrote and silence after it, and says how many samples
    /// come from the application: 0 when it has nothing to say.
    pub fn pull(&mut self, frame: &mut [i16]) -> usize {
        let audio = match self.converters.take() {
            None => self.play(frame),
            Some(mut converters) => {
                let audio = self.play_converted(&mut converters, frame);
                self.converters = Some(converters);
                audio
            }
        };
        frame.get_mut(audio..).unwrap_or_default().fill(0);
        self.shared.can_write(self.written.buffer().capacity() - self.written.slots());
        audio
    }

    /// The id of the next mark whose audio has been pulled to the last sample; to be asked after each
    /// [`pull`](Self::pull) until there is none.
    pub fn next_played_mark(&mut self) -> Option<u64> {
        self.settle_marks(self.position..self.position);
        self.played_marks.pop_front()
    }

    /// How many received samples were dropped, because the application did not read them in time.
    pub fn overruns(&self) -> u64 {
        self.shared.overruns.load(Ordering::Relaxed)
    }

    /// How often the written audio ran out while it was being played.
    pub fn underruns(&self) -> u64 {
        self.shared.underruns.load(Ordering::Relaxed)
    }

    /// Whether the application has dropped both parts of its half.
    pub fn is_abandoned(&self) -> bool {
        self.received.is_abandoned() && self.written.is_abandoned()
    }

    fn play_converted(&mut self, converters: &mut Converters, frame: &mut [i16]) -> usize {
        let mut done = 0;
        for block in frame.chunks_mut(BLOCK) {
            let Converters { to_stream, tail, scratch, .. } = &mut *converters;
            let input = scratch.get_mut(..to_stream.input_for(block.len())).unwrap_or_default();
            let audio = self.play(input);
            if audio > 0 {
                *tail = to_stream.memory();
            } else if *tail == 0 {
                break;
            }
            let silence = input.get_mut(audio..).unwrap_or_default();
            silence.fill(0);
            *tail = tail.saturating_sub(silence.len());
            done += to_stream.process(input, block).produced;
        }
        done
    }

    /// Takes up to `samples.len()` of the samples written, and sees to marks and underruns.
    fn play(&mut self, samples: &mut [i16]) -> usize {
        let (cleared, count) = self.claim(samples.len());
        let waiting = usize::try_from(cleared.end - cleared.start).unwrap_or(usize::MAX);
        if let Ok(chunk) = self.written.read_chunk(waiting) {
            chunk.commit_all();
        }
        let audio = samples.get_mut(..count).unwrap_or_default();
        let count = self.written.pop_partial_slice(audio).0.len();
        self.position = cleared.end + count as u64;
        let meant = !cleared.is_empty() && count == 0;
        self.settle_marks(cleared);
        self.note_flow(count, samples.len(), meant);
        count
    }

    /// Makes up to `wanted` of the samples written ours; says which before them were cleared.
    fn claim(&self, wanted: usize) -> (Range<u64>, usize) {
        let mut next = self.shared.next.load(Ordering::Acquire);
        loop {
            // Looked at after `next`: what was cleared had been written before.
            let end = self.position + self.written.slots() as u64;
            let count = end.saturating_sub(next).min(wanted as u64);
            let claimed = self.shared.next.compare_exchange_weak(
                next,
                next + count,
                Ordering::AcqRel,
                Ordering::Acquire,
            );
            match claimed {
                Ok(_) => return (self.position..next, usize::try_from(count).unwrap_or(wanted)),
                Err(moved) => next = moved,
            }
        }
    }

    /// Sorts the marks reached into those played and those that `cleared` samples take with them.
    fn settle_marks(&mut self, cleared: Range<u64>) {
        while self.played_marks.len() < self.played_marks.capacity() {
            let Ok(&Mark { id, position, due }) = self.marks.peek() else { return };
            if position > self.position {
                return;
            }
            if due || position <= cleared.start || position > cleared.end {
                self.played_marks.push_back(id);
                self.last_mark = Some(position);
            }
            // It was there a moment ago, and nobody else takes it.
            let _settled = self.marks.pop();
        }
    }

    /// Counts an underrun where audio that flowed stops, unless a mark or `clear` says that it should.
    fn note_flow(&mut self, count: usize, wanted: usize, cleared: bool) {
        let flowed = self.playing || count > 0;
        self.playing = count == wanted;
        let meant = cleared || self.last_mark == Some(self.position);
        if flowed && !self.playing && !meant {
            self.shared.underruns.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drop for EnginePort {
    fn drop(&mut self) {
        self.shared.close();
    }
}

impl Converters {
    fn new(port_rate: u32, stream_rate: u32) -> Result<Box<Self>, UnsupportedRate> {
        let to_port = Resampler::new(stream_rate, port_rate)?;
        let to_stream = Resampler::new(port_rate, stream_rate)?;
        Ok(Box::new(Self { to_port, to_stream, tail: 0, scratch: [0; SCRATCH] }))
    }
}

/// Pushes what fits and says how much does not.
fn push(ring: &mut Producer<i16>, samples: &[i16]) -> usize {
    ring.push_partial_slice(samples).1.len()
}
