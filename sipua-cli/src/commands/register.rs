//! `sipua register`: register and stay registered.

use sipua::Event;

use crate::failure::Failure;
use crate::phone::{Phone, Role, Step};

/// Stays until interrupted: the phone itself does the registering.
#[derive(Debug)]
pub(crate) struct Register;

impl Role for Register {
    fn begin(&mut self, phone: &mut Phone) -> Result<Step, Failure> {
        if phone.account.is_none() {
            let text = "register needs an account: --aor URI, or --user NAME with --server HOST";
            return Err(Failure::usage(text));
        }
        Ok(Step::GoOn)
    }

    /// Nobody answers calls here.
    fn handle_event(&mut self, phone: &mut Phone, event: &Event) -> Result<Step, Failure> {
        phone.turn_away(event);
        Ok(Step::GoOn)
    }
}
