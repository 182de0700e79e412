//! Makes what `headroom_tokenizer::exact` counts with: the vocabulary o200k as a pack, and the table of classes.
//!
//! Both are reproducible: the tests make them again and compare them with the files of the project.

pub mod classes;
pub mod levels;
pub mod o200k;

#[cfg(test)]
mod tests;
