//! The options of a user agent.

use std::ffi::c_char;
use std::time::Duration;

use sipua::CodecId;

use crate::error::{Problem, Result};
use crate::sized::{Sized32, options};
use crate::status::SIPUA_ERROR_NOT_FOUND;
use crate::text::{Setting, optional, settings};

/// How a user agent listens, names itself and carries media. Begin with `SIPUA_CONFIG_INIT`: 0 and NULL
/// mean the default. Texts end in NUL and are copied.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// The size of this struct: `SIPUA_CONFIG_INIT` sets it.
    pub size: u32,
    /// Calls at a time; one more is refused with 503. Default 100000.
    pub max_calls: u32,
    /// Local SIP addresses, separated by commas: `udp:HOST:PORT`. Default `udp:0.0.0.0:0`, a free port.
    pub listen: *const c_char,
    /// The address put into SIP and SDP. Default: the one that leads to each peer.
    pub local_ip: *const c_char,
    /// Codecs in order of preference, separated by commas. Default `pcmu,pcma`.
    pub codecs: *const c_char,
    /// The product named in the User-Agent and Server headers. Default `sipua/VERSION`.
    pub user_agent: *const c_char,
    /// The lowest UDP port for RTP and RTCP. Default 16384.
    pub rtp_port_low: u16,
    /// The highest one. Default 32767.
    pub rtp_port_high: u16,
    /// Milliseconds of audio in a packet: 10 to 60 in tens. Default 20.
    pub ptime_ms: u32,
    /// 1: calls carry no audio; SDP is negotiated and no RTP port is opened.
    pub no_media: i32,
    /// How long a call rings before it ends as `no_answer`. Default 180000.
    pub ring_timeout_ms: u32,
    /// How often the statistics of every call are reported as `quality`. Default: never.
    pub quality_every_ms: u32,
    /// Rare and new settings by name; see `setting_count`.
    pub settings: *const Setting,
    /// How many there are. Known names: `media_threads` (default one per processor), `event_queue`
    /// (events kept for a late reader, 65536), `media_timeout_ms` (30000; 0: off), `capture` (a file
    /// for every packet). Another name is the error `NOT_FOUND`.
    pub setting_count: usize,
}

// SAFETY: repr(C), begins with its size, numbers and pointers only.
unsafe impl Sized32 for Config {
    const NAME: &'static str = "sipua_config";
}

/// The engine's configuration from the application's.
///
/// # Safety
/// `given` is NULL or leads to a config of its size, whose texts and arrays are readable.
pub(crate) unsafe fn engine_config(given: *const Config) -> Result<sipua::Config> {
    // SAFETY: passed on.
    let given = unsafe { options(given) }?;
    let mut config = sipua::Config::default();
    // SAFETY: passed on.
    unsafe { texts(&given, &mut config) }?;
    numbers(&given, &mut config);
    // SAFETY: passed on.
    for (name, value) in unsafe { settings(given.settings, given.setting_count) }? {
        named(&mut config, name, value)?;
    }
    Ok(config)
}

/// # Safety
/// The texts of `given` are readable.
unsafe fn texts(given: &Config, config: &mut sipua::Config) -> Result<()> {
    // SAFETY: the caller's promise, for each.
    let (listen, local_ip, codecs, user_agent) = unsafe {
        (
            optional("listen", given.listen)?,
            optional("local_ip", given.local_ip)?,
            optional("codecs", given.codecs)?,
            optional("user_agent", given.user_agent)?,
        )
    };
    for address in listen.into_iter().flat_map(|list| list.split(',')) {
        config.listen.push(address.trim().parse()?);
    }
    if let Some(ip) = local_ip {
        let wrong = |_| Problem::invalid(format!("local_ip \"{ip}\": is an IP address"));
        config.local_ip = Some(ip.parse().map_err(wrong)?);
    }
    if let Some(list) = codecs {
        config.codecs = list.split(',').map(codec).collect::<Result<_>>()?;
    }
    if let Some(product) = user_agent {
        if product.contains(char::is_control) {
            return Err(Problem::invalid("user_agent holds a control character"));
        }
        product.clone_into(&mut config.user_agent);
    }
    Ok(())
}

fn codec(name: &str) -> Result<CodecId> {
    let name = name.trim();
    let known = |codec: &&CodecId| codec.name().eq_ignore_ascii_case(name);
    CodecId::ALL.iter().find(known).copied().ok_or_else(|| {
        let names: Vec<_> = CodecId::ALL.iter().map(|codec| codec.name().to_lowercase()).collect();
        Problem::invalid(format!("codec \"{name}\": this build has {}", names.join(", ")))
    })
}

fn numbers(given: &Config, config: &mut sipua::Config) {
    let millis = |value: u32| Duration::from_millis(value.into());
    if given.max_calls != 0 {
        config.max_calls = given.max_calls as usize;
    }
    if given.rtp_port_low != 0 {
        config.rtp_ports.0 = given.rtp_port_low;
    }
    if given.rtp_port_high != 0 {
        config.rtp_ports.1 = given.rtp_port_high;
    }
    if given.ptime_ms != 0 {
        // What does not fit is refused as what it is: too long.
        config.ptime_ms = u16::try_from(given.ptime_ms).unwrap_or(u16::MAX);
    }
    config.media = given.no_media == 0;
    if given.ring_timeout_ms != 0 {
        config.ring_timeout = millis(given.ring_timeout_ms);
    }
    config.quality_every = (given.quality_every_ms != 0).then(|| millis(given.quality_every_ms));
}

fn named(config: &mut sipua::Config, name: &str, value: &str) -> Result<()> {
    match name {
        "media_threads" => config.media_threads = number(name, value, 1_024)?,
        "event_queue" => config.event_queue = number(name, value, 16_777_216)?,
        "media_timeout_ms" => {
            let millis = number(name, value, 86_400_000)?;
            config.media_timeout = Duration::from_millis(millis as u64);
        }
        "capture" => config.capture = Some(value.into()),
        _ => return Err(unknown("user agent", name)),
    }
    Ok(())
}

/// A setting that is a number.
pub(crate) fn number(name: &str, value: &str, most: usize) -> Result<usize> {
    let number = value.trim().parse().ok().filter(|number| *number <= most);
    number.ok_or_else(|| Problem::invalid(format!("{name} \"{value}\": is 0 to {most}")))
}

/// A setting of a name that does not exist.
pub(crate) fn unknown(of: &str, name: &str) -> Problem {
    Problem::new(SIPUA_ERROR_NOT_FOUND, format!("there is no setting \"{name}\" of a {of}"))
}
