//! What can be wrong with a command to the transactions.

/// Why a transaction did not take a request or a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TransactionError {
    /// The transaction is over.
    #[error("the transaction is over")]
    Gone,
    /// A final response was sent already.
    #[error("the request is answered already")]
    AlreadyAnswered,
    /// RFC 4320 forbids 408 and 101 to 199 to anything but an INVITE; ACK and CANCEL have no client
    /// transaction of the user's.
    #[error("this message cannot be sent here")]
    NotAllowed,
    /// The request's CSeq is missing or names another method.
    #[error("the request has no CSeq that fits")]
    Malformed,
    /// The message does not fit a datagram.
    #[error("the message is too large for a datagram")]
    TooLarge,
    /// Four billion transactions at once.
    #[error("there are too many transactions")]
    Exhausted,
}

/// Why an INVITE cannot be cancelled now (RFC 3261 9.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CancelError {
    /// No provisional response came yet; a CANCEL must wait for one.
    #[error("no response came yet")]
    NotYet,
    /// A final response came, or a CANCEL was sent already.
    #[error("it is too late to cancel")]
    TooLate,
    /// There is no such INVITE.
    #[error("the transaction is over")]
    Gone,
}
