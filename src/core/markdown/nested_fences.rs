//! Fences inside of a fence of markdown.
//!
//! Models write a markdown file with code in it between fences of the same length. In CommonMark the first end of an inner
//! one ends the outer one, and the file falls apart. What can be told as it comes: a fence with a language opens one, and
//! the next one without ends it.

use crate::{
    cursor::{TAB, blank, from, run},
    line::Fence,
};

/// The fences that are open inside of one of markdown, the innermost last.
#[derive(Clone, Debug, Default)]
pub(crate) struct NestedFences(Vec<Nested>);

#[derive(Clone, Debug)]
struct Nested {
    length: usize,
    markdown: bool,
}

impl NestedFences {
    /// For a fence with this language, if fences can nest in it.
    pub(crate) fn of(language: Option<&str>) -> Option<Self> {
        language.is_some_and(is_markdown).then(Self::default)
    }

    /// Whether the outer fence can end.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes a whole line of the code in the fence.
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
