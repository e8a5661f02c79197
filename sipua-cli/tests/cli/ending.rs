//! Interruption: what is open is closed first; a second one ends at once.

use crate::peer::{Peer, header};
use crate::sipua::Sipua;

#[test]
fn an_interrupted_call_is_hung_up() {
    for signal in ["-INT", "-TERM"] {
        let (mut callee, address) = Sipua::answering(&["--no-media"]);
        let mut caller = Sipua::calling(&address, &["--no-media"]);
        caller.event("call_confirmed");
        caller.signal(signal);
        let ended = caller.finish();
        ended.succeeded();
        assert_eq!(ended.events().last().unwrap(), "stopped");
        assert_eq!(callee.event("call_ended")["ended_by"], "remote");
        callee.signal(signal);
        callee.finish().succeeded();
    }
}

#[test]
fn an_interrupted_answering_machine_hangs_up_its_calls() {
    let (mut callee, address) = Sipua::answering(&["--no-media"]);
    let mut caller = Sipua::calling(&address, &["--no-media"]);
    caller.event("call_confirmed");
    callee.event("call_confirmed");
    callee.signal("-INT");
    callee.finish().succeeded();
    assert_eq!(caller.event("call_ended")["ended_by"], "remote");
    caller.finish().succeeded();
}

#[test]
fn a_call_interrupted_while_it_rings_is_cancelled() {
    let (mut callee, address) = Sipua::answering(&["--manual"]);
    let mut caller = Sipua::calling(&address, &[]);
    caller.event("call_ringing");
    caller.signal("-INT");
    caller.finish().failed_with(1, "cancelled");
    assert_eq!(callee.event("call_ended")["failure"], "cancelled");
    callee.say("quit");
    callee.finish().succeeded();
}

#[test]
fn a_second_interruption_ends_at_once() {
    // A registrar that never confirms the end of the registration.
    let registrar = Peer::start(|request| {
        let contact = format!("Contact: {}\r\n", header(request, "Contact").unwrap_or_default());
        (header(request, "Expires") != Some("0")).then(|| ("200 OK", contact + "Expires: 300\r\n"))
    });
    let aor = format!("sip:alice@{}", registrar.address);
    let words = ["register", "--json", "--listen", "127.0.0.1:0", "--aor", &aor];
    let mut phone = Sipua::start(&words);
    phone.event("registered");
    registrar.request("REGISTER");
    phone.signal("-INT");
    registrar.request("REGISTER");
    phone.signal("-INT");
    let ended = phone.finish();
    assert_eq!(ended.code, Some(1));
    assert!(!ended.events().contains(&"stopped".to_owned()), "{ended:#?}");
}
