//! Digest authentication, the arithmetic of both sides (RFC 3261 22, RFC 7616, RFC 8760).

mod algorithm;
mod authorization;
mod challenge;
mod client;
mod credentials;
mod digest;
mod params;
#[cfg(test)]
mod tests;

pub use algorithm::Algorithm;
pub use authorization::Authorization;
pub use challenge::{Challenge, Qop};
pub use client::{AuthError, ClientAuth};
pub use credentials::Credentials;

/// Challenges of one response that are looked at.
pub const MAX_CHALLENGES: usize = 16;
/// Protection spaces that one [`ClientAuth`] keeps: servers and proxies on the way.
pub const MAX_SPACES: usize = 8;
/// Bytes of one header value that is looked at, whatever number of challenges it holds.
pub const MAX_LINE: usize = 8_192;
/// Parameters of one challenge or one authorization.
pub const MAX_PARAMS: usize = 32;
/// Bytes of one parameter's value; a longer one makes its challenge unusable.
pub const MAX_VALUE: usize = 2_048;
