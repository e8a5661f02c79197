//! What goes into an [`Endpoint`](crate::endpoint::Endpoint) and what comes out of it.
//!
//! [`Input`] is what the network brings, [`Command`] what the application wants, [`Output`] what the
//! driver must do, [`Event`] what the application is told.

mod command;
mod config;
mod failure;
mod id;
mod input;
mod output;
mod party;

pub use command::{
    CallRequest, Command, CommandError, Dial, ExtraHeader, OutgoingRequest, Termination,
};
pub use config::{AccountSettings, Config};
pub use failure::{EndedBy, Failure};
pub use id::{AccountId, CallId, RequestId, ResolveId};
pub use input::Input;
pub use output::{
    CallEnded, CallInfo, Description, DescriptionKind, Event, IncomingCall, Output,
    RegistrationFailure, RequestOutcome, Warning,
};
pub use party::{Body, Party};
