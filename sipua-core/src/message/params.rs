//! `;name=value` parameters of header values and URIs.

use std::borrow::Cow;

use super::fault::Fault;
use super::limits::MAX_PARAMS;
use super::scan::{find_unquoted, trim_str};
use super::token::{is_token, is_value_byte};

/// The parameters after a value, borrowed from it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Params<'a> {
    /// Empty, or starting with `;`.
    text: &'a str,
}

impl<'a> Params<'a> {
    /// Checks `text` as generic-params (RFC 3261 25.1) of a header value.
    pub(super) fn parse(text: &'a [u8]) -> Result<Self, Fault> {
        let params = Self::parse_loose(text)?;
        for (count, (name, value)) in params.iter().enumerate() {
            if count >= MAX_PARAMS {
                return Err(Fault::TooMany);
            }
            if name.is_empty() || value.is_some_and(str::is_empty) {
                return Err(Fault::EmptyItem);
            }
            if !is_token(name.as_bytes()) {
                return Err(Fault::Character);
            }
            value.map_or(Ok(()), check_value)?;
        }
        Ok(params)
    }

    /// Takes the text without looking at each parameter.
    pub(super) fn parse_loose(text: &'a [u8]) -> Result<Self, Fault> {
        let text = trim_str(std::str::from_utf8(text).map_err(|_| Fault::NotUtf8)?);
        if text.is_empty() || text.starts_with(';') {
            Ok(Self { text })
        } else {
            Err(Fault::TrailingText)
        }
    }

    /// For text that is known to be empty or to start with `;`.
    pub(super) fn from_checked(text: &'a str) -> Self {
        Self { text }
    }

    /// The parameters in order: name, and value as written (a quoted one with its quotes).
    #[must_use]
    pub fn iter(&self) -> ParamsIter<'a> {
        ParamsIter { rest: self.text }
    }

    /// `None` when there is no such parameter, `Some(None)` when it has no value. Names ignore case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Option<&'a str>> {
        self.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The value of a parameter that has one, as written.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&'a str> {
        self.get(name).flatten()
    }

    /// The value of a parameter, without quotes and escapes.
    #[must_use]
    pub fn unquoted(&self, name: &str) -> Option<Cow<'a, str>> {
        self.value(name).map(unquote)
    }

    /// Whether the parameter is there.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// As written, from the first `;` on.
    #[must_use]
    pub fn as_str(&self) -> &'a str {
        self.text
    }
}

impl<'a> IntoIterator for Params<'a> {
    type Item = (&'a str, Option<&'a str>);
    type IntoIter = ParamsIter<'a>;

    fn into_iter(self) -> ParamsIter<'a> {
        self.iter()
    }
}

/// See [`Params::iter`].
#[derive(Debug, Clone)]
pub struct ParamsIter<'a> {
    rest: &'a str,
}

impl<'a> Iterator for ParamsIter<'a> {
    type Item = (&'a str, Option<&'a str>);

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.rest.strip_prefix(';')?;
        let end = find_unquoted(text.as_bytes(), b';').unwrap_or(text.len());
        let (param, rest) = text.split_at_checked(end)?;
        self.rest = rest;
        Some(match param.split_once('=') {
            Some((name, value)) => (trim_str(name), Some(trim_str(value))),
            None => (trim_str(param), None),
        })
    }
}

/// A gen-value: token, host (brackets and colons of IPv6 included), or quoted string.
fn check_value(value: &str) -> Result<(), Fault> {
    let bytes = value.as_bytes();
    if bytes.first() == Some(&b'"') {
        return match super::scan::quoted_end(bytes) {
            None => Err(Fault::UnterminatedQuote),
            Some(end) if end == bytes.len() => Ok(()),
            Some(_) => Err(Fault::TrailingText),
        };
    }
    if bytes.iter().all(|&b| is_value_byte(b)) { Ok(()) } else { Err(Fault::Character) }
}

/// The text of a quoted string without quotes, escapes and folds; other text as it is.
///
/// ```
/// assert_eq!(sipua_core::message::unquote(r#""a \"b\"""#), r#"a "b""#);
/// assert_eq!(sipua_core::message::unquote("token"), "token");
/// ```
#[must_use]
pub fn unquote(text: &str) -> Cow<'_, str> {
    let Some(inner) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return Cow::Borrowed(text);
    };
    if !inner.contains(['\\', '\r', '\n']) {
        return Cow::Borrowed(inner);
    }
    let mut plain = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => plain.extend(characters.next()),
            '\r' | '\n' => {}
            other => plain.push(other),
        }
    }
    Cow::Owned(plain)
}

/// `text` as a quoted string; control characters, which it may not hold, become spaces.
///
/// ```
/// assert_eq!(sipua_core::message::quote(r#"a "b""#), r#""a \"b\"""#);
/// ```
#[must_use]
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(if character.is_control() { ' ' } else { character });
    }
    quoted.push('"');
    quoted
}
