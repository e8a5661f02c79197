//! How digits are collected.

use std::time::Duration;

/// How digits are collected: how many, what ends them, how long to wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collect {
    pub(super) max: usize,
    pub(super) terminators: String,
    pub(super) first: Duration,
    pub(super) between: Duration,
}

impl Collect {
    /// At most `max` digits, ended by `#`, 10 s for the first, 5 s for each of the others.
    pub fn up_to(max: usize) -> Self {
        Self {
            max,
            terminators: "#".to_owned(),
            first: Duration::from_secs(10),
            between: Duration::from_secs(5),
        }
    }

    /// The digits that end it and are not part of the result.
    #[must_use]
    pub fn ended_by(mut self, terminators: impl Into<String>) -> Self {
        self.terminators = terminators.into();
        self
    }

    /// How long to wait for the first digit, and for each one after.
    #[must_use]
    pub const fn timeouts(mut self, first: Duration, between: Duration) -> Self {
        self.first = first;
        self.between = between;
        self
    }
}
