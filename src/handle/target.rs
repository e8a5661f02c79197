//! What the caller of the API writes as text: targets and header fields.

use bytes::Bytes;
use sipua_core::event::ExtraHeader;
use sipua_core::message::{HeaderName, Uri};

use crate::error::{Error, Result};

/// A target: an address with its scheme, `user@host`, or a number at the account's domain.
pub(super) fn parse_target(target: &str, aor: Option<&Uri>) -> Result<Uri> {
    let wrong = |problem: &str| Error::invalid("target", target, problem);
    if target.is_empty() {
        return Err(wrong("is an address such as sip:bob@example.com"));
    }
    let has_scheme = target.split_once(':').is_some_and(|(scheme, _)| {
        matches!(scheme, "sip" | "sips" | "tel" | "SIP" | "SIPS" | "TEL")
    });
    let text = if has_scheme {
        target.to_owned()
    } else if target.contains('@') {
        format!("sip:{target}")
    } else if let Some(aor) = aor {
        let host = aor.host().ok_or_else(|| wrong("needs a domain: the account has none"))?;
        match aor.port() {
            Some(port) => format!("sip:{target}@{host}:{port}"),
            None => format!("sip:{target}@{host}"),
        }
    } else if target.contains([':', '.']) {
        format!("sip:{target}")
    } else {
        return Err(wrong("needs a domain, as in sip:bob@example.com, or an account"));
    };
    let uri: Uri = text
        .parse()
        .map_err(|error| wrong(&format!("{error}; an address looks like sip:bob@example.com")))?;
    if uri.tel_number().is_none() && uri.host().is_none() {
        return Err(wrong("names no host; an address looks like sip:bob@example.com"));
    }
    Ok(uri)
}

/// A header field from its two texts.
pub(super) fn header(name: &str, value: &str) -> Result<ExtraHeader> {
    let name = HeaderName::parse(name.trim().as_bytes()).ok_or_else(|| {
        Error::invalid("header name", name, "is letters, digits and - . ! % * _ + ` ' ~")
    })?;
    if value.contains(['\r', '\n', '\0']) {
        return Err(Error::invalid("header value", value, "holds a line break"));
    }
    Ok((name, Bytes::copy_from_slice(value.trim().as_bytes())))
}
