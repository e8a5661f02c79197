//! No file over 500 lines, so that each can be read at one sitting.

use crate::Result;
use crate::report::Outcome;
use crate::workspace::{root, rust_files};

/// The most lines a Rust file may have.
const LIMIT: usize = 500;

/// Files that may be longer, each with its reason.
const EXCEPTIONS: &[(&str, &str)] = &[];

/// Checks the length of every Rust file.
pub(crate) fn check() -> Result<Outcome> {
    let mut long = Vec::new();
    let files = rust_files()?;
    let mut usual = 0;
    for file in &files {
        let lines = std::fs::read_to_string(file)?.lines().count();
        let path = file.strip_prefix(root()).unwrap_or(file).to_string_lossy().into_owned();
        if lines > LIMIT && !EXCEPTIONS.iter().any(|(name, _)| *name == path) {
            long.push(format!("{path} has {lines} lines"));
        }
        usual += usize::from(lines <= 300);
    }
    if long.is_empty() {
        let share = 100 * usual / files.len().max(1);
        return Ok(Outcome::one(format!(
            "{} files, {share} % of them up to 300 lines",
            files.len()
        )));
    }
    Err(format!("more than {LIMIT} lines: {}", long.join(", ")).into())
}
