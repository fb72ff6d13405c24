//! outcrop
fn main() {}
