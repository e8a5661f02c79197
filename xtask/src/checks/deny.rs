//! What `deny.toml` allows, held against `cargo metadata`: licences, banned crates, versions, where crates come from.
//!
//! cargo-deny reads the same file; it takes minutes to compile, so the test run does not ask for it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::Result;
use crate::report::Outcome;
use crate::workspace::{list, metadata, root, text};

/// How the source of a crate begins that comes from the registry; any other place is refused.
const REGISTRY: &str = "registry+";

/// The parts of `deny.toml` that are checked.
#[derive(Debug, Default, PartialEq, Eq)]
struct Policy {
    licences: Vec<String>,
    /// Crate, licence.
    exceptions: Vec<(String, String)>,
    banned: Vec<String>,
    /// Crates that may be there in several versions.
    repeated: Vec<String>,
}

/// Checks every package of the tree.
pub(crate) fn check() -> Result<Outcome> {
    let policy = Policy::read(&std::fs::read_to_string(root().join("deny.toml"))?)?;
    let packages = list(metadata()?, "packages");
    let problems = policy.problems(packages)?;
    if problems.is_empty() {
        return Ok(Outcome::many(4, format!("{} packages within deny.toml", packages.len())));
    }
    Err(problems.join("; ").into())
}

impl Policy {
    /// Reads the tables and lists that `deny.toml` uses; not TOML at large.
    fn read(file: &str) -> Result<Self> {
        let mut policy = Self::default();
        let (mut table, mut key, mut subject) = ("", "", String::new());
        for line in file.lines() {
            let line = line.split('#').next().unwrap_or("").trim();
            if line.starts_with('[') && line.ends_with(']') && !line.contains('"') && line.len() > 1
            {
                table = line.trim_matches(['[', ']']);
                continue;
            }
            if let Some((name, _)) = line.split_once(" = ").filter(|(name, _)| !name.contains('{'))
            {
                key = name;
            }
            for word in line.split('"').skip(1).step_by(2) {
                match (table, key) {
                    ("licenses", "allow") => policy.licences.push(word.into()),
                    ("licenses.exceptions", "crate") => subject = word.into(),
                    ("licenses.exceptions", "allow") => {
                        policy.exceptions.push((subject.clone(), word.into()));
                    }
                    ("bans", "deny") => policy.banned.push(word.into()),
                    ("bans", "skip") => {
                        policy.repeated.push(word.split('@').next().unwrap_or(word).into());
                    }
                    _ => {}
                }
            }
        }
        if policy.licences.is_empty() {
            return Err("deny.toml allows no licence at all".into());
        }
        Ok(policy)
    }

    fn problems(&self, packages: &[Value]) -> Result<Vec<String>> {
        let mut problems = Vec::new();
        let mut versions: BTreeMap<&str, u32> = BTreeMap::new();
        for package in packages {
            let name = text(package, "name")?;
            *versions.entry(name).or_default() += 1;
            let licence = package["license"].as_str().unwrap_or("");
            if !self.allows(name, licence) {
                problems.push(format!("{name} is licensed `{licence}`"));
            }
            if self.banned.iter().any(|banned| banned == name) {
                problems.push(format!("{name} is banned"));
            }
            if package["source"].as_str().is_some_and(|source| !source.starts_with(REGISTRY)) {
                problems.push(format!("{name} comes from {}", package["source"]));
            }
        }
        let twice = versions.iter().filter(|(name, count)| {
            **count > 1 && !self.repeated.iter().any(|other| other == *name)
        });
        problems.extend(twice.map(|(name, count)| format!("{name} is there in {count} versions")));
        Ok(problems)
    }

    /// Whether an SPDX expression can be met: one side of an OR, both of an AND.
    fn allows(&self, name: &str, expression: &str) -> bool {
        let old_style = expression.replace('/', " OR ");
        let known = |licence: &str| {
            self.licences.iter().any(|allowed| allowed == licence)
                || self
                    .exceptions
                    .iter()
                    .any(|(exception, allowed)| exception == name && allowed == licence)
        };
        // AND binds closer than OR except within parentheses, which real expressions only put around an OR.
        if old_style.contains(") AND ") || old_style.contains(" AND (") {
            let flat = old_style.replace(['(', ')'], "");
            return flat
                .split(" AND ")
                .all(|side| side.split(" OR ").any(|licence| known(licence.trim())));
        }
        old_style.split(" OR ").any(|side| side.split(" AND ").all(|licence| known(licence.trim())))
    }
}

#[cfg(test)]
mod tests {
    use super::Policy;
    use serde_json::json;

    const FILE: &str = r#"
[licenses]
allow = [
  "MIT", # with a comment
  "Apache-2.0 WITH LLVM-exception",
  "Unicode-3.0",
]
[[licenses.exceptions]]
crate = "cbindgen"
allow = ["MPL-2.0"]
[bans]
deny = [
  { crate = "openssl" },
]
skip = [
  { crate = "winnow@0.7.15" },
]
"#;

    #[test]
    fn licences_are_allowed_as_the_expression_says() {
        let policy = Policy::read(FILE).unwrap();
        assert!(policy.allows("a", "MIT OR GPL-3.0"));
        assert!(policy.allows("a", "GPL-3.0/MIT"));
        assert!(policy.allows("a", "(MIT OR GPL-3.0) AND Unicode-3.0"));
        assert!(policy.allows("a", "Apache-2.0 WITH LLVM-exception OR GPL-3.0"));
        assert!(policy.allows("cbindgen", "MPL-2.0"));
        assert!(!policy.allows("a", "MPL-2.0"));
        assert!(!policy.allows("a", "MIT AND GPL-3.0"));
        assert!(!policy.allows("a", "(MIT OR GPL-3.0) AND GPL-2.0"));
        assert!(!policy.allows("a", ""));
    }

    #[test]
    fn bans_sources_and_repeated_versions_are_found() {
        let policy = Policy::read(FILE).unwrap();
        let crates = "registry+https://registry.example";
        let package = |name, source| json!({"name": name, "license": "MIT", "source": source});
        let good = [package("winnow", crates), package("winnow", crates), package("bytes", crates)];
        assert!(policy.problems(&good).unwrap().is_empty());
        let bad = [
            package("bytes", crates),
            package("bytes", crates),
            package("openssl", crates),
            package("x", "git+y"),
        ];
        assert_eq!(policy.problems(&bad).unwrap().len(), 3);
    }

    #[test]
    fn an_empty_policy_is_refused() {
        assert!(Policy::read("[bans]\n").is_err());
    }
}
