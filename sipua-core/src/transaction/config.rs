//! What can be set about transactions.

use std::time::Duration;

use crate::timer::TimerConfig;

/// Settings of a [`Transactions`](super::Transactions).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransactionConfig {
    /// T1, T2 and T4.
    pub timers: TimerConfig,
    /// How many server transactions may exist; requests beyond are answered 503. 100,000 unless set.
    pub max_server: usize,
    /// How long the user may take to answer an INVITE before 100 goes out. 200 ms unless set (RFC 3261
    /// 17.2.1).
    pub trying_after: Duration,
}

impl Default for TransactionConfig {
    fn default() -> Self {
        Self {
            timers: TimerConfig::default(),
            max_server: 100_000,
            trying_after: Duration::from_millis(200),
        }
    }
}
