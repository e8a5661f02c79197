//! The settings of an endpoint and of its accounts.

use std::time::Duration;

use super::{ExtraHeader, Party};
use crate::auth::Credentials;
use crate::message::{MediaType, Uri};
use crate::timer::TimerConfig;

/// The settings of an endpoint; they do not change while it lives.
#[derive(Debug, Clone)]
pub struct Config {
    /// The value of User-Agent and Server; empty sends neither.
    pub user_agent: String,
    /// T1, T2, T4.
    pub timers: TimerConfig,
    /// The number of the first incoming call; the next ones follow in steps of 2.
    pub first_incoming_call_id: u64,
    /// Calls at once, both directions. Past it incoming ones get 503 with Retry-After.
    pub max_calls: usize,
    /// Server transactions, lookups and requests at once; past it new requests get 503.
    pub max_pending: usize,
    /// Bodies larger than this get 513.
    pub max_body: usize,
    /// How long a call may ring, outgoing (then CANCEL) and incoming (then 480).
    pub ring_timeout: Duration,
    /// The body types an INVITE may carry; others get 415 with Accept.
    pub accept: Vec<String>,
    /// What is sent as Retry-After with a 503.
    pub retry_after: Duration,
    /// Wait between attempts to register: the first, doubled up to the last (RFC 5626 4.5).
    pub registration_backoff: (Duration, Duration),
    /// Who calls without an account are from; `None`: `anonymous@anonymous.invalid` (RFC 3323 4.1).
    pub identity: Option<Party>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            user_agent: format!("sipua/{}", env!("CARGO_PKG_VERSION")),
            timers: TimerConfig::default(),
            first_incoming_call_id: 1,
            max_calls: 100_000,
            max_pending: 200_000,
            max_body: 60_000,
            ring_timeout: Duration::from_secs(180),
            accept: vec!["application/sdp".to_owned()],
            retry_after: Duration::from_secs(10),
            registration_backoff: (Duration::from_secs(30), Duration::from_secs(1800)),
            identity: None,
        }
    }
}

/// An address of record and how to use it.
#[derive(Debug, Clone)]
pub struct AccountSettings {
    /// The address of record: From, and To of REGISTER.
    pub aor: Uri,
    /// Shown to the other side.
    pub display_name: Option<String>,
    /// User name and password for digest challenges; the user may differ from the address's.
    pub credentials: Option<Credentials>,
    /// Where all requests of this account go first, in order of preference; the next one is tried
    /// when one fails. Empty: where the address itself leads.
    pub servers: Vec<Uri>,
    /// Pre-loaded Route of every request outside a dialog (RFC 3261 8.1.2); its first one is the
    /// first hop and comes before `servers`.
    pub outbound_proxy: Vec<Uri>,
    /// User part of the Contact; `None`: the user part of `aor`.
    pub contact_user: Option<String>,
    /// Wished lifetime of the registration; the server's word counts.
    pub expires: Duration,
    /// Extra headers of REGISTER, INVITE and other requests outside a dialog.
    pub headers: Vec<ExtraHeader>,
}

impl AccountSettings {
    /// An account of this address, without credentials, with the usual settings.
    #[must_use]
    pub fn new(aor: Uri) -> Self {
        Self {
            aor,
            display_name: None,
            credentials: None,
            servers: Vec::new(),
            outbound_proxy: Vec::new(),
            contact_user: None,
            expires: Duration::from_secs(3600),
            headers: Vec::new(),
        }
    }
}

impl Config {
    /// Whether a description of this type is one of [`accept`](Self::accept).
    pub(crate) fn accepts(&self, found: &MediaType<'_>) -> bool {
        let mut kinds = self.accept.iter().filter_map(|text| text.split_once('/'));
        kinds.any(|(kind, subtype)| found.is(kind, subtype))
    }
}
