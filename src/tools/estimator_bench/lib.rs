//! Measures the estimator against the references and its rivals, and fits its weights.
//!
//! Vocabularies of several megabytes live here so that the tokenizer's own tests need none: they read the counts that
//! [`record`] writes beside the corpus.

pub mod corpus;
pub mod fit;
pub mod record;
pub mod reference;
pub mod table;
