//! The smaller typed header values.

use std::borrow::Cow;
use std::fmt;

use super::Method;
use super::fault::Fault;
use super::params::Params;
use super::scan::{find_unquoted, is_digits, number, split_at_byte, trim};
use super::token::{is_token, is_white};

/// RFC 3261 8.1.1.5: a sequence number is less than 2^31.
pub(super) const MAX_CSEQ: u32 = (1 << 31) - 1;

/// CSeq (RFC 3261 20.16).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CSeq {
    /// Below 2^31.
    pub number: u32,
    /// The request's method.
    pub method: Method,
}

impl CSeq {
    pub(super) fn parse(text: &[u8]) -> Result<Self, Fault> {
        let (number, method) = split_word(text)?;
        Ok(Self { number: parse_number(number, MAX_CSEQ)?, method: parse_method(method)? })
    }
}

impl fmt::Display for CSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.method)
    }
}

/// RAck (RFC 3262 7.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RAck {
    /// The RSeq of the provisional response.
    pub rseq: u32,
    /// The number of its CSeq.
    pub cseq: u32,
    /// The method of its CSeq.
    pub method: Method,
}

impl RAck {
    pub(super) fn parse(text: &[u8]) -> Result<Self, Fault> {
        let (rseq, rest) = split_word(text)?;
        let CSeq { number, method } = CSeq::parse(rest)?;
        Ok(Self { rseq: parse_number(rseq, u32::MAX)?, cseq: number, method })
    }
}

/// Content-Type (RFC 3261 20.15).
#[derive(Debug, Clone, Copy)]
pub struct MediaType<'a> {
    /// `application`.
    pub kind: &'a str,
    /// `sdp`.
    pub subtype: &'a str,
    /// `charset=…` and the like.
    pub params: Params<'a>,
}

impl<'a> MediaType<'a> {
    pub(super) fn parse(text: &'a [u8]) -> Result<Self, Fault> {
        let Parameterized { value, params } = Parameterized::parse_any(text)?;
        let (kind, subtype) = value.split_once('/').ok_or(Fault::Character)?;
        let (kind, subtype) = (kind.trim_end(), subtype.trim_start());
        if !is_token(kind.as_bytes()) || !is_token(subtype.as_bytes()) {
            return Err(Fault::Character);
        }
        Ok(Self { kind, subtype, params })
    }

    /// Whether it is this type; case does not count.
    #[must_use]
    pub fn is(&self, kind: &str, subtype: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind) && self.subtype.eq_ignore_ascii_case(subtype)
    }
}

/// A value with parameters: Event, Session-Expires, Subscription-State, Replaces …
#[derive(Debug, Clone, Copy)]
pub struct Parameterized<'a> {
    /// What stands before the first `;`.
    pub value: &'a str,
    /// The rest.
    pub params: Params<'a>,
}

impl<'a> Parameterized<'a> {
    /// The value is one word.
    pub(super) fn parse(text: &'a [u8]) -> Result<Self, Fault> {
        let parsed = Self::parse_any(text)?;
        let harmful = |b: u8| is_white(b) || matches!(b, b',' | b'"');
        if parsed.value.bytes().any(harmful) {
            return Err(Fault::TrailingText);
        }
        Ok(parsed)
    }

    fn parse_any(text: &'a [u8]) -> Result<Self, Fault> {
        let text = trim(text);
        let end = find_unquoted(text, b';').unwrap_or(text.len());
        let (value, params) = text.split_at_checked(end).unwrap_or((text, b""));
        let value = std::str::from_utf8(trim(value)).map_err(|_| Fault::NotUtf8)?;
        if value.is_empty() {
            return Err(Fault::Empty);
        }
        Ok(Self { value, params: Params::parse(params)? })
    }
}

/// One Reason value (RFC 3326).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason<'a> {
    /// `SIP` or `Q.850`.
    pub protocol: &'a str,
    /// The code.
    pub cause: Option<u16>,
    /// The text, without quotes.
    pub text: Option<Cow<'a, str>>,
}

impl<'a> Reason<'a> {
    pub(super) fn parse(text: &'a [u8]) -> Result<Self, Fault> {
        let Parameterized { value, params } = Parameterized::parse(text)?;
        let cause = params.value("cause").and_then(|cause| cause.parse().ok());
        Ok(Self { protocol: value, cause, text: params.unquoted("text") })
    }
}

/// A header that is one number.
pub(super) fn parse_number(text: &[u8], max: u32) -> Result<u32, Fault> {
    if !is_digits(text) {
        return Err(if text.is_empty() { Fault::Empty } else { Fault::NotANumber });
    }
    number(text, max).ok_or(Fault::OutOfRange)
}

/// Retry-After (RFC 3261 20.33): seconds, then a comment and parameters that only people read.
pub(super) fn parse_seconds(text: &[u8]) -> Result<u32, Fault> {
    let text = trim(text);
    let end = text.iter().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end).unwrap_or((text, b""));
    match trim(rest).first() {
        None | Some(b'(' | b';') => parse_number(digits, u32::MAX),
        Some(_) => Err(Fault::NotANumber),
    }
}

/// Whether a q value (RFC 3261 25.1), in thousandths.
pub(super) fn q_thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: u16 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    if fraction.len() > 3 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let thousandths = format!("{fraction:0<3}").parse::<u16>().ok()?;
    whole.checked_mul(1000)?.checked_add(thousandths).filter(|&q| q <= 1000)
}

fn parse_method(text: &[u8]) -> Result<Method, Fault> {
    let text = trim(text);
    if text.is_empty() {
        return Err(Fault::Empty);
    }
    Method::parse(text).ok_or(Fault::Character)
}

/// The first word and the rest.
fn split_word(text: &[u8]) -> Result<(&[u8], &[u8]), Fault> {
    let text = trim(text);
    let end = text.iter().position(|&b| is_white(b)).ok_or(Fault::Empty)?;
    Ok(split_at_byte(text, end))
}
