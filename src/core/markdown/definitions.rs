//! Definitions of link targets: `[label]: target "title"`.

use crate::{
    Href,
    cursor::{blank, from},
    inlines::link::{Target, destination, gap, label, title},
};
use std::{
    collections::{BTreeMap, btree_map::Entry},
    ops::Range,
    sync::Arc,
};
use unicase::UniCase;

/// The prefixes that targets of definitions must have.
const SCHEMES: [&str; 3] = ["https://", "http://", "mailto:"];

/// The targets known by label. The first definition of a label wins.
#[derive(Clone, Debug, Default)]
pub(crate) struct Definitions {
    /// Indices into `targets`.
    numbers: BTreeMap<String, usize>,
    targets: Vec<Offered>,
    /// For each target, whether a link uses it.
    used: Vec<bool>,
}

type Offered = (Href, Option<Arc<str>>);

/// The definitions at the start of a paragraph: their positions and target numbers. `None` if the label already has
/// another target.
pub(crate) type DefinitionSpans = Vec<(Range<usize>, Option<usize>)>;

impl Definitions {
    /// Returns the number of defined labels.
    pub(crate) fn len(&self) -> usize {
        self.targets.len()
    }

    /// Returns the number of a label's target.
    pub(crate) fn find(&self, label: &str) -> Option<usize> {
        if self.targets.is_empty() { None } else { self.numbers.get(&normal(label)).copied() }
    }

    /// Returns the target with a number returned by [`find`](Self::find).
    pub(crate) fn target(&self, number: usize) -> Option<Offered> {
        self.targets.get(number).cloned()
    }

    /// Records that links refer to these targets.
    pub(crate) fn mark_used(&mut self, numbers: &[usize]) {
        for number in numbers {
            if let Some(used) = self.used.get_mut(*number) {
                *used = true;
            }
        }
    }

    /// Whether a link refers to this target.
    pub(crate) fn is_used(&self, number: usize) -> bool {
        self.used.get(number) == Some(&true)
    }

    /// Adds the definitions at the start of a paragraph.
    pub(crate) fn take(&mut self, text: &str) -> DefinitionSpans {
        let mut taken = DefinitionSpans::new();
        let mut at = 0;
        while let Some((label, target, length)) = definition(from(text, at)) {
            let new = self.targets.len();
            let number = match self.numbers.entry(label) {
                Entry::Vacant(entry) => {
                    entry.insert(new);
                    self.targets.push(target);
                    self.used.push(false);
                    Some(new)
                }
                Entry::Occupied(entry) => Some(*entry.get()).filter(|old| self.targets.get(*old) == Some(&target)),
            };
            taken.push((at..at + length, number));
            at += length;
        }
        taken
    }
}

/// Whether a paragraph could turn out to start with a definition.
pub(crate) fn may_start(text: &str) -> bool {
    let Some(target) = label(text).and_then(|(_, after)| from(text, after).strip_prefix(':')) else {
        return false;
    };
    let target = target.trim_start();
    let target = target.strip_prefix('<').unwrap_or(target).as_bytes();
    !text.starts_with("[^")
        && SCHEMES.iter().any(|scheme| {
            let length = scheme.len().min(target.len());
            scheme.as_bytes().get(..length).zip(target.get(..length)).is_some_and(|(a, b)| a.eq_ignore_ascii_case(b))
        })
}

/// Normalizes a label: labels ignore case and whitespace.
fn normal(label: &str) -> String {
    let words: Vec<&str> = label.split_whitespace().collect();
    UniCase::new(words.join(" ")).to_folded_case()
}

/// Returns the definition at the start of the text. Footnotes and targets that are not allowed do not count: they stay
/// text, so that a line like `[Note]: later` does not vanish.
fn definition(text: &str) -> Option<(String, Offered, usize)> {
    let (label, after) = label(text).filter(|(label, _)| !label.trim().is_empty() && !label.starts_with('^'))?;
    let start = gap(text, after + from(text, after).starts_with(':').then_some(1)?)?;
    let end = start + destination(from(text, start)).filter(|length| *length > 0)?;
    let title_at = gap(text, end).filter(|at| *at > end);
    let titled = title_at.and_then(|at| {
        let title_end = at + title(from(text, at))?;
        Some((text.get(at..title_end), line_end(text, title_end)?))
    });
    let (title, next) = match titled {
        Some(found) => found,
        None => (None, line_end(text, end)?),
    };
    let Target { address, title } = Target::new(text.get(start..end)?, title);
    Some((normal(label), (Href::check(&address)?, title), next))
}

/// Returns the start of the next line if the rest of this one is blank.
fn line_end(text: &str, at: usize) -> Option<usize> {
    let line = from(text, at).split('\n').next().unwrap_or_default();
    blank(line).then(|| (at + line.len() + 1).min(text.len()))
}
