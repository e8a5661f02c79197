//! Whose packets are played: strangers, NATs, new sources, echoes of our own.
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test")]

mod support;

use std::time::Duration;

use sipua_media::rtp::{Header, Packet};
use sipua_media::session::{Event, RtpKind};
use support::{FRAME, Network, Pair, address, settings};

fn packet(payload_type: u8, sequence: u16, ssrc: u32, value: u8) -> Vec<u8> {
    let timestamp = u32::from(sequence) * 160;
    let header = Header { marker: false, payload_type, sequence, timestamp, ssrc };
    let mut bytes = Vec::new();
    header.write(&mut bytes);
    bytes.extend([value; 160]);
    bytes
}

/// µ-law for about 8000, of which nothing that is said here comes near.
const LOUD: u8 = 0x8f;

fn loud(samples: &[i16]) -> usize {
    samples.iter().filter(|sample| sample.unsigned_abs() > 5000).count()
}

#[test]
fn a_stranger_is_not_heard_and_does_not_redirect_us() {
    let mut pair = Pair::new(1, Network::default());
    pair.run(Duration::from_secs(1));
    let sent_away = pair.ends[1].lost;
    for n in 0..100 {
        let forged = packet(0, n, 0xbad, LOUD);
        pair.inject(1, RtpKind::Rtp, address(7, 9000), &forged);
        pair.run(FRAME);
    }
    assert_eq!(loud(&pair.ends[1].heard), 0);
    assert_eq!(pair.ends[1].lost, sent_away, "nothing went to the stranger");
    let statistics = pair.ends[1].session.statistics(pair.now).received;
    assert_eq!((statistics.strangers, statistics.rejected), (100, 100));
    assert_eq!(statistics.lost, 0);
}

#[test]
fn a_peer_behind_a_nat_is_answered_where_it_is() {
    let mut pair = Pair::idle(2, Network::default());
    let mut wrong = settings(0);
    wrong.remote_rtp = address(5, 1234);
    pair.ends[0].session.configure(&settings(1), pair.now);
    pair.ends[1].session.configure(&wrong, pair.now);
    pair.ends[1].to_say = vec![6000; 8000];
    pair.run(Duration::from_secs(2));
    let source = pair.ends[0].rtp;
    assert_eq!(pair.count(1, |event| *event == Event::Started { source }), 1);
    assert!(loud(&pair.ends[0].heard) > 7000);
}

#[test]
fn another_ssrc_from_the_peer_takes_over_and_nothing_counts_as_lost() {
    let mut pair = Pair::idle(3, Network::default());
    pair.ends[1].session.configure(&settings(0), pair.now);
    let source = pair.ends[0].rtp;
    for n in 0..50 {
        pair.inject(1, RtpKind::Rtp, source, &packet(0, n, 1, 0xff));
        pair.run(FRAME);
    }
    for n in 0..50 {
        pair.inject(1, RtpKind::Rtp, source, &packet(8, 40_000 + n, 2, 0x0f));
        pair.run(FRAME);
    }
    let statistics = pair.ends[1].session.statistics(pair.now).received;
    assert_eq!((statistics.lost, statistics.strangers), (0, 0));
    assert_eq!(statistics.rejected, 1, "the first of the new source only announces it");
    assert!(loud(&pair.ends[1].heard) > 40 * 160, "{}", loud(&pair.ends[1].heard));
}

#[test]
fn jumps_of_sequence_and_timestamp_are_survived() {
    let mut pair = Pair::idle(4, Network::default());
    pair.ends[1].session.configure(&settings(0), pair.now);
    let source = pair.ends[0].rtp;
    let mut sequence = 60_000u16;
    for jump in [0, 20_000, 3000, 40_000, 65_000, 500] {
        sequence = sequence.wrapping_add(jump);
        let heard = loud(&pair.ends[1].heard);
        for _ in 0..100 {
            sequence = sequence.wrapping_add(1);
            pair.inject(1, RtpKind::Rtp, source, &packet(0, sequence, 1, LOUD));
            pair.run(FRAME);
        }
        let new = loud(&pair.ends[1].heard) - heard;
        assert!(new > 80 * 160, "{} ms of 2000 after a jump by {jump}", new / 8);
    }
}

#[test]
fn an_ssrc_that_collides_with_ours_makes_us_take_another_and_is_heard() {
    let mut pair = Pair::new(5, Network::default());
    let own = own_ssrc(&mut pair);
    let source = pair.ends[0].rtp;
    // What an echo does: our own packets come back. (RFC 3550 8.2)
    pair.ends[1].session.configure(&settings(0), pair.now);
    for n in 0..50 {
        pair.inject(1, RtpKind::Rtp, source, &packet(0, 1000 + n, own, LOUD));
        pair.now += FRAME;
        let mut outbox = sipua_media::session::Outbox::new();
        pair.ends[1].session.handle_timeout(pair.now, &mut outbox);
        for transmit in outbox.transmits().filter(|one| one.kind == RtpKind::Rtp) {
            let ssrc = Packet::parse(transmit.data).unwrap().header.ssrc;
            assert!(n < 2 || ssrc != own, "packet {n}");
        }
    }
    let statistics = pair.ends[1].session.statistics(pair.now).received;
    assert!(statistics.packets >= 49, "{statistics:?}");
}

fn own_ssrc(pair: &mut Pair) -> u32 {
    let mut outbox = sipua_media::session::Outbox::new();
    pair.ends[1].session.handle_timeout(pair.now, &mut outbox);
    let first = outbox.transmits().find(|one| one.kind == RtpKind::Rtp && !one.data.is_empty());
    Packet::parse(first.unwrap().data).unwrap().header.ssrc
}
