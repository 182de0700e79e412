//! However text is split into pushes, the final tree is the same, and a view that applies reported changes shows it.

use super::{oracle::markdownish, show::show, work::answers};
use crate::{Block, Cell, Cells, Document, Inline, Item};
use proptest::prelude::*;

/// A view that looks only at what is reported as changed.
#[derive(Clone, Debug, Default, PartialEq)]
struct Node {
    id: u64,
    version: u64,
    /// Its own content, without its children.
    own: String,
    lists: Vec<Vec<Node>>,
}

/// A node with its own content and lists of cells inside.
trait Shown {
    fn own(&self) -> String;
    fn update(&self, lists: &mut Vec<Vec<Node>>, seen: u64);
}

fn update<T: Shown>(view: &mut Vec<Node>, cells: &Cells<T>, seen: u64) {
    let first = cells.changed_since(seen);
    let mut old = view.split_off(first.min(view.len())).into_iter();
    view.extend(cells.iter().skip(first).map(|cell| node(old.next(), cell, seen)));
}

fn node<T: Shown>(old: Option<Node>, cell: &Cell<T>, seen: u64) -> Node {
    let mut node = match old.filter(|old| old.id == cell.id) {
        Some(old) if cell.version <= seen => return old,
        Some(old) => old,
        None => Node::default(),
    };
    // A new node has seen nothing yet.
    let seen = if node.id == cell.id { seen } else { 0 };
    node.id = cell.id;
    node.version = cell.version;
    node.own = cell.content.own();
    cell.content.update(&mut node.lists, seen);
    node
}

fn inside<T: Shown>(lists: &mut Vec<Vec<Node>>, cells: &Cells<T>, seen: u64) {
    lists.resize(1, Vec::new());
    update(&mut lists[0], cells, seen);
}

impl Shown for Block {
    fn own(&self) -> String {
        match self {
            Self::Paragraph(_) => "p".into(),
            Self::Heading { level, .. } => format!("h{level}"),
            Self::List { start, tight, .. } => format!("list {start:?} {tight}"),
            Self::Code { language, attributes, text } => format!("{language:?} {attributes:?} {text}"),
            Self::Quote(_) => "quote".into(),
            Self::Table { alignments, head, .. } => format!("{alignments:?} {head:?}"),
            Self::Rule => "hr".into(),
        }
    }

    fn update(&self, lists: &mut Vec<Vec<Node>>, seen: u64) {
        match self {
            Self::Paragraph(content) | Self::Heading { content, .. } => inside(lists, content, seen),
            Self::List { items, .. } => inside(lists, items, seen),
            Self::Quote(blocks) => inside(lists, blocks, seen),
            Self::Table { rows, .. } => inside(lists, rows, seen),
            Self::Code { .. } | Self::Rule => {}
        }
    }
}

impl Shown for Item {
    fn own(&self) -> String {
        format!("{:?} {:?}", self.number, self.task)
    }

    fn update(&self, lists: &mut Vec<Vec<Node>>, seen: u64) {
        inside(lists, &self.blocks, seen);
    }
}

impl Shown for Inline {
    fn own(&self) -> String {
        format!("{self:?}")
    }

    fn update(&self, _: &mut Vec<Vec<Node>>, _: u64) {}
}

impl Shown for Vec<Vec<Inline>> {
    fn own(&self) -> String {
        format!("{self:?}")
    }

    fn update(&self, _: &mut Vec<Vec<Node>>, _: u64) {}
}

pub(super) fn cut(text: &str, at: &[usize]) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut lengths = at.iter().cycle();
    let mut left = lengths.next().copied().unwrap_or(1);
    for character in text.chars() {
        piece.push(character);
        left = left.saturating_sub(1);
        if left == 0 {
            pieces.push(std::mem::take(&mut piece));
            left = lengths.next().copied().unwrap_or(1);
        }
    }
    pieces.push(piece);
    pieces
}

/// Streams the text and checks every invariant along the way.
#[track_caller]
pub(super) fn check(text: &str, lengths: &[usize]) {
    let whole = Document::parse(text);
    let mut document = Document::default();
    let mut view = Vec::new();
    let mut seen = 0;
    for piece in cut(text, lengths) {
        document.push(&piece);
        update(&mut view, &document.blocks, seen);
        seen = document.revision();
    }
    document.finish();
    assert_eq!(show(&document), show(&whole), "{text:?} by {lengths:?}");
    update(&mut view, &document.blocks, seen);
    let mut fresh = Vec::new();
    update(&mut fresh, &document.blocks, 0);
    assert_eq!(view, fresh, "the view of {text:?} by {lengths:?}");
    let mut other = Vec::new();
    update(&mut other, &whole.blocks, 0);
    assert_eq!(looks(&view), looks(&other), "pieces of {text:?} by {lengths:?}");
}

/// Returns what is shown, without ids and versions.
fn looks(view: &[Node]) -> String {
    let looks = view.iter().map(|node| {
        let inside: Vec<String> = node.lists.iter().map(|list| looks(list)).collect();
        format!("({} {})", node.own, inside.concat())
    });
    looks.collect::<Vec<_>>().concat()
}

#[test]
fn fixtures_end_in_the_same_tree_however_they_are_cut() {
    for (_, text) in answers(400) {
        for lengths in [&[1][..], &[3], &[7, 1, 30], &[200]] {
            check(&text, lengths);
        }
    }
    let references = "A [first][1] and [second] one.\n\n| [1] |\n|---|\n| **[1]** |\n\n- # [1]\n\nlast\n\n[1]: https://x.y\n[SECOND]: https://z.y 't'\n";
    for lengths in [&[1][..], &[4], &[1000]] {
        check(references, lengths);
        check(&references.replace('\n', "\r\n"), lengths);
    }
}

#[test]
fn only_what_a_late_definition_changes_is_touched_at_the_end() {
    let mut document = Document::default();
    document.push("plain\n\n[no link]\n\n[a]\n\nplain\n\n[a]: https://x.y\n");
    let seen = document.revision();
    document.finish();
    assert_eq!(document.changed_since(seen), 2);
    let touched: Vec<bool> = document.blocks().iter().map(|block| block.version > seen).collect();
    // The last paragraph was the definition, which is now complete.
    assert_eq!(touched, [false, false, true, false, true]);
}

#[test]
fn code_only_grows_at_its_end_under_one_id() {
    let text = "```\na\n\n``\n  b\n```\n\n    c\n\n\n      d\n\ne";
    let mut document = Document::default();
    let mut before: Vec<(u64, String)> = Vec::new();
    for piece in cut(text, &[1]) {
        document.push(&piece);
        let now: Vec<(u64, String)> = document
            .blocks()
            .iter()
            .filter_map(|block| match &block.content {
                Block::Code { text, .. } => Some((block.id, text.clone())),
                _ => None,
            })
            .collect();
        for (id, old) in &before {
            let grown = now.iter().find(|(other, _)| other == id).expect("code stays code");
            assert!(grown.1.starts_with(old), "{old:?} became {:?}", grown.1);
        }
        before = now;
    }
    assert_eq!(before.len(), 2);
}

#[test]
fn a_line_end_of_two_characters_may_be_cut() {
    let mut document = Document::default();
    for piece in ["a\r", "\n", "b\r", "\r\n", "c"] {
        document.push(piece);
    }
    document.finish();
    assert_eq!(show(&document), show(&Document::parse("a\nb\n\nc")));
}

#[test]
fn nothing_can_be_added_once_it_is_finished() {
    let mut document = Document::parse("a");
    let revision = document.revision();
    document.push("b");
    document.finish();
    assert_eq!((show(&document).as_str(), document.revision()), ("(p \"a\")", revision));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn any_text_ends_in_the_same_tree_however_it_is_cut(
        text in markdownish(),
        lengths in prop::collection::vec(1_usize..12, 1..6),
    ) {
        check(&text, &lengths);
    }

    #[test]
    fn long_text_without_a_line_end_too(
        pieces in prop::collection::vec("(word ){1,60}|[*_~`\\[\\]()!<>&\\\\|#-]{1,3}|[a-zé语]{1,200}|https://x.y/z", 1..60),
        lengths in prop::collection::vec(1_usize..200, 1..4),
    ) {
        check(&pieces.concat(), &lengths);
    }
}
