//! What the handles ask of the driver.

use sipua_core::event::{self as core, CallId, RequestId, RequestOutcome};
use sipua_media::player::Player;
use sipua_media::recorder::Recorder;
use tokio::sync::oneshot;

use crate::agent;
use crate::media_worker::{MediaCommand, RecordingFile};

/// A command from a handle to the driver.
#[derive(Debug)]
pub(crate) enum DriverCommand {
    /// For the agent.
    Agent(agent::Command),
    /// For the media of a call.
    Media { call: CallId, command: MediaCommand },
    /// Plays a source; the answer is whether it came to its end.
    Play { call: CallId, id: u64, player: Box<Player>, done: oneshot::Sender<bool> },
    /// Presses keys; the answer comes when they are sent.
    SendDtmf { call: CallId, digits: Box<str>, done: Option<oneshot::Sender<()>> },
    /// Records both directions.
    Record { call: CallId, recorder: Box<Recorder>, file: Box<RecordingFile> },
    /// Sends a request and waits for its end.
    Request {
        id: RequestId,
        command: core::Command,
        done: oneshot::Sender<Result<Box<RequestOutcome>, core::CommandError>>,
    },
    /// Ends all calls and registrations, then the driver.
    Shutdown(oneshot::Sender<()>),
}
