//! Equivalence of URIs.

use std::borrow::Cow;

use super::{Scheme, UriRef};

/// RFC 3261 19.1.4.
pub(super) fn equivalent(a: &UriRef<'_>, b: &UriRef<'_>) -> bool {
    match (a.scheme(), b.scheme()) {
        (Scheme::Sip, Scheme::Sip) | (Scheme::Sips, Scheme::Sips) => sip(a, b),
        (Scheme::Tel, Scheme::Tel) => tel(a, b),
        (Scheme::Other(x), Scheme::Other(y)) => {
            // RFC 3986 6.2: without knowing the scheme only the text can be compared.
            x.eq_ignore_ascii_case(y) && a.as_str().get(x.len()..) == b.as_str().get(y.len()..)
        }
        _ => false,
    }
}

fn sip(a: &UriRef<'_>, b: &UriRef<'_>) -> bool {
    // "an omitting component does not match one with an explicit default value": ports too.
    same_text(a.user(), b.user())
        && same_text(a.password(), b.password())
        && a.host() == b.host()
        && a.port() == b.port()
        && params_match(a, b)
        && params_match(b, a)
        && headers_match(a.headers(), b.headers())
}

/// Each parameter of `a` that `b` has too must be equal; these five must not be in one only.
fn params_match(a: &UriRef<'_>, b: &UriRef<'_>) -> bool {
    const DECISIVE: [&str; 5] = ["user", "ttl", "method", "maddr", "transport"];
    a.params().iter().all(|(name, value)| match b.param(name) {
        Some(other) => match (value, other) {
            (Some(x), Some(y)) => unescape(x).eq_ignore_ascii_case(&unescape(y)),
            (None, None) => true,
            _ => false,
        },
        None => !DECISIVE.iter().any(|known| known.eq_ignore_ascii_case(name)),
    })
}

/// Headers must all be in both, in any order.
fn headers_match(a: Option<&str>, b: Option<&str>) -> bool {
    let (a, b) = (a.unwrap_or_default(), b.unwrap_or_default());
    let subset = |one: &str, two: &str| {
        one.split('&').all(|header| two.split('&').any(|other| same_header(header, other)))
    };
    a.split('&').count() == b.split('&').count() && subset(a, b) && subset(b, a)
}

fn same_header(a: &str, b: &str) -> bool {
    let (name, value) = a.split_once('=').unwrap_or((a, ""));
    let (other_name, other) = b.split_once('=').unwrap_or((b, ""));
    unescape(name).eq_ignore_ascii_case(&unescape(other_name)) && unescape(value) == unescape(other)
}

/// RFC 3966 4 and 5: visual separators and case do not count; parameters in any order.
fn tel(a: &UriRef<'_>, b: &UriRef<'_>) -> bool {
    let digits = |number: Option<&str>| -> Vec<u8> {
        let number = number.unwrap_or_default().bytes();
        number.filter(|b| !b"-.()".contains(b)).map(|b| b.to_ascii_lowercase()).collect()
    };
    let subset = |one: &UriRef<'_>, two: &UriRef<'_>| {
        one.params().iter().all(|(name, value)| match (value, two.param(name)) {
            (Some(x), Some(Some(y))) => x.eq_ignore_ascii_case(y),
            (None, Some(None)) => true,
            _ => false,
        })
    };
    digits(a.tel_number()) == digits(b.tel_number()) && subset(a, b) && subset(b, a)
}

/// Escapes do not count; case does.
fn same_text(a: Option<&str>, b: Option<&str>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a == b || unescape(a) == unescape(b),
        (None, None) => true,
        _ => false,
    }
}

/// RFC 3261 19.1.4: an escape equals its character unless that is reserved (RFC 2396 2.2).
fn unescape(text: &str) -> Cow<'_, [u8]> {
    decode(text, |byte| !b";/?:@&=+$,".contains(&byte))
}

/// `%hh` resolved where `wanted`; other escapes in upper case; a `%` without two digits stays.
fn decode(text: &str, wanted: impl Fn(u8) -> bool) -> Cow<'_, [u8]> {
    if !text.contains('%') {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        let escaped = match (byte, tail) {
            (b'%', [high, low, after @ ..]) => {
                hex(*high).zip(hex(*low)).map(|(h, l)| (h << 4 | l, [*high, *low], after))
            }
            _ => None,
        };
        match escaped {
            Some((value, digits, after)) => {
                if wanted(value) {
                    plain.push(value);
                } else {
                    plain.push(b'%');
                    plain.extend(digits.map(|digit| digit.to_ascii_uppercase()));
                }
                rest = after;
            }
            None => plain.push(byte),
        }
    }
    Cow::Owned(plain)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

pub(super) fn unescape_lossy(text: &str) -> Cow<'_, str> {
    match decode(text, |_| true) {
        Cow::Borrowed(_) => Cow::Borrowed(text),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    }
}
