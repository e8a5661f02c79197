//! Framing of messages on a stream by Content-Length (RFC 3261 18.3).

use bytes::{Buf, BytesMut};

use super::fault::ParseError;
use super::limits::MAX_MESSAGE;
use super::parse::{self, Head};
use super::{HeaderName, Headers, Message};

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
    state: State,
}

#[derive(Debug)]
enum State {
    /// Between messages, or in a head.
    Head {
        /// How much of the buffer holds no end of a head.
        searched: usize,
        /// The frame before was a [`Frame::Crlf`].
        after_crlf: bool,
    },
    /// The head is read, and so many bytes of body follow.
    Body(Box<Head>, usize),
    Failed(FrameError),
}

impl Default for State {
    fn default() -> Self {
        Self::Head { searched: 0, after_crlf: false }
    }
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
        if !matches!(self.state, State::Failed(_)) {
            self.buffer.extend_from_slice(data);
        }
    }

    /// How many bytes wait for the rest of their head or body.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.buffer.len()
    }

    /// The next frame; `None` when more must be read. After an error the same error for ever.
    pub fn next_frame(&mut self) -> Option<Result<Frame, FrameError>> {
        loop {
            match std::mem::take(&mut self.state) {
                State::Failed(error) => return self.fail(error),
                State::Body(head, length) if self.buffer.len() < length => {
                    self.state = State::Body(head, length);
                    return None;
                }
                State::Body(head, length) => {
                    let body = self.buffer.split_to(length).freeze();
                    return Some(Ok(Frame::Message(head.with_body(body))));
                }
                State::Head { searched, after_crlf } => {
                    if self.buffer.starts_with(b"\r\n") {
                        self.buffer.advance(2);
                        self.state = State::Head { searched: 0, after_crlf: !after_crlf };
                        return Some(Ok(if after_crlf { Frame::Ping } else { Frame::Crlf }));
                    }
                    match self.read_head(searched) {
                        Err(error) => return self.fail(error),
                        Ok(State::Head { searched, .. }) => {
                            self.state = State::Head { searched, after_crlf };
                            return None;
                        }
                        Ok(state) => self.state = state,
                    }
                }
            }
        }
    }

    fn fail(&mut self, error: FrameError) -> Option<Result<Frame, FrameError>> {
        self.state = State::Failed(error);
        self.buffer = BytesMut::new();
        Some(Err(error))
    }

    /// [`State::Body`] when the head is whole, else [`State::Head`].
    fn read_head(&mut self, searched: usize) -> Result<State, FrameError> {
        let (found, searched) = match &*self.buffer {
            [] | [b'\r'] => (None, 0),
            buffer => find_head_end(buffer, searched),
        };
        let Some(length) = found else {
            if self.buffer.len() > MAX_MESSAGE {
                return Err(ParseError::TooLong.into());
            }
            return Ok(State::Head { searched, after_crlf: false });
        };
        let head = parse::head(&self.buffer.split_to(length).freeze())?;
        let body = body_length(&head.headers)?;
        if length.saturating_add(body) > MAX_MESSAGE {
            return Err(ParseError::TooLong.into());
        }
        Ok(State::Body(Box::new(head), body))
    }
}

/// Where the body begins, once the empty line is there, and from where to look next time.
fn find_head_end(buffer: &[u8], searched: usize) -> (Option<usize>, usize) {
    let mut at = searched;
    while let Some(end) = memchr::memchr(b'\n', buffer.get(at..).unwrap_or_default()) {
        let next = at + end + 1;
        match buffer.get(next..).unwrap_or_default() {
            [b'\n', ..] => return (Some(next + 1), 0),
            [b'\r', b'\n', ..] => return (Some(next + 2), 0),
            // What comes next may be the empty line.
            [] | [b'\r'] => return (None, at + end),
            _ => at = next,
        }
    }
    (None, buffer.len())
}

/// RFC 3261 20.14: one Content-Length, and a number.
fn body_length(headers: &Headers) -> Result<usize, FrameError> {
    let mut lengths = headers.get_all(&HeaderName::ContentLength);
    let (Some(_), None) = (lengths.next(), lengths.next()) else {
        return Err(FrameError::ContentLength);
    };
    let length = headers.content_length().ok().flatten().ok_or(FrameError::ContentLength)?;
    usize::try_from(length).map_err(|_| FrameError::ContentLength)
}
