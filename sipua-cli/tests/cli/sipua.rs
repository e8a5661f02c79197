//! A running `sipua`: its lines are read as they come, and every wait has an end.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long anything may take that nothing delays.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// A child process; killed when it is dropped.
pub(crate) struct Sipua {
    child: Child,
    input: Option<ChildStdin>,
    output: Receiver<String>,
    errors: Receiver<String>,
    /// Lines of standard output so far.
    pub(crate) lines: Vec<String>,
}

/// What is left of a process.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) lines: Vec<String>,
    pub(crate) errors: Vec<String>,
}

impl Sipua {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_with(arguments, |_| {})
    }

    pub(crate) fn start_with(arguments: &[&str], setup: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sipua"));
        command.env_remove("SIPUA_PASSWORD").args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        setup(&mut command);
        let mut child = command.spawn().unwrap();
        let output = child.stdout.take().map_or_else(|| channel().1, lines);
        let errors = child.stderr.take().map_or_else(|| channel().1, lines);
        let input = child.stdin.take();
        Self { child, input, output, errors, lines: Vec::new() }
    }

    /// `sipua answer --json` with these options, listening; and its address.
    pub(crate) fn answering(options: &[&str]) -> (Self, String) {
        let words = ["answer", "--json", "--listen", "udp:127.0.0.1:0"];
        let mut sipua = Self::start(&[&words, options].concat());
        let started = sipua.event("started");
        let listen = started["listen"][0].as_str().unwrap();
        let address = format!("sip:callee@{}", listen.strip_prefix("udp:").unwrap());
        (sipua, address)
    }

    /// `sipua call --json` with these options.
    pub(crate) fn calling(target: &str, options: &[&str]) -> Self {
        let words = ["call", "--json", "--listen", "udp:127.0.0.1:0", target];
        Self::start(&[&words, options].concat())
    }

    /// The next line of standard output.
    #[track_caller]
    pub(crate) fn line(&mut self, limit: Duration) -> Option<String> {
        match self.output.recv_timeout(limit) {
            Ok(line) => {
                self.lines.push(line.clone());
                Some(line)
            }
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("nothing came; so far: {:#?}", self.lines),
        }
    }

    /// The next event of this name; those before it are skipped.
    #[track_caller]
    pub(crate) fn event(&mut self, name: &str) -> Value {
        self.event_where(name, |_| true)
    }

    /// The next event of this name that is as wanted.
    #[track_caller]
    pub(crate) fn event_where(&mut self, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + SOON;
        loop {
            let Some(line) = self.line(end.saturating_duration_since(Instant::now())) else {
                let errors: Vec<_> = self.errors.iter().collect();
                panic!("ended without {name}: {:#?} {errors:#?}", self.lines);
            };
            let event: Value = serde_json::from_str(&line).unwrap();
            if event["event"] == name && wanted(&event) {
                return event;
            }
        }
    }

    /// The next line of standard error that holds this text.
    #[track_caller]
    pub(crate) fn error_line(&mut self, text: &str) -> String {
        let end = Instant::now() + SOON;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let line = self.errors.recv_timeout(left);
            let line = line.unwrap_or_else(|_| panic!("no line on standard error with {text}"));
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Writes a line to its standard input.
    pub(crate) fn say(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        writeln!(input, "{line}").unwrap();
        input.flush().unwrap();
    }

    /// Closes its standard input.
    pub(crate) fn close_input(&mut self) {
        self.input = None;
    }

    /// Sends a signal, by its name.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.child.id().to_string()]).status();
        assert!(status.unwrap().success());
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn finish(self) -> Ended {
        self.finish_within(SOON)
    }

    /// Waits for its end, which may take longer.
    #[track_caller]
    pub(crate) fn finish_within(mut self, limit: Duration) -> Ended {
        let end = Instant::now() + limit;
        while self.line(end.saturating_duration_since(Instant::now())).is_some() {}
        let errors = self.errors.iter().collect();
        let code = self.child.wait().unwrap().code();
        Ended { code, lines: std::mem::take(&mut self.lines), errors }
    }
}

impl Drop for Sipua {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    /// The names of its events, in order.
    pub(crate) fn events(&self) -> Vec<String> {
        let values = self.lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
        values.map(|value| value["event"].as_str().unwrap().to_owned()).collect()
    }

    /// Ended with this status and one line on standard error that holds this text.
    #[track_caller]
    pub(crate) fn failed_with(&self, code: i32, text: &str) {
        let [line] = self.errors.as_slice() else { panic!("not one line: {self:#?}") };
        assert!(line.starts_with("sipua: ") && line.contains(text), "{self:#?}");
        assert_eq!(self.code, Some(code), "{self:#?}");
    }

    /// Ended with status 0 and nothing on standard error.
    #[track_caller]
    pub(crate) fn succeeded(&self) {
        assert!(self.code == Some(0) && self.errors.is_empty(), "{self:#?}");
    }
}

fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// A place for the files of one test, emptied first.
pub(crate) fn scratch(name: &str) -> std::path::PathBuf {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}
