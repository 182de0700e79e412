//! Runs: what a request is from Send to the end of its answer.

pub(crate) mod run;
