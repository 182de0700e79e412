//! `vocabulary_packer` writes o200k to `public/vocab` and says what it weighs; `--classes` writes the table of classes.

use std::{env, error::Error, fs, path::Path, process::ExitCode};

use headroom_vocabulary_packer::{classes, o200k};

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
    match env::args().nth(1).as_deref() {
        None => {
            let pack = o200k::pack(&o200k::tokens()?)?;
            let name = o200k::file_name(&pack);
            let folder = root.join("public/vocab");
            fs::create_dir_all(&folder)?;
            fs::write(folder.join(&name), &pack)?;
            Ok(format!(
                "{name}\n{} tokens, {} bytes, {} with brotli\nsha256 {}\nfrom o200k_base.tiktoken (OpenAI, MIT), \
                 sha256 {}, as the crate tiktoken has it",
                o200k::TOKENS,
                pack.len(),
                o200k::brotli_size(&pack)?,
                o200k::sha256(&pack),
                o200k::PUBLISHED,
            ))
        }
        Some("--classes") => {
            let runs = classes::runs();
            fs::write(root.join("src/core/tokenizer/exact/classes.bin"), &runs)?;
            Ok(format!("exact/classes.bin: {} bytes, {} with brotli", runs.len(), o200k::brotli_size(&runs)?))
        }
        Some(other) => Err(format!("unknown option {other}: give none, or --classes").into()),
    }
}
