//! Packets of a capture file: classic pcap of either byte order, raw IP or Ethernet, UDP only.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use crate::Result;

/// One UDP packet.
#[derive(Clone, Debug)]
pub(crate) struct Packet {
    /// Seconds since the capture's epoch.
    pub(crate) time: f64,
    pub(crate) source: SocketAddr,
    pub(crate) destination: SocketAddr,
    pub(crate) payload: Vec<u8>,
}

/// Reads every UDP packet of a file, in the order of time.
pub(crate) fn read(path: &Path) -> Result<Vec<Packet>> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    parse(&bytes).ok_or_else(|| {
        format!("{}: not a capture file that is understood here", path.display()).into()
    })
}

fn parse(bytes: &[u8]) -> Option<Vec<Packet>> {
    let little = match bytes.get(..4)? {
        [0xd4, 0xc3, 0xb2, 0xa1] | [0x4d, 0x3c, 0xb2, 0xa1] => true,
        [0xa1, 0xb2, 0xc3, 0xd4] | [0xa1, 0xb2, 0x3c, 0x4d] => false,
        _ => return None,
    };
    let fraction = if bytes[..4].contains(&0x3c) { 1e-9 } else { 1e-6 };
    let number = |at: usize| {
        let four: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(if little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) })
    };
    let link_header = match number(20)? {
        1 => 14,
        101 | 228 | 229 => 0,
        _ => return None,
    };
    let (mut at, mut packets) = (24, Vec::new());
    while let (Some(seconds), Some(part), Some(length)) =
        (number(at), number(at + 4), number(at + 8))
    {
        let Some(frame) = bytes.get(at + 16..at + 16 + length as usize) else { break };
        let time = f64::from(seconds) + f64::from(part) * fraction;
        packets.extend(frame.get(link_header..).and_then(|packet| udp(packet, time)));
        at += 16 + length as usize;
    }
    packets.sort_by(|a, b| a.time.total_cmp(&b.time));
    Some(packets)
}

fn udp(packet: &[u8], time: f64) -> Option<Packet> {
    let (source, destination, datagram) = match packet.first()? >> 4 {
        4 if packet.get(9) == Some(&17) => {
            let address = |at: usize| -> Option<IpAddr> {
                let four: [u8; 4] = packet.get(at..at + 4)?.try_into().ok()?;
                Some(Ipv4Addr::from(four).into())
            };
            (address(12)?, address(16)?, packet.get(usize::from(packet[0] & 15) * 4..)?)
        }
        6 if packet.get(6) == Some(&17) => {
            let address = |at: usize| -> Option<IpAddr> {
                let sixteen: [u8; 16] = packet.get(at..at + 16)?.try_into().ok()?;
                Some(Ipv6Addr::from(sixteen).into())
            };
            (address(8)?, address(24)?, packet.get(40..)?)
        }
        _ => return None,
    };
    let port = |at: usize| Some(u16::from_be_bytes(datagram.get(at..at + 2)?.try_into().ok()?));
    Some(Packet {
        time,
        source: SocketAddr::new(source, port(0)?),
        destination: SocketAddr::new(destination, port(2)?),
        payload: datagram.get(8..)?.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn raw_ip_packets_are_read_and_a_cut_tail_is_left() {
        let mut file = vec![
            0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 101, 0,
            0, 0,
        ];
        let mut packet = vec![0x45, 0, 0, 30, 0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 2];
        packet.extend([0x13, 0xc4, 0x13, 0xc6, 0, 10, 0, 0, b'h', b'i']);
        for _ in 0..2 {
            file.extend([7, 0, 0, 0, 0x20, 0xa1, 7, 0, 30, 0, 0, 0, 30, 0, 0, 0]);
            file.extend(&packet);
        }
        file.truncate(file.len() - 1);
        let packets = parse(&file).unwrap();
        assert_eq!(packets.len(), 1);
        assert_eq!(packets[0].payload, b"hi");
        assert_eq!(packets[0].source.to_string(), "127.0.0.1:5060");
        assert_eq!(packets[0].destination.to_string(), "127.0.0.2:5062");
        assert!((packets[0].time - 7.5).abs() < 1e-9);
    }
}
