//! Who one is, and how one proves it.

use std::fmt;

use super::Algorithm;
use super::algorithm::Hex;

/// A user name with a password or with its HA1.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    username: String,
    secret: Secret,
}

#[derive(Clone, PartialEq, Eq)]
enum Secret {
    Password(String),
    Ha1 { hex: String, algorithm: Algorithm },
}

impl Credentials {
    /// A user name and password.
    #[must_use]
    pub fn password(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self { username: username.into(), secret: Secret::Password(password.into()) }
    }

    /// A user name and the hash of `username:realm:password` in hexadecimal digits, which serves
    /// one realm and one algorithm only.
    #[must_use]
    pub fn ha1(username: impl Into<String>, hex: &str, algorithm: Algorithm) -> Self {
        let hex = hex.to_ascii_lowercase();
        Self { username: username.into(), secret: Secret::Ha1 { hex, algorithm } }
    }

    /// The user name.
    #[must_use]
    pub fn username(&self) -> &str {
        &self.username
    }

    /// Whether a challenge of this algorithm can be answered.
    #[must_use]
    pub fn serves(&self, wanted: Algorithm) -> bool {
        match &self.secret {
            Secret::Password(_) => true,
            Secret::Ha1 { algorithm, .. } => *algorithm == wanted,
        }
    }

    /// RFC 7616 3.4.2: H(username:realm:password), and `use_hash` with it.
    pub(super) fn with_ha1<T>(
        &self,
        algorithm: Algorithm,
        realm: &str,
        use_hash: impl FnOnce(&[u8]) -> T,
    ) -> T {
        match &self.secret {
            Secret::Ha1 { hex, .. } => use_hash(hex.as_bytes()),
            Secret::Password(password) => {
                let parts = [self.username.as_bytes(), realm.as_bytes(), password.as_bytes()];
                let hash: Hex = algorithm.hash(&parts);
                use_hash(hash.as_bytes())
            }
        }
    }
}

/// Without the secret: this ends in logs.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("username", &self.username).finish_non_exhaustive()
    }
}
