//! Puts a user agent together and starts its loop.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use rand::SeedableRng;
use rand::rngs::StdRng;
use sipua_core::event as core;
use sipua_media::sdp::{Capabilities, CodecPreference};
use tokio::sync::mpsc;

use super::UserAgent;
use super::user_agent::UaShared;
use crate::address::ListenAddress;
use crate::agent::Agent;
use crate::config::Config;
use crate::driver::{Driver, DriverState, Registry, Watch};
use crate::error::{Error, Result};
use crate::event::EventKind;
use crate::id::Ids;
use crate::media_worker::{MediaThreads, PortRange};
use crate::net::{Capture, LocalAddresses, Resolver, UdpListeners, random_seed};

/// Commands waiting for the loop; one more is refused.
const COMMANDS: usize = 65_536;
/// Reports waiting for the loop; the media threads keep the rest.
const REPORTS: usize = 4_096;

pub(super) fn start(config: Config) -> Result<UserAgent> {
    config.check()?;
    let listen = listen_addresses(&config);
    let (udp, bound) = UdpListeners::bind(&listen)?;
    let capture = config.capture.as_deref().map(Capture::create).transpose()?;
    let (commands, command_queue) = mpsc::channel(COMMANDS);
    let (reports, media_reports) = mpsc::channel(REPORTS);
    // One report a recording: bounded by their number.
    let (recording_sender, recording_reports) = mpsc::unbounded_channel();
    let media = config
        .media
        .then(|| {
            MediaThreads::start(threads(&config), config.media_timeout, &reports, capture.clone())
        })
        .transpose()
        .map_err(|error| Error::io("cannot start the media threads", &error))?;
    let ids = Arc::new(Ids::new());
    let registry = Arc::new(Registry::default());
    let now = Instant::now();
    let mut agent = agent(&config, &ids, now);
    let listen = bound
        .iter()
        .map(|bound| ListenAddress { address: bound.address, ..bound.asked }.to_string())
        .collect();
    agent.emit(EventKind::Started { listen }, now);
    let driver = Driver {
        agent,
        registry: Arc::clone(&registry),
        addresses: LocalAddresses::new(udp.addresses().collect(), config.local_ip),
        udp,
        resolver: Resolver::default(),
        watch: Watch { capture, trace: config.trace.clone() },
        commands: command_queue,
        media,
        ports: PortRange::new(config.rtp_ports),
        media_reports,
        recordings: None,
        recording_reports,
        recording_sender,
        quality_every: config.quality_every,
        state: DriverState::default(),
    };
    tokio::spawn(driver.run());
    let started_at = SystemTime::now();
    Ok(UserAgent {
        shared: Arc::new(UaShared { commands, registry, ids, config, bound, started_at }),
    })
}

fn listen_addresses(config: &Config) -> Vec<ListenAddress> {
    if config.listen.is_empty() {
        let protocol = sipua_core::transport::Protocol::Udp;
        return vec![ListenAddress { protocol, address: ([0, 0, 0, 0], 0).into() }];
    }
    config.listen.clone()
}

fn threads(config: &Config) -> usize {
    match config.media_threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        count => count,
    }
}

fn agent(config: &Config, ids: &Ids, now: Instant) -> Agent {
    let core = core::Config {
        user_agent: config.user_agent.clone(),
        first_incoming_call_id: ids.first_incoming(),
        max_calls: config.max_calls,
        ring_timeout: config.ring_timeout,
        ..core::Config::default()
    };
    let capabilities = Capabilities {
        codecs: config.codecs.iter().copied().map(CodecPreference::from).collect(),
        ptime_ms: config.ptime_ms,
        ..Capabilities::default()
    };
    Agent::new(core, capabilities, config.media, StdRng::from_seed(random_seed()), now)
}
