//! What touches the network: sockets, names, local addresses, captures.

mod capture;
mod resolve;
mod udp;

pub(crate) use capture::Capture;
pub(crate) use resolve::{LocalAddresses, ResolveKey, Resolver};
pub(crate) use udp::{Received, UdpListeners};

/// A seed from the system's source of randomness.
pub(crate) fn random_seed() -> [u8; 32] {
    let mut seed = [0; 32];
    // The system's source fails only where there is none at all; then addresses of this very stack
    // and the time still make tags differ between processes.
    if getrandom::fill(&mut seed).is_err() {
        let here = std::ptr::from_ref(&seed).addr() as u64;
        let time = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |elapsed| elapsed.as_nanos() as u64);
        let (low, high) = seed.split_at_mut(16);
        low[..8].copy_from_slice(&here.to_le_bytes());
        high[..8].copy_from_slice(&time.to_le_bytes());
        tracing::error!("no random source: tags and nonces can be guessed");
    }
    seed
}
