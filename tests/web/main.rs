#![allow(missing_docs, reason = "placeholder")]
fn main() {}
