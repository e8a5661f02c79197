//! The client's side: challenges taken, requests authorized.

use std::fmt::Write;

use rand::Rng;

use super::algorithm::Hex;
use super::digest::Input;
use super::{Challenge, Credentials, MAX_SPACES, Qop};
use crate::message::{HeaderName, Request, Response};

/// Why a challenge cannot be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// No challenge in the response that can be answered: none at all, another scheme than Digest,
    /// an unknown algorithm, a HA1 of another algorithm, or too many protection spaces.
    #[error("no challenge that can be answered")]
    Unusable,
    /// The same protection space asks again although it has had credentials, and does not call the
    /// nonce stale: they are wrong.
    #[error("the credentials were refused")]
    Refused,
}

/// Who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asker {
    Server,
    Proxy,
}

impl Asker {
    const BOTH: [Self; 2] = [Self::Server, Self::Proxy];

    const fn challenge_header(self) -> HeaderName {
        match self {
            Self::Server => HeaderName::WwwAuthenticate,
            Self::Proxy => HeaderName::ProxyAuthenticate,
        }
    }

    const fn answer_header(self) -> HeaderName {
        match self {
            Self::Server => HeaderName::Authorization,
            Self::Proxy => HeaderName::ProxyAuthorization,
        }
    }
}

/// A protection space: the challenge that is answered there, and how often it was.
#[derive(Debug, Clone)]
struct Space {
    asker: Asker,
    challenge: Challenge,
    /// One for the life of the nonce, so that `-sess` keeps its HA1 (RFC 7616 3.4.2).
    cnonce: Option<Hex16>,
    nonce_count: u32,
}

/// Sixteen hexadecimal digits.
type Hex16 = [u8; 16];

/// The protection spaces that a client has met, for all requests to the same server.
///
/// Getters: [`is_empty`](Self::is_empty). Input: [`challenged`](Self::challenged). Output:
/// [`authorize`](Self::authorize).
#[derive(Debug, Clone, Default)]
pub struct ClientAuth {
    spaces: Vec<Space>,
}

impl ClientAuth {
    /// Knows no challenge yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether no challenge is known: [`authorize`](Self::authorize) adds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spaces.is_empty()
    }

    /// Takes the challenges of a 401 or 407: of each protection space the strongest that the
    /// credentials serve.
    ///
    /// # Errors
    /// Nothing can be answered, or the credentials are wrong; then what was known stays.
    pub fn challenged(
        &mut self,
        response: &Response,
        credentials: &Credentials,
    ) -> Result<(), AuthError> {
        let best = best_challenges(response, credentials);
        if best.is_empty() {
            return Err(AuthError::Unusable);
        }
        let mut spaces = self.spaces.clone();
        for (asker, challenge) in best {
            let same =
                |space: &Space| space.asker == asker && space.challenge.realm == challenge.realm;
            let full = spaces.len() >= MAX_SPACES;
            let at = spaces.iter().position(same);
            match at.and_then(|at| spaces.get_mut(at)) {
                Some(space) if space.nonce_count > 0 && !challenge.stale => {
                    return Err(AuthError::Refused);
                }
                Some(space) => *space = Space::new(asker, challenge),
                None if full => return Err(AuthError::Unusable),
                None => spaces.push(Space::new(asker, challenge)),
            }
        }
        self.spaces = spaces;
        Ok(())
    }

    /// Writes Authorization and Proxy-Authorization for every protection space, in place of what the
    /// request had. To be called anew for each transmission that is not a retransmission: the nonce
    /// count goes up.
    pub fn authorize(
        &mut self,
        request: &mut Request,
        credentials: &Credentials,
        rng: &mut impl Rng,
    ) {
        for asker in Asker::BOTH {
            request.headers.remove(&asker.answer_header());
        }
        for space in &mut self.spaces {
            let value = space.answer(request, credentials, rng);
            request.headers.push(&space.asker.answer_header(), value);
        }
    }
}

/// The strongest usable challenge of each protection space, in the order of the response. RFC 8760
/// 2.4 leaves the choice to local policy; of equals the first counts.
fn best_challenges(response: &Response, credentials: &Credentials) -> Vec<(Asker, Challenge)> {
    let mut best: Vec<(Asker, Challenge)> = Vec::new();
    for asker in Asker::BOTH {
        let name = asker.challenge_header();
        let usable = Challenge::all(&response.headers, &name)
            .filter(|challenge| credentials.serves(challenge.algorithm));
        for challenge in usable {
            let known =
                best.iter_mut().find(|(a, known)| *a == asker && known.realm == challenge.realm);
            match known {
                Some((_, known)) if challenge.algorithm > known.algorithm => *known = challenge,
                Some(_) => {}
                None => best.push((asker, challenge)),
            }
        }
    }
    best
}

impl Space {
    fn new(asker: Asker, challenge: Challenge) -> Self {
        Self { asker, challenge, cnonce: None, nonce_count: 0 }
    }

    /// The header value for one request.
    fn answer(
        &mut self,
        request: &Request,
        credentials: &Credentials,
        rng: &mut impl Rng,
    ) -> String {
        self.nonce_count = self.nonce_count.saturating_add(1);
        let cnonce = *self.cnonce.get_or_insert_with(|| random_digits(rng));
        let cnonce = std::str::from_utf8(&cnonce).unwrap_or_default();
        let nonce_count = format!("{:08x}", self.nonce_count);
        let challenge = &self.challenge;
        let input = Input {
            algorithm: challenge.algorithm,
            session: challenge.session,
            qop: challenge.qop,
            realm: &challenge.realm,
            nonce: &challenge.nonce,
            cnonce,
            nonce_count: &nonce_count,
            method: request.method.as_str(),
            uri: request.uri_text(),
        };
        header_value(challenge, credentials, &input, &input.response(credentials))
    }
}

/// RFC 7616 3.4: which parameters are quoted is fixed.
fn header_value(
    challenge: &Challenge,
    credentials: &Credentials,
    input: &Input<'_>,
    response: &Hex,
) -> String {
    let username = crate::message::quote(credentials.username());
    let (realm, nonce) = (&challenge.realm, &challenge.nonce);
    let uri = String::from_utf8_lossy(input.uri);
    let response = response.as_str();
    let mut value = format!(
        "Digest username={username}, realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", \
         response=\"{response}\""
    );
    // Writing to a String does not fail.
    if challenge.algorithm_given {
        let (name, variant) = challenge.algorithm_name();
        let _ = write!(value, ", algorithm={name}{variant}");
    }
    if challenge.qop == Qop::Auth || challenge.session {
        let _ = write!(value, ", cnonce=\"{}\"", input.cnonce);
    }
    if let Some(opaque) = &challenge.opaque {
        let _ = write!(value, ", opaque=\"{opaque}\"");
    }
    if challenge.qop == Qop::Auth {
        let _ = write!(value, ", qop=auth, nc={}", input.nonce_count);
    }
    value
}

fn random_digits(rng: &mut impl Rng) -> Hex16 {
    let mut random = rng.next_u64();
    let mut digits = [b'0'; 16];
    for digit in &mut digits {
        let value = u8::try_from(random & 15).unwrap_or_default();
        *digit = if value < 10 { b'0' + value } else { b'a' + value - 10 };
        random >>= 4;
    }
    digits
}
