//! The gardesh command line.
fn main() {}
