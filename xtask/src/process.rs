//! Other programs: run to their end, or kept as a peer that is ended with its handle.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::Result;

/// How often a waiting task looks again.
const LOOK: Duration = Duration::from_millis(10);
/// How long a program may take to end once asked.
const GRACE: Duration = Duration::from_secs(3);

/// Runs a command to its end, its output going to the terminal.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|error| format!("{}: {error}", name(command)))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{} ended with {status}", name(command)).into())
    }
}

/// Runs a command to its end and returns what it wrote to standard output. Its errors are part of the failure.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let output = command.output().map_err(|error| format!("{}: {error}", name(command)))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(format!(
            "{} ended with {}\n{}",
            name(command),
            output.status,
            errors.trim_end()
        )
        .into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program of that name is on the path.
pub(crate) fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(system).any(|directory| directory.join(program).is_file())
}

fn name(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let first = command.get_args().take(2);
    let words = std::iter::once(program).chain(first);
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// A program that runs beside the task. Dropping the handle ends it.
#[derive(Debug)]
pub(crate) struct Peer {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Peer {
    /// Starts a program whose output goes to `log`. Its standard input stays open until it is taken or the peer ends.
    pub(crate) fn start(command: &mut Command, log: &Path) -> Result<Self> {
        let file = File::create(log).map_err(|error| format!("{}: {error}", log.display()))?;
        command.stdin(Stdio::piped()).stdout(file.try_clone()?).stderr(file);
        Self::adopt(command, log)
    }

    /// Starts a program whose streams the caller has chosen already.
    pub(crate) fn adopt(command: &mut Command, log: &Path) -> Result<Self> {
        let name = name(command);
        let child = command.spawn().map_err(|error| format!("{name}: {error}"))?;
        Ok(Self { name, child, log: log.to_path_buf() })
    }

    /// The process id, for /proc.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The streams that were piped.
    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// What it has written to its log.
    pub(crate) fn log(&self) -> String {
        let mut bytes = Vec::new();
        let _ = File::open(&self.log).and_then(|mut file| file.read_to_end(&mut bytes));
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Waits until its log contains a text.
    pub(crate) fn wait_for_log(&mut self, wanted: &str, limit: Duration) -> Result<()> {
        let begin = Instant::now();
        while !self.log().contains(wanted) {
            if let Some(status) = self.child.try_wait()? {
                return Err(self.failure(&format!("ended with {status} before it said `{wanted}`")));
            }
            if begin.elapsed() > limit {
                return Err(self.failure(&format!("did not say `{wanted}` within {limit:?}")));
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Waits until it ends by itself.
    pub(crate) fn finish(&mut self, limit: Duration) -> Result<ExitStatus> {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if begin.elapsed() > limit {
                return Err(self.failure(&format!("was still running after {limit:?}")));
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Waits until it ends by itself, with exit status 0.
    pub(crate) fn succeed(&mut self, limit: Duration) -> Result<()> {
        let status = self.finish(limit)?;
        if status.success() { Ok(()) } else { Err(self.failure(&format!("ended with {status}"))) }
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        Ok(kill_process(Pid::from_child(&self.child), signal)?)
    }

    /// A failure that names the program and where its log is.
    pub(crate) fn failure(&self, what: &str) -> Box<dyn std::error::Error + Send + Sync> {
        format!("{} {what} (log: {})", self.name, self.log.display()).into()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        let _ = self.signal(Signal::TERM);
        if self.finish(GRACE).is_err() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
