//! `cargo xtask bench`: our figures, each beside the target and the best that peers reach on the same kind of machine.

mod calls;
mod criterion;
mod media;
mod proc;

use crate::Result;
use crate::interop::Bench;
use crate::packages;
use crate::terminal::say;
use crate::workspace::Profile;

/// One line of the table.
pub(crate) struct Figure {
    pub(crate) what: String,
    pub(crate) ours: String,
    pub(crate) target: &'static str,
    pub(crate) peers: &'static str,
}

impl Figure {
    fn new(
        what: impl Into<String>,
        ours: String,
        target: &'static str,
        peers: &'static str,
    ) -> Self {
        Self { what: what.into(), ours, target, peers }
    }
}

type Measure = fn(&Bench) -> Result<Vec<Figure>>;

/// What can be measured, by name.
const MEASURES: [(&str, Measure); 6] = [
    ("message", criterion::message),
    ("media", criterion::media),
    ("signalling", calls::signalling),
    ("setup", calls::with_media),
    ("memory", calls::memory),
    ("calls", media::calls_a_core),
];

/// Measures everything, or only what is named, and prints the table.
pub(crate) fn run(names: &[&str]) -> Result<()> {
    let known = |name: &&&str| !MEASURES.iter().any(|(measure, _)| measure == *name);
    if let Some(unknown) = names.iter().find(known) {
        let all = MEASURES.map(|(name, _)| name).join(", ");
        return Err(format!("nothing is called {unknown}; there are {all}").into());
    }
    packages::for_tests()?;
    let bench = Bench::new(Profile::Release)?;
    let mut figures = Vec::new();
    for (name, measure) in MEASURES {
        if names.is_empty() || names.contains(&name) {
            say(&format!("── {name}"));
            figures.extend(measure(&bench)?);
        }
    }
    say("");
    line(&["what", "ours", "target", "peers"]);
    line(&["---", "---", "---", "---"]);
    for figure in &figures {
        line(&[&figure.what, &figure.ours, figure.target, figure.peers]);
    }
    Ok(())
}

/// A row that is also Markdown, to be copied into docs/performance.md.
fn line(cells: &[&str]) {
    say(&format!("| {} |", cells.join(" | ")));
}
