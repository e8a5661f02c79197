//! A SIP peer of a few lines: it answers each request as its test says.

use std::net::UdpSocket;
use std::sync::mpsc::{Receiver, channel};

use crate::sipua::SOON;

/// A peer on a port of its own; its requests can be read in the order they came.
pub(crate) struct Peer {
    pub(crate) address: String,
    requests: Receiver<String>,
}

/// What to answer: the status line's end, and header lines.
pub(crate) type Answer = (&'static str, String);

impl Peer {
    /// Answers as `answer` says; [`None`] is silence. The thread ends with the test's process.
    pub(crate) fn start(answer: impl Fn(&str) -> Option<Answer> + Send + 'static) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap().to_string();
        let (sender, requests) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 65_535];
            while let Ok((length, from)) = socket.recv_from(&mut buffer) {
                let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
                if let Some((status, headers)) = answer(&text) {
                    socket.send_to(response(&text, status, &headers).as_bytes(), from).unwrap();
                }
                if sender.send(text).is_err() {
                    return;
                }
            }
        });
        Self { address, requests }
    }

    /// One that says nothing.
    pub(crate) fn silent() -> Self {
        Self::start(|_| None)
    }

    /// The next request of this method.
    #[track_caller]
    pub(crate) fn request(&self, method: &str) -> String {
        loop {
            let request = self.requests.recv_timeout(SOON);
            let request = request.unwrap_or_else(|_| panic!("no {method} came"));
            if request.starts_with(&format!("{method} ")) {
                return request;
            }
        }
    }
}

/// The value of a header field.
pub(crate) fn header<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = message.lines().take_while(|line| !line.is_empty());
    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// RFC 3261 8.2.6.2.
fn response(request: &str, status: &str, headers: &str) -> String {
    let mut text = format!("SIP/2.0 {status}\r\n");
    for line in request.lines().take_while(|line| !line.is_empty()) {
        let copied = ["Via: ", "From: ", "Call-ID: ", "CSeq: "];
        if copied.iter().any(|name| line.starts_with(name)) {
            text += &format!("{line}\r\n");
        } else if line.starts_with("To: ") {
            let tag = if line.contains(";tag=") { "" } else { ";tag=peer" };
            text += &format!("{line}{tag}\r\n");
        }
    }
    text + headers + "Content-Length: 0\r\n\r\n"
}
