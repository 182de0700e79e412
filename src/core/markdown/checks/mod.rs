//! The crate from outside: text in, trees out.

mod oracle;
mod show;
