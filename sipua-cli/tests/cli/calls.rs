//! Two `sipua` call each other on loopback.

use serde_json::Value;

use crate::sipua::{Sipua, scratch};
use crate::sound::Sound;

#[test]
fn a_call_with_sound_both_ways() {
    let directory = scratch("sound");
    let [heard_by_caller, heard_by_callee] =
        ["caller.wav", "callee.wav"].map(|name| directory.join(name).display().to_string());
    let (mut callee, address) = Sipua::answering(&[
        "--play",
        "tone:1000",
        "--record",
        &heard_by_callee,
        "--record-mode",
        "stereo",
    ]);
    let options = ["--play", "tone:440", "--record", &heard_by_caller, "--record-mode", "received"];
    let caller =
        Sipua::calling(&address, &[options.as_slice(), &["--duration", "1.5"]].concat()).finish();
    caller.succeeded();
    let names = caller.events();
    in_order(&names, &["started", "call_answered", "call_confirmed", "call_ended", "stopped"]);
    in_order(&names, &["recording_started", "media_started", "recording_stopped", "stopped"]);

    let record = callee.event("call_ended");
    assert_eq!(record["direction"], "incoming");
    assert_eq!(record["ended_by"], "remote");
    assert_eq!(record["codec"], "PCMU");
    assert_eq!(record["failure"], Value::Null);
    assert!(record["duration_ms"].as_u64().unwrap() >= 1_400, "{record}");
    assert!(record["statistics"]["received"]["packets"].as_u64().unwrap() > 40, "{record}");
    assert!(record["statistics"]["mos"].as_f64().unwrap() > 4.0, "{record}");
    callee.event("recording_stopped");
    callee.say("quit");
    callee.finish().succeeded();

    let caller = Sound::read(heard_by_caller.as_ref());
    let callee = Sound::read(heard_by_callee.as_ref());
    assert_eq!((caller.channels(), callee.channels()), (1, 2));
    assert!(caller.seconds() > 1.0, "{}", caller.seconds());
    // Received is on the left, sent on the right.
    let shares =
        [caller.share_of(0, 1000.0), callee.share_of(0, 440.0), callee.share_of(1, 1000.0)];
    assert!(shares.iter().all(|share| *share > 0.9), "{shares:?}");
}

#[test]
fn an_echo_sends_back_what_it_hears() {
    let path = scratch("echo").join("heard.wav").display().to_string();
    let (mut callee, address) = Sipua::answering(&["--echo"]);
    let options = ["--play", "tone:700", "--record", &path, "--record-mode", "received"];
    Sipua::calling(&address, &[options.as_slice(), &["--duration", "1.5"]].concat())
        .finish()
        .succeeded();
    let heard = Sound::read(path.as_ref());
    assert!(heard.share_of(0, 700.0) > 0.8, "{}", heard.share_of(0, 700.0));
    callee.say("quit");
    callee.finish().succeeded();
}

#[test]
fn a_refused_call_ends_with_its_reason() {
    for (code, failure) in [("486", "busy"), ("603", "declined"), ("404", "not_found")] {
        let (mut callee, address) = Sipua::answering(&["--answer-code", code]);
        let caller = Sipua::calling(&address, &[]).finish();
        caller.failed_with(1, failure);
        let record: Value = serde_json::from_str(
            caller.lines.iter().find(|line| line.contains("call_ended")).unwrap(),
        )
        .unwrap();
        assert_eq!(record["code"].to_string(), code);
        assert_eq!(record["failure"], failure);
        callee.say("quit");
        callee.finish().succeeded();
    }
}

#[test]
fn a_call_rings_before_it_is_answered() {
    let (mut callee, address) = Sipua::answering(&["--ring-for", "0.3", "--no-media"]);
    let mut caller = Sipua::calling(&address, &["--no-media", "--duration", "0"]);
    let ringing = caller.event("call_ringing");
    assert_eq!(ringing["code"], 180);
    let answered = caller.event("call_answered");
    let time = |event: &Value| event["time"].as_u64().unwrap();
    assert!(time(&answered) - time(&ringing) >= 250, "{ringing} {answered}");
    caller.finish().succeeded();
    callee.say("quit");
    callee.finish().succeeded();
}

#[test]
fn a_caller_gives_up_after_the_time_to_ring() {
    let (mut callee, address) = Sipua::answering(&["--manual"]);
    let caller = Sipua::calling(&address, &["--ring-for", "0.3"]).finish();
    caller.failed_with(1, "no_answer");
    assert_eq!(callee.event("call_ended")["failure"], "cancelled");
    callee.say("quit");
    callee.finish().succeeded();
}

#[test]
fn one_call_more_than_allowed_is_refused() {
    let (mut callee, address) = Sipua::answering(&["--max-calls", "1", "--no-media"]);
    let mut first = Sipua::calling(&address, &["--no-media"]);
    first.event("call_confirmed");
    Sipua::calling(&address, &["--no-media"]).finish().failed_with(1, "503");
    first.say("quit");
    first.finish().succeeded();
    callee.say("quit");
    callee.finish().succeeded();
}

#[test]
fn digits_of_the_options_are_pressed_after_the_answer() {
    for extra in [["--dtmf", "12#"], ["--dtmf-mode", "rfc4733"]] {
        let (mut callee, address) = Sipua::answering(&[]);
        let target = format!("{address},12#");
        let mut caller = Sipua::calling(&target, &extra);
        for digit in ["1", "2", "#"] {
            let event = callee.event("dtmf");
            assert_eq!(
                (event["digit"].as_str(), event["method"].as_str()),
                (Some(digit), Some("rfc4733"))
            );
        }
        caller.say("hangup");
        caller.finish().succeeded();
        callee.say("quit");
        assert!(callee.finish().lines.iter().filter(|line| line.contains("\"dtmf\"")).count() == 3);
    }
}

#[test]
fn who_answers_sends_digits_and_header_fields_too() {
    let options = ["--dtmf", "7", "--header", "X-Desk: 9", "--ring-for", "0.1"];
    let (mut callee, address) = Sipua::answering(&options);
    let mut caller = Sipua::calling(&address, &["--trace"]);
    assert_eq!(caller.event("dtmf")["digit"], "7");
    caller.error_line("SIP/2.0 200 OK");
    caller.error_line("X-Desk: 9");
    caller.say("quit");
    assert_eq!(caller.finish().code, Some(0));
    callee.say("quit");
    callee.finish().succeeded();
}

#[test]
fn lines_for_people_say_what_happens() {
    let (mut callee, address) = Sipua::answering(&[]);
    let words = ["--listen", "127.0.0.1:0", "--duration", "0.2", "call", &address];
    let caller = Sipua::start(&words).finish();
    caller.succeeded();
    let text = caller.lines.join("\n");
    for part in
        ["listening on udp:127.0.0.1:", "answered (200)", "media PCMU sendrecv", "ended (local)"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let quiet = Sipua::start(&[&words[..], &["--quiet"]].concat()).finish();
    quiet.succeeded();
    assert!(!quiet.lines.join("\n").contains("answered"), "{quiet:#?}");
    callee.say("quit");
    callee.finish().succeeded();
}

#[test]
fn messages_are_traced_and_captured() {
    let capture = scratch("trace").join("call.pcap");
    let (mut callee, address) = Sipua::answering(&[]);
    let path = capture.display().to_string();
    let options = ["--duration", "0.2", "--trace", "--pcap", &path, "--header", "X-Test: 7"];
    let caller = Sipua::calling(&address, &options).finish();
    assert_eq!(caller.code, Some(0), "{caller:#?}");
    let trace = caller.errors.join("\n");
    for part in [
        "sent 127.0.0.1:",
        "INVITE sip:callee@",
        "X-Test: 7",
        "received 127.0.0.1:",
        "SIP/2.0 200 OK",
    ] {
        assert!(trace.contains(part), "{part}: {trace}");
    }
    let bytes = std::fs::read(&capture).unwrap();
    assert_eq!(bytes[..4], 0xa1b2_c3d4_u32.to_le_bytes());
    assert!(bytes.windows(11).any(|window| window == b"INVITE sip:"));
    callee.say("quit");
    callee.finish().succeeded();
}

#[test]
fn statistics_come_as_often_as_asked() {
    let (mut callee, address) = Sipua::answering(&["--play", "silence"]);
    let mut caller = Sipua::calling(&address, &["--stats", "0.2", "--play", "silence"]);
    for _ in 0..3 {
        assert!(caller.event("quality")["statistics"]["sent"]["packets"].is_u64());
    }
    caller.say("quit");
    caller.finish().succeeded();
    callee.say("quit");
    callee.finish().succeeded();
}

/// Each of `wanted` is there, in this order.
#[track_caller]
fn in_order(names: &[String], wanted: &[&str]) {
    let mut rest = names.iter();
    for name in wanted {
        assert!(
            rest.any(|other| other == name),
            "{name} is not there, or not in its place: {names:?}"
        );
    }
}
