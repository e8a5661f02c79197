//! A verdict on one message, for people and tools.

use bytes::Bytes;

use super::validate::{Place, Problem};
use super::{Message, ParseError, StatusCode};

/// What can be said about bytes that should be one message.
#[derive(Debug, Clone)]
pub struct Report {
    /// The message; what keeps it from being one.
    pub message: Result<Message, ParseError>,
    /// What is wrong with the message; empty when it is valid.
    pub problems: Vec<Problem>,
}

impl Report {
    /// Reads `data` as one datagram.
    #[must_use]
    pub fn of(data: Bytes) -> Self {
        let message = Message::parse_datagram(data);
        let problems = message.as_ref().map(Message::validate).unwrap_or_default();
        Self { message, problems }
    }

    /// Whether it could be read.
    #[must_use]
    pub fn is_parsed(&self) -> bool {
        self.message.is_ok()
    }

    /// Whether it could be read and nothing is wrong with it.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.is_parsed() && self.problems.is_empty()
    }

    /// `request` or `response`.
    #[must_use]
    pub fn kind(&self) -> Option<&'static str> {
        self.message.as_ref().ok().map(|message| match message {
            Message::Request(_) => "request",
            Message::Response(_) => "response",
        })
    }

    /// The method of a request.
    #[must_use]
    pub fn method(&self) -> Option<&str> {
        match &self.message {
            Ok(Message::Request(request)) => Some(request.method.as_str()),
            _ => None,
        }
    }

    /// The status code of a response.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match &self.message {
            Ok(Message::Response(response)) => Some(response.status.code()),
            _ => None,
        }
    }

    /// The status with which a server refuses a request for its form.
    #[must_use]
    pub fn reject_status(&self) -> Option<StatusCode> {
        match &self.message {
            Ok(Message::Request(request)) => request.reject_status(),
            _ => None,
        }
    }

    /// Each problem as where and what, the reason why it could not be read included.
    #[must_use]
    pub fn problem_texts(&self) -> Vec<(String, String)> {
        let unread = self.message.as_ref().err().map(|error| {
            let place = match error {
                ParseError::StartLine | ParseError::StatusCode => Place::StartLine,
                _ => Place::Message,
            };
            (place.to_string(), error.to_string())
        });
        let problems = self.problems.iter().map(|p| (p.place.to_string(), p.fault.to_string()));
        unread.into_iter().chain(problems).collect()
    }
}
