//! The settings of a user agent, an account and a call.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use sipua_media::codec::CodecId;

use crate::address::ListenAddress;
use crate::error::{Error, Result};
use crate::media_worker::PortRange;
use crate::trace::Trace;

/// How a user agent listens, names itself and carries media. Start from [`Config::default`].
#[derive(Debug, Clone)]
pub struct Config {
    /// Local SIP addresses; empty means `udp:0.0.0.0:0`, a free port on every interface.
    pub listen: Vec<ListenAddress>,
    /// The address put into SIP and SDP; [`None`] finds the one that leads to each peer.
    pub local_ip: Option<IpAddr>,
    /// The UDP ports for RTP (even) and RTCP (the next odd one), inclusive.
    pub rtp_ports: (u16, u16),
    /// Codecs in order of preference.
    pub codecs: Vec<CodecId>,
    /// Milliseconds of audio in a packet: 10 to 60 in tens.
    pub ptime_ms: u16,
    /// Whether calls carry audio. Off: SDP is negotiated and no RTP port is opened.
    pub media: bool,
    /// Threads for media; 0 means one per processor.
    pub media_threads: usize,
    /// Calls at a time; one more is refused with 503 and Retry-After.
    pub max_calls: usize,
    /// Events waiting for a reader that does not come; one more is dropped and counted.
    pub event_queue: usize,
    /// The product named in the User-Agent and Server headers.
    pub user_agent: String,
    /// How long a call rings before it ends as `no_answer`.
    pub ring_timeout: Duration,
    /// How long nothing may arrive before `media_timeout` is reported; zero switches it off.
    pub media_timeout: Duration,
    /// How often the statistics of every call are reported as `quality`; [`None`]: never.
    pub quality_every: Option<Duration>,
    /// Where every SIP and RTP packet is written as a capture file; for finding faults.
    pub capture: Option<PathBuf>,
    /// A function that is told of every SIP message.
    pub trace: Option<Trace>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: Vec::new(),
            local_ip: None,
            rtp_ports: (16_384, 32_767),
            codecs: vec![CodecId::Pcmu, CodecId::Pcma],
            ptime_ms: 20,
            media: true,
            media_threads: 0,
            max_calls: 100_000,
            event_queue: 65_536,
            user_agent: format!("sipua/{}", env!("CARGO_PKG_VERSION")),
            ring_timeout: Duration::from_secs(180),
            media_timeout: Duration::from_secs(30),
            quality_every: None,
            capture: None,
            trace: None,
        }
    }
}

impl Config {
    /// Adds a local address such as `udp:127.0.0.1:5060`.
    pub fn listen(mut self, address: &str) -> Result<Self> {
        self.listen.push(address.parse()?);
        Ok(self)
    }

    /// Says what is wrong with the settings, before anything is opened.
    pub(crate) fn check(&self) -> Result<()> {
        let (low, high) = self.rtp_ports;
        if low == 0 || PortRange::new(self.rtp_ports).pairs() == 0 {
            return Err(Error::invalid(
                "rtp_ports",
                format!("{low}-{high}"),
                "needs room for at least one pair, as in 16384-32767",
            ));
        }
        if self.codecs.is_empty() {
            return Err(Error::invalid("codecs", "", "name at least one, as in pcmu,pcma"));
        }
        if !(10..=60).contains(&self.ptime_ms) || !self.ptime_ms.is_multiple_of(10) {
            return Err(Error::invalid(
                "ptime",
                self.ptime_ms.to_string(),
                "is 10, 20, 30, 40, 50 or 60 milliseconds",
            ));
        }
        if let Some(every) = self.quality_every
            && !(Duration::from_millis(100)..=Duration::from_secs(86_400)).contains(&every)
        {
            let problem = "is from a tenth of a second to a day";
            return Err(Error::invalid("quality_every", format!("{every:?}"), problem));
        }
        Ok(())
    }
}

/// An address of record and how to use it. Start from [`AccountConfig::new`].
#[derive(Debug, Clone)]
pub struct AccountConfig {
    /// The address of record, as `sip:alice@example.com`.
    pub aor: String,
    /// The name shown to others.
    pub display_name: Option<String>,
    /// The user name in digest credentials, when it is not the user part of the address.
    pub auth_user: Option<String>,
    /// The password, or its stand-in.
    pub secret: Option<Secret>,
    /// The registrar and proxy, `HOST[:PORT]`; [`None`] means the host of the address.
    pub server: Option<String>,
    /// A proxy that every request passes, as `sip:proxy.example.com;lr`.
    pub outbound_proxy: Option<String>,
    /// Whether to register; off is a trunk.
    pub register: bool,
    /// The lifetime asked of the registrar.
    pub expires: Duration,
    /// Header fields put on every request of the account, as (name, value).
    pub headers: Vec<(String, String)>,
    /// The application's own word, echoed in every event.
    pub tag: Option<String>,
}

impl AccountConfig {
    /// An account that registers with the host of its address and has no password.
    pub fn new(aor: impl Into<String>) -> Self {
        Self {
            aor: aor.into(),
            display_name: None,
            auth_user: None,
            secret: None,
            server: None,
            outbound_proxy: None,
            register: true,
            expires: Duration::from_secs(300),
            headers: Vec::new(),
            tag: None,
        }
    }

    /// Sets the password.
    #[must_use]
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.secret = Some(Secret::Password(password.into()));
        self
    }

    /// Sets the server, `HOST[:PORT]`.
    #[must_use]
    pub fn server(mut self, server: impl Into<String>) -> Self {
        self.server = Some(server.into());
        self
    }

    /// Makes it a trunk: calls without registration.
    #[must_use]
    pub fn no_register(mut self) -> Self {
        self.register = false;
        self
    }
}

/// What proves an identity. Never shown in logs.
#[derive(Clone)]
pub enum Secret {
    /// The password itself.
    Password(String),
    /// The hash of `user:realm:password` (RFC 7616 3.4.2) in hexadecimal, for one realm.
    Ha1(String),
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

/// What is particular to one outgoing call.
#[derive(Debug, Clone, Default)]
pub struct DialOptions {
    /// Header fields of the INVITE, as (name, value).
    pub headers: Vec<(String, String)>,
    /// The name shown to the called side, instead of the account's.
    pub display_name: Option<String>,
    /// How long it may ring, instead of the user agent's setting.
    pub ring_timeout: Option<Duration>,
    /// Digits to send once it is answered.
    pub dtmf: Option<String>,
    /// The application's own word, echoed in every event.
    pub tag: Option<String>,
}

/// The addresses of a listener once bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// What was asked for.
    pub asked: ListenAddress,
    /// What the system gave.
    pub address: SocketAddr,
}
