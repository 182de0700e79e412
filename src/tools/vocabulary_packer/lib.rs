//! Generates the data of `headroom_tokenizer::exact`: the vocabularies as packs, and the tables of characters.
//!
//! Everything is reproducible: the tests generate it again and compare it with the files of the project.

pub mod classes;
pub mod levels;
pub mod merges;
pub mod nfc;
pub mod sources;

#[cfg(test)]
mod checks;
