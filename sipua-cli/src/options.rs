//! What can be typed: the commands and their options.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use sipua::{CodecId, ListenAddress, RecordMode};

/// A SIP phone for the terminal, a test peer and a load tool.
///
/// Options may stand before or after the command. Exit status: 0 when what was asked happened, 1 when
/// it did not, 2 for wrong usage. Ctrl-C hangs up and unregisters first; a second one ends at once.
#[derive(Debug, Parser)]
#[command(name = "sipua", version, arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) options: Options,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Place a call; ends when the call ends
    Call {
        /// sip:USER@HOST, USER@HOST, or a number at the account's domain; digits after a comma are
        /// sent once it is answered
        uri: String,
    },
    /// Answer every incoming call; runs until interrupted
    Answer,
    /// Register and stay registered
    Register,
    /// Ask a peer what it can do
    Options {
        /// Whom to ask
        uri: String,
    },
    /// Place many calls; report rate, failures and setup times
    Load(LoadOptions),
    /// Read each file as one SIP message; one JSON object a file
    Parse {
        /// The files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

/// How many calls, how fast.
#[derive(Debug, Args)]
pub(crate) struct LoadOptions {
    /// Whom to call
    pub(crate) uri: String,
    /// Calls placed a second
    #[arg(long, value_name = "R", default_value = "10", value_parser = rate)]
    pub(crate) rate: f64,
    /// Calls in all
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) calls: u64,
    /// Calls at a time; a call that would be one more waits
    #[arg(long, value_name = "L", default_value_t = 10_000)]
    pub(crate) limit: usize,
    /// How long each call is held once it is answered
    #[arg(long, value_name = "S", default_value = "0", value_parser = seconds)]
    pub(crate) hold: Duration,
}

/// The options of every command.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// TOML file with options of the same names; what is typed counts more
    #[arg(long, global = true, value_name = "FILE.toml")]
    pub(crate) config: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) account: AccountOptions,
    #[command(flatten)]
    pub(crate) network: NetworkOptions,
    #[command(flatten)]
    pub(crate) media: MediaOptions,
    #[command(flatten)]
    pub(crate) calls: CallOptions,
    #[command(flatten)]
    pub(crate) output: OutputOptions,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Account")]
pub(crate) struct AccountOptions {
    /// Address of record, as sip:alice@example.com
    #[arg(long, global = true, value_name = "URI")]
    pub(crate) aor: Option<String>,
    /// Registrar and proxy, in order of preference; without it, the host of the address
    #[arg(long, global = true, value_name = "HOST[:PORT][;transport=…][,NEXT…]")]
    pub(crate) server: Option<String>,
    /// Proxy that every request passes
    #[arg(long, global = true, value_name = "URI")]
    pub(crate) outbound_proxy: Option<String>,
    /// User name: of the address when there is no --aor, and of the credentials
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) user: Option<String>,
    /// User name of the credentials, where it is another
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) auth_user: Option<String>,
    /// File that holds the password; otherwise it is taken from SIPUA_PASSWORD
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// Name shown to others
    #[arg(long, global = true, value_name = "TEXT")]
    pub(crate) display_name: Option<String>,
    /// Do not register: a trunk
    #[arg(long, global = true)]
    pub(crate) no_register: bool,
    /// Header fields of everything the account sends: those of `register`
    #[arg(skip)]
    pub(crate) headers: Vec<(String, String)>,
    /// Lifetime asked of the registrar
    #[arg(long, global = true, value_name = "S", default_value = "300", value_parser = seconds)]
    pub(crate) expires: Duration,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Network")]
pub(crate) struct NetworkOptions {
    /// Local SIP address, as udp:127.0.0.1:5060 (repeatable); without it, a free port
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub(crate) listen: Vec<ListenAddress>,
    /// Address put into SIP and SDP
    #[arg(long, global = true, value_name = "IP")]
    pub(crate) local_ip: Option<IpAddr>,
    /// UDP ports for RTP and RTCP
    #[arg(long, global = true, value_name = "LOW-HIGH", value_parser = ports)]
    pub(crate) rtp_ports: Option<(u16, u16)>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Media")]
pub(crate) struct MediaOptions {
    /// Codecs in order of preference, as pcmu,pcma
    #[arg(long, global = true, value_name = "NAMES", value_delimiter = ',', value_parser = codec)]
    pub(crate) codecs: Vec<CodecId>,
    /// Milliseconds of audio in a packet
    #[arg(long, global = true, value_name = "MS", default_value_t = 20)]
    pub(crate) ptime: u16,
    /// What every call is played: a WAV file, a tone, or silence
    #[arg(long, global = true, value_name = "FILE.wav|tone:HZ|silence")]
    pub(crate) play: Option<String>,
    /// Play the file again and again
    #[arg(long = "loop", global = true)]
    pub(crate) repeat: bool,
    /// Record the call; the second call of `answer` goes to FILE-2.wav, and so on
    #[arg(long, global = true, value_name = "FILE.wav")]
    pub(crate) record: Option<PathBuf>,
    /// What is recorded: both directions in one channel, received left and sent right, or what is
    /// received
    #[arg(long, global = true, value_name = "MODE", default_value = "mixed")]
    pub(crate) record_mode: RecordModeName,
    /// Send back what is received
    #[arg(long, global = true)]
    pub(crate) echo: bool,
    /// Negotiate SDP, open no RTP
    #[arg(long, global = true)]
    pub(crate) no_media: bool,
    /// Digits to send once a call is answered; a space is a pause
    #[arg(long, global = true, value_name = "DIGITS")]
    pub(crate) dtmf: Option<String>,
    /// How digits are sent; auto takes what was negotiated
    #[arg(long, global = true, value_name = "MODE", default_value = "auto")]
    pub(crate) dtmf_mode: DtmfMode,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Calls")]
pub(crate) struct CallOptions {
    /// Standard input decides what happens to an incoming call
    #[arg(long, global = true)]
    pub(crate) manual: bool,
    /// How long an incoming call rings before it is answered, an outgoing one before it is given up
    #[arg(long, global = true, value_name = "S", value_parser = seconds)]
    pub(crate) ring_for: Option<Duration>,
    /// How incoming calls are answered: 200 to 299, or refused with 400 to 699
    #[arg(long, global = true, value_name = "CODE", default_value = "200", value_parser = answer_code)]
    pub(crate) answer_code: u16,
    /// Calls at a time; one more is refused
    #[arg(long, global = true, value_name = "N")]
    pub(crate) max_calls: Option<usize>,
    /// Hang up this long after the answer
    #[arg(long, global = true, value_name = "S", value_parser = seconds)]
    pub(crate) duration: Option<Duration>,
    /// Header field of the requests we send, or of the answers of `answer` (repeatable)
    #[arg(long, global = true, value_name = "'Name: value'", value_parser = header)]
    pub(crate) header: Vec<(String, String)>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputOptions {
    /// Every event as one JSON object a line on standard output, and nothing else there
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Tell nothing of single calls
    #[arg(long, global = true)]
    pub(crate) quiet: bool,
    /// Report the statistics of every call this often
    #[arg(long, global = true, value_name = "S", value_parser = period)]
    pub(crate) stats: Option<Duration>,
    /// Every SIP message with time and direction on standard error
    #[arg(long, global = true)]
    pub(crate) trace: bool,
    /// Capture of all SIP, RTP and RTCP
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) pcap: Option<PathBuf>,
    /// What the engine logs to standard error
    #[arg(long, global = true, value_name = "LEVEL", default_value = "warn")]
    pub(crate) log: LogLevel,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum RecordModeName {
    Mixed,
    Stereo,
    Received,
}

impl From<RecordModeName> for RecordMode {
    fn from(name: RecordModeName) -> Self {
        match name {
            RecordModeName::Mixed => Self::Mixed,
            RecordModeName::Stereo => Self::Stereo,
            RecordModeName::Received => Self::Received,
        }
    }
}

/// RFC 4733 is the one way there is, so `auto` and `rfc4733` come to the same.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum DtmfMode {
    Auto,
    Rfc4733,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogLevel {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 =
        text.parse().map_err(|_| "is a number of seconds, as 2 or 0.5".to_owned())?;
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|duration| *duration <= Duration::from_secs(u32::MAX.into()))
        .ok_or_else(|| "is a number of seconds, as 2 or 0.5".to_owned())
}

fn period(text: &str) -> Result<Duration, String> {
    let period = seconds(text)?;
    let enough = period >= Duration::from_millis(100);
    enough.then_some(period).ok_or_else(|| "is at least 0.1 seconds".to_owned())
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| (0.001..=100_000.0).contains(rate));
    rate.ok_or_else(|| "is calls a second, 0.001 to 100000".to_owned())
}

fn ports(text: &str) -> Result<(u16, u16), String> {
    let range = text.split_once('-');
    range
        .and_then(|(low, high)| Some((low.trim().parse().ok()?, high.trim().parse().ok()?)))
        .ok_or_else(|| "is LOW-HIGH, as 16384-32767".to_owned())
}

fn codec(text: &str) -> Result<CodecId, String> {
    let known = CodecId::ALL.iter().copied();
    known.clone().find(|codec| codec.name().eq_ignore_ascii_case(text.trim())).ok_or_else(|| {
        let names: Vec<_> = known.map(|codec| codec.name().to_ascii_lowercase()).collect();
        format!("there are {}", names.join(", "))
    })
}

fn answer_code(text: &str) -> Result<u16, String> {
    let code = text.parse().ok().filter(|code| matches!(code, 200..=299 | 400..=699));
    code.ok_or_else(|| "is 200 to 299 to answer, 400 to 699 to refuse".to_owned())
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or_else(|| "is 'Name: value'".to_owned())?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}
