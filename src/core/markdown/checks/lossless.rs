//! No text is lost: everything that is not markup is in the tree.

use super::{
    cuts::{check, cut},
    show::show,
};
use crate::{Block, Cells, Document, Inline};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Counts each character that is never markup in these tests.
fn counted(text: &str) -> BTreeMap<char, usize> {
    let mut counts = BTreeMap::new();
    let word = |letter: &char| letter.is_ascii_uppercase() || !letter.is_ascii() || ",%?".contains(*letter);
    for letter in text.chars().filter(word) {
        *counts.entry(letter).or_default() += 1;
    }
    counts
}

/// Which parts of a tree count as its text.
#[derive(Clone, Copy, PartialEq)]
enum Of {
    /// The shown text.
    Shown,
    /// Also link targets and titles.
    All,
}

fn text_of(blocks: &Cells<Block>, of: Of) -> String {
    let mut out = String::new();
    collect(blocks, of, &mut out);
    out
}

fn collect(blocks: &Cells<Block>, of: Of, out: &mut String) {
    for cell in blocks.iter() {
        match &cell.content {
            Block::Paragraph(content) | Block::Heading { content, .. } => {
                content.iter().for_each(|cell| inline(&cell.content, of, out));
            }
            Block::List { items, .. } => items.iter().for_each(|item| collect(&item.content.blocks, of, out)),
            Block::Code { language, attributes, text } => {
                let parts = [language.as_deref(), attributes.as_deref(), Some(text)];
                parts.into_iter().flatten().for_each(|text| *out += text);
            }
            Block::Quote(inside) => collect(inside, of, out),
            Block::Table { head, rows, .. } => {
                let rows = std::iter::once(head).chain(rows.iter().map(|row| &row.content));
                rows.flatten().flatten().for_each(|cell| inline(cell, of, out));
            }
            Block::Rule => {}
        }
    }
}

fn inline(part: &Inline, of: Of, out: &mut String) {
    let (children, target, title) = match part {
        Inline::Text(text) | Inline::Code(text) | Inline::Formula(text) => return *out += text,
        Inline::SoftBreak | Inline::HardBreak => return out.push('\n'),
        Inline::Emphasis(inside) | Inline::Strong(inside) | Inline::Strike(inside) => (inside, "", None),
        Inline::Link { href, title, children, .. } => (children, href.as_str(), title.as_deref()),
        Inline::InertLink { target, title, children, .. } => (children, &**target, title.as_deref()),
    };
    children.iter().for_each(|part| inline(part, of, out));
    if of == Of::All {
        *out += target;
        *out += title.unwrap_or_default();
    }
}

const DEFINITION: &str = "\n\n[d]: https://x.y/C 'D'\n";

/// Random answers: words that must not be lost, and markup.
pub(super) fn answerish() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "A",
        "BC ",
        "D, E",
        "F",
        "5% ",
        "語",
        "「朝」",
        "は",
        "。",
        "（注）",
        "가",
        "é",
        "شكرا ",
        "שלום",
        "G?",
        "HI\n",
        "J ",
    ]);
    let markup = prop::sample::select(vec![
        "\n",
        "\n",
        "\n\n",
        "\n\n",
        " ",
        "    ",
        "- ",
        "* ",
        "1. ",
        "7. ",
        "- [x] ",
        "> ",
        "# ",
        "### ",
        "#",
        "===\n",
        "---\n",
        "*",
        "**",
        "_",
        "__",
        "~",
        "~~",
        "`",
        "``",
        "```",
        "```rust ",
        "```markdown\n",
        "\n```\n",
        "~~~",
        "[",
        "]",
        "![",
        "](",
        "](readme.md",
        "](https://x.y/",
        "](<",
        ")",
        ") ",
        "\"",
        " \"",
        "<",
        ">",
        "<b>",
        "<br>",
        "<!-- ",
        " -->",
        "[a]",
        "[b]",
        "[^1]: ",
        "[a]: https://d.e 't'\n",
        "[b]: https://f.g\n",
        "[c]: readme.md\n",
        "[note]: ",
        "![a]",
        "https://x.y/",
        "www.x.y",
        "me@x.example",
        "$",
        "$$",
        "$$\n",
        "\\(",
        "\\)",
        "\\[",
        "\\]\n",
        "\\\\",
        "\\",
        "\\,",
        "\\ne ",
        "\\begin{a}",
        "\\end{a}",
        "|",
        " | ",
        "| a | b |\n|---|---|\n",
        "\n| ",
        " |\n",
        "\\|",
        "&amp;",
        "&lt;",
        "&",
        "\t",
        "!",
        "(",
        "(https://x.y/",
    ]);
    // Random pieces rarely form a table or a link.
    let wholes = prop::sample::select(vec![
        "\n\n| a | b |\n|---|---|\n| K | L | M |\n",
        "| N | `O | P` |\n",
        "| Q | $R(S|T)$ |\n",
        "[U](V.md \"W\")",
        "![X](Y.png)",
        "[![Z](https://x.y/A)](https://x.y/B)",
        DEFINITION,
        "\n\n[e]: E/F.md\n\n[e]",
        "\n```rust G\n",
        "\n\n$$\nH\n- I\n$$\n",
        "\\(J\\)",
        "**「朝」**から**「夜」**",
    ]);
    prop::collection::vec(prop_oneof![3 => words, 4 => markup, 1 => wholes], 0..40).prop_map(|pieces| pieces.concat())
}

/// Returns the characters of the text that are missing from its tree.
fn lost(text: &str) -> String {
    // Repeating the same definition adds nothing.
    let once = text
        .split_once(DEFINITION)
        .map(|(before, after)| [before, DEFINITION, &after.replace(DEFINITION, "")].concat());
    let kept = counted(&text_of(&Document::parse(text).blocks, Of::All));
    let lost = counted(once.as_deref().unwrap_or(text))
        .into_iter()
        .filter(|(letter, count)| kept.get(letter).is_none_or(|kept| kept < count));
    lost.map(|(letter, _)| letter).collect()
}

#[test]
fn text_that_used_to_be_dropped_is_kept() {
    for text in [
        "| a | b |\n|---|---|\n| X | $P(Y|Z)$ |",
        "| a |\n|---|\n| X | Y | Z |",
        "| a | b |\n|---|---|\n| `X | Y` | Z | W |",
        "[X](README.md \"Y\") ![Z](A/B.png)",
        "[X](javascript:Y)",
        "[![X](https://i.j/Y)](https://x.y/Z)",
        "```rust X Y.rs\nZ\n```",
        "```SELECT X FROM Y;\n```",
        "[^1]: X",
        "[NOTE]: X",
        "[1]: https://x.y/X",
        "[a]: https://x.y/X\n[a]: https://x.y/Y\n\n[a]",
        "- [a]: https://x.y/X",
        "[a]: https://x.y/X\nY\n===",
        "[a]: https://x.y/X\n| Y |\n|---|\n| Z |",
        "<X Y=\"Z\">",
        "$$\nX\n\nY",
        "7. X\n5. Y",
    ] {
        assert_eq!(lost(text), "", "{text:?} became {:?}", Document::parse(text).blocks);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn no_text_of_any_answer_is_lost(text in answerish()) {
        let lost = lost(&text);
        prop_assert!(lost.is_empty(), "{lost:?} of {text:?}: {:?}", Document::parse(&text).blocks);
    }

    #[test]
    fn any_answer_ends_in_the_same_tree_however_it_is_cut(
        text in answerish(),
        lengths in prop::collection::vec(1_usize..12, 1..6),
    ) {
        check(&text, &lengths);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_text_is_shown_twice_while_an_answer_streams(
        text in answerish(),
        lengths in prop::collection::vec(1_usize..12, 1..6),
    ) {
        let mut document = Document::default();
        let mut pushed = String::new();
        for piece in cut(&text, &lengths) {
            document.push(&piece);
            pushed += &piece;
            let (shown, written) = (counted(&text_of(&document.blocks, Of::Shown)), counted(&pushed));
            let twice = shown.iter().find(|(letter, count)| written.get(letter).is_none_or(|most| most < count));
            prop_assert!(twice.is_none(), "{:?} in {:?}: {:?}", twice, pushed, document.blocks);
        }
    }

    #[test]
    fn no_text_is_lost_at_any_cut(text in answerish()) {
        let whole = show(&Document::parse(&text));
        for (at, _) in text.char_indices() {
            let mut document = Document::default();
            document.push(&text[..at]);
            document.push(&text[at..]);
            document.finish();
            prop_assert_eq!(&show(&document), &whole, "{:?} cut at {}", &text, at);
        }
    }
}
