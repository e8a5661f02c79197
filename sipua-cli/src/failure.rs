//! How a command ends when it did not do what was asked: one line, and the exit status.

use std::fmt;
use std::process::ExitCode;

/// Why a command ended without having done what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What was typed cannot be: exit status 2.
    Usage(String),
    /// It was tried and did not happen: exit status 1.
    Failed(String),
    /// All that was to be said has been said already.
    Told,
    /// As [`Told`](Self::Told), but something could not even be read: exit status 2.
    Unreadable,
}

impl Failure {
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }

    pub(crate) fn failed(text: impl Into<String>) -> Self {
        Self::Failed(text.into())
    }

    /// The line for standard error, if there is still something to say.
    pub(crate) fn line(&self) -> Option<&str> {
        match self {
            Self::Usage(text) | Self::Failed(text) => Some(text),
            Self::Told | Self::Unreadable => None,
        }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) | Self::Unreadable => ExitCode::from(2),
            Self::Failed(_) | Self::Told => ExitCode::FAILURE,
        }
    }
}

impl From<sipua::Error> for Failure {
    fn from(error: sipua::Error) -> Self {
        match error {
            sipua::Error::InvalidArgument { .. } => Self::Usage(error.to_string()),
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.line().unwrap_or("failed"))
    }
}
