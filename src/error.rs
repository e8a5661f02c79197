//! What a caller of the API can be told: misuse and the refusals of the machine below.

use std::io;
use std::path::Path;

use crate::call_state::CallState;
use crate::event::Failure;

/// Why a call of the API could not do what was asked.
///
/// What a peer does is never an error: it is an [`Event`](crate::Event).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An argument does not mean what it should; `problem` says what would be right.
    #[error("{what} \"{value}\": {problem}")]
    InvalidArgument {
        /// Which argument.
        what: &'static str,
        /// What was given.
        value: String,
        /// What is wrong with it, and what would be right.
        problem: String,
    },
    /// The verb has no meaning in the call's present state.
    #[error("cannot {verb}: the call is {state}")]
    WrongState {
        /// The verb that was called.
        verb: &'static str,
        /// The state it met.
        state: CallState,
    },
    /// The call, account or user agent that was named exists no longer.
    #[error("the {what} is gone")]
    Gone {
        /// What it was.
        what: &'static str,
    },
    /// The user agent was shut down.
    #[error("the user agent has stopped")]
    Stopped,
    /// A limit of the configuration was reached.
    #[error("{what}: the limit of {limit} is reached")]
    Limit {
        /// What is limited.
        what: &'static str,
        /// The configured limit.
        limit: usize,
    },
    /// The operating system refused something: a port in use, a file that cannot be read.
    #[error("{what}: {reason}")]
    Io {
        /// What was tried, with the address or path.
        what: String,
        /// The system's reason.
        reason: String,
        /// The kind of failure.
        kind: io::ErrorKind,
    },
    /// An audio file is not what it should be.
    #[error("{path}: {reason}")]
    AudioFile {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The call ended before, or instead of, what was waited for.
    #[error("the call ended: {code} {reason}")]
    CallEnded {
        /// The kind of failure, or [`None`] when the call ended normally.
        failure: Option<Failure>,
        /// The SIP status code that ended it, 0 when there was none.
        code: u16,
        /// The reason phrase or Reason header text.
        reason: String,
    },
    /// A request was answered with a refusal, or not at all (code 408 made locally).
    #[error("{code} {reason}")]
    Refused {
        /// The kind of failure.
        failure: Failure,
        /// The SIP status code.
        code: u16,
        /// The reason phrase.
        reason: String,
    },
    /// What was waited for did not happen in time.
    #[error("{what} did not happen in time")]
    TimedOut {
        /// What was waited for.
        what: &'static str,
    },
    /// The call has no media (it was placed or answered with media switched off).
    #[error("the call has no media")]
    NoMedia,
}

impl Error {
    pub(crate) fn invalid(
        what: &'static str,
        value: impl Into<String>,
        problem: impl Into<String>,
    ) -> Self {
        Self::InvalidArgument { what, value: value.into(), problem: problem.into() }
    }

    pub(crate) fn io(what: impl Into<String>, error: &io::Error) -> Self {
        Self::Io { what: what.into(), reason: error.to_string(), kind: error.kind() }
    }

    pub(crate) fn audio_file(path: &Path, reason: impl ToString) -> Self {
        Self::AudioFile { path: path.display().to_string(), reason: reason.to_string() }
    }
}

/// The result of most calls of the API.
pub type Result<T> = std::result::Result<T, Error>;
