//! Who speaks, and what is said.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;

use crate::message::Uri;

/// One side of a call: an address and the name shown with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// The address, without header parameters.
    pub uri: Uri,
    /// The display name, unquoted; bytes that are not UTF-8 are replaced.
    pub display_name: Option<Box<str>>,
}

impl Party {
    /// A party without a display name.
    #[must_use]
    pub fn new(uri: Uri) -> Self {
        Self { uri, display_name: None }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.display_name {
            Some(name) => {
                // RFC 3261 25.1: a quoted-string escapes the quote and the backslash.
                f.write_str("\"")?;
                for character in name.chars().filter(|c| !c.is_control()) {
                    if matches!(character, '"' | '\\') {
                        f.write_str("\\")?;
                    }
                    write!(f, "{character}")?;
                }
                write!(f, "\" <{}>", self.uri)
            }
            None => write!(f, "<{}>", self.uri),
        }
    }
}

/// A message body and its type; the core never looks inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// The value of Content-Type.
    pub content_type: Cow<'static, str>,
    /// The bytes.
    pub data: Bytes,
}

impl Body {
    /// A session description (`application/sdp`).
    #[must_use]
    pub fn sdp(data: impl Into<Bytes>) -> Self {
        Self { content_type: Cow::Borrowed("application/sdp"), data: data.into() }
    }
}
