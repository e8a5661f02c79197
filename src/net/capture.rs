//! Every packet of a user agent as a capture file, readable by the usual analysers.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::Error;

/// Packets on their way to the disk; past it they are dropped and counted.
const QUEUE: usize = 16_384;
/// The link type of packets that begin with their IP header.
const LINKTYPE_RAW: u32 = 101;
const UDP: u8 = 17;
const UDP_HEADER: usize = 8;

/// Where packets are handed over; cheap to clone, never waits. With the last clone the file is complete.
#[derive(Debug, Clone)]
pub(crate) struct Capture(Arc<Writing>);

#[derive(Debug)]
struct Writing {
    packets: Option<SyncSender<Packet>>,
    dropped: AtomicU64,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.packets = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Packet {
    time: Duration,
    source: SocketAddr,
    destination: SocketAddr,
    data: Box<[u8]>,
}

impl Capture {
    /// Creates the file and the thread that writes it. The thread ends with the last clone.
    pub(crate) fn create(path: &Path) -> Result<Self, Error> {
        let what = || format!("cannot write the capture {}", path.display());
        let mut file =
            BufWriter::new(File::create(path).map_err(|error| Error::io(what(), &error))?);
        write_file_header(&mut file).map_err(|error| Error::io(what(), &error))?;
        let (packets, queue) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("sipua-capture".to_owned())
            .spawn(move || {
                if let Err(error) = write_packets(&mut file, &queue) {
                    tracing::error!(%error, "the capture broke off");
                }
            })
            .map_err(|error| Error::io(what(), &error))?;
        let dropped = AtomicU64::new(0);
        Ok(Self(Arc::new(Writing { packets: Some(packets), dropped, thread: Some(thread) })))
    }

    pub(crate) fn packet(&self, source: SocketAddr, destination: SocketAddr, data: &[u8]) {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let packet = Packet { time, source, destination, data: data.into() };
        let taken = self.0.packets.as_ref().is_some_and(|queue| queue.try_send(packet).is_ok());
        if !taken {
            let dropped = self.0.dropped.fetch_add(1, Ordering::Relaxed) + 1;
            tracing::warn!(dropped, "packets were left out of the capture");
        }
    }
}

fn write_packets(file: &mut BufWriter<File>, queue: &Receiver<Packet>) -> io::Result<()> {
    while let Ok(packet) = queue.recv() {
        packet.write(file)?;
        while let Ok(packet) = queue.try_recv() {
            packet.write(file)?;
        }
        // A killed process leaves all but the last moment.
        file.flush()?;
    }
    file.flush()
}

fn write_file_header(file: &mut impl Write) -> io::Result<()> {
    file.write_all(&0xa1b2_c3d4_u32.to_le_bytes())?;
    file.write_all(&2_u16.to_le_bytes())?;
    file.write_all(&4_u16.to_le_bytes())?;
    file.write_all(&[0; 8])?;
    file.write_all(&262_144_u32.to_le_bytes())?;
    file.write_all(&LINKTYPE_RAW.to_le_bytes())
}

impl Packet {
    fn write(&self, file: &mut impl Write) -> io::Result<()> {
        let udp_length = UDP_HEADER + self.data.len();
        let ip = self.ip_header(udp_length);
        let length = u32::try_from(ip.len() + udp_length).unwrap_or(u32::MAX);
        let seconds = u32::try_from(self.time.as_secs()).unwrap_or(u32::MAX);
        for field in [seconds, self.time.subsec_micros(), length, length] {
            file.write_all(&field.to_le_bytes())?;
        }
        file.write_all(&ip)?;
        let udp_length = u16::try_from(udp_length).unwrap_or(u16::MAX);
        for field in [self.source.port(), self.destination.port(), udp_length, 0] {
            file.write_all(&field.to_be_bytes())?;
        }
        file.write_all(&self.data)
    }

    /// The IP header the packet had, or would have had (RFC 791, RFC 8200).
    fn ip_header(&self, payload: usize) -> Vec<u8> {
        let (IpAddr::V4(source), IpAddr::V4(destination)) =
            (self.source.ip(), self.destination.ip())
        else {
            let length = u16::try_from(payload).unwrap_or(u16::MAX);
            let mut header = vec![0x60, 0, 0, 0];
            header.extend(length.to_be_bytes());
            header.extend([UDP, 64]);
            header.extend(as_v6(self.source.ip()).octets());
            header.extend(as_v6(self.destination.ip()).octets());
            return header;
        };
        let length = u16::try_from(20 + payload).unwrap_or(u16::MAX);
        let mut header = vec![0x45, 0];
        header.extend(length.to_be_bytes());
        header.extend([0, 0, 0x40, 0, 64, UDP, 0, 0]);
        header.extend(source.octets());
        header.extend(destination.octets());
        let checksum = checksum(&header).to_be_bytes();
        header.splice(10..12, checksum);
        header
    }
}

const fn as_v6(ip: IpAddr) -> Ipv6Addr {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    }
}

/// RFC 1071.
fn checksum(header: &[u8]) -> u16 {
    let sum: u32 = header
        .chunks(2)
        .map(|pair| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0)))
        .sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    !u16::try_from((folded & 0xffff) + (folded >> 16)).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_written_with_its_headers() {
        let packet = Packet {
            time: Duration::new(7, 8_000),
            source: "10.0.0.1:5060".parse().unwrap(),
            destination: "10.0.0.2:5070".parse().unwrap(),
            data: b"hello".as_slice().into(),
        };
        let mut written = Vec::new();
        packet.write(&mut written).unwrap();
        assert_eq!(written.len(), 16 + 20 + 8 + 5);
        assert_eq!(&written[..8], [7, 0, 0, 0, 8, 0, 0, 0]);
        assert_eq!(checksum(&written[16..36]), 0, "the checksum of a right header is zero");
        assert_eq!(&written[36..44], [0x13, 0xc4, 0x13, 0xce, 0, 13, 0, 0]);
        assert_eq!(&written[44..], b"hello");
    }

    #[test]
    fn version_six_has_its_own_header() {
        let packet = Packet {
            time: Duration::ZERO,
            source: "[::1]:1".parse().unwrap(),
            destination: "[::1]:2".parse().unwrap(),
            data: Box::default(),
        };
        assert_eq!(packet.ip_header(8).len(), 40);
    }
}
