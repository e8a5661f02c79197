//! The peer's clock is faster or slower than ours: the delay neither grows nor runs dry.
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test")]

mod support;

use std::time::Duration;

use sipua_media::codec::CodecId;
use sipua_media::rtp::Header;
use sipua_media::session::RtpKind;
use support::{FRAME, Network, Pair, address, settings, speech};

/// Half an hour of a peer whose packets come every 20 ms by a clock that is off by `ppm`; the
/// longest buffer seen after the first minute, and what was concealed.
fn half_an_hour(ppm: i32) -> (Duration, Duration) {
    let mut pair = Pair::idle(1, Network::default());
    pair.ends[1].session.configure(&settings(0), pair.now);
    let (said, mut encoder) = (speech(30, 1), CodecId::Pcmu.encoder());
    let begin = pair.now;
    let mut longest = Duration::ZERO;
    for n in 0..90_000u32 {
        let due = (FRAME * n).mul_f64(1.0 - f64::from(ppm) * 1e-6);
        let wait = (begin + due).saturating_duration_since(pair.now);
        pair.run(wait);
        let header = Header {
            marker: false,
            payload_type: 0,
            sequence: n as u16,
            timestamp: n.wrapping_mul(160),
            ssrc: 1,
        };
        let mut packet = Vec::new();
        header.write(&mut packet);
        let at = n as usize % 1500 * 160;
        encoder.encode(&said[at..at + 160], &mut packet);
        pair.inject(1, RtpKind::Rtp, address(0, 4000), &packet);
        pair.ends[1].heard.clear();
        if n > 3000 {
            longest = longest.max(pair.ends[1].session.statistics(pair.now).received.buffered);
        }
    }
    let received = pair.ends[1].session.statistics(pair.now).received;
    assert_eq!((received.lost, received.discarded), (0, 0), "{ppm} ppm");
    (longest, received.concealed)
}

#[test]
fn two_hundred_parts_in_a_million_either_way() {
    for ppm in [200, -200] {
        let (longest, concealed) = half_an_hour(ppm);
        assert!(longest <= Duration::from_millis(60), "{ppm} ppm: {longest:?} buffered");
        // 360 ms went by between the clocks; they were made up by stretching, hardly by gaps.
        assert!(concealed <= Duration::from_millis(100), "{ppm} ppm: {concealed:?} concealed");
    }
}
