//! The fuzz targets, each for a few seconds. No cargo-fuzz and no nightly: the coverage libFuzzer steers by is made by
//! flags that the stable compiler has.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::report::Outcome;
use crate::terminal::say;
use crate::workspace::{list, root, scratch, text};
use crate::{Result, process};

/// How long a target runs when nothing else is asked for.
pub(crate) const SECONDS: u32 = 3;

/// What makes a build steerable by libFuzzer. Overflow and debug assertions stay on.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 -Cdebug-assertions -Coverflow-checks";

/// The longest input a target is given.
const MAX_LENGTH: u32 = 8192;

/// Builds all targets and runs each.
pub(crate) fn run(seconds: u32) -> Result<()> {
    let outcome = smoke(seconds)?;
    say(&outcome.note);
    Ok(())
}

/// The same as a step of the tests.
pub(crate) fn smoke(seconds: u32) -> Result<Outcome> {
    let targets = build()?;
    for target in &targets {
        fuzz(target, seconds)?;
    }
    let count = targets.len();
    Ok(Outcome::many(count as u64, format!("{count} targets, {seconds} s each, nothing found")))
}

fn fuzz_command(arguments: &[&str]) -> Command {
    let mut command = crate::workspace::cargo(arguments);
    command.current_dir(root().join("fuzz"));
    command
}

fn build() -> Result<Vec<PathBuf>> {
    let host = process::capture(Command::new("rustc").args(["--print", "host-tuple"]))?;
    let directory = scratch("fuzz")?;
    // With --target the flags leave build scripts and macros alone.
    let arguments = [
        "build",
        "--quiet",
        "--release",
        "--message-format",
        "json-render-diagnostics",
        "--target",
    ];
    let mut command = fuzz_command(&arguments);
    command.arg(host.trim()).env("RUSTFLAGS", FLAGS).env("CARGO_TARGET_DIR", directory);
    let output = process::capture(command.stderr(std::process::Stdio::inherit()))?;
    let messages =
        output.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let programs = messages.filter_map(|message| message["executable"].as_str().map(PathBuf::from));
    let built: Vec<PathBuf> = programs.collect();
    let stated = targets()?;
    if built.len() == stated {
        Ok(built)
    } else {
        Err(format!("{} of {stated} targets built", built.len()).into())
    }
}

/// How many targets fuzz/Cargo.toml states.
fn targets() -> Result<usize> {
    let text_of =
        process::capture(&mut fuzz_command(&["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&text_of)?;
    let package = list(&metadata, "packages").first().ok_or("fuzz/ has no package")?;
    say(&format!("{}: {} targets", text(package, "name")?, list(package, "targets").len()));
    Ok(list(package, "targets").len())
}

fn fuzz(target: &Path, seconds: u32) -> Result<()> {
    let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let directory = root().join("fuzz");
    let corpus = directory.join("corpus").join(&name);
    let artifacts = directory.join("artifacts").join(&name);
    std::fs::create_dir_all(&corpus)?;
    std::fs::create_dir_all(&artifacts)?;
    let log = scratch("fuzz")?.join(format!("{name}.log"));
    let mut peer = process::Peer::start(
        Command::new(target)
            .arg(&corpus)
            .args(seeds(&name))
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-max_len={MAX_LENGTH}"))
            .args(["-timeout=5", "-rss_limit_mb=1024", "-print_final_stats=1"])
            .arg(format!("-artifact_prefix={}/", artifacts.display())),
        &log,
    )?;
    peer.succeed(std::time::Duration::from_secs(u64::from(seconds) + 60)).map_err(|error| {
        let text = peer.log();
        let lines: Vec<&str> = text.lines().filter(|line| is_finding(line)).take(6).collect();
        format!("fuzz target {name} found something: {error}\n{}", lines.join("\n"))
    })?;
    let text = peer.log();
    let runs = text
        .lines()
        .find_map(|line| line.strip_prefix("stat::number_of_executed_units:"))
        .unwrap_or("0")
        .trim();
    say(&format!("   {name}: {runs} inputs"));
    Ok(())
}

fn is_finding(line: &str) -> bool {
    ["panicked at", "ERROR: libFuzzer", "Test unit written", "assertion"]
        .iter()
        .any(|mark| line.contains(mark))
}

/// Directories of examples for a target.
fn seeds(name: &str) -> Vec<PathBuf> {
    let mut directories = vec![root().join("fuzz/seeds").join(name)];
    if matches!(name, "message" | "stream") {
        directories.push(root().join("sipua-core/tests/torture"));
    }
    directories.retain(|directory| directory.is_dir());
    directories
}
