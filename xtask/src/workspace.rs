//! Where things are, and what cargo knows about them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use crate::{Result, process};

/// The top of the repository.
pub(crate) fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        manifest.parent().unwrap_or(manifest).to_path_buf()
    })
}

/// A `cargo` command at the top of the repository.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

/// What `cargo metadata` says about the workspace and everything it depends on.
pub(crate) fn metadata() -> Result<&'static Value> {
    static METADATA: OnceLock<Value> = OnceLock::new();
    if METADATA.get().is_none() {
        let text =
            process::capture(&mut cargo(&["metadata", "--format-version", "1", "--all-features"]))?;
        let _ = METADATA.set(serde_json::from_str(&text)?);
    }
    METADATA.get().ok_or_else(|| "cargo metadata said nothing".into())
}

/// The one target directory.
pub(crate) fn target() -> Result<PathBuf> {
    let directory = text(metadata()?, "target_directory")?;
    Ok(PathBuf::from(directory))
}

/// A directory of the target directory, made if it is missing.
pub(crate) fn scratch(name: &str) -> Result<PathBuf> {
    let directory = target()?.join(name);
    std::fs::create_dir_all(&directory)?;
    Ok(directory)
}

/// How a program is built: as the tests are, sharing their artifacts, or with every optimisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    Test,
    Release,
}

/// Builds what the cargo arguments select and returns every file that came out of it.
pub(crate) fn build(profile: Profile, selection: &[&str]) -> Result<Vec<PathBuf>> {
    let mut command = cargo(&["build", "--quiet", "--message-format", "json-render-diagnostics"]);
    command.args(match profile {
        Profile::Test => ["--profile", "test"],
        Profile::Release => ["--profile", "release"],
    });
    command.args(selection).stderr(std::process::Stdio::inherit());
    let text = process::capture(&mut command)?;
    let messages = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let files = messages
        .filter(|message| message["reason"] == "compiler-artifact")
        .flat_map(|message| list(&message, "filenames").to_vec())
        .filter_map(|file| file.as_str().map(PathBuf::from));
    Ok(files.collect())
}

/// Builds one program and returns its path.
pub(crate) fn program(profile: Profile, selection: &[&str], name: &str) -> Result<PathBuf> {
    let files = build(profile, selection)?;
    let found = files.into_iter().rfind(|file| file.file_name().is_some_and(|file| file == name));
    found.ok_or_else(|| format!("cargo built no program {name}").into())
}

/// The `sipua` command.
pub(crate) fn sipua(profile: Profile) -> Result<PathBuf> {
    program(profile, &["--package", "sipua-cli", "--bin", "sipua"], "sipua")
}

/// A member of a JSON object that has to be text.
pub(crate) fn text<'a>(value: &'a Value, member: &str) -> Result<&'a str> {
    value[member].as_str().ok_or_else(|| format!("no text {member} in cargo's answer").into())
}

/// A member of a JSON object that is a list; empty when it is not.
pub(crate) fn list<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value[member].as_array().map_or(&[], Vec::as_slice)
}

/// Every Rust file of the repository that is ours.
pub(crate) fn rust_files() -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![root().to_path_buf()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory)? {
            let entry = entry?;
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            if entry.file_type()?.is_dir() {
                if name != "target" && !name.starts_with('.') {
                    open.push(path);
                }
            } else if name.ends_with(".rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
