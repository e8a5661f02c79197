//! The functions as C calls them: through pointers, numbers and structs with a size.
#![allow(
    clippy::undocumented_unsafe_blocks,
    reason = "every call here keeps to the header's rules"
)]

mod audio;
mod calls;
mod events;
mod handles;
mod layout;
mod misuse;
mod random;
mod requests;
mod support;
