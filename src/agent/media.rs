//! Session descriptions between the protocol core and the negotiation (RFC 3264).

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use sipua_core::event::{self as core, Body, CallId, Description, DescriptionKind, Failure};
use sipua_media::sdp::{LocalAddress, Negotiator};
use sipua_media::session::Statistics;

use super::call::{Accept, AgentCall, Media, Waiting, media_info};
use super::{Agent, Output};
use crate::error::Error;
use crate::event::EventKind;
use crate::record::CallDirection;

/// The port written into SDP when no media is opened: discard (RFC 863).
const DISCARD_PORT: u16 = 9;

/// The address of a call whose media is switched off.
pub(super) const fn no_media(ip: IpAddr) -> LocalAddress {
    LocalAddress { ip, rtp_port: DISCARD_PORT, rtcp_port: DISCARD_PORT }
}

/// The address of a call whose ports are bound.
pub(crate) const fn local_address(rtp: SocketAddr) -> LocalAddress {
    LocalAddress { ip: rtp.ip(), rtp_port: rtp.port(), rtcp_port: rtp.port().wrapping_add(1) }
}

/// As [`local_address`], for a driver that opens none.
pub(crate) const fn closed_address(ip: IpAddr) -> LocalAddress {
    no_media(ip)
}

impl Agent {
    /// The ports of a call are open, or could not be opened.
    pub(crate) fn handle_media_opened(
        &mut self,
        id: CallId,
        opened: Result<LocalAddress, Error>,
        now: Instant,
    ) {
        let session_id = self.session_id();
        let capabilities = Arc::clone(&self.capabilities);
        let Some(call) = self.calls.get_mut(&id) else {
            self.outputs.push_back(Output::CloseMedia { call: id });
            return;
        };
        let waiting = match std::mem::replace(&mut call.media, Media::Closed) {
            Media::Opening(waiting) => *waiting,
            // The call ended meanwhile; its ports are closed again.
            other => {
                call.media = other;
                self.outputs.push_back(Output::CloseMedia { call: id });
                return;
            }
        };
        match opened {
            Ok(local) => {
                let negotiator = Box::new(Negotiator::new(capabilities, session_id, local));
                self.begin(id, waiting, negotiator, now);
            }
            Err(error) => self.no_ports(id, waiting, &error, now),
        }
        self.drain(now);
    }

    /// The last statistics of a call have come.
    pub(crate) fn handle_media_closed(
        &mut self,
        id: CallId,
        last: Option<Statistics>,
        now: Instant,
    ) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        match std::mem::replace(&mut call.media, Media::Closed) {
            Media::Closing(ended) => self.finish(*ended, last, now),
            other => call.media = other,
        }
    }

    /// Goes on with what waited for the ports.
    fn begin(
        &mut self,
        id: CallId,
        waiting: Waiting,
        mut negotiator: Box<Negotiator>,
        now: Instant,
    ) {
        match waiting {
            Waiting::Dial(mut dial) => {
                dial.description = Some(Body::sdp(negotiator.offer()));
                self.set_media(id, Media::Negotiating(negotiator));
                let command = core::Command::Dial { call: id, dial };
                if let Err(error) = self.endpoint.handle_command(command, now) {
                    self.warn(id, &error.to_string(), now);
                    let failure = match error {
                        core::CommandError::TooManyCalls(_) => Failure::Limit,
                        _ => Failure::Unreachable,
                    };
                    self.end_before_invite(id, core::EndedBy::Local, failure, now);
                }
            }
            Waiting::Accept { offer, accept } => {
                let late_offer = offer.is_none();
                let description = match offer {
                    Some(offer) => negotiator.answer(&offer),
                    None => Ok(negotiator.offer()),
                };
                self.set_media(id, Media::Negotiating(negotiator));
                match description {
                    Ok(body) => self.first_accept(id, accept, body, late_offer, now),
                    Err(error) => self.refuse(id, 488, &error.to_string(), now),
                }
            }
        }
    }

    fn first_accept(
        &mut self,
        id: CallId,
        accept: Accept,
        body: Bytes,
        late_offer: bool,
        now: Instant,
    ) {
        // RFC 3261 13.2.1: an unreliable 183 carries no offer; the 2xx will.
        let said = if late_offer && accept.code < 200 {
            if let Some(call) = self.calls.get_mut(&id) {
                call.unsent = Some(body);
            }
            None
        } else {
            Some(body)
        };
        if let Err(error) = self.send_accept(id, accept, said, now) {
            self.warn(id, &error.to_string(), now);
        }
    }

    /// Sends a 183 or a 2xx; the description is kept when the core does not take it.
    pub(super) fn send_accept(
        &mut self,
        id: CallId,
        accept: Accept,
        body: Option<Bytes>,
        now: Instant,
    ) -> Result<(), core::CommandError> {
        let Accept { code, headers } = accept;
        let description = body.clone().map(Body::sdp);
        let provisional = code < 200;
        let command = if provisional {
            core::Command::Progress { call: id, description, headers }
        } else {
            core::Command::Answer { call: id, code, description, headers }
        };
        if let Err(error) = self.endpoint.handle_command(command, now) {
            if let (Some(call), Some(body)) = (self.calls.get_mut(&id), body) {
                call.unsent = Some(body);
            }
            return Err(error);
        }
        // The description leaves before the first packet that it explains.
        self.drain(now);
        self.configure(id, now);
        if provisional {
            self.alerting(id, code, now);
        }
        Ok(())
    }

    fn no_ports(&mut self, id: CallId, waiting: Waiting, error: &Error, now: Instant) {
        self.warn(id, &error.to_string(), now);
        match waiting {
            Waiting::Dial(_) => {
                let failure = match error {
                    Error::Limit { .. } => Failure::Limit,
                    _ => Failure::TransportFailed,
                };
                self.end_before_invite(id, core::EndedBy::Local, failure, now);
            }
            Waiting::Accept { .. } => self.refuse(id, 503, "no RTP port", now),
        }
    }

    fn refuse(&mut self, id: CallId, code: u16, why: &str, now: Instant) {
        let reject = core::Command::Reject { call: id, code, reason: None, headers: Vec::new() };
        if self.endpoint.handle_command(reject, now).is_ok() {
            self.warn(id, &format!("the call was refused with {code}: {why}"), now);
        }
    }

    /// A description came from the peer, or is wanted from us.
    pub(super) fn describe(&mut self, description: Description, now: Instant) {
        let Description { call: id, kind, fork, early, body } = description;
        let body = body.map(|body| body.data);
        if !self.calls.contains_key(&id) {
            // RFC 3261 13.2.1: the first word of an incoming call; its event follows.
            let media = Media::Offered { offer: body, flow: None };
            let call = AgentCall::new(CallDirection::Incoming, media, self.millis(now));
            self.calls.insert(id, call);
            return;
        }
        let Some(call) = self.calls.get_mut(&id) else { return };
        let wants_hold = call.wants_hold;
        if let (DescriptionKind::Answer, Some(answer)) = (kind, &body) {
            call.remember_fork(fork, answer);
        }
        let Some(negotiator) = call.negotiator() else { return };
        let outcome = match (kind, body) {
            (DescriptionKind::Answer, Some(answer)) => {
                negotiator.accept_answer(&answer).map(|()| None)
            }
            (DescriptionKind::Offer, Some(offer)) => negotiator.answer(&offer).map(Some),
            (DescriptionKind::OfferWanted, _) => {
                negotiator.set_hold(wants_hold);
                Ok(Some(negotiator.offer()))
            }
            (DescriptionKind::Rollback, _) => {
                negotiator.rollback();
                Ok(None)
            }
            (DescriptionKind::Offer | DescriptionKind::Answer, None) => Ok(None),
        };
        let command = match (outcome, kind) {
            (Ok(Some(reply)), _) => {
                Some(core::Command::AnswerOffer { call: id, description: Body::sdp(reply) })
            }
            (Ok(None), _) => None,
            // A preview; the 2xx decides.
            (Err(error), DescriptionKind::Answer) if early => {
                self.warn(id, &format!("the peer's early media cannot be used: {error}"), now);
                None
            }
            (Err(error), DescriptionKind::Answer) => {
                self.warn(id, &format!("the peer's answer cannot be used: {error}"), now);
                let reason = Some(error.to_string());
                let termination = Some(core::Termination { code: 488, reason, q850: None });
                Some(core::Command::Hangup { call: id, termination })
            }
            (Err(error), _) => {
                self.warn(id, &format!("the peer's offer cannot be used: {error}"), now);
                Some(core::Command::RejectOffer { call: id, code: 488 })
            }
        };
        if let Some(command) = command
            && let Err(error) = self.endpoint.handle_command(command, now)
        {
            self.warn(id, &error.to_string(), now);
        }
        self.configure(id, now);
    }

    /// Of the branches of a forked call, the one that answered is heard (RFC 3261 13.2.2.4).
    pub(super) fn settle_fork(&mut self, info: &core::CallInfo, now: Instant) {
        let Some(call) = self.calls.get_mut(&info.call) else { return };
        let forks = std::mem::take(&mut call.forks);
        let heard = forks.last().map(|(fork, _)| *fork);
        let chosen = forks.into_iter().find(|(fork, _)| *fork == info.fork);
        let (Some((fork, answer)), Some(negotiator)) = (chosen, call.negotiator()) else { return };
        if heard != Some(fork) && negotiator.accept_answer(&answer).is_ok() {
            self.configure(info.call, now);
        }
    }

    /// Tells the media thread and the application what is agreed now, if it is news.
    fn configure(&mut self, id: CallId, now: Instant) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Media::Negotiating(negotiator) = &call.media else { return };
        let Some(settings) = negotiator.stream() else { return };
        if call.agreed.as_deref() == Some(settings) {
            return;
        }
        let settings = Box::new(settings.clone());
        let first = call.agreed.is_none();
        let info = media_info(&settings);
        if self.media {
            self.outputs.push_back(Output::ConfigureMedia { call: id, settings: settings.clone() });
        }
        call.agreed = Some(settings);
        let kind =
            if first { EventKind::MediaStarted(info) } else { EventKind::MediaChanged(info) };
        self.emit_call(id, kind, now);
        self.tell_hold(id, now);
    }

    /// Tells the application who holds the call, if that is news.
    pub(super) fn tell_hold(&mut self, id: CallId, now: Instant) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Media::Negotiating(negotiator) = &call.media else { return };
        let hold = (negotiator.local_hold(), negotiator.remote_hold());
        if hold == call.hold {
            return;
        }
        call.hold = hold;
        let (local, remote) = hold;
        self.emit_call(id, EventKind::HoldChanged { local, remote }, now);
    }

    fn set_media(&mut self, id: CallId, media: Media) {
        if let Some(call) = self.calls.get_mut(&id) {
            call.media = media;
        }
    }

    pub(super) fn warn(&mut self, id: CallId, text: &str, now: Instant) {
        self.emit_call(id, EventKind::Warning { text: Arc::from(text) }, now);
    }
}
