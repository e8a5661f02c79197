//! The C ABI of sipua.
//!
//! Every exported function is `sipua_…` and lives in the module of its noun; what they all obey (NULL,
//! panics, text, sized structs, handles) is in `guard`, `text`, `sized` and `agents`, once. The header
//! `include/sipua.h` is generated from this crate, in the order of the modules here.

pub mod library;

pub mod status;

pub mod error;

pub mod text;

pub mod config;

pub mod ua;

pub mod event;

pub mod account;

pub mod call;

pub mod media;

pub mod audio;

pub mod request;

mod agent;
mod agents;
mod arena;
mod calls;
mod guard;
mod inbox;
mod reply;
mod sized;
mod watcher;

#[cfg(test)]
mod tests;
