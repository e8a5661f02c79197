//! Splitting of header values: linear white space, quoted strings, angle brackets.

use memchr::{memchr, memchr3};

use super::token::is_white;

/// Without leading and trailing white space (and folds).
#[inline]
pub(super) fn trim(text: &[u8]) -> &[u8] {
    if let (Some(&first), Some(&last)) = (text.first(), text.last())
        && !is_white(first)
        && !is_white(last)
    {
        return text;
    }
    let start = text.iter().position(|&b| !is_white(b)).unwrap_or(text.len());
    let text = text.get(start..).unwrap_or_default();
    let end = text.iter().rposition(|&b| !is_white(b)).map_or(0, |last| last + 1);
    text.get(..end).unwrap_or_default()
}

/// [`trim`] for text.
#[inline]
pub(super) fn trim_str(text: &str) -> &str {
    let bytes = text.as_bytes();
    if let (Some(&first), Some(&last)) = (bytes.first(), bytes.last())
        && !is_white(first)
        && !is_white(last)
    {
        return text;
    }
    text.trim_matches([' ', '\t', '\r', '\n'])
}

/// The two sides of the byte at `at`, without it.
pub(super) fn split_at_byte(text: &[u8], at: usize) -> (&[u8], &[u8]) {
    (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default())
}

/// The index after the closing quote of the quoted string that starts at `text[0]`.
pub(super) fn quoted_end(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text.get(at) == Some(&b'"') {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// The index of `delimiter` outside quoted strings and angle brackets.
pub(super) fn find_outside(text: &[u8], delimiter: u8) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = text.get(at..)?;
        let found = memchr3(delimiter, b'"', b'<', rest)?;
        let special = rest.get(found..)?;
        at += found;
        match special.first()? {
            b'"' => at += quoted_end(special)?,
            b'<' => at += memchr(b'>', special)? + 1,
            _ => return Some(at),
        }
    }
}

/// The index of `delimiter` outside quoted strings.
pub(super) fn find_unquoted(text: &[u8], delimiter: u8) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = text.get(at..)?;
        let found = memchr::memchr2(delimiter, b'"', rest)?;
        at += found;
        if rest.get(found) != Some(&b'"') {
            return Some(at);
        }
        at += quoted_end(rest.get(found..)?)?;
    }
}

/// The comma-separated items of one value, trimmed; empty ones too.
#[derive(Debug, Clone)]
pub(super) struct Items<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Items<'a> {
    pub(super) fn new(value: &'a [u8]) -> Self {
        Self { rest: Some(value) }
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let text = self.rest.take()?;
        let Some(comma) = find_outside(text, b',') else { return Some(trim(text)) };
        let (item, rest) = split_at_byte(text, comma);
        self.rest = Some(rest);
        Some(trim(item))
    }
}

/// A decimal number with a maximum; `None` when it is empty, has another character or is larger.
pub(super) fn number(text: &[u8], max: u32) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    let value = text.iter().try_fold(0u64, |value, digit| {
        // Leading zeros are legal and without end; the value is what is bounded.
        digit
            .is_ascii_digit()
            .then(|| (value * 10 + u64::from(digit - b'0')).min(u64::from(u32::MAX) + 1))
    })?;
    u32::try_from(value).ok().filter(|&value| value <= max)
}

/// Whether `text` is digits only.
pub(super) fn is_digits(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}
