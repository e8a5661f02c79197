//! The only public machine: it owns the rest and routes.

use std::collections::VecDeque;
use std::time::Instant;

use rand::rngs::StdRng;

use crate::event::{Command, CommandError, Config, Input, Output};

/// A SIP user agent as a pure state machine.
#[derive(Debug)]
pub struct Endpoint {
    config: Config,
    rng: StdRng,
    outputs: VecDeque<Output>,
}
