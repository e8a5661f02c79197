//! The ACK for a 2xx: made by the dialog's owner, not by a transaction (RFC 3261 13.2.2.4).

use std::net::IpAddr;

use bytes::Bytes;

use super::{Owner, Stack};
use crate::event::ResolveId;
use crate::message::{Request, Uri};
use crate::transport::{Flow, Query};

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

/// Whether a flow's other end is where `hop` points, or outranks an address that leads nowhere from
/// here: a connection does, and so does a source outside the private network that the address is in.
pub(super) fn leads_to(flow: Flow, hop: &Uri) -> bool {
    if flow.protocol.is_reliable() {
        return !hop.is_secure() || flow.protocol.is_secure();
    }
    match Query::for_uri(hop) {
        Ok(Query::Address { protocol, address }) if protocol == flow.protocol => {
            address == flow.remote || is_private(address.ip()) && !is_private(flow.remote.ip())
        }
        // RFC 2606 2: such a name is made not to be found.
        Ok(query) => query.name().is_some_and(|name| name.ends_with(".invalid")),
        Err(_) => false,
    }
}

/// Addresses that only their own network can reach (RFC 1918, RFC 6598, RFC 4193, link-local).
fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            let shared = a == 100 && (64..128).contains(&b);
            ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_unspecified()
                || shared
        }
        IpAddr::V6(ip) => {
            ip.is_unique_local()
                || ip.is_unicast_link_local()
                || ip.is_loopback()
                || ip.is_unspecified()
        }
    }
}
