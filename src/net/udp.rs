//! The UDP sockets that carry SIP.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use bytes::Bytes;
use sipua_core::transport::{Flow, Protocol};
use socket2::{Domain, SockRef, Socket, Type};
use tokio::io::ReadBuf;
use tokio::net::UdpSocket;

use crate::address::ListenAddress;
use crate::config::Bound;
use crate::error::Error;

/// What the system may keep for us while we are busy; asked for, not demanded.
const RECEIVE_BUFFER: usize = 4 << 20;
/// The longest datagram there is.
const DATAGRAM: usize = 65_535;

/// A datagram and where it came from and to.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) listener: SocketAddr,
    pub(crate) remote: SocketAddr,
    pub(crate) data: Bytes,
}

/// All UDP listeners of a user agent.
#[derive(Debug)]
pub(crate) struct UdpListeners {
    sockets: Vec<(SocketAddr, UdpSocket)>,
    buffer: Box<[u8]>,
    /// The socket that is asked first, so that a busy one does not starve the others.
    turn: usize,
}

impl UdpListeners {
    /// Binds every address, or says which one could not be bound.
    pub(crate) fn bind(addresses: &[ListenAddress]) -> Result<(Self, Vec<Bound>), Error> {
        let mut sockets = Vec::with_capacity(addresses.len());
        let mut bound = Vec::with_capacity(addresses.len());
        for &asked in addresses {
            let opened = bind(asked.address).and_then(|socket| Ok((socket.local_addr()?, socket)));
            let (address, socket) =
                opened.map_err(|error| Error::io(format!("cannot listen on {asked}"), &error))?;
            bound.push(Bound { asked, address });
            sockets.push((address, socket));
        }
        Ok((Self { sockets, buffer: vec![0; DATAGRAM].into(), turn: 0 }, bound))
    }

    /// The listeners' own addresses.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.sockets.iter().map(|(address, _)| *address)
    }

    /// The next datagram of any listener.
    pub(crate) fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Received> {
        let count = self.sockets.len();
        for offset in 0..count {
            let index = (self.turn + offset) % count;
            let Some((listener, socket)) = self.sockets.get(index) else { continue };
            loop {
                let mut buffer = ReadBuf::new(&mut self.buffer);
                match socket.poll_recv_from(context, &mut buffer) {
                    Poll::Ready(Ok(remote)) => {
                        self.turn = (index + 1) % count;
                        let data = Bytes::copy_from_slice(buffer.filled());
                        return Poll::Ready(Received { listener: *listener, remote, data });
                    }
                    // An ICMP error of an earlier transmission, read off the socket.
                    Poll::Ready(Err(error)) => tracing::debug!(%error, "a UDP socket complains"),
                    Poll::Pending => break,
                }
            }
        }
        Poll::Pending
    }

    /// Sends from the listener that the flow names. SIP over UDP is sent again when it is lost, so a
    /// full buffer is a loss like any other; any other error is the flow's end.
    pub(crate) fn send(&self, flow: Flow, data: &[u8]) -> io::Result<()> {
        if flow.protocol != Protocol::Udp {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "only UDP is carried"));
        }
        let same_port = |address: &SocketAddr| {
            address.port() == flow.local.port() && address.is_ipv4() == flow.remote.is_ipv4()
        };
        let exact = self.sockets.iter().find(|(address, _)| *address == flow.local);
        let (_, socket) = exact
            .or_else(|| self.sockets.iter().find(|(address, _)| same_port(address)))
            .ok_or_else(|| io::Error::new(io::ErrorKind::AddrNotAvailable, "no such listener"))?;
        // Straight to the system: the runtime would not try before it has once seen the socket ready.
        let socket = SockRef::from(socket);
        let remote = flow.remote.into();
        match socket.send_to(data, &remote) {
            Ok(_) => Ok(()),
            Err(error) if is_loss(&error) => {
                tracing::debug!(%error, remote = %flow.remote, "a datagram is lost at once");
                Ok(())
            }
            // ICMP said that nobody listened to an earlier datagram; this one was not sent.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                socket.send_to(data, &remote).map(drop)
            }
            Err(error) => Err(error),
        }
    }
}

/// Full buffers, a full connection table, a datagram that is too long: one datagram is lost, and the
/// next may pass.
fn is_loss(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, OutOfMemory, PermissionDenied, WouldBlock};
    const TOO_LONG: i32 = 90;
    const NO_BUFFER: i32 = 105;
    matches!(error.kind(), WouldBlock | Interrupted | OutOfMemory | PermissionDenied)
        || cfg!(target_os = "linux") && matches!(error.raw_os_error(), Some(TOO_LONG | NO_BUFFER))
}

fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, None)?;
    socket.set_nonblocking(true)?;
    if let Err(error) = socket.set_recv_buffer_size(RECEIVE_BUFFER) {
        tracing::debug!(%error, "the system keeps its own size of receive buffer");
    }
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())?;
    UdpSocket::from_std(socket.into())
}
