//! The header section: ordered, verbatim, typed only on demand.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;

use super::HeaderName;
use super::fault::ParseError;
use super::limits::MAX_HEADERS;
use super::scan::{Items, find_outside, trim};

/// Where a piece of a header is: in the received message, or in text of our own.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// Offsets stay below 4 GiB: what is received is at most [`MAX_MESSAGE`](super::limits::MAX_MESSAGE)
    /// bytes, and our own text is checked when it grows.
    pub(super) fn new(start: usize, end: usize) -> Self {
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { start: narrow(start), end: narrow(end) }
    }

    fn of(self, text: &[u8]) -> &[u8] {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Received,
    Own,
}

/// One header line.
#[derive(Debug, Clone)]
struct Field {
    /// `None`: a name that only its text tells.
    known: Option<HeaderName>,
    source: Source,
    /// The name as received; empty for a known one of our own.
    name: Span,
    value: Span,
}

/// The header fields of a message, in order and as they were received.
///
/// Values are bytes: what is not UTF-8 stays as it is. A folded value keeps its fold; the typed
/// getters understand it, and [`text`](Self::text) resolves it.
#[derive(Clone, Default)]
pub struct Headers {
    received: Bytes,
    own: Vec<u8>,
    fields: Vec<Field>,
}

/// One header field; see [`Headers::iter`].
#[derive(Debug, Clone, Copy)]
pub struct Header<'a> {
    known: Option<&'a HeaderName>,
    name: &'a [u8],
    /// The value, without white space around it.
    pub value: &'a [u8],
}

impl<'a> Header<'a> {
    /// The name as it was received, or as the RFC writes it.
    #[must_use]
    pub fn name_text(&self) -> &'a str {
        // Only token characters, which are ASCII, make a name.
        std::str::from_utf8(self.name_bytes()).unwrap_or_default()
    }

    /// [`name_text`](Self::name_text) as bytes.
    pub(super) fn name_bytes(&self) -> &'a [u8] {
        match self.known {
            Some(name) if self.name.is_empty() => name.as_str().as_bytes(),
            _ => self.name,
        }
    }

    /// The name; `None` for one longer than an owned token may be.
    #[must_use]
    pub fn name(&self) -> Option<HeaderName> {
        self.known.cloned().or_else(|| HeaderName::parse(self.name))
    }

    /// Whether this is such a header.
    #[must_use]
    pub fn is(&self, name: &HeaderName) -> bool {
        match (self.known, name) {
            (None, HeaderName::Other(token)) => {
                self.name.eq_ignore_ascii_case(token.as_str().as_bytes())
            }
            (known, name) => known == Some(name),
        }
    }
}

/// Getters of the raw text.
impl Headers {
    /// Fields, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Header<'_>> + Clone {
        self.fields.iter().map(|field| self.header(field))
    }

    /// How many fields there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The first value, verbatim.
    #[must_use]
    pub fn get(&self, name: &HeaderName) -> Option<&[u8]> {
        self.fields.iter().find(|field| self.is(field, name)).map(|field| self.header(field).value)
    }

    /// The values, one for each line.
    pub fn get_all<'a>(&'a self, name: &'a HeaderName) -> impl Iterator<Item = &'a [u8]> + Clone {
        let fields = self.fields.iter().filter(move |field| self.is(field, name));
        fields.map(|field| self.header(field).value)
    }

    /// The comma-separated items over all lines; commas in quotes and in `<>` do not separate.
    pub fn values<'a>(&'a self, name: &'a HeaderName) -> impl Iterator<Item = &'a [u8]> + Clone {
        self.get_all(name).flat_map(Items::new)
    }

    /// The first value as text: folds resolved (RFC 3261 7.3.1), bytes that are not UTF-8 replaced.
    #[must_use]
    pub fn text(&self, name: &HeaderName) -> Option<Cow<'_, str>> {
        self.get(name).map(unfold)
    }

    /// Whether there is such a header.
    #[must_use]
    pub fn contains(&self, name: &HeaderName) -> bool {
        self.get(name).is_some()
    }

    fn header<'a>(&'a self, field: &'a Field) -> Header<'a> {
        let text: &[u8] = match field.source {
            Source::Received => &self.received,
            Source::Own => &self.own,
        };
        Header {
            known: field.known.as_ref(),
            name: field.name.of(text),
            value: field.value.of(text),
        }
    }

    /// Known names are told apart without looking at the text.
    #[inline]
    fn is(&self, field: &Field, name: &HeaderName) -> bool {
        match name {
            HeaderName::Other(_) => self.header(field).is(name),
            known => field.known.as_ref() == Some(known),
        }
    }

    fn position(&self, name: &HeaderName) -> Option<usize> {
        self.fields.iter().position(|field| self.is(field, name))
    }
}

/// Changes. CR, LF and NUL in a value become spaces, so that no value can smuggle in a header.
impl Headers {
    /// Appends a field.
    pub fn push(&mut self, name: &HeaderName, value: impl AsRef<[u8]>) {
        self.insert(self.fields.len(), name, |text| text.extend_from_slice(value.as_ref()));
    }

    /// Puts a field before all others.
    pub fn push_front(&mut self, name: &HeaderName, value: impl AsRef<[u8]>) {
        self.insert(0, name, |text| text.extend_from_slice(value.as_ref()));
    }

    /// Appends a field whose value is formatted in place.
    pub fn push_display(&mut self, name: &HeaderName, value: impl fmt::Display) {
        self.insert(self.fields.len(), name, |text| write_display(text, value));
    }

    /// Replaces all fields of this name by one, at the place of the first, else at the end.
    pub fn set(&mut self, name: &HeaderName, value: impl AsRef<[u8]>) {
        let at = self.make_room(name);
        self.insert(at, name, |text| text.extend_from_slice(value.as_ref()));
    }

    /// [`set`](Self::set) with a value that is formatted in place.
    pub fn set_display(&mut self, name: &HeaderName, value: impl fmt::Display) {
        let at = self.make_room(name);
        self.insert(at, name, |text| write_display(text, value));
    }

    /// Removes all fields of this name; says how many there were.
    pub fn remove(&mut self, name: &HeaderName) -> usize {
        let before = self.fields.len();
        while let Some(at) = self.position(name) {
            self.fields.remove(at);
        }
        before - self.fields.len()
    }

    /// Removes the first comma-separated item, and its line when it was the only one.
    pub fn remove_first_value(&mut self, name: &HeaderName) -> bool {
        let Some(at) = self.position(name) else { return false };
        let Some(field) = self.fields.get(at) else { return false };
        let value = self.header(field).value;
        match find_outside(value, b',') {
            None => {
                self.fields.remove(at);
            }
            Some(comma) => {
                let rest = trim(value.get(comma + 1..).unwrap_or_default()).len();
                if let Some(field) = self.fields.get_mut(at) {
                    field.value.start =
                        field.value.end.saturating_sub(u32::try_from(rest).unwrap_or(0));
                }
            }
        }
        true
    }

    /// Replaces the first comma-separated item; the rest of its line stays.
    pub fn replace_first_value(&mut self, name: &HeaderName, item: impl AsRef<[u8]>) -> bool {
        let Some(at) = self.position(name) else { return false };
        let Some(field) = self.fields.get(at) else { return false };
        let value = self.header(field).value;
        let rest = find_outside(value, b',').and_then(|comma| value.get(comma..));
        let text = [item.as_ref(), rest.unwrap_or_default()].concat();
        self.fields.remove(at);
        self.insert(at, name, |own| own.extend_from_slice(&text));
        true
    }

    /// Appends all fields of this name of another message; says how many there were.
    pub fn append_from(&mut self, other: &Self, name: &HeaderName) -> usize {
        let before = self.fields.len();
        for header in other.iter().filter(|header| header.is(name)) {
            self.push(name, header.value);
        }
        self.fields.len() - before
    }

    /// Makes room for that many bytes of text in that many fields.
    pub(super) fn reserve(&mut self, fields: usize, bytes: usize) {
        self.fields.reserve(fields);
        self.own.reserve(bytes);
    }

    fn make_room(&mut self, name: &HeaderName) -> usize {
        let at = self.position(name).unwrap_or(self.fields.len());
        self.remove(name);
        at
    }

    fn insert(&mut self, at: usize, name: &HeaderName, write: impl FnOnce(&mut Vec<u8>)) {
        let name_start = self.own.len();
        let known = match name {
            HeaderName::Other(token) => {
                self.own.extend_from_slice(token.as_str().as_bytes());
                None
            }
            known => Some(known.clone()),
        };
        let value_start = self.own.len();
        write(&mut self.own);
        if u32::try_from(self.own.len()).is_err() {
            // Far beyond what any peer accepts; a span could not hold it.
            self.own.truncate(name_start);
            return;
        }
        for byte in self.own.iter_mut().skip(value_start) {
            if matches!(byte, b'\r' | b'\n' | 0) {
                *byte = b' ';
            }
        }
        let field = Field {
            known,
            source: Source::Own,
            name: Span::new(name_start, value_start),
            value: Span::new(value_start, self.own.len()),
        };
        self.fields.insert(at.min(self.fields.len()), field);
    }
}

/// For the parser and the writer.
impl Headers {
    pub(super) fn received(message: Bytes) -> Self {
        /// What a phone's INVITE has, so that the vector is not moved while it grows.
        const USUAL: usize = 18;
        Self { received: message, own: Vec::new(), fields: Vec::with_capacity(USUAL) }
    }

    pub(super) fn push_received(
        &mut self,
        known: Option<HeaderName>,
        name: Span,
        value: Span,
    ) -> Result<(), ParseError> {
        if self.fields.len() >= MAX_HEADERS {
            return Err(ParseError::TooManyHeaders);
        }
        self.fields.push(Field { known, source: Source::Received, name, value });
        Ok(())
    }

    /// The whole received message; empty for one of our own.
    pub(super) fn received_text(&self) -> &[u8] {
        &self.received
    }
}

fn write_display(text: &mut Vec<u8>, value: impl fmt::Display) {
    use std::io::Write;
    // Writing to a vector fails only when the value's own Display does; then nothing of it counts.
    let start = text.len();
    if write!(text, "{value}").is_err() {
        text.truncate(start);
    }
}

/// RFC 3261 7.3.1: a fold and the white space around it are one space.
fn unfold(value: &[u8]) -> Cow<'_, str> {
    if memchr::memchr2(b'\r', b'\n', value).is_none() {
        return String::from_utf8_lossy(value);
    }
    let lines = value.split(|&b| b == b'\n').map(trim).filter(|line| !line.is_empty());
    let text = lines.map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ");
    Cow::Owned(text)
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.iter().map(|h| (h.name_text(), String::from_utf8_lossy(h.value)));
        f.debug_map().entries(lines).finish()
    }
}
