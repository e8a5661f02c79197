//! Named steps, each timed and counted; the first that fails ends the run.

use std::time::{Duration, Instant};

use crate::Result;
use crate::terminal::say;

/// What a step found: how many single checks or tests passed within it, and a few words for the line.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) passed: u64,
    pub(crate) note: String,
}

impl Outcome {
    /// One check that held.
    pub(crate) fn one(note: impl Into<String>) -> Self {
        Self { passed: 1, note: note.into() }
    }

    /// Several checks that held.
    pub(crate) fn many(passed: u64, note: impl Into<String>) -> Self {
        Self { passed, note: note.into() }
    }
}

/// A step that did not hold, with how many of its tests failed.
#[derive(Debug)]
pub(crate) struct TestsFailed {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl std::fmt::Display for TestsFailed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {} tests failed", self.failed, self.passed + self.failed)
    }
}

impl std::error::Error for TestsFailed {}

/// One named part of the run.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) run: fn() -> Result<Outcome>,
}

/// Runs the steps in order. The last line is always `N passed, N failed`.
pub(crate) fn run(steps: &[&Step]) -> Result<()> {
    let begin = Instant::now();
    let mut passed = 0;
    for step in steps {
        say(&format!("── {}", step.name));
        let start = Instant::now();
        match (step.run)() {
            Ok(outcome) => {
                passed += outcome.passed;
                let took = seconds(start.elapsed());
                say(&format!("ok {:<11} {took:>7}  {}", step.name, outcome.note));
            }
            Err(reason) => {
                let (also_passed, failed) = match reason.downcast_ref::<TestsFailed>() {
                    Some(tests) => (tests.passed, tests.failed),
                    None => (0, 1),
                };
                let took = seconds(start.elapsed());
                say(&format!("FAILED {} {took}: {reason}", step.name));
                say(&format!("{} passed, {failed} failed", passed + also_passed));
                return Err(format!("step {} failed", step.name).into());
            }
        }
    }
    say(&format!("all steps in {}", seconds(begin.elapsed())));
    say(&format!("{passed} passed, 0 failed"));
    Ok(())
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
