//! `sipua parse`.

use serde_json::Value;

use crate::sipua::{Sipua, scratch};

const OPTIONS: &str = "OPTIONS sip:bob@example.com SIP/2.0\r\n\
    Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
    Max-Forwards: 70\r\n\
    From: <sip:alice@example.com>;tag=1\r\n\
    To: <sip:bob@example.com>\r\n\
    Call-ID: 1@192.0.2.1\r\n\
    CSeq: 1 OPTIONS\r\n\
    Content-Length: 0\r\n\r\n";

#[test]
fn each_file_gets_a_verdict() {
    let directory = scratch("parse");
    let response = OPTIONS.replace("OPTIONS sip:bob@example.com SIP/2.0", "SIP/2.0 486 Busy Here");
    let files = [
        ("request", OPTIONS.to_owned()),
        ("response", response),
        ("without-call-id", OPTIONS.replace("Call-ID: 1@192.0.2.1\r\n", "")),
        ("no-sip", "GET / HTTP/1.1\r\n\r\n".to_owned()),
        ("too-long", "x".repeat(70_000)),
    ];
    let mut words = vec!["parse".to_owned()];
    for (name, text) in &files {
        let path = directory.join(name);
        std::fs::write(&path, text).unwrap();
        words.push(path.display().to_string());
    }
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let ended = Sipua::start(&words).finish();
    assert_eq!((ended.code, ended.errors.len()), (Some(1), 0), "{ended:#?}");
    let verdicts: Vec<Value> =
        ended.lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(verdicts.len(), files.len());
    for (verdict, word) in verdicts.iter().zip(&words[1..]) {
        assert_eq!(verdict["file"], *word);
    }
    let flags = |at: usize| (verdicts[at]["parsed"] == true, verdicts[at]["valid"] == true);
    assert_eq!(
        [0, 1, 2, 3, 4].map(flags),
        [(true, true), (true, true), (true, false), (false, false), (false, false)]
    );
    assert_eq!(
        (&verdicts[0]["kind"], &verdicts[0]["method"]),
        (&"request".into(), &"OPTIONS".into())
    );
    assert_eq!((&verdicts[1]["kind"], &verdicts[1]["status"]), (&"response".into(), &486.into()));
    assert_eq!(verdicts[0]["problems"], Value::Array(Vec::new()));
    assert_eq!(verdicts[2]["problems"][0]["where"], "Call-ID");
    assert_eq!(verdicts[2]["problems"][0]["what"], "is missing");
    assert!(verdicts[3]["problems"][0]["what"].is_string());

    let valid = Sipua::start(&words[..3]).finish();
    valid.succeeded();
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let ended = Sipua::start(&["parse", "/nonexistent/message"]).finish();
    ended.failed_with(2, "/nonexistent/message");
}
