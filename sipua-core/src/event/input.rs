//! What the network brings.

use bytes::Bytes;

use super::ResolveId;
use crate::transport::Flow;

/// What the driver hands to [`Endpoint::handle_input`](crate::endpoint::Endpoint::handle_input).
#[derive(Debug, Clone)]
pub enum Input {
    /// One datagram (UDP) or one WebSocket message arrived.
    Datagram {
        /// Where it arrived (`local`) and came from (`remote`).
        flow: Flow,
        /// The whole datagram.
        data: Bytes,
    },
    /// Bytes arrived on a connection, in order, cut anywhere.
    StreamData {
        /// The connection.
        flow: Flow,
        /// The bytes.
        data: Bytes,
    },
    /// A connection ended, or could not be made; what waits on it fails.
    Closed {
        /// The connection.
        flow: Flow,
    },
    /// Something sent to this flow could not be sent (ICMP error, refused, no route).
    TransmitFailed {
        /// The flow of the [`Output::Transmit`](super::Output::Transmit).
        flow: Flow,
    },
    /// The answer to [`Output::Resolve`](super::Output::Resolve).
    Resolved {
        /// The number in the question.
        id: ResolveId,
        /// The flows to try, in order (RFC 3263 4.2). `local` is the address to advertise in Via and
        /// Contact. Empty: nothing was found.
        routes: Vec<Flow>,
    },
}
