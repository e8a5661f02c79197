//! A peer that a test plays by hand: it reads what arrives and writes its own datagrams.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;

use super::Network;

/// The address of the hand-played peer.
pub fn peer() -> SocketAddr {
    SocketAddr::from(([10, 0, 9, 9], 5060))
}

/// A message as text, with what tests ask of it.
#[derive(Debug, Clone)]
pub struct Text(pub String);

impl Text {
    pub fn new(data: &Bytes) -> Self {
        Self(String::from_utf8_lossy(data).into_owned())
    }

    /// Request line or status line.
    pub fn first_line(&self) -> &str {
        self.0.lines().next().unwrap_or_default()
    }

    /// The value of the first header of this name.
    pub fn header(&self, name: &str) -> &str {
        self.headers(name).first().copied().unwrap_or_default()
    }

    /// The values of all headers of this name.
    pub fn headers(&self, name: &str) -> Vec<&str> {
        let head = self.0.split("\r\n\r\n").next().unwrap_or_default();
        head.lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .filter(|(n, _)| n.trim().eq_ignore_ascii_case(name))
            .map(|(_, v)| v.trim())
            .collect()
    }

    pub fn body(&self) -> &str {
        self.0.split_once("\r\n\r\n").map_or("", |(_, body)| body)
    }

    /// The tag of a From or To value.
    pub fn tag(&self, name: &str) -> &str {
        let value = self.header(name);
        value.split_once(";tag=").map_or("", |(_, tag)| tag.split(';').next().unwrap_or(tag))
    }

    /// The branch of the top Via.
    pub fn branch(&self) -> &str {
        let value = self.header("Via");
        value.split_once(";branch=").map_or("", |(_, b)| b.split(';').next().unwrap_or(b))
    }

    /// A response to this request: Via, From, To, Call-ID and CSeq copied, `tag` added to To when it
    /// has none, then `extra` header lines and a body.
    pub fn reply(&self, status: &str, tag: &str, extra: &[&str], body: &str) -> String {
        let mut text = format!("SIP/2.0 {status}\r\n");
        for via in self.headers("Via") {
            text.push_str(&format!("Via: {via}\r\n"));
        }
        for route in self.headers("Record-Route") {
            text.push_str(&format!("Record-Route: {route}\r\n"));
        }
        let to = self.header("To");
        let tag = if to.contains(";tag=") || tag.is_empty() {
            String::new()
        } else {
            format!(";tag={tag}")
        };
        text.push_str(&format!("From: {}\r\nTo: {to}{tag}\r\n", self.header("From")));
        text.push_str(&format!(
            "Call-ID: {}\r\nCSeq: {}\r\n",
            self.header("Call-ID"),
            self.header("CSeq")
        ));
        for line in extra {
            text.push_str(&format!("{line}\r\n"));
        }
        text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        text
    }
}

impl Network {
    /// Sends text from the hand-played peer to phone 0.
    pub fn say(&mut self, text: &str) {
        let to = self.phones[0].address;
        self.send(peer(), to, Bytes::copy_from_slice(text.as_bytes()));
    }

    /// Waits for the next message at the hand-played peer whose first line starts so; others are
    /// dropped.
    #[track_caller]
    pub fn hear(&mut self, start: &str) -> Text {
        self.hear_at(peer(), start)
    }

    /// The same at another address.
    #[track_caller]
    pub fn hear_at(&mut self, address: SocketAddr, start: &str) -> Text {
        let end = self.now + Duration::from_secs(300);
        loop {
            while let Some(data) = self.take(address) {
                let text = Text::new(&data);
                if text.first_line().starts_with(start) {
                    return text;
                }
            }
            assert!(self.step(end), "{start} never arrived\n{}", self.ladder);
        }
    }

    /// Drops what has arrived at the hand-played peer, and returns the first lines.
    pub fn heard(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(data) = self.take(peer()) {
            lines.push(Text::new(&data).first_line().to_owned());
        }
        lines
    }
}
