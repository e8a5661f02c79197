//! Wrong input at the command line: one clear line, the right exit status, nothing left running.

use std::net::UdpSocket;
use std::process::Command;
use std::time::Duration;

use super::{Bench, STEP, speech};
use crate::process::Peer;
use crate::{Result, ports};

/// One wrong use and what has to come of it.
struct Case<'a> {
    name: &'a str,
    arguments: Vec<&'a str>,
    status: i32,
    /// What the line has to name.
    names: &'a str,
    limit: Duration,
}

/// Every case.
pub(super) fn run(bench: &Bench) -> Result<String> {
    let occupied = UdpSocket::bind((ports::LOOPBACK, 0))?;
    let taken = format!("udp:{}", occupied.local_addr()?);
    let silent = UdpSocket::bind((ports::LOOPBACK, 0))?;
    let target = format!("sip:nobody@{}", silent.local_addr()?);
    let broken = bench.directory.join("broken.wav");
    std::fs::write(&broken, "RIFF, but not really")?;
    let broken = broken.display().to_string();
    let record = "/nonexistent/folder/record.wav";
    let play = speech("caller.wav").display().to_string();
    let case = |name, arguments: &[&'static str], status, names| Case {
        name,
        arguments: arguments.to_vec(),
        status,
        names,
        limit: STEP,
    };
    let mut cases = vec![
        case("wrong-uri", &["call", "sip:@@@"], 2, "sip:@@@"),
        case("wrong-option", &["--colour", "call", "sip:a@127.0.0.1"], 2, "--colour"),
        case("no-command", &[], 2, "sage"),
        case("wrong-listen", &["--listen", "udp:nowhere:port", "answer"], 2, "udp:nowhere:port"),
    ];
    let local = ["--listen", "udp:127.0.0.1:0"];
    let with = |more: &[&str]| -> Vec<String> {
        local.iter().chain(more).map(ToString::to_string).collect()
    };
    let unreadable = with(&["--play", &broken, "call", &target]);
    let unwritable = with(&["--play", &play, "--record", record, "call", &target]);
    // RFC 3261 17.1.1.2: timer B gives up after 64 T1, which is 32 s.
    let unanswered = with(&["call", &target]);
    let words =
        |list: &'_ [String]| list.iter().map(String::as_str).collect::<Vec<&str>>().join("\n");
    let (unreadable, unwritable, unanswered) =
        (words(&unreadable), words(&unwritable), words(&unanswered));
    let longer = Duration::from_secs(45);
    cases.extend([
        Case {
            name: "port-in-use",
            arguments: vec!["--listen", &taken, "answer"],
            status: 1,
            names: &taken,
            limit: STEP,
        },
        Case {
            name: "bad-wav",
            arguments: unreadable.split('\n').collect(),
            status: 1,
            names: &broken,
            limit: STEP,
        },
        Case {
            name: "bad-record",
            arguments: unwritable.split('\n').collect(),
            status: 1,
            names: record,
            limit: STEP,
        },
        Case {
            name: "no-answer",
            arguments: unanswered.split('\n').collect(),
            status: 1,
            names: "timeout",
            limit: longer,
        },
    ]);
    let count = cases.len();
    // Side by side, because one of them waits for the RFC's half minute.
    let outcomes: Vec<Result<()>> = std::thread::scope(|scope| {
        let threads: Vec<_> = cases.iter().map(|case| scope.spawn(|| one(bench, case))).collect();
        let joined = threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err("panicked".into())));
        joined.collect()
    });
    outcomes.into_iter().collect::<Result<()>>()?;
    Ok(format!("{count} kinds, each one clear line and the right exit status"))
}

fn one(bench: &Bench, case: &Case<'_>) -> Result<()> {
    let log = bench.directory.join(format!("surface-{}.log", case.name));
    let mut command = Command::new(&bench.sipua);
    let mut peer = Peer::start(command.args(&case.arguments), &log)?;
    let status = peer.finish(case.limit).map_err(|error| format!("{}: {error}", case.name))?;
    let text = peer.log();
    if status.code() != Some(case.status) {
        return Err(format!(
            "{}: {status} instead of {}: {}",
            case.name,
            case.status,
            text.trim_end()
        )
        .into());
    }
    if !text.contains(case.names) || text.contains("panicked") {
        return Err(format!(
            "{}: no clear line naming `{}`: {}",
            case.name,
            case.names,
            text.trim_end()
        )
        .into());
    }
    Ok(())
}
