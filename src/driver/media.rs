//! Between the agent and the media threads.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sipua_core::event::CallId;
use sipua_core::transport::Flow;
use sipua_media::player::Player;
use sipua_media::recorder::Recorder;
use sipua_media::sdp::StreamSettings;
use sipua_media::session::Event as StreamEvent;
use tokio::sync::oneshot;

use super::Driver;
use crate::agent::{self, Toward};
use crate::error::Error;
use crate::event::EventKind;
use crate::media_worker::{
    MediaCommand, MediaReport, RecordingFile, RecordingReport, RecordingThread,
};
use crate::net::ResolveKey;

/// Commands kept for a call whose media is not open yet.
const EARLY: usize = 64;
/// How long a key is held when the application does not say.
const DIGIT: Duration = Duration::from_millis(100);

impl Driver {
    pub(super) fn open_media(&mut self, call: CallId, toward: Toward) {
        let now = Instant::now();
        match toward {
            Toward::Flow(flow) => self.open_media_for(call, flow, now),
            Toward::Target(query) => {
                let key = ResolveKey::Media(call);
                if let Some(found) = self.resolver.resolve(key, &query) {
                    self.open_media_toward(call, &found, now);
                }
            }
        }
    }

    pub(super) fn open_media_toward(&mut self, call: CallId, found: &[SocketAddr], now: Instant) {
        match found.iter().find_map(|&remote| self.addresses.flow(remote)) {
            Some(flow) => self.open_media_for(call, flow, now),
            None => {
                let error = Error::Io {
                    what: "no listener reaches the target".to_owned(),
                    reason: "its name was not found, or it wants another transport or address \
                             family than there is a listener for"
                        .to_owned(),
                    kind: std::io::ErrorKind::HostUnreachable,
                };
                self.agent.handle_media_opened(call, Err(error), now);
            }
        }
    }

    fn open_media_for(&mut self, call: CallId, flow: Flow, now: Instant) {
        if !self.agent.waits_for_media(call) {
            return;
        }
        let (bound, shown) = self.addresses.media(flow);
        let Some(media) = &mut self.media else {
            self.agent.handle_media_opened(call, Ok(agent::closed_address(shown)), now);
            return;
        };
        let opened = self.ports.bind(bound).map(|(port, sockets)| {
            let place = media.place();
            media.send(place, call, MediaCommand::Open(Box::new(sockets)));
            self.state.ports.insert(call, port);
            let entry = self.state.calls.entry(call).or_default();
            entry.place = Some(place);
            for command in entry.early.drain(..) {
                media.send(place, call, command);
            }
            agent::local_address(SocketAddr::new(shown, port))
        });
        self.agent.handle_media_opened(call, opened, now);
    }

    pub(super) fn configure_media(&mut self, call: CallId, settings: Box<StreamSettings>) {
        self.media_command(call, MediaCommand::Configure(settings));
    }

    pub(super) fn close_media(&mut self, call: CallId) {
        let place = self.state.calls.get_mut(&call).and_then(|call| call.place.take());
        match (place, &self.media) {
            (Some(place), Some(media)) => media.send(place, call, MediaCommand::Close),
            _ => self.agent.handle_media_closed(call, None, Instant::now()),
        }
    }

    /// Hands a command to the call's media thread, or keeps it until there is one.
    pub(super) fn media_command(&mut self, call: CallId, command: MediaCommand) {
        let Some(media) = &self.media else { return };
        if self.registry.call(call).is_none() && !self.state.calls.contains_key(&call) {
            return;
        }
        let entry = self.state.calls.entry(call).or_default();
        match entry.place {
            Some(place) => media.send(place, call, command),
            // Numbers of what is not there yet: who asks is told so at once.
            None if matches!(
                command,
                MediaCommand::Statistics(_) | MediaCommand::ReportStatistics
            ) => {}
            None if entry.early.len() < EARLY => entry.early.push(command),
            None => tracing::warn!(%call, "too many commands wait for the media of a call"),
        }
    }

    pub(super) fn play(
        &mut self,
        call: CallId,
        id: u64,
        player: Box<Player>,
        done: oneshot::Sender<bool>,
    ) {
        self.stop_waiting_for_playback(call);
        self.media_command(call, MediaCommand::Play { player, id });
        if let Some(entry) = self.state.calls.get_mut(&call) {
            entry.playing = Some((id, done));
        }
    }

    /// Tells who waits for a playback that it was replaced or stopped.
    pub(super) fn stop_waiting_for_playback(&mut self, call: CallId) {
        if let Some((id, done)) =
            self.state.calls.get_mut(&call).and_then(|entry| entry.playing.take())
        {
            let _ = done.send(false);
            let kind = EventKind::PlaybackFinished { id, completed: false };
            self.agent.emit_call(call, kind, Instant::now());
        }
    }

    pub(super) fn send_dtmf(
        &mut self,
        call: CallId,
        digits: Box<str>,
        done: Option<oneshot::Sender<()>>,
    ) {
        self.state.digits += 1;
        let id = self.state.digits;
        self.media_command(call, MediaCommand::SendDtmf { digits, duration: DIGIT, id });
        if let (Some(done), Some(entry)) = (done, self.state.calls.get_mut(&call)) {
            entry.dialling.push((id, done));
        }
    }

    pub(super) fn record(
        &mut self,
        call: CallId,
        recorder: Box<Recorder>,
        file: RecordingFile,
        now: Instant,
    ) {
        let path = Arc::clone(&file.path);
        if self.recordings.is_none() {
            match RecordingThread::start(self.recording_sender.clone()) {
                Ok(thread) => self.recordings = Some(thread),
                Err(error) => {
                    let reason = Arc::from(error.to_string());
                    let kind = EventKind::RecordingFailed { path, reason };
                    self.agent.emit_call(call, kind, now);
                    return;
                }
            }
        }
        if let Some(thread) = &self.recordings {
            thread.write(file);
        }
        self.media_command(call, MediaCommand::Record(recorder));
        self.agent.emit_call(call, EventKind::RecordingStarted { path }, now);
    }

    pub(super) fn handle_media_report(&mut self, report: MediaReport, now: Instant) {
        match report {
            MediaReport::Event { call, event } => self.handle_stream_event(call, event, now),
            MediaReport::DtmfRefused { call, id, error } => {
                if let Some(entry) = self.state.calls.get_mut(&call) {
                    entry.dialling.retain(|(waiting, _)| *waiting != id);
                }
                let text = Arc::from(format!("the digits were not sent: {error}"));
                self.agent.emit_call(call, EventKind::Warning { text }, now);
            }
            MediaReport::Statistics { call, statistics } => {
                self.agent.emit_call(call, EventKind::Quality(Arc::from(statistics)), now);
            }
            MediaReport::Closed { call, statistics } => {
                if let Some(port) = self.state.ports.remove(&call) {
                    self.ports.release(port);
                }
                self.stop_waiting_for_playback(call);
                self.agent.handle_media_closed(call, Some(*statistics), now);
            }
        }
    }

    fn handle_stream_event(&mut self, call: CallId, event: StreamEvent, now: Instant) {
        let kind = match event {
            StreamEvent::Timeout => EventKind::MediaTimeout,
            StreamEvent::Dtmf { digit, duration_ms, method } => {
                EventKind::Dtmf { digit, duration_ms, method }
            }
            StreamEvent::Mark { id } => EventKind::AudioMark { id },
            StreamEvent::Underrun => EventKind::AudioUnderrun,
            StreamEvent::PlaybackFinished { id } => {
                let entry = self.state.calls.get_mut(&call);
                let playing = entry.and_then(|entry| entry.playing.take_if(|(now, _)| *now == id));
                // One that was replaced in the same moment was told already.
                let Some((_, done)) = playing else { return };
                let _ = done.send(true);
                EventKind::PlaybackFinished { id, completed: true }
            }
            StreamEvent::DtmfSent => {
                self.finish_dialling(call);
                return;
            }
            _ => return,
        };
        self.agent.emit_call(call, kind, now);
    }

    fn finish_dialling(&mut self, call: CallId) {
        if let Some(entry) = self.state.calls.get_mut(&call) {
            for (_, done) in entry.dialling.drain(..) {
                let _ = done.send(());
            }
        }
    }

    pub(super) fn handle_recording_report(&mut self, report: RecordingReport, now: Instant) {
        let RecordingReport { call, path, outcome } = report;
        let kind = match outcome {
            Ok((duration_ms, dropped_frames)) => {
                EventKind::RecordingStopped { path, duration_ms, dropped_frames }
            }
            Err(reason) => EventKind::RecordingFailed { path, reason },
        };
        self.agent.emit_labelled(&call, kind, now);
    }

    /// Asks every call for its statistics, when it is time to.
    pub(super) fn ask_quality(&mut self, now: Instant) {
        let (Some(every), Some(due)) = (self.quality_every, self.state.next_quality) else {
            return;
        };
        if now < due {
            return;
        }
        self.state.next_quality = Some(now + every);
        let Some(media) = &self.media else { return };
        for (&call, entry) in &self.state.calls {
            if let Some(place) = entry.place {
                media.send(place, call, MediaCommand::ReportStatistics);
            }
        }
    }
}
