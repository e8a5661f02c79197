//! A stream cut anywhere: the framing finds the same messages.

use bytes::Bytes;

use crate::message::{Frame, FrameError, StreamFramer, limits};

/// The first byte says how the rest is cut into segments.
pub fn stream(data: &[u8]) {
    let Some((&cut, data)) = data.split_first() else { return };
    let whole = frames(data, data.len().max(1));
    let pieces = frames(data, usize::from(cut).max(1));
    assert!(whole == pieces, "the segments decide what is read");
}

/// What is read, as bytes; CR LF frames as they are.
fn frames(data: &[u8], segment: usize) -> Vec<Result<Bytes, FrameError>> {
    let mut framer = StreamFramer::new();
    let mut found = Vec::new();
    for piece in data.chunks(segment) {
        framer.push(piece);
        while let Some(frame) = framer.next_frame() {
            found.push(frame.map(|frame| match frame {
                Frame::Message(message) => message.to_bytes(),
                Frame::Crlf => Bytes::from_static(b"\r\n"),
                Frame::Ping => Bytes::from_static(b"ping"),
            }));
            if found.last().is_some_and(Result::is_err) {
                return found;
            }
        }
        assert!(framer.buffered() <= limits::MAX_MESSAGE + segment);
    }
    found
}
