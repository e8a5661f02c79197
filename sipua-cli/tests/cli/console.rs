//! Lines on standard input.

use crate::sipua::{Sipua, scratch};
use crate::sound::Sound;

#[test]
fn hold_and_resume_are_heard_by_the_other_side() {
    let (mut callee, address) = Sipua::answering(&["--play", "silence"]);
    let mut caller = Sipua::calling(&address, &["--play", "silence"]);
    caller.event("call_confirmed");
    callee.event("call_confirmed");
    for (verb, held) in [("hold", true), ("resume", false)] {
        caller.say(verb);
        assert_eq!(caller.event("hold_changed")["local"], held);
        assert_eq!(callee.event("hold_changed")["remote"], held);
    }
    caller.say("reinvite");
    caller.say("hangup");
    caller.finish().succeeded();
    assert_eq!(callee.event("call_ended")["ended_by"], "remote");
    callee.say("quit");
    callee.finish().succeeded();
}

#[test]
fn digits_and_info_reach_the_other_side() {
    let (mut callee, address) = Sipua::answering(&[]);
    let mut caller = Sipua::calling(&address, &[]);
    caller.event("call_confirmed");
    callee.event("call_confirmed");
    caller.say("dtmf 4*D");
    for digit in ["4", "*", "D"] {
        assert_eq!(callee.event("dtmf")["digit"], digit);
    }
    caller.say("info text/plain hello there");
    let info = callee.event("info");
    assert_eq!(
        (&info["content_type"], &info["body"]),
        (&"text/plain".into(), &"hello there".into())
    );
    assert_eq!(caller.event("request_finished")["code"], 200);
    caller.say("stats");
    assert!(caller.event("quality")["statistics"]["received"].is_object());
    caller.say("quit");
    caller.finish().succeeded();
    callee.say("quit");
    callee.finish().succeeded();
}

#[test]
fn a_call_is_played_recorded_and_muted() {
    let path = scratch("console").join("heard.wav").display().to_string();
    let (mut callee, address) = Sipua::answering(&[]);
    let mut caller = Sipua::calling(&address, &["--record-mode", "received"]);
    let confirmed = caller.event("call_confirmed");
    let id = callee.event("call_confirmed")["call"].as_str().unwrap().to_owned();
    for line in ["mute", "unmute", "play tone:900"] {
        callee.say(&format!("{id} {line}"));
    }
    let id = confirmed["call"].as_str().unwrap();
    caller.say(&format!("{id} record {path}"));
    caller.event("recording_started");
    // Digits take their time on the wire; the recording runs meanwhile.
    caller.say("dtmf 123456");
    callee.event_where("dtmf", |event| event["digit"] == "6");
    caller.say("record-stop");
    assert!(caller.event("recording_stopped")["duration_ms"].as_u64().unwrap() > 500);
    caller.say("quit");
    caller.finish().succeeded();
    callee.say("quit");
    callee.finish().succeeded();
    let heard = Sound::read(path.as_ref());
    assert!(heard.share_of(0, 900.0) > 0.8, "{}", heard.share_of(0, 900.0));
}

#[test]
fn an_incoming_call_waits_for_a_line() {
    let (mut callee, address) = Sipua::answering(&["--manual"]);
    let mut caller = Sipua::calling(&address, &[]);
    callee.event("incoming_call");
    caller.event("call_ringing");
    callee.say("answer");
    caller.event("call_confirmed");
    callee.say("hangup");
    caller.finish().succeeded();

    let mut caller = Sipua::calling(&address, &[]);
    callee.event("incoming_call");
    callee.say("answer 480");
    caller.event("call_ended");
    caller.finish().failed_with(1, "no_answer");

    let caller = Sipua::calling(&address, &[]);
    callee.event("incoming_call");
    callee.say("hangup 486");
    caller.finish().failed_with(1, "busy");

    let caller = Sipua::calling(&address, &[]);
    callee.event("incoming_call");
    callee.say("redirect sip:other@127.0.0.1:9");
    assert_eq!(callee.event("call_ended")["code"], 302);
    assert_eq!(caller.finish().code, Some(1));
    callee.say("quit");
    callee.finish().succeeded();
}

#[test]
fn another_call_is_dialled_and_the_newest_is_meant() {
    let (mut first, first_address) = Sipua::answering(&["--no-media"]);
    let (mut second, second_address) = Sipua::answering(&["--no-media"]);
    let mut caller = Sipua::calling(&first_address, &["--no-media"]);
    caller.event("call_confirmed");
    caller.say(&format!("dial {second_address}"));
    second.event("call_confirmed");
    caller.event("call_confirmed");
    caller.say("hangup");
    second.event("call_ended");
    caller.event("call_ended");
    caller.say("hangup");
    first.event("call_ended");
    caller.finish().succeeded();
    for mut phone in [first, second] {
        phone.say("quit");
        phone.finish().succeeded();
    }
}

#[test]
fn a_wrong_line_is_named_and_ends_nothing() {
    let (mut callee, address) = Sipua::answering(&[]);
    callee.say("hold");
    callee.error_line("sipua: there is no call");
    callee.say("transfer sip:a@b");
    callee.error_line("sipua: there is no command 'transfer'");
    callee.say("00000000000000ff hangup");
    callee.error_line("sipua: there is no call 00000000000000ff");
    let mut caller = Sipua::calling(&address, &[]);
    caller.event("call_confirmed");
    caller.say("answer");
    caller.error_line("sipua: cannot answer: the call is established");
    caller.say("play /nonexistent.wav");
    caller.error_line("/nonexistent.wav");
    caller.say("dtmf xyz");
    caller.error_line("xyz");
    caller.say("quit");
    assert_eq!(caller.finish().code, Some(0));
    callee.say("quit");
    assert_eq!(callee.finish().code, Some(0));
}

#[test]
fn the_end_of_the_input_is_no_command() {
    let (mut callee, address) = Sipua::answering(&["--no-media"]);
    callee.close_input();
    Sipua::calling(&address, &["--no-media", "--duration", "0.1"]).finish().succeeded();
    callee.signal("-INT");
    callee.finish().succeeded();
}
