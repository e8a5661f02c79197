//! The commands.

mod answer;
mod call;
mod load;
mod options;
mod parse;
mod register;

pub(crate) use answer::Answer;
pub(crate) use call::PlaceCall;
pub(crate) use load::Load;
pub(crate) use options::Ask;
pub(crate) use parse::parse;
pub(crate) use register::Register;
