//! The micro-benchmarks of `benches/`, read back from what criterion leaves behind.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Figure;
use crate::interop::Bench;
use crate::workspace::{cargo, target};
use crate::{Result, process};

/// Targets and peers' figures by the benchmark's id.
const KNOWN: &[(&str, &str, &str)] = &[
    ("message/parse_invite", "≤ 625 ns (1.6 M/s)", "PJSIP 1,255 ns, rsipstack 1,222"),
    ("message/parse_type_write_invite", "≤ 1,430 ns (700 k/s)", "rsip 7,634 ns"),
];

/// SIP messages.
pub(super) fn message(_bench: &Bench) -> Result<Vec<Figure>> {
    run("message")
}

/// RTP, codecs, the jitter buffer.
pub(super) fn media(_bench: &Bench) -> Result<Vec<Figure>> {
    run("media")
}

fn run(name: &str) -> Result<Vec<Figure>> {
    let results = target()?.join("criterion");
    let before = std::time::SystemTime::now();
    process::run(&mut cargo(&[
        "bench",
        "--quiet",
        "--package",
        "sipua",
        "--bench",
        name,
        "--",
        "--noplot",
    ]))?;
    let mut files = Vec::new();
    collect(&results, &mut files)?;
    files.sort();
    let mut figures = Vec::new();
    for file in files {
        if std::fs::metadata(&file)?.modified()? >= before {
            figures.push(figure(&results, &file)?);
        }
    }
    Ok(figures)
}

/// Every `…/new/estimates.json`.
fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.ends_with("new/estimates.json") {
            files.push(path);
        }
    }
    Ok(())
}

fn figure(results: &Path, file: &Path) -> Result<Figure> {
    let estimates: Value = serde_json::from_slice(&std::fs::read(file)?)?;
    let nanoseconds = estimates["median"]["point_estimate"].as_f64().ok_or("no median")?;
    let folder = file.parent().and_then(Path::parent).unwrap_or(file);
    let name = folder.strip_prefix(results).unwrap_or(folder).to_string_lossy().into_owned();
    let known = KNOWN.iter().find(|(id, ..)| *id == name);
    let (target, peers) = known.map_or(("", ""), |(_, target, peers)| (target, peers));
    let ours = format!("{nanoseconds:.0} ns ({:.2} M/s)", 1000.0 / nanoseconds);
    Ok(Figure::new(name, ours, target, peers))
}
