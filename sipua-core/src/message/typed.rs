//! Typed getters of headers: parsed where they stand, nothing is copied.

use super::address::NameAddr;
use super::fault::{Fault, HeaderError};
use super::headers::Headers;
use super::limits::MAX_LIST_ITEMS;
use super::scan::{find_outside, trim};
use super::token::is_token;
use super::values::{CSeq, MediaType, Parameterized, RAck, Reason, parse_number, parse_seconds};
use super::via::Via;
use super::{HeaderName, Method};

/// An optional header's value, or why it does not parse.
type Optional<T> = Result<Option<T>, HeaderError>;

/// Headers every message has.
impl Headers {
    /// The topmost Via.
    ///
    /// # Errors
    /// It is missing or malformed.
    pub fn via(&self) -> Result<Via<'_>, HeaderError> {
        let line = self.required(&HeaderName::Via)?;
        let end = find_outside(line, b',').unwrap_or(line.len());
        let item = line.get(..end).unwrap_or_default();
        Via::parse(item).map_err(in_header(&HeaderName::Via))
    }

    /// All Vias, topmost first.
    pub fn vias(&self) -> impl Iterator<Item = Result<Via<'_>, HeaderError>> {
        self.list(&HeaderName::Via)
            .map(|item| Via::parse(item).map_err(in_header(&HeaderName::Via)))
    }

    /// From.
    ///
    /// # Errors
    /// It is missing or malformed.
    pub fn from(&self) -> Result<NameAddr<'_>, HeaderError> {
        NameAddr::parse(self.required(&HeaderName::From)?).map_err(in_header(&HeaderName::From))
    }

    /// To.
    ///
    /// # Errors
    /// It is missing or malformed.
    pub fn to(&self) -> Result<NameAddr<'_>, HeaderError> {
        NameAddr::parse(self.required(&HeaderName::To)?).map_err(in_header(&HeaderName::To))
    }

    /// Call-ID; compared byte for byte (RFC 3261 20.8).
    ///
    /// # Errors
    /// It is missing, empty, or more than one word.
    pub fn call_id(&self) -> Result<&str, HeaderError> {
        let value = self.required(&HeaderName::CallId)?;
        let fault = if value.is_empty() {
            Fault::Empty
        } else if value.iter().any(|&b| b <= b' ' || b == 0x7f) {
            Fault::Character
        } else {
            match std::str::from_utf8(value) {
                Ok(text) => return Ok(text),
                Err(_) => Fault::NotUtf8,
            }
        };
        Err(HeaderError { header: HeaderName::CallId, fault })
    }

    /// CSeq.
    ///
    /// # Errors
    /// It is missing, malformed or out of range.
    pub fn cseq(&self) -> Result<CSeq, HeaderError> {
        CSeq::parse(self.required(&HeaderName::CSeq)?).map_err(in_header(&HeaderName::CSeq))
    }

    /// RAck (RFC 3262).
    ///
    /// # Errors
    /// It is missing, malformed or out of range.
    pub fn rack(&self) -> Result<RAck, HeaderError> {
        RAck::parse(self.required(&HeaderName::RAck)?).map_err(in_header(&HeaderName::RAck))
    }
}

/// Addresses.
impl Headers {
    /// The first Contact that is an address.
    ///
    /// # Errors
    /// There is none, or it is malformed.
    pub fn contact(&self) -> Result<NameAddr<'_>, HeaderError> {
        let missing = HeaderError { header: HeaderName::Contact, fault: Fault::Missing };
        self.contacts().next().unwrap_or(Err(missing))
    }

    /// The Contacts, except `*`.
    pub fn contacts(&self) -> impl Iterator<Item = Result<NameAddr<'_>, HeaderError>> {
        self.list(&HeaderName::Contact)
            .filter(|item| *item != b"*")
            .map(|item| NameAddr::parse(item).map_err(in_header(&HeaderName::Contact)))
    }

    /// Whether there is a `Contact: *` (RFC 3261 10.2.2).
    #[must_use]
    pub fn has_contact_star(&self) -> bool {
        self.get_all(&HeaderName::Contact).any(|value| value == b"*")
    }

    /// The Route set, topmost first.
    pub fn routes(&self) -> impl Iterator<Item = Result<NameAddr<'_>, HeaderError>> {
        self.addresses(&HeaderName::Route)
    }

    /// The Record-Route set, topmost first.
    pub fn record_routes(&self) -> impl Iterator<Item = Result<NameAddr<'_>, HeaderError>> {
        self.addresses(&HeaderName::RecordRoute)
    }

    /// The addresses of any header that lists them: Path, Service-Route, P-Asserted-Identity …
    pub fn addresses<'a>(
        &'a self,
        name: &'a HeaderName,
    ) -> impl Iterator<Item = Result<NameAddr<'a>, HeaderError>> {
        self.list(name).map(move |item| NameAddr::parse(item).map_err(in_header(name)))
    }
}

/// Numbers.
impl Headers {
    /// Max-Forwards, 0 to 255.
    ///
    /// # Errors
    /// It is malformed or out of range.
    pub fn max_forwards(&self) -> Optional<u32> {
        self.number(&HeaderName::MaxForwards, 255)
    }

    /// Content-Length in bytes.
    ///
    /// # Errors
    /// It is malformed or out of range.
    pub fn content_length(&self) -> Optional<u32> {
        self.number(&HeaderName::ContentLength, u32::MAX)
    }

    /// Expires in seconds.
    ///
    /// # Errors
    /// It is malformed or out of range.
    pub fn expires(&self) -> Optional<u32> {
        self.number(&HeaderName::Expires, u32::MAX)
    }

    /// Min-Expires in seconds.
    ///
    /// # Errors
    /// It is malformed or out of range.
    pub fn min_expires(&self) -> Optional<u32> {
        self.number(&HeaderName::MinExpires, u32::MAX)
    }

    /// RSeq (RFC 3262).
    ///
    /// # Errors
    /// It is malformed or out of range.
    pub fn rseq(&self) -> Optional<u32> {
        self.number(&HeaderName::RSeq, u32::MAX)
    }

    /// Retry-After in seconds.
    ///
    /// # Errors
    /// It is malformed or out of range.
    pub fn retry_after(&self) -> Optional<u32> {
        let name = HeaderName::RetryAfter;
        self.get(&name).map(|value| parse_seconds(value).map_err(in_header(&name))).transpose()
    }

    fn number(&self, name: &HeaderName, max: u32) -> Optional<u32> {
        self.get(name).map(|value| parse_number(value, max).map_err(in_header(name))).transpose()
    }
}

/// Tokens and other values.
impl Headers {
    /// Content-Type.
    ///
    /// # Errors
    /// It is malformed.
    pub fn content_type(&self) -> Optional<MediaType<'_>> {
        let name = HeaderName::ContentType;
        self.get(&name).map(|value| MediaType::parse(value).map_err(in_header(&name))).transpose()
    }

    /// A header of one word with parameters: Event, Session-Expires, Subscription-State …
    ///
    /// # Errors
    /// It is malformed.
    pub fn parameterized(&self, name: &HeaderName) -> Optional<Parameterized<'_>> {
        self.get(name).map(|value| Parameterized::parse(value).map_err(in_header(name))).transpose()
    }

    /// The tokens of a list header; items that are none are left out ([`validate`] finds them).
    ///
    /// [`validate`]: super::Message::validate
    pub fn tokens<'a>(&'a self, name: &'a HeaderName) -> impl Iterator<Item = &'a str> {
        self.list(name)
            .filter(|item| is_token(item))
            .filter_map(|item| std::str::from_utf8(item).ok())
    }

    /// Option tags the peer insists on.
    pub fn require(&self) -> impl Iterator<Item = &str> {
        self.tokens(&HeaderName::Require)
    }

    /// Option tags the peer knows.
    pub fn supported(&self) -> impl Iterator<Item = &str> {
        self.tokens(&HeaderName::Supported)
    }

    /// Option tags a 420 complains about.
    pub fn unsupported(&self) -> impl Iterator<Item = &str> {
        self.tokens(&HeaderName::Unsupported)
    }

    /// The methods the peer takes.
    pub fn allow(&self) -> impl Iterator<Item = Method> {
        self.tokens(&HeaderName::Allow).filter_map(|token| Method::parse(token.as_bytes()))
    }

    /// Whether Allow has this method.
    #[must_use]
    pub fn allows(&self, method: &Method) -> bool {
        self.tokens(&HeaderName::Allow).any(|token| token == method.as_str())
    }

    /// Why it was ended (RFC 3326); values that do not parse are left out.
    pub fn reasons(&self) -> impl Iterator<Item = Reason<'_>> {
        self.list(&HeaderName::Reason).filter_map(|item| Reason::parse(item).ok())
    }

    fn list<'a>(&'a self, name: &'a HeaderName) -> impl Iterator<Item = &'a [u8]> {
        self.values(name).take(MAX_LIST_ITEMS)
    }

    fn required(&self, name: &HeaderName) -> Result<&[u8], HeaderError> {
        let missing = || HeaderError { header: name.clone(), fault: Fault::Missing };
        self.get(name).map(trim).ok_or_else(missing)
    }
}

fn in_header(name: &HeaderName) -> impl Fn(Fault) -> HeaderError + '_ {
    |fault| HeaderError { header: name.clone(), fault }
}
