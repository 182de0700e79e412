//! Makes what `headroom_tokenizer::exact` counts with: the vocabularies as packs, and the tables of characters.
//!
//! All are reproducible: the tests make them again and compare them with the files of the project.

pub mod classes;
pub mod levels;
pub mod merges;
pub mod nfc;
pub mod sources;

#[cfg(test)]
mod checks;
