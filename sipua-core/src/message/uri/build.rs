//! URIs made from parts.

use std::fmt::Write;

use super::parts::{HostPart, Kind, Parts, Span};
use super::{Host, Uri};
use crate::message::token::{is_host_text, is_param_text, is_user_text};

impl Uri {
    /// `sip:[user@]host[:port]`; what must be escaped is (RFC 3261 19.1.2), an empty user is none.
    #[must_use]
    pub fn sip(user: Option<&str>, host: Host<'_>, port: Option<u16>) -> Self {
        let mut text = String::from("sip:");
        let scheme = Span::new(0, text.len() - 1);
        let user = user.filter(|user| !user.is_empty()).map(|user| {
            let start = text.len();
            push_escaped(&mut text, user, is_user_text);
            let span = Span::new(start, text.len());
            text.push('@');
            span
        });
        let start = text.len();
        let host = match host {
            Host::Ip(ip) => {
                // Writing to a String does not fail.
                let _ = write!(text, "{host}");
                HostPart::Ip(ip)
            }
            Host::Name(name) => {
                push_escaped(&mut text, name, is_host_text);
                HostPart::Name(Span::new(start, text.len()))
            }
        };
        if let Some(port) = port {
            let _ = write!(text, ":{port}");
        }
        let end = Span::new(text.len(), text.len());
        let parts = Parts {
            kind: Kind::Sip,
            scheme,
            user,
            password: None,
            host: Some(host),
            port,
            params: end,
            headers: None,
        };
        Self { text: text.into(), parts }
    }

    /// The same URI with one more parameter, before any headers; what must be escaped is. Without a
    /// name nothing is added.
    #[must_use]
    pub fn with_param(&self, name: &str, value: Option<&str>) -> Self {
        if name.is_empty() {
            return self.clone();
        }
        let (head, tail) = self.split_headers();
        let start = head.len() - self.params().as_str().len();
        let mut text = String::from(head);
        text.push(';');
        push_escaped(&mut text, name, is_param_text);
        if let Some(value) = value {
            text.push('=');
            push_escaped(&mut text, value, is_param_text);
        }
        let params = Span::new(start, text.len());
        text.push_str(tail);
        let headers =
            self.parts.headers.map(|_| Span::new(text.len() - tail.len() + 1, text.len()));
        Self { text: text.into(), parts: Parts { params, headers, ..self.parts } }
    }

    /// The same URI without what follows the `?`.
    #[must_use]
    pub fn without_headers(&self) -> Self {
        if self.parts.headers.is_none() {
            return self.clone();
        }
        let (head, _) = self.split_headers();
        let params = Span::new(head.len() - self.params().as_str().len(), head.len());
        Self { text: head.into(), parts: Parts { params, headers: None, ..self.parts } }
    }

    /// What stands before the `?`, and the rest with it.
    fn split_headers(&self) -> (&str, &str) {
        let tail = self.headers().map_or(0, |headers| headers.len() + 1);
        self.text.split_at_checked(self.text.len() - tail).unwrap_or((&self.text, ""))
    }
}

/// Appends `part`; what is not `legal`, and `%` itself, as `%HH`.
fn push_escaped(text: &mut String, part: &str, legal: fn(&[u8]) -> bool) {
    for byte in part.bytes() {
        if byte != b'%' && legal(&[byte]) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
}
