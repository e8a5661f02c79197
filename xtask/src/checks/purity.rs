//! Both cores are pure: what they are built from is written down here, crate by crate, and none of it does I/O.
//!
//! The other half of the promise, that the cores' own code calls no clock, socket or thread of the standard library,
//! is held by the `clippy.toml` beside each of them.

use std::collections::BTreeSet;

use crate::report::Outcome;
use crate::workspace::cargo;
use crate::{Result, process};

/// What every core may be built from.
const BOTH: &[&str] =
    &["bytes", "cfg-if", "chacha20", "cpufeatures", "memchr", "rand", "rand_core", "thiserror"];

/// Hashes for digest authentication.
const CORE: &[&str] = &[
    "block-buffer",
    "const-oid",
    "crypto-common",
    "digest",
    "hybrid-array",
    "md-5",
    "sha2",
    "typenum",
];

/// SDP lines, WAV files and rings of samples.
const MEDIA: &[&str] = &["bstr", "fallible-iterator", "hex", "hound", "rtrb", "sdp-types"];

/// Run by the compiler, never by the program.
const MACROS: &[&str] = &["proc-macro2", "quote", "syn", "thiserror-impl", "unicode-ident"];

/// The trees differ by target only in how `cpufeatures` asks which instructions there are; on x86-64 it needs nobody.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Checks the full dependency trees of both cores against the lists above.
pub(crate) fn check() -> Result<Outcome> {
    let core = compare("sipua-core", CORE)?;
    let media = compare("sipua-media", MEDIA)?;
    Ok(Outcome::many(
        2,
        format!("sipua-core has {core} dependencies, sipua-media {media}, none with I/O"),
    ))
}

fn compare(package: &str, own: &[&str]) -> Result<usize> {
    let arguments =
        ["tree", "--package", package, "--edges", "normal", "--all-features", "--target", TARGET];
    let format = ["--prefix", "none", "--format", "{p}"];
    let text = process::capture(cargo(&arguments).args(format))?;
    let found = names(&text, package);
    let allowed: BTreeSet<&str> = [BOTH, own, MACROS].concat().into_iter().collect();
    let strangers: Vec<&str> = found.difference(&allowed).copied().collect();
    if strangers.is_empty() {
        return Ok(found.len());
    }
    Err(format!(
        "{package} depends on {}: a core has no I/O, clock, threads or OS randomness; if this crate has none of them \
         either, add it to xtask/src/checks/purity.rs",
        strangers.join(", ")
    )
    .into())
}

/// The names of a `cargo tree` listing, without the package itself.
fn names<'a>(text: &'a str, package: &str) -> BTreeSet<&'a str> {
    text.lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| !name.is_empty() && *name != package)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn names_are_taken_once_and_without_the_root() {
        let text = "sipua-core v0.1.0 (/x)\nbytes v1.12.1\nsha2 v0.11.1\nbytes v1.12.1 (*)\n\n";
        assert_eq!(names(text, "sipua-core").into_iter().collect::<Vec<_>>(), ["bytes", "sha2"]);
    }
}
