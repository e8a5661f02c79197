//! The project's own tasks, run as `cargo xtask TASK`.
//!
//! Nothing here is part of the library. Whatever a task needs from the system is installed by the task itself
//! (`packages`), and whatever it starts is ended by it (`process`).

mod bench;
mod c;
mod checks;
mod correlation;
mod demo;
mod fuzz;
mod header;
mod interop;
mod ladder;
mod packages;
mod pcap;
mod phone;
mod ports;
mod process;
mod report;
mod suite;
mod terminal;
mod wav;
mod workspace;

use std::process::ExitCode;

/// What every task answers: nothing, or the reason it failed.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

const USAGE: &str = "\
cargo xtask TASK

  demo              an IVR and its caller, two processes on loopback; leaves demo-output/
  test [STEP…]      everything the project promises, or only the named steps
  bench [NAME…]     the figures of docs/performance.md, or only those named
  header [--check]  write include/sipua.h, or compare it
  fuzz [SECONDS]    each fuzz target for that long (3)
  interop PEER      only the calls with that peer: sipp, baresip, kamailio, wrong input, tshark
  ladder PCAP       the SIP messages of a capture as a ladder";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["test", steps @ ..] => suite::run(steps),
        ["bench", names @ ..] => bench::run(names),
        ["demo"] => demo::run(),
        ["header"] => header::write(),
        ["header", "--check"] => header::check(),
        ["fuzz"] => fuzz::run(fuzz::SECONDS),
        ["fuzz", seconds] => seconds.parse().map_err(Into::into).and_then(fuzz::run),
        ["interop", peer] => interop::only(peer).map(drop),
        ["ladder", capture] => ladder::show(capture.as_ref()),
        _ => {
            terminal::complain(USAGE);
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            terminal::complain(&format!("xtask: {reason}"));
            ExitCode::FAILURE
        }
    }
}
