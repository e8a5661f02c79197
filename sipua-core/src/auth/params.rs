//! The shared form of challenges and authorizations: `Scheme name=value, name="value"`.

use super::{MAX_LINE, MAX_PARAMS, MAX_VALUE};
use crate::message::is_token_byte;

/// One challenge's or authorization's text, cut out of a header value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Section<'a> {
    pub(super) scheme: &'a str,
    text: &'a str,
}

/// Cuts a header value into sections: a comma separates both parameters and challenges; a scheme is
/// a token that another token follows. None of a value longer than [`MAX_LINE`].
pub(super) fn sections(value: &str) -> impl Iterator<Item = Section<'_>> {
    let value = if value.len() <= MAX_LINE { value } else { "" };
    let mut rest = value.trim_start_matches([',', ' ', '\t', '\r', '\n']);
    std::iter::from_fn(move || {
        let (scheme, _) = split_scheme(rest)?;
        let body = rest.get(scheme.len()..)?;
        let mut end = 0;
        let mut next = body.len();
        while let Some(comma) = find_comma(body.get(end..)?) {
            end += comma;
            let after = body.get(end + 1..)?;
            if split_scheme(trim_start(after)).is_some() {
                next = end;
                break;
            }
            end += 1;
        }
        let text = body.get(..next)?;
        rest = trim(body.get(next..)?.trim_start_matches(','));
        Some(Section { scheme, text })
    })
}

impl<'a> Section<'a> {
    /// The parameters in order; values of quoted strings without the quotes, escapes as written
    /// (RFC 7616 3.4: that is what is hashed).
    pub(super) fn params(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let mut rest = Some(self.text);
        let items = std::iter::from_fn(move || {
            let text = rest.take()?;
            let (item, tail) = match find_comma(text) {
                Some(comma) => (text.get(..comma)?, text.get(comma + 1..)),
                None => (text, None),
            };
            rest = tail;
            Some(item)
        });
        items.take(MAX_PARAMS).filter_map(|item| {
            let (name, value) = item.split_once('=')?;
            Some((trim(name), unquote_raw(trim(value))?))
        })
    }

    /// The first parameter of this name; `None` also when it is longer than [`MAX_VALUE`].
    pub(super) fn get(self, name: &str) -> Option<&'a str> {
        let value = self.params().find(|(key, _)| key.eq_ignore_ascii_case(name))?.1;
        (value.len() <= MAX_VALUE).then_some(value)
    }
}

/// `scheme SP rest`, when the text starts so and what follows the token is not `=`. It looks no
/// further than the token and the space after it, for it is asked at every comma.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().position(|byte| !is_token_byte(byte))?;
    let (scheme, after) = text.split_at_checked(end)?;
    let rest = trim_start(after);
    let separated = rest.len() < after.len();
    (!scheme.is_empty() && separated && !rest.is_empty() && !rest.starts_with('='))
        .then_some((scheme, rest))
}

fn find_comma(text: &str) -> Option<usize> {
    let mut quoted = false;
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' if !quoted => return Some(index),
            _ => {}
        }
    }
    None
}

/// What stands between the quotes, or a bare word; `None` when it could not be written again.
fn unquote_raw(value: &str) -> Option<&str> {
    let Some(rest) = value.strip_prefix('"') else {
        let harmful = |b: u8| b <= b' ' || matches!(b, b'"' | b'\\' | 0x7f);
        return (!value.is_empty() && !value.bytes().any(harmful)).then_some(value);
    };
    let inner = rest.strip_suffix('"')?;
    let mut escaped = false;
    for byte in inner.bytes() {
        match byte {
            0..b' ' if byte != b'\t' => return None,
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return None,
            _ => {}
        }
    }
    (!escaped).then_some(inner)
}

const WHITE: [char; 4] = [' ', '\t', '\r', '\n'];

fn trim(text: &str) -> &str {
    text.trim_matches(WHITE)
}

fn trim_start(text: &str) -> &str {
    text.trim_start_matches(WHITE)
}
