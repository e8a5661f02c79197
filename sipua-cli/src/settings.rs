//! From options to the settings of the engine.

use sipua::{AccountConfig, Config, DialOptions, Secret};

use crate::failure::Failure;
use crate::options::{AccountOptions, Options};

/// The environment variable that holds the password, so that it stands in no list of processes.
const PASSWORD: &str = "SIPUA_PASSWORD";

impl Options {
    /// What contradicts itself is refused, not ignored.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let Self { account, media, .. } = self;
        let needs = |given: bool, what: &str, other: &str, present: bool| {
            let missing = given && !present;
            if missing { Err(Failure::Usage(format!("{what} needs {other}"))) } else { Ok(()) }
        };
        let has_account = account.aor.is_some() || account.user.is_some();
        for (given, what) in [
            (account.server.is_some(), "--server"),
            (account.outbound_proxy.is_some(), "--outbound-proxy"),
            (account.auth_user.is_some(), "--auth-user"),
            (account.password_file.is_some(), "--password-file"),
            (account.display_name.is_some(), "--display-name"),
            (account.no_register, "--no-register"),
        ] {
            needs(given, what, "an account: --aor URI, or --user NAME with --server", has_account)?;
        }
        for (given, what) in [
            (media.play.is_some(), "--play"),
            (media.record.is_some(), "--record"),
            (media.echo, "--echo"),
            (media.dtmf.is_some(), "--dtmf"),
        ] {
            needs(given, what, "media, which --no-media leaves out", !media.no_media)?;
        }
        needs(media.repeat, "--loop", "--play", media.play.is_some())
    }

    /// The settings of the user agent.
    pub(crate) fn config(&self) -> Config {
        let defaults = Config::default();
        let Self { network, media, calls, output, .. } = self;
        Config {
            listen: network.listen.clone(),
            local_ip: network.local_ip,
            rtp_ports: network.rtp_ports.unwrap_or(defaults.rtp_ports),
            codecs: match media.codecs.as_slice() {
                [] => defaults.codecs,
                codecs => codecs.to_vec(),
            },
            ptime_ms: media.ptime,
            media: !media.no_media,
            max_calls: calls.max_calls.unwrap_or(defaults.max_calls),
            quality_every: output.stats,
            capture: output.pcap.clone(),
            trace: output.trace.then(crate::log::trace),
            ..defaults
        }
    }

    /// The settings of every call that is placed.
    pub(crate) fn dial(&self) -> DialOptions {
        DialOptions {
            headers: self.calls.header.clone(),
            ring_timeout: self.calls.ring_for,
            dtmf: self.media.dtmf.clone(),
            ..DialOptions::default()
        }
    }
}

impl AccountOptions {
    /// The account, if one is described.
    pub(crate) fn config(&self) -> Result<Option<AccountConfig>, Failure> {
        let Some(aor) = self.address()? else { return Ok(None) };
        let mut config = AccountConfig::new(aor);
        config.display_name.clone_from(&self.display_name);
        config.auth_user = self.auth_user.clone().or_else(|| self.user.clone());
        config.secret = self.password()?.map(Secret::Password);
        config.server.clone_from(&self.server);
        config.outbound_proxy.clone_from(&self.outbound_proxy);
        config.register = !self.no_register;
        config.expires = self.expires;
        config.headers.clone_from(&self.headers);
        Ok(Some(config))
    }

    /// `--aor`, or the user at the first server.
    fn address(&self) -> Result<Option<String>, Failure> {
        match (&self.aor, &self.user, &self.server) {
            (Some(aor), _, _) => Ok(Some(aor.clone())),
            (None, Some(user), Some(server)) => {
                let first = server.split([',', ';']).next().unwrap_or(server).trim();
                let first = first.strip_prefix("sip:").unwrap_or(first);
                Ok(Some(format!("sip:{user}@{first}")))
            }
            (None, Some(_), None) => Err(Failure::usage("--user needs --aor URI or --server HOST")),
            (None, None, _) => Ok(None),
        }
    }

    fn password(&self) -> Result<Option<String>, Failure> {
        let Some(path) = &self.password_file else { return Ok(std::env::var(PASSWORD).ok()) };
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::failed(format!("{}: {error}", path.display())))?;
        Ok(Some(text.lines().next().unwrap_or_default().to_owned()))
    }
}
