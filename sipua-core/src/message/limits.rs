//! What a message may measure. Everything past a limit is an error, never a cut.

/// Bytes of one message, head and body: the most a UDP datagram can carry.
pub const MAX_MESSAGE: usize = 65_535;
/// Header lines of one message.
pub const MAX_HEADERS: usize = 256;
/// Items that a list header (Via, Route, Contact …) yields over all its lines.
pub const MAX_LIST_ITEMS: usize = 256;
/// Parameters of one header value or URI.
pub const MAX_PARAMS: usize = 64;
/// Bytes of one URI.
pub const MAX_URI: usize = 8_192;
/// Bytes of a method or of another protocol name that is kept as an owned token.
pub const MAX_TOKEN: usize = 256;
/// Problems that [`validate`](super::Message::validate) reports before it stops looking.
pub const MAX_PROBLEMS: usize = 64;
