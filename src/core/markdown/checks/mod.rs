//! Tests of the crate's public behavior: text in, trees out.

mod cuts;
mod lossless;
mod nasty;
mod oracle;
mod reports;
mod show;
mod trees;
mod typing;
mod work;
