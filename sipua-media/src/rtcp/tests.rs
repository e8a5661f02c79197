//! RTCP against the figures of RFC 3550 6.4 to 6.6 and the timing of 6.2 and 6.3.
#![expect(clippy::disallowed_methods, reason = "a test begins somewhere in time")]

use std::time::{Duration, Instant};

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::*;

const BLOCK: ReportBlock = ReportBlock {
    ssrc: 0x0102_0304,
    fraction_lost: 64,
    lost: -2,
    highest_sequence: 0x0001_0005,
    jitter: 33,
    last_sender_report: 0xb705_2000,
    delay_since: 0x0005_4000,
};

const INFO: SenderInfo =
    SenderInfo { ntp: 0x0000_0010_8000_0000, rtp_timestamp: 1600, packets: 10, octets: 1600 };

fn written(write: impl FnOnce(&mut CompoundWriter<'_>)) -> Vec<u8> {
    let mut datagram = Vec::new();
    write(&mut CompoundWriter::new(&mut datagram));
    datagram
}

#[test]
fn a_sender_report_is_laid_out_as_in_6_4_1() {
    let bytes = written(|compound| compound.sender_report(0xaabb_ccdd, &INFO, Some(&BLOCK)));
    #[rustfmt::skip]
    let expected = [
        0x81, 200, 0, 12,
        0xaa, 0xbb, 0xcc, 0xdd,
        0, 0, 0, 0x10, 0x80, 0, 0, 0,
        0, 0, 0x06, 0x40,
        0, 0, 0, 10,
        0, 0, 0x06, 0x40,
        1, 2, 3, 4,
        64, 0xff, 0xff, 0xfe,
        0, 1, 0, 5,
        0, 0, 0, 33,
        0xb7, 0x05, 0x20, 0,
        0, 0x05, 0x40, 0,
    ];
    assert_eq!(bytes, expected);
    match Compound::parse(&bytes).unwrap().next() {
        Some(Packet::SenderReport { ssrc, info, reports }) => {
            assert_eq!((ssrc, info), (0xaabb_ccdd, INFO));
            assert_eq!(reports.collect::<Vec<_>>(), [BLOCK]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_whole_compound_is_read_in_order_and_unknown_packets_are_skipped() {
    let mut bytes = written(|compound| {
        compound.receiver_report(7, Some(&BLOCK));
        compound.source_description(7, "me@here");
    });
    bytes.extend([0x80, 207, 0, 1, 0, 0, 0, 7]); // XR, empty
    CompoundWriter::new(&mut bytes).goodbye(7);
    let mut packets = Compound::parse(&bytes).unwrap();
    assert!(matches!(packets.next(), Some(Packet::ReceiverReport { ssrc: 7, .. })));
    match packets.next() {
        Some(Packet::SourceDescription(chunks)) => {
            assert_eq!(chunks.collect::<Vec<_>>(), [(7, Some(&b"me@here"[..]))]);
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(packets.next(), Some(Packet::Other { packet_type: 207 })));
    match packets.next() {
        Some(Packet::Goodbye { ssrcs }) => assert_eq!(ssrcs, [[0, 0, 0, 7]]),
        other => panic!("{other:?}"),
    }
    assert!(packets.next().is_none());
}

#[test]
fn every_length_of_a_cname_ends_on_a_word() {
    for length in [0, 1, 2, 3, 4, 255, 300] {
        let cname = "x".repeat(length);
        let bytes = written(|compound| {
            compound.receiver_report(1, None);
            compound.source_description(1, &cname);
        });
        assert_eq!(bytes.len() % 4, 0);
        match Compound::parse(&bytes).unwrap().nth(1) {
            Some(Packet::SourceDescription(mut chunks)) => {
                let (_, read) = chunks.next().unwrap();
                assert_eq!(read.unwrap().len(), length.min(255));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn chunks_with_other_items_and_several_sources_are_read() {
    let mut bytes = written(|compound| compound.receiver_report(1, None));
    #[rustfmt::skip]
    bytes.extend([
        0x82, 202, 0, 6,
        0, 0, 0, 1, 2, 3, b'b', b'o', b'b', 1, 1, b'x', 0, 0, 0, 0,
        0, 0, 0, 2, 0, 0, 0, 0,
    ]);
    match Compound::parse(&bytes).unwrap().nth(1) {
        Some(Packet::SourceDescription(chunks)) => {
            assert_eq!(chunks.collect::<Vec<_>>(), [(1, Some(&b"x"[..])), (2, None)]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let refused = |bytes: &[u8]| Compound::parse(bytes).map(|_| ()).unwrap_err();
    let report = written(|compound| compound.receiver_report(1, None));
    assert_eq!(refused(&[]), RtcpError::Length);
    assert_eq!(refused(&report[..7]), RtcpError::Length);
    assert_eq!(refused(&[0x41, 201, 0, 0]), RtcpError::Version);
    assert_eq!(refused(&[0x81, 201, 0, 1, 0, 0, 0, 1]), RtcpError::Length, "one block, none there");
    assert_eq!(refused(&[0x80, 200, 0, 1, 0, 0, 0, 1]), RtcpError::Length, "SR without its info");
    assert_eq!(refused(&[0x80, 202, 0, 0]), RtcpError::Compound, "no report first");
    assert_eq!(refused(&[0xa0, 201, 0, 1, 0, 0, 0, 0]), RtcpError::Length, "no padding in it");
    let with = |tail: &[u8]| refused(&[&report[..], tail].concat());
    assert_eq!(with(&[0x82, 203, 0, 1, 0, 0, 0, 1]), RtcpError::Length, "BYE of two, one there");
    assert_eq!(with(&[0x81, 202, 0, 1, 0, 0, 0, 1]), RtcpError::Length, "chunk without its end");
    assert_eq!(with(&[0x81, 202, 0, 2, 0, 0, 0, 1, 1, 9, 9, 9]), RtcpError::Length, "long item");
    assert_eq!(with(&[0x80, 201]), RtcpError::Length);
    let padded_early = [&[0xa0, 201, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4][..], &report].concat();
    assert_eq!(refused(&padded_early), RtcpError::Compound);
    assert!(Compound::parse(&padded_early[..12]).is_ok(), "the last one may be padded");
}

/// Sends at every due time over an hour; the times between reports, in seconds.
fn intervals(seed: u64) -> Vec<f64> {
    let mut rng = StdRng::seed_from_u64(seed);
    let begin = Instant::now();
    let mut schedule = Schedule::new(begin, 100, &mut rng);
    let (mut last, mut intervals) = (begin, Vec::new());
    while schedule.next() < begin + Duration::from_secs(3600) {
        let now = schedule.next();
        if schedule.is_due(now, 2, &mut rng) {
            intervals.push((now - last).as_secs_f64());
            last = now;
            schedule.sent(now, 100, 2, &mut rng);
        }
    }
    intervals
}

#[test]
fn reports_come_at_randomised_times_around_five_seconds() {
    let all: Vec<Vec<f64>> = (0..20).map(intervals).collect();
    for of_one in &all {
        // 6.3.1: half to one and a half of 5 s, over e - 3/2; the first by half.
        let (first, rest) = of_one.split_first().unwrap();
        assert!((1.02..=3.09).contains(first), "{first}");
        assert!(rest.iter().all(|seconds| (2.05..=6.16).contains(seconds)));
    }
    assert_ne!(all[0], all[1]);
    let rest: Vec<f64> = all.iter().flat_map(|of_one| of_one[1..].iter().copied()).collect();
    let mean = rest.iter().sum::<f64>() / rest.len() as f64;
    // 6.3.1: the mean with reconsideration is near the deterministic interval.
    assert!((4.4..=5.2).contains(&mean), "mean {mean:.2} s");
    assert!(rest.iter().any(|&seconds| seconds < 3.6) && rest.iter().any(|&seconds| seconds > 5.0));
}

#[test]
fn nothing_is_due_before_its_time_and_huge_reports_slow_down() {
    let mut rng = StdRng::seed_from_u64(1);
    let begin = Instant::now();
    let mut schedule = Schedule::new(begin, 100, &mut rng);
    assert!(!schedule.is_due(begin, 2, &mut rng));
    schedule.sent(begin, 100, 2, &mut rng);
    for _ in 0..500 {
        schedule.seen(60_000);
    }
    schedule.sent(begin, 60_000, 2, &mut rng);
    assert!(schedule.next() > begin + Duration::from_secs(60));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        read_all(&bytes);
    }

    #[test]
    fn mutations_of_a_compound_are_read_or_refused(
        at in 0usize..96, value: u8, cut in 0usize..120,
    ) {
        let mut bytes = written(|compound| {
            compound.sender_report(1, &INFO, Some(&BLOCK));
            compound.source_description(1, "cname@example");
            compound.goodbye(1);
        });
        if let Some(byte) = bytes.get_mut(at) {
            *byte = value;
        }
        bytes.truncate(cut);
        read_all(&bytes);
    }
}

/// A compound that parses has as many packets as its lengths say, and each can be walked.
fn read_all(bytes: &[u8]) {
    if let Ok(compound) = Compound::parse(bytes) {
        let mut packets = 0;
        for packet in compound {
            packets += 1;
            match packet {
                Packet::SenderReport { reports, .. } | Packet::ReceiverReport { reports, .. } => {
                    assert!(reports.count() <= 31);
                }
                Packet::SourceDescription(chunks) => assert!(chunks.count() <= 31),
                Packet::Goodbye { ssrcs } => assert!(ssrcs.len() <= 31),
                Packet::Other { .. } => {}
            }
        }
        assert!(packets >= 1 && packets * 4 <= bytes.len());
    }
}
