//! Framing of messages on a stream by Content-Length (RFC 3261 18.3).

use bytes::{Buf, BytesMut};

use super::fault::ParseError;
use super::limits::MAX_MESSAGE;
use super::{Message, parse};

/// What a stream yields.
#[derive(Debug, Clone)]
pub enum Frame {
    /// A whole message.
    Message(Message),
    /// CR LF between messages: the answer to a ping of ours, or the first half of one.
    Crlf,
    /// The second CR LF in a row: a ping, to be answered by one CR LF (RFC 5626 4.4.1).
    Ping,
}

/// Why a stream cannot be read any further; it is to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// What stands where a message should is none.
    #[error("not a SIP message: {0}")]
    Message(#[from] ParseError),
    /// RFC 3261 20.14: a message on a stream must have one Content-Length that is a number.
    #[error("no Content-Length to find the end of the message by")]
    ContentLength,
}

/// Cuts a stream into messages. Holds at most one message and one segment.
#[derive(Debug, Default)]
pub struct StreamFramer {
    buffer: BytesMut,
    /// How much of the buffer holds no end of a head.
    searched: usize,
    /// The frame before was a [`Frame::Crlf`].
    after_crlf: bool,
    failed: Option<FrameError>,
}

impl StreamFramer {
    /// A framer at the start of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes what was read. Call [`next_frame`](Self::next_frame) until it yields `None` before the
    /// next push, so that no more than one message is held.
    pub fn push(&mut self, data: &[u8]) {
        if self.failed.is_none() {
            self.buffer.extend_from_slice(data);
        }
    }

    /// How many bytes wait for the rest of their message.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.buffer.len()
    }

    /// The next frame; `None` when more must be read. After an error the same error for ever.
    pub fn next_frame(&mut self) -> Option<Result<Frame, FrameError>> {
        if let Some(error) = self.failed {
            return Some(Err(error));
        }
        let frame = self.advance();
        if let Err(error) = frame {
            self.failed = Some(error);
            self.buffer = BytesMut::new();
        }
        frame.transpose()
    }

    fn advance(&mut self) -> Result<Option<Frame>, FrameError> {
        if self.buffer.starts_with(b"\r\n") {
            self.buffer.advance(2);
            self.searched = 0;
            let again = self.after_crlf;
            self.after_crlf = !again;
            return Ok(Some(if again { Frame::Ping } else { Frame::Crlf }));
        }
        if matches!(&*self.buffer, [] | [b'\r']) {
            return Ok(None);
        }
        let Some(head_length) = self.find_head_end() else {
            return match self.buffer.len() {
                length if length > MAX_MESSAGE => Err(ParseError::TooLong.into()),
                _ => Ok(None),
            };
        };
        let length = head_length + self.body_length(head_length)?;
        if length > MAX_MESSAGE {
            return Err(ParseError::TooLong.into());
        }
        if self.buffer.len() < length {
            // Found again when the rest is there; only the end of the head is searched anew.
            self.searched = head_length.saturating_sub(4);
            return Ok(None);
        }
        self.searched = 0;
        self.after_crlf = false;
        let data = self.buffer.split_to(length).freeze();
        let head = parse::head(&data)?;
        Ok(Some(Frame::Message(head.with_body(data, length - head_length))))
    }

    /// Where the body begins, once the empty line is there.
    fn find_head_end(&mut self) -> Option<usize> {
        let mut at = self.searched;
        loop {
            let rest = self.buffer.get(at..).unwrap_or_default();
            let Some(end) = memchr::memchr(b'\n', rest) else { break };
            match rest.get(end + 1..).unwrap_or_default() {
                [b'\n', ..] => return Some(at + end + 2),
                [b'\r', b'\n', ..] => return Some(at + end + 3),
                [] | [b'\r'] => break,
                _ => at += end + 1,
            }
        }
        // The last bytes may be the start of the empty line.
        self.searched = at.max(self.buffer.len().saturating_sub(3));
        None
    }

    fn body_length(&self, head_length: usize) -> Result<usize, FrameError> {
        let text = self.buffer.get(..head_length).unwrap_or_default();
        let head = parse::head(&bytes::Bytes::copy_from_slice(text))?;
        let mut lengths = head.headers.get_all(&super::HeaderName::ContentLength);
        let (Some(_), None) = (lengths.next(), lengths.next()) else {
            return Err(FrameError::ContentLength);
        };
        let length =
            head.headers.content_length().ok().flatten().ok_or(FrameError::ContentLength)?;
        usize::try_from(length).map_err(|_| FrameError::ContentLength)
    }
}
