//! Measures the estimator against the references and its rivals, and fits its weights.
//!
//! Vocabularies of several megabytes are used only here: the tokenizer's own tests read the counts that [`record`]
//! writes beside the corpus.

pub mod corpus;
pub mod fit;
pub mod record;
pub mod reference;
pub mod table;
