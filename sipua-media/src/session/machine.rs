//! The session: what a media thread calls.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;

use super::media::Media;
use super::{DtmfError, Outbox, RtpKind, Statistics};
use crate::audio::EnginePort;
use crate::player::Player;
use crate::recorder::Recorder;
use crate::sdp::StreamSettings;

/// What does not depend on a negotiation.
#[derive(Clone, Debug)]
pub struct Config {
    /// The CNAME of our reports (RFC 3550 6.5.1).
    pub cname: Arc<str>,
    /// How long no packet may come before that is told.
    pub media_timeout: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self { cname: Arc::from("sipua"), media_timeout: Duration::from_secs(30) }
    }
}

/// One call's media, as a machine without I/O: datagrams, PCM and the time go in; datagrams, PCM
/// and events come out.
///
/// - Commands: `configure`, `attach_…`, `detach_…`, `play`, `stop_playing`, `send_dtmf`,
///   `set_muted`, `close`.
/// - Inputs: `handle_packet`, `handle_timeout`. They allocate nothing once a call is running.
/// - Getters: `poll_timeout`, `statistics`.
///
/// It does nothing before the first `configure` and after `close`.
#[derive(Debug)]
pub struct Session {
    config: Config,
    rng: StdRng,
    attached: Attached,
    state: State,
}

/// What the application has connected; it stays through every renegotiation.
#[derive(Debug, Default)]
pub(super) struct Attached {
    pub(super) port: Option<EnginePort>,
    pub(super) recorder: Option<Recorder>,
    pub(super) player: Option<(Player, u64)>,
    pub(super) muted: bool,
}

#[derive(Debug)]
enum State {
    /// Nothing agreed yet.
    New,
    Running(Box<Media>),
    /// Over; how it was.
    Closed(Box<Statistics>),
}

impl Session {
    /// A session that waits for [`configure`](Self::configure). SSRC, sequence numbers, timestamps
    /// and report times come from `rng`.
    pub fn new(config: Config, rng: StdRng, _now: Instant) -> Self {
        Self { config, rng, attached: Attached::default(), state: State::New }
    }

    /// Begins, or goes on as agreed anew: source and statistics stay what they are.
    pub fn configure(&mut self, settings: &StreamSettings, now: Instant) {
        match &mut self.state {
            State::New => {
                self.state = State::Running(Box::new(Media::new(settings, now, &mut self.rng)));
            }
            State::Running(media) => media.configure(settings, now),
            State::Closed(_) => return,
        }
        self.set_rates();
    }

    /// Connects the application's audio; gives back the one it replaces.
    pub fn attach_audio(&mut self, port: EnginePort) -> Option<EnginePort> {
        let former = self.attached.port.replace(port);
        self.set_rates();
        former
    }

    /// Takes the application's audio off.
    pub fn detach_audio(&mut self) -> Option<EnginePort> {
        self.attached.port.take()
    }

    /// Records both directions; gives back the recorder it replaces.
    pub fn attach_recorder(&mut self, recorder: Recorder) -> Option<Recorder> {
        let former = self.attached.recorder.replace(recorder);
        self.set_rates();
        former
    }

    /// Stops recording.
    pub fn detach_recorder(&mut self) -> Option<Recorder> {
        self.attached.recorder.take()
    }

    /// Plays to the peer, over what the application writes, instead of what was playing. `id`
    /// comes back in [`Event::PlaybackFinished`](super::Event::PlaybackFinished).
    pub fn play(&mut self, player: Player, id: u64) {
        self.attached.player = Some((player, id));
        self.set_rates();
    }

    /// Stops playing; what was, by its `id`.
    pub fn stop_playing(&mut self) -> Option<u64> {
        self.attached.player.take().map(|(_, id)| id)
    }

    /// Sends digits as telephone-events, after those still waiting: `0`–`9`, `*`, `#`, `A`–`D`, `!`
    /// for a flash; `,` is a pause of 2 s, a space one of 0.5 s. Each sounds for `duration`; what
    /// the application says meanwhile is not sent.
    ///
    /// # Errors
    ///
    /// Nothing is taken when a character is no digit, more than 64 would wait, or the peer did not
    /// agree to telephone-events (nothing agreed yet included).
    pub fn send_dtmf(&mut self, digits: &str, duration: Duration) -> Result<(), DtmfError> {
        match &mut self.state {
            State::Running(media) => media.send_dtmf(digits, duration),
            State::New | State::Closed(_) => Err(DtmfError::NotNegotiated),
        }
    }

    /// Sends silence instead of the application's audio, which is read on all the same.
    pub fn set_muted(&mut self, muted: bool) {
        self.attached.muted = muted;
    }

    /// Ends the stream with a BYE (RFC 3550 6.6). Nothing happens afterwards.
    pub fn close(&mut self, now: Instant, outbox: &mut Outbox) {
        if let State::Running(media) = &mut self.state {
            media.say_goodbye(&self.config, now, outbox);
            self.state = State::Closed(Box::new(media.statistics()));
        }
        self.attached = Attached::default();
    }

    /// A datagram from one of the call's sockets.
    pub fn handle_packet(
        &mut self,
        kind: RtpKind,
        source: SocketAddr,
        data: &[u8],
        now: Instant,
        outbox: &mut Outbox,
    ) {
        if let State::Running(media) = &mut self.state {
            let context = (&self.config, &mut self.rng);
            media.handle_packet(kind, source, data, now, context, outbox);
        }
    }

    /// To be called when [`poll_timeout`](Self::poll_timeout) says; earlier does nothing, later
    /// catches up for up to 200 ms.
    pub fn handle_timeout(&mut self, now: Instant, outbox: &mut Outbox) {
        if let State::Running(media) = &mut self.state {
            media.handle_timeout(now, &self.config, &mut self.rng, &mut self.attached, outbox);
        }
    }

    /// When the next frame is due; `None` while there is no stream.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match &self.state {
            State::Running(media) => Some(media.next_frame()),
            State::New | State::Closed(_) => None,
        }
    }

    /// The call's figures so far, or in the end.
    pub fn statistics(&self, _now: Instant) -> Statistics {
        match &self.state {
            State::New => Statistics::default(),
            State::Running(media) => media.statistics(),
            State::Closed(statistics) => **statistics,
        }
    }

    /// Brings everything connected to the rate of the stream. Between the rates of the table of
    /// codecs and those of ports, players and recorders there is always a conversion.
    fn set_rates(&mut self) {
        let State::Running(media) = &self.state else {
            return;
        };
        let rate = media.rate();
        let Attached { port, recorder, player, .. } = &mut self.attached;
        let converted = port.as_mut().is_none_or(|port| port.set_stream_rate(rate).is_ok())
            && recorder.as_mut().is_none_or(|one| one.set_stream_rate(rate).is_ok())
            && player.as_mut().is_none_or(|(one, _)| one.set_stream_rate(rate).is_ok());
        debug_assert!(converted, "no conversion to {rate} Hz");
    }
}
