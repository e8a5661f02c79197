//! `cargo xtask demo`: an IVR and its caller, two processes that speak SIP and RTP over loopback.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::interop::require_speech;
use crate::ladder;
use crate::phone::Phone;
use crate::report::Outcome;
use crate::terminal::say;
use crate::workspace::{self, Profile, root};
use crate::{Result, packages, pcap, ports};

/// What the caller presses.
const CHOICE: &str = "42";
/// How far into the IVR's prompt the caller presses it, while speaking.
const BARGE_IN: Duration = Duration::from_millis(2500);
/// How long one step may take.
const STEP: Duration = Duration::from_secs(10);
/// Received is the left channel of a stereo recording.
const RECEIVED: usize = 0;

/// Where everything is left.
fn directory() -> PathBuf {
    root().join("demo-output")
}

/// The capture of both directions, made by the caller.
pub(crate) fn capture() -> PathBuf {
    directory().join("call.pcap")
}

/// The demo as a step of the tests.
pub(crate) fn step() -> Result<Outcome> {
    run()?;
    Ok(Outcome::one("the IVR heard 42#, both recordings hold the other's speech"))
}

/// Runs it, prints it, and fails if any part of it did not happen.
pub(crate) fn run() -> Result<()> {
    packages::for_demo()?;
    let sipua = workspace::sipua(Profile::Test)?;
    let ivr =
        workspace::program(Profile::Test, &["--package", "sipua", "--example", "ivr"], "ivr")?;
    let directory = directory();
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory)?;
    let path = |name: &str| directory.join(name).display().to_string();

    say("What happens (seconds, who, what):");
    let begin = Instant::now();
    let [ivr_port, caller_port] = [ports::free(1)?, ports::free(1)?];
    let ivr_arguments = [format!("udp:127.0.0.1:{ivr_port}"), path("ivr.wav")];
    let mut ivr = Phone::observed(&ivr, &ivr_arguments, &directory, "ivr", printer("ivr", begin))?;
    ivr.wait_for("started", STEP)?;

    let speech = root().join("examples/audio/caller.wav").display().to_string();
    let (listen, target) =
        (format!("udp:127.0.0.1:{caller_port}"), format!("sip:ivr@127.0.0.1:{ivr_port}"));
    let (recording, pcap) = (path("caller.wav"), capture().display().to_string());
    let options = ["--json", "--listen", &listen, "--play", &speech, "--pcap", &pcap];
    let record = ["--record", &recording, "--record-mode", "stereo", "call", &target];
    let arguments = [options.as_slice(), &record].concat();
    let mut caller =
        Phone::observed(&sipua, &arguments, &directory, "caller", printer("caller", begin))?;
    caller.wait_for("call_answered", STEP)?;
    // The caller listens for a while and then presses, still speaking.
    std::thread::sleep(BARGE_IN);
    caller.command(&format!("dtmf {CHOICE}#"))?;

    let heard = ivr.wait_for("choice", STEP)?;
    let record = caller.wait_for("call_ended", STEP)?;
    caller.succeed(STEP)?;
    ivr.succeed(STEP)?;
    let took = begin.elapsed();

    show_ladder(ivr_port, caller_port)?;
    show_record(&record);
    check(&heard, &record, &ivr)?;
    let by_ivr = heard_in("caller.wav", "ivr.wav")?;
    let by_caller = heard_in("welcome.wav", "caller.wav")?;
    say(&format!(
        "\nThe IVR's recording holds the caller's speech at correlation {by_ivr:.3}, the caller's the prompt at \
         {by_caller:.3}."
    ));
    let place = directory.display();
    say(&format!(
        "{:.1} s; recordings, ladder.txt and call.pcap are in {place}",
        took.as_secs_f64()
    ));
    Ok(())
}

/// Correlation of what one side played, up to the key press, with what the other recorded.
fn heard_in(speech: &str, recording: &str) -> Result<f64> {
    let original = root().join("examples/audio").join(speech);
    let part = BARGE_IN.saturating_sub(Duration::from_millis(200));
    require_speech(&original, Some(part), &directory().join(recording), RECEIVED)
}

/// Prints each event of one side as it comes.
fn printer(who: &'static str, begin: Instant) -> impl Fn(&str) + Send + 'static {
    move |line| {
        let Ok(event) = serde_json::from_str::<Value>(line) else { return };
        let name = event["event"].as_str().unwrap_or("?");
        let what = details(&event);
        say(&format!("{:7.3}  {who:<7} {name:<18} {what}", begin.elapsed().as_secs_f64()));
    }
}

/// What is worth a place on the line.
fn details(event: &Value) -> String {
    const SHOWN: [&str; 14] = [
        "local",
        "remote",
        "code",
        "reason",
        "codec",
        "direction",
        "digit",
        "method",
        "digits",
        "path",
        "file",
        "ended_by",
        "duration_ms",
        "completed",
    ];
    let members = SHOWN.iter().filter_map(|name| match &event[name] {
        Value::Null | Value::Object(_) | Value::Array(_) => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(format!("{name}={}", text.rsplit('/').next().unwrap_or(text))),
        other => Some(format!("{name}={other}")),
    });
    members.collect::<Vec<_>>().join(" ")
}

fn show_ladder(ivr_port: u16, caller_port: u16) -> Result<()> {
    let address = |port| (ports::LOOPBACK, port).into();
    let names = [(address(caller_port), "caller"), (address(ivr_port), "ivr")];
    let text = ladder::render(&pcap::read(&capture())?, &names);
    std::fs::write(directory().join("ladder.txt"), &text)?;
    say(&format!("\nThe SIP ladder:\n{}", text.trim_end()));
    Ok(())
}

fn show_record(record: &Value) {
    say("\nThe caller's record of the call:");
    let Value::Object(members) = record else { return };
    for (name, value) in members {
        match value {
            Value::Null => {}
            Value::Object(inner) => {
                let words = inner.iter().map(|(name, value)| format!("{name} {value}"));
                say(&format!("  {name:<13} {}", words.collect::<Vec<_>>().join(", ")));
            }
            Value::String(text) => say(&format!("  {name:<13} {text}")),
            other => say(&format!("  {name:<13} {other}")),
        }
    }
}

/// Every step has to have happened.
fn check(choice: &Value, record: &Value, ivr: &Phone) -> Result<()> {
    let require = |holds: bool, what: String| if holds { Ok(()) } else { Err(what) };
    require(choice["digits"] == CHOICE, format!("the IVR heard {choice}"))?;
    let by_rfc4733 = |event: &&Value| event["event"] == "dtmf" && event["method"] == "rfc4733";
    let digits = ivr.seen().iter().filter(by_rfc4733).count();
    require(digits == 3, format!("{digits} digits came as RFC 4733 events"))?;
    require(record["ended_by"] == "remote", format!("the IVR should have hung up: {record}"))?;
    require(record["codec"] == "PCMU", format!("another codec than PCMU: {record}"))?;
    Ok(())
}
