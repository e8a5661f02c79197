//! The server's side: an authorization read and checked.

use super::digest::Input;
use super::params::{Section, sections};
use super::{Algorithm, Credentials, MAX_CHALLENGES, Qop};
use crate::message::{HeaderName, Headers, Method};

/// The value of an Authorization or Proxy-Authorization header of the Digest scheme.
#[derive(Debug, Clone, Copy)]
pub struct Authorization<'a> {
    /// The user name, as written between the quotes.
    pub username: &'a str,
    /// The protection space.
    pub realm: &'a str,
    /// The nonce it answers; whether it is one's own, and fresh, is the server's to know.
    pub nonce: &'a str,
    /// The digest-uri; that it means the Request-URI is the server's to check.
    pub uri: &'a str,
    /// The response value.
    pub response: &'a str,
    /// The hash function.
    pub algorithm: Algorithm,
    /// The `-sess` variant of it.
    pub session: bool,
    /// The quality of protection.
    pub qop: Qop,
    /// The client nonce; empty without qop.
    pub cnonce: &'a str,
    /// The nonce count as written; empty without qop.
    pub nonce_count: &'a str,
    /// The returned opaque.
    pub opaque: Option<&'a str>,
}

impl<'a> Authorization<'a> {
    /// The digest authorizations of a header (Authorization or Proxy-Authorization).
    pub fn all(headers: &'a Headers, name: &'a HeaderName) -> impl Iterator<Item = Self> {
        let lines = headers.get_all(name).filter_map(|line| std::str::from_utf8(line).ok());
        lines.flat_map(sections).take(MAX_CHALLENGES).filter_map(Self::from_section)
    }

    fn from_section(section: Section<'a>) -> Option<Self> {
        if !section.scheme.eq_ignore_ascii_case("Digest") {
            return None;
        }
        let algorithm = section.get("algorithm");
        let (algorithm, session) =
            algorithm.map_or(Some((Algorithm::Md5, false)), Algorithm::parse)?;
        let qop = match section.get("qop") {
            None => Qop::None,
            Some(qop) => qop.eq_ignore_ascii_case("auth").then_some(Qop::Auth)?,
        };
        Some(Self {
            username: section.get("username")?,
            realm: section.get("realm")?,
            nonce: section.get("nonce")?,
            uri: section.get("uri")?,
            response: section.get("response")?,
            algorithm,
            session,
            qop,
            cnonce: section.get("cnonce").unwrap_or_default(),
            nonce_count: section.get("nc").unwrap_or_default(),
            opaque: section.get("opaque"),
        })
    }

    /// The nonce count as a number; `None` without one, or when it is not eight hexadecimal digits.
    #[must_use]
    pub fn count(&self) -> Option<u32> {
        let digits = self.nonce_count.len() == 8
            && self.nonce_count.bytes().all(|digit| digit.is_ascii_hexdigit());
        digits.then(|| u32::from_str_radix(self.nonce_count, 16).ok())?
    }

    /// Whether the response value is that of these credentials for a request of this method.
    #[must_use]
    pub fn verify(&self, credentials: &Credentials, method: &Method) -> bool {
        let form = match self.qop {
            // RFC 7616 3.4: with qop both are required.
            Qop::Auth => self.count().is_some() && !self.cnonce.is_empty(),
            Qop::None => true,
        };
        if !form || !credentials.serves(self.algorithm) {
            return false;
        }
        let input = Input {
            algorithm: self.algorithm,
            session: self.session,
            qop: self.qop,
            realm: self.realm,
            nonce: self.nonce,
            cnonce: self.cnonce,
            nonce_count: self.nonce_count,
            method: method.as_str(),
            uri: self.uri.as_bytes(),
        };
        let expected = input.response(credentials);
        let user = crate::message::quote(credentials.username());
        let same_user = user.get(1..user.len() - 1) == Some(self.username);
        same_user && same_digits(expected.as_bytes(), self.response.as_bytes())
    }
}

/// In a time that does not tell where they differ.
fn same_digits(a: &[u8], b: &[u8]) -> bool {
    let differences = a.iter().zip(b).fold(0, |seen, (x, y)| seen | (x ^ y.to_ascii_lowercase()));
    a.len() == b.len() && differences == 0
}
