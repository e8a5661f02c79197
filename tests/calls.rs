//! A call between two user agents over real sockets: placed, answered, refused, given up, ended.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects")]

mod common;

use common::{Agent, PATIENCE, config, connect, ended};
use sipua::{
    CallDirection, CallState, Config, DialOptions, EndedBy, Error, EventKind, Failure, UserAgent,
};

#[tokio::test]
async fn a_call_is_answered_and_ends_once_at_both_ends() {
    let (mut alice, mut bob) = (Agent::local(), Agent::local());
    let (call, incoming) = connect(&mut alice, &mut bob).await;
    assert_eq!(call.direction(), CallDirection::Outgoing);
    assert_eq!(incoming.direction(), CallDirection::Incoming);
    assert_eq!(call.call_id(), incoming.call_id());
    call.hangup().unwrap();
    let (ours, theirs) = (ended(&call).await, ended(&incoming).await);
    assert_eq!((ours.ended_by, ours.code, ours.failure), (EndedBy::Local, 200, None));
    assert_eq!((theirs.ended_by, theirs.failure), (EndedBy::Remote, None));
    assert_eq!(ours.codec, Some("PCMU"));
    assert!(alice.ua.calls().is_empty() && bob.ua.calls().is_empty());
    assert!(call.hangup().is_ok(), "hanging up again does nothing");
    assert_eq!(call.state(), CallState::Ended);
}

#[tokio::test]
async fn the_events_of_a_call_come_in_their_order() {
    let (mut alice, mut bob) = (Agent::local(), Agent::local());
    let call = alice.ua.dial(&bob.uri(), DialOptions::default()).unwrap();
    let incoming = bob.incoming().await;
    incoming.ring().unwrap();
    alice.wait_for("call_ringing").await;
    assert_eq!(call.state(), CallState::Ringing);
    incoming.answer().unwrap();
    alice.wait_for("call_answered").await;
    alice.wait_for("call_confirmed").await;
    bob.wait_for("call_answered").await;
    bob.wait_for("call_confirmed").await;
    incoming.hangup().unwrap();
    let last = alice.wait_for("call_ended").await;
    let EventKind::CallEnded(record) = last.kind else { unreachable!() };
    assert_eq!(record.ended_by, EndedBy::Remote);
    assert!(record.started <= record.ringing.unwrap());
    assert!(record.ringing.unwrap() <= record.answered.unwrap());
    assert!(record.answered.unwrap() <= record.ended);
}

#[tokio::test]
async fn a_refusal_has_a_type() {
    let (alice, mut bob) = (Agent::local(), Agent::local());
    for (code, failure) in
        [(486, Failure::Busy), (603, Failure::Declined), (404, Failure::NotFound)]
    {
        let call = alice.ua.dial(&bob.uri(), DialOptions::default()).unwrap();
        bob.incoming().await.reject(code).unwrap();
        let error = call.answered().await.unwrap_err();
        let Error::CallEnded { failure: found, code: said, .. } = error else {
            panic!("{error}");
        };
        assert_eq!((said, found), (code, Some(failure)));
    }
}

#[tokio::test]
async fn hanging_up_at_once_or_while_it_rings_cancels() {
    let (alice, mut bob) = (Agent::local(), Agent::local());
    let at_once = alice.ua.dial(&bob.uri(), DialOptions::default()).unwrap();
    at_once.hangup().unwrap();
    assert_eq!(ended(&at_once).await.failure, Some(Failure::Cancelled));
    let incoming = bob.incoming().await;
    assert_eq!(ended(&incoming).await.failure, Some(Failure::Cancelled));

    let call = alice.ua.dial(&bob.uri(), DialOptions::default()).unwrap();
    let incoming = bob.incoming().await;
    incoming.ring().unwrap();
    bob.wait_for("call_ringing").await;
    call.hangup().unwrap();
    assert_eq!(ended(&call).await.failure, Some(Failure::Cancelled));
    let record = ended(&incoming).await;
    assert_eq!((record.failure, record.ended_by), (Some(Failure::Cancelled), EndedBy::Remote));
}

#[tokio::test]
async fn hold_and_resume_are_told_to_both_sides() {
    let (mut alice, mut bob) = (Agent::local(), Agent::local());
    let (call, incoming) = connect(&mut alice, &mut bob).await;
    let held = |event: &sipua::Event| match event.kind {
        EventKind::HoldChanged { local, remote } => Some((local, remote)),
        _ => None,
    };
    call.hold().unwrap();
    assert_eq!(alice.wait("hold", held).await, (true, false));
    assert_eq!(bob.wait("hold", held).await, (false, true));
    assert_eq!((call.state(), incoming.state()), (CallState::Held, CallState::Held));
    assert_eq!(incoming.media().unwrap().direction, "recvonly");
    call.resume().unwrap();
    assert_eq!(alice.wait("resume", held).await, (false, false));
    assert_eq!(bob.wait("resume", held).await, (false, false));
    assert_eq!(incoming.media().unwrap().direction, "sendrecv");
    assert_eq!(call.state(), CallState::Established);
}

#[tokio::test]
async fn a_verb_in_the_wrong_state_names_the_state() {
    let (mut alice, mut bob) = (Agent::local(), Agent::local());
    let call = alice.ua.dial(&bob.uri(), DialOptions::default()).unwrap();
    let error = call.answer().unwrap_err();
    assert_eq!(error, Error::WrongState { verb: "answer", state: CallState::Calling });
    assert!(call.hold().is_err());
    let incoming = bob.incoming().await;
    assert!(incoming.hold().unwrap_err().to_string().contains("incoming"));
    incoming.reject(486).unwrap();
    ended(&call).await;
    assert_eq!(
        call.hold().unwrap_err(),
        Error::WrongState { verb: "hold", state: CallState::Ended }
    );
    alice.wait_for("call_ended").await;
}

#[tokio::test]
async fn a_redirect_ends_the_call_and_says_where_to() {
    let (alice, mut bob) = (Agent::local(), Agent::local());
    let call = alice.ua.dial(&bob.uri(), DialOptions::default()).unwrap();
    bob.incoming().await.redirect("sip:carol@127.0.0.1:9").unwrap();
    assert_eq!(ended(&call).await.code, 302);
}

#[tokio::test]
async fn info_reaches_the_other_side_and_is_answered() {
    let (mut alice, mut bob) = (Agent::local(), Agent::local());
    let (call, _incoming) = connect(&mut alice, &mut bob).await;
    let answer = call.send_info("application/x-test", b"hello").await.unwrap();
    assert_eq!(answer.code, 200);
    let body = bob
        .wait("info", |event| match &event.kind {
            EventKind::Info { request } => Some(request.body.clone()),
            _ => None,
        })
        .await;
    assert_eq!(&body[..], b"hello");
}

#[tokio::test]
async fn options_tell_what_a_peer_can_do() {
    let (alice, bob) = (Agent::local(), Agent::local());
    let answer = alice.ua.options(&bob.uri()).await.unwrap();
    assert_eq!(answer.code, 200);
    let allow = answer.headers.iter().find(|(name, _)| name == "Allow").unwrap();
    assert!(allow.1.contains("INVITE"));
}

#[tokio::test]
async fn no_common_codec_is_refused_before_anything_rings() {
    let pcma = Config { codecs: vec![sipua::CodecId::Pcma], ..config() };
    let pcmu = Config { codecs: vec![sipua::CodecId::Pcmu], ..config() };
    let (alice, mut bob) = (Agent::start(pcma), Agent::start(pcmu));
    let call = alice.ua.dial(&bob.uri(), DialOptions::default()).unwrap();
    let record = ended(&call).await;
    assert_eq!((record.code, record.failure), (488, Some(Failure::NotAcceptableMedia)));
    let event = bob.wait_for("call_ended").await;
    assert_eq!(event.seq, 2, "started, then the record; no incoming_call between");
}

#[tokio::test]
async fn a_port_in_use_is_one_clear_error() {
    let bob = Agent::local();
    let taken = format!("udp:{}", bob.ua.bound()[0].address);
    let error = UserAgent::start(Config::default().listen(&taken).unwrap()).unwrap_err();
    assert!(error.to_string().contains(&taken), "{error}");
    assert!(matches!(error, Error::Io { kind: std::io::ErrorKind::AddrInUse, .. }));
}

#[tokio::test]
async fn rtp_ports_that_run_out_end_the_call_with_a_limit() {
    let narrow = Config { rtp_ports: (42_000, 42_001), ..config() };
    let (mut alice, mut bob) = (Agent::start(narrow), Agent::local());
    let _first = connect(&mut alice, &mut bob).await;
    let second = alice.ua.dial(&bob.uri(), DialOptions::default()).unwrap();
    assert_eq!(ended(&second).await.failure, Some(Failure::Limit));
}

#[tokio::test]
async fn a_name_that_is_not_found_ends_the_call() {
    let alice = Agent::local();
    let call = alice.ua.dial("sip:bob@name.invalid", DialOptions::default()).unwrap();
    let record = ended(&call).await;
    assert_eq!(record.failure, Some(Failure::TransportFailed));
}

#[tokio::test]
async fn shutting_down_ends_the_calls_and_says_so() {
    let (mut alice, mut bob) = (Agent::local(), Agent::local());
    let (call, incoming) = connect(&mut alice, &mut bob).await;
    tokio::time::timeout(PATIENCE, alice.ua.shutdown()).await.expect("stops in time");
    assert_eq!(ended(&incoming).await.ended_by, EndedBy::Remote);
    assert_eq!(ended(&call).await.ended_by, EndedBy::Local);
    alice.wait_for("stopped").await;
    assert!(alice.events.next().await.is_none(), "nothing follows");
    assert_eq!(alice.ua.dial(&bob.uri(), DialOptions::default()).unwrap_err(), Error::Stopped);
}

#[tokio::test]
async fn a_call_nobody_listens_for_is_refused() {
    let alice = Agent::local();
    let bob = UserAgent::start(config()).unwrap();
    let uri = format!("sip:bob@{}", bob.bound()[0].address);
    let call = alice.ua.dial(&uri, DialOptions::default()).unwrap();
    assert_eq!(ended(&call).await.code, 480);
}

#[tokio::test]
async fn calls_without_media_open_no_port() {
    let silent = || Agent::start(Config { media: false, ..config() });
    let (mut alice, mut bob) = (silent(), silent());
    let (call, incoming) = connect(&mut alice, &mut bob).await;
    assert!(matches!(call.stats().await, Err(Error::NoMedia)));
    assert_eq!(incoming.media().unwrap().remote.port(), 9);
    call.hangup().unwrap();
    assert!(ended(&incoming).await.statistics.is_none());
}

#[tokio::test]
async fn a_mind_changed_in_mid_negotiation_ends_where_it_was_last_set() {
    let (mut alice, mut bob) = (Agent::local(), Agent::local());
    let (call, incoming) = connect(&mut alice, &mut bob).await;
    for _ in 0..2 {
        call.hold().unwrap();
    }
    call.resume().unwrap();
    call.hold().unwrap();
    incoming.hold().unwrap();
    let both = |event: &sipua::Event| {
        matches!(event.kind, EventKind::HoldChanged { local: true, remote: true }).then_some(())
    };
    alice.wait("both hold", both).await;
    bob.wait("both hold", both).await;
    assert_eq!(call.media().unwrap().direction, "inactive");
    call.resume().unwrap();
    incoming.resume().unwrap();
    let nobody = |event: &sipua::Event| {
        matches!(event.kind, EventKind::HoldChanged { local: false, remote: false }).then_some(())
    };
    alice.wait("nobody holds", nobody).await;
    bob.wait("nobody holds", nobody).await;
    assert_eq!((call.state(), incoming.state()), (CallState::Established, CallState::Established));
}

#[tokio::test]
async fn behind_a_mapping_the_configured_address_is_shown_and_the_real_one_bound() {
    let shown: std::net::IpAddr = "192.0.2.1".parse().unwrap();
    let mapped = Config { local_ip: Some(shown), ..config() };
    let (mut alice, mut bob) = (Agent::start(mapped), Agent::local());
    let (call, incoming) = connect(&mut alice, &mut bob).await;
    assert_eq!(incoming.media().unwrap().remote.ip(), shown);
    call.hangup().unwrap();
    ended(&incoming).await;
}

#[tokio::test]
async fn what_asks_for_another_transport_is_never_sent_over_udp() {
    let alice = Agent::local();
    for target in
        ["sips:bob@127.0.0.1", "sip:bob@127.0.0.1;transport=tls", "mailto:bob@example.com"]
    {
        let error = alice.ua.dial(target, DialOptions::default()).unwrap_err();
        assert!(matches!(error, Error::InvalidArgument { .. }), "{target}: {error}");
    }
}

#[tokio::test]
async fn numbers_of_media_that_is_not_there_are_refused_at_once() {
    let (alice, mut bob) = (Agent::local(), Agent::local());
    let _call = alice.ua.dial(&bob.uri(), DialOptions::default()).unwrap();
    let incoming = bob.incoming().await;
    assert_eq!(incoming.stats().await.unwrap_err(), Error::NoMedia);
}

#[tokio::test]
async fn refused_dials_use_up_no_ports() {
    let narrow = Config { rtp_ports: (42_010, 42_011), ..config() };
    let (alice, mut bob) = (Agent::start(narrow), Agent::local());
    // The ports of an ended call are free a moment after its end.
    let mut refused = 0;
    while refused < 3 {
        let headers = vec![("Via".to_owned(), "mine".to_owned())];
        let options = DialOptions { headers, ..DialOptions::default() };
        let call = alice.ua.dial(&bob.uri(), options).unwrap();
        refused += usize::from(ended(&call).await.failure == Some(Failure::Unreachable));
    }
    let mut connected = 0;
    while connected < 3 {
        let call = alice.ua.dial(&bob.uri(), DialOptions::default()).unwrap();
        let failed = call.ended();
        tokio::select! {
            record = failed => assert_eq!(record.failure, Some(Failure::Limit)),
            incoming = bob.incoming() => {
                incoming.reject(486).unwrap();
                ended(&call).await;
                connected += 1;
            }
        }
    }
}

#[tokio::test]
async fn a_dial_while_stopping_ends_too() {
    let (alice, bob) = (Agent::local(), Agent::local());
    let first = alice.ua.dial(&bob.uri(), DialOptions::default()).unwrap();
    let stopping = alice.ua.clone();
    let stop = tokio::spawn(async move { stopping.shutdown().await });
    let second = loop {
        match alice.ua.dial(&bob.uri(), DialOptions::default()) {
            Ok(call) => ended(&call).await,
            Err(error) => break error,
        };
        tokio::task::yield_now().await;
    };
    assert_eq!(second, Error::Stopped);
    stop.await.unwrap();
    ended(&first).await;
}

#[tokio::test]
async fn ipv6_carries_calls_and_their_audio() {
    let six = || {
        let mut config = Config::default().listen("udp:[::1]:0").unwrap();
        config.media_threads = 1;
        Agent::start(config)
    };
    let (mut alice, mut bob) = (six(), six());
    let (call, incoming) = connect(&mut alice, &mut bob).await;
    assert!(incoming.media().unwrap().remote.is_ipv6());
    incoming.play(&sipua::Source::tone(440.0)).unwrap();
    tokio::time::timeout(PATIENCE, async {
        while call.stats().await.unwrap().received.packets < 10 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("audio arrives");
    call.hangup().unwrap();
    ended(&incoming).await;
}
