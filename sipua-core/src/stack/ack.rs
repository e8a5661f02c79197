//! The ACK for a 2xx: made by the dialog's owner, not by a transaction (RFC 3261 13.2.2.4).

use bytes::Bytes;

use super::{Owner, Stack};
use crate::event::ResolveId;
use crate::message::{Request, Uri};
use crate::transport::Flow;

/// An ACK on its way, kept to be sent again for each repetition of the 2xx.
#[derive(Debug)]
pub(crate) enum Ack {
    /// The application owes the answer that goes into it.
    Owed,
    /// Its first hop is being looked up.
    Looking { id: ResolveId, request: Box<Request> },
    /// Sent; these bytes answer every repetition.
    Sent { flow: Flow, data: Bytes },
    /// Its first hop cannot be reached.
    Lost,
}

impl Ack {
    /// Sends `request` to `hop`: over `flow` when that leads there, else after a lookup.
    pub(crate) fn start(
        request: Request,
        hop: &Uri,
        flow: Flow,
        owner: Owner,
        stack: &mut Stack,
    ) -> Self {
        if leads_to(flow, hop) {
            return Self::send(request, flow, stack);
        }
        match stack.lookup(owner, hop) {
            Some(id) => Self::Looking { id, request: Box::new(request) },
            None => Self::Lost,
        }
    }

    /// The 2xx came again.
    pub(crate) fn repeat(&self, stack: &mut Stack) {
        if let Self::Sent { flow, data } = self {
            stack.send(*flow, data.clone());
        }
    }

    /// A lookup is answered; false when it was not this one.
    pub(crate) fn resolved(&mut self, id: ResolveId, routes: &[Flow], stack: &mut Stack) -> bool {
        match std::mem::replace(self, Self::Lost) {
            Self::Looking { id: mine, request } if mine == id => {
                if let Some(&flow) = routes.first() {
                    *self = Self::send(*request, flow, stack);
                }
                true
            }
            other => {
                *self = other;
                false
            }
        }
    }

    fn send(request: Request, flow: Flow, stack: &mut Stack) -> Self {
        match stack.acknowledge(request, flow) {
            Some(data) => Self::Sent { flow, data },
            None => Self::Lost,
        }
    }
}

/// Whether a flow's other end is where `hop` points, or is a connection, which outranks an address
/// that may be unreachable from here (behind NAT, or `.invalid` over WebSocket).
pub(super) fn leads_to(flow: Flow, hop: &Uri) -> bool {
    use crate::transport::Query;
    if flow.protocol.is_reliable() {
        return !hop.is_secure() || flow.protocol.is_secure();
    }
    matches!(
        Query::for_uri(hop),
        Ok(Query::Address { protocol, address }) if protocol == flow.protocol && address == flow.remote
    )
}
