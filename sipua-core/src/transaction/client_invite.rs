//! The INVITE client transaction: RFC 3261 figure 5 as RFC 6026 figure 1 redraws it.
//!
//! ```text
//! Calling --1xx--> Proceeding --2xx--> Accepted  --M--> Terminated
//!    |  A: again       |
//!    |                 +--3xx-6xx--> Completed --D--> Terminated
//!    +--B--> Terminated               3xx-6xx: ACK again
//! ```

use std::time::Duration;

use bytes::Bytes;

use super::follow_up;
use super::machine::{Context, Letter, TransactionState};
use crate::message::{Request, Response};
use crate::transport::Flow;

/// Where the INVITE stands, with the bytes that may have to go out again.
#[derive(Debug)]
pub(super) enum ClientInvite {
    Calling { invite: Box<Request>, data: Bytes, interval: Duration },
    Proceeding { invite: Box<Request> },
    Accepted,
    Completed { ack: Bytes },
    Terminated,
}

impl ClientInvite {
    /// RFC 3261 17.1.1.2
    pub(super) fn start<O: Copy>(
        invite: Box<Request>,
        data: Bytes,
        cx: &mut Context<'_, O>,
    ) -> Self {
        let interval = cx.config.t1;
        cx.transmit(&data);
        if !cx.is_reliable() {
            cx.set(Letter::A, interval);
        }
        cx.set(Letter::B, cx.config.timeout());
        Self::Calling { invite, data, interval }
    }

    pub(super) fn response<O: Copy>(
        self,
        response: Response,
        source: Flow,
        cx: &mut Context<'_, O>,
    ) -> Self {
        let status = response.status;
        match self {
            Self::Calling { invite, .. } | Self::Proceeding { invite } => {
                cx.cancel(Letter::A);
                cx.cancel(Letter::B);
                if status.is_provisional() {
                    cx.pass_up(response);
                    return Self::Proceeding { invite };
                }
                cx.cancel(Letter::Cancelled);
                if status.is_success() {
                    // RFC 6026 7.2
                    cx.set(Letter::M, cx.config.timeout());
                    cx.pass_up(response);
                    return Self::Accepted;
                }
                Self::complete(&invite, response, cx)
            }
            Self::Accepted if status.is_success() => {
                cx.pass_up(response);
                Self::Accepted
            }
            Self::Completed { ack } if status.is_success() => {
                // Another fork said yes although one said no: its dialog has to be ended.
                cx.pass_up_stray(response, source);
                Self::Completed { ack }
            }
            Self::Completed { ack } if status.is_final() => {
                cx.retransmit(&ack);
                Self::Completed { ack }
            }
            state => {
                cx.counters.late_responses += 1;
                state
            }
        }
    }

    /// A 3xx-6xx: the ACK goes the way the INVITE went (RFC 3261 17.1.1.2).
    fn complete<O: Copy>(invite: &Request, response: Response, cx: &mut Context<'_, O>) -> Self {
        let ack = follow_up::ack(invite, &response).to_bytes();
        cx.transmit(&ack);
        cx.pass_up(response);
        if cx.is_reliable() {
            return Self::Terminated;
        }
        // "At least 32 seconds", which is what the server's H lasts with the usual T1.
        cx.set(Letter::D, cx.config.timeout().max(Duration::from_secs(32)));
        Self::Completed { ack }
    }

    pub(super) fn timer<O: Copy>(self, letter: Letter, cx: &mut Context<'_, O>) -> Self {
        match (self, letter) {
            (Self::Calling { invite, data, interval }, Letter::A) => {
                let interval = interval.saturating_mul(2);
                cx.retransmit(&data);
                cx.set(Letter::A, interval);
                Self::Calling { invite, data, interval }
            }
            (Self::Calling { .. }, Letter::B) | (Self::Proceeding { .. }, Letter::Cancelled) => {
                cx.timeout();
                Self::Terminated
            }
            (Self::Completed { .. }, Letter::D) | (Self::Accepted, Letter::M) => Self::Terminated,
            (state, _) => state,
        }
    }

    pub(super) fn transport_error<O: Copy>(self, cx: &mut Context<'_, O>) -> Self {
        match self {
            // Nothing of ours is on its way, so a lost datagram is another transaction's. A lost
            // connection was the way of the responses.
            Self::Proceeding { .. } if !cx.is_reliable() => self,
            Self::Accepted | Self::Terminated => self,
            Self::Calling { .. } | Self::Proceeding { .. } | Self::Completed { .. } => {
                cx.transport_error();
                Self::Terminated
            }
        }
    }

    /// The INVITE while a CANCEL may follow it (RFC 3261 9.1).
    pub(super) fn cancellable(&self) -> Option<&Request> {
        match self {
            Self::Proceeding { invite } => Some(invite),
            _ => None,
        }
    }

    pub(super) fn state(&self) -> TransactionState {
        match self {
            Self::Calling { .. } => TransactionState::Calling,
            Self::Proceeding { .. } => TransactionState::Proceeding,
            Self::Accepted => TransactionState::Accepted,
            Self::Completed { .. } => TransactionState::Completed,
            Self::Terminated => TransactionState::Terminated,
        }
    }
}
