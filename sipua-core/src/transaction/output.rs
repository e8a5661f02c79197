//! What comes out of the transactions, and what is counted instead of coming out.

use std::collections::VecDeque;

use bytes::Bytes;

use super::TransactionId;
use crate::message::{Request, Response};
use crate::transport::Flow;

/// Where the transactions put what follows from an input; the caller lends it and drains it.
pub type Outbox<O> = VecDeque<TransactionOutput<O>>;

/// Something for the transport or for the transaction user. `O` is the user's own owner token.
#[derive(Debug, Clone)]
pub enum TransactionOutput<O> {
    /// Bytes for the transport.
    Transmit {
        /// Which way.
        flow: Flow,
        /// The whole message.
        data: Bytes,
    },
    /// A new request, with its server transaction; never an ACK or a CANCEL.
    Request {
        /// The server transaction, to be answered with [`respond`](super::Transactions::respond).
        id: TransactionId,
        /// The request; its top Via tells where it came from.
        request: Request,
        /// Where it came from, which is not always where the response goes.
        flow: Flow,
    },
    /// An ACK for a 2xx, or one that belongs to nothing.
    Ack {
        /// The ACK.
        request: Request,
        /// Where it came from.
        flow: Flow,
    },
    /// The peer gave up an INVITE that has no final response yet. The CANCEL is answered already; the
    /// INVITE wants its 487 (RFC 3261 9.2).
    Cancel {
        /// The INVITE's server transaction.
        id: TransactionId,
        /// The owner that was set for the INVITE.
        owner: Option<O>,
        /// The CANCEL, for its Reason.
        request: Request,
    },
    /// A response to a request of ours. Of an INVITE every 2xx comes, repeated ones and those of other
    /// forks too.
    Response {
        /// The client transaction.
        id: TransactionId,
        /// Its owner.
        owner: O,
        /// The response.
        response: Response,
    },
    /// A 2xx to an INVITE whose transaction is gone or was answered otherwise: it wants an ACK again, or
    /// an ACK and a BYE.
    StrayResponse {
        /// The response.
        response: Response,
        /// Where it came from.
        flow: Flow,
    },
    /// No final response came to our request, or no ACK to our 3xx-6xx. [`Ended`](Self::Ended) follows.
    Timeout {
        /// The transaction.
        id: TransactionId,
        /// Its owner.
        owner: Option<O>,
    },
    /// The transport failed. [`Ended`](Self::Ended) follows, except for the server transaction of an
    /// INVITE, which goes on (RFC 6026 7.1), and for a client one that has its 2xx.
    TransportError {
        /// The transaction.
        id: TransactionId,
        /// Its owner.
        owner: Option<O>,
    },
    /// The transaction is gone. Comes once for each.
    Ended {
        /// The transaction.
        id: TransactionId,
        /// Its owner.
        owner: Option<O>,
    },
}

/// How much of what came and went was not passed to the transaction user.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TransactionCounters {
    /// Requests without a top Via that could be read, so that no answer could be sent, and INVITEs
    /// whose answers would have to repeat more than 32 KB.
    pub bad_requests: u64,
    /// Responses without a readable Via or CSeq, or with more than one Via (RFC 3261 8.1.3.3).
    pub bad_responses: u64,
    /// Responses that matched no transaction and were not a 2xx to an INVITE.
    pub stray_responses: u64,
    /// Responses that matched a transaction in a state that has no use for them.
    pub late_responses: u64,
    /// Requests answered 482 (RFC 3261 8.2.2.2).
    pub merged_requests: u64,
    /// Requests answered 503 because there were too many server transactions.
    pub overload: u64,
    /// CANCEL requests answered 481.
    pub unmatched_cancels: u64,
    /// ACK requests for a 3xx-6xx, also repeated ones.
    pub absorbed_acks: u64,
    /// Requests that came again.
    pub repeated_requests: u64,
    /// Requests and responses that we sent again.
    pub retransmissions: u64,
}
