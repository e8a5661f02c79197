//! What the signalling loop asks of a media thread, and what it hears back.

use std::net::UdpSocket;
use std::time::Duration;

use sipua_core::event::CallId;
use sipua_media::audio::EnginePort;
use sipua_media::player::Player;
use sipua_media::recorder::Recorder;
use sipua_media::sdp::StreamSettings;
use sipua_media::session::{DtmfError, Event, Statistics};
use tokio::sync::oneshot;

/// The two sockets of a call, bound to neighbouring ports.
#[derive(Debug)]
pub(crate) struct Sockets {
    pub(crate) rtp: UdpSocket,
    pub(crate) rtcp: UdpSocket,
}

/// A command for one call's media.
#[derive(Debug)]
pub(crate) enum MediaCommand {
    /// Takes the sockets; nothing flows before `Configure`.
    Open(Box<Sockets>),
    /// Sends and receives as agreed.
    Configure(Box<StreamSettings>),
    /// The application reads and writes PCM.
    AttachAudio(Box<EnginePort>),
    /// Plays a source into the call.
    Play { player: Box<Player>, id: u64 },
    /// Stops what is playing.
    StopPlaying,
    /// Copies both directions into the recorder.
    Record(Box<Recorder>),
    /// Ends the recording.
    StopRecording,
    /// Presses keys.
    SendDtmf { digits: Box<str>, duration: Duration, id: u64 },
    /// Sends silence, or no longer.
    SetMuted(bool),
    /// Asks for the numbers.
    Statistics(oneshot::Sender<Statistics>),
    /// Asks for the numbers as a report.
    ReportStatistics,
    /// Says goodbye and closes the sockets.
    Close,
}

/// What a media thread reports.
#[derive(Debug)]
pub(crate) enum MediaReport {
    /// Something happened in the stream.
    Event { call: CallId, event: Event },
    /// The digits cannot be sent.
    DtmfRefused { call: CallId, id: u64, error: DtmfError },
    /// The numbers of a call, as asked for.
    Statistics { call: CallId, statistics: Box<Statistics> },
    /// The last numbers of a call; nothing follows.
    Closed { call: CallId, statistics: Box<Statistics> },
}
