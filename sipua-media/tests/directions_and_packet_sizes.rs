//! Hold, mute, packet times, codec changes, timeouts: what a renegotiation does to a running call.
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test")]

mod support;

use std::time::Duration;

use sipua_media::codec::CodecId;
use sipua_media::player::{Player, Source};
use sipua_media::rtp::Packet;
use sipua_media::sdp::Direction;
use sipua_media::session::{Event, Outbox, RtpKind};
use support::{FRAME, Network, Pair, correlation_by_blocks, settings, speech};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn any_packet_time_is_sent_and_played() {
    for (here, there) in [(10, 60), (20, 30), (40, 50), (60, 10)] {
        let mut pair = Pair::idle(1, Network::default());
        for (end, ptime) in [(0, here), (1, there)] {
            let mut agreed = settings(1 - end);
            agreed.ptime_ms = ptime;
            pair.ends[end].session.configure(&agreed, pair.now);
        }
        let said = speech(10, 1);
        pair.ends[0].to_say.clone_from(&said);
        pair.run(12 * SECOND);
        // From the third second on, when the delay has come down, it stays as it is.
        let (said, heard) = (&said[24_000..], &pair.ends[1].heard[24_000..]);
        let likeness = correlation_by_blocks(said, heard, 2000);
        assert!(likeness > 0.99, "{here} ms to {there} ms: {likeness:.4}");
        for (end, ptime) in [(0, u64::from(here)), (1, u64::from(there))] {
            let sent = pair.ends[end].session.statistics(pair.now).sent;
            assert_eq!(sent.bytes / sent.packets, ptime * 8);
            assert!((12_000 / ptime).abs_diff(sent.packets) <= 2, "{sent:?} of {ptime} ms");
        }
        assert_eq!(pair.ends[1].session.statistics(pair.now).received.concealed, Duration::ZERO);
    }
}

#[test]
fn a_codec_change_in_mid_call_is_followed_and_the_statistics_go_on() {
    let mut pair = Pair::new(2, Network::default());
    let said = speech(10, 2);
    pair.ends[0].to_say.clone_from(&said);
    pair.run(5 * SECOND);
    let before = pair.ends[1].session.statistics(pair.now);
    for end in 0..2 {
        let mut agreed = settings(1 - end);
        (agreed.codec, agreed.payload_type_send) = (CodecId::Pcma, 8);
        pair.ends[end].session.configure(&agreed, pair.now);
    }
    pair.run(6 * SECOND);
    let after = pair.ends[1].session.statistics(pair.now);
    assert_eq!(after.received.packets - before.received.packets, 300);
    assert_eq!((after.received.lost, after.received.concealed), (0, Duration::ZERO));
    assert!(correlation_by_blocks(&said, &pair.ends[1].heard, 2000) > 0.98);
}

#[test]
fn held_we_send_nothing_but_an_opening_and_reports_and_what_was_to_be_said_waits() {
    let mut pair = Pair::new(3, Network::default());
    pair.run(SECOND);
    let mut held = settings(1);
    held.direction = Direction::RecvOnly;
    pair.ends[0].session.configure(&held, pair.now);
    let before = pair.ends[0].session.statistics(pair.now).sent.packets;
    pair.ends[0].to_say = vec![9000; 8000];
    pair.ends[0].session.play(tone(), 5);
    pair.run(20 * SECOND);
    assert_eq!(pair.ends[0].session.statistics(pair.now).sent.packets, before);
    assert!(loud(&pair.ends[1].heard) == 0);
    // The other side, which may send, is still heard, and its packets still open our NAT's way.
    assert!(pair.ends[0].session.statistics(pair.now).received.packets > 1000);
    pair.ends[0].session.configure(&settings(1), pair.now);
    pair.run(3 * SECOND);
    assert!(loud(&pair.ends[1].heard) > 7500);
    let finished = |event: &Event| *event == Event::PlaybackFinished { id: 5 };
    assert_eq!(pair.count(0, finished), 1);
}

fn tone() -> Player {
    let samples = vec![1000; 4000].into();
    Player::new(Source::Samples { samples, rate: 8000, repeat: false }, 8000).unwrap()
}

fn loud(samples: &[i16]) -> usize {
    samples.iter().filter(|sample| sample.unsigned_abs() > 5000).count()
}

#[test]
fn the_old_hold_by_an_unspecified_address_sends_nothing_at_all() {
    let mut pair = Pair::new(4, Network::default());
    pair.run(SECOND);
    let mut held = settings(1);
    held.direction = Direction::RecvOnly;
    held.remote_rtp.set_ip([0, 0, 0, 0].into());
    held.remote_rtcp.set_ip([0, 0, 0, 0].into());
    pair.ends[0].session.configure(&held, pair.now);
    let before = pair.ends[0].sent;
    pair.run(60 * SECOND);
    assert_eq!(pair.ends[0].sent, before);
}

#[test]
fn mute_sends_silence_and_reads_on() {
    let mut pair = Pair::new(5, Network::default());
    pair.ends[0].session.set_muted(true);
    pair.ends[0].to_say = vec![9000; 8000];
    pair.run(2 * SECOND);
    let statistics = pair.ends[0].session.statistics(pair.now);
    assert_eq!(statistics.sent.packets, 101);
    assert_eq!(loud(&pair.ends[1].heard), 0);
    assert!(pair.ends[0].to_say.is_empty() && pair.ends[0].audio.buffered() == 0);
}

#[test]
fn marks_come_when_they_are_played_and_an_underrun_once() {
    let mut pair = Pair::new(6, Network::default());
    assert_eq!(pair.ends[0].audio.write(&[500; 4000]), 4000);
    assert!(pair.ends[0].audio.mark(77));
    pair.run(2 * SECOND);
    let marked = pair.ends[0].events.iter().find(|(_, event)| *event == Event::Mark { id: 77 });
    assert_eq!(marked.map(|(at, _)| at.as_millis()), Some(480));
    let underrun = |event: &Event| *event == Event::Underrun;
    assert_eq!(pair.count(0, underrun), 0, "the mark says that this was all");
    assert_eq!(pair.ends[0].audio.write(&[500; 4000]), 4000);
    pair.run(2 * SECOND);
    assert_eq!(pair.count(0, underrun), 1);
}

#[test]
fn a_peer_that_falls_silent_is_noticed_once_and_again() {
    let mut pair = Pair::new(7, Network::default());
    pair.run(5 * SECOND);
    pair.network.loss = 1.0;
    pair.run(80 * SECOND);
    assert_eq!(pair.count(1, |event| *event == Event::Timeout), 1);
    pair.network.loss = 0.0;
    pair.run(SECOND);
    assert_eq!(pair.count(1, |event| matches!(event, Event::Started { .. })), 2);
    // The receive clock did not wait for the peer: 86 s of PCM were read.
    assert!(pair.ends[1].heard.len() >= 85 * 8000);
}

#[test]
fn what_is_received_does_not_depend_on_what_is_sent() {
    let mut pair = Pair::idle(8, Network::default());
    pair.ends[0].session.configure(&settings(1), pair.now);
    let mut receive_only = settings(0);
    receive_only.direction = Direction::RecvOnly;
    pair.ends[1].session.configure(&receive_only, pair.now);
    pair.ends[0].to_say = vec![9000; 8000];
    pair.run(2 * SECOND);
    assert!(loud(&pair.ends[1].heard) > 7500);
    assert_eq!(pair.ends[1].session.statistics(pair.now).sent.packets, 0);
}

#[test]
fn a_thread_that_was_late_catches_up_a_little_and_skips_the_rest() {
    let mut pair = Pair::new(9, Network::default());
    pair.run(SECOND);
    let mut late = |by: Duration| {
        let mut outbox = Outbox::new();
        pair.now += by;
        pair.ends[0].session.handle_timeout(pair.now, &mut outbox);
        assert_eq!(pair.ends[0].session.poll_timeout(), Some(pair.now + FRAME));
        let rtp = outbox.transmits().filter(|one| one.kind == RtpKind::Rtp);
        rtp.map(|one| Packet::parse(one.data).unwrap().header).collect::<Vec<_>>()
    };
    let caught_up = late(Duration::from_millis(100));
    assert_eq!(caught_up.len(), 5);
    let skipped = late(30 * SECOND);
    assert_eq!(skipped.len(), 1);
    // The sampling clock went on, and the receiver is told of the break.
    let advance = skipped[0].timestamp.wrapping_sub(caught_up[4].timestamp);
    assert_eq!((advance, skipped[0].marker), (30 * 8000, true));
    assert_eq!(skipped[0].sequence, caught_up[4].sequence.wrapping_add(1));
}

#[test]
fn a_hold_is_no_silence_to_complain_of() {
    let mut pair = Pair::new(11, Network::default());
    pair.run(SECOND);
    for direction in [Direction::Inactive, Direction::SendRecv] {
        for end in 0..2 {
            let mut agreed = settings(1 - end);
            agreed.direction = direction;
            pair.ends[end].session.configure(&agreed, pair.now);
        }
        pair.run(100 * SECOND);
    }
    assert_eq!(pair.count(0, |event| *event == Event::Timeout), 0);
}

#[test]
fn nothing_happens_before_an_agreement_or_after_the_end() {
    let mut pair = Pair::idle(10, Network::default());
    assert_eq!(pair.ends[0].session.poll_timeout(), None);
    let source = pair.ends[1].rtp;
    pair.inject(0, RtpKind::Rtp, source, &[0x80; 172]);
    pair.ends[0].session.configure(&settings(1), pair.now);
    pair.run(SECOND);
    pair.close(0);
    pair.ends[0].session.configure(&settings(1), pair.now);
    pair.inject(0, RtpKind::Rtp, source, &[0x80; 172]);
    assert_eq!(pair.ends[0].session.poll_timeout(), None);
}
