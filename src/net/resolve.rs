//! Names to addresses, and the local address that leads to a peer.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use sipua_core::event::ResolveId;
use sipua_core::transport::{Flow, Protocol, Query};
use tokio::task::JoinSet;

/// Routes remembered at a time; past it they are all looked up anew.
const ROUTES: usize = 4_096;
/// How long a route is believed: networks change.
const ROUTE_LIFE: Duration = Duration::from_secs(30);

/// Which of our addresses a peer is reached from.
#[derive(Debug)]
pub(crate) struct LocalAddresses {
    listeners: Vec<SocketAddr>,
    advertised: Option<IpAddr>,
    routes: HashMap<IpAddr, (IpAddr, Instant)>,
}

impl LocalAddresses {
    pub(crate) fn new(listeners: Vec<SocketAddr>, advertised: Option<IpAddr>) -> Self {
        Self { listeners, advertised, routes: HashMap::new() }
    }

    /// The address we show to `remote` for this listener.
    pub(crate) fn shown(&mut self, listener: SocketAddr, remote: IpAddr) -> SocketAddr {
        let ip = match self.advertised {
            Some(ip) if ip.is_ipv4() == listener.is_ipv4() => ip,
            _ if listener.ip().is_unspecified() => self.toward(remote),
            _ => listener.ip(),
        };
        SocketAddr::new(ip, listener.port())
    }

    /// The flow to a peer, from the first listener that can reach it.
    pub(crate) fn flow(&mut self, remote: SocketAddr) -> Option<Flow> {
        let fits = |address: &&SocketAddr| {
            address.is_ipv4() == remote.is_ipv4()
                && (!address.ip().is_loopback() || remote.ip().is_loopback())
        };
        let listener = self.listeners.iter().find(fits).copied()?;
        let local = self.shown(listener, remote.ip());
        Some(Flow { protocol: Protocol::Udp, local, remote })
    }

    /// Where the media of a call that uses this flow is bound, and what is shown of it: the same, but
    /// behind a mapping that the configuration names.
    pub(crate) fn media(&mut self, flow: Flow) -> (IpAddr, IpAddr) {
        let remote = flow.remote.ip();
        let listeners = self.listeners.clone();
        let listener = listeners
            .into_iter()
            .filter(|listener| listener.is_ipv4() == remote.is_ipv4())
            .find(|&listener| self.shown(listener, remote) == flow.local);
        let bound = match listener {
            Some(listener) if !listener.ip().is_unspecified() => listener.ip(),
            Some(_) if self.advertised.is_some() => self.toward(remote),
            _ => flow.local.ip(),
        };
        (bound, flow.local.ip())
    }

    /// The address the system would send from. Connecting a UDP socket sends nothing.
    fn toward(&mut self, remote: IpAddr) -> IpAddr {
        if let Some((known, found)) = self.routes.get(&remote)
            && found.elapsed() < ROUTE_LIFE
        {
            return *known;
        }
        let any: IpAddr = match remote {
            IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let found = UdpSocket::bind((any, 0)).and_then(|socket| {
            socket.connect((remote, 9))?;
            Ok(socket.local_addr()?.ip())
        });
        let ip = match found {
            Ok(ip) => ip,
            Err(error) => {
                tracing::warn!(%error, %remote, "there is no route");
                return any;
            }
        };
        if self.routes.len() >= ROUTES {
            self.routes.clear();
        }
        self.routes.insert(remote, (ip, Instant::now()));
        ip
    }
}

/// Lookups under way.
#[derive(Debug, Default)]
pub(crate) struct Resolver {
    lookups: JoinSet<(ResolveKey, Vec<SocketAddr>)>,
}

/// Who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResolveKey {
    /// The protocol core, for a next hop.
    Hop(ResolveId),
    /// The driver, for the media of a call.
    Media(sipua_core::event::CallId),
}

impl Resolver {
    /// The addresses when there is nothing to look up; otherwise begins the lookup.
    pub(crate) fn resolve(&mut self, key: ResolveKey, query: &Query) -> Option<Vec<SocketAddr>> {
        // RFC 3261 26.2.2: what asks for another transport is never sent in the clear over UDP.
        let secure = matches!(query, Query::Domain { secure: true, .. });
        if secure || query.protocol().is_some_and(|protocol| protocol != Protocol::Udp) {
            tracing::info!(?query, "only UDP is carried");
            return Some(Vec::new());
        }
        match query {
            Query::Address { address, .. } => Some(vec![*address]),
            Query::Host { name, port, .. } => self.look_up(key, name.clone(), *port),
            // RFC 3263 4.2, last resort: no SRV records, so the name's own addresses.
            Query::Service { protocol, name } => {
                self.look_up(key, name.clone(), protocol.default_port())
            }
            Query::Domain { name, .. } => {
                self.look_up(key, name.clone(), sipua_core::transport::DEFAULT_PORT)
            }
        }
    }

    fn look_up(&mut self, key: ResolveKey, name: String, port: u16) -> Option<Vec<SocketAddr>> {
        self.lookups.spawn(async move {
            let found = match tokio::net::lookup_host((name.as_str(), port)).await {
                Ok(addresses) => addresses.collect(),
                Err(error) => {
                    tracing::info!(%error, name, "a name was not found");
                    Vec::new()
                }
            };
            (key, found)
        });
        None
    }

    /// The next lookup that is done; never, while none is under way.
    pub(crate) async fn next(&mut self) -> (ResolveKey, Vec<SocketAddr>) {
        loop {
            match self.lookups.join_next().await {
                Some(Ok(found)) => return found,
                Some(Err(error)) => tracing::error!(%error, "a lookup broke off"),
                None => std::future::pending().await,
            }
        }
    }
}
