//! Runs: requests from Send to the end of their answers.

pub(crate) mod dropped_fields;
pub(crate) mod run;
pub(crate) mod run_end;
pub(crate) mod run_lifecycle;
pub(crate) mod send;
