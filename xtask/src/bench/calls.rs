//! Calls that sipp places to `sipua answer`: processor time, retransmissions, memory.

use std::time::{Duration, Instant};

use super::{Figure, proc};
use crate::interop::{Bench, Caller, Load};
use crate::phone::Phone;
use crate::terminal::say;
use crate::{Result, ports};

/// How long starting and stopping may take.
const STEP: Duration = Duration::from_secs(30);

/// A `sipua answer` under measurement.
struct Answering {
    phone: Phone,
    port: u16,
}

impl Answering {
    fn start(bench: &Bench, name: &str, options: &[&str]) -> Result<Self> {
        let port = ports::free(1)?;
        let listen = format!("udp:127.0.0.1:{port}");
        let arguments = [&["--json", "--listen", &listen], options, &["answer"]].concat();
        let mut phone = Phone::start(&bench.sipua, &arguments, &bench.directory, name)?;
        phone.wait_for("started", STEP)?;
        Ok(Self { phone, port })
    }

    /// Runs a load and returns CPU seconds per 1,000 calls, and retransmissions.
    fn measure(&self, bench: &Bench, load: Load, name: &str) -> Result<(f64, u64)> {
        let before = proc::cpu_seconds(self.phone.id())?;
        let again = Caller::start(bench, self.port, load, name)?.finish()?;
        let used = proc::cpu_seconds(self.phone.id())? - before;
        Ok((used * 1000.0 / f64::from(load.calls), again))
    }

    fn stop(mut self) -> Result<()> {
        self.phone.quit(STEP)
    }
}

/// Signalling alone, answered with SDP, at several rates.
pub(super) fn signalling(bench: &Bench) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (rate, target, peers) in [
        (1500, "≤ 0.06", "PJSIP 0.075–0.096, kernel 0.0085"),
        (4000, "", "rsipstack 0.095"),
        (7000, "no retransmission", "PJSIP 0.091"),
    ] {
        let answering = Answering::start(
            bench,
            &format!("bench-signalling-{rate}"),
            &["--quiet", "--no-media"],
        )?;
        let load = Load { calls: rate * 10, rate, hold: 0 };
        let (cpu, again) = answering.measure(bench, load, &format!("bench-uac-{rate}"))?;
        answering.stop()?;
        let what = format!("CPU seconds per 1,000 calls at {rate}/s, signalling only");
        figures.push(Figure::new(
            what,
            format!("{cpu:.3}, {again} retransmissions"),
            target,
            peers,
        ));
    }
    Ok(figures)
}

/// The same with media set up for each call.
pub(super) fn with_media(bench: &Bench) -> Result<Vec<Figure>> {
    let answering = Answering::start(bench, "bench-setup", &["--quiet", "--play", "silence"])?;
    let load = Load { calls: 8000, rate: 800, hold: 0 };
    let (cpu, again) = answering.measure(bench, load, "bench-setup-uac")?;
    answering.stop()?;
    let ours = format!("{cpu:.3}, {again} retransmissions");
    Ok(vec![Figure::new(
        "CPU seconds per 1,000 calls at 800/s, media set up",
        ours,
        "≤ 0.2",
        "PJSIP's phone 0.289",
    )])
}

/// Memory a held call costs.
pub(super) fn memory(bench: &Bench) -> Result<Vec<Figure>> {
    let without = held(bench, "bench-memory", &["--no-media"], 10_000)?;
    let with = held(bench, "bench-memory-media", &["--play", "silence"], 1_000)?;
    let kilobytes = |bytes: f64| format!("{bytes:.1} kB");
    Ok(vec![
        Figure::new(
            "memory a held call, no media",
            kilobytes(without),
            "≤ 8 kB",
            "rsipstack 14.7 kB, PJSIP 42.5",
        ),
        Figure::new(
            "memory a held call with media",
            kilobytes(with),
            "≤ 100 kB",
            "PJSIP's phone 140 kB",
        ),
    ])
}

/// Places calls, waits until all are up and settled, and looks.
fn held(bench: &Bench, name: &str, options: &[&str], calls: u32) -> Result<f64> {
    let mut answering = Answering::start(bench, name, options)?;
    // One call before, so that what is allocated once is not counted.
    answering.measure(bench, Load { calls: 10, rate: 10, hold: 0 }, &format!("{name}-first"))?;
    let before = proc::private_kilobytes(answering.phone.id())?;
    let hold = 60_000;
    let load = Load { calls, rate: calls / 10, hold };
    let caller = Caller::start(bench, answering.port, load, &format!("{name}-uac"))?;
    let confirmed = |phone: &Phone| phone.count("call_confirmed");
    let begin = Instant::now();
    while confirmed(&answering.phone) < calls as usize {
        answering.phone.wait_for("call_confirmed", STEP)?;
        if begin.elapsed() > Duration::from_millis(hold.into()) {
            return Err(
                format!("only {} of {calls} calls are up", confirmed(&answering.phone)).into()
            );
        }
    }
    // RFC 3261 13.3.1.4 and 17.2.1: what a transaction keeps for 32 s is part of a held call's first half minute;
    // measured once those have gone.
    std::thread::sleep(Duration::from_secs(34));
    let after = proc::private_kilobytes(answering.phone.id())?;
    say(&format!("   {calls} calls held: {before} kB before, {after} kB after"));
    drop(caller);
    drop(answering);
    Ok((after.saturating_sub(before)) as f64 / f64::from(calls))
}
