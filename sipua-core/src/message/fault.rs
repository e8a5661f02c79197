//! What can be wrong with a message, as types.

use super::HeaderName;

/// What is wrong with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A header that the message must have (RFC 3261 8.1.1) is not there.
    #[error("is missing")]
    Missing,
    /// A header that may occur once has several values.
    #[error("occurs more than once")]
    Repeated,
    /// Nothing between separators.
    #[error("is empty")]
    Empty,
    /// Something between separators is missing.
    #[error("has an empty item or parameter")]
    EmptyItem,
    /// A quoted string has no end.
    #[error("has a quoted string without an end")]
    UnterminatedQuote,
    /// A `<` without `>`.
    #[error("has a '<' without '>'")]
    UnterminatedAngle,
    /// Something follows where the value should end.
    #[error("has text after its end")]
    TrailingText,
    /// A token has characters that a token may not have.
    #[error("has a character that is not allowed there")]
    Character,
    /// The display name is neither a quoted string nor tokens.
    #[error("has a display name that must be quoted")]
    DisplayName,
    /// The display name has unquoted characters beyond ASCII.
    #[error("has an unquoted display name that is not ASCII")]
    DisplayNameNotAscii,
    /// RFC 3261 20.10: a URI with a comma, question mark or semicolon must stand in `<>`.
    #[error("has a URI that must be enclosed in <>")]
    NeedsBrackets,
    /// Digits were expected.
    #[error("is not a number")]
    NotANumber,
    /// A number is larger than its field allows.
    #[error("is a number out of range")]
    OutOfRange,
    /// A header says what the start line contradicts.
    #[error("does not match the method of the start line")]
    MethodMismatch,
    /// A protocol version other than `SIP/2.0`.
    #[error("is not of version SIP/2.0")]
    Version,
    /// A date that RFC 3261 20.17 does not allow.
    #[error("is not a date in GMT")]
    Date,
    /// A URI does not parse.
    #[error("has a URI that {0}")]
    Uri(#[from] UriError),
    /// A URI whose parts are certain, but with a character that RFC 3261 25.1 wants escaped.
    #[error("has a URI with a character that must be escaped")]
    Unescaped,
    /// A host or port does not parse.
    #[error("has a host or port that is not one")]
    Host,
    /// Bytes that are not UTF-8 where text is needed.
    #[error("is not UTF-8")]
    NotUtf8,
    /// More than a limit of [`limits`](super::limits) allows.
    #[error("is more than the limit allows")]
    TooMany,
    /// A line of the head that is no header.
    #[error("is not a header line")]
    NotAHeader,
    /// A line does not end with CR LF.
    #[error("does not end with CR LF")]
    LineEnd,
    /// The head does not end with an empty line.
    #[error("is cut before the empty line")]
    Unterminated,
    /// White space where the start line allows a single space or none (RFC 3261 7.1).
    #[error("has extra white space")]
    Space,
    /// RFC 3261 8.1.1.7: the cookie, and nothing after it.
    #[error("has a branch without an identifier")]
    Branch,
    /// Content-Length says more than has arrived (RFC 3261 18.3).
    #[error("is larger than the body that arrived")]
    BodyTooShort,
}

/// What is wrong with a URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum UriError {
    /// No scheme and colon.
    #[error("has no scheme")]
    Scheme,
    /// A character that is not allowed, such as white space or `<`.
    #[error("has a character that is not allowed there")]
    Character,
    /// A `%` without two hexadecimal digits.
    #[error("has a '%' without two hexadecimal digits")]
    Escape,
    /// The user part is empty, or the telephone number is none.
    #[error("has an empty or malformed user or number")]
    User,
    /// The host is missing or is neither a name nor an address.
    #[error("has no valid host")]
    Host,
    /// The port is not a number from 0 to 65535.
    #[error("has no valid port")]
    Port,
    /// A parameter is empty, has no name, or occurs twice.
    #[error("has a malformed parameter")]
    Parameter,
    /// `?` headers where they are not allowed (RFC 3261 19.1.1).
    #[error("has headers where none are allowed")]
    Headers,
    /// Bytes that are not UTF-8.
    #[error("is not UTF-8")]
    NotUtf8,
    /// Longer than [`limits::MAX_URI`](super::limits::MAX_URI).
    #[error("is too long")]
    TooLong,
}

/// A header that is missing or does not parse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{header} {fault}")]
pub struct HeaderError {
    /// Which.
    pub header: HeaderName,
    /// Why.
    pub fault: Fault,
}

/// Bytes that are not a SIP message at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// Nothing but CR LF, or NUL: a keep-alive (RFC 5626 4.4, RFC 3261 7.5).
    #[error("keep-alive")]
    KeepAlive,
    /// An empty datagram.
    #[error("empty")]
    Empty,
    /// Longer than [`limits::MAX_MESSAGE`](super::limits::MAX_MESSAGE).
    #[error("longer than the limit")]
    TooLong,
    /// The first line is neither a request line nor a status line.
    #[error("no SIP start line")]
    StartLine,
    /// A status code outside 100 to 699.
    #[error("status code out of range")]
    StatusCode,
    /// More header lines than [`limits::MAX_HEADERS`](super::limits::MAX_HEADERS).
    #[error("too many header lines")]
    TooManyHeaders,
}
