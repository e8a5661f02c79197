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
    pairs: u16,
    next: u16,
}

impl PortRange {
    /// A range from `low` to `high`, inclusive; `low` is raised to an even port.
    pub(crate) const fn new((low, high): (u16, u16)) -> Self {
        let first = low.next_multiple_of(2);
        Self { first, pairs: (high.saturating_sub(first).saturating_add(1)) / 2, next: 0 }
    }

    /// Binds the next free pair on `ip`.
    pub(crate) fn bind(&mut self, ip: IpAddr) -> Result<Sockets, Error> {
        for _ in 0..self.pairs {
            let port = self.first + self.next * 2;
            self.next = (self.next + 1) % self.pairs;
            match bind_pair(ip, port) {
                Ok(sockets) => return Ok(sockets),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                Err(error) => return Err(Error::io(format!("RTP port {ip}:{port}"), &error)),
            }
        }
        Err(Error::Limit { what: "RTP ports", limit: usize::from(self.pairs) })
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
        let pair = range.bind(LOOPBACK).unwrap();
        let port = pair.rtp.local_addr().unwrap().port();
        assert_eq!(port % 2, 0);
        assert_eq!(pair.rtcp.local_addr().unwrap().port(), port + 1);
    }

    #[test]
    fn a_used_up_range_says_so() {
        let mut range = PortRange::new((41_020, 41_023));
        let held: Vec<_> = (0..2).map(|_| range.bind(LOOPBACK).unwrap()).collect();
        assert_eq!(range.bind(LOOPBACK).unwrap_err(), Error::Limit { what: "RTP ports", limit: 2 });
        drop(held);
        assert!(range.bind(LOOPBACK).is_ok(), "a freed pair is to be had again");
    }
}
