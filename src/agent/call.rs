//! What the agent keeps of a call beside the protocol's own state.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use sipua_core::event::{self as core, AccountId, ExtraHeader};
use sipua_media::sdp::{Negotiator, StreamSettings};

use crate::event::MediaInfo;
use crate::record::CallDirection;

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
    /// Digits to send after the answer.
    pub(super) post_dial: Option<Box<str>>,
}

/// How far the media of a call is.
#[derive(Debug)]
pub(super) enum Media {
    /// Incoming: the caller's offer (or its wish for ours) waits for the application's answer.
    Offered { offer: Option<Bytes>, local_ip: Option<IpAddr> },
    /// The driver opens the ports; this is done when they are open.
    Opening(Box<Waiting>),
    /// Descriptions are, or were, exchanged.
    Negotiating(Box<Negotiator>),
    /// The call is over; its record waits for the last statistics.
    Closing(Box<core::CallEnded>),
    /// The call is over, or never had media.
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
            post_dial: None,
        }
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
