//! Every state of a call × every command: done, or refused with an error that names the state.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod network;

use std::time::Duration;

use network::caller::{CONTACT, Caller, SDP};
use network::phone::uri;
use network::{Conditions, Network};
use sipua_core::endpoint::CallState;
use sipua_core::event::{
    Body, CallId, CallRequest, Command, CommandError, Config, Dial, RequestId,
};
use sipua_core::message::Method;

const SECOND: Duration = Duration::from_secs(1);

/// The commands, in the order of the table's columns.
const COMMANDS: [&str; 12] = [
    "Ring",
    "Progress",
    "Answer",
    "Reject",
    "Redirect",
    "Ignore",
    "Reinvite",
    "AnswerOffer",
    "RejectOffer",
    "CallRequest",
    "Hangup",
    "Dial",
];

fn command(name: &str, call: CallId) -> Command {
    let headers = Vec::new();
    let description = Some(Body::sdp("v=0"));
    match name {
        "Ring" => Command::Ring { call, headers },
        "Progress" => Command::Progress { call, description: None, headers },
        "Answer" => Command::Answer { call, code: 200, description, headers },
        "Reject" => Command::Reject { call, code: 486, reason: None, headers },
        "Redirect" => Command::Redirect { call, targets: vec![uri("sip:x@10.0.7.7")] },
        "Ignore" => Command::Ignore { call },
        "Reinvite" => Command::Reinvite { call, description },
        "AnswerOffer" => Command::AnswerOffer { call, description: Body::sdp("v=0") },
        "RejectOffer" => Command::RejectOffer { call, code: 488 },
        "CallRequest" => {
            let (method, body) = (Method::Info, None);
            let request = Box::new(CallRequest { method, headers, body });
            Command::CallRequest { call, id: RequestId(1), request }
        }
        "Hangup" => Command::Hangup { call, termination: None },
        "Dial" => {
            let dial = Box::new(Dial::new(None, uri("sip:y@10.0.9.9"), None));
            Command::Dial { call, dial }
        }
        other => panic!("{other}"),
    }
}

/// The rows: a way to bring a call into a state, and which commands are done there (`x`) in the order
/// of `COMMANDS`; `-` is refused with the state, `e` because the call exists, `u` because none does.
type Row = (&'static str, fn(&mut Network) -> CallId, &'static str);

const ROWS: [Row; 14] = [
    ("unknown", |_| CallId(2), "uuuuuuuuuuxx"),
    ("calling", resolving, "----------xe"),
    ("calling", |n| n.calling().1, "----------xe"),
    ("proceeding", proceeding, "----------xe"),
    ("incoming", incoming, "xxxxxx----xe"),
    ("ringing", ringing, "xxxxxx----xe"),
    ("answered", answered, "---------xxe"),
    ("answered", owing, "-------xxxxe"),
    ("confirmed", |n| n.called().1, "------x--xxe"),
    ("confirmed", |n| n.calls().1, "------x--xxe"),
    ("modifying", modifying, "---------xxe"),
    ("modifying", offered, "-------xxxxe"),
    ("modifying", accepting, "---------xxe"),
    ("ended", ended, "----------xe"),
];

fn resolving(network: &mut Network) -> CallId {
    network.hold_lookups = true;
    let call = CallId(2);
    let dial = Box::new(Dial::new(None, uri("sip:bob@10.0.9.9"), None));
    network.command(0, Command::Dial { call, dial }).unwrap();
    call
}

fn proceeding(network: &mut Network) -> CallId {
    let (invite, call) = network.calling();
    network.say(&invite.reply("180 Ringing", "b", &[CONTACT], ""));
    network.run(SECOND / 10);
    call
}

fn incoming(network: &mut Network) -> CallId {
    network.say(&Caller::new("incoming").invite());
    network.await_incoming(0)
}

fn ringing(network: &mut Network) -> CallId {
    let call = incoming(network);
    network.command(0, command("Ring", call)).unwrap();
    call
}

fn answered(network: &mut Network) -> CallId {
    let call = incoming(network);
    network.answer(0, call);
    call
}

/// A late offer came in the 200 to our INVITE.
fn owing(network: &mut Network) -> CallId {
    let call = CallId(2);
    let dial = Box::new(Dial::new(None, uri("sip:bob@10.0.9.9"), None));
    network.command(0, Command::Dial { call, dial }).unwrap();
    let invite = network.hear("INVITE");
    network.say(&invite.reply("200 OK", "b", &[CONTACT, SDP], "v=0"));
    network.run(SECOND / 10);
    call
}

fn modifying(network: &mut Network) -> CallId {
    let (_, call) = network.calls();
    network.command(0, command("Reinvite", call)).unwrap();
    call
}

fn offered(network: &mut Network) -> CallId {
    let (mut caller, call) = network.called();
    let again = caller.request("INVITE", &[CONTACT, SDP], "v=0");
    network.say(&again);
    network.run(SECOND / 10);
    call
}

fn accepting(network: &mut Network) -> CallId {
    let call = offered(network);
    network.command(0, command("AnswerOffer", call)).unwrap();
    call
}

/// Over for the application, but the BYE waits for its response.
fn ended(network: &mut Network) -> CallId {
    let (_, call) = network.calls();
    network.hangup(0, call);
    call
}

#[test]
fn every_command_is_legal_in_every_state() {
    for (state, reach, done) in ROWS {
        for (name, expected) in COMMANDS.iter().zip(done.chars()) {
            let mut network = Network::new(1, Conditions::perfect());
            network.add_phone(Config::default());
            let call = reach(&mut network);
            let found = network.phones[0].endpoint.call_state(call).map(CallState::name);
            assert_eq!(found.unwrap_or("unknown"), state);
            let result = network.command(0, command(name, call));
            let matches = match (&result, expected) {
                (Ok(()), 'x') => true,
                (Err(CommandError::WrongState { state: named, .. }), '-') => *named == state,
                (Err(CommandError::CallExists(_)), 'e') => true,
                (Err(CommandError::UnknownCall(_)), 'u') => true,
                _ => false,
            };
            assert!(
                matches,
                "{name} in {state}: {result:?}, expected {expected}\n{}",
                network.ladder
            );
            finish(&mut network, call, state, name);
        }
    }
}

/// Whatever was done, a hang-up ends it once and leaves nothing.
fn finish(network: &mut Network, call: CallId, state: &str, name: &str) {
    network.hangup(0, call);
    network.hangup(0, call);
    network.answer_lookups();
    let existed = state != "unknown" || name == "Dial";
    let ends = network.phones[0].ends(call).len();
    assert_eq!(ends, usize::from(existed), "{name} in {state}\n{}", network.ladder);
    network.assert_nothing_retained();
    assert_eq!(network.phones[0].ends(call).len(), ends, "{name} in {state}");
}

#[test]
fn codes_that_do_not_fit_are_refused() {
    let mut network = Network::single();
    let call = incoming(&mut network);
    let headers = Vec::new;
    for (wrong, verb) in [(180, "answer"), (300, "answer")] {
        let description = Some(Body::sdp("v=0"));
        let answer = Command::Answer { call, code: wrong, description, headers: headers() };
        assert_eq!(
            network.command(0, answer),
            Err(CommandError::InvalidCode { verb, code: wrong })
        );
    }
    for wrong in [0, 99, 200, 299, 700] {
        let reject = Command::Reject { call, code: wrong, reason: None, headers: headers() };
        assert!(matches!(network.command(0, reject), Err(CommandError::InvalidCode { .. })));
    }
    let answer = Command::Answer { call, code: 200, description: None, headers: headers() };
    assert_eq!(
        network.command(0, answer),
        Err(CommandError::DescriptionMissing { verb: "answer" })
    );
    let redirect = Command::Redirect { call, targets: Vec::new() };
    assert_eq!(network.command(0, redirect), Err(CommandError::NoTarget));
    assert_eq!(network.phones[0].endpoint.call_state(call), Some(CallState::Incoming));
}

#[test]
fn a_refusal_names_the_state_in_words() {
    let mut network = Network::single();
    let call = incoming(&mut network);
    let error = network.command(0, command("Reinvite", call)).unwrap_err();
    assert_eq!(error.to_string(), "cannot reinvite a call that is incoming");
}
