//! The non-INVITE server transaction: RFC 3261 figure 8 with RFC 4320.
//!
//! ```text
//! Trying --100--> Proceeding --200-699--> Completed --J--> Terminated
//!   |  absorbed       |  again              again
//!   +-----------------+--the peer's F is over--> Terminated
//! ```

use bytes::Bytes;

use super::TransactionError;
use super::machine::{Context, Letter, TransactionState};
use crate::message::StatusCode;

/// Where the request stands, with the bytes that may have to go out again.
#[derive(Debug)]
pub(super) enum Server {
    Trying,
    Proceeding { response: Bytes },
    Completed { response: Bytes },
    Terminated,
}

impl Server {
    /// RFC 3261 17.2.2
    pub(super) fn start<O: Copy>(cx: &mut Context<'_, O>) -> Self {
        cx.set(Letter::Unanswered, cx.config.timeout());
        Self::Trying
    }

    /// The request came again.
    pub(super) fn request<O: Copy>(self, cx: &mut Context<'_, O>) -> Self {
        match &self {
            Self::Proceeding { response } | Self::Completed { response } => cx.retransmit(response),
            Self::Trying | Self::Terminated => {}
        }
        self
    }

    /// Whether the user may send a response with `status` now.
    pub(super) fn permits(&self, status: StatusCode) -> Result<(), TransactionError> {
        match self {
            Self::Completed { .. } | Self::Terminated => Err(TransactionError::AlreadyAnswered),
            // RFC 4320 4.1: of the provisional ones only 100. 4.2: never 408.
            _ if status.is_provisional() && status != StatusCode::TRYING => {
                Err(TransactionError::NotAllowed)
            }
            _ if status == StatusCode::REQUEST_TIMEOUT => Err(TransactionError::NotAllowed),
            _ => Ok(()),
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
        if status.is_provisional() {
            return Self::Proceeding { response };
        }
        cx.cancel(Letter::Unanswered);
        if cx.is_reliable() {
            return Self::Terminated;
        }
        cx.set(Letter::J, cx.config.timeout());
        Self::Completed { response }
    }

    pub(super) fn timer<O: Copy>(self, letter: Letter, _cx: &mut Context<'_, O>) -> Self {
        match (self, letter) {
            (Self::Completed { .. }, Letter::J)
            | (Self::Trying | Self::Proceeding { .. }, Letter::Unanswered) => Self::Terminated,
            (state, _) => state,
        }
    }

    pub(super) fn transport_error<O: Copy>(self, cx: &mut Context<'_, O>) -> Self {
        match self {
            Self::Proceeding { .. } | Self::Completed { .. } => {
                cx.transport_error();
                Self::Terminated
            }
            // Nothing was sent yet, so the failure is another transaction's.
            Self::Trying | Self::Terminated => self,
        }
    }

    pub(super) fn state(&self) -> TransactionState {
        match self {
            Self::Trying => TransactionState::Trying,
            Self::Proceeding { .. } => TransactionState::Proceeding,
            Self::Completed { .. } => TransactionState::Completed,
            Self::Terminated => TransactionState::Terminated,
        }
    }
}
