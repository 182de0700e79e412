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

/// A markdown text that grows at its end, and its tree at any moment.
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
/// However the text is cut into pushes, [`finish`](Self::finish) leaves the same tree. Before that the tree shows what
/// is there so far in the way it will probably end: half-typed stress is already stressed, the target of a half-typed
/// link is hidden, and a line that may still become anything (`-`, `| --`, `` ``` ``) is held back. Links by reference
/// to what is defined further down become links at the end, and unused definitions are shown then.
///
/// The cost of a push depends on what is pushed, not on the length of the document or of its open block; [`Work`]
/// counts it. No text takes more than linear time or memory, or nests deeper than [`MAX_NESTING`](crate::MAX_NESTING).
#[derive(Clone, Debug, Default)]
pub struct Document {
    pub(crate) blocks: Cells<Block>,
    /// The containers that are open: always the last child of the last child, and so on.
    pub(crate) frames: Vec<Frame>,
    /// For the document and each open container: the list at its end.
    pub(crate) lists: Vec<Option<OpenList>>,
    /// The leaf that is open, the last block of the innermost container.
    pub(crate) leaf: Leaf,
    /// If the line before was blank: how many containers there are up to the innermost quotation it belonged to. Between
    /// what is in fewer, it was no blank line.
    pub(crate) blank: Option<usize>,
    pub(crate) definitions: Definitions,
    pub(crate) pending: Vec<Pending>,
    pub(crate) hidden: Vec<HiddenDefinitions>,
    pub(crate) stamps: Stamps,
    pub(crate) work: Work,
    /// The current line as far as it is undecided.
    line: String,
    /// How long it must be to be looked at again.
    next_look: usize,
    /// The current line is decided: what comes goes straight to the leaf.
    within: bool,
    /// The last push ended with a carriage return: a line feed would belong to it.
    after_return: bool,
    finished: bool,
}

/// A leaf with links by reference to what is not defined yet.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    /// The index in each list of blocks from the document down; items of lists count as a level of their own.
    pub(crate) path: Vec<usize>,
    /// In a table: which row, the head being 0.
    pub(crate) row: usize,
    pub(crate) text: String,
    /// How many of its references were found.
    pub(crate) found: usize,
}

/// A paragraph that starts with definitions, which are not shown unless nothing uses them.
#[derive(Clone, Debug)]
pub(crate) struct HiddenDefinitions {
    /// As in [`Pending`].
    pub(crate) path: Vec<usize>,
    pub(crate) text: String,
    pub(crate) taken: DefinitionSpans,
}

/// What was done so far, in bytes. A measure of cost that needs no clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Text that was pushed.
    pub pushed: u64,
    /// Text that was judged as a line, as often as it was.
    pub judged: u64,
    /// Text that was parsed for inlines, as often as it was.
    pub parsed: u64,
}

impl Document {
    /// The tree of a whole text.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut document = Self::default();
        document.push(text);
        document.finish();
        document
    }

    /// Adds text at the end. Does nothing after [`finish`](Self::finish).
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

    /// Ends the text: what was held back or guessed becomes what it is. No text can be added any more.
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

    /// The blocks so far.
    #[must_use]
    pub fn blocks(&self) -> &[BlockCell] {
        &self.blocks
    }

    /// A number that rises with each push; versions of cells are such numbers.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.stamps.revision
    }

    /// The index of the first block that may differ from the blocks at `revision`, as in [`Cells::changed_since`].
    #[must_use]
    pub fn changed_since(&self, revision: u64) -> usize {
        self.blocks.changed_since(revision)
    }

    /// What was done so far.
    #[must_use]
    pub fn work(&self) -> Work {
        self.work
    }

    /// Adds text without line ends.
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

    /// Looks at a line that goes on. A long one that stays undecided is looked at less and less often, so that the looks
    /// together take linear time.
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

/// The text without characters that are nothing in a text: zero, as CommonMark has it, and the two forgotten kinds of
/// white space about which parsers disagree.
fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(['\0', '\u{b}', '\u{c}']) {
        return text.into();
    }
    text.replace('\0', "\u{fffd}").replace(['\u{b}', '\u{c}'], " ").into()
}
