//! The INVITE server transaction: RFC 3261 figure 7 as RFC 6026 figure 3 redraws it.
//!
//! ```text
//! Proceeding --2xx--> Accepted --L--> Terminated
//!   |  INVITE: last 1xx again        TU's 2xx: send, ACK: pass up
//!   +--300-699--> Completed --ACK--> Confirmed --I--> Terminated
//!                   |  G, INVITE: again
//!                   +--H--> Terminated
//! ```

use std::time::Duration;

use bytes::Bytes;

use super::TransactionError;
use super::machine::{Context, Letter, TransactionState};
use crate::message::StatusCode;

/// Where the INVITE stands, with the bytes that may have to go out again.
#[derive(Debug)]
pub(super) enum ServerInvite {
    Proceeding {
        last: Provisional,
    },
    /// The 2xx until its ACK is known of.
    Accepted {
        response: Option<Bytes>,
    },
    Completed {
        response: Bytes,
        interval: Duration,
    },
    Confirmed,
    Terminated,
}

/// The newest provisional response.
#[derive(Debug)]
pub(super) enum Provisional {
    /// Nothing was sent; these bytes are the 100 that goes out if that lasts.
    Prepared(Bytes),
    Sent(Bytes),
}

/// What became of an ACK that matches the transaction.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum AckFate {
    Absorbed,
    /// It acknowledges a 2xx.
    PassUp,
}

impl ServerInvite {
    /// RFC 3261 17.2.1
    pub(super) fn start<O: Copy>(trying: Bytes, after: Duration, cx: &mut Context<'_, O>) -> Self {
        cx.set(Letter::Trying, after);
        Self::Proceeding { last: Provisional::Prepared(trying) }
    }

    /// The INVITE came again.
    pub(super) fn request<O: Copy>(self, cx: &mut Context<'_, O>) -> Self {
        match &self {
            Self::Proceeding { last: Provisional::Sent(response) }
            | Self::Completed { response, .. } => cx.retransmit(response),
            // RFC 6026 7.1: in Accepted it is absorbed; the user repeats its 2xx by itself.
            _ => {}
        }
        self
    }

    pub(super) fn ack<O: Copy>(self, cx: &mut Context<'_, O>) -> (Self, AckFate) {
        match self {
            Self::Completed { .. } => {
                cx.cancel(Letter::G);
                cx.cancel(Letter::H);
                if cx.is_reliable() {
                    return (Self::Terminated, AckFate::Absorbed);
                }
                cx.set(Letter::I, cx.config.t4);
                (Self::Confirmed, AckFate::Absorbed)
            }
            Self::Accepted { .. } => (self, AckFate::PassUp),
            Self::Proceeding { .. } | Self::Confirmed | Self::Terminated => {
                (self, AckFate::Absorbed)
            }
        }
    }

    /// Whether the user may send a response with `status` now.
    pub(super) fn permits(&self, status: StatusCode) -> Result<(), TransactionError> {
        match self {
            Self::Proceeding { .. } => Ok(()),
            // RFC 6026 7.1
            Self::Accepted { .. } if status.is_success() => Ok(()),
            _ => Err(TransactionError::AlreadyAnswered),
        }
    }

    /// The user's response, which [`permits`](Self::permits) allowed.
    pub(super) fn respond<O: Copy>(
        self,
        status: StatusCode,
        response: Bytes,
        cx: &mut Context<'_, O>,
    ) -> Self {
        cx.transmit(&response);
        match self {
            Self::Proceeding { .. } => cx.cancel(Letter::Trying),
            // Timer L goes on from the first 2xx.
            _ => return Self::Accepted { response: Some(response) },
        }
        if status.is_provisional() {
            return Self::Proceeding { last: Provisional::Sent(response) };
        }
        if status.is_success() {
            cx.set(Letter::L, cx.config.timeout());
            return Self::Accepted { response: Some(response) };
        }
        let interval = cx.config.t1;
        if !cx.is_reliable() {
            cx.set(Letter::G, interval);
        }
        cx.set(Letter::H, cx.config.timeout());
        Self::Completed { response, interval }
    }

    pub(super) fn timer<O: Copy>(self, letter: Letter, cx: &mut Context<'_, O>) -> Self {
        match (self, letter) {
            (Self::Proceeding { last: Provisional::Prepared(trying) }, Letter::Trying) => {
                cx.transmit(&trying);
                Self::Proceeding { last: Provisional::Sent(trying) }
            }
            (Self::Completed { response, interval }, Letter::G) => {
                let interval = interval.saturating_mul(2).min(cx.config.t2);
                cx.retransmit(&response);
                cx.set(Letter::G, interval);
                Self::Completed { response, interval }
            }
            (Self::Completed { .. }, Letter::H) => {
                cx.timeout();
                Self::Terminated
            }
            (Self::Confirmed, Letter::I) | (Self::Accepted { .. }, Letter::L) => Self::Terminated,
            (state, _) => state,
        }
    }

    /// RFC 6026 7.1: the user is told, the state stays, a timer ends it.
    pub(super) fn transport_error<O: Copy>(self, cx: &mut Context<'_, O>) -> Self {
        match self {
            Self::Confirmed | Self::Terminated => {}
            _ => cx.transport_error(),
        }
        self
    }

    /// What was sent last, as long as it may be needed again.
    pub(super) fn last_response(&self) -> Option<&Bytes> {
        match self {
            Self::Proceeding { last: Provisional::Sent(response) }
            | Self::Completed { response, .. } => Some(response),
            Self::Accepted { response } => response.as_ref(),
            _ => None,
        }
    }

    /// The 2xx arrived, so its bytes are not needed any more.
    pub(super) fn acknowledged(self) -> Self {
        match self {
            Self::Accepted { .. } => Self::Accepted { response: None },
            state => state,
        }
    }

    pub(super) fn state(&self) -> TransactionState {
        match self {
            Self::Proceeding { .. } => TransactionState::Proceeding,
            Self::Accepted { .. } => TransactionState::Accepted,
            Self::Completed { .. } => TransactionState::Completed,
            Self::Confirmed => TransactionState::Confirmed,
            Self::Terminated => TransactionState::Terminated,
        }
    }
}
