//! The torture messages of RFC 4475: each gets the verdict of `torture/verdicts.txt`, and mutations
//! of them break nothing.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "the messages are files")]

#[path = "torture/mutate.rs"]
mod mutate;

use std::collections::BTreeSet;
use std::path::PathBuf;

use bytes::Bytes;
use rand::SeedableRng;
use rand::rngs::StdRng;
use sipua_core::message::{Frame, Host, Message, Report, StatusCode, StreamFramer};

/// One line of the table.
struct Verdict {
    name: String,
    parses: bool,
    valid: bool,
    refusal: Option<u16>,
    places: Vec<String>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/torture")
}

fn verdicts() -> Vec<Verdict> {
    let table = std::fs::read_to_string(folder().join("verdicts.txt")).unwrap();
    let lines = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(verdict).collect()
}

fn verdict(line: &str) -> Verdict {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [name, section, parses, valid, refusal, places @ ..] = words.as_slice() else {
        panic!("not a line of six columns: {line}");
    };
    assert!(section.starts_with("3."), "{line}");
    let yes = |word: &str| match word {
        "yes" => true,
        "no" => false,
        other => panic!("{other} is neither yes nor no: {line}"),
    };
    let some = |word: &&str| *word != "-";
    Verdict {
        name: (*name).into(),
        parses: yes(parses),
        valid: yes(valid),
        refusal: Some(refusal).filter(|word| some(word)).map(|code| code.parse().unwrap()),
        places: places.iter().filter(|word| some(word)).map(|&word| word.into()).collect(),
    }
}

fn read(name: &str) -> Bytes {
    std::fs::read(folder().join(format!("{name}.dat"))).unwrap().into()
}

fn message(name: &str) -> Message {
    Message::parse_datagram(read(name)).unwrap()
}

#[test]
fn every_message_gets_its_verdict() {
    let verdicts = verdicts();
    let named: BTreeSet<String> = verdicts.iter().map(|v| format!("{}.dat", v.name)).collect();
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name());
    let files = files.map(|name| name.into_string().unwrap());
    let there: BTreeSet<String> = files.filter(|name| name.ends_with(".dat")).collect();
    assert_eq!(named, there, "each file has a verdict, each verdict a file");
    assert_eq!(verdicts.len(), 49, "the messages of the RFC");
    for verdict in verdicts {
        let report = Report::of(read(&verdict.name));
        let found = report.problem_texts();
        let places: Vec<&str> = found.iter().map(|(place, _)| place.as_str()).collect();
        let name = &verdict.name;
        assert_eq!(report.is_parsed(), verdict.parses, "{name}: {found:?}");
        assert_eq!(report.is_valid(), verdict.valid, "{name}: {found:?}");
        assert_eq!(places, verdict.places, "{name}: {found:?}");
        let refusal = report.reject_status().map(StatusCode::code);
        assert_eq!(refusal, verdict.refusal, "{name}: {found:?}");
    }
}

#[test]
fn what_is_odd_but_legal_is_understood() {
    let wsinv = message("wsinv");
    let headers = wsinv.headers();
    assert_eq!(headers.to().unwrap().tag(), Some("1918181833n"));
    assert_eq!(headers.from().unwrap().display_name().unwrap(), r#"J Rosenberg \""#);
    assert_eq!(headers.from().unwrap().tag(), Some("98asjd8"));
    assert_eq!(headers.max_forwards(), Ok(Some(68)));
    assert_eq!(headers.cseq().unwrap().number, 9);
    let vias: Vec<_> = headers.vias().map(|via| via.unwrap()).collect();
    let transports: Vec<_> = vias.iter().map(|via| via.transport).collect();
    assert_eq!(transports, ["UDP", "TCP", "UDP"]);
    assert_eq!(vias[1].host, Host::Name("spindle.example.com"));
    assert_eq!(vias[2].branch(), Some("z9hG4bK30239"));
    let contact = headers.contact().unwrap();
    assert_eq!(contact.display_name().unwrap(), r#"Quoted string """#);
    assert_eq!((contact.params.value("newparam"), contact.q()), (Some("newvalue"), Some(330)));
    assert!(headers.routes().next().unwrap().unwrap().uri.has_lr());

    let intmeth = message("intmeth");
    assert_eq!(
        intmeth.headers().to().unwrap().display_name().unwrap(),
        "BEL:\u{7} NUL:\0 DEL:\u{7f}"
    );
    let Message::Request(request) = &intmeth else { panic!("a request") };
    assert_eq!(
        request.uri().unwrap().user(),
        Some("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*")
    );
    assert_eq!(request.uri().unwrap().host(), Some(Host::Name("example.com")));

    let Message::Request(esc01) = message("esc01") else { panic!("a request") };
    assert_eq!(esc01.uri().unwrap().unescaped_user().unwrap(), "sips:user@example.com");
    let Message::Request(semiuri) = message("semiuri") else { panic!("a request") };
    assert_eq!(semiuri.uri().unwrap().unescaped_user().unwrap(), "user;par=u@example.net");
    assert!(semiuri.uri().unwrap().params().is_empty());
    assert_eq!(message("esc02").headers().contacts().count(), 2);
    assert_eq!(message("longreq").headers().vias().count(), 34);
    assert_eq!(message("dblreq").body().len(), 0);
    assert_eq!(message("mpart01").body().len(), 553);
    let Message::Response(noreason) = message("noreason") else { panic!("a response") };
    assert_eq!(noreason.reason(), "");
    // 3.3.12 and 3.3.13: whose parameter it is.
    assert!(message("cparam01").headers().contact().unwrap().params.contains("unknownparam"));
    assert!(message("cparam02").headers().contact().unwrap().uri.params().contains("unknownparam"));
}

/// What is valid is so on a stream too, whatever the segments.
#[test]
fn valid_messages_are_framed_on_a_stream() {
    for verdict in verdicts().into_iter().filter(|verdict| verdict.valid) {
        let data = read(&verdict.name);
        if message(&verdict.name).headers().content_length().unwrap().is_none() {
            continue;
        }
        for segment in [1, 7, data.len()] {
            let mut framer = StreamFramer::new();
            let mut frames = Vec::new();
            for piece in data.chunks(segment) {
                framer.push(piece);
                while let Some(frame) = framer.next_frame() {
                    frames.push(frame.unwrap());
                }
            }
            let first = frames.into_iter().find_map(|frame| match frame {
                Frame::Message(message) => Some(message.to_bytes()),
                _ => None,
            });
            assert_eq!(first, Some(message(&verdict.name).to_bytes()), "{}", verdict.name);
        }
    }
}

#[test]
fn mutations_break_nothing_and_stay_bounded() {
    const ROUNDS: usize = 400;
    let corpus: Vec<Bytes> = verdicts().iter().map(|verdict| read(&verdict.name)).collect();
    let mut rng = StdRng::seed_from_u64(4475);
    for original in &corpus {
        for _ in 0..ROUNDS {
            let mutant = mutate::mutate(original, &corpus, &mut rng);
            sipua_core::fuzzing::message(&mutant);
            sipua_core::fuzzing::stream(&mutant);
        }
    }
}
