//! What happened, as a text a person can read: printed when a test fails.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;

/// One thing that happened.
pub enum Step {
    Sent { from: SocketAddr, to: SocketAddr, data: Bytes },
    Lost,
    Command { phone: usize, text: String },
    Event { phone: usize, text: String },
}

/// Everything that happened, in order.
#[derive(Default)]
pub struct Ladder {
    steps: Vec<(Duration, Step)>,
}

impl Ladder {
    pub fn push(&mut self, at: Duration, step: Step) {
        self.steps.push((at, step));
    }

    /// The first lines of all messages sent between two addresses, in order: `INVITE`, `180` …
    pub fn messages(&self) -> Vec<(SocketAddr, SocketAddr, String)> {
        let mut found = Vec::new();
        for (_, step) in &self.steps {
            if let Step::Sent { from, to, data } = step {
                found.push((*from, *to, title(data)));
            }
        }
        found
    }

    /// Every datagram sent, and who sent it.
    pub fn datagrams(&self) -> Vec<(SocketAddr, Bytes)> {
        let sent = |(_, step): &(Duration, Step)| match step {
            Step::Sent { from, data, .. } => Some((*from, data.clone())),
            _ => None,
        };
        self.steps.iter().filter_map(sent).collect()
    }

    /// The titles of all messages, whoever sent them.
    pub fn titles(&self) -> Vec<String> {
        self.messages().into_iter().map(|(_, _, title)| title).collect()
    }

    /// When each message of this title was sent.
    pub fn times(&self, wanted: &str) -> Vec<Duration> {
        self.steps
            .iter()
            .filter(|(_, step)| matches!(step, Step::Sent { data, .. } if title(data) == wanted))
            .map(|(at, _)| *at)
            .collect()
    }
}

impl fmt::Display for Ladder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in &self.steps {
            write!(f, "{:>10.3} ", at.as_secs_f64())?;
            match step {
                Step::Sent { from, to, data } => {
                    writeln!(f, "{from} -> {to}  {}", first_line(data))?;
                }
                Step::Lost => writeln!(f, "           (lost)")?,
                Step::Command { phone, text } => writeln!(f, "phone {phone}: command {text}")?,
                Step::Event { phone, text } => writeln!(f, "phone {phone}: event {text}")?,
            }
        }
        Ok(())
    }
}

fn first_line(data: &[u8]) -> String {
    let text = String::from_utf8_lossy(data);
    let line = text.lines().next().unwrap_or_default().to_owned();
    let cseq =
        text.lines().find(|l| l.to_ascii_lowercase().starts_with("cseq")).unwrap_or_default();
    format!("{line}   {cseq}")
}

/// The method of a request, or the code of a response with the method it answers.
pub fn title(data: &[u8]) -> String {
    let text = String::from_utf8_lossy(data);
    let line = text.lines().next().unwrap_or_default();
    let Some(status) = line.strip_prefix("SIP/2.0 ") else {
        return line.split(' ').next().unwrap_or_default().to_owned();
    };
    let method = text
        .lines()
        .find_map(|l| l.strip_prefix("CSeq: "))
        .and_then(|v| v.split(' ').nth(1))
        .unwrap_or_default();
    format!("{} {method}", status.split(' ').next().unwrap_or_default())
}
