//! Code fences inside a Markdown fence.
//!
//! Models wrap a Markdown file in a fence that is no longer than the fences inside it. In CommonMark the first inner
//! closing fence ends the outer block, and the rest of the file spills out. This rule needs no lookahead: inside a
//! Markdown fence, a fence with a language opens a nested one, and the next fence without a language closes it.

use crate::{
    cursor::{TAB, blank, from, run},
    line::Fence,
};

/// The open nested fences, innermost last.
#[derive(Clone, Debug, Default)]
pub(crate) struct NestedFences(Vec<Nested>);

#[derive(Clone, Debug)]
struct Nested {
    length: usize,
    markdown: bool,
}

impl NestedFences {
    /// Returns an empty stack if fences can nest in a fence of this language.
    pub(crate) fn of(language: Option<&str>) -> Option<Self> {
        language.is_some_and(is_markdown).then(Self::default)
    }

    /// Whether the next closing fence ends the outer one.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Processes a complete line inside the outer fence.
    pub(crate) fn line(&mut self, outer: Fence, line: &str) {
        let rest = line.trim_start_matches(' ');
        let length = run(rest, outer.mark);
        if line.len() - rest.len() >= TAB || length < outer.length {
            return;
        }
        let info = from(rest, length);
        if blank(info) {
            if self.0.last().is_some_and(|inner| length >= inner.length) {
                self.0.pop();
            }
        } else if self.0.last().is_none_or(|inner| inner.markdown) && !(outer.mark == b'`' && info.contains('`')) {
            let markdown = info.split_whitespace().next().is_some_and(is_markdown);
            self.0.push(Nested { length, markdown });
        }
    }
}

fn is_markdown(language: &str) -> bool {
    ["markdown", "md", "mdx", "mdc", "gfm", "qmd", "rmd"].iter().any(|name| language.eq_ignore_ascii_case(name))
}
