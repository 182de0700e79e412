//! The document: text in, tree out.

use crate::{
    Block, BlockCell,
    cells::{Cells, Stamps},
    definitions::{DefinitionSpans, Definitions},
    grow::{Applied, OpenList},
    leaf::Leaf,
    line::{Frame, Tip, classify},
};
use std::{borrow::Cow, mem};

/// Markdown text that grows at its end, with a tree that is always up to date.
///
/// ```
/// use headroom_markdown::{Block, Document};
///
/// let mut answer = Document::default();
/// answer.push("# Ti");
/// answer.push("tle\n\nSome **bo");
/// let seen = answer.revision();
/// answer.push("ld** text");
/// // Only the paragraph changed: the heading need not be looked at again.
/// assert_eq!(answer.changed_since(seen), 1);
/// answer.finish();
/// assert!(matches!(answer.blocks()[1].content, Block::Paragraph(_)));
/// ```
///
/// However the text is split into pushes, [`finish`](Self::finish) produces the same tree. Before that, the tree shows
/// the text the way it will probably end: half-typed emphasis is already emphasized, the target of a half-typed link is
/// hidden, and an ambiguous line (`-`, `| --`, `` ``` ``) is withheld. At the end, reference links to definitions
/// further down become links, and unused definitions are shown.
///
/// The cost of a push depends on the pushed text, not on the length of the document or its open block; [`Work`] counts
/// it. No input takes more than linear time or memory, or nests deeper than [`MAX_NESTING`](crate::MAX_NESTING).
#[derive(Clone, Debug, Default)]
pub struct Document {
    pub(crate) blocks: Cells<Block>,
    /// The open containers: always the last child of the last child, and so on.
    pub(crate) frames: Vec<Frame>,
    /// For the document and each open container: the list at its end.
    pub(crate) lists: Vec<Option<OpenList>>,
    /// The open leaf, the last block of the innermost container.
    pub(crate) leaf: Leaf,
    /// If the previous line was blank: the number of containers up to the innermost quote it belonged to. For blocks in
    /// fewer containers, that line was not blank.
    pub(crate) blank: Option<usize>,
    pub(crate) definitions: Definitions,
    pub(crate) pending: Vec<Pending>,
    pub(crate) hidden: Vec<HiddenDefinitions>,
    pub(crate) stamps: Stamps,
    pub(crate) work: Work,
    /// The undecided part of the current line.
    line: String,
    /// The length at which the line is classified again.
    next_look: usize,
    /// Whether the current line is decided: the rest of it goes straight to the leaf.
    within: bool,
    /// Whether the last push ended with a carriage return, which a line feed would complete.
    after_return: bool,
    finished: bool,
}

/// A leaf with reference links to labels that are not defined yet.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    /// The index in each list of blocks, from the document down. List items count as a level.
    pub(crate) path: Vec<usize>,
    /// In a table: the row, where 0 is the head.
    pub(crate) row: usize,
    pub(crate) text: String,
    /// The number of its references that were resolved.
    pub(crate) found: usize,
}

/// A paragraph that starts with definitions, which are shown only if nothing uses them.
#[derive(Clone, Debug)]
pub(crate) struct HiddenDefinitions {
    /// As in [`Pending`].
    pub(crate) path: Vec<usize>,
    pub(crate) text: String,
    pub(crate) taken: DefinitionSpans,
}

/// The work done so far, in bytes: a measure of cost that needs no clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Pushed text.
    pub pushed: u64,
    /// Text classified as lines, counted each time.
    pub judged: u64,
    /// Text parsed for inlines, counted each time.
    pub parsed: u64,
}

impl Document {
    /// Parses complete text.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut document = Self::default();
        document.push(text);
        document.finish();
        document
    }

    /// Appends text. Does nothing after [`finish`](Self::finish).
    pub fn push(&mut self, text: &str) {
        if self.finished || text.is_empty() {
            return;
        }
        self.stamps.revision += 1;
        self.work.pushed += text.len() as u64;
        let mut rest = text;
        if mem::take(&mut self.after_return) {
            rest = rest.strip_prefix('\n').unwrap_or(rest);
        }
        while let Some((line, after)) = split_line(rest) {
            self.add(line);
            self.end_line();
            self.after_return = after == "\r";
            rest = after.strip_prefix("\r\n").or(after.get(1..)).unwrap_or_default();
        }
        self.add(rest);
        if !self.within {
            self.look_if_due();
        }
        self.refresh();
    }

    /// Ends the text: everything withheld or guessed is resolved. No more text can be added.
    pub fn finish(&mut self) {
        if self.finished {
            return;
        }
        self.finished = true;
        self.stamps.revision += 1;
        if self.within || !self.line.is_empty() {
            self.end_line();
        }
        self.close(0);
        self.resolve();
        self.show_unused_definitions();
    }

    /// Returns the blocks so far.
    #[must_use]
    pub fn blocks(&self) -> &[BlockCell] {
        &self.blocks
    }

    /// Returns a number that rises with each push. Cell versions are such numbers.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.stamps.revision
    }

    /// Returns the index of the first block that may differ since `revision`, as in [`Cells::changed_since`].
    #[must_use]
    pub fn changed_since(&self, revision: u64) -> usize {
        self.blocks.changed_since(revision)
    }

    /// Returns the work done so far.
    #[must_use]
    pub fn work(&self) -> Work {
        self.work
    }

    /// Adds text that contains no line ends.
    fn add(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let text = visible(text);
        if self.within {
            self.extend(&text);
        } else {
            self.line.push_str(&text);
        }
    }

    fn end_line(&mut self) {
        if self.within {
            self.within = false;
            self.leaf_line_ends();
        } else {
            self.look(true);
        }
    }

    /// Classifies a line that is still growing. A long undecided line is classified less and less often, which keeps
    /// the total time linear.
    fn look_if_due(&mut self) {
        if self.line.is_empty() || self.line.len() < self.next_look {
            return;
        }
        self.look(false);
        if !self.within {
            self.next_look = self.line.len() + 1 + self.line.len() / 8;
        }
    }

    fn look(&mut self, complete: bool) {
        let mut line = mem::take(&mut self.line);
        self.work.judged += line.len() as u64;
        let mut decided = false;
        if let Some(plan) = classify(&self.frames, self.leaf.tip(), &line, complete) {
            decided = true;
            if let Applied::NoParagraph = self.apply(plan)
                && let Some(plan) = classify(&self.frames, Tip::Definitions, &line, complete)
            {
                self.apply(plan);
            }
        }
        if decided || complete {
            line.clear();
            self.next_look = 0;
        }
        self.within = decided && !complete;
        if complete {
            self.leaf_line_ends();
        }
        self.line = line;
    }
}

/// Splits at the first line end, which stays with the second part.
fn split_line(text: &str) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| matches!(byte, b'\n' | b'\r'))?;
    text.split_at_checked(at)
}

/// Removes characters that stand for nothing: NUL, as in CommonMark, and the two obsolete kinds of whitespace that
/// parsers disagree about.
fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(['\0', '\u{b}', '\u{c}']) {
        return text.into();
    }
    text.replace('\0', "\u{fffd}").replace(['\u{b}', '\u{c}'], " ").into()
}
