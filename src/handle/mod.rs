//! The API of the application: cheap handles that send commands and read events.

mod account;
mod audio;
mod build;
mod call;
mod collect;
mod events;
mod linear;
mod source;
mod target;
mod user_agent;

pub use account::Account;
pub use audio::{Audio, AudioFormat, AudioReader, AudioWriter};
pub use call::{Call, Playback};
pub use collect::Collect;
pub use events::Events;
pub use source::Source;
pub use user_agent::{Response, UserAgent};
