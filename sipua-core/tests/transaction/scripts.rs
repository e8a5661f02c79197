//! The fuzz target's body, run on scripts of chance.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use sipua_core::fuzzing;

#[test]
fn random_scripts_break_no_promise() {
    let mut rng = StdRng::seed_from_u64(42);
    let mut script = [0; 600];
    for _ in 0..2_000 {
        rng.fill_bytes(&mut script);
        fuzzing::transactions(&script);
    }
}

#[test]
fn scripts_of_any_length_end() {
    let mut rng = StdRng::seed_from_u64(43);
    for length in 0..200 {
        let mut script = vec![0; length];
        rng.fill_bytes(&mut script);
        fuzzing::transactions(&script);
    }
}
