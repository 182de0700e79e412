//! The seeds of each target: the texts of the project's tests, and files made of them.

use std::{collections::BTreeSet, fs};

use headroom_tokenizer::exact::Ids;
use serde_json::Value;

use crate::{root, small_pack};

/// Most bytes of a seed: longer texts add nothing for the fuzzer, and the references are slow.
const LONGEST: usize = 400;

/// Returns texts for [`count_matches_reference`](crate::count_matches_reference): unusual ones whose tokens were
/// recorded from the vendors' own tokenizers, and the beginning of each corpus text.
///
/// # Panics
/// If the project's files have moved.
#[must_use]
pub fn texts() -> Vec<Vec<u8>> {
    let recorded = root().join("src/tools/vocabulary_packer/references/vendors.jsonl");
    let recorded = fs::read_to_string(recorded).unwrap();
    let text = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        line.get("text").and_then(Value::as_str).unwrap_or_default().as_bytes().to_vec()
    };
    let odd = recorded.lines().map(text);
    let mut files: Vec<_> =
        fs::read_dir(root().join("src/core/tokenizer/corpus")).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let corpus = files.iter().map(|path| fs::read(path).unwrap().into_iter().take(LONGEST).collect());
    let texts = odd.chain(corpus).zip((0..=u8::MAX).cycle());
    texts.map(|(text, number): (Vec<u8>, u8)| [&[number], text.as_slice()].concat()).collect()
}

/// Returns files for [`pack_bytes`](crate::pack_bytes): a small pack, the ids for it, and both truncated.
#[must_use]
pub fn files() -> Vec<Vec<u8>> {
    let pack = small_pack();
    let ids = Ids::write(&(0..262).collect::<Vec<_>>());
    let half = |file: &[u8]| file.iter().take(file.len() / 2).copied().collect();
    vec![half(&pack), half(&ids), pack, ids, Vec::new()]
}

/// Returns JSON for [`tools_json`](crate::tools_json): the tools recorded from the vendors' templates, and a schema.
///
/// # Panics
/// If the project's files have moved.
#[must_use]
pub fn tools() -> Vec<Vec<u8>> {
    let recorded = fs::read_to_string(root().join("src/core/tokenizer/prompt/fixtures/rendered.jsonl")).unwrap();
    let tools = recorded.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        line.get("tools").and_then(Value::as_str).unwrap_or_default().to_owned()
    });
    let tools: BTreeSet<String> = tools.collect();
    let schema =
        r#"{"type":"object","properties":{"a":{"oneOf":[{"type":["null"]},{"enum":["b"],"default":-1.5e7}]}}}"#;
    tools.into_iter().chain([schema.to_owned()]).map(String::into_bytes).collect()
}
