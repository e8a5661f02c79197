//! `sipua parse FILE…`: a verdict on each file as one SIP message.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde_json::{Value, json};
use sipua::Report;

use crate::failure::Failure;

/// More than any SIP message may have, so that the limit itself is reported.
const MOST: u64 = 1 << 20;

/// Prints one JSON object a file.
pub(crate) fn parse(files: &[PathBuf]) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    let mut outcome = Ok(());
    for path in files {
        let object = match read(path) {
            Ok(data) => {
                let report = Report::of(data);
                if !report.is_valid() && outcome.is_ok() {
                    outcome = Err(Failure::Told);
                }
                verdict(path, &report)
            }
            Err(error) => {
                crate::complain(&format!("{}: {error}", path.display()));
                outcome = Err(Failure::Unreadable);
                continue;
            }
        };
        writeln!(output, "{object}").map_err(|error| {
            Failure::failed(format!("cannot write to standard output: {error}"))
        })?;
    }
    outcome
}

fn read(path: &Path) -> io::Result<Bytes> {
    let mut data = Vec::new();
    File::open(path)?.take(MOST).read_to_end(&mut data)?;
    Ok(data.into())
}

fn verdict(path: &Path, report: &Report) -> Value {
    let mut object = json!({
        "file": path.display().to_string(),
        "parsed": report.is_parsed(),
        "valid": report.is_valid(),
        "kind": report.kind(),
        "problems": report
            .problem_texts()
            .into_iter()
            .map(|(place, what)| json!({ "where": place, "what": what }))
            .collect::<Vec<_>>(),
    });
    if let Some(method) = report.method() {
        object["method"] = method.into();
    }
    if let Some(status) = report.status() {
        object["status"] = status.into();
    }
    object
}
