//! A small IVR in the linear form: it greets, collects digits while the greeting plays, says them back and hangs up.
//!
//! ```text
//! cargo run --example ivr -- [udp:HOST:PORT [RECORDING.wav]]
//! ```
//! Everything that happens is printed as JSON, one object a line. With a recording it serves one call and ends.
#![allow(clippy::print_stdout, reason = "an example talks to the terminal")]

use std::path::PathBuf;
use std::sync::Arc;

use sipua::{Call, Collect, Config, Events, RecordMode, Result, Source, UserAgent};

/// What the IVR says.
struct Prompts {
    welcome: Source,
    you_chose: Source,
    goodbye: Source,
    digits: Vec<Source>,
}

impl Prompts {
    fn load() -> Result<Self> {
        let audio = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/audio"));
        let prompt = |name: &str| Source::wav(audio.join(format!("{name}.wav")));
        Ok(Self {
            welcome: prompt("welcome")?,
            you_chose: prompt("you-chose")?,
            goodbye: prompt("goodbye")?,
            digits: (0..10).map(|digit| prompt(&digit.to_string())).collect::<Result<_>>()?,
        })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let listen = arguments.next().unwrap_or_else(|| "udp:127.0.0.1:5060".to_owned());
    let recording = arguments.next().map(PathBuf::from);

    let ua = UserAgent::start(Config::default().listen(&listen)?)?;
    let printing = tokio::spawn(print(ua.events()));
    let prompts = Arc::new(Prompts::load()?);
    ua.serve(|call| {
        let (ua, prompts, recording) = (ua.clone(), Arc::clone(&prompts), recording.clone());
        async move {
            if let Some(path) = &recording {
                call.record(path, RecordMode::Stereo)?;
            }
            let outcome = menu(&call, &prompts).await;
            call.ended().await;
            if recording.is_some() {
                ua.shutdown().await;
            }
            outcome
        }
    })
    .await;
    drop(ua);
    let _ = printing.await;
    Ok(())
}

/// One caller, from the greeting to the end.
async fn menu(call: &Call, prompts: &Prompts) -> Result<()> {
    call.answer()?;
    call.play(&prompts.welcome)?;
    let choice = call.collect_dtmf(&Collect::up_to(8)).await?;
    println!(r#"{{"event":"choice","call":"{}","digits":"{choice}"}}"#, call.id());

    // The next prompt replaces the greeting if it still plays.
    let digits =
        choice.chars().filter_map(|digit| prompts.digits.get(digit.to_digit(10)? as usize));
    for prompt in std::iter::once(&prompts.you_chose).chain(digits).chain([&prompts.goodbye]) {
        call.play(prompt)?.finished().await;
    }
    call.hangup()
}

async fn print(mut events: Events) {
    while let Some(event) = events.next().await {
        println!("{}", event.to_json());
    }
}
