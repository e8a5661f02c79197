//! What a call sounds like, over real sockets: PCM, files, digits, recordings.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects")]

mod common;

use common::{Agent, PATIENCE, connect, ended, median_share_of_tone};
use sipua::{AudioFormat, Call, Collect, EventKind, RecordMode, Source};
use std::time::Duration;

/// What a call hears: so many samples at 8 kHz, from the first that is not silent.
async fn hear(call: &Call, count: usize) -> Vec<i16> {
    let mut audio = call.audio(AudioFormat::new(8_000)).unwrap();
    let mut heard = Vec::new();
    tokio::time::timeout(PATIENCE, async {
        let mut block = [0; 160];
        while heard.len() < count {
            let read = audio.read_all(&mut block).await;
            let audible =
                !heard.is_empty() || block.iter().any(|sample| sample.unsigned_abs() > 500);
            if audible {
                heard.extend_from_slice(&block[..read]);
            }
            if read == 0 {
                break;
            }
        }
    })
    .await
    .expect("something is heard in time");
    heard
}

#[tokio::test]
async fn a_tone_is_heard_at_the_other_side_and_only_there() {
    let (mut alice, mut bob) = (Agent::local(), Agent::local());
    let (call, incoming) = connect(&mut alice, &mut bob).await;
    call.play(&Source::tone(1_000.0)).unwrap();
    incoming.play(&Source::tone(440.0)).unwrap();
    let (at_bob, at_alice) = tokio::join!(hear(&incoming, 8_800), hear(&call, 8_800));
    assert!(median_share_of_tone(&at_bob[800..], 1_000.0) > 0.8);
    assert!(median_share_of_tone(&at_alice[800..], 440.0) > 0.8);
}

#[tokio::test]
async fn pcm_written_at_any_rate_arrives() {
    for rate in [8_000_u32, 16_000, 24_000, 48_000] {
        let (mut alice, mut bob) = (Agent::local(), Agent::local());
        let (call, incoming) = connect(&mut alice, &mut bob).await;
        let mut audio = call.audio(AudioFormat::new(rate)).unwrap();
        let speech: Vec<i16> = (0..rate)
            .map(|n| {
                let angle = f64::from(n) * 700.0 * std::f64::consts::TAU / f64::from(rate);
                (angle.sin() * 9_000.0) as i16
            })
            .collect();
        let write = async {
            // Sizes that fit no frame.
            for chunk in speech.chunks(777) {
                assert_eq!(audio.write_all(chunk).await, chunk.len());
            }
        };
        let (heard, ()) = tokio::join!(hear(&incoming, 4_800), write);
        assert!(median_share_of_tone(&heard[800..], 700.0) > 0.8, "at {rate}");
    }
}

#[tokio::test]
async fn a_mark_is_told_when_what_was_written_before_it_has_been_played() {
    let (mut alice, mut bob) = (Agent::local(), Agent::local());
    let (call, _incoming) = connect(&mut alice, &mut bob).await;
    let mut audio = call.audio(AudioFormat::new(8_000)).unwrap();
    assert_eq!(audio.write(&[1_000; 1_600]), 1_600);
    assert!(audio.mark(7));
    assert!(audio.buffered() > 0);
    let id = alice
        .wait("audio_mark", |event| match event.kind {
            EventKind::AudioMark { id } => Some(id),
            _ => None,
        })
        .await;
    assert_eq!((id, audio.buffered()), (7, 0));
    assert_eq!(audio.write(&[1_000; 4_000]), 4_000);
    let dropped = audio.clear();
    assert!(dropped >= 4_000 - 320, "what was not played is dropped: {dropped}");
    assert_eq!(audio.buffered(), 0);
}

#[tokio::test]
async fn digits_pressed_during_speech_are_collected_once_each() {
    let (mut alice, mut bob) = (Agent::local(), Agent::local());
    let (call, incoming) = connect(&mut alice, &mut bob).await;
    call.play(&Source::tone(500.0)).unwrap();
    let sent = call.send_dtmf("1224*#").unwrap();
    let collect = Collect::up_to(10).timeouts(PATIENCE, PATIENCE);
    let digits = incoming.collect_dtmf(&collect).await.unwrap();
    assert_eq!(digits, "1224*", "the # ends it");
    assert!(sent.await);
    let quiet = Collect::up_to(1).timeouts(Duration::from_millis(50), PATIENCE);
    assert_eq!(incoming.collect_dtmf(&quiet).await.unwrap(), "", "nothing came twice");
}

#[tokio::test]
async fn a_wrong_key_is_named() {
    let (mut alice, mut bob) = (Agent::local(), Agent::local());
    let (call, _incoming) = connect(&mut alice, &mut bob).await;
    let Err(error) = call.send_dtmf("12x") else { panic!("x is no key") };
    assert!(error.to_string().contains("'x'"), "{error}");
}

#[tokio::test]
async fn a_recording_holds_both_sides() {
    let folder = std::env::temp_dir().join(format!("sipua-recording-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("stereo.wav");
    let (mut alice, mut bob) = (Agent::local(), Agent::local());
    let (call, incoming) = connect(&mut alice, &mut bob).await;
    call.record(&path, RecordMode::Stereo).unwrap();
    call.play(&Source::tone(1_000.0)).unwrap();
    incoming.play(&Source::tone(440.0)).unwrap();
    hear(&call, 8_000).await;
    call.stop_recording().unwrap();
    let stopped = alice.wait_for("recording_stopped").await;
    let EventKind::RecordingStopped { duration_ms, dropped_frames, .. } = stopped.kind else {
        unreachable!()
    };
    assert!(duration_ms >= 900, "{duration_ms}");
    assert_eq!(dropped_frames, 0);
    let bytes = std::fs::read(&path).unwrap();
    let samples: Vec<i16> =
        bytes[44..].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
    let half = samples.len() / 4 * 2;
    let left: Vec<i16> = samples[half..].iter().step_by(2).copied().collect();
    let right: Vec<i16> = samples[half + 1..].iter().step_by(2).copied().collect();
    let (received, sent) =
        (median_share_of_tone(&left, 440.0), median_share_of_tone(&right, 1_000.0));
    assert!(received > 0.8, "received on the left: {received}");
    assert!(sent > 0.8, "sent on the right: {sent}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_file_that_cannot_be_made_is_named() {
    let (mut alice, mut bob) = (Agent::local(), Agent::local());
    let (call, _incoming) = connect(&mut alice, &mut bob).await;
    let error = call.record("/nowhere/at/all.wav", RecordMode::Mixed).unwrap_err();
    assert!(error.to_string().contains("/nowhere/at/all.wav"), "{error}");
    assert!(Source::wav("/nowhere.wav").is_err());
}

#[tokio::test]
async fn muted_the_other_side_hears_nothing() {
    let (mut alice, mut bob) = (Agent::local(), Agent::local());
    let (call, incoming) = connect(&mut alice, &mut bob).await;
    call.play(&Source::tone(1_000.0)).unwrap();
    hear(&incoming, 800).await;
    call.mute().unwrap();
    let mut audio = incoming.audio(AudioFormat::new(8_000)).unwrap();
    let mut block = [0; 160];
    let silent = tokio::time::timeout(PATIENCE, async {
        let mut quiet = 0;
        while quiet < 10 {
            audio.read_all(&mut block).await;
            let audible = block.iter().any(|sample| sample.unsigned_abs() > 100);
            quiet = if audible { 0 } else { quiet + 1 };
        }
    });
    silent.await.expect("silence within the patience");
}

#[tokio::test]
async fn the_record_has_the_numbers_of_both_directions() {
    let (mut alice, mut bob) = (Agent::local(), Agent::local());
    let (call, incoming) = connect(&mut alice, &mut bob).await;
    call.play(&Source::tone(1_000.0)).unwrap();
    hear(&incoming, 4_000).await;
    let now = incoming.stats().await.unwrap();
    assert!(now.received.packets > 10 && now.received.lost == 0, "{now:?}");
    call.hangup().unwrap();
    let record = ended(&incoming).await;
    let statistics = record.statistics.unwrap();
    assert!(statistics.received.packets >= now.received.packets);
    assert!(statistics.sent.packets > 10);
    assert!(statistics.mos.unwrap() > 4.0, "{statistics:?}");
}

#[tokio::test]
async fn an_ivr_is_one_function() {
    let (alice, mut bob) = (Agent::local(), Agent::local());
    let ua = bob.ua.clone();
    tokio::spawn(async move {
        ua.serve(|call| async move {
            call.answer()?;
            call.play(&Source::samples(vec![3_000; 800], 8_000))?.finished().await;
            let choice = call.collect_dtmf(&Collect::up_to(4)).await?;
            assert_eq!(choice, "42");
            call.hangup()
        })
        .await;
    });
    let call = alice.ua.dial(&format!("{},42#", bob.uri()), sipua::DialOptions::default()).unwrap();
    let record = ended(&call).await;
    assert_eq!((record.code, record.ended_by), (200, sipua::EndedBy::Remote));
    bob.wait_for("playback_finished").await;
}

#[tokio::test]
async fn what_is_stopped_has_finished_but_not_to_its_end() {
    let (mut alice, mut bob) = (Agent::local(), Agent::local());
    let (call, incoming) = connect(&mut alice, &mut bob).await;
    let playback = call.play(&Source::tone(1_000.0)).unwrap();
    hear(&incoming, 800).await;
    call.stop_playing().unwrap();
    assert!(!playback.finished().await);
    let finished = alice.wait_for("playback_finished").await;
    assert!(matches!(finished.kind, EventKind::PlaybackFinished { completed: false, .. }));
}

#[tokio::test]
async fn a_recording_that_the_end_of_the_call_completes_says_whose_it_was() {
    let folder = std::env::temp_dir().join(format!("sipua-label-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (mut alice, mut bob) = (Agent::local(), Agent::local());
    let (call, incoming) = connect(&mut alice, &mut bob).await;
    call.record(folder.join("mixed.wav"), RecordMode::Mixed).unwrap();
    incoming.play(&Source::tone(440.0)).unwrap();
    hear(&call, 800).await;
    call.hangup().unwrap();
    let stopped = alice.wait_for("recording_stopped").await;
    assert_eq!((stopped.call, stopped.call_id), (Some(call.id()), call.call_id()));
    std::fs::remove_dir_all(folder).unwrap();
}
