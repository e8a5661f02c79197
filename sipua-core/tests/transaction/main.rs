//! RFC 3261 17, 18.2, RFC 6026 and RFC 4320, from their figures and tables, in virtual time.
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test starts its own virtual clock, and fails by panicking"
)]

mod support;

mod client_figure;
mod client_invite_figure;
mod follow_ups;
mod limits;
mod matching;
mod random;
mod retransmission_times;
mod scripts;
mod server_figure;
mod server_invite_figure;
mod vias;
