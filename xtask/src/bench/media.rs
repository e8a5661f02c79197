//! Calls a core: two-way G.711 on real sockets, PCM read and written by the application.

use std::time::Duration;

use super::Figure;
use crate::Result;
use crate::interop::Bench;
use crate::phone::Phone;
use crate::workspace::{self, Profile};

/// The whole measurement may take this long.
const LIMIT: Duration = Duration::from_secs(120);

/// Runs `examples/rust/pcm_load.rs`, which measures itself over a fixed number of calls.
pub(super) fn calls_a_core(bench: &Bench) -> Result<Vec<Figure>> {
    let selection = ["--package", "sipua", "--example", "pcm_load"];
    let program = workspace::program(Profile::Release, &selection, "pcm_load")?;
    let mut load = Phone::start(&program, &["400", "10"], &bench.directory, "bench-pcm-load")?;
    let report = load.wait_for("pcm_load", LIMIT)?;
    load.succeed(LIMIT)?;
    let number =
        |name: &str| report[name].as_f64().ok_or_else(|| format!("pcm_load reports no {name}"));
    let (calls, each) = (number("calls_a_core")?, number("microseconds_a_second")?);
    let ours = format!("{calls:.0} ({each:.0} µs of CPU a second of audio and call)");
    Ok(vec![Figure::new(
        "two-way G.711 calls a core, PCM by the application",
        ours,
        "≥ 1,500",
        "PJSIP's phone 1,375",
    )])
}
