//! Digits over RTP: one event each, whatever is lost, while the caller goes on speaking.
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test")]

mod support;

use std::time::Duration;

use sipua_media::session::{DtmfError, Event};
use support::{Network, Pair, settings, speech};

const PRESS: Duration = Duration::from_millis(100);

#[test]
fn digits_sent_while_speaking_arrive_in_order_with_their_durations() {
    let mut pair = Pair::new(1, Network { delay: Duration::from_millis(20), ..Network::default() });
    pair.ends[0].to_say = speech(10, 1);
    pair.run(Duration::from_secs(1));
    pair.ends[0].session.send_dtmf("42#", PRESS).unwrap();
    pair.run(Duration::from_secs(2));
    assert_eq!(pair.dtmf(1), [('4', 100), ('2', 100), ('#', 100)]);
    assert_eq!(pair.count(0, |event| *event == Event::DtmfSent), 1);
    assert!(pair.dtmf(0).is_empty());
}

#[test]
fn loss_reordering_and_duplication_make_neither_more_nor_fewer() {
    for seed in 0..20 {
        let network = Network {
            delay: Duration::from_millis(50),
            jitter: Duration::from_millis(40),
            loss: 0.2,
            reordering: 0.05,
            duplication: 0.1,
        };
        let mut pair = Pair::new(seed, network);
        pair.run(Duration::from_millis(500));
        pair.ends[0].session.send_dtmf("1123*", PRESS).unwrap();
        pair.run(Duration::from_secs(3));
        let digits: String = pair.dtmf(1).iter().map(|(digit, _)| *digit).collect();
        assert_eq!(digits, "1123*", "seed {seed}");
    }
}

#[test]
fn the_speech_is_not_sent_while_a_digit_sounds() {
    let mut pair = Pair::new(2, Network::default());
    pair.ends[0].to_say = vec![8000; 8000 * 4];
    pair.run(Duration::from_secs(1));
    let before = pair.ends[1].heard.len();
    pair.ends[0].session.send_dtmf("5", Duration::from_secs(1)).unwrap();
    pair.run(Duration::from_secs(2));
    let heard = &pair.ends[1].heard[before..];
    // The second's tail, faded by concealment, and what was on its way.
    let quiet = heard.iter().filter(|sample| sample.abs() < 100).count();
    assert!((7000..=9500).contains(&quiet), "{quiet} of {} samples", heard.len());
    assert_eq!(pair.dtmf(1), [('5', 1000)]);
    let received = pair.ends[1].session.statistics(pair.now).received;
    assert_eq!((received.lost, received.concealed), (0, Duration::ZERO), "nothing was missing");
}

#[test]
fn what_cannot_be_sent_is_refused() {
    let mut pair = Pair::idle(1, Network::default());
    let session = &mut pair.ends[0].session;
    assert_eq!(session.send_dtmf("1", PRESS), Err(DtmfError::NotNegotiated));
    let mut without = settings(1);
    without.telephone_event = None;
    session.configure(&without, pair.now);
    assert_eq!(session.send_dtmf("1", PRESS), Err(DtmfError::NotNegotiated));
    session.configure(&settings(1), pair.now);
    assert_eq!(session.send_dtmf("1x", PRESS), Err(DtmfError::NotADigit('x')));
    assert_eq!(session.send_dtmf("1,2 3!", PRESS), Ok(()));
}
