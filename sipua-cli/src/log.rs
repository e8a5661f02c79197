//! Standard error: the engine's log, and with `--trace` every SIP message.

use std::fmt;
use std::io::{self, Write};
use std::time::Instant;

use sipua::{Trace, TracedMessage};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

use crate::options::LogLevel;
use crate::printable::Printable;

/// Sets up the log. What it does not show costs nothing.
pub(crate) fn start(level: LogLevel) {
    let log = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::from(level))
        .with_timer(Uptime(Instant::now()))
        .with_writer(io::stderr);
    // It is set once, here; nobody else sets one.
    let _ = log.try_init();
}

/// Writes every SIP message with its time and direction.
pub(crate) fn trace() -> Trace {
    let begin = Instant::now();
    Trace::new(move |message| {
        // Without a standard error there is nobody to tell.
        let _ = write_message(&mut io::stderr().lock(), begin, message);
    })
}

fn write_message(
    to: &mut impl Write,
    begin: Instant,
    message: TracedMessage<'_>,
) -> io::Result<()> {
    let TracedMessage { sent, local, remote, data } = message;
    let mut lines = Vec::with_capacity(data.len() + data.len() / 4);
    let (direction, arrow) = if sent { ("sent", "->") } else { ("received", "<-") };
    let seconds = begin.elapsed().as_secs_f64();
    writeln!(lines, "{seconds:8.3}  {direction} {local} {arrow} {remote}")?;
    for line in String::from_utf8_lossy(data).trim_end().lines() {
        writeln!(lines, "    {}", Printable(line.trim_end_matches('\r')))?;
    }
    to.write_all(&lines)
}

impl From<LogLevel> for LevelFilter {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Off => Self::OFF,
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
            LogLevel::Trace => Self::TRACE,
        }
    }
}

/// Seconds since the start, as in events.
struct Uptime(Instant);

impl FormatTime for Uptime {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        write!(writer, "{:8.3}", self.0.elapsed().as_secs_f64())
    }
}
