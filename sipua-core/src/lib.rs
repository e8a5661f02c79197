//! The SIP protocol core of sipua: a user agent as a pure state machine.
//!
//! Bytes, commands and the time go in; bytes, events and deadlines come out. Nothing here opens a
//! socket, reads a clock, takes a lock or starts a task, so every behaviour can be tested in virtual
//! time and driven by any loop. Session descriptions pass through as opaque bytes.
#![forbid(unsafe_code)]
#![warn(clippy::indexing_slicing)]

mod account;
pub mod auth;
mod client;
pub mod dialog;
pub mod endpoint;
pub mod event;
#[doc(hidden)]
pub mod fuzzing;
mod hash;
pub mod message;
pub mod registration;
pub mod session;
mod stack;
pub mod timer;
pub mod transaction;
pub mod transport;
