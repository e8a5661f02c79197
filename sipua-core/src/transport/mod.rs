//! Which way a message goes: protocols, flows, Via, and what must be looked up for a next hop.

mod flow;
mod query;
mod via;

pub use flow::{DEFAULT_PORT, Flow, Protocol};
pub use query::{Query, QueryError};
pub use via::response_flow;

pub(crate) use via::{branch_of, received_via, via_value};
