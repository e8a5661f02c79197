//! Character classes of RFC 3261 25.1 and the owned token.

use std::fmt;

use super::limits::MAX_TOKEN;

/// The class bits of a byte; see the constants.
static CLASSES: [u8; 256] = classes();

const TOKEN: u8 = 1;
const WHITE: u8 = 2;
const USER: u8 = 4;
const PARAM: u8 = 8;
const HOST: u8 = 16;
const URI: u8 = 32;
const VALUE: u8 = 64;

const fn classes() -> [u8; 256] {
    let mut table = [0u8; 256];
    let mut byte = 0usize;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "the loop ends at 255")]
        let b = byte as u8;
        let alphanumeric = b.is_ascii_alphanumeric();
        let mark = matches!(b, b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')');
        let mut class = 0;
        if alphanumeric
            || matches!(b, b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~')
        {
            class |= TOKEN;
        }
        if matches!(b, b' ' | b'\t' | b'\r' | b'\n') {
            class |= WHITE;
        }
        if alphanumeric
            || mark
            || matches!(b, b'&' | b'=' | b'+' | b'$' | b',' | b';' | b'?' | b'/' | b'%')
        {
            class |= USER;
        }
        if alphanumeric
            || mark
            || matches!(b, b'[' | b']' | b'/' | b':' | b'&' | b'+' | b'$' | b'%')
        {
            class |= PARAM;
        }
        // RFC 3261 25.1 has no underscore in host names; the names in use do.
        if alphanumeric || matches!(b, b'-' | b'.' | b'_') {
            class |= HOST;
        }
        // Beyond ASCII is borne; what would end the URI or open something else is not.
        if b > b' ' && !matches!(b, b'<' | b'>' | b'"' | 0x7f) {
            class |= URI;
            if !matches!(b, b',' | b';' | b'\\') {
                class |= VALUE;
            }
        }
        #[expect(clippy::indexing_slicing, reason = "the loop ends at 255, at compile time")]
        {
            table[byte] = class;
        }
        byte += 1;
    }
    table
}

#[inline]
fn has(byte: u8, class: u8) -> bool {
    CLASSES.get(usize::from(byte)).is_some_and(|bits| bits & class != 0)
}

pub(crate) fn is_token_byte(byte: u8) -> bool {
    has(byte, TOKEN)
}

/// A non-empty `token`.
pub(crate) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|&b| has(b, TOKEN))
}

/// Linear white space; CR and LF count because they occur in a value only as part of a fold.
pub(super) fn is_white(byte: u8) -> bool {
    has(byte, WHITE)
}

/// What may stand in a URI at all, borne habits included.
pub(super) fn is_uri_byte(byte: u8) -> bool {
    has(byte, URI)
}

/// What may stand in an unquoted parameter value. Values in use go beyond tokens: tags and branches
/// have `@`, `/`, `=`.
pub(super) fn is_value_byte(byte: u8) -> bool {
    has(byte, VALUE)
}

pub(super) fn is_user_text(text: &[u8]) -> bool {
    text.iter().all(|&b| has(b, USER))
}

pub(super) fn is_param_text(text: &[u8]) -> bool {
    text.iter().all(|&b| has(b, PARAM))
}

pub(super) fn is_host_text(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|&b| has(b, HOST))
}

/// A name that the protocol does not know: never empty, only token characters.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token(Box<str>);

impl Token {
    /// `None` when `text` is empty, too long, or not a `token` (RFC 3261 25.1).
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        (is_token(text.as_bytes()) && text.len() <= MAX_TOKEN).then(|| Self(text.into()))
    }

    pub(super) fn from_bytes(text: &[u8]) -> Option<Self> {
        std::str::from_utf8(text).ok().and_then(Self::new)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
