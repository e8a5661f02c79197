//! baresip: speech both ways, calling us and called by us.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::{Bench, STEP, require_speech, speech};
use crate::phone::Phone;
use crate::process::Peer;
use crate::{Result, ports};

/// What baresip says; its call ends with the file, so this one is the longer.
const THEIRS: &str = "caller.wav";
/// What we say.
const OURS: &str = "welcome.wav";
/// How long a whole call may take.
const CALL: Duration = Duration::from_secs(25);

/// Received is the left channel of a stereo recording, sent the right one.
const RECEIVED: usize = 0;
const SENT: usize = 1;

/// A baresip with a directory of its own.
struct Baresip {
    peer: Peer,
    port: u16,
    recordings: PathBuf,
}

impl Baresip {
    fn start(bench: &Bench, name: &str, dial: Option<&str>) -> Result<Self> {
        let directory = bench.directory.join(name);
        let recordings = directory.join("recordings");
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&recordings)?;
        // One more SIP port is taken for TLS; media needs a few pairs.
        let port = ports::free(12)?;
        let words = [
            ("SIP_PORT", port.to_string()),
            ("RTP_FIRST", (port + 2).to_string()),
            ("RTP_LAST", (port + 11).to_string()),
            ("SPEECH", speech(THEIRS).display().to_string()),
            ("RECORDINGS", recordings.display().to_string()),
        ];
        let words: Vec<(&str, &str)> =
            words.iter().map(|(word, value)| (*word, value.as_str())).collect();
        bench.fill("baresip.config", &words, &directory.join("config"))?;
        let account =
            format!("<sip:baresip@127.0.0.1:{port}>;regint=0;audio_codecs=pcmu;answermode=auto\n");
        std::fs::write(directory.join("accounts"), account)?;
        std::fs::write(directory.join("contacts"), "")?;
        let mut command = Command::new("baresip");
        // Without -n it takes the address of another interface for its media.
        command.arg("-f").arg(&directory).args(["-n", &ports::LOOPBACK.to_string()]);
        if let Some(target) = dial {
            command.args(["-e", &format!("/dial {target}")]);
        }
        let mut peer = Peer::start(&mut command, &bench.directory.join(format!("{name}.log")))?;
        peer.wait_for_log("baresip is ready", STEP)?;
        Ok(Self { peer, port, recordings })
    }

    /// Ends it, so that its recordings are complete, and returns the one whose name ends so.
    fn recording(self, end: &str) -> Result<PathBuf> {
        drop(self.peer);
        let files = std::fs::read_dir(&self.recordings)?.map_while(std::result::Result::ok);
        let found =
            files.map(|entry| entry.path()).find(|path| path.to_string_lossy().ends_with(end));
        found.ok_or_else(|| {
            format!("baresip left no …{end} in {}", self.recordings.display()).into()
        })
    }
}

/// baresip dials us.
pub(super) fn calls_us(bench: &Bench) -> Result<String> {
    let port = ports::free(1)?;
    let recording = bench.directory.join("baresip-calls-us.wav");
    let mut arguments = media_arguments(&recording);
    arguments.extend(["--listen".into(), format!("udp:127.0.0.1:{port}"), "answer".into()]);
    let mut phone = Phone::start(&bench.sipua, &arguments, &bench.directory, "answer-baresip")?;
    phone.wait_for("started", STEP)?;
    let baresip =
        Baresip::start(bench, "baresip-uac", Some(&format!("sip:sipua@127.0.0.1:{port}")))?;
    phone.wait_for("call_ended", CALL)?;
    phone.quit(STEP)?;
    compare(baresip, &recording)
}

/// We dial baresip.
pub(super) fn we_call(bench: &Bench) -> Result<String> {
    let recording = bench.directory.join("we-call-baresip.wav");
    let baresip = Baresip::start(bench, "baresip-uas", None)?;
    let mut arguments = media_arguments(&recording);
    arguments.extend(["--listen".into(), "udp:127.0.0.1:0".into()]);
    arguments.extend(["call".into(), format!("sip:baresip@127.0.0.1:{}", baresip.port)]);
    let mut phone = Phone::start(&bench.sipua, &arguments, &bench.directory, "call-baresip")?;
    phone.wait_for("call_answered", STEP)?;
    phone.succeed(CALL)?;
    compare(baresip, &recording)
}

fn media_arguments(recording: &Path) -> Vec<String> {
    let play = speech(OURS).display().to_string();
    let record = recording.display().to_string();
    ["--json", "--play", &play, "--record", &record, "--record-mode", "stereo"]
        .map(String::from)
        .to_vec()
}

fn compare(baresip: Baresip, recording: &Path) -> Result<String> {
    let heard_by_us = require_speech(&speech(THEIRS), None, recording, RECEIVED)?;
    require_speech(&speech(OURS), None, recording, SENT)?;
    let heard_by_them = require_speech(&speech(OURS), None, &baresip.recording("-dec.wav")?, 0)?;
    Ok(format!("we heard it at {heard_by_us:.3}, it heard us at {heard_by_them:.3}"))
}
