//! A `sipua` command that runs beside the task: its events are read as they come, commands go to its standard input.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Result;
use crate::process::Peer;

/// A running `sipua … --json`.
#[derive(Debug)]
pub(crate) struct Phone {
    peer: Peer,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    seen: Vec<Value>,
}

impl Phone {
    /// Starts the program. Standard error goes to `NAME.err` in `directory`, every event to `NAME.jsonl` as well.
    pub(crate) fn start<A: AsRef<OsStr>>(
        program: &Path,
        arguments: &[A],
        directory: &Path,
        name: &str,
    ) -> Result<Self> {
        Self::observed(program, arguments, directory, name, |_| {})
    }

    /// The same; every line is shown to `observe` at once.
    pub(crate) fn observed<A: AsRef<OsStr>>(
        program: &Path,
        arguments: &[A],
        directory: &Path,
        name: &str,
        observe: impl Fn(&str) + Send + 'static,
    ) -> Result<Self> {
        let log = directory.join(format!("{name}.err"));
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?);
        let mut peer = Peer::adopt(&mut command, &log)?;
        let output = peer.child().stdout.take().ok_or("no standard output")?;
        let input = peer.child().stdin.take();
        let mut copy = File::create(directory.join(format!("{name}.jsonl")))?;
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(std::result::Result::ok) {
                let _ = writeln!(copy, "{line}");
                observe(&line);
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self { peer, input, lines, seen: Vec::new() })
    }

    /// The process id, for /proc.
    pub(crate) fn id(&self) -> u32 {
        self.peer.id()
    }

    /// Every event so far.
    pub(crate) fn seen(&self) -> &[Value] {
        &self.seen
    }

    /// Waits for the next event of that name.
    pub(crate) fn wait_for(&mut self, event: &str, limit: Duration) -> Result<Value> {
        self.wait(event, limit, |_| true)
    }

    /// Waits for the next event of that name that is as wanted.
    pub(crate) fn wait(
        &mut self,
        event: &str,
        limit: Duration,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Value> {
        let end = Instant::now() + limit;
        loop {
            match self.next(end)? {
                Some(value) if value["event"] == event && wanted(&value) => return Ok(value),
                Some(_) => {}
                None => {
                    return Err(self
                        .peer
                        .failure(&format!("ended without `{event}`; {}", self.history())));
                }
            }
        }
    }

    /// The next event, or `None` when there will be no more.
    fn next(&mut self, end: Instant) -> Result<Option<Value>> {
        match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(line) => {
                let value: Value = serde_json::from_str(&line).map_err(|error| {
                    self.peer.failure(&format!("wrote a line that is not JSON ({error}): {line}"))
                })?;
                self.seen.push(value.clone());
                Ok(Some(value))
            }
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Err(RecvTimeoutError::Timeout) => Err(self
                .peer
                .failure(&format!("did not do what was waited for; {}", self.history()))),
        }
    }

    /// Writes a line to its standard input.
    pub(crate) fn command(&mut self, line: &str) -> Result<()> {
        let input = self.input.as_mut().ok_or("its standard input is closed")?;
        writeln!(input, "{line}")?;
        Ok(input.flush()?)
    }

    /// Waits until it ends by itself; what it still said is kept.
    pub(crate) fn finish(&mut self, limit: Duration) -> Result<ExitStatus> {
        let end = Instant::now() + limit;
        while self.next(end)?.is_some() {}
        self.peer.finish(limit)
    }

    /// Asks it to quit, as a person would, and expects exit status 0.
    pub(crate) fn quit(&mut self, limit: Duration) -> Result<()> {
        self.command("quit")?;
        self.succeed(limit)
    }

    /// Waits until it ends by itself with exit status 0.
    pub(crate) fn succeed(&mut self, limit: Duration) -> Result<()> {
        let status = self.finish(limit)?;
        if status.success() {
            Ok(())
        } else {
            Err(self.peer.failure(&format!("ended with {status}; {}", self.history())))
        }
    }

    /// How many events of a name there were.
    pub(crate) fn count(&self, event: &str) -> usize {
        self.seen.iter().filter(|value| value["event"] == event).count()
    }

    fn history(&self) -> String {
        let names = self.seen.iter().filter_map(|value| value["event"].as_str());
        format!("events so far: {}", names.collect::<Vec<_>>().join(" "))
    }
}
