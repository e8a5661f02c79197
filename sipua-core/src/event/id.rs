//! The handles by which commands and events name things; none is ever reused.

use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:016x}", self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({:x})"), self.0)
            }
        }
    };
}

id! {
    /// A call, shown as 16 hex digits. The application names its outgoing calls (even numbers), the
    /// endpoint the incoming ones (from [`Config::first_incoming_call_id`](super::Config) in steps of 2).
    CallId
}
id! {
    /// An account; the application chooses the number.
    AccountId
}
id! {
    /// A request other than INVITE that the application sent; the application chooses the number.
    RequestId
}
id! {
    /// A lookup the endpoint asked for.
    ResolveId
}
