//! The protocol core's events as the application's, and the record of an ended call.

use std::sync::Arc;
use std::time::Instant;

use sipua_core::event::{self as core, CallId, CallInfo, EndedBy, Failure};
use sipua_media::session::Statistics;

use super::call::{AgentCall, Media, media_info};
use super::{Agent, Binding, Output};
use crate::event::{EventKind, IncomingCall};
use crate::record::{CallDirection, CallRecord};

impl Agent {
    pub(super) fn translate(&mut self, event: core::Event, now: Instant) {
        match event {
            core::Event::Registered { account, expires, .. } => {
                self.set_binding(account, Binding::Wanted);
                self.emit_account(account, EventKind::Registered { expires }, now);
            }
            core::Event::RegistrationFailed(failed) => {
                if failed.retry_in.is_none() {
                    self.set_binding(failed.account, Binding::None);
                }
                let kind = EventKind::RegistrationFailed {
                    failure: failed.failure,
                    code: failed.code.unwrap_or(0),
                    reason: Arc::from(failed.reason),
                    retry_in: failed.retry_in,
                };
                self.emit_account(failed.account, kind, now);
            }
            core::Event::Unregistered { account } => {
                self.emit_account(account, EventKind::Unregistered, now);
                match self.accounts.get(&account).map(|entry| entry.binding) {
                    Some(Binding::Removing) => drop(self.accounts.remove(&account)),
                    _ => self.set_binding(account, Binding::None),
                }
            }
            core::Event::IncomingCall(incoming) => self.incoming(*incoming, now),
            core::Event::CallTrying { call } => self.emit_call(call, EventKind::CallTrying, now),
            core::Event::CallRinging(info) | core::Event::CallProgress(info) => {
                self.learn_call_id(&info);
                self.alerting(info.call, info.code, now);
            }
            core::Event::CallAnswered(info) => self.answered(&info, now),
            core::Event::CallConfirmed { call } => self.confirmed(call, now),
            core::Event::CallModified { call, .. } => self.modified(call, now),
            core::Event::ModificationFailed { call, code, reason, by_remote } => {
                self.modification_failed(call, code, &reason, by_remote, now);
            }
            core::Event::CallRequest { call, request } => {
                self.emit_call(call, EventKind::Info { request }, now);
            }
            core::Event::CallEnded(ended) => self.ended(ended, now),
            core::Event::RequestFinished(outcome) => {
                self.outputs.push_back(Output::RequestFinished(outcome));
            }
            core::Event::Warning(core::Warning::CallLimit { flow }) => {
                let text = Arc::from(format!("a call from {} was refused: too many", flow.remote));
                self.emit(EventKind::Warning { text }, now);
            }
            _ => {}
        }
    }

    fn incoming(&mut self, incoming: core::IncomingCall, now: Instant) {
        let id = incoming.call;
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.account = incoming.account;
        call.sip_call_id = Some(Arc::from(incoming.sip_call_id));
        call.tag = incoming.account.and_then(|account| self.accounts.get(&account)?.tag.clone());
        let mut unusable = None;
        if let Media::Offered { offer, flow } = &mut call.media {
            *flow = Some(incoming.flow);
            // A call without a common codec is refused before anybody is alerted.
            unusable = offer
                .as_ref()
                .and_then(|offer| sipua_media::sdp::check_offer(&self.capabilities, offer).err());
        }
        if let Some(error) = unusable {
            let reject = core::Command::Reject {
                call: id,
                code: 488,
                reason: None,
                headers: vec![warning_header(&error.to_string())],
            };
            if let Err(error) = self.endpoint.handle_command(reject, now) {
                self.warn(id, &error.to_string(), now);
            }
            return;
        }
        let kind = EventKind::IncomingCall(Arc::new(IncomingCall {
            local: incoming.local.uri.to_string(),
            remote: incoming.remote.uri.to_string(),
            display_name: incoming.remote.display_name.map(String::from),
            request: incoming.request,
        }));
        self.emit_call(id, kind, now);
    }

    /// 18x: sent by us or received.
    pub(super) fn alerting(&mut self, id: CallId, code: u16, now: Instant) {
        let millis = self.millis(now);
        let Some(call) = self.calls.get_mut(&id) else { return };
        let early_media = call.agreed.is_some();
        call.ringing.get_or_insert(millis);
        let kind = if code == 180 && !early_media {
            EventKind::CallRinging { code }
        } else {
            EventKind::CallProgress { code, early_media }
        };
        self.emit_call(id, kind, now);
    }

    fn answered(&mut self, info: &CallInfo, now: Instant) {
        let millis = self.millis(now);
        self.learn_call_id(info);
        let Some(call) = self.calls.get_mut(&info.call) else { return };
        call.answered.get_or_insert(millis);
        self.settle_fork(info, now);
        self.emit_call(info.call, EventKind::CallAnswered { code: info.code }, now);
    }

    fn confirmed(&mut self, id: CallId, now: Instant) {
        self.emit_call(id, EventKind::CallConfirmed, now);
        if let Err(error) = self.follow_hold_wish(id, now) {
            self.warn(id, &error.to_string(), now);
        }
        if let Some(digits) = self.calls.get_mut(&id).and_then(|call| call.post_dial.take()) {
            self.outputs.push_back(Output::SendDtmf { call: id, digits });
        }
    }

    fn modified(&mut self, id: CallId, now: Instant) {
        self.tell_hold(id, now);
        // The application may have changed its mind while the re-INVITE was under way.
        if let Err(error) = self.follow_hold_wish(id, now) {
            self.warn(id, &error.to_string(), now);
        }
    }

    fn modification_failed(
        &mut self,
        id: CallId,
        code: u16,
        reason: &str,
        by_remote: bool,
        now: Instant,
    ) {
        if !by_remote && let Some(call) = self.calls.get_mut(&id) {
            call.wants_hold = call.hold.0;
            if let Some(negotiator) = call.negotiator() {
                negotiator.abandon();
            }
        }
        let who = if by_remote { "the peer's" } else { "our" };
        self.warn(id, &format!("{who} re-INVITE failed: {code} {reason}"), now);
    }

    /// The Call-ID of an outgoing call, from the first response to it.
    fn learn_call_id(&mut self, info: &CallInfo) {
        let Some(call) = self.calls.get_mut(&info.call) else { return };
        if call.sip_call_id.is_none()
            && let Some(response) = &info.response
            && let Ok(call_id) = response.headers.call_id()
        {
            call.sip_call_id = Some(Arc::from(call_id));
        }
    }

    /// The protocol's part is over; the record waits for the last statistics of the media.
    fn ended(&mut self, ended: Box<core::CallEnded>, now: Instant) {
        let id = ended.call;
        let Some(call) = self.calls.get_mut(&id) else { return };
        match std::mem::replace(&mut call.media, Media::Closed) {
            Media::Negotiating(_) if self.media => {
                call.media = Media::Closing(ended);
                self.outputs.push_back(Output::CloseMedia { call: id });
            }
            // The ports are still being opened; they are closed when they come.
            _ => self.finish(*ended, None, now),
        }
    }

    /// Tells the application that a call is over, with its record.
    pub(super) fn finish(
        &mut self,
        ended: core::CallEnded,
        statistics: Option<Statistics>,
        now: Instant,
    ) {
        let id = ended.call;
        let millis = self.millis(now);
        let Some(call) = self.calls.get_mut(&id) else { return };
        if call.sip_call_id.is_none() {
            call.sip_call_id = Some(Arc::from(&*ended.sip_call_id));
        }
        let record = Arc::new(record(call, ended, statistics, millis));
        self.emit_call(id, EventKind::CallEnded(record), now);
        self.calls.remove(&id);
    }

    /// Ends every call at once: nobody will hear of them again.
    pub(crate) fn end_all(&mut self, now: Instant) {
        for id in self.call_ids() {
            let media = self.calls.get_mut(&id).map(|call| std::mem::take(&mut call.media));
            match media {
                Some(Media::Closing(ended)) => self.finish(*ended, None, now),
                _ => self.end_before_invite(id, EndedBy::Local, Failure::Cancelled, now),
            }
        }
    }

    /// A dial that comes while the user agent stops.
    pub(crate) fn refuse_dial(&mut self, id: CallId, now: Instant) {
        let call = AgentCall::new(CallDirection::Outgoing, Media::Closed, self.millis(now));
        self.calls.insert(id, call);
        self.end_before_invite(id, EndedBy::Local, Failure::Cancelled, now);
    }

    /// A dial that was refused at once: the application waits for an end that the core will not tell.
    pub(crate) fn end_unbegun(&mut self, id: CallId, error: &core::CommandError, now: Instant) {
        let never_began = matches!(
            error,
            core::CommandError::UnsupportedTarget(_) | core::CommandError::UnknownAccount(_)
        );
        if never_began && !self.calls.contains_key(&id) {
            let call = AgentCall::new(CallDirection::Outgoing, Media::Closed, self.millis(now));
            self.calls.insert(id, call);
            self.end_before_invite(id, EndedBy::Local, Failure::Unreachable, now);
        }
    }

    /// Ends an outgoing call of which no INVITE was sent: the protocol core never knew it.
    pub(super) fn end_before_invite(
        &mut self,
        id: CallId,
        by: EndedBy,
        failure: Failure,
        now: Instant,
    ) {
        let millis = self.millis(now);
        let Some(call) = self.calls.get_mut(&id) else { return };
        let opened = matches!(call.media, Media::Negotiating(_));
        call.media = Media::Closed;
        let record = Arc::new(CallRecord {
            direction: call.direction,
            local: String::new(),
            remote: String::new(),
            display_name: None,
            started: call.started,
            ringing: None,
            answered: None,
            ended: millis,
            ended_by: by,
            code: 0,
            reason: Arc::from(failure.name()),
            q850: None,
            failure: Some(failure),
            codec: None,
            encryption: None,
            statistics: None,
        });
        if opened && self.media {
            // Before the event, with which the driver forgets where the media is.
            self.outputs.push_back(Output::CloseMedia { call: id });
        }
        self.emit_call(id, EventKind::CallEnded(record), now);
        self.calls.remove(&id);
    }
}

fn record(
    call: &AgentCall,
    ended: core::CallEnded,
    statistics: Option<Statistics>,
    millis: u64,
) -> CallRecord {
    CallRecord {
        direction: call.direction,
        local: ended.local.uri.to_string(),
        remote: ended.remote.uri.to_string(),
        display_name: ended.remote.display_name.map(String::from),
        started: call.started,
        ringing: call.ringing,
        answered: call.answered,
        ended: millis,
        ended_by: ended.by,
        code: ended.code,
        reason: Arc::from(ended.reason),
        q850: ended.q850,
        failure: ended.failure,
        codec: call.agreed.as_deref().map(|settings| media_info(settings).codec),
        encryption: None,
        statistics,
    }
}

/// RFC 3261 20.43: 399 is for miscellaneous text.
fn warning_header(text: &str) -> core::ExtraHeader {
    let quoted = sipua_core::message::quote(text);
    (sipua_core::message::HeaderName::Warning, format!("399 sipua {quoted}").into())
}
