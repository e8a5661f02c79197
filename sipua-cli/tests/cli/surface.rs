//! What a user does wrong ends in one clear line, with the right status, and nothing left running.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use crate::peer::{Peer, header};
use crate::sipua::{Sipua, scratch};

const LOCAL: [&str; 2] = ["--listen", "udp:127.0.0.1:0"];

#[track_caller]
fn fails(words: &[&str], code: i32, text: &str) {
    Sipua::start(words).finish().failed_with(code, text);
}

#[test]
fn wrong_words_are_wrong_usage() {
    fails(&["--colour", "call", "sip:a@127.0.0.1"], 2, "--colour");
    fails(&["dance"], 2, "dance");
    fails(&["call"], 2, "<URI>");
    fails(&["--listen", "udp:nowhere:port", "answer"], 2, "udp:nowhere:port");
    fails(&["--listen", "carrier:1.2.3.4:5060", "answer"], 2, "carrier:1.2.3.4:5060");
    fails(&["answer", "--codecs", "pcmu,opus"], 2, "opus");
    fails(&["answer", "--ptime", "21"], 2, "21");
    fails(&["answer", "--rtp-ports", "20000"], 2, "20000");
    fails(&["answer", "--rtp-ports", "20000-20000"], 2, "20000");
    fails(&["answer", "--answer-code", "180"], 2, "180");
    fails(&["answer", "--ring-for=-1"], 2, "--ring-for");
    fails(&["answer", "--header", "X 1"], 2, "--header");
    fails(&["register"], 2, "--aor");
    fails(&["register", "--user", "alice"], 2, "--server");
    fails(&["answer", "--display-name", "A"], 2, "--aor");
    fails(&["answer", "--loop"], 2, "--play");
    fails(&["answer", "--no-media", "--echo"], 2, "--no-media");
    fails(&["answer", "--play", "tone:99999"], 2, "tone:99999");
    let nothing = Sipua::start(&[]).finish();
    assert_eq!(nothing.code, Some(2));
    assert!(nothing.errors.join("\n").contains("Usage"), "{nothing:#?}");
}

#[test]
fn help_and_version_are_printed() {
    for words in [&["--help"][..], &["call", "--help"], &["--version"]] {
        let ended = Sipua::start(words).finish();
        ended.succeeded();
        assert!(!ended.lines.is_empty());
    }
}

#[test]
fn a_wrong_address_is_named() {
    for wrong in ["sip:@@@", "sip:", "bob", "sip:a@b c", "http://a.example/"] {
        for command in ["call", "options", "load"] {
            let ended = Sipua::start(&[&LOCAL[..], &[command, wrong]].concat()).finish();
            ended.failed_with(2, wrong);
        }
    }
    fails(&["register", "--aor", "sip:@@@"], 2, "sip:@@@");
    fails(&["register", "--aor", "sip:a@127.0.0.1", "--server", ":::"], 2, ":::");
}

#[test]
fn a_name_that_is_not_found_is_said() {
    // RFC 6761 6.4: `invalid` exists nowhere.
    let words = [&LOCAL[..], &["call", "sip:a@host.invalid"]].concat();
    fails(&words, 1, "transport_failed (");
    let words = [&LOCAL[..], &["options", "sip:a@host.invalid"]].concat();
    fails(&words, 1, "transport_failed");
}

#[test]
fn a_port_in_use_is_named() {
    let occupied = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = format!("udp:{}", occupied.local_addr().unwrap());
    for command in [&["answer"][..], &["call", "sip:a@127.0.0.1"], &["options", "sip:a@127.0.0.1"]]
    {
        fails(&[command, &["--listen", &address]].concat(), 1, &address);
    }
}

#[test]
fn a_file_that_cannot_be_used_is_named() {
    let directory = scratch("files");
    let broken = directory.join("broken.wav").display().to_string();
    std::fs::write(&broken, "RIFF, but not really").unwrap();
    let target = Peer::silent();
    let uri = format!("sip:a@{}", target.address);
    let call = [&LOCAL[..], &["call", &uri]].concat();
    for (option, path) in [
        ("--play", broken.as_str()),
        ("--play", "/nonexistent/a.wav"),
        ("--record", "/nonexistent/b.wav"),
        ("--pcap", "/nonexistent/c.pcap"),
    ] {
        fails(&[&call[..], &[option, path]].concat(), 1, path);
        fails(&[&LOCAL[..], &["answer", option, path]].concat(), 1, path);
    }
    fails(
        &["answer", "--user", "a", "--server", "b", "--password-file", "/nonexistent/d"],
        1,
        "/nonexistent/d",
    );
}

#[test]
fn an_output_that_takes_nothing_is_said() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let words = [&LOCAL[..], &["answer"]].concat();
    let ended = Sipua::start_with(&words, |command| {
        command.stdout(full);
    })
    .finish();
    ended.failed_with(1, "cannot write to standard output");
}

#[test]
fn a_configuration_file_has_the_names_of_the_options() {
    let directory = scratch("config");
    let file = |name: &str, text: &str| {
        let path = directory.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (mut callee, address) = Sipua::answering(&["--no-media"]);
    let good = "listen = [\"udp:127.0.0.1:0\", \"udp:127.0.0.1:0\"]\njson = true\nno-media = true\n\
        duration = 0\nmanual = false\nheader = [\"X-A: 1\"]\nrate = 7\nstats = 60\n";
    let good = file("good.toml", good);
    let mut caller = Sipua::start(&["--config", &good, "call", &address]);
    assert_eq!(caller.event("started")["listen"].as_array().unwrap().len(), 2);
    caller.finish().succeeded();
    // What is typed counts more.
    let typed = ["--config", &good, "call", &address, "--listen", "127.0.0.1:0"];
    let mut caller = Sipua::start(&typed);
    assert_eq!(caller.event("started")["listen"].as_array().unwrap().len(), 1);
    caller.finish().succeeded();
    callee.say("quit");
    callee.finish().succeeded();

    for (text, named) in [
        ("colour = 1", "colour"),
        ("json = 1", "json"),
        ("ptime = \"x\"", "ptime"),
        ("listen = [[1]]", "listen"),
        ("= 1", "wrong.toml"),
    ] {
        fails(&["--config", &file("wrong.toml", text), "answer"], 2, named);
    }
    fails(&["--config", "/nonexistent.toml", "answer"], 2, "/nonexistent.toml");
}

#[test]
fn options_shows_the_answer() {
    let peer = Peer::start(|request| {
        assert_eq!(header(request, "X-Test"), Some("7"));
        Some(("200 Fine", "Allow: INVITE\r\n".to_owned()))
    });
    let uri = format!("sip:a@{}", peer.address);
    let words = [&LOCAL[..], &["options", &uri, "--header", "X-Test: 7"]].concat();
    let people = Sipua::start(&words).finish();
    people.succeeded();
    assert!(people.lines.contains(&"200 Fine".to_owned()), "{people:#?}");
    assert!(people.lines.contains(&"Allow: INVITE".to_owned()), "{people:#?}");
    let mut json = Sipua::start(&[&words[..], &["--json"]].concat());
    let answer = json.event("request_finished");
    assert_eq!((&answer["code"], &answer["reason"]), (&200.into(), &"Fine".into()));
    json.finish().succeeded();

    let refusing = Peer::start(|_| Some(("404 Not Found", String::new())));
    let uri = format!("sip:a@{}", refusing.address);
    fails(&[&LOCAL[..], &["options", &uri]].concat(), 1, "not_found (404 Not Found)");
}

#[test]
fn a_sipua_answers_options() {
    let (mut callee, address) = Sipua::answering(&[]);
    let ended = Sipua::start(&[&LOCAL[..], &["options", &address]].concat()).finish();
    ended.succeeded();
    assert!(ended.lines.iter().any(|line| line.starts_with("Allow: ") && line.contains("INVITE")));
    callee.say("quit");
    callee.finish().succeeded();
}

#[test]
fn a_server_that_does_not_answer_is_a_timeout() {
    // RFC 3261 17.1.1.2 and 17.1.2.2: timers B and F are 64 T1, which is 32 s.
    let patience = Duration::from_secs(60);
    let silent = Peer::silent();
    let uri = format!("sip:a@{}", silent.address);
    let began = Instant::now();
    let running = [&["call", &uri][..], &["options", &uri], &["register", "--aor", &uri]]
        .map(|words| Sipua::start(&[&LOCAL[..], words].concat()));
    for sipua in running {
        sipua.finish_within(patience).failed_with(1, "timeout");
    }
    assert!(began.elapsed() >= Duration::from_secs(30));
}
