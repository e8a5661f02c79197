//! `sipua load` against `sipua answer`.

use crate::sipua::Sipua;

#[test]
fn every_call_of_a_load_is_answered_and_measured() {
    let (mut callee, address) = Sipua::answering(&["--no-media", "--quiet"]);
    let options = ["--no-media", "--json", "--quiet", "--listen", "udp:127.0.0.1:0"];
    let load = ["load", &address, "--rate", "200", "--calls", "300", "--hold", "0.2"];
    let mut load = Sipua::start(&[&options[..], &load].concat());
    let report = load.event("load_finished");
    load.finish().succeeded();
    assert_eq!((&report["calls"], &report["answered"]), (&300.into(), &300.into()));
    assert_eq!(report["failed"], 0);
    let rate = report["rate"].as_f64().unwrap();
    assert!((100.0..=210.0).contains(&rate), "{report}");
    let setup = ["p50", "p95", "p99", "max"].map(|part| report["setup_ms"][part].as_f64().unwrap());
    assert!(setup[0] > 0.0 && setup.is_sorted(), "{report}");
    callee.say("quit");
    let ended = callee.finish();
    ended.succeeded();
    assert_eq!(ended.events(), ["started", "stopped"]);
}

#[test]
fn calls_at_a_time_are_limited() {
    let (mut callee, address) = Sipua::answering(&["--no-media", "--max-calls", "2"]);
    let words = ["--rate", "1000", "--calls", "20", "--limit", "1", "--hold", "0.01"];
    let load = ["load", &address, "--json", "--no-media", "--listen", "udp:127.0.0.1:0"];
    Sipua::start(&[&words[..], &load].concat()).finish().succeeded();
    callee.say("quit");
    let ended = callee.finish();
    assert_eq!(ended.events().iter().filter(|name| *name == "call_ended").count(), 20);
}

#[test]
fn failed_calls_are_counted_by_their_kind() {
    let (mut callee, address) = Sipua::answering(&["--answer-code", "486"]);
    let words = ["load", &address, "--calls", "5", "--rate", "100", "--listen", "udp:127.0.0.1:0"];
    let mut load = Sipua::start(&[&words[..], &["--json"]].concat());
    let report = load.event("load_finished");
    assert_eq!((&report["failed"], &report["failures"]["busy"]), (&5.into(), &5.into()));
    load.finish().failed_with(1, "5 of 5 calls failed");
    let people = Sipua::start(&words).finish();
    people.failed_with(1, "5 of 5 calls failed");
    assert!(people.lines.last().unwrap().contains("0 answered, 5 failed: 5 busy"), "{people:#?}");
    callee.say("quit");
    callee.finish().succeeded();
}

#[test]
fn an_interrupted_load_reports_what_it_did() {
    let (mut callee, address) = Sipua::answering(&["--no-media"]);
    let words = ["load", &address, "--calls", "100000", "--rate", "100", "--hold", "60"];
    let options = ["--json", "--no-media", "--listen", "udp:127.0.0.1:0"];
    let mut load = Sipua::start(&[&words[..], &options].concat());
    load.event("call_confirmed");
    load.signal("-INT");
    let report = load.event("load_finished");
    assert!(report["answered"].as_u64().unwrap() >= 1, "{report}");
    assert_eq!(load.finish().code, Some(1));
    callee.say("quit");
    callee.finish().succeeded();
}
