//! sipua: a complete SIP phone engine as a library.
//!
//! A [`UserAgent`] owns sockets, accounts, calls and media threads; handles to it are cheap and may
//! be used from any thread. What happens comes as [`Event`]s; a call's sound is PCM that the
//! application reads and writes ([`Audio`]), files it plays ([`Source`]) and records.
//!
//! ```no_run
//! use sipua::{AudioFormat, Config, DialOptions, UserAgent};
//!
//! # async fn run() -> sipua::Result<()> {
//! let ua = UserAgent::start(Config::default())?;
//! let call = ua.dial("sip:echo@192.0.2.1", DialOptions::default())?;
//! call.answered().await?;
//! let mut audio = call.audio(AudioFormat::new(16_000))?;
//! let mut samples = [0; 320];
//! while audio.read_all(&mut samples).await == samples.len() {
//!     audio.write_all(&samples).await;
//! }
//! println!("{}", call.ended().await.to_json());
//! # Ok(())
//! # }
//! ```
//!
//! For an IVR there is a linear form: [`UserAgent::serve`].
#![forbid(unsafe_code)]

mod address;
mod agent;
mod call_shared;
mod call_state;
mod config;
mod driver;
mod error;
mod event;
mod handle;
mod id;
mod json;
mod media_worker;
mod net;
mod record;
mod trace;

pub use address::ListenAddress;
pub use call_state::CallState;
pub use config::{AccountConfig, Bound, Config, DialOptions, Secret};
pub use error::{Error, Result};
pub use event::{
    AccountId, CallId, DtmfMethod, EndedBy, Event, EventKind, Failure, IncomingCall, MediaInfo,
    Request, Statistics,
};
pub use handle::{
    Account, Audio, AudioFormat, AudioReader, AudioWriter, Call, Collect, Events, Playback,
    Response, Source, UserAgent,
};
pub use json::{method_name, statistics as statistics_json};
pub use record::{CallDirection, CallRecord};
pub use sipua_core::message::{HeaderName, Report};
pub use sipua_core::transport::Protocol;
pub use sipua_media::codec::CodecId;
pub use sipua_media::recorder::RecordMode;
pub use sipua_media::session::{ReceiveStatistics, SendStatistics};
pub use trace::{Trace, TracedMessage};

/// The README's examples.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
