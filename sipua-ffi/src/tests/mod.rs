//! The functions as C calls them.
