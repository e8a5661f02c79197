//! Documents name files: every relative link and every path in backticks leads somewhere, so that a claim's test exists.

use std::path::{Path, PathBuf};

use crate::Result;
use crate::report::Outcome;
use crate::workspace::root;

/// Folders whose files are named by their path from the top.
const FOLDERS: &[&str] = &[
    ".ci/",
    "benches/",
    "docs/",
    "examples/",
    "fuzz/",
    "include/",
    "sipua-cli/",
    "sipua-core/",
    "sipua-ffi/",
    "sipua-media/",
    "src/",
    "tests/",
    "xtask/",
];

/// Checks every Markdown file at the top, in docs/ and in tests/.
pub(crate) fn check() -> Result<Outcome> {
    let mut named = 0;
    let mut missing = Vec::new();
    for document in documents()? {
        let text = std::fs::read_to_string(&document)?;
        let folder = document.parent().unwrap_or(root());
        let links = links(&text).map(|link| folder.join(link));
        let paths = paths(&text).map(|path| root().join(path));
        for target in links.chain(paths) {
            named += 1;
            if !target.exists() {
                let name = document.strip_prefix(root()).unwrap_or(&document);
                missing.push(format!("{} names {}", name.display(), target.display()));
            }
        }
    }
    if missing.is_empty() {
        Ok(Outcome::one(format!("{named} named files are there")))
    } else {
        Err(missing.join("; ").into())
    }
}

fn documents() -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in ["", "docs", "tests/interop", "examples/audio"] {
        for entry in std::fs::read_dir(root().join(folder))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    Ok(found)
}

/// Targets of Markdown links to files.
fn links(text: &str) -> impl Iterator<Item = &Path> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let local = targets.filter(|target| !target.contains("://") && !target.starts_with('#'));
    local.map(|target| Path::new(target.split('#').next().unwrap_or(target)))
}

/// Words in backticks that are paths of this repository.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split('`').skip(1).step_by(2);
    let plain = |word: &&str| {
        !word.contains(|letter: char| letter.is_whitespace() || "*…<{".contains(letter))
    };
    words.filter(plain).filter(|word| FOLDERS.iter().any(|folder| word.starts_with(folder)))
}

#[cfg(test)]
mod tests {
    use super::{links, paths};
    use std::path::Path;

    #[test]
    fn links_and_paths_are_found_and_others_left() {
        let text = "[a](docs/x.md#part) [b](https://x.y/z) [c](#here) `src/lib.rs` `src/*.rs` `cargo x` `tests/interop/`";
        assert_eq!(links(text).collect::<Vec<_>>(), [Path::new("docs/x.md")]);
        assert_eq!(paths(text).collect::<Vec<_>>(), ["src/lib.rs", "tests/interop/"]);
    }
}
