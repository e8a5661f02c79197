//! Kamailio as registrar and proxy: register with digest, refresh, be called through it, unregister.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use super::sipp::Caller;
use super::{Bench, STEP, wait_until_bound};
use crate::phone::Phone;
use crate::process::Peer;
use crate::{Result, ports};

/// The lifetime asked for, in seconds: short, so that the refresh is seen.
const EXPIRES: &str = "4";

/// How long it may take to end once told.
const GRACE: Duration = Duration::from_secs(5);

struct Kamailio {
    peer: Peer,
    port: u16,
    password: PathBuf,
}

impl Kamailio {
    fn start(bench: &Bench) -> Result<Self> {
        let port = ports::free(1)?;
        let directory = bench.directory.join("kamailio");
        std::fs::create_dir_all(&directory)?;
        let modules = modules()?.display().to_string();
        let words = [("SIP_PORT", port.to_string()), ("MODULES", modules)];
        let words: Vec<(&str, &str)> =
            words.iter().map(|(word, value)| (*word, value.as_str())).collect();
        let config = bench.fill("kamailio.cfg", &words, &directory.join("kamailio.cfg"))?;
        let mut command = Command::new("kamailio");
        command
            .process_group(0)
            .arg("-f")
            .arg(config)
            .args(["-DD", "-E", "-Y"])
            .arg(&directory)
            .arg("-P")
            .arg(directory.join("pid"));
        let peer = Peer::start(&mut command, &bench.directory.join("kamailio.log"))?;
        wait_until_bound(port)?;
        let password = directory.join("password");
        std::fs::write(&password, "secret\n")?;
        Ok(Self { peer, port, password })
    }

    /// The options of an account at this registrar.
    fn account(&self, user: &str) -> Vec<String> {
        let (aor, server) =
            (format!("sip:{user}@test.example"), format!("127.0.0.1:{}", self.port));
        let password = self.password.display().to_string();
        let words = [
            "--json",
            "--no-media",
            "--listen",
            "udp:127.0.0.1:0",
            "--aor",
            &aor,
            "--server",
            &server,
        ];
        let secret = ["--user", user, "--password-file", &password];
        words.iter().chain(&secret).map(ToString::to_string).collect()
    }
}

/// Now and then one of its processes does not end when it is told to, which says nothing of us: then
/// all of them are ended.
impl Drop for Kamailio {
    fn drop(&mut self) {
        let told = self.peer.signal(Signal::TERM);
        if (told.is_err() || self.peer.finish(GRACE).is_err())
            && let Some(group) = i32::try_from(self.peer.id()).ok().and_then(Pid::from_raw)
        {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// Debian keeps modules below the machine's triplet.
fn modules() -> Result<PathBuf> {
    let libraries = std::fs::read_dir("/usr/lib")?.map_while(std::result::Result::ok);
    let mut found = libraries.map(|entry| entry.path().join("kamailio/modules"));
    let usual = found.find(|path| path.is_dir());
    let other = || Some(PathBuf::from("/usr/lib64/kamailio/modules")).filter(|path| path.is_dir());
    usual.or_else(other).ok_or_else(|| "Kamailio's modules are nowhere below /usr/lib".into())
}

/// The whole story.
pub(super) fn run(bench: &Bench) -> Result<String> {
    let kamailio = Kamailio::start(bench)?;
    let mut bob = kamailio.account("bob");
    bob.extend(["--expires", EXPIRES, "answer"].map(String::from));
    let mut bob = Phone::start(&bench.sipua, &bob, &bench.directory, "kamailio-bob")?;
    bob.wait_for("registered", STEP)?;
    bob.wait_for("registered", STEP).map_err(|error| format!("no refresh: {error}"))?;

    call(bench, &kamailio, "kamailio-alice")?.succeed(STEP)?;
    bob.wait_for("call_ended", STEP)?;
    Caller::through_proxy(bench, kamailio.port, "kamailio-sipp")?.finish()?;

    bob.quit(STEP)?;
    if bob.count("unregistered") != 1 {
        return Err("bob ended without `unregistered`".into());
    }
    // Nobody is there any more: the call ends with 404 and exit status 1.
    let mut late = call(bench, &kamailio, "kamailio-late")?;
    let record = late.wait_for("call_ended", STEP)?;
    if record["code"] != 404 || late.finish(STEP)?.success() {
        return Err(format!("a call after the unregistration ended with {record}").into());
    }
    wrong_password(bench, &kamailio)?;
    Ok("registered, refreshed, called through it (1,000 challenged calls of sipp too), unregistered; a wrong password is refused".into())
}

/// Alice, who does not register, calls bob by his address of record and is challenged for it.
fn call(bench: &Bench, kamailio: &Kamailio, name: &str) -> Result<Phone> {
    let mut arguments = kamailio.account("alice");
    arguments.extend(
        ["--no-register", "--duration", "1", "call", "sip:bob@test.example"].map(String::from),
    );
    Phone::start(&bench.sipua, &arguments, &bench.directory, name)
}

/// `sipua register` with a wrong password says so and ends with exit status 1.
fn wrong_password(bench: &Bench, kamailio: &Kamailio) -> Result<()> {
    std::fs::write(&kamailio.password, "wrong\n")?;
    let mut arguments = kamailio.account("bob");
    arguments.push("register".into());
    let mut phone = Phone::start(&bench.sipua, &arguments, &bench.directory, "kamailio-wrong")?;
    let event = phone.wait_for("registration_failed", STEP)?;
    if event["failure"] != "authentication_failed" {
        return Err(format!("a wrong password led to {event}").into());
    }
    let status = phone.finish(Duration::from_secs(10))?;
    if status.code() == Some(1) {
        Ok(())
    } else {
        Err(format!("a wrong password ended with {status}").into())
    }
}
