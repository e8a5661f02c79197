//! The C ABI of sipua.
