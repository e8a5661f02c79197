//! Whose packets are played: strangers, NATs, new sources, echoes of our own.
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test")]

mod support;

use std::time::Duration;

use sipua_media::rtcp::{self, Compound};
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
fn comfort_noise_keeps_the_stream_alive_and_nothing_counts_as_lost() {
    let mut pair = Pair::idle(6, Network::default());
    pair.ends[1].session.configure(&settings(0), pair.now);
    let source = pair.ends[0].rtp;
    // RFC 3389: payload type 13, which we did not offer. It begins nothing.
    pair.inject(1, RtpKind::Rtp, source, &packet(13, 0, 1, 0x40));
    assert_eq!(pair.count(1, |event| matches!(event, Event::Started { .. })), 0);
    for n in 1..3000u16 {
        let payload_type = if n % 100 < 50 && n < 1000 { 0 } else { 13 };
        pair.inject(1, RtpKind::Rtp, source, &packet(payload_type, n, 1, 0xff));
        pair.run(FRAME);
    }
    assert_eq!(pair.count(1, |event| *event == Event::Timeout), 0);
    let statistics = pair.ends[1].session.statistics(pair.now).received;
    let noise = 2999 - 499;
    assert_eq!((statistics.packets, statistics.rejected), (2999, 1 + noise));
    assert_eq!((statistics.lost, statistics.reordered), (0, 0));
    assert_eq!((statistics.discarded, statistics.concealed), (0, Duration::ZERO));
}

#[test]
fn a_digit_that_sounds_when_the_source_changes_is_told() {
    let mut pair = Pair::idle(7, Network::default());
    pair.ends[1].session.configure(&settings(0), pair.now);
    let source = pair.ends[0].rtp;
    let mut event = packet(101, 0, 1, 0);
    event.truncate(12);
    event.extend([5, 10, 800u16.to_be_bytes()[0], 800u16.to_be_bytes()[1]]);
    pair.inject(1, RtpKind::Rtp, source, &event);
    for n in 0..2 {
        pair.inject(1, RtpKind::Rtp, source, &packet(0, 100 + n, 2, 0xff));
    }
    assert_eq!(pair.dtmf(1), [('5', 100)]);
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

/// RFC 3550 6.4.1: the counts of a sender report begin anew with the SSRC.
#[test]
fn a_new_ssrc_of_ours_does_not_report_what_the_old_one_sent() {
    let mut pair = Pair::new(8, Network::default());
    pair.run(Duration::from_secs(10));
    pair.now += FRAME;
    let own = own_ssrc(&mut pair);
    let source = pair.ends[0].rtp;
    for n in 0..2 {
        pair.inject(1, RtpKind::Rtp, source, &packet(0, 1000 + n, own, 0xff));
    }
    pair.run(Duration::from_secs(1));
    let sent = pair.ends[1].session.statistics(pair.now).sent.packets;
    assert!(sent > 550, "the statistics are of the whole call: {sent}");
    let mut outbox = sipua_media::session::Outbox::new();
    pair.ends[1].session.close(pair.now, &mut outbox);
    let report = outbox.transmits().next().unwrap();
    let first = Compound::parse(report.data).unwrap().next();
    let Some(rtcp::Packet::SenderReport { ssrc, info, .. }) = first else { panic!("{first:?}") };
    assert_ne!(ssrc, own);
    assert!((49..=51).contains(&info.packets), "{info:?}");
    assert_eq!(info.octets, info.packets * 160);
}

fn own_ssrc(pair: &mut Pair) -> u32 {
    let mut outbox = sipua_media::session::Outbox::new();
    pair.ends[1].session.handle_timeout(pair.now, &mut outbox);
    let first = outbox.transmits().find(|one| one.kind == RtpKind::Rtp && !one.data.is_empty());
    Packet::parse(first.unwrap().data).unwrap().header.ssrc
}
