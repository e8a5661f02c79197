//! The hand-played peer as a caller: it writes requests as RFC 3261 does.

use super::Network;
use super::script::{Text, peer};

/// A caller at the hand-played peer, and its dialog once it has one.
pub struct Caller {
    pub call_id: &'static str,
    pub cseq: u32,
    /// The To value: with a tag once there is a dialog.
    pub to: String,
    pub from: String,
    /// The Request-URI.
    pub target: String,
    pub routes: Vec<String>,
    branch: u32,
}

impl Caller {
    pub fn new(call_id: &'static str) -> Self {
        Self {
            call_id,
            cseq: 0,
            to: "<sip:phone0@10.0.0.1:5060>".to_owned(),
            from: "\"Alice\" <sip:alice@example.com>;tag=alice".to_owned(),
            target: "sip:phone0@10.0.0.1:5060".to_owned(),
            routes: Vec::new(),
            branch: 0,
        }
    }

    /// A request with a new branch and a new number; `lines` are whole header lines.
    pub fn request(&mut self, method: &str, lines: &[&str], body: &str) -> String {
        self.cseq += 1;
        self.numbered(method, self.cseq, lines, body)
    }

    /// The same with a given number.
    pub fn numbered(&mut self, method: &str, cseq: u32, lines: &[&str], body: &str) -> String {
        self.branch += 1;
        let mut text = format!("{method} {} SIP/2.0\r\n", self.target);
        text += &format!(
            "Via: SIP/2.0/UDP {};branch=z9hG4bK{}{}\r\n",
            peer(),
            self.call_id,
            self.branch
        );
        for route in &self.routes {
            text += &format!("Route: {route}\r\n");
        }
        text += "Max-Forwards: 70\r\n";
        text += &format!("From: {}\r\nTo: {}\r\n", self.from, self.to);
        text += &format!("Call-ID: {}\r\nCSeq: {cseq} {method}\r\n", self.call_id);
        for line in lines {
            text += &format!("{line}\r\n");
        }
        text + &format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    /// An INVITE with an offer.
    pub fn invite(&mut self) -> String {
        let contact = format!("Contact: <sip:alice@{}>", peer());
        self.request("INVITE", &[&contact, "Content-Type: application/sdp"], "v=0 alice")
    }

    /// An INVITE without an offer.
    pub fn invite_without_offer(&mut self) -> String {
        let contact = format!("Contact: <sip:alice@{}>", peer());
        self.request("INVITE", &[&contact], "")
    }

    /// Takes the dialog of a response.
    pub fn enter(&mut self, response: &Text) {
        self.to = response.header("To").to_owned();
        let contact = response.header("Contact");
        if let Some(uri) = contact.strip_prefix('<').and_then(|c| c.split_once('>')) {
            self.target = uri.0.to_owned();
        }
    }

    /// The ACK for the 2xx to the last INVITE.
    pub fn ack(&mut self, body: &str) -> String {
        let cseq = self.cseq;
        let lines: &[&str] = if body.is_empty() { &[] } else { &["Content-Type: application/sdp"] };
        self.numbered("ACK", cseq, lines, body)
    }
}

impl Network {
    /// A confirmed call from the hand-played peer to phone 0.
    #[track_caller]
    pub fn called(&mut self) -> (Caller, sipua_core::event::CallId) {
        let mut caller = Caller::new("called");
        let invite = caller.invite();
        self.say(&invite);
        let call = self.await_incoming(0);
        self.answer(0, call);
        let ok = self.hear("SIP/2.0 200");
        caller.enter(&ok);
        let ack = caller.ack("");
        self.say(&ack);
        self.run_until(std::time::Duration::from_secs(1), |n| n.phones[0].is_confirmed(call));
        (caller, call)
    }

    /// A confirmed call from phone 0 to the hand-played peer, and its INVITE.
    #[track_caller]
    pub fn calls(&mut self) -> (Text, sipua_core::event::CallId) {
        let (invite, call) = self.calling();
        self.say(&invite.reply("200 OK", "b", &[CONTACT, SDP], "v=0 bob"));
        self.hear("ACK");
        (invite, call)
    }

    /// A call from phone 0 that has reached the hand-played peer.
    #[track_caller]
    pub fn calling(&mut self) -> (Text, sipua_core::event::CallId) {
        use sipua_core::event::{Body, CallId, Command, Dial};
        let call = CallId(2);
        let target = super::phone::uri("sip:bob@10.0.9.9");
        let dial = Box::new(Dial::new(None, target, Some(Body::sdp(super::phone::OFFER))));
        self.command(0, Command::Dial { call, dial }).expect("a new call");
        (self.hear("INVITE"), call)
    }
}

/// The Contact of the hand-played peer.
pub const CONTACT: &str = "Contact: <sip:bob@10.0.9.9:5060>";
/// The type of its bodies.
pub const SDP: &str = "Content-Type: application/sdp";
