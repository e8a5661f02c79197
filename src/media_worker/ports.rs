//! The budget of RTP ports: even for RTP, the next odd one for RTCP (RFC 3550 11).

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};

use socket2::{Domain, Protocol, Socket, Type};

use super::command::Sockets;
use crate::error::Error;

/// Hands out neighbouring ports of a range, each call the next ones, so that a late packet of an ended
/// call does not meet a new one.
#[derive(Debug)]
pub(crate) struct PortRange {
    first: u16,
    /// Which pairs are in use by our own calls.
    used: Vec<bool>,
    free: usize,
    next: usize,
}

/// Pairs that may turn out to be other programs' before a call is told that there are none.
const TRIES: usize = 64;

impl PortRange {
    /// A range from `low` to `high`, inclusive; `low` is raised to an even port.
    pub(crate) fn new((low, high): (u16, u16)) -> Self {
        let first = low.checked_next_multiple_of(2).unwrap_or(u16::MAX);
        let pairs = usize::from(high.saturating_sub(first).saturating_add(1)) / 2;
        Self { first, used: vec![false; pairs], free: pairs, next: 0 }
    }

    /// How many calls may have media at a time.
    pub(crate) const fn pairs(&self) -> usize {
        self.used.len()
    }

    /// Binds the next free pair on `ip`; the port is RTP's.
    pub(crate) fn bind(&mut self, ip: IpAddr) -> Result<(u16, Sockets), Error> {
        let mut tries = 0;
        while self.free > 0 && tries < TRIES.min(self.free) {
            let index = self.next;
            self.next = (self.next + 1) % self.used.len();
            if self.used.get(index).copied().unwrap_or(true) {
                continue;
            }
            tries += 1;
            let port = self.first + u16::try_from(index * 2).unwrap_or(0);
            match bind_pair(ip, port) {
                Ok(sockets) => {
                    self.mark(port, true);
                    return Ok((port, sockets));
                }
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                Err(error) => return Err(Error::io(format!("RTP port {ip}:{port}"), &error)),
            }
        }
        Err(Error::Limit { what: "RTP ports", limit: self.used.len() })
    }

    /// The pair of this RTP port may be used again.
    pub(crate) fn release(&mut self, port: u16) {
        self.mark(port, false);
    }

    fn mark(&mut self, port: u16, in_use: bool) {
        let index = usize::from(port.saturating_sub(self.first) / 2);
        let Some(used) = self.used.get_mut(index) else { return };
        if *used != in_use {
            *used = in_use;
            self.free = if in_use { self.free - 1 } else { self.free + 1 };
        }
    }
}

fn bind_pair(ip: IpAddr, port: u16) -> io::Result<Sockets> {
    Ok(Sockets {
        rtp: bind(SocketAddr::new(ip, port))?,
        rtcp: bind(SocketAddr::new(ip, port + 1))?,
    })
}

fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[test]
    fn a_pair_is_an_even_port_and_the_next() {
        let mut range = PortRange::new((41_001, 41_009));
        let (port, pair) = range.bind(LOOPBACK).unwrap();
        assert_eq!(port % 2, 0);
        assert_eq!(pair.rtp.local_addr().unwrap().port(), port);
        assert_eq!(pair.rtcp.local_addr().unwrap().port(), port + 1);
    }

    #[test]
    fn a_used_up_range_says_so() {
        let mut range = PortRange::new((41_020, 41_023));
        let mut held: Vec<_> = (0..2).map(|_| range.bind(LOOPBACK).unwrap()).collect();
        let used_up = Error::Limit { what: "RTP ports", limit: 2 };
        assert_eq!(range.bind(LOOPBACK).unwrap_err(), used_up);
        let (port, sockets) = held.pop().unwrap();
        drop(sockets);
        assert_eq!(range.bind(LOOPBACK).unwrap_err(), used_up, "not before it is released");
        range.release(port);
        assert_eq!(range.bind(LOOPBACK).unwrap().0, port);
    }

    #[test]
    fn a_range_without_a_pair_is_empty() {
        for range in [(16_385, 16_386), (65_535, 65_535), (10, 9)] {
            assert_eq!(PortRange::new(range).pairs(), 0);
        }
        assert_eq!(PortRange::new((16_384, 16_385)).pairs(), 1);
    }
}
