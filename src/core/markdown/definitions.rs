//! Definitions of link targets: `[label]: target "title"`.

use crate::{
    Href,
    cursor::{blank, from, until},
    inlines,
};
use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};
use unicase::UniCase;

/// A longer label is none, as CommonMark says; in bytes here.
const LONGEST_LABEL: usize = 999;

/// The targets that are known by a label. The first definition of a label counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Definitions {
    /// Numbers of `targets`.
    numbers: BTreeMap<String, usize>,
    targets: Vec<Target>,
}

type Target = (Option<Href>, Option<Arc<str>>);

impl Definitions {
    /// How many labels are defined.
    pub(crate) fn len(&self) -> usize {
        self.targets.len()
    }

    /// The number of a label's target.
    pub(crate) fn find(&self, label: &str) -> Option<usize> {
        self.numbers.get(&normal(label)).copied()
    }

    /// The target of a number that [`find`](Self::find) gave, in digits. Its link may be one that is not offered.
    pub(crate) fn target(&self, number: &str) -> Option<Target> {
        self.targets.get(number.parse::<usize>().ok()?).cloned()
    }

    /// Takes the definitions at the beginning of a paragraph and returns where the rest of its text starts.
    pub(crate) fn take(&mut self, text: &str) -> usize {
        let mut at = 0;
        while let Some((label, target, length)) = definition(from(text, at)) {
            let number = self.targets.len();
            if let Entry::Vacant(entry) = self.numbers.entry(label) {
                entry.insert(number);
                self.targets.push(target);
            }
            at += length;
        }
        at
    }
}

/// Whether a paragraph could turn out to begin with a definition.
pub(crate) fn may_start(text: &str) -> bool {
    match label(text) {
        Some((_, after)) => from(text, after).starts_with(':'),
        None => false,
    }
}

/// Labels are the same whatever their case and their white space.
fn normal(label: &str) -> String {
    let words: Vec<&str> = label.split_whitespace().collect();
    UniCase::new(words.join(" ")).to_folded_case()
}

fn definition(text: &str) -> Option<(String, Target, usize)> {
    let (label, after) = label(text)?;
    let target_at = gap(text, after + from(text, after).starts_with(':').then_some(1)?)?;
    let target_length = destination(from(text, target_at))?;
    let target_end = target_at + target_length;
    let title_at = gap(text, target_end).filter(|at| *at > target_end);
    let titled = title_at.and_then(|at| line_end(text, at + title(from(text, at))?));
    let (end, next) = match titled {
        Some(found) => found,
        None => line_end(text, target_end)?,
    };
    let source = ["[x](", text.get(target_at..end)?, ")"].concat();
    Some((normal(label), inlines::target(&source)?, next))
}

/// The label that the text begins with, and where it ends.
fn label(text: &str) -> Option<(&str, usize)> {
    let inner = text.strip_prefix('[')?;
    let mut escaped = false;
    for (at, byte) in inner.bytes().enumerate().take(LONGEST_LABEL + 1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'[' => return None,
            b']' => {
                let label = until(inner, at);
                return (!label.trim().is_empty()).then_some((label, at + 2));
            }
            _ => {}
        }
    }
    None
}

/// Where the next thing stands after white space with at most one line end.
fn gap(text: &str, at: usize) -> Option<usize> {
    let rest = from(text, at);
    let length = rest.len() - rest.trim_start_matches([' ', '\t', '\n']).len();
    (until(rest, length).matches('\n').count() <= 1).then_some(at + length)
}

/// Where the line ends if nothing but white space is left in it, and where the next one starts.
fn line_end(text: &str, at: usize) -> Option<(usize, usize)> {
    let rest = from(text, at);
    let line = rest.split('\n').next().unwrap_or_default();
    let next = at + line.len();
    let indent = from(text, next).len() - from(text, next).trim_start_matches([' ', '\n']).len();
    blank(line).then_some((at, next + indent))
}

/// How long the target is that the text begins with.
fn destination(text: &str) -> Option<usize> {
    if text.starts_with('<') {
        let mut escaped = false;
        for (at, byte) in text.bytes().enumerate().skip(1) {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'\n' | b'<' => return None,
                b'>' => return Some(at + 1),
                _ => {}
            }
        }
        return None;
    }
    let length = text.bytes().take_while(|byte| *byte > b' ' && *byte != 0x7f).count();
    (length > 0).then_some(length)
}

/// How long the title is that the text begins with.
fn title(text: &str) -> Option<usize> {
    let end = match text.as_bytes().first()? {
        b'(' => b')',
        quote @ (b'"' | b'\'') => *quote,
        _ => return None,
    };
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'(' if end == b')' => return None,
            _ if byte == end => return Some(at + 1),
            _ => {}
        }
    }
    None
}
