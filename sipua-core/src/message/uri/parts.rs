//! Where the parts of a URI are in its text.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::host::parse_port;
use crate::message::UriError;
use crate::message::limits::{MAX_PARAMS, MAX_URI};
use crate::message::token::{is_host_text, is_param_text, is_uri_byte, is_user_text};

/// A piece of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    pub(super) fn new(start: usize, end: usize) -> Self {
        // Lossless: what is parsed is at most MAX_URI long, what is built far below 4 GiB.
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { start: narrow(start), end: narrow(end) }
    }

    pub(super) fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Sip,
    Sips,
    Tel,
    Other,
}

impl Kind {
    fn of(scheme: &str) -> Result<Self, UriError> {
        let same = |known: &str| scheme.eq_ignore_ascii_case(known);
        if same("sip") {
            return Ok(Self::Sip);
        }
        if same("sips") {
            return Ok(Self::Sips);
        }
        if same("tel") {
            return Ok(Self::Tel);
        }
        let alphabetic = scheme.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
        let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
        if alphabetic && scheme.bytes().all(legal) {
            Ok(Self::Other)
        } else {
            Err(UriError::Scheme)
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HostPart {
    Ip(IpAddr),
    Name(Span),
}

/// The result of parsing; without the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) kind: Kind,
    pub(super) scheme: Span,
    /// User of sip and sips, number of tel, everything after the colon of other schemes.
    pub(super) user: Option<Span>,
    pub(super) password: Option<Span>,
    pub(super) host: Option<HostPart>,
    pub(super) port: Option<u16>,
    /// Empty, or from the first `;` on.
    pub(super) params: Span,
    pub(super) headers: Option<Span>,
}

impl Parts {
    pub(super) fn parse(text: &str) -> Result<Self, UriError> {
        if text.len() > MAX_URI {
            return Err(UriError::TooLong);
        }
        let colon = memchr::memchr(b':', text.as_bytes()).ok_or(UriError::Scheme)?;
        let (scheme, rest) = (text.get(..colon).unwrap_or_default(), colon + 1);
        let kind = Kind::of(scheme)?;
        if !text.bytes().all(is_uri_byte) {
            return Err(UriError::Character);
        }
        let parts = Self {
            kind,
            scheme: Span::new(0, colon),
            user: None,
            password: None,
            host: None,
            port: None,
            params: Span::new(text.len(), text.len()),
            headers: None,
        };
        match kind {
            Kind::Sip | Kind::Sips => parts.sip(text, rest),
            Kind::Tel => parts.tel(text, rest),
            Kind::Other if rest == text.len() => Err(UriError::User),
            Kind::Other => Ok(Self { user: Some(Span::new(rest, text.len())), ..parts }),
        }
    }

    /// RFC 3261 19.1.1: `[user[:password]@]host[:port][;params][?headers]`.
    fn sip(mut self, text: &str, start: usize) -> Result<Self, UriError> {
        let bytes = text.as_bytes();
        let after = |from: usize| bytes.get(from..).unwrap_or_default();
        let mut at = start;
        if let Some(length) = memchr::memchr(b'@', after(start)) {
            let end = start + length;
            let colon = memchr::memchr(b':', bytes.get(start..end).unwrap_or_default());
            let user_end = colon.map_or(end, |colon| start + colon);
            if user_end == start {
                return Err(UriError::User);
            }
            self.user = Some(Span::new(start, user_end));
            self.password = colon.map(|_| Span::new(user_end + 1, end));
            at = end + 1;
        }
        let host_start = at;
        if bytes.get(at) == Some(&b'[') {
            at += memchr::memchr(b']', after(at)).ok_or(UriError::Host)? + 1;
        }
        at += memchr::memchr3(b':', b';', b'?', after(at)).unwrap_or(bytes.len() - at);
        self.host = Some(parse_host(text, host_start, at)?);
        if bytes.get(at) == Some(&b':') {
            let port = at + 1;
            at = port + memchr::memchr2(b';', b'?', after(port)).unwrap_or(bytes.len() - port);
            let digits = text.get(port..at).unwrap_or_default();
            self.port = Some(parse_port(digits).ok_or(UriError::Port)?);
        }
        if bytes.get(at) == Some(&b';') {
            let end = at + memchr::memchr(b'?', after(at)).unwrap_or(bytes.len() - at);
            self.params = Span::new(at, end);
            check_params(self.params.of(text))?;
            at = end;
        }
        if bytes.get(at) == Some(&b'?') {
            self.headers = Some(Span::new(at + 1, bytes.len()));
        }
        Ok(self)
    }

    /// RFC 3966 3: `number[;params]`.
    fn tel(mut self, text: &str, start: usize) -> Result<Self, UriError> {
        let rest = text.get(start..).unwrap_or_default();
        let end = start + rest.find(';').unwrap_or(rest.len());
        let number = Span::new(start, end);
        let legal = |b: u8| b.is_ascii_hexdigit() || b"*#+-.()".contains(&b);
        if end == start || !number.of(text).bytes().all(legal) {
            return Err(UriError::User);
        }
        self.user = Some(number);
        self.params = Span::new(end, text.len());
        check_params(self.params.of(text))?;
        Ok(self)
    }

    /// Every character and escape as RFC 3261 25.1 wants it; parsing is more tolerant.
    pub(super) fn check(&self, text: &str) -> Result<(), UriError> {
        let headers = self.headers.map(|span| span.of(text));
        let parts = [self.user, self.password, Some(self.params)];
        for part in parts.into_iter().flatten().map(|span| span.of(text)).chain(headers) {
            check_escapes(part)?;
        }
        if !matches!(self.kind, Kind::Sip | Kind::Sips) {
            return Ok(());
        }
        let user = [self.user, self.password].into_iter().flatten();
        if !user.map(|span| span.of(text)).all(|part| is_user_text(part.as_bytes())) {
            return Err(UriError::Character);
        }
        let legal = |b: u8| is_param_text(&[b]) || matches!(b, b';' | b'=');
        if !self.params.of(text).bytes().all(legal) {
            return Err(UriError::Character);
        }
        let legal = |b: u8| is_param_text(&[b]) || matches!(b, b'?' | b'=');
        if !headers.is_none_or(|part| !part.is_empty() && part.bytes().all(legal)) {
            return Err(UriError::Headers);
        }
        Ok(())
    }
}

fn parse_host(text: &str, start: usize, end: usize) -> Result<HostPart, UriError> {
    let host = text.get(start..end).unwrap_or_default();
    if let Some(inner) = host.strip_prefix('[') {
        let inner = inner.strip_suffix(']').ok_or(UriError::Host)?;
        return inner
            .parse::<Ipv6Addr>()
            .map(|ip| HostPart::Ip(ip.into()))
            .map_err(|_| UriError::Host);
    }
    if host.as_bytes().last().is_some_and(u8::is_ascii_digit)
        && let Ok(ip) = host.parse::<Ipv4Addr>()
    {
        return Ok(HostPart::Ip(ip.into()));
    }
    if is_host_text(host.as_bytes()) {
        Ok(HostPart::Name(Span::new(start, end)))
    } else {
        Err(UriError::Host)
    }
}

/// RFC 3261 19.1.1: each parameter has a name, and no name occurs twice.
fn check_params(params: &str) -> Result<(), UriError> {
    let name = |param: &'_ str| param.split_once('=').map_or(param.len(), |(name, _)| name.len());
    let mut rest = params.split(';').skip(1);
    let mut count = 0;
    while let Some(param) = rest.next() {
        count += 1;
        let key = param.get(..name(param)).unwrap_or_default();
        let same = |other: &str| {
            other.get(..name(other)).is_some_and(|other| other.eq_ignore_ascii_case(key))
        };
        if count > MAX_PARAMS || key.is_empty() || rest.clone().any(same) {
            return Err(UriError::Parameter);
        }
    }
    Ok(())
}

fn check_escapes(text: &str) -> Result<(), UriError> {
    let mut rest = text.as_bytes();
    while let Some(at) = memchr::memchr(b'%', rest) {
        let digits = rest.get(at + 1..at + 3).unwrap_or_default();
        if digits.len() != 2 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(UriError::Escape);
        }
        rest = rest.get(at + 3..).unwrap_or_default();
    }
    Ok(())
}
