//! `sipua register`, and calls of an account.

use crate::peer::{Answer, Peer, header};
use crate::sipua::{Sipua, scratch};

const CHALLENGE: &str = "WWW-Authenticate: Digest realm=\"test\", nonce=\"abc\", algorithm=MD5\r\n";

/// What proves the password, without qop and so without anything random.
const RESPONSE: &str = "response=\"48b25c1cd4a9bf1d018a9e062cb645b3\"";

/// A registrar that wants credentials, whatever they are.
fn registrar() -> Peer {
    Peer::start(|request| {
        if header(request, "Authorization").is_none() {
            return Some(("401 Unauthorized", CHALLENGE.to_owned()));
        }
        let contact = header(request, "Contact").unwrap_or_default();
        Some(("200 OK", format!("Contact: {contact};expires=300\r\n")))
    })
}

fn refusing(status: &'static str, headers: &'static str) -> Peer {
    Peer::start(move |_| Some::<Answer>((status, headers.to_owned())))
}

#[test]
fn it_registers_with_a_password_and_unregisters() {
    let file = scratch("register").join("password");
    std::fs::write(&file, "secret\n").unwrap();
    let file = file.display().to_string();
    let from_file = ["--password-file", file.as_str()];
    for (options, environment) in [(&from_file[..], None), (&[], Some("secret"))] {
        let registrar = registrar();
        let words = ["register", "--json", "--listen", "127.0.0.1:0", "--expires", "120"];
        let account = ["--aor", "sip:alice@example.test", "--server", &registrar.address];
        let identity = ["--auth-user", "alice-auth", "--display-name", "Alice A"];
        let identity = [&identity[..], &["--header", "X-Site: 7"]].concat();
        let words = [&words[..], &account, &identity, options].concat();
        let mut phone = Sipua::start_with(&words, |command| {
            command.envs(environment.map(|password| ("SIPUA_PASSWORD", password)));
        });
        assert_eq!(phone.event("registered")["expires"], 300);
        let first = registrar.request("REGISTER");
        assert!(first.starts_with("REGISTER sip:example.test SIP/2.0\r\n"), "{first}");
        assert!(header(&first, "From").unwrap().contains("Alice A"), "{first}");
        assert!(first.contains("xpires: 120") || first.contains("expires=120"), "{first}");
        assert_eq!(header(&first, "X-Site"), Some("7"), "{first}");
        let second = registrar.request("REGISTER");
        let authorization = header(&second, "Authorization").unwrap();
        assert!(authorization.contains("username=\"alice-auth\""), "{authorization}");
        // RFC 2617 3.2.2.1, of alice-auth:test:secret, the nonce, and REGISTER:sip:example.test.
        assert!(authorization.contains(RESPONSE), "{authorization}");
        phone.say("quit");
        let ended = phone.finish();
        ended.succeeded();
        assert!(ended.events().contains(&"unregistered".to_owned()), "{ended:#?}");
        let last = registrar.request("REGISTER");
        assert!(last.contains("xpires: 0") || last.contains("expires=0"), "{last}");
    }
}

#[test]
fn a_wrong_password_is_said() {
    let registrar = refusing("401 Unauthorized", CHALLENGE);
    let aor = format!("sip:alice@{}", registrar.address);
    for command in [&["register"][..], &["answer"], &["call", "sip:bob@127.0.0.1:9"]] {
        let words = [command, &["--json", "--listen", "127.0.0.1:0", "--aor", &aor]].concat();
        let ended = Sipua::start_with(&words, |command| {
            command.env("SIPUA_PASSWORD", "wrong");
        })
        .finish();
        ended.failed_with(1, "authentication_failed");
        assert!(ended.events().contains(&"registration_failed".to_owned()));
        assert!(!ended.events().contains(&"call_ended".to_owned()));
    }
}

#[test]
fn a_registrar_that_refuses_is_said() {
    let registrar = refusing("403 Forbidden", "");
    let words = ["register", "--listen", "127.0.0.1:0", "--user", "alice", "--server"];
    let ended = Sipua::start(&[&words[..], &[&registrar.address]].concat()).finish();
    ended.failed_with(1, "forbidden (403 Forbidden)");
}

#[test]
fn a_trunk_calls_without_registering() {
    let (mut callee, address) = Sipua::answering(&["--no-media"]);
    let server = address.strip_prefix("sip:callee@").unwrap();
    let account = ["--aor", "sip:alice@example.test", "--server", server, "--no-register"];
    let mut caller = Sipua::calling("4711", &[&account[..], &["--no-media"]].concat());
    let incoming = callee.event("incoming_call");
    assert_eq!(incoming["remote"], "sip:alice@example.test");
    assert_eq!(incoming["local"], "sip:4711@example.test");
    caller.event("call_confirmed");
    caller.say("quit");
    let ended = caller.finish();
    ended.succeeded();
    assert!(!ended.events().contains(&"registered".to_owned()));
    callee.say("quit");
    callee.finish().succeeded();
}
