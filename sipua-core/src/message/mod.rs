//! The message model: requests, responses, headers kept in order and verbatim, typed on demand.

mod address;
mod date;
mod fault;
mod headers;
pub mod limits;
mod method;
mod model;
mod name;
mod params;
mod parse;
mod report;
mod request;
mod response;
mod scan;
mod status;
mod stream;
#[cfg(test)]
mod tests;
mod token;
mod typed;
mod uri;
mod validate;
mod values;
mod via;
mod write;

pub use address::NameAddr;
pub use fault::{Fault, HeaderError, ParseError, UriError};
pub use headers::{Header, Headers};
pub use method::Method;
pub use model::Message;
pub use name::HeaderName;
pub use params::{Params, ParamsIter, quote, unquote};
pub use report::Report;
pub use request::Request;
pub use response::Response;
pub use status::StatusCode;
pub use stream::{Frame, FrameError, StreamFramer};
pub use token::Token;
pub(crate) use token::is_token_byte;
pub use uri::{Host, Scheme, Uri, UriRef};
pub use validate::{Place, Problem};
pub use values::{CSeq, MediaType, Parameterized, RAck, Reason};
pub use via::{BRANCH_COOKIE, Via};
