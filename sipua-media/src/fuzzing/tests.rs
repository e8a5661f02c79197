//! The fuzz bodies on random bytes: a smoke test that every build runs.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::{jitter, negotiate, rtcp, rtp, sdp, session, wav};

#[test]
fn every_body_survives_random_bytes() {
    for seed in 0..300 {
        let mut rng = StdRng::seed_from_u64(seed);
        let length = rng.random_range(0..2000);
        let mut bytes: Vec<u8> = (0..length).map(|_| rng.random()).collect();
        for body in [jitter, negotiate, rtcp, rtp, sdp, session, wav] {
            body(&bytes);
        }
        // RTP and RTCP from their second byte on.
        if let Some(first) = bytes.first_mut() {
            *first = 0x80 | *first & 0x3f;
        }
        rtp(&bytes);
        if let Some(second) = bytes.get_mut(1) {
            *second = 200 + seed as u8 % 4;
        }
        rtcp(&bytes);
    }
}
