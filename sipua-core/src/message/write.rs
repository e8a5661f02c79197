//! Writing a message.

use super::{HeaderName, Headers};

/// Header lines, the empty line and the body, with the right Content-Length.
pub(super) fn headers_and_body(out: &mut Vec<u8>, headers: &Headers, body: &[u8]) {
    let mut has_length = false;
    for header in headers.iter() {
        if header.is(&HeaderName::ContentLength) {
            // Where the message had it; a second one is one too many.
            if !has_length {
                content_length(out, header.name_bytes(), body);
                has_length = true;
            }
            continue;
        }
        out.extend_from_slice(header.name_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(header.value);
        out.extend_from_slice(b"\r\n");
    }
    if !has_length {
        content_length(out, HeaderName::ContentLength.as_str().as_bytes(), body);
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body);
}

/// An upper bound of what [`headers_and_body`] writes.
pub(super) fn size(headers: &Headers, body: &[u8]) -> usize {
    /// Colon, space, CR LF, and some for a long name of our own.
    const PER_LINE: usize = 24;
    let lines: usize = headers.iter().map(|header| header.value.len() + PER_LINE).sum();
    lines + body.len() + 2 * PER_LINE
}

pub(super) fn number(out: &mut Vec<u8>, value: usize) {
    let mut digits = [0u8; 20];
    let mut rest = value;
    let mut used = 0;
    for digit in digits.iter_mut().rev() {
        #[expect(clippy::cast_possible_truncation, reason = "a digit")]
        {
            *digit = b'0' + (rest % 10) as u8;
        }
        rest /= 10;
        used += 1;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(digits.len() - used..).unwrap_or_default());
}

fn content_length(out: &mut Vec<u8>, name: &[u8], body: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    number(out, body.len());
    out.extend_from_slice(b"\r\n");
}
