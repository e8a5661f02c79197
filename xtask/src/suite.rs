//! `cargo xtask test`: everything the project promises, cheapest first.

use std::process::{Command, Stdio};

use crate::report::{Outcome, Step, TestsFailed};
use crate::workspace::{cargo, scratch};
use crate::{Result, c, checks, demo, fuzz, header, interop, packages, process, report};

/// All steps, in their order.
const STEPS: &[Step] = &[
    Step { name: "packages", run: packages::for_tests },
    Step { name: "sizes", run: checks::sizes },
    Step { name: "links", run: checks::links },
    Step { name: "format", run: format },
    Step { name: "purity", run: checks::purity },
    Step { name: "deny", run: checks::dependencies },
    Step { name: "msrv", run: checks::msrv },
    Step { name: "lint", run: lint },
    Step { name: "tests", run: tests },
    Step { name: "doctests", run: documentation_tests },
    Step { name: "docs", run: documentation },
    Step { name: "header", run: same_header },
    Step { name: "c", run: c::run },
    Step { name: "demo", run: demo::step },
    Step { name: "interop", run: interop::run },
    Step { name: "fuzz", run: || fuzz::smoke(fuzz::SECONDS) },
];

/// Runs all steps, or only those named.
pub(crate) fn run(names: &[&str]) -> Result<()> {
    let known = |name: &&&str| !STEPS.iter().any(|step| step.name == **name);
    if let Some(unknown) = names.iter().find(known) {
        let all: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        return Err(format!("no step is called {unknown}; there are {}", all.join(", ")).into());
    }
    let wanted = |step: &&Step| names.is_empty() || names.contains(&step.name);
    report::run(&STEPS.iter().filter(wanted).collect::<Vec<_>>())
}

fn format() -> Result<Outcome> {
    process::run(&mut cargo(&["fmt", "--all", "--check"]))?;
    Ok(Outcome::one("rustfmt agrees"))
}

fn lint() -> Result<Outcome> {
    let selection = ["clippy", "--quiet", "--workspace", "--all-targets", "--all-features", "--"];
    process::run(cargo(&selection).args(["-D", "warnings", "-D", "clippy::too_many_lines"]))?;
    Ok(Outcome::one("clippy has nothing to say, the cores' forbidden clocks and sockets included"))
}

/// Unit, pair and whole-engine tests, under nextest where it is installed.
fn tests() -> Result<Outcome> {
    if process::is_installed("cargo-nextest") {
        let arguments =
            ["nextest", "run", "--workspace", "--no-fail-fast", "--status-level", "fail"];
        return count(cargo(&arguments).args(["--final-status-level", "fail"]), nextest_summary);
    }
    let targets = ["--lib", "--bins", "--tests", "--examples"];
    let arguments = ["test", "--quiet", "--workspace", "--no-fail-fast"];
    count(cargo(&arguments).args(targets), cargo_summary)
}

fn documentation_tests() -> Result<Outcome> {
    count(&mut cargo(&["test", "--quiet", "--workspace", "--doc", "--no-fail-fast"]), cargo_summary)
}

fn documentation() -> Result<Outcome> {
    let mut command = cargo(&["doc", "--quiet", "--workspace", "--no-deps"]);
    process::run(command.env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(Outcome::one("every public item documented, every link leads somewhere"))
}

fn same_header() -> Result<Outcome> {
    header::check()?;
    Ok(Outcome::one("include/sipua.h is what cbindgen makes of the sources"))
}

/// Runs tests with their output in a file, shows it when one fails, and adds up what the summaries say.
fn count(command: &mut Command, summary: fn(&str) -> (u64, u64)) -> Result<Outcome> {
    let path = scratch("test-output")?.join("tests.log");
    let file = std::fs::File::create(&path)?;
    let status = command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).status()?;
    let text = std::fs::read_to_string(&path)?;
    let (passed, failed) = summary(&text);
    if status.success() && failed == 0 && passed > 0 {
        return Ok(Outcome::many(passed, format!("{passed} tests")));
    }
    crate::terminal::complain(&text);
    Err(TestsFailed { passed, failed: failed.max(1) }.into())
}

/// Adds up lines like `test result: ok. 3 passed; 0 failed; …`.
fn cargo_summary(text: &str) -> (u64, u64) {
    let lines = text.lines().filter_map(|line| line.trim_start().strip_prefix("test result:"));
    lines.fold((0, 0), |(passed, failed), line| {
        (passed + before(line, "passed"), failed + before(line, "failed"))
    })
}

/// Reads the line `Summary [ 1.2s] 5 tests run: 4 passed, 1 failed, 0 skipped`.
fn nextest_summary(text: &str) -> (u64, u64) {
    let line = text.lines().rfind(|line| line.trim_start().starts_with("Summary")).unwrap_or("");
    (before(line, "passed"), before(line, "failed") + before(line, "timed"))
}

/// The number before a word.
fn before(line: &str, word: &str) -> u64 {
    let words: Vec<&str> =
        line.split([' ', ';', ',', ':']).filter(|word| !word.is_empty()).collect();
    let pair = words.windows(2).find(|pair| pair[1] == word);
    pair.and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{cargo_summary, nextest_summary};

    #[test]
    fn summaries_are_added_up() {
        let text = "test result: ok. 3 passed; 0 failed; 0 ignored\nx\ntest result: FAILED. 2 passed; 1 failed; 0 ignored";
        assert_eq!(cargo_summary(text), (5, 1));
        let text = "     Summary [   0.011s] 5 tests run: 4 passed (1 slow), 1 failed, 0 skipped";
        assert_eq!(nextest_summary(text), (4, 1));
        assert_eq!(nextest_summary(""), (0, 0));
    }
}
