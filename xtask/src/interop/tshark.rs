//! tshark decodes what the demo put on the wire.

use std::path::Path;
use std::process::Command;

use super::Bench;
use crate::{Result, demo, process};

/// Makes the demo's capture if there is none, and has every packet of it decoded.
pub(super) fn run(_bench: &Bench) -> Result<String> {
    let capture = demo::capture();
    if !capture.exists() {
        demo::run()?;
    }
    let rtp = rtp_ports(&capture)?;
    let mut counts = Vec::new();
    for protocol in ["sip", "sdp", "rtp", "rtcp", "rtpevent"] {
        let count = count(&capture, &rtp, protocol)?;
        if count == 0 {
            return Err(format!("no {protocol} in {}", capture.display()).into());
        }
        counts.push(format!("{count} {protocol}"));
    }
    let malformed = decode(&capture, &rtp, "_ws.malformed || _ws.expert.severity >= error")?;
    if !malformed.is_empty() {
        return Err(format!(
            "tshark finds malformed packets in {}:\n{malformed}",
            capture.display()
        )
        .into());
    }
    Ok(format!("{}, none malformed", counts.join(", ")))
}

fn count(capture: &Path, rtp: &[String], filter: &str) -> Result<usize> {
    Ok(decode(capture, rtp, filter)?.lines().count())
}

fn decode(capture: &Path, rtp: &[String], filter: &str) -> Result<String> {
    let mut command = Command::new("tshark");
    command.arg("-r").arg(capture).args(["-Y", filter]).args(rtp);
    process::capture(&mut command)
}

/// tshark learns RTP ports from SDP; the ports of telephone events and RTCP are named as well, so that nothing hides.
fn rtp_ports(capture: &Path) -> Result<Vec<String>> {
    let ports = process::capture(Command::new("tshark").arg("-r").arg(capture).args([
        "-Y",
        "sdp",
        "-T",
        "fields",
        "-e",
        "sdp.media.port",
    ]))?;
    let mut options = Vec::new();
    for port in ports.lines().filter_map(|line| line.trim().parse::<u16>().ok()) {
        for (port, protocol) in [(port, "rtp"), (port + 1, "rtcp")] {
            let option = format!("udp.port=={port},{protocol}");
            if !options.contains(&option) {
                options.extend(["-d".into(), option]);
            }
        }
    }
    Ok(options)
}
