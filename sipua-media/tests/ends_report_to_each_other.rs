//! RTCP between two sessions: round trip, loss and jitter as the other side sees them, goodbye.
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test")]

mod support;

use std::time::Duration;

use sipua_media::rtcp::{Compound, Packet};
use sipua_media::session::{Outbox, RtpKind};
use support::{Network, Pair, address, speech};

#[test]
fn the_round_trip_and_the_other_sides_loss_are_known() {
    let network = Network { delay: Duration::from_millis(70), loss: 0.1, ..Network::default() };
    let mut pair = Pair::new(1, network);
    pair.ends[0].to_say = speech(30, 1);
    pair.run(Duration::from_secs(60));
    for end in 0..2 {
        let statistics = pair.ends[end].session.statistics(pair.now);
        let round_trip = statistics.round_trip.unwrap();
        assert!((139..=141).contains(&round_trip.as_millis()), "{round_trip:?}");
        let other = pair.ends[1 - end].session.statistics(pair.now).received;
        assert!(statistics.sent.lost > 150 && statistics.sent.lost <= other.lost, "{statistics:?}");
        assert!((0.02..0.25).contains(&statistics.sent.fraction_lost));
        assert_eq!(statistics.sent.packets, 3001);
        assert_eq!(statistics.sent.bytes, 3001 * 160);
    }
}

#[test]
fn jitter_is_measured_and_reported() {
    let network = Network { jitter: Duration::from_millis(30), ..Network::default() };
    let mut pair = Pair::new(2, network);
    pair.run(Duration::from_secs(30));
    let here = pair.ends[0].session.statistics(pair.now).received.jitter;
    let there = pair.ends[1].session.statistics(pair.now).sent.jitter;
    assert!((4..=16).contains(&here.as_millis()), "{here:?}");
    assert!((4..=16).contains(&there.as_millis()), "{there:?}");
}

#[test]
fn the_end_is_a_bye_behind_a_report_with_our_name() {
    let mut pair = Pair::new(3, Network::default());
    pair.run(Duration::from_secs(1));
    let mut outbox = Outbox::new();
    pair.ends[0].session.close(pair.now, &mut outbox);
    let transmit = outbox.transmits().next().unwrap();
    assert_eq!((transmit.kind, transmit.destination), (RtpKind::Rtcp, address(1, 4001)));
    let packets: Vec<_> = Compound::parse(transmit.data).unwrap().collect();
    let Packet::SenderReport { ssrc, info, reports } = &packets[0] else {
        panic!("{packets:?}");
    };
    assert_eq!((info.packets, info.octets), (51, 51 * 160));
    assert_eq!(reports.clone().count(), 1);
    let Packet::SourceDescription(chunks) = &packets[1] else {
        panic!("{packets:?}");
    };
    assert_eq!(chunks.clone().next(), Some((*ssrc, Some(&b"sipua"[..]))));
    assert!(matches!(packets[2], Packet::Goodbye { ssrcs } if ssrcs == [ssrc.to_be_bytes()]));
    assert_eq!(pair.ends[0].session.poll_timeout(), None);
    assert!(pair.ends[0].session.statistics(pair.now).sent.packets == 51, "known to the end");
}

#[test]
fn reports_of_strangers_and_nonsense_are_refused_and_counted() {
    let mut pair = Pair::new(4, Network::default());
    pair.run(Duration::from_secs(1));
    let report = [0x80, 201, 0, 1, 0, 0, 0, 1];
    pair.inject(0, RtpKind::Rtcp, address(9, 4001), &report);
    pair.inject(0, RtpKind::Rtcp, address(1, 4001), &report[..7]);
    pair.inject(0, RtpKind::Rtcp, address(1, 4001), &report);
    assert_eq!(pair.ends[0].session.statistics(pair.now).received.rejected, 2);
}
