//! Descriptions nobody would write, alone and as a conversation.

use std::sync::Arc;

use crate::sdp::{Capabilities, LocalAddress, Negotiator, check_offer, parse};

/// Reads a description; what can be read must read the same once written.
pub fn sdp(data: &[u8]) {
    let Ok(description) = parse(data) else { return };
    for media in description.media() {
        for number in media.payload_types() {
            assert!(number <= 127);
            assert!(media.rtpmap(number).is_none_or(|map| map.clock_rate > 0 && map.channels > 0));
            // In characters: a byte of Latin-1 takes two in a string.
            let characters = media.fmtp(number).map_or(0, |parameters| parameters.chars().count());
            assert!(characters < data.len());
        }
        assert!(media.ptime().is_none_or(|ptime| (1..=1_000).contains(&ptime)));
        assert_eq!(media.address().is_some(), media.rtcp_address().is_some());
    }
    let mut written = Vec::new();
    description.write(&mut written);
    assert_eq!(parse(&written).ok(), Some(description));
}

/// Talks to a negotiator: the data is cut at bytes of 0xFF, and the byte after each says what the
/// piece behind it is.
pub fn negotiate(data: &[u8]) {
    let capabilities = Arc::new(Capabilities::default());
    let local = LocalAddress { ip: [192, 0, 2, 1].into(), rtp_port: 4000, rtcp_port: 4001 };
    let mut call = Negotiator::new(Arc::clone(&capabilities), 1, local);
    let mut said = Vec::new();
    for piece in data.split(|byte| *byte == 0xFF).take(64) {
        let Some((kind, piece)) = piece.split_first() else { continue };
        match kind % 6 {
            0 => said = call.offer().to_vec(),
            1 => {
                let answerable = check_offer(&capabilities, piece).is_ok();
                let pending = call.offer_pending();
                let answer = call.answer(piece);
                assert_eq!(answer.is_ok(), answerable && !pending);
                said = answer.map_or(said, |answer| answer.to_vec());
            }
            2 => {
                let _usable_or_not = call.accept_answer(piece);
            }
            3 => call.rollback(),
            4 => call.abandon(),
            _ => call.set_hold(!call.local_hold()),
        }
        check(&call, &said);
    }
}

/// Whatever happened, the rest of the engine relies on this.
fn check(call: &Negotiator, said: &[u8]) {
    assert!(said.is_empty() || parse(said).is_ok());
    let Some(stream) = call.stream() else { return };
    assert_eq!(
        stream.codec_for(stream.receive.first().map_or(0, |f| f.payload_type)),
        Some(stream.codec)
    );
    assert!(matches!(stream.ptime_ms, 10 | 20 | 30 | 40 | 50 | 60));
    assert!(stream.payload_type_send <= 127 && stream.remote_rtp.port() != 0);
    assert!(!(stream.remote_rtp.ip().is_unspecified() && stream.direction.sends()));
}
