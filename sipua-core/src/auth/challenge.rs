//! Challenges: read from a 401 or 407, and written by a server.

use std::fmt;

use super::params::{Section, sections};
use super::{Algorithm, MAX_CHALLENGES};
use crate::message::{HeaderName, Headers};

/// The quality of protection a challenge offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Qop {
    /// No `qop`: the form of RFC 2069, without nonce count and client nonce.
    None,
    /// `auth`.
    Auth,
}

/// A digest challenge that can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// The protection space, as written between the quotes.
    pub realm: String,
    /// The server's nonce, as written between the quotes.
    pub nonce: String,
    /// To be returned as it is.
    pub opaque: Option<String>,
    /// The hash function.
    pub algorithm: Algorithm,
    /// The `-sess` variant of it (RFC 7616 3.4.2).
    pub session: bool,
    /// Whether `algorithm` was written; only then it is returned.
    pub algorithm_given: bool,
    /// `auth` when it is among those offered.
    pub qop: Qop,
    /// The nonce was too old, and the credentials were right (RFC 7616 3.3).
    pub stale: bool,
}

impl Challenge {
    /// A server's challenge of SHA-256 or the like with `qop="auth"`.
    #[must_use]
    pub fn new(realm: &str, nonce: &str, algorithm: Algorithm) -> Self {
        Self {
            realm: realm.to_owned(),
            nonce: nonce.to_owned(),
            opaque: None,
            algorithm,
            session: false,
            algorithm_given: true,
            qop: Qop::Auth,
            stale: false,
        }
    }

    /// The challenges of a header (WWW-Authenticate or Proxy-Authenticate) that can be answered:
    /// Digest, with a known algorithm and qop.
    pub fn all<'a>(headers: &'a Headers, name: &'a HeaderName) -> impl Iterator<Item = Self> + 'a {
        let lines = headers.get_all(name).filter_map(|line| std::str::from_utf8(line).ok());
        lines.flat_map(sections).take(MAX_CHALLENGES).filter_map(Self::from_section)
    }

    fn from_section(section: Section<'_>) -> Option<Self> {
        if !section.scheme.eq_ignore_ascii_case("Digest") {
            return None;
        }
        let algorithm = section.get("algorithm");
        // RFC 7616 3.3: without algorithm it is MD5; one that is not known makes it unusable.
        let (known, session) = algorithm.map_or(Some((Algorithm::Md5, false)), Algorithm::parse)?;
        let qop = match section.get("qop") {
            None => Qop::None,
            Some(offered) => {
                let auth = |option: &str| option.trim().eq_ignore_ascii_case("auth");
                offered.split(',').any(auth).then_some(Qop::Auth)?
            }
        };
        Some(Self {
            realm: section.get("realm")?.to_owned(),
            nonce: section.get("nonce")?.to_owned(),
            opaque: section.get("opaque").map(str::to_owned),
            algorithm: known,
            session,
            algorithm_given: algorithm.is_some(),
            qop,
            stale: section.get("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
        })
    }

    /// The name of the algorithm with its variant.
    pub(super) fn algorithm_name(&self) -> (&'static str, &'static str) {
        (self.algorithm.as_str(), if self.session { "-sess" } else { "" })
    }
}

/// As the value of WWW-Authenticate or Proxy-Authenticate.
impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest realm=\"{}\", nonce=\"{}\"", self.realm, self.nonce)?;
        if let Some(opaque) = &self.opaque {
            write!(f, ", opaque=\"{opaque}\"")?;
        }
        if self.stale {
            f.write_str(", stale=true")?;
        }
        if self.algorithm_given {
            let (name, variant) = self.algorithm_name();
            write!(f, ", algorithm={name}{variant}")?;
        }
        match self.qop {
            Qop::None => Ok(()),
            Qop::Auth => f.write_str(", qop=\"auth\""),
        }
    }
}
