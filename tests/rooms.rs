//! dummy
#[test]
fn a() {}
