//! Figures of RFC 3261 19.1.
