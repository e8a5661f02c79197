//! Codecs: one trait each way, a table of what exists, one file per codec.

mod g711;
mod pcma;
mod pcmu;
mod plc;
mod table;

pub use pcma::Pcma;
pub use pcmu::Pcmu;
pub use plc::Concealer;
pub use table::{CodecId, Decoder, Encoder};
