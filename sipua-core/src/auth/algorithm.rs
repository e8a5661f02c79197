//! The hash functions of digest authentication.

use md5::Md5;
use sha2::{Digest, Sha256, Sha512_256};

/// A hash function (RFC 7616 6.1), without the `-sess` variant, which is the challenge's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// MD5: weak, and what most servers ask for.
    Md5,
    /// SHA-256.
    Sha256,
    /// SHA-512/256.
    Sha512_256,
}

impl Algorithm {
    /// The name in a header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
            Self::Sha512_256 => "SHA-512-256",
        }
    }

    /// Reads a name, with `-sess` or without; `None` for an unknown one.
    #[must_use]
    pub fn parse(text: &str) -> Option<(Self, bool)> {
        let suffix = text.len().checked_sub(5).and_then(|at| text.split_at_checked(at));
        let (name, session) = match suffix {
            Some((name, suffix)) if suffix.eq_ignore_ascii_case("-sess") => (name, true),
            _ => (text, false),
        };
        let known = [Self::Md5, Self::Sha256, Self::Sha512_256];
        let algorithm = known.into_iter().find(|a| a.as_str().eq_ignore_ascii_case(name))?;
        Some((algorithm, session))
    }

    /// The length of a hash in hexadecimal digits.
    #[must_use]
    pub const fn digits(self) -> usize {
        match self {
            Self::Md5 => 32,
            Self::Sha256 | Self::Sha512_256 => 64,
        }
    }

    /// The hash of the parts joined by colons.
    pub(super) fn hash(self, parts: &[&[u8]]) -> Hex {
        match self {
            Self::Md5 => joined::<Md5>(parts),
            Self::Sha256 => joined::<Sha256>(parts),
            Self::Sha512_256 => joined::<Sha512_256>(parts),
        }
    }
}

fn joined<D: Digest>(parts: &[&[u8]]) -> Hex {
    let mut digest = D::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            digest.update(b":");
        }
        digest.update(part);
    }
    Hex::of(&digest.finalize())
}

/// A hash as lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Hex {
    digits: [u8; 64],
    length: usize,
}

impl Hex {
    fn of(bytes: &[u8]) -> Self {
        let mut digits = [0; 64];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
            for (digit, value) in pair.iter_mut().zip([byte >> 4, byte & 15]) {
                *digit = if value < 10 { b'0' + value } else { b'a' + value - 10 };
            }
        }
        Self { digits, length: (bytes.len() * 2).min(64) }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.digits.get(..self.length).unwrap_or_default()
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}
