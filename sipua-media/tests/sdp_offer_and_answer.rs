//! Offers and their answers: codecs, numbers, refusals, addresses, versions.
#![expect(clippy::unwrap_used, reason = "the helpers of a test are a test too")]

mod peer;

use std::sync::Arc;

use peer::{description, has, lines, local, negotiator, negotiator_with, version};
use sipua_media::codec::CodecId;
use sipua_media::sdp::{
    Capabilities, LocalAddress, NegotiationError, Negotiator, PayloadFormat, SdpError,
    TelephoneEvent, check_offer,
};

const PCMU: PayloadFormat = PayloadFormat { payload_type: 0, codec: CodecId::Pcmu };
const PCMA: PayloadFormat = PayloadFormat { payload_type: 8, codec: CodecId::Pcma };

#[test]
fn an_offer_says_all_we_can() {
    let offer = negotiator().offer();
    let expected = [
        "v=0",
        "o=- 77 1 IN IP4 192.0.2.1",
        "s=-",
        "c=IN IP4 192.0.2.1",
        "t=0 0",
        "m=audio 4000 RTP/AVP 0 8 101",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-16",
        "a=ptime:20",
        "a=sendrecv",
    ];
    assert_eq!(lines(&offer, ""), expected);
}

#[test]
fn capabilities_shape_the_offer() {
    let capabilities = Capabilities {
        codecs: vec![CodecId::Pcma.into(), CodecId::Pcma.into()],
        ptime_ms: 30,
        telephone_event: false,
    };
    let offer = negotiator_with(capabilities).offer();
    assert!(has(&offer, "m=audio 4000 RTP/AVP 8") && has(&offer, "a=ptime:30"));
    assert!(lines(&offer, "a=fmtp").is_empty());
}

#[test]
fn rtcp_elsewhere_than_on_the_next_port_is_said() {
    let elsewhere = LocalAddress { rtcp_port: 6000, ..local() };
    let offer = Negotiator::new(Arc::new(Capabilities::default()), 1, elsewhere).offer();
    assert!(has(&offer, "a=rtcp:6000"));
    assert!(lines(&negotiator().offer(), "a=rtcp:").is_empty());
}

#[test]
fn an_answer_takes_the_common_codecs_in_the_order_of_the_offer() {
    let mut callee = negotiator();
    let offer = description(&["m=audio 5000 RTP/AVP 3 8 18 0"]);
    let answer = callee.answer(&offer).unwrap();
    assert!(has(&answer, "m=audio 4000 RTP/AVP 8 0"));
    let stream = callee.stream().unwrap();
    assert_eq!((stream.codec, stream.payload_type_send), (CodecId::Pcma, 8));
    assert_eq!(stream.receive, [PCMA, PCMU]);
    assert_eq!(stream.telephone_event, None);
    assert_eq!(stream.remote_rtp, "192.0.2.9:5000".parse().unwrap());
    assert_eq!(stream.remote_rtcp, "192.0.2.9:5001".parse().unwrap());
    assert_eq!((stream.codec_for(0), stream.codec_for(3)), (Some(CodecId::Pcmu), None));
}

#[test]
fn the_numbers_of_the_offer_are_used_in_the_answer() {
    let mut callee = negotiator();
    let offer = description(&[
        "m=audio 5000 RTP/AVP 96 97",
        "a=rtpmap:96 pcma/8000",
        "a=rtpmap:97 TELEPHONE-EVENT/8000",
        "a=fmtp:97 0-15",
    ]);
    let answer = callee.answer(&offer).unwrap();
    assert!(has(&answer, "m=audio 4000 RTP/AVP 96 97"));
    assert!(has(&answer, "a=rtpmap:96 PCMA/8000"));
    assert!(has(&answer, "a=rtpmap:97 telephone-event/8000"));
    assert!(has(&answer, "a=fmtp:97 0-15"), "no flash for whom does not know it");
    let events = TelephoneEvent { payload_type_send: 97, payload_type_receive: 97 };
    assert_eq!(callee.stream().unwrap().telephone_event, Some(events));

    // RFC 3264 8.3.2: and kept in our own offers of the same session.
    assert!(has(&callee.offer(), "m=audio 4000 RTP/AVP 0 96 97"));
}

#[test]
fn each_side_may_number_for_itself() {
    let mut caller = negotiator();
    caller.offer();
    caller
        .accept_answer(&description(&[
            "m=audio 5000 RTP/AVP 120 96",
            "a=rtpmap:120 PCMU/8000",
            "a=rtpmap:96 telephone-event/8000",
        ]))
        .unwrap();
    let stream = caller.stream().unwrap();
    // RFC 3264 5.1: the numbers to send are the answerer's, those to receive ours.
    assert_eq!((stream.codec, stream.payload_type_send), (CodecId::Pcmu, 120));
    assert_eq!(stream.receive, [PCMU, PCMA]);
    let events = TelephoneEvent { payload_type_send: 96, payload_type_receive: 101 };
    assert_eq!(stream.telephone_event, Some(events));
}

#[test]
fn the_first_codec_of_the_answer_is_sent_and_every_one_offered_received() {
    let mut caller = negotiator();
    caller.offer();
    caller.accept_answer(&description(&["m=audio 5000 RTP/AVP 8 0"])).unwrap();
    let stream = caller.stream().unwrap();
    assert_eq!(stream.codec, CodecId::Pcma);
    assert_eq!(stream.receive, [PCMA, PCMU]);
}

#[test]
fn static_numbers_mean_what_rtpmap_says_if_it_says_something() {
    let mut callee = negotiator();
    let offer = description(&["m=audio 5000 RTP/AVP 0 8", "a=rtpmap:0 GSM/8000"]);
    let answer = callee.answer(&offer).unwrap();
    assert!(has(&answer, "m=audio 4000 RTP/AVP 8"));
}

#[test]
fn events_of_another_clock_are_not_ours() {
    let mut callee = negotiator();
    let offer = description(&[
        "m=audio 5000 RTP/AVP 0 110 101",
        "a=rtpmap:110 telephone-event/48000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-11,16",
    ]);
    let answer = callee.answer(&offer).unwrap();
    assert!(has(&answer, "m=audio 4000 RTP/AVP 0 101") && has(&answer, "a=fmtp:101 0-16"));

    let offer = description(&["m=audio 5000 RTP/AVP 0 110", "a=rtpmap:110 telephone-event/48000"]);
    callee.answer(&offer).unwrap();
    assert_eq!(callee.stream().unwrap().telephone_event, None);
}

#[test]
fn packet_times_are_honoured_within_reason() {
    for (lines, expected) in [
        (&[][..], 20),
        (&["a=ptime:30"], 30),
        (&["a=ptime:10"], 10),
        (&["a=ptime:25"], 20),
        (&["a=ptime:5"], 10),
        (&["a=ptime:200"], 60),
        (&["a=ptime:99999999999"], 20),
        (&["a=ptime:40", "a=maxptime:20"], 20),
        (&["a=maxptime:10"], 10),
    ] {
        let media = [&["m=audio 5000 RTP/AVP 0"], lines].concat();
        let mut callee = negotiator();
        let answer = callee.answer(&description(&media)).unwrap();
        assert_eq!(callee.stream().unwrap().ptime_ms, expected, "{lines:?}");
        assert!(has(&answer, &format!("a=ptime:{expected}")), "{lines:?}");

        let mut caller = negotiator();
        caller.offer();
        caller.accept_answer(&description(&media)).unwrap();
        assert_eq!(caller.stream().unwrap().ptime_ms, expected, "{lines:?}");
    }
}

#[test]
fn of_several_media_the_first_usable_audio_is_taken_and_the_rest_refused() {
    let mut callee = negotiator();
    let offer = description(&[
        "m=video 6000 RTP/AVP 31 34",
        "a=sendonly",
        "m=audio 0 RTP/AVP 0",
        "m=audio 5998 RTP/SAVP 0",
        "m=audio 5000 RTP/AVP 3",
        "m=audio 5002 RTP/AVP 8",
        "c=IN IP4 192.0.2.10",
        "m=audio 5004 RTP/AVP 0",
        "m=image 5006 udptl t38",
        "m=message 2855 TCP/MSRP *",
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    ]);
    let answer = callee.answer(&offer).unwrap();
    let expected = [
        "m=video 0 RTP/AVP 31 34",
        "m=audio 0 RTP/AVP 0",
        "m=audio 0 RTP/SAVP 0",
        "m=audio 0 RTP/AVP 3",
        "m=audio 4000 RTP/AVP 8",
        "m=audio 0 RTP/AVP 0",
        "m=image 0 udptl t38",
        "m=message 0 TCP/MSRP *",
        "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
    ];
    assert_eq!(lines(&answer, "m="), expected);
    assert_eq!(callee.stream().unwrap().remote_rtp, "192.0.2.10:5002".parse().unwrap());

    // RFC 3264 8: a later offer keeps every line in its place.
    let own = callee.offer();
    let mut kept = expected;
    kept[4] = "m=audio 4000 RTP/AVP 0 8 101";
    assert_eq!(lines(&own, "m="), kept);

    // Its answer is read in the same place.
    callee
        .accept_answer(&description(&[
            "m=video 0 RTP/AVP 31",
            "m=audio 0 RTP/AVP 0",
            "m=audio 0 RTP/SAVP 0",
            "m=audio 0 RTP/AVP 3",
            "m=audio 7000 RTP/AVP 0",
        ]))
        .unwrap();
    assert_eq!(callee.stream().unwrap().remote_rtp.port(), 7000);
}

#[test]
fn a_stream_stays_on_its_line_as_long_as_it_can() {
    let mut callee = negotiator();
    callee.answer(&description(&["m=audio 0 RTP/AVP 0", "m=audio 5000 RTP/AVP 0"])).unwrap();
    let both = description(&["m=audio 6000 RTP/AVP 0", "m=audio 5000 RTP/AVP 0"]);
    let answer = callee.answer(&both).unwrap();
    assert_eq!(lines(&answer, "m="), ["m=audio 0 RTP/AVP 0", "m=audio 4000 RTP/AVP 0"]);
    let moved = description(&["m=audio 6000 RTP/AVP 0", "m=audio 0 RTP/AVP 0"]);
    let answer = callee.answer(&moved).unwrap();
    assert_eq!(lines(&answer, "m="), ["m=audio 4000 RTP/AVP 0", "m=audio 0 RTP/AVP 0"]);
}

#[test]
fn the_codec_may_change_in_mid_call() {
    let mut callee = negotiator();
    callee.answer(&description(&["m=audio 5000 RTP/AVP 0"])).unwrap();
    let answer = callee.answer(&description(&["m=audio 5000 RTP/AVP 8"])).unwrap();
    assert!(has(&answer, "m=audio 4000 RTP/AVP 8"));
    assert_eq!(callee.stream().unwrap().codec, CodecId::Pcma);
    assert_eq!(callee.stream().unwrap().receive, [PCMA]);
}

#[test]
fn what_cannot_be_answered_says_why_and_changes_nothing() {
    for (media, error) in [
        (&[][..], NegotiationError::NoAudio),
        (&["m=video 6000 RTP/AVP 31"], NegotiationError::NoAudio),
        (&["m=audio 0 RTP/AVP 0"], NegotiationError::NoAudio),
        (&["m=audio 5000 RTP/SAVP 0"], NegotiationError::NoAudio),
        (&["m=audio 5000 UDP/TLS/RTP/SAVPF 0"], NegotiationError::NoAudio),
        (&["m=audio 5000 RTP/AVP 3 18 101"], NegotiationError::NoCommonCodec),
        (
            &["m=audio 5000 RTP/AVP 101", "a=rtpmap:101 telephone-event/8000"],
            NegotiationError::NoCommonCodec,
        ),
        (&["m=audio 5000 RTP/AVP 96", "a=rtpmap:96 PCMU/16000"], NegotiationError::NoCommonCodec),
        (&["m=audio 5000 RTP/AVP 0", "c=IN IP4 host.example.com"], NegotiationError::NoAddress),
        (&["m=audio 5000"], NegotiationError::Syntax(SdpError::Media(6))),
    ] {
        let offer = description(media);
        assert_eq!(check_offer(&Capabilities::default(), &offer), Err(error), "{media:?}");
        assert_eq!(negotiator().answer(&offer), Err(error), "{media:?}");

        let mut callee = negotiator();
        callee.answer(&description(&["m=audio 5000 RTP/AVP 0"])).unwrap();
        let (before, own) = (callee.stream().cloned(), callee.clone().offer());
        assert_eq!(callee.answer(&offer), Err(error), "{media:?}");
        assert_eq!(callee.stream().cloned(), before);
        assert_eq!(callee.offer(), own);
    }
    let no_address = b"v=0\nm=audio 5000 RTP/AVP 0\n";
    assert_eq!(negotiator().answer(no_address), Err(NegotiationError::NoAddress));
    assert_eq!(check_offer(&Capabilities::default(), &negotiator().offer()), Ok(()));
}

#[test]
fn an_answer_must_match_the_offer() {
    for (media, error) in [
        (&[][..], NegotiationError::Mismatch),
        (&["m=video 5000 RTP/AVP 0"], NegotiationError::Mismatch),
        (&["m=audio 0 RTP/AVP 0"], NegotiationError::Refused),
        (&["m=audio 5000 RTP/SAVP 0"], NegotiationError::NoAudio),
        (&["m=audio 5000 RTP/AVP 3"], NegotiationError::NoCommonCodec),
    ] {
        let mut caller = negotiator();
        caller.offer();
        assert_eq!(caller.accept_answer(&description(media)), Err(error), "{media:?}");
        assert_eq!(caller.stream(), None);
        assert!(!caller.offer_pending(), "the exchange is over");
        // A peer's offer is not glare then.
        caller.answer(&description(&["m=audio 5000 RTP/AVP 0"])).unwrap();
    }
}

#[test]
fn an_answer_may_not_bring_codecs_that_were_not_offered() {
    let capabilities =
        Capabilities { codecs: vec![CodecId::Pcmu.into()], ..Capabilities::default() };
    let mut caller = negotiator_with(capabilities);
    caller.offer();
    let answer = description(&["m=audio 5000 RTP/AVP 8"]);
    assert_eq!(caller.accept_answer(&answer), Err(NegotiationError::NoCommonCodec));
    caller.accept_answer(&description(&["m=audio 5000 RTP/AVP 8 0"])).unwrap();
    assert_eq!(caller.stream().unwrap().codec, CodecId::Pcmu);
}

#[test]
fn forks_may_answer_the_same_offer_in_turn() {
    let mut caller = negotiator();
    caller.offer();
    for port in [5000, 6000, 5000] {
        let answer = description(&[&format!("m=audio {port} RTP/AVP 0")]);
        caller.accept_answer(&answer).unwrap();
        assert_eq!(caller.stream().unwrap().remote_rtp.port(), port);
    }
    // After the peer's own offer there is nothing left to answer.
    caller.answer(&description(&["m=audio 5000 RTP/AVP 0"])).unwrap();
    let late = description(&["m=audio 6000 RTP/AVP 0"]);
    assert_eq!(caller.accept_answer(&late), Err(NegotiationError::NoOffer));
}

#[test]
fn out_of_turn_nothing_happens() {
    let mut call = negotiator();
    let peer = description(&["m=audio 5000 RTP/AVP 0"]);
    assert_eq!(call.accept_answer(&peer), Err(NegotiationError::NoOffer));
    let offer = call.offer();
    assert_eq!(call.offer(), offer, "the pending offer is the offer");
    assert_eq!(call.answer(&peer), Err(NegotiationError::OfferPending));
    call.rollback();
    call.answer(&peer).unwrap();
}

#[test]
fn a_refused_offer_leaves_everything_as_it_was() {
    let mut call = negotiator();
    call.answer(&description(&["m=audio 5000 RTP/AVP 8", "a=sendrecv"])).unwrap();
    let before = call.stream().cloned();
    call.set_hold(true);
    let offer = call.offer();
    call.rollback();
    assert_eq!(call.stream().cloned(), before);
    assert!(!call.offer_pending());
    let late = description(&["m=audio 6000 RTP/AVP 0"]);
    assert_eq!(call.accept_answer(&late), Err(NegotiationError::NoOffer));
    assert_eq!(call.offer(), offer, "after glare the same is offered again");

    call.abandon();
    assert_eq!(call.stream().cloned(), before);
    assert!(!call.local_hold() && !call.offer_pending());
    assert!(has(&call.offer(), "a=sendrecv"));
}

/// RFC 3264 8: the version rises by one with each change, and with nothing else.
#[test]
fn the_version_rises_only_on_change_and_by_one() {
    let mut call = negotiator();
    let peer = description(&[
        "m=audio 5000 RTP/AVP 0 101",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-16",
    ]);
    let first = call.answer(&peer).unwrap();
    assert_eq!(version(&first), 1);
    assert_eq!(call.answer(&peer).unwrap(), first, "a refresh says the same again");

    let held = [&peer[..], b"a=sendonly\r\n"].concat();
    assert_eq!(version(&call.answer(&held).unwrap()), 2);
    assert_eq!(version(&call.answer(&held).unwrap()), 2);
    assert_eq!(version(&call.answer(&peer).unwrap()), 3);

    let offer = call.offer();
    assert_eq!(version(&offer), 4, "an offer says all we can");
    call.rollback();
    // What was refused has still been said: the next one differs from it.
    assert_eq!(version(&call.answer(&peer).unwrap()), 5);
    let again = call.offer();
    assert_eq!(version(&again), 6);
    call.accept_answer(&peer).unwrap();
    assert_eq!(call.offer(), again);
    call.rollback();

    call.set_local(LocalAddress { rtp_port: 4010, rtcp_port: 4011, ..local() });
    let moved = call.offer();
    assert_eq!(version(&moved), 7);
    assert!(has(&moved, "m=audio 4010 RTP/AVP 0 8 101"));
}

#[test]
fn ipv6_is_spoken_where_we_are_there() {
    let there = LocalAddress { ip: "2001:db8::1".parse().unwrap(), ..local() };
    let mut callee = Negotiator::new(Arc::new(Capabilities::default()), 1, there);
    let offer = b"v=0\r\no=- 1 1 IN IP6 2001:db8::2\r\ns=-\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\nc=IN IP6 2001:db8::2\r\n";
    let answer = callee.answer(offer).unwrap();
    assert!(has(&answer, "c=IN IP6 2001:db8::1") && has(&answer, "o=- 1 1 IN IP6 2001:db8::1"));
    assert_eq!(callee.stream().unwrap().remote_rtp, "[2001:db8::2]:5000".parse().unwrap());
}
