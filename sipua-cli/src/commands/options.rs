//! `sipua options URI`: ask a peer what it can do.

use sipua::Event;

use crate::failure::Failure;
use crate::output::Notice;
use crate::phone::{Phone, Role, Step};

/// Asks once.
#[derive(Debug)]
pub(crate) struct Ask {
    uri: String,
    headers: Vec<(String, String)>,
    outcome: Result<(), String>,
}

impl Ask {
    pub(crate) fn new(uri: String, headers: Vec<(String, String)>) -> Self {
        Self { uri, headers, outcome: Err("interrupted".to_owned()) }
    }
}

impl Role for Ask {
    fn begin(&mut self, phone: &mut Phone) -> Result<Step, Failure> {
        let (ua, account) = (phone.ua.clone(), phone.account.clone());
        let (uri, headers) = (self.uri.clone(), self.headers.clone());
        phone.spawn(async move {
            let answer = match &account {
                Some(account) => account.send_request("OPTIONS", &uri, &headers, None).await,
                None => ua.send_request("OPTIONS", &uri, &headers, None).await,
            };
            match answer {
                Ok(response) => Notice::Answer { call: None, response },
                Err(error) => Notice::Refused { call: None, error },
            }
        });
        Ok(Step::GoOn)
    }

    fn handle_event(&mut self, phone: &mut Phone, event: &Event) -> Result<Step, Failure> {
        phone.turn_away(event);
        Ok(Step::GoOn)
    }

    fn handle_notice(&mut self, _phone: &mut Phone, notice: &Notice) -> Result<Step, Failure> {
        match notice {
            Notice::Refused { call: None, error: error @ sipua::Error::InvalidArgument { .. } } => {
                Err(error.clone().into())
            }
            Notice::Refused { call: None, error } => {
                let text = match error {
                    sipua::Error::Refused { failure, .. } => format!("{failure} ({error})"),
                    other => other.to_string(),
                };
                Err(Failure::failed(format!("{}: {text}", self.uri)))
            }
            _ => {
                self.outcome = Ok(());
                Ok(Step::Stop)
            }
        }
    }

    fn outcome(&mut self, _phone: &mut Phone) -> Result<(), Failure> {
        let outcome = self.outcome.clone();
        outcome.map_err(|what| Failure::failed(format!("{}: {what}", self.uri)))
    }
}
