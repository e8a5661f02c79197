//! What a UAS refuses, with which code and which headers (RFC 3261 8.2, 21).
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod network;

use std::time::Duration;

use network::caller::{CONTACT, Caller, SDP};
use network::script::Text;
use network::{Conditions, Network};
use sipua_core::event::{Body, CallId, Command, Config, Event, Warning};

/// What a request outside any dialog is answered with.
fn answer_to(request: &str) -> Text {
    let mut network = Network::single();
    network.say(request);
    let answer = network.hear("SIP/2.0 ");
    assert!(network.phones[0].incoming().is_none());
    // RFC 3261 8.2.6.2: every response but 100 has a tag.
    assert!(!answer.tag("To").is_empty());
    answer
}

fn code(answer: &Text) -> &str {
    answer.first_line().split(' ').nth(1).unwrap()
}

#[test]
fn each_refusal_has_its_code_and_its_header() {
    let mut caller = Caller::new("refused");
    let invite = caller.invite();
    let with =
        |line: &str| invite.replace("Max-Forwards: 70", &format!("{line}\r\nMax-Forwards: 70"));

    // 405 with Allow (8.2.1): known methods that are not done here.
    for method in
        ["REGISTER", "SUBSCRIBE", "PUBLISH", "REFER", "MESSAGE", "NOTIFY", "UPDATE", "PRACK"]
    {
        let answer = answer_to(&Caller::new("m").request(method, &[], ""));
        assert_eq!(code(&answer), "405", "{method}");
        assert!(answer.header("Allow").contains("INVITE"));
    }
    // 501 (21.5.2): unknown ones.
    let answer = answer_to(&Caller::new("m").request("FROBNICATE", &[], ""));
    assert_eq!(code(&answer), "501");
    // 415 with Accept (8.2.3).
    let answer = answer_to(&invite.replace("application/sdp", "text/plain"));
    assert_eq!((code(&answer), answer.header("Accept")), ("415", "application/sdp"));
    // 415 with Accept-Encoding.
    let answer = answer_to(&with("Content-Encoding: gzip"));
    assert_eq!((code(&answer), answer.header("Accept-Encoding")), ("415", "identity"));
    // 416 (8.2.2.1).
    let answer =
        answer_to(&invite.replace("INVITE sip:phone0@10.0.0.1:5060 ", "INVITE urn:service:sos "));
    assert_eq!(code(&answer), "416");
    // 420 with Unsupported (8.2.2.3).
    let answer = answer_to(&with("Require: 100rel, tdialog"));
    assert_eq!((code(&answer), answer.header("Unsupported")), ("420", "100rel, tdialog"));
    // 481 (12.2.2, 15.1.2).
    let answer = answer_to(&Caller::new("m").request("BYE", &[], ""));
    assert_eq!(code(&answer), "481");
    for method in ["BYE", "INVITE", "INFO", "OPTIONS"] {
        let mut stranger = Caller::new("m");
        stranger.to = "<sip:phone0@10.0.0.1>;tag=0123456789abcdef".to_owned();
        let answer = answer_to(&stranger.request(method, &[CONTACT], ""));
        assert_eq!(code(&answer), "481", "{method}");
    }
    // 505 (21.5.6).
    let answer = answer_to(&invite.replace("SIP/2.0\r\n", "SIP/3.0\r\n"));
    assert_eq!(code(&answer), "505");
    // 400: no Contact, so no way back (8.1.1.8).
    let answer = answer_to(&Caller::new("m").request("INVITE", &[SDP], "v=0"));
    assert_eq!(code(&answer), "400");
    // 400: a CSeq of another method.
    let answer = answer_to(&invite.replace("CSeq: 1 INVITE", "CSeq: 1 BYE"));
    assert_eq!(code(&answer), "400");
}

/// 513 (21.5.7).
#[test]
fn a_body_too_large_is_refused() {
    let mut network = Network::new(1, Conditions::perfect());
    network.add_phone(Config { max_body: 1000, ..Config::default() });
    let body = "a".repeat(1001);
    let invite = Caller::new("large").request("INVITE", &[CONTACT, SDP], &body);
    network.say(&invite);
    network.hear("SIP/2.0 513");
}

/// 482 (8.2.2.2): the same request over another path.
#[test]
fn a_merged_request_is_refused() {
    let mut network = Network::single();
    let invite = Caller::new("merged").invite();
    network.say(&invite);
    network.await_incoming(0);
    network.say(&invite.replace("z9hG4bKmerged1", "z9hG4bKother"));
    network.hear("SIP/2.0 482");
    assert_eq!(network.phones[0].endpoint.calls(), 1);
}

/// 503 with Retry-After (21.5.4), and the operator is told.
#[test]
fn too_many_calls_are_refused_until_one_ends() {
    let mut network = Network::new(1, Conditions::perfect());
    network.add_phone(Config { max_calls: 1, ..Config::default() });
    network.say(&Caller::new("first").invite());
    let call = network.await_incoming(0);
    network.say(&Caller::new("second").invite());
    let refused = network.hear("SIP/2.0 503");
    assert_eq!(refused.header("Retry-After"), "10");
    let warned = |event: &Event| matches!(event, Event::Warning(Warning::CallLimit { .. }));
    assert!(network.phones[0].events.iter().any(warned));
    network.say(&Caller::new("options").request("OPTIONS", &[], ""));
    network.hear("SIP/2.0 503");
    let headers = Vec::new();
    network.command(0, Command::Reject { call, code: 486, reason: None, headers }).unwrap();
    network.say(&Caller::new("third").invite());
    network.run(Duration::from_secs(1));
    assert_eq!(&*network.phones[0].incoming().unwrap().sip_call_id, "third");
}

/// 11.2.
#[test]
fn options_are_answered_with_what_we_can_do() {
    let answer =
        answer_to(&Caller::new("options").request("OPTIONS", &["Accept: application/sdp"], ""));
    assert_eq!(code(&answer), "200");
    assert_eq!(answer.header("Accept"), "application/sdp");
    assert_eq!(answer.header("Allow"), "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO");
    assert_eq!(answer.headers("Supported"), [""]);
}

#[test]
fn requests_inside_a_call_are_answered_or_refused() {
    let mut network = Network::single();
    let (mut caller, call) = network.called();
    for (method, code) in [
        ("OPTIONS", "200"),
        ("INFO", "200"),
        ("UPDATE", "405"),
        ("REFER", "405"),
        ("PRACK", "405"),
        ("FROBNICATE", "501"),
    ] {
        let body = if method == "INFO" { "Signal=1" } else { "" };
        let request = caller.request(method, &["Content-Type: application/dtmf-relay"], body);
        network.say(&request);
        let answer = network.hear("SIP/2.0 ");
        assert_eq!(answer.first_line().split(' ').nth(1), Some(code), "{method}");
    }
    let told = network.phones[0].events.iter().find_map(|event| match event {
        Event::CallRequest { call, request } => Some((*call, request.body.clone())),
        _ => None,
    });
    assert_eq!(told, Some((call, "Signal=1".into())));
    assert!(network.phones[0].ends(call).is_empty());
}

/// 12.2.2: numbers must rise.
#[test]
fn a_request_out_of_order_gets_500() {
    let mut network = Network::single();
    let (mut caller, call) = network.called();
    let info = caller.request("INFO", &[], "");
    network.say(&info);
    network.hear("SIP/2.0 200");
    let late = caller.numbered("BYE", 1, &[], "");
    network.say(&late);
    network.hear("SIP/2.0 500");
    assert!(network.phones[0].ends(call).is_empty());
}

/// 17.1.1.3 is the transaction's; that a refused INVITE makes no call is ours.
#[test]
fn an_invite_refused_by_the_application_carries_its_headers() {
    let mut network = Network::single();
    network.say(&Caller::new("busy").invite());
    let call: CallId = network.await_incoming(0);
    let headers = vec![(sipua_core::message::HeaderName::RetryAfter, "30".into())];
    let reason = Some("Im Termin".to_owned());
    network.command(0, Command::Reject { call, code: 486, reason, headers }).unwrap();
    let busy = network.hear("SIP/2.0 486");
    assert_eq!(busy.first_line(), "SIP/2.0 486 Im Termin");
    assert_eq!(busy.header("Retry-After"), "30");
    let description = Body::sdp("v=0");
    assert!(network.command(0, Command::AnswerOffer { call, description }).is_err());
}

/// 20.11: a body that need not be understood is left alone, and is no offer.
#[test]
fn an_optional_body_of_another_kind_is_no_offer() {
    let mut network = Network::single();
    let optional = "Content-Type: text/plain\r\nContent-Disposition: render;handling=optional";
    let invite = Caller::new("optional").invite();
    network.say(&invite.replace("Content-Type: application/sdp", optional));
    network.await_incoming(0);
    assert!(!network.phones[0].incoming().unwrap().has_offer);
}

/// What does not fit into any datagram is refused, and the INVITE does not stay unanswered.
#[test]
fn an_answer_too_large_is_refused_with_500() {
    let mut network = Network::single();
    network.say(&Caller::new("huge").invite());
    let call = network.await_incoming(0);
    let description = Some(Body::sdp("v".repeat(70_000)));
    let answer = Command::Answer { call, code: 200, description, headers: Vec::new() };
    network.command(0, answer).unwrap();
    network.hear("SIP/2.0 500");
    assert_eq!(network.phones[0].ends(call).len(), 1);
}
