//! Session descriptions as peers write them, and as attackers do.
#![expect(clippy::unwrap_used, reason = "the helpers of a test are a test too")]

use proptest::prelude::*;
use sipua_media::codec::CodecId;
use sipua_media::sdp::{
    self, Capabilities, Direction, MAX_LINE, MAX_LINES, MAX_MEDIA, MAX_SIZE, NegotiationError,
    SdpError, check_offer, parse,
};

const GOOD: &str = "v=0\r\n\
    o=alice 2890844526 2890844527 IN IP4 host.atlanta.example.com\r\n\
    s=\r\n\
    c=IN IP4 192.0.2.4\r\n\
    t=0 0\r\n\
    m=audio 49170 RTP/AVP 0 8 97\r\n\
    a=rtpmap:0 PCMU/8000\r\n\
    a=rtpmap:8 PCMA/8000\r\n\
    a=rtpmap:97 iLBC/8000\r\n\
    m=video 51372 RTP/AVP 31 32\r\n\
    a=rtpmap:31 H261/90000\r\n\
    a=rtpmap:32 MPV/90000\r\n";

fn audio_port(bytes: &[u8]) -> Option<u16> {
    parse(bytes).unwrap().media().next().map(|media| media.port())
}

#[test]
fn the_offer_of_rfc_3264_section_10_1_is_understood() {
    let description = parse(GOOD.as_bytes()).unwrap();
    assert_eq!(description.version(), 2_890_844_527);
    let media: Vec<_> = description.media().collect();
    let [audio, video] = media.as_slice() else { panic!("{} media", media.len()) };
    assert_eq!((audio.kind(), audio.port(), audio.protocol()), ("audio", 49170, "RTP/AVP"));
    assert_eq!(audio.payload_types().collect::<Vec<_>>(), [0, 8, 97]);
    assert_eq!(audio.address(), Some("192.0.2.4:49170".parse().unwrap()));
    assert_eq!(audio.rtcp_address(), Some("192.0.2.4:49171".parse().unwrap()));
    assert_eq!(audio.direction(), Direction::SendRecv);
    let map = audio.rtpmap(97).unwrap();
    assert_eq!((map.name, map.clock_rate, map.channels), ("iLBC", 8000, 1));
    assert_eq!((video.kind(), video.formats()), ("video", "31 32"));
}

#[test]
fn what_was_read_is_written_again() {
    let text = parse(GOOD.as_bytes()).unwrap().to_string();
    assert_eq!(text, GOOD);
    assert_eq!(parse(text.as_bytes()), parse(GOOD.as_bytes()));
}

#[test]
fn every_ending_of_a_line_will_do() {
    for ending in ["\n", "\r", "\r\n", "\n\r", "\r\n\r\n", " \r\n", "\0\n"] {
        let text = GOOD.replace("\r\n", ending);
        assert_eq!(parse(text.as_bytes()), parse(GOOD.as_bytes()), "{ending:?}");
    }
    let unended = GOOD.trim_end();
    assert_eq!(parse(unended.as_bytes()), parse(GOOD.as_bytes()));
}

#[test]
fn lines_that_mean_nothing_to_a_call_may_be_missing_or_wrong() {
    let least = "v=0\nm=audio 4000 RTP/AVP 0\n";
    assert_eq!(audio_port(least.as_bytes()), Some(4000));
    for line in [
        "o=only three fields",
        "o=- 1 18446744073709551616 IN IP4 h",
        "s=",
        "s=a name",
        "t=",
        "t=zero zero",
        "t=0 0 0",
        "r=7d 1h",
        "z=x",
        "k=prompt",
        "i=1\ni=2",
        "u=\nu=",
        "e=a@b\ne=c@d",
        "b=AS",
        "b=AS:many",
        "c=IN",
        "c=",
        "x=unknown",
        "no key at all",
        "=",
        "a=",
        "a=:value",
        "a",
    ] {
        let text = format!("v=0\n{line}\nm=audio 4000 RTP/AVP 0\n{line}\n");
        assert_eq!(audio_port(text.as_bytes()), Some(4000), "{line}");
    }
}

#[test]
fn the_order_of_lines_within_a_part_does_not_matter() {
    let text = "v=0\na=inactive\ns=-\nb=AS:64\nc=IN IP4 192.0.2.4\nt=0 0\no=- 1 5 IN IP4 h\n\
        m=audio 4000 RTP/AVP 0\na=ptime:30\nb=AS:80\nc=IN IP4 192.0.2.5\na=rtpmap:0 PCMU/8000\n";
    let description = parse(text.as_bytes()).unwrap();
    let audio = description.media().next().unwrap();
    assert_eq!(description.version(), 5);
    assert_eq!(audio.address(), Some("192.0.2.5:4000".parse().unwrap()));
    assert_eq!((audio.ptime(), audio.direction()), (Some(30), Direction::Inactive));
    let written = description.to_string();
    assert!(written.contains("b=AS:80\r\na=ptime:30\r\na=rtpmap:0 PCMU/8000\r\n"), "{written}");
}

#[test]
fn text_that_is_not_utf_8_is_read_as_latin_1() {
    let bytes = b"v=0\ns=caf\xe9\nm=audio 4000 RTP/AVP 0\na=x:\xff\xfe\n";
    let description = parse(bytes).unwrap();
    assert_eq!(audio_port(bytes), Some(4000));
    assert!(description.to_string().contains("s=café\r\n"));
}

#[test]
fn spaces_and_case_are_forgiven() {
    let text = "v=0\n c=IN  IP4 192.0.2.4\nm=Audio\t4000  rtp/avp 0  101 \n\
        a=RTPMAP:101  Telephone-Event / 8000\na=fmtp:101  0-15 \na=SendOnly\na=ptime: 40\n";
    let description = parse(text.as_bytes()).unwrap();
    let audio = description.media().next().unwrap();
    assert_eq!(audio.payload_types().collect::<Vec<_>>(), [0, 101]);
    assert_eq!(audio.rtpmap(101).map(|map| map.clock_rate), Some(8000));
    assert_eq!(audio.fmtp(101), Some("0-15"));
    assert_eq!((audio.direction(), audio.ptime()), (Direction::SendOnly, Some(40)));
    assert_eq!(audio.address(), Some("192.0.2.4:4000".parse().unwrap()));
}

#[test]
fn the_mediums_own_lines_override_the_sessions() {
    let text = "v=0\nc=IN IP4 192.0.2.4\na=sendonly\na=ptime:30\n\
        m=audio 4000 RTP/AVP 0\n\
        m=audio 5000 RTP/AVP 0\nc=IN IP6 2001:db8::9\na=recvonly\na=ptime:10\n";
    let description = parse(text.as_bytes()).unwrap();
    let media: Vec<_> = description.media().collect();
    assert_eq!(media[0].address(), Some("192.0.2.4:4000".parse().unwrap()));
    assert_eq!((media[0].direction(), media[0].ptime()), (Direction::SendOnly, Some(30)));
    assert_eq!(media[1].address(), Some("[2001:db8::9]:5000".parse().unwrap()));
    assert_eq!(media[1].rtcp_address(), Some("[2001:db8::9]:5001".parse().unwrap()));
    assert_eq!((media[1].direction(), media[1].ptime()), (Direction::RecvOnly, Some(10)));
}

#[test]
fn addresses_that_cannot_be_sent_to_are_none() {
    for address in [
        "IN IP4 host.example.com",
        "IN IP4 224.2.1.1/127/3",
        "IN IP6 FF15::101/3",
        "IN IP4 255.255.255.255",
        "IN IP4 1.2.3",
        "IN IP4",
        "IN",
    ] {
        let text = format!("v=0\nc={address}\nm=audio 4000 RTP/AVP 0\n");
        let description = parse(text.as_bytes()).unwrap();
        assert_eq!(description.media().next().unwrap().address(), None, "{address}");
    }
}

/// The examples of RFC 3605 2.1, and what is not one.
#[test]
fn rtcp_goes_where_it_is_told() {
    for (attribute, expected) in [
        ("a=rtcp:53020", "126.16.64.4:53020"),
        ("a=rtcp:53020 IN IP4 126.16.64.5", "126.16.64.5:53020"),
        (
            "a=rtcp:53020 IN IP6 2001:2345:6789:ABCD:EF01:2345:6789:ABCD",
            "[2001:2345:6789:abcd:ef01:2345:6789:abcd]:53020",
        ),
        ("a=rtcp:0", "126.16.64.4:49171"),
        ("a=rtcp:70000", "126.16.64.4:49171"),
        ("a=rtcp:", "126.16.64.4:49171"),
        ("a=rtcp:53020 IN IP4 somewhere", "126.16.64.4:53020"),
    ] {
        let text = format!("v=0\nc=IN IP4 126.16.64.4\nm=audio 49170 RTP/AVP 0\n{attribute}\n");
        let description = parse(text.as_bytes()).unwrap();
        let rtcp = description.media().next().unwrap().rtcp_address();
        assert_eq!(rtcp, Some(expected.parse().unwrap()), "{attribute}");
    }
    let last = parse(b"v=0\nc=IN IP4 192.0.2.4\nm=audio 65535 RTP/AVP 0\na=rtcp-mux\n").unwrap();
    let audio = last.media().next().unwrap();
    assert_eq!(audio.rtcp_address(), Some("192.0.2.4:65535".parse().unwrap()));
    assert!(audio.rtcp_mux());
}

#[test]
fn absurd_numbers_are_as_good_as_none() {
    let text = "v=0\nc=IN IP4 192.0.2.4\nm=audio 4000/2 RTP/AVP 0 128 255 256 -1 +8 99999999999 97 98 99 x\n\
        a=rtpmap:128 PCMU/8000\na=rtpmap:97 PCMU/0\na=rtpmap:98 PCMU/99999999999\na=rtpmap:99 PCMU/8000/0\n\
        a=rtpmap:\na=rtpmap:x\na=rtpmap:0\na=rtpmap:0 /8000\na=rtpmap:0 PCMU\n\
        a=ptime:4294967296\na=maxptime:0\n";
    let description = parse(text.as_bytes()).unwrap();
    let audio = description.media().next().unwrap();
    assert_eq!(audio.port(), 4000);
    assert_eq!(audio.payload_types().filter(|number| *number > 99).count(), 0);
    for number in [0, 97, 98, 99, 128] {
        assert_eq!(audio.rtpmap(number), None, "{number}");
    }
    assert_eq!((audio.ptime(), audio.maxptime()), (None, None));
    for ptime in ["0", "-20", "1001", "65536", "18446744073709551617", "20ms", ""] {
        let text = format!("v=0\nm=audio 4000 RTP/AVP 0\na=ptime:{ptime}\n");
        assert_eq!(
            parse(text.as_bytes()).unwrap().media().next().unwrap().ptime(),
            None,
            "{ptime}"
        );
    }
}

#[test]
fn a_port_that_does_not_exist_is_as_good_as_refused() {
    for port in ["65536", "99999999999999999999", "0"] {
        let text = format!("v=0\nm=audio {port} RTP/AVP 0\n");
        assert_eq!(audio_port(text.as_bytes()), Some(0), "{port}");
    }
}

#[test]
fn however_often_a_payload_type_is_written_it_is_looked_at_once() {
    let formats: String = (0..900).map(|n| format!(" {}", n % 100 + 20)).collect();
    let mut text = format!("v=0\nc=IN IP4 192.0.2.4\nm=audio 4000 RTP/AVP{formats}\n");
    for n in 0..MAX_LINES - 5 {
        text += &format!("a=rtpmap:{} x{n}/8000\n", n % 99 + 20);
    }
    text += "a=rtpmap:119 PCMA/8000\na=rtpmap:119 PCMU/8000\n";
    let offer = parse(text.as_bytes()).unwrap();
    let audio = offer.media().next().unwrap();
    assert!(audio.payload_types().eq(20..120));
    assert_eq!(audio.rtpmap(20).map(|map| map.name), Some("x0"));
    // The one that is said last, and only its first meaning.
    let only = |codec: CodecId| Capabilities { codecs: vec![codec.into()], ..Default::default() };
    assert_eq!(check_offer(&only(CodecId::Pcma), text.as_bytes()), Ok(()));
    let refused = Err(NegotiationError::NoCommonCodec);
    assert_eq!(check_offer(&only(CodecId::Pcmu), text.as_bytes()), refused);
}

#[test]
fn of_two_rtpmaps_for_a_number_the_first_counts() {
    let text = "v=0\nm=audio 4000 RTP/AVP 96\na=rtpmap:96 PCMA/8000\na=rtpmap:96 PCMU/8000\n\
        a=fmtp:96 a\na=fmtp:96 b\n";
    let description = parse(text.as_bytes()).unwrap();
    let audio = description.media().next().unwrap();
    assert_eq!(audio.rtpmap(96).map(|map| map.name), Some("PCMA"));
    assert_eq!(audio.fmtp(96), Some("a"));
}

#[test]
fn what_is_no_description_is_an_error() {
    for (bytes, error) in [
        (&b""[..], SdpError::NotSdp),
        (b"\r\n\r\n", SdpError::NotSdp),
        (b"hello world\r\n", SdpError::NotSdp),
        (b"<?xml version='1.0'?>", SdpError::NotSdp),
        (b"v=1\r\n", SdpError::Version),
        (b"v=\r\n", SdpError::Version),
        (b"v=0\nm=audio\n", SdpError::Media(2)),
        (b"v=0\nm=audio 4000\n", SdpError::Media(2)),
        (b"v=0\nm=audio 4000 RTP/AVP\n", SdpError::Media(2)),
        (b"v=0\nm=audio -1 RTP/AVP 0\n", SdpError::Media(2)),
        (b"v=0\nm=audio port RTP/AVP 0\n", SdpError::Media(2)),
        (b"v=0\nm=audio /2 RTP/AVP 0\n", SdpError::Media(2)),
        (b"v=0\nm=\n", SdpError::Media(2)),
    ] {
        assert_eq!(parse(bytes), Err(error), "{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn everything_has_a_bound() {
    let filled = |length: usize| [&b"v=0\n"[..], &b"\n".repeat(length - 4)].concat();
    assert!(parse(&filled(MAX_SIZE)).is_ok());
    assert_eq!(parse(&filled(MAX_SIZE + 1)), Err(SdpError::TooLarge));

    let lines = |count: usize| format!("v=0\n{}", "a=x\n".repeat(count - 1));
    assert!(parse(lines(MAX_LINES).as_bytes()).is_ok());
    assert_eq!(parse(lines(MAX_LINES + 1).as_bytes()), Err(SdpError::TooManyLines));

    let line = |length: usize| format!("v=0\na={}\n", "x".repeat(length - 2));
    assert!(parse(line(MAX_LINE).as_bytes()).is_ok());
    assert_eq!(parse(line(MAX_LINE + 1).as_bytes()), Err(SdpError::LineTooLong(2)));

    let media = |count: usize| format!("v=0\n{}", "m=audio 4000 RTP/AVP 0\n".repeat(count));
    assert_eq!(parse(media(MAX_MEDIA).as_bytes()).unwrap().media().len(), MAX_MEDIA);
    assert_eq!(parse(media(MAX_MEDIA + 1).as_bytes()), Err(SdpError::TooManyMedia));
}

proptest! {
    #[test]
    fn no_bytes_can_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        if let Ok(description) = parse(&bytes) {
            visit(&description);
        }
    }

    #[test]
    fn what_was_read_reads_the_same_once_written(
        lines in prop::collection::vec("[vosctmab]=[a-zA-Z0-9/:. \u{e9}-]{0,40}|m=audio [0-9]{1,5} RTP/AVP [0-9 ]{1,20}1|a=rtpmap:[0-9]{1,3} [A-Z]{1,5}/[0-9]{1,6}", 0..40),
    ) {
        let text = format!("v=0\n{}\n", lines.join("\n"));
        if let Ok(description) = parse(text.as_bytes()) {
            visit(&description);
            let written = description.to_string();
            prop_assert_eq!(parse(written.as_bytes()), Ok(description), "{}", written);
        }
    }

    #[test]
    fn a_mutated_description_never_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let mut bytes = GOOD.as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(description) = parse(&bytes) {
            visit(&description);
        }
    }
}

/// Looks at all there is to look at.
fn visit(description: &sdp::SessionDescription) {
    for media in description.media() {
        let numbers: Vec<_> = media.payload_types().collect();
        let maps = numbers.iter().filter_map(|number| media.rtpmap(*number)).count();
        let parameters = numbers.iter().filter_map(|number| media.fmtp(*number)).count();
        assert!(maps <= numbers.len() && parameters <= numbers.len());
        assert!(media.ptime().is_none_or(|ptime| (1..=1_000).contains(&ptime)));
        assert_eq!(media.address().is_some(), media.rtcp_address().is_some());
        assert!(Direction::ALL.contains(&media.direction()));
    }
    assert!(description.media().len() <= MAX_MEDIA);
}
