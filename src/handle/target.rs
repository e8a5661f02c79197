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
    } else if names_other_scheme(target) {
        return Err(wrong("is of a scheme that SIP does not call; use sip: or tel:"));
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
    let wants_other = uri.is_secure()
        || uri.transport().is_some_and(|transport| !transport.eq_ignore_ascii_case("udp"));
    if wants_other {
        return Err(wrong("asks for a transport that is not there: this version speaks UDP only"));
    }
    if uri.tel_number().is_none() && uri.host().is_none() {
        return Err(wrong("names no host; an address looks like sip:bob@example.com"));
    }
    Ok(uri)
}

/// `mailto:…`, `http:…`; not `host:5060`, nor `user:password@host`.
fn names_other_scheme(target: &str) -> bool {
    target.split_once(':').is_some_and(|(scheme, rest)| {
        let word = !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphabetic());
        let known = ["mailto", "http", "https", "im", "pres", "xmpp", "urn", "h323"];
        let is_known = known.iter().any(|known| scheme.eq_ignore_ascii_case(known));
        word && (is_known || rest.starts_with("//"))
    })
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
