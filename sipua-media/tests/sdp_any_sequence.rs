//! Sequences of offers and answers that nobody would make.
#![expect(clippy::unwrap_used, reason = "the helpers of a test are a test too")]

mod peer;

use peer::{description, lines, negotiator, version};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    Offer,
    Answer(String),
    Accept(String),
    Rollback,
    Hold(bool),
}

fn peer_media() -> impl Strategy<Value = String> {
    let medium = (
        prop::sample::select(vec!["audio", "audio", "audio", "video"]),
        prop::sample::select(vec!["0", "5000", "6000", "65535", "70000"]),
        prop::sample::select(vec!["RTP/AVP", "RTP/AVP", "RTP/SAVP"]),
        prop::sample::select(vec!["0", "8", "0 8 101", "8 0", "97 0 98", "3"]),
        prop::sample::select(vec![
            "sendrecv",
            "sendonly",
            "recvonly",
            "inactive",
            "ptime:3000000000",
        ]),
        prop::sample::select(vec!["192.0.2.9", "0.0.0.0", "x"]),
    );
    let medium = medium.prop_map(|(kind, port, protocol, formats, attribute, address)| {
        format!(
            "m={kind} {port} {protocol} {formats}\r\nc=IN IP4 {address}\r\na={attribute}\r\n\
             a=rtpmap:101 telephone-event/8000\r\na=rtpmap:97 telephone-event/8000\r\na=rtpmap:98 PCMA/8000"
        )
    });
    prop::collection::vec(medium, 0..4).prop_map(|media| media.join("\r\n"))
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::Offer),
        peer_media().prop_map(Step::Answer),
        peer_media().prop_map(Step::Accept),
        Just(Step::Rollback),
        any::<bool>().prop_map(Step::Hold),
    ]
}

proptest! {
    /// CVE-2021-21375, CVE-2021-26906: sequences of offers and answers nobody would make.
    #[test]
    fn any_sequence_keeps_the_rules(steps in prop::collection::vec(step(), 1..30)) {
        let mut call = negotiator();
        let mut last: Option<(u64, Vec<u8>, usize)> = None;
        for step in steps {
            let said = match &step {
                Step::Offer => Some(call.offer()),
                Step::Answer(media) => {
                    let offer = description(&[media]);
                    let answer = call.answer(&offer).ok();
                    if let Some(answer) = &answer {
                        // RFC 3264 6: as many m= lines as the offer, of the same kinds.
                        let kinds = |d: &[u8]| -> Vec<String> {
                            lines(d, "m=").iter().map(|l| l.split(' ').next().unwrap().to_owned()).collect()
                        };
                        prop_assert_eq!(kinds(answer), kinds(&offer));
                        let open = lines(answer, "m=").iter().filter(|l| !l.contains(" 0 RTP")).count();
                        prop_assert_eq!(open, 1);
                    }
                    answer
                }
                Step::Accept(media) => {
                    let _refused_or_not = call.accept_answer(&description(&[media]));
                    None
                }
                Step::Rollback => {
                    call.rollback();
                    None
                }
                Step::Hold(hold) => {
                    call.set_hold(*hold);
                    None
                }
            };
            if let Some(stream) = call.stream() {
                prop_assert!(stream.receive.iter().any(|format| format.codec == stream.codec));
                prop_assert!((10..=60).contains(&stream.ptime_ms) && stream.ptime_ms % 10 == 0);
                let nowhere = stream.remote_rtp.ip().is_unspecified();
                prop_assert!(!(nowhere && stream.direction.sends()));
                prop_assert!(stream.remote_rtp.port() != 0);
            }
            if let Some(said) = said {
                let count = lines(&said, "m=").len();
                let now = version(&said);
                if let Some((before, text, media)) = &last {
                    prop_assert_eq!(now, before + u64::from(*text != said));
                    let ours = matches!(step, Step::Offer);
                    prop_assert!(!ours || count >= *media, "an offer of ours drops no line");
                }
                last = Some((now, said.to_vec(), count));
            }
        }
    }
}
