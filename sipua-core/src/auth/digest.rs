//! The response value (RFC 7616 3.4.1).

use super::algorithm::Hex;
use super::{Algorithm, Credentials, Qop};

/// All that goes into a response value besides the credentials.
#[derive(Debug, Clone, Copy)]
pub(super) struct Input<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) session: bool,
    pub(super) qop: Qop,
    pub(super) realm: &'a str,
    pub(super) nonce: &'a str,
    pub(super) cnonce: &'a str,
    /// Eight hexadecimal digits.
    pub(super) nonce_count: &'a str,
    pub(super) method: &'a str,
    pub(super) uri: &'a [u8],
}

impl Input<'_> {
    pub(super) fn response(&self, credentials: &Credentials) -> Hex {
        credentials.with_ha1(self.algorithm, self.realm, |ha1| {
            if self.session {
                let parts = [ha1, self.nonce.as_bytes(), self.cnonce.as_bytes()];
                self.final_hash(self.algorithm.hash(&parts).as_bytes())
            } else {
                self.final_hash(ha1)
            }
        })
    }

    fn final_hash(&self, ha1: &[u8]) -> Hex {
        let ha2 = self.algorithm.hash(&[self.method.as_bytes(), self.uri]);
        let nonce = self.nonce.as_bytes();
        match self.qop {
            Qop::None => self.algorithm.hash(&[ha1, nonce, ha2.as_bytes()]),
            Qop::Auth => {
                let (count, cnonce) = (self.nonce_count.as_bytes(), self.cnonce.as_bytes());
                self.algorithm.hash(&[ha1, nonce, count, cnonce, b"auth", ha2.as_bytes()])
            }
        }
    }
}
