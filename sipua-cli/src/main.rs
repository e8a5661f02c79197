//! sipua for the terminal.
fn main() {}
