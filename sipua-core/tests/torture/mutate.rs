//! Small damages to messages: flips, cuts, copies, splices.

use bytes::Bytes;
use rand::{RngExt, rngs::StdRng};

/// Bytes that mean something to the parser, and some that should not.
const TELLING: &[u8] = b"\r\n\t \"<>;,:=@%[]?/\\\0\x7f\xff0";

/// One to four damages, one after another.
pub(crate) fn mutate(original: &[u8], corpus: &[Bytes], rng: &mut StdRng) -> Vec<u8> {
    let mut data = original.to_vec();
    for _ in 0..rng.random_range(1..=4) {
        damage(&mut data, corpus, rng);
    }
    data
}

fn damage(data: &mut Vec<u8>, corpus: &[Bytes], rng: &mut StdRng) {
    let range = piece(data.len(), rng);
    match rng.random_range(0..7) {
        0 => {
            if let Some(byte) = data.get_mut(range.start) {
                *byte ^= 1 << rng.random_range(0..8);
            }
        }
        1 => {
            if let Some(byte) = data.get_mut(range.start) {
                *byte = TELLING[rng.random_range(0..TELLING.len())];
            }
        }
        2 => data.insert(range.start, TELLING[rng.random_range(0..TELLING.len())]),
        3 => data.truncate(range.start),
        4 => {
            data.drain(range);
        }
        5 => {
            let copy = data[range.clone()].to_vec();
            let times = rng.random_range(1..=20);
            data.splice(range.start..range.start, copy.repeat(times));
        }
        _ => {
            let other = &corpus[rng.random_range(0..corpus.len())];
            let start = rng.random_range(0..other.len());
            data.truncate(range.start);
            data.extend_from_slice(&other[start..]);
        }
    }
}

fn piece(length: usize, rng: &mut StdRng) -> std::ops::Range<usize> {
    let start = rng.random_range(0..=length);
    let end = rng.random_range(start..=length.min(start + 80));
    start..end
}
