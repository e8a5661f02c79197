//! sipp as caller, as callee, and as a callee that challenges.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::{Bench, STEP, wait_until_bound};
use crate::phone::Phone;
use crate::process::Peer;
use crate::workspace::root;
use crate::{Result, ports};

/// Calls and how fast they come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) calls: u32,
    pub(crate) rate: u32,
    /// Milliseconds each call is held.
    pub(crate) hold: u32,
}

/// What the issue of the first day asks: 1,000 calls at 50 a second.
const USUAL: Load = Load { calls: 1000, rate: 50, hold: 200 };
/// Challenged calls take two INVITEs each.
const CHALLENGED: Load = Load { calls: 200, rate: 20, hold: 200 };

impl Load {
    fn limit(self) -> Duration {
        Duration::from_secs(u64::from(self.calls / self.rate.max(1)) + 40)
    }
}

/// A sipp that calls a port.
pub(crate) struct Caller {
    peer: Peer,
    screen: PathBuf,
    load: Load,
}

impl Caller {
    /// Starts calling.
    pub(crate) fn start(bench: &Bench, port: u16, load: Load, name: &str) -> Result<Self> {
        Self::with(bench, port, load, name, &["-sn", "uac"])
    }

    /// Starts calling an address of record through a proxy that challenges each call.
    pub(super) fn through_proxy(bench: &Bench, proxy: u16, name: &str) -> Result<Self> {
        let scenario = root().join("tests/interop/uac_auth.xml");
        let scenario = scenario.to_str().ok_or("the repository's path is not text")?;
        Self::with(bench, proxy, USUAL, name, &["-sf", scenario, "-s", "bob"])
    }

    fn with(bench: &Bench, port: u16, load: Load, name: &str, scenario: &[&str]) -> Result<Self> {
        let screen = bench.directory.join(format!("{name}.screen"));
        let (mut command, _) = sipp(load, name, &bench.directory)?;
        command.args(scenario).args(["-d", &load.hold.to_string(), "-r", &load.rate.to_string()]);
        command
            .args(["-l", &(load.rate * 20).to_string(), "-trace_screen", "-screen_file"])
            .arg(&screen);
        command.arg(format!("{}:{port}", ports::LOOPBACK));
        let peer = Peer::start(&mut command, &bench.directory.join(format!("{name}.log")))?;
        Ok(Self { peer, screen, load })
    }

    /// Waits for the last call; any that failed is an error. Returns how many messages were sent twice.
    pub(crate) fn finish(mut self) -> Result<u64> {
        self.peer.succeed(self.load.limit())?;
        let text = std::fs::read_to_string(&self.screen)?;
        let successful = last_number(&text, "Successful call").unwrap_or(0);
        if successful != u64::from(self.load.calls) {
            return Err(self.peer.failure(&format!(
                "counted {successful} successful calls of {}",
                self.load.calls
            )));
        }
        Ok(retransmissions(&text))
    }
}

/// The options every sipp gets: free ports of its own (SIP, and from the second on media), no keyboard, a time limit.
fn sipp(load: Load, name: &str, directory: &std::path::Path) -> Result<(Command, u16)> {
    let port = ports::free(8)?;
    let mut command = Command::new("sipp");
    command.current_dir(directory).args([
        "-nostdin",
        "-i",
        &ports::LOOPBACK.to_string(),
        "-p",
        &port.to_string(),
    ]);
    command.args(["-mp", &(port + 2).to_string(), "-m", &load.calls.to_string()]);
    command.args(["-timeout", &format!("{}s", load.limit().as_secs()), "-timeout_error"]);
    command.args(["-trace_err", "-error_file"]).arg(directory.join(format!("{name}.errors")));
    Ok((command, port))
}

/// sipp's calls are answered by `sipua answer`, each of them, and each of them ends.
pub(super) fn calls_us(bench: &Bench) -> Result<String> {
    let port = ports::free(1)?;
    let arguments =
        ["--json", "--no-media", "--listen", &format!("udp:127.0.0.1:{port}"), "answer"];
    let mut phone = Phone::start(&bench.sipua, &arguments, &bench.directory, "sipp-calls-us")?;
    phone.wait_for("started", STEP)?;
    let again = Caller::start(bench, port, USUAL, "sipp-uac")?.finish()?;
    phone.quit(STEP)?;
    let (answered, ended) = (phone.count("call_answered"), phone.count("call_ended"));
    if (answered, ended) != (USUAL.calls as usize, USUAL.calls as usize) {
        return Err(
            format!("{answered} calls answered and {ended} ended of {}", USUAL.calls).into()
        );
    }
    Ok(format!(
        "{} calls at {} a second, none failed, {again} retransmissions",
        USUAL.calls, USUAL.rate
    ))
}

/// `sipua load` calls sipp.
pub(super) fn we_call(bench: &Bench) -> Result<String> {
    called(bench, USUAL, &["-sn", "uas"], &[], "sipp-uas")
}

/// The same, each call challenged with 401 and the answer checked by sipp.
pub(super) fn challenges_us(bench: &Bench) -> Result<String> {
    let scenario = root().join("tests/interop/uas_auth.xml");
    let scenario = scenario.to_str().ok_or("the repository's path is not text")?;
    let account = ["--aor", "sip:alice@test.example", "--user", "alice", "--no-register"];
    called(bench, CHALLENGED, &["-sf", scenario], &account, "sipp-challenge")
}

fn called(
    bench: &Bench,
    load: Load,
    scenario: &[&str],
    account: &[&str],
    name: &str,
) -> Result<String> {
    let (mut command, port) = sipp(load, name, &bench.directory)?;
    command.args(scenario);
    let mut callee = Peer::start(&mut command, &bench.directory.join(format!("{name}.log")))?;
    wait_until_bound(port)?;

    let password = bench.directory.join("password");
    std::fs::write(&password, "secret\n")?;
    let [rate, calls] = [load.rate, load.calls].map(|number| number.to_string());
    let hold = format!("{:.1}", f64::from(load.hold) / 1000.0);
    let mut arguments: Vec<String> =
        ["--json", "--no-media", "--listen", "udp:127.0.0.1:0"].map(String::from).to_vec();
    arguments.extend(account.iter().map(ToString::to_string));
    if !account.is_empty() {
        arguments.extend(["--password-file".into(), password.display().to_string()]);
    }
    arguments.extend(["load".into(), format!("sip:bob@127.0.0.1:{port}")]);
    arguments.extend(["--rate", &rate, "--calls", &calls, "--hold", &hold].map(String::from));
    let mut phone =
        Phone::start(&bench.sipua, &arguments, &bench.directory, &format!("{name}-load"))?;
    let report = phone.wait_for("load_finished", load.limit())?;
    phone.succeed(STEP)?;
    callee.succeed(load.limit())?;
    if report["answered"] != load.calls || report["failed"] != 0 {
        return Err(
            format!("{} calls at {} a second ended with {report}", load.calls, load.rate).into()
        );
    }
    let p99 = &report["setup_ms"]["p99"];
    Ok(format!(
        "{} calls at {} a second, none failed, p99 of setup {p99} ms",
        load.calls, load.rate
    ))
}

/// The cumulative figure, the last column, of a line of sipp's screen.
fn last_number(text: &str, title: &str) -> Option<u64> {
    let line = text.lines().rfind(|line| line.trim_start().starts_with(title))?;
    line.rsplit('|').find_map(|cell| cell.trim().parse().ok())
}

/// Adds up the column of retransmissions in sipp's scenario screen.
fn retransmissions(text: &str) -> u64 {
    let lines: Vec<&str> = text.lines().collect();
    let title = |line: &&str| line.contains("Messages") && line.contains("Retrans");
    let Some(header) = lines.iter().rposition(title) else { return 0 };
    let column = lines[header].find("Retrans").unwrap_or(0);
    let rows = lines[header + 1..].iter().take_while(|line| !line.starts_with("---"));
    rows.filter(|line| line.contains("---->") || line.contains("<----"))
        .filter_map(|line| {
            line.get(column..line.len().min(column + 9))?
                .split_whitespace()
                .next()?
                .parse::<u64>()
                .ok()
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::{last_number, retransmissions};

    const SCREEN: &str = "
                                 Messages  Retrans   Timeout   Unexpected-Msg
      INVITE ---------->         20        3         0
         100 <----------         20        0         0         0
         ACK ---------->         20        1
       Pause [      0ms]         20                            0
------------------------------ Test Terminated --------------------------------
  Outgoing calls created |        0                  |       20
  Successful call        |        2                  |       20
";

    #[test]
    fn the_screen_is_read() {
        assert_eq!(last_number(SCREEN, "Successful call"), Some(20));
        assert_eq!(retransmissions(SCREEN), 4);
    }
}
