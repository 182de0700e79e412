//! `vocabulary_packer` writes the packs of all vocabularies to `public/vocab/` and prints their sizes; with the name of
//! a vocabulary, only that one. `--classes` and `--nfc` write the tables of characters.

use std::{env, error::Error, fmt::Write as _, fs, path::Path, process::ExitCode};

use headroom_vocabulary_packer::{
    classes,
    merges::Merges,
    nfc,
    sources::{self, SOURCES, Source},
};

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command says what it found")]
fn main() -> ExitCode {
    match run() {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("vocabulary_packer: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<String, Box<dyn Error>> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../.."));
    let asked = env::args().nth(1);
    let table = match asked.as_deref() {
        Some("--classes") => Some(("classes.bin", classes::runs())),
        Some("--nfc") => Some(("nfc.bin", nfc::table())),
        _ => None,
    };
    if let Some((name, table)) = table {
        fs::write(root.join("src/core/tokenizer/exact").join(name), &table)?;
        return Ok(format!("exact/{name}: {} bytes, {} with brotli", table.len(), sources::brotli_size(&table)?));
    }
    let wanted = |source: &&Source| asked.is_none() || source.vocabulary.name() == asked.as_deref();
    let mut said = String::new();
    for source in SOURCES.iter().filter(wanted) {
        writeln!(said, "{}", write(source, &root.join("public/vocab"))?)?;
    }
    if said.is_empty() { Err("give the name of a vocabulary, --classes, --nfc, or nothing".into()) } else { Ok(said) }
}

/// Writes one vocabulary, replacing the previous one.
fn write(source: &Source, folder: &Path) -> Result<String, Box<dyn Error>> {
    let tokens = source.tokens()?;
    let merges = Merges::of(&tokens)?;
    let pack = source.pack(&tokens, &merges)?;
    let ids = source.ids(&tokens);
    let (name, ids_name) = (source.file_name("pack", &pack), source.file_name("ids", &ids));
    fs::create_dir_all(folder)?;
    let prefix = format!("{}-", source.vocabulary.name().unwrap_or_default());
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        if path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(&prefix)) {
            fs::remove_file(path)?;
        }
    }
    fs::write(folder.join(&name), &pack)?;
    fs::write(folder.join(&ids_name), &ids)?;
    Ok(format!(
        "{name}\n  {} tokens, {} of them only as whole pieces, {} of lower ranks than their parts\n  {} bytes, {} \
         with brotli\n  sha256 {}\n{ids_name}\n  {} bytes, {} with brotli\n  from {} of the crate tiktoken, sha256 {}\n  {}",
        tokens.len(),
        merges.never_made.len(),
        merges.before_their_parts,
        pack.len(),
        sources::brotli_size(&pack)?,
        sources::sha256(&pack),
        ids.len(),
        sources::brotli_size(&ids)?,
        source.encoding,
        source.sha256,
        source.license,
    ))
}
