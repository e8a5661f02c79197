//! The two ways this crate hashes: names chosen by a peer, and ids chosen by us.
//!
//! Whatever a peer can choose goes through [`Secret`], keyed from the seeded generator, so that no
//! stranger can aim at one bucket. Ids that we made ourselves need only be spread.

use std::fmt;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash, Hasher};

use rand::Rng;
use rand::rngs::StdRng;

/// The hasher of maps whose keys are ids of our own making.
pub(crate) type BuildIdHasher = BuildHasherDefault<IdHasher>;

/// Spreads words with one multiplication each. Not for keys that a peer chooses.
#[derive(Debug, Default)]
pub(crate) struct IdHasher(u64);

impl IdHasher {
    /// Any odd number whose bits look random: here 2^64 divided by the golden ratio.
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(26) ^ word).wrapping_mul(Self::MULTIPLIER);
    }
}

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.mix(u64::from(byte));
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.mix(u64::from(number));
    }

    fn write_u32(&mut self, number: u32) {
        self.mix(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.mix(number);
    }

    fn write_u128(&mut self, number: u128) {
        self.mix(number as u64);
        self.mix((number >> 64) as u64);
    }

    fn write_usize(&mut self, number: usize) {
        self.mix(number as u64);
    }

    fn write_isize(&mut self, number: isize) {
        self.mix(number as u64);
    }

    fn finish(&self) -> u64 {
        // A map takes its bucket from the low bits, where a product is weakest.
        self.0 ^ (self.0 >> 32)
    }
}

/// A secret that makes the hashes of peer-chosen keys unpredictable. It is drawn once, and only its
/// hashes are ever seen.
#[derive(Clone, Copy)]
pub(crate) struct Secret([u64; 4]);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// Draws the secret.
    pub(crate) fn new(rng: &mut StdRng) -> Self {
        Self([rng.next_u64(), rng.next_u64(), rng.next_u64(), rng.next_u64()])
    }

    /// 128 bits that stand for `key`: two equal ones mean the same key, for without the secret no
    /// one can look for a pair that collides.
    pub(crate) fn fingerprint(&self, key: &impl Hash) -> u128 {
        let [low_a, low_b, high_a, high_b] = self.0;
        let half = |a, b| {
            let mut hasher = keyed(a, b);
            key.hash(&mut hasher);
            hasher.finish()
        };
        u128::from(half(low_a, low_b)) | (u128::from(half(high_a, high_b)) << 64)
    }
}

impl BuildHasher for Secret {
    type Hasher = DefaultHasher;

    fn build_hasher(&self) -> DefaultHasher {
        let [a, b, ..] = self.0;
        keyed(a, b)
    }
}

/// SipHash whose first 128 bits of input are secret.
fn keyed(a: u64, b: u64) -> DefaultHasher {
    let mut hasher = DefaultHasher::new();
    hasher.write_u64(a);
    hasher.write_u64(b);
    hasher
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rand::SeedableRng;

    use super::*;

    #[test]
    fn ids_in_a_row_fall_into_different_buckets() {
        let low = |id: u64| {
            let mut hasher = IdHasher::default();
            (id, 3_isize).hash(&mut hasher);
            hasher.finish() & 0xffff
        };
        let buckets: HashSet<u64> = (0..10_000).map(low).collect();
        assert!(buckets.len() > 8_000, "{} buckets", buckets.len());
    }

    #[test]
    fn fingerprints_tell_keys_and_secrets_apart() {
        let one = Secret::new(&mut StdRng::seed_from_u64(1));
        let other = Secret::new(&mut StdRng::seed_from_u64(2));
        let key = (b"branch".as_slice(), b"host".as_slice());
        assert_eq!(one.fingerprint(&key), one.fingerprint(&key));
        assert_ne!(one.fingerprint(&key), other.fingerprint(&key));
        let moved = (b"branchh".as_slice(), b"ost".as_slice());
        assert_ne!(one.fingerprint(&key), one.fingerprint(&moved));
    }
}
