//! An account's handle.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use sipua_core::auth::Credentials;
use sipua_core::event::{self as core, AccountId, AccountSettings};
use sipua_core::message::Uri;

use super::target::{header, parse_target};
use super::user_agent::UaShared;
use super::{Call, Response};
use crate::agent::{AccountEntry, Binding, Command};
use crate::config::{AccountConfig, DialOptions, Secret};
use crate::driver::DriverCommand;
use crate::error::{Error, Result};

/// An address of record of a user agent, registered or not.
#[derive(Clone)]
pub struct Account {
    ua: Arc<UaShared>,
    id: AccountId,
    aor: Uri,
}

impl Account {
    pub(super) fn add(ua: Arc<UaShared>, config: AccountConfig) -> Result<Self> {
        let aor = parse_target(&config.aor, None)?;
        let settings = settings(&config, &aor)?;
        let id = AccountId(ua.ids.allocate());
        let tag = config.tag.map(Arc::from);
        let entry = Box::new(AccountEntry { settings, tag, binding: Binding::None });
        let register = config.register;
        ua.send(DriverCommand::Agent(Command::AddAccount { account: id, entry, register }))?;
        Ok(Self { ua, id, aor })
    }

    /// Its id, as in events.
    pub const fn id(&self) -> AccountId {
        self.id
    }

    /// Its address of record.
    pub const fn aor(&self) -> &Uri {
        &self.aor
    }

    /// Registers now, and keeps the registration fresh.
    pub fn register(&self) -> Result<()> {
        self.core(core::Command::Register { account: self.id })
    }

    /// Takes the registration back; `unregistered` follows.
    pub fn unregister(&self) -> Result<()> {
        self.core(core::Command::Unregister { account: self.id })
    }

    /// Forgets the account, unregistering it first; its calls go on.
    pub fn remove(&self) -> Result<()> {
        self.core(core::Command::RemoveAccount { account: self.id })
    }

    /// Calls a target as this account: an address, or a number at its domain.
    pub fn dial(&self, target: &str, options: DialOptions) -> Result<Call> {
        self.ua.dial(Some(self), target, options)
    }

    /// Sends a request outside of any call as this account, as
    /// [`UserAgent::send_request`](crate::UserAgent::send_request).
    pub async fn send_request(
        &self,
        method: &str,
        target: &str,
        headers: &[(String, String)],
        body: Option<(&str, &[u8])>,
    ) -> Result<Response> {
        self.ua.send_request(Some(self), method, target, headers, body).await
    }

    fn core(&self, command: core::Command) -> Result<()> {
        self.ua.send(DriverCommand::Agent(Command::Core(command)))
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Account").field("id", &self.id).field("aor", &self.aor).finish()
    }
}

fn settings(config: &AccountConfig, aor: &Uri) -> Result<AccountSettings> {
    let user = aor.unescaped_user().map(Cow::into_owned).unwrap_or_default();
    let mut settings = AccountSettings::new(aor.clone());
    settings.display_name.clone_from(&config.display_name);
    settings.expires = config.expires;
    let auth_user = config.auth_user.clone().unwrap_or(user);
    settings.credentials = match &config.secret {
        Some(Secret::Password(password)) => Some(Credentials::password(auth_user, password)),
        Some(Secret::Ha1(hash)) => Some(ha1(auth_user, hash)?),
        None => None,
    };
    if let Some(servers) = &config.server {
        settings.servers =
            servers.split(',').map(|server| server_uri(server.trim())).collect::<Result<_>>()?;
    }
    if let Some(proxy) = &config.outbound_proxy {
        settings.outbound_proxy = vec![loose_route(parse_target(proxy, None)?)];
    }
    settings.headers =
        config.headers.iter().map(|(name, value)| header(name, value)).collect::<Result<_>>()?;
    Ok(settings)
}

fn ha1(user: String, hash: &str) -> Result<Credentials> {
    use sipua_core::auth::Algorithm;
    let algorithm = match hash.len() {
        32 => Algorithm::Md5,
        64 => Algorithm::Sha256,
        _ => {
            let problem = "is 32 (MD5) or 64 (SHA-256) hexadecimal digits";
            return Err(Error::invalid("ha1", "…", problem));
        }
    };
    Ok(Credentials::ha1(user, hash, algorithm))
}

/// `HOST[:PORT][;transport=…]` as the address of a server.
fn server_uri(server: &str) -> Result<Uri> {
    let text = if server.starts_with("sip:") || server.starts_with("sips:") {
        server.to_owned()
    } else {
        format!("sip:{server}")
    };
    let wrong = |problem: String| Error::invalid("server", server, problem);
    let uri: Uri = text
        .parse()
        .map_err(|error| wrong(format!("{error}; a server looks like sip.example.com:5060")))?;
    if uri.host().is_none() {
        return Err(wrong("names no host; a server looks like sip.example.com:5060".to_owned()));
    }
    Ok(uri)
}

/// RFC 3261 16.12: a pre-loaded route is a loose one.
fn loose_route(uri: Uri) -> Uri {
    if uri.has_lr() { uri } else { uri.with_param("lr", None) }
}
