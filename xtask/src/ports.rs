//! Free ports on loopback.

use std::net::{Ipv4Addr, TcpListener, UdpSocket};

use crate::Result;

/// Where all test traffic stays.
pub(crate) const LOOPBACK: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// The first of `count` neighbouring ports, an even one, that nobody uses, neither over UDP nor over TCP.
///
/// Another program could take them before they are used; the ports lie below the range from which the system gives
/// them out by itself, so that only a program that asks for one by number could.
pub(crate) fn free(count: u16) -> Result<u16> {
    use std::sync::atomic::{AtomicU16, Ordering};
    // Ports are never offered twice by one run; runs side by side begin at different places.
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let origin = 11_000 + (std::process::id() % 1_000) as u16 * 16;
    let step = count.next_multiple_of(2);
    for _ in 0..500 {
        let first = origin + NEXT.fetch_add(step, Ordering::Relaxed) % 4_000;
        if (first..first + count).all(is_free) {
            return Ok(first);
        }
    }
    Err("no free ports".into())
}

fn is_free(port: u16) -> bool {
    UdpSocket::bind((LOOPBACK, port)).is_ok() && TcpListener::bind((LOOPBACK, port)).is_ok()
}
