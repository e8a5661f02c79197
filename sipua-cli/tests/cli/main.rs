//! The `sipua` command from outside: what it prints, what it sends, how it ends.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod calls;
mod console;
mod ending;
mod load;
mod parse;
mod peer;
mod register;
mod sipua;
mod sound;
mod surface;
