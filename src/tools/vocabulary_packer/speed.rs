//! Measures megabytes per second beside the crate `tiktoken`, in one run: `cargo run --release --example speed -p
//! headroom-vocabulary-packer PACK`. Both cache the counts of pieces; the crate does so for the entire process, so its
//! only fresh count is the first, and the ratio compares texts that both have seen.

use std::{env, error::Error, fs, hint::black_box, path::Path, time::Instant};

use headroom_tokenizer::exact::Counter;
use headroom_vocabulary_packer::sources::SOURCES;

/// Corpus files of each row.
const ROWS: [(&str, &[&str]); 4] = [
    ("English", &["english.txt", "markdown.txt"]),
    ("code", &["code_rust.txt", "code_python.txt", "code_js.txt", "json.txt"]),
    (
        "multilingual",
        &["russian.txt", "hindi.txt", "arabic.txt", "chinese.txt", "japanese.txt", "korean.txt", "thai.txt"],
    ),
    ("base64", &["base64.txt"]),
];

#[expect(clippy::print_stdout, reason = "a benchmark says what it measured")]
fn main() -> Result<(), Box<dyn Error>> {
    let pack = fs::read(env::args().nth(1).ok_or("which pack?")?)?;
    let begun = Instant::now();
    let fresh = Counter::new(&pack)?;
    println!("init {:.0} ms", begun.elapsed().as_secs_f64() * 1e3);
    let source = SOURCES.iter().find(|source| source.vocabulary == fresh.vocabulary()).ok_or("whose pack is it?")?;
    let reference = tiktoken::get_encoding(source.encoding).ok_or("the crate does not have it")?;
    black_box(reference.count("x"));
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../core/tokenizer/corpus"));
    let mut texts = vec![("1 MB of a", "a".repeat(1 << 20))];
    for (name, files) in ROWS {
        let text = files.iter().map(|file| fs::read_to_string(folder.join(file))).collect::<Result<String, _>>()?;
        texts.insert(texts.len() - 1, (name, text));
    }
    println!(
        "{:<14}{:>9}{:>9}{:>9}{:>16}{:>16}{:>7}",
        "MB/s", "bytes", "fresh", "seen", "tiktoken fresh", "tiktoken seen", "ratio"
    );
    for (name, text) in &texts {
        let cold = rate(text, || reference.count(text) as u64);
        // Short texts repeatedly, each time with a counter without a cache; the best of the rounds.
        let rounds = ((1 << 21) / text.len()).clamp(1, 40);
        let (mut first, mut again, mut theirs) = (0f64, 0f64, 0f64);
        for _ in 0..rounds {
            let mut counter = fresh.clone();
            first = first.max(rate(text, || counter.count(text)));
            again = again.max(rate(text, || counter.count(text)));
            theirs = theirs.max(rate(text, || reference.count(text) as u64));
        }
        println!(
            "{name:<14}{:>9}{first:>9.1}{again:>9.1}{cold:>16.1}{theirs:>16.1}{:>7.1}",
            text.len(),
            again / theirs
        );
    }
    Ok(())
}

fn rate(text: &str, count: impl FnOnce() -> u64) -> f64 {
    let begun = Instant::now();
    black_box(count());
    text.len() as f64 / begun.elapsed().as_secs_f64() / 1e6
}
