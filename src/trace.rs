//! Every SIP message as it crosses the socket, for those who look for a fault.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

/// A SIP message, or a keep-alive, as it crossed the socket.
#[derive(Debug, Clone, Copy)]
pub struct TracedMessage<'a> {
    /// We sent it.
    pub sent: bool,
    /// Our address.
    pub local: SocketAddr,
    /// The peer's address.
    pub remote: SocketAddr,
    /// The bytes.
    pub data: &'a [u8],
}

/// A function that is told of every SIP message. It runs in the signalling loop: it must not wait.
#[derive(Clone)]
pub struct Trace(Arc<dyn Fn(TracedMessage<'_>) + Send + Sync>);

impl Trace {
    /// Calls `function` for every message.
    pub fn new(function: impl Fn(TracedMessage<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(function))
    }

    pub(crate) fn message(&self, message: TracedMessage<'_>) {
        (self.0)(message);
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Trace(…)")
    }
}
