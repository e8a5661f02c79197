//! The non-INVITE client transaction: RFC 3261 figure 6.
//!
//! ```text
//! Trying --1xx--> Proceeding --200-699--> Completed --K--> Terminated
//!   |  E: again       |  E: again, every T2
//!   +-------F---------+--> Terminated
//! ```

use std::time::Duration;

use bytes::Bytes;

use super::machine::{Context, Letter, TransactionState};
use crate::message::{Method, Response};

/// Where the request stands, with the bytes that may have to go out again.
#[derive(Debug)]
pub(super) enum Client {
    Trying { request: Bytes, interval: Duration },
    Proceeding { request: Bytes },
    Completed,
    Terminated,
}

impl Client {
    /// RFC 3261 17.1.2.2
    pub(super) fn start<O: Copy>(request: Bytes, cx: &mut Context<'_, O>) -> Self {
        let interval = cx.config.t1;
        cx.transmit(&request);
        if !cx.is_reliable() {
            cx.set(Letter::E, interval);
        }
        cx.set(Letter::F, cx.config.timeout());
        Self::Trying { request, interval }
    }

    pub(super) fn response<O: Copy>(self, response: Response, cx: &mut Context<'_, O>) -> Self {
        match self {
            Self::Trying { request, .. } | Self::Proceeding { request } => {
                let provisional = response.status.is_provisional();
                cx.pass_up(response);
                if provisional {
                    return Self::Proceeding { request };
                }
                cx.cancel(Letter::E);
                cx.cancel(Letter::F);
                if cx.is_reliable() {
                    return Self::Terminated;
                }
                cx.set(Letter::K, cx.config.t4);
                Self::Completed
            }
            Self::Completed | Self::Terminated => {
                cx.counters.late_responses += 1;
                self
            }
        }
    }

    pub(super) fn timer<O: Copy>(self, letter: Letter, cx: &mut Context<'_, O>) -> Self {
        match (self, letter) {
            (Self::Trying { request, interval }, Letter::E) => {
                let interval = interval.saturating_mul(2).min(cx.config.t2);
                cx.retransmit(&request);
                cx.set(Letter::E, interval);
                Self::Trying { request, interval }
            }
            (Self::Proceeding { request }, Letter::E) => {
                cx.retransmit(&request);
                cx.set(Letter::E, cx.config.t2);
                Self::Proceeding { request }
            }
            (Self::Trying { .. } | Self::Proceeding { .. }, Letter::F) => {
                cx.timeout();
                Self::Terminated
            }
            (Self::Completed, Letter::K) => Self::Terminated,
            (state, _) => state,
        }
    }

    pub(super) fn transport_error<O: Copy>(self, cx: &mut Context<'_, O>) -> Self {
        match self {
            Self::Trying { .. } | Self::Proceeding { .. } => {
                cx.transport_error();
                Self::Terminated
            }
            // Nothing is sent any more, so the failure is another transaction's.
            Self::Completed | Self::Terminated => self,
        }
    }

    /// Whether a response to `method` can be meant for this request (RFC 3261 17.1.3).
    pub(super) fn is_for(&self, method: &Method) -> bool {
        match self {
            Self::Trying { request, .. } | Self::Proceeding { request } => request
                .strip_prefix(method.as_str().as_bytes())
                .is_some_and(|rest| rest.first() == Some(&b' ')),
            Self::Completed | Self::Terminated => true,
        }
    }

    pub(super) fn state(&self) -> TransactionState {
        match self {
            Self::Trying { .. } => TransactionState::Trying,
            Self::Proceeding { .. } => TransactionState::Proceeding,
            Self::Completed => TransactionState::Completed,
            Self::Terminated => TransactionState::Terminated,
        }
    }
}
