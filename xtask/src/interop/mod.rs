//! Calls with other people's software: each peer is started here, on free ports of loopback, and ended by its handle.

mod baresip;
mod kamailio;
mod sipp;
mod surface;
mod tshark;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::report::Outcome;
use crate::terminal::say;
use crate::wav::Wav;
use crate::workspace::{self, Profile, root, scratch};
use crate::{Result, correlation, ports};

pub(crate) use sipp::{Caller, Load};

/// How alike speech has to be to what was played.
pub(crate) const ALIKE: f64 = 0.95;
/// How long one signalling step may take.
const STEP: Duration = Duration::from_secs(10);

/// What every driver needs.
#[derive(Debug)]
pub(crate) struct Bench {
    /// The `sipua` command.
    pub(crate) sipua: PathBuf,
    /// Where logs and recordings go.
    pub(crate) directory: PathBuf,
}

impl Bench {
    /// Builds the command and makes room for the logs.
    pub(crate) fn new(profile: Profile) -> Result<Self> {
        Ok(Self { sipua: workspace::sipua(profile)?, directory: scratch("interop")? })
    }

    /// A file of tests/interop with the words in capitals filled in, written under a name of its own.
    fn fill(&self, template: &str, words: &[(&str, &str)], target: &Path) -> Result<PathBuf> {
        let mut text = std::fs::read_to_string(root().join("tests/interop").join(template))?;
        for (word, value) in words {
            text = text.replace(word, value);
        }
        std::fs::write(target, text)?;
        Ok(target.to_path_buf())
    }
}

type Driver = fn(&Bench) -> Result<String>;

/// Quiet ones, which run side by side.
const SIDE_BY_SIDE: [(&str, Driver); 3] = [
    ("sipp calls us", sipp::calls_us),
    ("we call sipp", sipp::we_call),
    ("sipp challenges us", sipp::challenges_us),
];

/// Those that are listened to, one after the other.
const IN_TURN: [(&str, Driver); 5] = [
    ("baresip calls us", baresip::calls_us),
    ("we call baresip", baresip::we_call),
    ("kamailio", kamailio::run),
    ("wrong input", surface::run),
    ("tshark", tshark::run),
];

/// Everything.
pub(crate) fn run() -> Result<Outcome> {
    only("")
}

/// Those whose name contains a word.
pub(crate) fn only(word: &str) -> Result<Outcome> {
    let bench = &Bench::new(Profile::Test)?;
    let mut passed = 0;
    let wanted = |(name, _): &(&str, Driver)| name.contains(word);
    let outcomes = std::thread::scope(|scope| {
        let start =
            |(name, driver): (&'static str, Driver)| (name, scope.spawn(move || driver(bench)));
        let threads: Vec<_> = SIDE_BY_SIDE.into_iter().filter(wanted).map(start).collect();
        threads.into_iter().map(|(name, thread)| (name, thread.join())).collect::<Vec<_>>()
    });
    for (name, outcome) in outcomes {
        let outcome = outcome.map_err(|_| format!("{name}: the driver panicked"))?;
        tell(name, outcome, &mut passed)?;
    }
    for (name, driver) in IN_TURN.into_iter().filter(wanted) {
        tell(name, driver(bench), &mut passed)?;
    }
    if passed == 0 {
        return Err(format!("no peer is called {word}").into());
    }
    Ok(Outcome::many(passed, format!("logs in {}", bench.directory.display())))
}

fn tell(name: &str, outcome: Result<String>, passed: &mut u64) -> Result<()> {
    let note = outcome.map_err(|error| format!("{name}: {error}"))?;
    say(&format!("   {name}: {note}"));
    *passed += 1;
    Ok(())
}

/// Waits until somebody has taken a UDP port.
fn wait_until_bound(port: u16) -> Result<()> {
    let begin = Instant::now();
    while std::net::UdpSocket::bind((ports::LOOPBACK, port)).is_ok() {
        if begin.elapsed() > STEP {
            return Err(format!("nobody listens on port {port}").into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// The speech files of the examples.
pub(crate) fn speech(name: &str) -> PathBuf {
    root().join("examples/audio").join(name)
}

/// Requires that one channel of a recording carries a speech file: all of it, or its beginning.
pub(crate) fn require_speech(
    original: &Path,
    beginning: Option<Duration>,
    recording: &Path,
    channel: usize,
) -> Result<f64> {
    let (wanted, heard) = (Wav::read(original)?, Wav::read(recording)?);
    if wanted.rate != heard.rate {
        return Err(format!("{} is at {} Hz", recording.display(), heard.rate).into());
    }
    let samples = heard
        .channels
        .get(channel)
        .ok_or_else(|| format!("{} has no channel {channel}", recording.display()))?;
    let whole = wanted.channels.first().ok_or("no original")?;
    let length = beginning.map(|part| (part.as_secs_f64() * f64::from(wanted.rate)) as usize);
    let wanted = &whole[..length.unwrap_or(whole.len()).min(whole.len())];
    let found = correlation::find(wanted, samples)
        .ok_or_else(|| format!("{} is silent in channel {channel}", recording.display()))?;
    // A tenth may be outside of the recording: the peer spoke already when the call was answered.
    if found.correlation < ALIKE || found.compared * 10 < wanted.len() * 9 {
        return Err(format!(
            "{} channel {channel} correlates at {:.3}, {} samples in, moving by {}, over {} of {} samples with {}",
            recording.display(),
            found.correlation,
            found.offset,
            found.drift,
            found.compared,
            wanted.len(),
            original.display()
        )
        .into());
    }
    Ok(found.correlation)
}
