//! Writes the references' counts beside the corpus, where the tokenizer's tests read them.

use std::{collections::HashMap, fmt::Write as _, fs, io, path::Path};

use crate::{corpus::Text, reference::References};

const HEADER: &str = "# text\tpart\tfrom\tto\tchecksum\to200k\tllama3\tqwen\tglm4\tdeepseek\tkimi\ttokenx";

/// A slice of the corpus and the references' counts of it.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    /// The name of its text.
    pub name: &'a str,
    /// Whether it is held out from fitting.
    pub held_out: bool,
    /// The slice itself.
    pub text: &'a str,
    /// The counts, in the order of `Vocabulary::MEASURED`.
    pub counts: Vec<u64>,
    /// The count of npm's tokenx, if it was run.
    pub tokenx: Option<u64>,
}

/// FNV-1a: detects slices that changed since they were recorded.
#[must_use]
pub fn checksum(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// Counts every slice again and writes `counts.tsv` to `folder`. The counts of tokenx come from `tokenx` (lines of
/// checksum, tab, count: the output of `tokenx.mjs`), or are kept for slices that have not changed.
///
/// # Errors
/// If the file cannot be written.
pub fn write(folder: &Path, corpus: &[Text], references: &References, tokenx: &str) -> io::Result<()> {
    let path = folder.join("counts.tsv");
    let old = fs::read_to_string(&path).unwrap_or_default();
    let mut known: HashMap<String, String> = HashMap::new();
    for line in old.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        if let (Some(sum), Some(count)) = (cells.get(4), cells.get(11)) {
            known.insert((*sum).into(), (*count).into());
        }
    }
    known
        .extend(tokenx.lines().filter_map(|line| line.split_once('\t')).map(|(sum, count)| (sum.into(), count.into())));
    let mut out = format!("{HEADER}\n");
    for text in corpus {
        for (place, slice) in text.slices().into_iter().enumerate() {
            let part = if place % 2 == 0 { "fit" } else { "held" };
            let Some(words) = text.text.get(slice.clone()) else {
                continue;
            };
            let sum = checksum(words).to_string();
            let counts: Vec<String> = references.count_all(words).iter().map(ToString::to_string).collect();
            let rival = known.get(&sum).map_or("-", String::as_str);
            let (name, from, to, counts) = (&text.name, slice.start, slice.end, counts.join("\t"));
            let _ = writeln!(out, "{name}\t{part}\t{from}\t{to}\t{sum}\t{counts}\t{rival}");
        }
    }
    fs::write(path, out)
}

/// Reads `counts.tsv`. Skips slices that have changed since they were counted.
///
/// # Errors
/// If the file cannot be read.
pub fn read<'a>(folder: &Path, corpus: &'a [Text]) -> io::Result<Vec<Row<'a>>> {
    let recorded = fs::read_to_string(folder.join("counts.tsv"))?;
    Ok(recorded.lines().filter_map(|line| row(line, corpus)).collect())
}

fn row<'a>(line: &str, corpus: &'a [Text]) -> Option<Row<'a>> {
    let cells: Vec<&str> = line.split('\t').collect();
    let [name, part, from, to, sum, counts @ .., tokenx] = cells.as_slice() else {
        return None;
    };
    let text = corpus.iter().find(|text| text.name == *name)?;
    let slice = text.text.get(from.parse().ok()?..to.parse().ok()?)?;
    let counts = counts.iter().map(|count| count.parse().ok()).collect::<Option<_>>()?;
    (checksum(slice).to_string() == *sum).then_some(Row {
        name: &text.name,
        held_out: *part == "held",
        text: slice,
        counts,
        tokenx: tokenx.parse().ok(),
    })
}
