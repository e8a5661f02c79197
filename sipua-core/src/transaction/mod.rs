//! Requests and their responses over transports that lose them: RFC 3261 17 with RFC 6026 and RFC 4320.

mod client;
mod client_invite;
mod commands;
mod config;
mod error;
mod follow_up;
mod id;
mod key;
mod machine;
mod output;
mod receive;
mod server;
mod server_invite;
mod slot;
mod table;
#[cfg(test)]
mod tests;

pub use config::TransactionConfig;
pub use error::{CancelError, TransactionError};
pub use id::TransactionId;
pub use machine::{Letter, TransactionState};
pub use output::{Outbox, TransactionCounters, TransactionOutput};
pub use table::Transactions;
