//! Checks of the sources and of what they depend on, without compiling anything.

mod deny;
mod links;
mod msrv;
mod purity;
mod sizes;

pub(crate) use deny::check as dependencies;
pub(crate) use links::check as links;
pub(crate) use msrv::check as msrv;
pub(crate) use purity::check as purity;
pub(crate) use sizes::check as sizes;
