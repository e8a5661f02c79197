//! What the agent keeps of a call beside the protocol's own state.

use std::sync::Arc;

use bytes::Bytes;
use sipua_core::event::{self as core, AccountId, ExtraHeader};
use sipua_core::transport::Flow;
use sipua_media::sdp::{Negotiator, StreamSettings};

use crate::event::MediaInfo;
use crate::record::CallDirection;

/// Branches of a forked call whose answers are kept.
const FORKS: usize = 16;

#[derive(Debug)]
pub(super) struct AgentCall {
    pub(super) direction: CallDirection,
    pub(super) account: Option<AccountId>,
    pub(super) tag: Option<Arc<str>>,
    pub(super) sip_call_id: Option<Arc<str>>,
    pub(super) started: u64,
    pub(super) ringing: Option<u64>,
    pub(super) answered: Option<u64>,
    pub(super) media: Media,
    /// What the application wants; it may differ from what is agreed while a re-INVITE is under way.
    pub(super) wants_hold: bool,
    /// What the application was told: (local, remote).
    pub(super) hold: (bool, bool),
    /// What the application was told, and the media thread too.
    pub(super) agreed: Option<Box<StreamSettings>>,
    /// Our description that no response has carried yet.
    pub(super) unsent: Option<Bytes>,
    /// The answers of the branches of a forked call, until one of them takes it.
    pub(super) forks: Vec<(u32, Bytes)>,
    /// Digits to send after the answer.
    pub(super) post_dial: Option<Box<str>>,
}

/// How far the media of a call is.
#[derive(Debug, Default)]
pub(super) enum Media {
    /// Incoming: the caller's offer (or its wish for ours) waits for the application's answer.
    Offered { offer: Option<Bytes>, flow: Option<Flow> },
    /// The driver opens the ports; this is done when they are open.
    Opening(Box<Waiting>),
    /// Descriptions are, or were, exchanged.
    Negotiating(Box<Negotiator>),
    /// The call is over; its record waits for the last statistics.
    Closing(Box<core::CallEnded>),
    /// The call is over, or never had media.
    #[default]
    Closed,
}

/// What waits for the ports of a call.
#[derive(Debug)]
pub(super) enum Waiting {
    Dial(Box<core::Dial>),
    Accept { offer: Option<Bytes>, accept: Accept },
}

/// How the application takes an incoming call: 183 with early media, or a 2xx.
#[derive(Debug)]
pub(super) struct Accept {
    pub(super) code: u16,
    pub(super) headers: Vec<ExtraHeader>,
}

impl AgentCall {
    pub(super) const fn new(direction: CallDirection, media: Media, started: u64) -> Self {
        Self {
            direction,
            account: None,
            tag: None,
            sip_call_id: None,
            started,
            ringing: None,
            answered: None,
            media,
            wants_hold: false,
            hold: (false, false),
            agreed: None,
            unsent: None,
            forks: Vec::new(),
            post_dial: None,
        }
    }

    /// Keeps the newest answer of each branch, the one heard now at the end.
    pub(super) fn remember_fork(&mut self, fork: u32, answer: &Bytes) {
        if self.answered.is_some() {
            return;
        }
        self.forks.retain(|(known, _)| *known != fork);
        if self.forks.len() == FORKS {
            self.forks.remove(0);
        }
        self.forks.push((fork, answer.clone()));
    }

    pub(super) const fn is_opening(&self) -> bool {
        matches!(self.media, Media::Opening(_))
    }

    pub(super) fn negotiator(&mut self) -> Option<&mut Negotiator> {
        match &mut self.media {
            Media::Negotiating(negotiator) => Some(negotiator),
            _ => None,
        }
    }
}

/// The part of an agreement that the application is told.
pub(super) fn media_info(settings: &StreamSettings) -> MediaInfo {
    MediaInfo {
        codec: settings.codec.name(),
        direction: settings.direction.as_str(),
        ptime_ms: settings.ptime_ms,
        remote: settings.remote_rtp,
    }
}
