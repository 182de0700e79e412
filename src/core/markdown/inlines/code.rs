//! Code spans.

use crate::cursor::{from, run};
use std::collections::BTreeMap;

/// Finds the ends of code spans. Scans the text for backticks once, so any number of lookups takes linear time.
#[derive(Debug)]
pub(crate) struct CodeSpans<'t> {
    text: &'t str,
    /// Start positions of the backtick runs by length. Computed on the first lookup.
    runs: Option<BTreeMap<usize, Vec<usize>>>,
}

impl<'t> CodeSpans<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, runs: None }
    }

    /// Returns the length of the backtick run at `at`, and the end of the code span that it opens.
    pub(crate) fn end(&mut self, at: usize) -> (usize, Option<usize>) {
        let length = run(from(self.text, at), b'`');
        let starts = self.runs.get_or_insert_with(|| runs(self.text)).get(&length);
        let end = starts.and_then(|starts| {
            let next = starts.partition_point(|start| *start < at + length);
            starts.get(next).map(|start| start + length)
        });
        (length, end)
    }
}

fn runs(text: &str) -> BTreeMap<usize, Vec<usize>> {
    let mut runs: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut at = 0;
    while let Some(next) = from(text, at).find('`') {
        let start = at + next;
        let length = run(from(text, start), b'`');
        runs.entry(length).or_default().push(start);
        at = start + length;
    }
    runs
}

/// Returns the content of a code span, given the text between its backticks.
pub(crate) fn content(inner: &str) -> String {
    let inner = inner.replace('\n', " ");
    let padded = inner.strip_prefix(' ').and_then(|inner| inner.strip_suffix(' '));
    match padded {
        Some(padded) if !inner.trim_matches(' ').is_empty() => padded.to_owned(),
        _ => inner,
    }
}
