//! Framing on a stream.

use crate::message::limits::MAX_MESSAGE;
use crate::message::{Frame, FrameError, ParseError, StreamFramer};

fn message(body: &str) -> String {
    let length = body.len();
    format!(
        "OPTIONS sip:a@b SIP/2.0\r\nCall-ID: {length}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// What a stream yields when it arrives in pieces of this size.
fn read(data: &str, piece: usize) -> Vec<String> {
    let mut framer = StreamFramer::new();
    let mut found = Vec::new();
    for piece in data.as_bytes().chunks(piece) {
        framer.push(piece);
        while let Some(frame) = framer.next_frame() {
            found.push(match frame {
                Ok(Frame::Message(message)) => {
                    String::from_utf8(message.to_bytes().to_vec()).unwrap()
                }
                Ok(Frame::Crlf) => "crlf".into(),
                Ok(Frame::Ping) => "ping".into(),
                Err(error) => {
                    assert_eq!(framer.buffered(), 0);
                    return vec![error.to_string()];
                }
            });
        }
    }
    found
}

#[test]
fn messages_are_cut_wherever_the_segments_end() {
    let messages = [message("body one"), message(""), message("\r\n\r\nSIP/2.0 200 OK\r\n\r\n")];
    let stream = messages.concat();
    for piece in 1..stream.len() {
        assert_eq!(read(&stream, piece), messages, "in pieces of {piece}");
    }
}

#[test]
fn pings_are_told_from_pongs() {
    let stream = format!("\r\n\r\n{}\r\n{}", message("x"), message("y"));
    for piece in 1..stream.len() {
        let found = read(&stream, piece);
        assert_eq!(found, ["crlf", "ping", &message("x"), "crlf", &message("y")]);
    }
}

#[test]
fn a_stream_that_cannot_be_framed_ends() {
    let without = "OPTIONS sip:a@b SIP/2.0\r\n\r\n";
    let length = FrameError::ContentLength.to_string();
    let bad = ["-1", "x", "5, 5", "4294967296", "1\r\nl: 1"];
    let bad = bad.map(|value| format!("OPTIONS sip:a@b SIP/2.0\r\nl: {value}\r\n\r\n"));
    for stream in bad.iter().map(String::as_str).chain([without]) {
        for piece in [1, 5, stream.len()] {
            assert_eq!(read(stream, piece), [length.as_str()], "{stream}");
        }
    }
    let other = FrameError::Message(ParseError::StartLine).to_string();
    assert_eq!(read("GET / HTTP/1.1\r\n\r\n", 3), [other.as_str()]);
}

#[test]
fn a_stream_holds_one_message_at_most() {
    let long = FrameError::Message(ParseError::TooLong).to_string();
    let endless = "OPTIONS sip:a@b SIP/2.0\r\n".to_owned() + &"X: 1\r\n".repeat(20_000);
    assert_eq!(read(&endless, 1_000), [long.as_str()]);
    assert_eq!(read(&"x".repeat(MAX_MESSAGE + 1), MAX_MESSAGE + 1), [long.as_str()]);
    let head = "OPTIONS sip:a@b SIP/2.0\r\nl: 65535\r\n\r\n";
    assert_eq!(read(head, 7), [long.as_str()]);

    let mut framer = StreamFramer::new();
    framer.push(without_length());
    assert!(matches!(framer.next_frame(), Some(Err(FrameError::ContentLength))));
    framer.push(message("").as_bytes());
    assert_eq!(framer.buffered(), 0);
    assert!(matches!(framer.next_frame(), Some(Err(FrameError::ContentLength))), "for ever");
}

fn without_length() -> &'static [u8] {
    b"OPTIONS sip:a@b SIP/2.0\r\n\r\n"
}
