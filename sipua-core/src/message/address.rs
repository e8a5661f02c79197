//! `name-addr` and `addr-spec` values: From, To, Contact, Route …

use std::borrow::Cow;

use memchr::{memchr, memchr2};

use super::fault::Fault;
use super::params::{Params, unquote};
use super::scan::{find_unquoted, quoted_end, split_at_byte, trim};
use super::token::{is_token_byte, is_white};
use super::uri::UriRef;

/// An address with an optional display name and parameters (RFC 3261 20.10).
#[derive(Debug, Clone, Copy)]
pub struct NameAddr<'a> {
    /// The whole value, verbatim.
    pub text: &'a [u8],
    /// The display name as written; empty when there is none.
    pub display: &'a [u8],
    /// The address.
    pub uri: UriRef<'a>,
    /// The header's parameters, not the URI's.
    pub params: Params<'a>,
}

impl<'a> NameAddr<'a> {
    /// Reads one value (not a comma-separated list).
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &'a [u8]) -> Result<Self, Fault> {
        let text = trim(text);
        let (display, rest) = match text.first() {
            None => return Err(Fault::Empty),
            Some(b'"') => {
                let end = quoted_end(text).ok_or(Fault::UnterminatedQuote)?;
                let rest = text.get(end..).unwrap_or_default();
                let angle = rest.iter().position(|&b| !is_white(b)).unwrap_or(rest.len());
                if rest.get(angle) != Some(&b'<') {
                    return Err(Fault::NeedsBrackets);
                }
                split(text, end + angle)
            }
            Some(_) => match memchr2(b'<', b'"', text) {
                Some(angle) if text.get(angle) == Some(&b'<') => split(text, angle),
                // A quote after the first byte: only inside a parameter of a bare URI.
                _ => return Self::bare(text),
            },
        };
        // A '<' inside a parameter of a bare URI is nothing legal, so this is a name-addr.
        let close = memchr(b'>', rest).ok_or(Fault::UnterminatedAngle)?;
        let (uri, params) = split_at_byte(rest, close);
        let uri = UriRef::parse_bytes(uri.get(1..).unwrap_or_default())?;
        let display = trim(display);
        check_display(display)?;
        Ok(Self { text, display, uri, params: Params::parse(params)? })
    }

    /// RFC 3261 20.10: without `<>` all parameters are the header's.
    fn bare(text: &'a [u8]) -> Result<Self, Fault> {
        let end = find_unquoted(text, b';').unwrap_or(text.len());
        let (uri, params) = split(text, end);
        let uri = trim(uri);
        if uri.iter().any(|b| matches!(b, b'?' | b',')) {
            return Err(Fault::NeedsBrackets);
        }
        let uri = UriRef::parse_bytes(uri)?;
        Ok(Self { text, display: b"", uri, params: Params::parse(params)? })
    }

    /// The display name without quotes and escapes; bytes that are not UTF-8 are replaced. `None`
    /// when there is none or it is empty.
    #[must_use]
    pub fn display_name(&self) -> Option<Cow<'a, str>> {
        let name = match String::from_utf8_lossy(self.display) {
            Cow::Borrowed(text) => unquote(text),
            Cow::Owned(text) => Cow::Owned(unquote(&text).into_owned()),
        };
        (!name.is_empty()).then_some(name)
    }

    /// The `tag` parameter.
    #[must_use]
    pub fn tag(&self) -> Option<&'a str> {
        self.params.value("tag")
    }

    /// The `expires` parameter of a Contact; a value that is no number counts as 3600 (RFC 3261
    /// 10.2.1.1).
    #[must_use]
    pub fn expires(&self) -> Option<u32> {
        let value = self.params.value("expires")?;
        Some(super::scan::number(value.as_bytes(), u32::MAX).unwrap_or(3600))
    }

    /// The `q` parameter of a Contact in thousandths, 0 to 1000.
    #[must_use]
    pub fn q(&self) -> Option<u16> {
        super::values::q_thousandths(self.params.value("q")?)
    }

    /// Whether the display name, where it is not quoted, has characters beyond ASCII: the grammar
    /// forbids it, phones do it.
    pub(super) fn has_bare_foreign_name(&self) -> bool {
        self.display.first() != Some(&b'"') && !self.display.is_ascii()
    }
}

fn split(text: &[u8], at: usize) -> (&[u8], &[u8]) {
    text.split_at_checked(at).unwrap_or((text, b""))
}

/// RFC 3261 25.1: `*(token LWS) / quoted-string`; bytes beyond ASCII are borne.
fn check_display(display: &[u8]) -> Result<(), Fault> {
    if display.first() == Some(&b'"') {
        return Ok(());
    }
    let legal = |&b: &u8| is_token_byte(b) || is_white(b) || b >= 0x80;
    if display.iter().all(legal) { Ok(()) } else { Err(Fault::DisplayName) }
}
