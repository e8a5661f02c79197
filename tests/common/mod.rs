//! Two user agents on loopback, and how to wait for what they do.
#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expects")]

use std::time::Duration;

use sipua::{
    Account, AccountConfig, Call, Config, DialOptions, Event, EventKind, Events, UserAgent,
};

/// Longer than anything here takes; only a failing test waits for it.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A user agent and its events.
pub struct Agent {
    pub ua: UserAgent,
    pub events: Events,
}

impl Agent {
    pub fn start(config: Config) -> Self {
        let ua = UserAgent::start(config).expect("the user agent starts");
        let events = ua.events();
        Self { ua, events }
    }

    /// On a free port of loopback.
    pub fn local() -> Self {
        Self::start(config())
    }

    /// Where it is called.
    pub fn uri(&self) -> String {
        format!("sip:test@{}", self.ua.bound()[0].address)
    }

    /// The next event that `pick` wants; those before it are passed over.
    pub async fn wait<T>(&mut self, what: &str, mut pick: impl FnMut(&Event) -> Option<T>) -> T {
        let mut passed = Vec::new();
        let found = tokio::time::timeout(PATIENCE, async {
            while let Some(event) = self.events.next().await {
                if let Some(found) = pick(&event) {
                    return Some(found);
                }
                passed.push(event.name());
            }
            None
        })
        .await;
        match found {
            Ok(Some(found)) => found,
            Ok(None) => panic!("the user agent stopped before: {what}; there was {passed:?}"),
            Err(_) => panic!("did not happen: {what}; there was {passed:?}"),
        }
    }

    /// The next event of this name.
    pub async fn wait_for(&mut self, name: &str) -> Event {
        self.wait(name, |event| (event.name() == name).then(|| event.clone())).await
    }

    /// The next call that comes in.
    pub async fn incoming(&mut self) -> Call {
        let id = self
            .wait("incoming_call", |event| {
                matches!(event.kind, EventKind::IncomingCall(_)).then_some(event.call)
            })
            .await
            .expect("an incoming call has an id");
        self.ua.call(id).expect("the call lives")
    }

    pub fn trunk(&self) -> Account {
        let aor = format!("sip:alice@{}", self.ua.bound()[0].address);
        self.ua.add_account(AccountConfig::new(aor).no_register()).expect("an account")
    }
}

pub fn config() -> Config {
    let mut config = Config::default().listen("udp:127.0.0.1:0").expect("an address");
    config.media_threads = 1;
    config
}

/// A call between the two that is established at both ends: (caller's, callee's).
pub async fn connect(caller: &mut Agent, callee: &mut Agent) -> (Call, Call) {
    let call = caller.ua.dial(&callee.uri(), DialOptions::default()).expect("dials");
    let incoming = callee.incoming().await;
    incoming.answer().expect("answers");
    tokio::time::timeout(PATIENCE, async {
        call.confirmed().await.expect("the caller is connected");
        incoming.confirmed().await.expect("the callee is connected");
    })
    .await
    .expect("connected in time");
    (call, incoming)
}

/// The end of a call, waited for.
pub async fn ended(call: &Call) -> std::sync::Arc<sipua::CallRecord> {
    tokio::time::timeout(PATIENCE, call.ended()).await.expect("the call ends in time")
}

/// The strength of one frequency in samples at 8 kHz: the median over tenths of a second, so that a
/// machine that stops for a moment fails no test.
pub fn median_share_of_tone(samples: &[i16], hz: f64) -> f64 {
    let mut shares: Vec<_> =
        samples.chunks_exact(800).map(|tenth| share_of_tone(tenth, hz)).collect();
    shares.sort_by(f64::total_cmp);
    shares.get(shares.len() / 2).copied().unwrap_or(0.0)
}

/// The strength of one frequency in samples at 8 kHz (Goertzel), as a share of all their power.
fn share_of_tone(samples: &[i16], hz: f64) -> f64 {
    let coefficient = 2.0 * (2.0 * std::f64::consts::PI * hz / 8_000.0).cos();
    let (mut previous, mut before, mut power) = (0.0, 0.0, 0.0);
    for &sample in samples {
        let sample = f64::from(sample);
        power += sample * sample;
        let next = sample + coefficient * previous - before;
        before = previous;
        previous = next;
    }
    let tone = previous * previous + before * before - coefficient * previous * before;
    if power == 0.0 { 0.0 } else { 2.0 * tone / (power * samples.len() as f64) }
}
