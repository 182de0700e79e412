//! Text that only grows at its end, shown so that a frame costs only what was added.

use web_sys::{Element, Text};

use super::child;

/// Lines in one text node. Browsers lay out a changed block of text as a unit, so an ever-growing block costs more with
/// every line; this many is cheap.
const LINES: usize = 40;

/// Shows growing text in blocks of several lines.
pub struct AppendOnlyText {
    parent: Element,
    /// Bytes of the source that are shown.
    written: usize,
    /// The last text node, and its number of lines.
    last: Option<(Text, usize)>,
}

impl AppendOnlyText {
    /// Takes over an empty element.
    #[must_use]
    pub fn new(parent: Element) -> Self {
        Self { parent, written: 0, last: None }
    }

    /// Shows the text added since the last call. `source` starts with the previous source.
    pub fn update(&mut self, source: &str) {
        let Some(added) = source.get(self.written..).filter(|added| !added.is_empty()) else { return };
        for line in added.split_inclusive('\n') {
            self.add(line);
        }
        self.written = source.len();
    }

    fn add(&mut self, line: &str) {
        if self.last.as_ref().is_none_or(|(_, lines)| *lines >= LINES) {
            let Some(dom) = self.parent.owner_document() else { return };
            let Some(block) = child(&dom, &self.parent, "span") else { return };
            block.set_class_name("lines");
            let text = dom.create_text_node("");
            block.append_child(&text).ok();
            self.last = Some((text, 0));
        }
        if let Some((text, lines)) = &mut self.last {
            text.append_data(line).ok();
            *lines += usize::from(line.ends_with('\n'));
        }
    }
}
