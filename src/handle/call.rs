//! A call's handle.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sipua_core::event::{self as core, AccountId, CallId, RequestId, Termination};
use sipua_media::player::Player;
use sipua_media::recorder::{RecordMode, RecordSettings, recorder};
use sipua_media::session::Statistics;
use sipua_media::wav::Writer;
use tokio::sync::oneshot;

use super::Response;
use super::audio::{Audio, AudioFormat};
use super::collect::Collect;
use super::source::Source;
use super::target::{header, parse_target};
use super::user_agent::{UaShared, parse_method};
use crate::agent::Command;
use crate::call_shared::CallShared;
use crate::call_state::CallState;
use crate::driver::DriverCommand;
use crate::error::{Error, Result};
use crate::event::{IncomingCall, MediaInfo};
use crate::media_worker::{MediaCommand, RecordingFile};
use crate::record::{CallDirection, CallRecord};

/// The rate streams and recordings run at.
const RATE: u32 = 8_000;

/// One call. Cheap to clone; the call lives on when all handles of it are dropped.
#[derive(Debug, Clone)]
pub struct Call {
    ua: Arc<UaShared>,
    shared: Arc<CallShared>,
}

/// A source that is being played into a call.
#[derive(Debug)]
pub struct Playback {
    /// The id in `playback_finished`.
    pub id: u64,
    done: oneshot::Receiver<bool>,
}

impl Playback {
    /// Waits for its end: true when it was played whole, false when it was stopped, replaced, or the
    /// call ended.
    pub async fn finished(self) -> bool {
        self.done.await.unwrap_or(false)
    }
}

/// What is known of it.
impl Call {
    pub(super) const fn new(ua: Arc<UaShared>, shared: Arc<CallShared>) -> Self {
        Self { ua, shared }
    }

    /// Its id, as in events.
    pub fn id(&self) -> CallId {
        self.shared.id
    }

    /// Who placed it.
    pub fn direction(&self) -> CallDirection {
        self.shared.direction
    }

    /// The account it belongs to.
    pub fn account(&self) -> Option<AccountId> {
        self.shared.account
    }

    /// Where it stands.
    pub fn state(&self) -> CallState {
        self.shared.state()
    }

    /// The SIP Call-ID, once known.
    pub fn call_id(&self) -> Option<Arc<str>> {
        self.shared.view().call_id.clone()
    }

    /// The application's own word.
    pub fn tag(&self) -> Option<Arc<str>> {
        self.shared.view().tag.clone()
    }

    /// Who calls whom, of an incoming call.
    pub fn incoming(&self) -> Option<Arc<IncomingCall>> {
        self.shared.view().incoming.clone()
    }

    /// What was agreed for its audio, once it was.
    pub fn media(&self) -> Option<MediaInfo> {
        self.shared.view().media.as_deref().cloned()
    }

    /// The values of a header field of the INVITE that arrived; empty for an outgoing call.
    pub fn headers(&self, name: &str) -> Result<Vec<String>> {
        let (name, _) = header(name, "")?;
        let Some(incoming) = self.incoming() else { return Ok(Vec::new()) };
        Ok(incoming
            .request
            .headers
            .get_all(&name)
            .map(|value| String::from_utf8_lossy(value).into_owned())
            .collect())
    }

    /// Puts a header field on the next response we send to an incoming call; with several, in order.
    pub fn set_header(&self, name: &str, value: &str) -> Result<()> {
        self.require("set a header", |state| {
            matches!(state, CallState::Incoming | CallState::Ringing)
        })?;
        let header = header(name, value)?;
        self.shared.view().headers.push(header);
        Ok(())
    }

    /// Its media in numbers, as a `quality` event, for those who do not wait.
    pub fn report_stats(&self) -> Result<()> {
        self.require("report statistics", |state| state != CallState::Ended)?;
        self.media_command(MediaCommand::ReportStatistics)
    }

    /// Its media in numbers.
    ///
    /// # Errors
    /// [`Error::NoMedia`] before or without media.
    pub async fn stats(&self) -> Result<Statistics> {
        let (reply, statistics) = oneshot::channel();
        self.media_command(MediaCommand::Statistics(reply))?;
        statistics.await.map_err(|_| Error::NoMedia)
    }

    /// Waits until it is answered.
    ///
    /// # Errors
    /// [`Error::CallEnded`] when it ends first.
    pub async fn answered(&self) -> Result<()> {
        self.reached(CallState::is_answered).await
    }

    /// Waits until the answer is acknowledged too.
    ///
    /// # Errors
    /// [`Error::CallEnded`] when it ends first.
    pub async fn confirmed(&self) -> Result<()> {
        self.reached(|state| matches!(state, CallState::Established | CallState::Held)).await
    }

    /// Waits until it is over.
    pub async fn ended(&self) -> Arc<CallRecord> {
        self.shared.wait(|view| view.record.clone()).await
    }

    async fn reached(&self, wanted: impl Fn(CallState) -> bool) -> Result<()> {
        self.shared
            .wait(|view| match &view.record {
                Some(record) => Some(Err(ended_error(record))),
                None => wanted(view.state).then_some(Ok(())),
            })
            .await
    }
}

/// Signalling.
impl Call {
    /// Sends 180 Ringing.
    pub fn ring(&self) -> Result<()> {
        self.require("ring", |state| matches!(state, CallState::Incoming | CallState::Ringing))?;
        self.core(core::Command::Ring { call: self.id(), headers: self.take_headers() })
    }

    /// Sends 183 Session Progress with a description: audio flows before the answer.
    pub fn progress(&self) -> Result<()> {
        self.require("send progress", |state| {
            matches!(state, CallState::Incoming | CallState::Ringing)
        })?;
        self.accept(183)
    }

    /// Takes an incoming call with 200.
    pub fn answer(&self) -> Result<()> {
        self.answer_with(200)
    }

    /// Takes an incoming call with a code from 200 to 299.
    pub fn answer_with(&self, code: u16) -> Result<()> {
        self.require("answer", |state| matches!(state, CallState::Incoming | CallState::Ringing))?;
        if !(200..300).contains(&code) {
            return Err(Error::invalid("answer code", code.to_string(), "is 200 to 299"));
        }
        self.accept(code)
    }

    /// Refuses an incoming call with a code from 400 to 699.
    pub fn reject(&self, code: u16) -> Result<()> {
        self.require("reject", |state| matches!(state, CallState::Incoming | CallState::Ringing))?;
        if !(400..700).contains(&code) {
            return Err(Error::invalid("rejection code", code.to_string(), "is 400 to 699"));
        }
        let (call, headers) = (self.id(), self.take_headers());
        self.core(core::Command::Reject { call, code, reason: None, headers })
    }

    /// Sends the caller to another address (302).
    pub fn redirect(&self, target: &str) -> Result<()> {
        self.require("redirect", |state| {
            matches!(state, CallState::Incoming | CallState::Ringing)
        })?;
        let targets = vec![parse_target(target, None)?];
        self.core(core::Command::Redirect { call: self.id(), targets })
    }

    /// Leaves an incoming call unanswered: it ends when the caller gives up.
    pub fn ignore(&self) -> Result<()> {
        self.require("ignore", |state| matches!(state, CallState::Incoming | CallState::Ringing))?;
        self.core(core::Command::Ignore { call: self.id() })
    }

    /// Ends it: CANCEL, BYE or a refusal, by its state. Again and afterwards it does nothing.
    pub fn hangup(&self) -> Result<()> {
        self.end(None)
    }

    /// As [`hangup`](Self::hangup), with the code of the refusal, or of the Reason header.
    pub fn hangup_with(&self, code: u16, reason: Option<&str>) -> Result<()> {
        if !(300..700).contains(&code) {
            return Err(Error::invalid("hang-up code", code.to_string(), "is 300 to 699"));
        }
        self.end(Some(Termination { code, reason: reason.map(str::to_owned), q850: None }))
    }

    /// Puts it on hold: the other side is asked to send nothing; `hold_changed` follows.
    pub fn hold(&self) -> Result<()> {
        self.require("hold", CallState::is_answered)?;
        self.agent(Command::SetHold { call: self.id(), hold: true })
    }

    /// Takes it back from hold; `hold_changed` follows.
    pub fn resume(&self) -> Result<()> {
        self.require("resume", CallState::is_answered)?;
        self.agent(Command::SetHold { call: self.id(), hold: false })
    }

    /// Negotiates the media anew with a re-INVITE.
    pub fn reinvite(&self) -> Result<()> {
        self.require("reinvite", CallState::is_answered)?;
        self.agent(Command::Reinvite { call: self.id() })
    }

    /// Sends an INFO inside the call.
    ///
    /// # Errors
    /// [`Error::Refused`] with the code of the refusal.
    pub async fn send_info(&self, content_type: &str, body: &[u8]) -> Result<Response> {
        self.send_request("INFO", &[], Some((content_type, body))).await
    }

    /// Sends a request inside the call: header fields as (name, value), the body with its type.
    ///
    /// # Errors
    /// [`Error::Refused`] with the code of the refusal.
    pub async fn send_request(
        &self,
        method: &str,
        headers: &[(String, String)],
        body: Option<(&str, &[u8])>,
    ) -> Result<Response> {
        self.require("send a request", CallState::is_answered)?;
        let request = core::CallRequest {
            method: parse_method(method)?,
            headers: headers
                .iter()
                .map(|(name, value)| header(name, value))
                .collect::<Result<_>>()?,
            body: body.map(|(content_type, data)| core::Body {
                content_type: content_type.to_owned().into(),
                data: data.to_vec().into(),
            }),
        };
        let id = RequestId(self.ua.ids.allocate());
        let request = Box::new(request);
        let command = core::Command::CallRequest { call: self.id(), id, request };
        self.ua.request(id, command).await
    }

    fn accept(&self, code: u16) -> Result<()> {
        self.agent(Command::Accept { call: self.id(), code, headers: self.take_headers() })
    }

    fn take_headers(&self) -> Vec<core::ExtraHeader> {
        std::mem::take(&mut self.shared.view().headers)
    }

    fn end(&self, termination: Option<Termination>) -> Result<()> {
        if self.state() == CallState::Ended {
            return Ok(());
        }
        self.shared.ending();
        self.agent(Command::Hangup { call: self.id(), termination })
    }
}

/// Audio.
impl Call {
    /// Opens its PCM; an [`Audio`] opened earlier is closed. Works from the start of the call on.
    ///
    /// # Errors
    /// [`Error::NoMedia`] when media is switched off, [`Error::InvalidArgument`] for the rate.
    pub fn audio(&self, format: AudioFormat) -> Result<Audio> {
        self.require("open the audio", |state| state != CallState::Ended)?;
        let (audio, engine) = Audio::open(format)?;
        self.media_command(MediaCommand::AttachAudio(Box::new(engine)))?;
        Ok(audio)
    }

    /// Plays a source, mixed with what the application writes; one playing before is replaced.
    pub fn play(&self, source: &Source) -> Result<Playback> {
        self.require("play", |state| state != CallState::Ended)?;
        self.require_media()?;
        let player = Player::new(source.inner.clone(), RATE)
            .map_err(|error| Error::invalid("source rate", "", error.to_string()))?;
        let id = self.ua.ids.allocate();
        let (finished, done) = oneshot::channel();
        let (call, player) = (self.id(), Box::new(player));
        self.ua.send(DriverCommand::Play { call, id, player, done: finished })?;
        Ok(Playback { id, done })
    }

    /// Stops what is playing.
    pub fn stop_playing(&self) -> Result<()> {
        self.require("stop playing", |state| state != CallState::Ended)?;
        self.media_command(MediaCommand::StopPlaying)
    }

    /// Records into a WAV file, 16 bit at 8 kHz: both directions mixed, in two channels (received
    /// left, sent right), or what is received. A recording made before ends.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be made.
    pub fn record(&self, path: impl AsRef<Path>, mode: RecordMode) -> Result<()> {
        self.require("record", |state| state != CallState::Ended)?;
        self.require_media()?;
        let path = path.as_ref();
        let what = || format!("cannot record to {}", path.display());
        let settings = RecordSettings::new(RATE, mode);
        let (engine, reader) = recorder(&settings, RATE)
            .map_err(|error| Error::invalid("record rate", RATE.to_string(), error.to_string()))?;
        let file = File::create(path).map_err(|error| Error::io(what(), &error))?;
        let writer = Writer::new(BufWriter::new(file), RATE, mode.channels())
            .map_err(|error| Error::io(what(), &error))?;
        let path = Arc::from(path.display().to_string());
        let file = Box::new(RecordingFile { call: Arc::clone(&self.shared), path, reader, writer });
        let recorder = Box::new(engine);
        self.ua.send(DriverCommand::Record { call: self.id(), recorder, file })
    }

    /// Ends the recording; `recording_stopped` follows when the file is complete.
    pub fn stop_recording(&self) -> Result<()> {
        self.require("stop recording", |state| state != CallState::Ended)?;
        self.media_command(MediaCommand::StopRecording)
    }

    /// Sends silence instead of what is written or played.
    pub fn mute(&self) -> Result<()> {
        self.require("mute", |state| state != CallState::Ended)?;
        self.media_command(MediaCommand::SetMuted(true))
    }

    /// Ends what [`mute`](Self::mute) began.
    pub fn unmute(&self) -> Result<()> {
        self.require("unmute", |state| state != CallState::Ended)?;
        self.media_command(MediaCommand::SetMuted(false))
    }

    /// Presses keys: `0`–`9`, `*`, `#`, `A`–`D`, `!` for flash; a space or comma is a pause.
    /// The digits are queued at once; the result waits until they are sent.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for another character.
    pub fn send_dtmf(&self, digits: &str) -> Result<impl Future<Output = bool> + Send + 'static> {
        self.require("send digits", CallState::is_answered)?;
        self.require_media()?;
        if let Some(wrong) =
            digits.chars().find(|digit| !"0123456789*#ABCDabcd!, ".contains(*digit))
        {
            let problem = format!("'{wrong}' is no key: 0-9 * # A-D, ! for flash, space to pause");
            return Err(Error::invalid("digits", digits, problem));
        }
        let (done, sent) = oneshot::channel();
        let (call, digits) = (self.id(), digits.into());
        self.ua.send(DriverCommand::SendDtmf { call, digits, done: Some(done) })?;
        Ok(async move { sent.await.is_ok() })
    }

    /// Collects digits the other side presses, those pressed before the call of this first. An empty
    /// result means that none came in time.
    ///
    /// # Errors
    /// [`Error::CallEnded`] when it ends first.
    pub async fn collect_dtmf(&self, collect: &Collect) -> Result<String> {
        let mut digits = String::new();
        while digits.chars().count() < collect.max {
            let patience = if digits.is_empty() { collect.first } else { collect.between };
            match self.next_digit(patience).await? {
                Some(digit) if collect.terminators.contains(digit) => break,
                Some(digit) => digits.push(digit),
                None => break,
            }
        }
        Ok(digits)
    }

    /// The next digit, if it comes in time.
    async fn next_digit(&self, patience: Duration) -> Result<Option<char>> {
        let digit = self.shared.wait(|view| {
            let ended = view.record.as_ref().map(|record| Err(ended_error(record)));
            view.digits.pop_front().map(Ok).or(ended)
        });
        match tokio::time::timeout(patience, digit).await {
            Ok(digit) => digit.map(Some),
            Err(_) => Ok(None),
        }
    }

    /// Digits that were not collected before newer ones needed their place.
    pub fn digits_lost(&self) -> u64 {
        self.shared.view().digits_lost
    }
}

/// Within.
impl Call {
    fn require(&self, verb: &'static str, allowed: impl Fn(CallState) -> bool) -> Result<()> {
        let state = self.state();
        if allowed(state) { Ok(()) } else { Err(Error::WrongState { verb, state }) }
    }

    fn require_media(&self) -> Result<()> {
        if self.ua.config.media { Ok(()) } else { Err(Error::NoMedia) }
    }

    fn media_command(&self, command: MediaCommand) -> Result<()> {
        self.require_media()?;
        self.ua.send(DriverCommand::Media { call: self.id(), command })
    }

    fn core(&self, command: core::Command) -> Result<()> {
        self.agent(Command::Core(command))
    }

    fn agent(&self, command: Command) -> Result<()> {
        self.ua.send(DriverCommand::Agent(command))
    }
}

fn ended_error(record: &CallRecord) -> Error {
    Error::CallEnded {
        failure: record.failure,
        code: record.code,
        reason: record.reason.to_string(),
    }
}
