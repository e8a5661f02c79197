//! URIs: `sip`, `sips`, `tel`, and any other scheme as text.

mod build;
mod compare;
mod host;
mod parts;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

pub use host::Host;
use parts::{HostPart, Kind, Parts};

use super::UriError;
use super::params::Params;

/// The scheme of a URI; case does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme<'a> {
    /// RFC 3261 19.1.
    Sip,
    /// RFC 3261 19.1.
    Sips,
    /// RFC 3966.
    Tel,
    /// Any other; the URI is kept as text.
    Other(&'a str),
}

/// A URI borrowed from a message.
#[derive(Clone, Copy)]
pub struct UriRef<'a> {
    text: &'a str,
    parts: Parts,
}

impl<'a> UriRef<'a> {
    /// Reads a URI.
    ///
    /// Tolerant of characters that peers use unescaped (`#` in a user part); strict where the parts
    /// would not be certain.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &'a str) -> Result<Self, UriError> {
        Ok(Self { text, parts: Parts::parse(text)? })
    }

    pub(super) fn parse_bytes(text: &'a [u8]) -> Result<Self, UriError> {
        Self::parse(std::str::from_utf8(text).map_err(|_| UriError::NotUtf8)?)
    }

    /// Whether every character and escape is what RFC 3261 25.1 allows.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), UriError> {
        self.parts.check(self.text)
    }

    /// The text, verbatim.
    #[must_use]
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// The scheme.
    #[must_use]
    pub fn scheme(&self) -> Scheme<'a> {
        match self.parts.kind {
            Kind::Sip => Scheme::Sip,
            Kind::Sips => Scheme::Sips,
            Kind::Tel => Scheme::Tel,
            Kind::Other => Scheme::Other(self.parts.scheme.of(self.text)),
        }
    }

    /// The user part of sip and sips, escapes as written.
    #[must_use]
    pub fn user(&self) -> Option<&'a str> {
        match self.parts.kind {
            Kind::Sip | Kind::Sips => self.parts.user.map(|span| span.of(self.text)),
            Kind::Tel | Kind::Other => None,
        }
    }

    /// The user part with its escapes resolved; bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn unescaped_user(&self) -> Option<Cow<'a, str>> {
        self.user().map(compare::unescape_lossy)
    }

    /// The password (RFC 3261 19.1.1 advises against it).
    #[must_use]
    pub fn password(&self) -> Option<&'a str> {
        self.parts.password.map(|span| span.of(self.text))
    }

    /// The number of a tel URI, verbatim: visual separators and the plus sign stay.
    #[must_use]
    pub fn tel_number(&self) -> Option<&'a str> {
        match self.parts.kind {
            Kind::Tel => self.parts.user.map(|span| span.of(self.text)),
            _ => None,
        }
    }

    /// The host of sip and sips.
    #[must_use]
    pub fn host(&self) -> Option<Host<'a>> {
        Some(match self.parts.host? {
            HostPart::Ip(ip) => Host::Ip(ip),
            HostPart::Name(span) => Host::Name(span.of(self.text)),
        })
    }

    /// The port, when written.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.parts.port
    }

    /// The URI's own parameters.
    #[must_use]
    pub fn params(&self) -> Params<'a> {
        Params::from_checked(self.parts.params.of(self.text))
    }

    /// [`Params::get`] of [`params`](Self::params).
    #[must_use]
    pub fn param(&self, name: &str) -> Option<Option<&'a str>> {
        self.params().get(name)
    }

    /// The value of the `transport` parameter.
    #[must_use]
    pub fn transport(&self) -> Option<&'a str> {
        self.params().value("transport")
    }

    /// Whether it is a loose router's (RFC 3261 16.12).
    #[must_use]
    pub fn has_lr(&self) -> bool {
        self.params().contains("lr")
    }

    /// Whether the scheme is `sips`.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.parts.kind == Kind::Sips
    }

    /// What follows the `?`, as written.
    #[must_use]
    pub fn headers(&self) -> Option<&'a str> {
        self.parts.headers.map(|span| span.of(self.text))
    }

    /// Whether both mean the same (RFC 3261 19.1.4; RFC 3966 5 for tel). Not transitive, therefore
    /// not `==`.
    #[must_use]
    pub fn equivalent(&self, other: &UriRef<'_>) -> bool {
        compare::equivalent(self, other)
    }

    /// An owned copy.
    #[must_use]
    pub fn to_uri(&self) -> Uri {
        Uri { text: self.text.into(), parts: self.parts }
    }
}

impl fmt::Display for UriRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

impl fmt::Debug for UriRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

impl PartialEq for UriRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for UriRef<'_> {}

/// A URI of its own; a clone shares the text.
///
/// `==` compares the text; [`equivalent`](Uri::equivalent) compares the meaning.
///
/// ```
/// use sipua_core::message::{Host, Uri};
/// let uri: Uri = "sip:alice@[2001:db8::1]:5070;transport=tcp".parse()?;
/// assert_eq!(uri.user(), Some("alice"));
/// assert_eq!(uri.host(), Some(Host::Ip("2001:db8::1".parse()?)));
/// assert!(uri.equivalent(&"SIP:alice@[2001:DB8:0::1]:5070;Transport=TCP".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Uri {
    text: Arc<str>,
    parts: Parts,
}

impl Uri {
    /// Reads a URI; see [`UriRef::parse`].
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        UriRef::parse(text).map(|uri| uri.to_uri())
    }

    /// The borrowed form, which has all getters.
    #[must_use]
    pub fn as_ref(&self) -> UriRef<'_> {
        UriRef { text: &self.text, parts: self.parts }
    }

    /// The text, verbatim.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// See [`UriRef::scheme`].
    #[must_use]
    pub fn scheme(&self) -> Scheme<'_> {
        self.as_ref().scheme()
    }

    /// See [`UriRef::user`].
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.as_ref().user()
    }

    /// See [`UriRef::unescaped_user`].
    #[must_use]
    pub fn unescaped_user(&self) -> Option<Cow<'_, str>> {
        self.as_ref().unescaped_user()
    }

    /// See [`UriRef::password`].
    #[must_use]
    pub fn password(&self) -> Option<&str> {
        self.as_ref().password()
    }

    /// See [`UriRef::tel_number`].
    #[must_use]
    pub fn tel_number(&self) -> Option<&str> {
        self.as_ref().tel_number()
    }

    /// See [`UriRef::host`].
    #[must_use]
    pub fn host(&self) -> Option<Host<'_>> {
        self.as_ref().host()
    }

    /// See [`UriRef::port`].
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.parts.port
    }

    /// See [`UriRef::params`].
    #[must_use]
    pub fn params(&self) -> Params<'_> {
        self.as_ref().params()
    }

    /// See [`UriRef::param`].
    #[must_use]
    pub fn param(&self, name: &str) -> Option<Option<&str>> {
        self.as_ref().param(name)
    }

    /// See [`UriRef::transport`].
    #[must_use]
    pub fn transport(&self) -> Option<&str> {
        self.as_ref().transport()
    }

    /// See [`UriRef::has_lr`].
    #[must_use]
    pub fn has_lr(&self) -> bool {
        self.as_ref().has_lr()
    }

    /// See [`UriRef::is_secure`].
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.as_ref().is_secure()
    }

    /// See [`UriRef::headers`].
    #[must_use]
    pub fn headers(&self) -> Option<&str> {
        self.as_ref().headers()
    }

    /// See [`UriRef::equivalent`].
    #[must_use]
    pub fn equivalent(&self, other: &Self) -> bool {
        self.as_ref().equivalent(&other.as_ref())
    }
}

impl FromStr for Uri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        Self::parse(text)
    }
}

impl PartialEq for Uri {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Uri {}

impl Hash for Uri {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
