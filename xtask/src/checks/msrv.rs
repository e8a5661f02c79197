//! The oldest Rust we promise: stated once, reached by the toolchain in use, and enough for every dependency.

use std::process::Command;

use crate::report::Outcome;
use crate::workspace::{list, metadata, text};
use crate::{Result, process};

/// Major, minor, patch.
type Version = [u32; 3];

/// Checks `rust-version` of the workspace and of everything in its tree.
pub(crate) fn check() -> Result<Outcome> {
    let packages = list(metadata()?, "packages");
    let ours = packages.iter().filter(|package| package["source"].is_null());
    let mut stated = Vec::new();
    for package in ours {
        stated.push((text(package, "name")?, text(package, "rust_version")?));
    }
    let (_, msrv) = *stated.first().ok_or("no package of ours")?;
    if let Some((name, other)) = stated.iter().find(|(_, version)| *version != msrv) {
        return Err(format!("{name} states Rust {other}, others {msrv}").into());
    }
    let msrv_version = version(msrv)?;

    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let answer = process::capture(Command::new(rustc).arg("--version"))?;
    let toolchain = answer.split(' ').nth(1).ok_or("rustc names no version")?;
    if version(toolchain)? < msrv_version {
        return Err(format!("this is Rust {toolchain}; sipua needs {msrv}").into());
    }

    for package in packages {
        let Some(needed) = package["rust_version"].as_str() else { continue };
        if version(needed)? > msrv_version {
            return Err(format!(
                "{} needs Rust {needed}, we promise {msrv}",
                text(package, "name")?
            )
            .into());
        }
    }
    Ok(Outcome::many(2, format!("Rust {msrv} suffices for {} packages", packages.len())))
}

fn version(text: &str) -> Result<Version> {
    let plain = text.split(['-', '+']).next().unwrap_or(text);
    let mut version = Version::default();
    for (place, part) in version.iter_mut().zip(plain.split('.')) {
        *place = part.parse().map_err(|_| format!("`{text}` is not a version"))?;
    }
    Ok(version)
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn versions_compare_by_number() {
        assert!(version("1.95").unwrap() == version("1.95.0").unwrap());
        assert!(version("1.100.0-nightly").unwrap() > version("1.95.2").unwrap());
        assert!(version("new").is_err());
    }
}
