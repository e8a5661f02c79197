//! Header field names.

use std::fmt;
use std::hash::{Hash, Hasher};

use super::Token;

/// The name of a header field; case does not count, and a compact form equals the long one
/// (RFC 3261 7.3.1, 7.3.3).
#[derive(Debug, Clone)]
pub enum HeaderName {
    /// Accept, RFC 3261 20.
    Accept,
    /// Accept-Contact, RFC 3841.
    AcceptContact,
    /// Accept-Encoding, RFC 3261 20.
    AcceptEncoding,
    /// Accept-Language, RFC 3261 20.
    AcceptLanguage,
    /// Alert-Info, RFC 3261 20.
    AlertInfo,
    /// Allow, RFC 3261 20.
    Allow,
    /// Allow-Events, RFC 6665.
    AllowEvents,
    /// Authentication-Info, RFC 3261 20.
    AuthenticationInfo,
    /// Authorization, RFC 3261 20.
    Authorization,
    /// Call-ID, RFC 3261 20.
    CallId,
    /// Call-Info, RFC 3261 20.
    CallInfo,
    /// Contact, RFC 3261 20.
    Contact,
    /// Content-Disposition, RFC 3261 20.
    ContentDisposition,
    /// Content-Encoding, RFC 3261 20.
    ContentEncoding,
    /// Content-Language, RFC 3261 20.
    ContentLanguage,
    /// Content-Length, RFC 3261 20.
    ContentLength,
    /// Content-Type, RFC 3261 20.
    ContentType,
    /// CSeq, RFC 3261 20.
    CSeq,
    /// Date, RFC 3261 20.
    Date,
    /// Diversion, RFC 5806.
    Diversion,
    /// Error-Info, RFC 3261 20.
    ErrorInfo,
    /// Event, RFC 6665.
    Event,
    /// Expires, RFC 3261 20.
    Expires,
    /// From, RFC 3261 20.
    From,
    /// History-Info, RFC 7044.
    HistoryInfo,
    /// Identity, RFC 8224.
    Identity,
    /// In-Reply-To, RFC 3261 20.
    InReplyTo,
    /// Join, RFC 3911.
    Join,
    /// Max-Forwards, RFC 3261 20.
    MaxForwards,
    /// MIME-Version, RFC 3261 20.
    MimeVersion,
    /// Min-Expires, RFC 3261 20.
    MinExpires,
    /// Min-SE, RFC 4028.
    MinSe,
    /// Organization, RFC 3261 20.
    Organization,
    /// P-Asserted-Identity, RFC 3325.
    PAssertedIdentity,
    /// P-Preferred-Identity, RFC 3325.
    PPreferredIdentity,
    /// Path, RFC 3327.
    Path,
    /// Priority, RFC 3261 20.
    Priority,
    /// Privacy, RFC 3323.
    Privacy,
    /// Proxy-Authenticate, RFC 3261 20.
    ProxyAuthenticate,
    /// Proxy-Authorization, RFC 3261 20.
    ProxyAuthorization,
    /// Proxy-Require, RFC 3261 20.
    ProxyRequire,
    /// RAck, RFC 3262.
    RAck,
    /// Reason, RFC 3326.
    Reason,
    /// Record-Route, RFC 3261 20.
    RecordRoute,
    /// Refer-To, RFC 3515.
    ReferTo,
    /// Referred-By, RFC 3892.
    ReferredBy,
    /// Reject-Contact, RFC 3841.
    RejectContact,
    /// Replaces, RFC 3891.
    Replaces,
    /// Reply-To, RFC 3261 20.
    ReplyTo,
    /// Request-Disposition, RFC 3841.
    RequestDisposition,
    /// Require, RFC 3261 20.
    Require,
    /// Retry-After, RFC 3261 20.
    RetryAfter,
    /// Route, RFC 3261 20.
    Route,
    /// RSeq, RFC 3262.
    RSeq,
    /// Server, RFC 3261 20.
    Server,
    /// Service-Route, RFC 3608.
    ServiceRoute,
    /// Session-Expires, RFC 4028.
    SessionExpires,
    /// SIP-ETag, RFC 3903.
    SipETag,
    /// SIP-If-Match, RFC 3903.
    SipIfMatch,
    /// Subject, RFC 3261 20.
    Subject,
    /// Subscription-State, RFC 6665.
    SubscriptionState,
    /// Supported, RFC 3261 20.
    Supported,
    /// Timestamp, RFC 3261 20.
    Timestamp,
    /// To, RFC 3261 20.
    To,
    /// Unsupported, RFC 3261 20.
    Unsupported,
    /// User-Agent, RFC 3261 20.
    UserAgent,
    /// Via, RFC 3261 20.
    Via,
    /// Warning, RFC 3261 20.
    Warning,
    /// WWW-Authenticate, RFC 3261 20.
    WwwAuthenticate,
    /// Any other token.
    Other(Token),
}

impl HeaderName {
    /// Reads a name, long or compact, in any case; `None` when it is not a token.
    ///
    /// ```
    /// use sipua_core::message::HeaderName;
    /// assert_eq!(HeaderName::parse(b"v"), Some(HeaderName::Via));
    /// assert_eq!(HeaderName::parse(b"x-foo"), HeaderName::parse(b"X-Foo"));
    /// ```
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        Self::recognise(text).or_else(|| Token::from_bytes(text).map(Self::Other))
    }

    /// The long form as the RFC writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Accept => "Accept",
            Self::AcceptContact => "Accept-Contact",
            Self::AcceptEncoding => "Accept-Encoding",
            Self::AcceptLanguage => "Accept-Language",
            Self::AlertInfo => "Alert-Info",
            Self::Allow => "Allow",
            Self::AllowEvents => "Allow-Events",
            Self::AuthenticationInfo => "Authentication-Info",
            Self::Authorization => "Authorization",
            Self::CallId => "Call-ID",
            Self::CallInfo => "Call-Info",
            Self::Contact => "Contact",
            Self::ContentDisposition => "Content-Disposition",
            Self::ContentEncoding => "Content-Encoding",
            Self::ContentLanguage => "Content-Language",
            Self::ContentLength => "Content-Length",
            Self::ContentType => "Content-Type",
            Self::CSeq => "CSeq",
            Self::Date => "Date",
            Self::Diversion => "Diversion",
            Self::ErrorInfo => "Error-Info",
            Self::Event => "Event",
            Self::Expires => "Expires",
            Self::From => "From",
            Self::HistoryInfo => "History-Info",
            Self::Identity => "Identity",
            Self::InReplyTo => "In-Reply-To",
            Self::Join => "Join",
            Self::MaxForwards => "Max-Forwards",
            Self::MimeVersion => "MIME-Version",
            Self::MinExpires => "Min-Expires",
            Self::MinSe => "Min-SE",
            Self::Organization => "Organization",
            Self::PAssertedIdentity => "P-Asserted-Identity",
            Self::PPreferredIdentity => "P-Preferred-Identity",
            Self::Path => "Path",
            Self::Priority => "Priority",
            Self::Privacy => "Privacy",
            Self::ProxyAuthenticate => "Proxy-Authenticate",
            Self::ProxyAuthorization => "Proxy-Authorization",
            Self::ProxyRequire => "Proxy-Require",
            Self::RAck => "RAck",
            Self::Reason => "Reason",
            Self::RecordRoute => "Record-Route",
            Self::ReferTo => "Refer-To",
            Self::ReferredBy => "Referred-By",
            Self::RejectContact => "Reject-Contact",
            Self::Replaces => "Replaces",
            Self::ReplyTo => "Reply-To",
            Self::RequestDisposition => "Request-Disposition",
            Self::Require => "Require",
            Self::RetryAfter => "Retry-After",
            Self::Route => "Route",
            Self::RSeq => "RSeq",
            Self::Server => "Server",
            Self::ServiceRoute => "Service-Route",
            Self::SessionExpires => "Session-Expires",
            Self::SipETag => "SIP-ETag",
            Self::SipIfMatch => "SIP-If-Match",
            Self::Subject => "Subject",
            Self::SubscriptionState => "Subscription-State",
            Self::Supported => "Supported",
            Self::Timestamp => "Timestamp",
            Self::To => "To",
            Self::Unsupported => "Unsupported",
            Self::UserAgent => "User-Agent",
            Self::Via => "Via",
            Self::Warning => "Warning",
            Self::WwwAuthenticate => "WWW-Authenticate",
            Self::Other(token) => token.as_str(),
        }
    }

    /// The name if it is one of the variants; no allocation.
    #[inline]
    pub(super) fn recognise(text: &[u8]) -> Option<Self> {
        if let [letter] = text {
            return Self::from_compact(letter.to_ascii_lowercase());
        }
        let name = Self::candidate(text)?;
        let long = name.as_str().as_bytes();
        (long == text || long.eq_ignore_ascii_case(text)).then_some(name)
    }

    /// The names registered with a compact form (RFC 3261 20, RFC 3841, 3515, 3892, 4028, 6665, 8224).
    fn from_compact(letter: u8) -> Option<Self> {
        Some(match letter {
            b'a' => Self::AcceptContact,
            b'b' => Self::ReferredBy,
            b'c' => Self::ContentType,
            b'd' => Self::RequestDisposition,
            b'e' => Self::ContentEncoding,
            b'f' => Self::From,
            b'i' => Self::CallId,
            b'j' => Self::RejectContact,
            b'k' => Self::Supported,
            b'l' => Self::ContentLength,
            b'm' => Self::Contact,
            b'o' => Self::Event,
            b'r' => Self::ReferTo,
            b's' => Self::Subject,
            b't' => Self::To,
            b'u' => Self::AllowEvents,
            b'v' => Self::Via,
            b'x' => Self::SessionExpires,
            b'y' => Self::Identity,
            _ => return None,
        })
    }

    /// The only name with this length, first and last letter; the caller compares the whole.
    #[inline]
    fn candidate(text: &[u8]) -> Option<Self> {
        let (first, last) = (text.first()?.to_ascii_lowercase(), text.last()?.to_ascii_lowercase());
        Some(match (text.len(), first, last) {
            (2, b't', b'o') => Self::To,
            (3, b'v', b'a') => Self::Via,
            (4, b'c', b'q') => Self::CSeq,
            (4, b'd', b'e') => Self::Date,
            (4, b'f', b'm') => Self::From,
            (4, b'j', b'n') => Self::Join,
            (4, b'p', b'h') => Self::Path,
            (4, b'r', b'k') => Self::RAck,
            (4, b'r', b'q') => Self::RSeq,
            (5, b'a', b'w') => Self::Allow,
            (5, b'e', b't') => Self::Event,
            (5, b'r', b'e') => Self::Route,
            (6, b'a', b't') => Self::Accept,
            (6, b'm', b'e') => Self::MinSe,
            (6, b'r', b'n') => Self::Reason,
            (6, b's', b'r') => Self::Server,
            (7, b'c', b'd') => Self::CallId,
            (7, b'c', b't') => Self::Contact,
            (7, b'e', b's') => Self::Expires,
            (7, b'p', b'y') => Self::Privacy,
            (7, b'r', b'e') => Self::Require,
            (7, b's', b't') => Self::Subject,
            (7, b'w', b'g') => Self::Warning,
            (8, b'i', b'y') => Self::Identity,
            (8, b'p', b'y') => Self::Priority,
            (8, b'r', b'o') if text.get(2).is_some_and(|b| b.eq_ignore_ascii_case(&b'f')) => {
                Self::ReferTo
            }
            (8, b'r', b'o') => Self::ReplyTo,
            (8, b'r', b's') => Self::Replaces,
            (8, b's', b'g') => Self::SipETag,
            (9, b'c', b'o') => Self::CallInfo,
            (9, b'd', b'n') => Self::Diversion,
            (9, b's', b'd') => Self::Supported,
            (9, b't', b'p') => Self::Timestamp,
            (10, b'a', b'o') => Self::AlertInfo,
            (10, b'e', b'o') => Self::ErrorInfo,
            (10, b'u', b't') => Self::UserAgent,
            (11, b'i', b'o') => Self::InReplyTo,
            (11, b'm', b's') => Self::MinExpires,
            (11, b'r', b'r') => Self::RetryAfter,
            (11, b'r', b'y') => Self::ReferredBy,
            (11, b'u', b'd') => Self::Unsupported,
            (12, b'a', b's') => Self::AllowEvents,
            (12, b'c', b'e') => Self::ContentType,
            (12, b'h', b'o') => Self::HistoryInfo,
            (12, b'm', b'n') => Self::MimeVersion,
            (12, b'm', b's') => Self::MaxForwards,
            (12, b'o', b'n') => Self::Organization,
            (12, b'r', b'e') => Self::RecordRoute,
            (12, b's', b'h') => Self::SipIfMatch,
            (13, b'a', b'n') => Self::Authorization,
            (13, b'p', b'e') => Self::ProxyRequire,
            (13, b's', b'e') => Self::ServiceRoute,
            (14, b'a', b't') => Self::AcceptContact,
            (14, b'c', b'h') => Self::ContentLength,
            (14, b'r', b't') => Self::RejectContact,
            (15, b'a', b'e') => Self::AcceptLanguage,
            (15, b'a', b'g') => Self::AcceptEncoding,
            (15, b's', b's') => Self::SessionExpires,
            (16, b'c', b'e') => Self::ContentLanguage,
            (16, b'c', b'g') => Self::ContentEncoding,
            (16, b'w', b'e') => Self::WwwAuthenticate,
            (18, b'p', b'e') => Self::ProxyAuthenticate,
            (18, b's', b'e') => Self::SubscriptionState,
            (19, b'a', b'o') => Self::AuthenticationInfo,
            (19, b'c', b'n') => Self::ContentDisposition,
            (19, b'p', b'n') => Self::ProxyAuthorization,
            (19, b'p', b'y') => Self::PAssertedIdentity,
            (19, b'r', b'n') => Self::RequestDisposition,
            (20, b'p', b'y') => Self::PPreferredIdentity,
            _ => return None,
        })
    }
}

impl PartialEq for HeaderName {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Other(a), Self::Other(b)) => a.as_str().eq_ignore_ascii_case(b.as_str()),
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

impl Eq for HeaderName {}

impl Hash for HeaderName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        if let Self::Other(token) = self {
            token.as_str().bytes().for_each(|b| b.to_ascii_lowercase().hash(state));
        }
    }
}

impl fmt::Display for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
