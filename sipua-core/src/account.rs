//! The accounts: who we are, where our requests go first, and whose call a request is.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use crate::auth::Credentials;
use crate::event::{AccountId, AccountSettings, Party};
use crate::hash::BuildIdHasher;
use crate::message::{HeaderName, Headers, Host, Request, Scheme, Uri, UriRef};

/// Addresses of servers that are known of one account; the newest ones.
const MAX_SERVERS: usize = 8;

/// All accounts of an endpoint.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    settings: HashMap<AccountId, AccountSettings, BuildIdHasher>,
    /// Where a REGISTER was accepted.
    servers: HashMap<AccountId, Vec<IpAddr>, BuildIdHasher>,
    /// The accounts whose address of record, or Contact, has this user part.
    by_user: BTreeMap<Box<str>, Vec<AccountId>>,
}

impl Accounts {
    pub(crate) fn get(&self, id: AccountId) -> Option<&AccountSettings> {
        self.settings.get(&id)
    }

    pub(crate) fn credentials(&self, id: AccountId) -> Option<&Credentials> {
        self.settings.get(&id)?.credentials.as_ref()
    }

    pub(crate) fn add(&mut self, id: AccountId, settings: AccountSettings) {
        for user in [settings.aor.user().unwrap_or_default(), settings.contact_user()] {
            let ids = self.by_user.entry(user.into()).or_default();
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        self.settings.insert(id, settings);
    }

    pub(crate) fn remove(&mut self, id: AccountId) -> Option<AccountSettings> {
        self.by_user.retain(|_, ids| {
            ids.retain(|&other| other != id);
            !ids.is_empty()
        });
        self.servers.remove(&id);
        self.settings.remove(&id)
    }

    /// A REGISTER of the account was accepted there.
    pub(crate) fn learn_server(&mut self, id: AccountId, ip: IpAddr) {
        let known = self.servers.entry(id).or_default();
        if known.contains(&ip) {
            return;
        }
        if known.len() >= MAX_SERVERS {
            known.remove(0);
        }
        known.push(ip);
    }

    /// Whether this is an address of a server of the account: one that is configured, or one that has
    /// accepted a REGISTER.
    pub(crate) fn is_server(&self, id: AccountId, ip: IpAddr) -> bool {
        let learned = self.servers.get(&id).is_some_and(|known| known.contains(&ip));
        let configured = |settings: &AccountSettings| {
            let home = std::iter::once(&settings.aor);
            let mut uris = settings.outbound_proxy.iter().chain(&settings.servers).chain(home);
            uris.any(|uri| uri.host().is_some_and(|host| host.ip() == Some(ip)))
        };
        learned || self.settings.get(&id).is_some_and(configured)
    }

    /// Whom a request from outside any dialog is for: the address of record in the Request-URI, then
    /// our Contact there, then the address of record in To.
    pub(crate) fn addressed(&self, request: &Request) -> Option<AccountId> {
        let uri = request.uri().ok()?;
        self.with_address(uri)
            .or_else(|| self.with_contact(uri))
            .or_else(|| self.with_address(request.headers.to().ok()?.uri))
    }

    fn with_address(&self, uri: UriRef<'_>) -> Option<AccountId> {
        let users = self.by_user.get(uri.user().unwrap_or_default())?;
        users.iter().copied().find(|id| {
            self.settings.get(id).is_some_and(|settings| {
                settings.aor.user() == uri.user() && settings.aor.host() == uri.host()
            })
        })
    }

    fn with_contact(&self, uri: UriRef<'_>) -> Option<AccountId> {
        // Our Contact names an IP address; a name is somebody's domain.
        let Some(Host::Ip(_)) = uri.host() else { return None };
        let user = uri.user().unwrap_or_default();
        let users = self.by_user.get(user)?;
        users.iter().copied().find(|id| {
            self.settings.get(id).is_some_and(|settings| settings.contact_user() == user)
        })
    }
}

impl AccountSettings {
    /// The user part of the Contact.
    pub(crate) fn contact_user(&self) -> &str {
        match &self.contact_user {
            Some(user) => user,
            None => self.aor.user().unwrap_or_default(),
        }
    }

    /// Who this account's calls are from.
    pub(crate) fn party(&self) -> Party {
        Party { uri: self.aor.clone(), display_name: self.display_name.as_deref().map(Into::into) }
    }

    /// The first hops of a request to `target`, in order of preference (RFC 3261 8.1.2).
    pub(crate) fn hops(&self, target: &Uri) -> Vec<Uri> {
        match (self.outbound_proxy.first(), self.servers.as_slice()) {
            (Some(proxy), _) => vec![proxy.clone()],
            (None, []) if matches!(target.scheme(), Scheme::Tel) => vec![self.registrar()],
            (None, []) => vec![target.clone()],
            (None, servers) => servers.to_vec(),
        }
    }

    /// Writes the pre-loaded Route (RFC 3261 8.1.2).
    pub(crate) fn write_routes(&self, headers: &mut Headers) {
        for proxy in &self.outbound_proxy {
            // RFC 3261 19.1.1: a proxy of our choice is a loose router even if the setting is short.
            let lr = if proxy.has_lr() { "" } else { ";lr" };
            headers.push_display(&HeaderName::Route, format_args!("<{proxy}{lr}>"));
        }
    }

    /// The Request-URI of REGISTER: the address of record without its user (RFC 3261 10.2).
    pub(crate) fn registrar(&self) -> Uri {
        match self.aor.host() {
            Some(host) => {
                let plain = Uri::sip(None, host, self.aor.port());
                match self.aor.transport() {
                    Some(transport) => plain.with_param("transport", Some(transport)),
                    None => plain,
                }
            }
            None => self.aor.clone(),
        }
    }
}
