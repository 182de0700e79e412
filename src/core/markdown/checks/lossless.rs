//! No text is lost: everything that is not markup is in the tree.

use super::{cuts::check, show::show};
use crate::{Block, Cells, Document, Inline};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// How often each character occurs that is never markup in these tests.
fn counted(text: &str) -> BTreeMap<char, usize> {
    let mut counts = BTreeMap::new();
    let word = |letter: &char| letter.is_ascii_uppercase() || !letter.is_ascii() || ",%?".contains(*letter);
    for letter in text.chars().filter(word) {
        *counts.entry(letter).or_default() += 1;
    }
    counts
}

/// All text in the tree, including link targets and titles and the info strings of code.
fn all_text(blocks: &Cells<Block>, out: &mut String) {
    for cell in blocks.iter() {
        match &cell.content {
            Block::Paragraph(content) | Block::Heading { content, .. } => {
                content.iter().for_each(|cell| inline(&cell.content, out));
            }
            Block::List { items, .. } => items.iter().for_each(|item| all_text(&item.content.blocks, out)),
            Block::Code { language, attributes, text } => {
                [language.as_deref(), attributes.as_deref(), Some(text)]
                    .into_iter()
                    .flatten()
                    .for_each(|text| *out += text);
            }
            Block::Quote(inside) => all_text(inside, out),
            Block::Table { head, rows, .. } => {
                let rows = std::iter::once(head).chain(rows.iter().map(|row| &row.content));
                rows.flatten().flatten().for_each(|cell| inline(cell, out));
            }
            Block::Rule => {}
        }
    }
}

fn inline(part: &Inline, out: &mut String) {
    match part {
        Inline::Text(text) | Inline::Code(text) | Inline::Formula(text) => *out += text,
        Inline::Emphasis(inside) | Inline::Strong(inside) | Inline::Strike(inside) => {
            inside.iter().for_each(|part| inline(part, out));
        }
        Inline::Link { href, title, children, .. } => {
            children.iter().for_each(|part| inline(part, out));
            *out += href.as_str();
            *out += title.as_deref().unwrap_or_default();
        }
        Inline::InertLink { target, title, children, .. } => {
            children.iter().for_each(|part| inline(part, out));
            *out += target;
            *out += title.as_deref().unwrap_or_default();
        }
        Inline::SoftBreak | Inline::HardBreak => out.push('\n'),
    }
}

/// Random answers: words that must not get lost, and markup.
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
        "\n\n[d]: https://x.y/C 'D'\n",
        "\n\n[e]: E/F.md\n\n[e]",
        "\n```rust G\n",
        "\n\n$$\nH\n- I\n$$\n",
        "\\(J\\)",
        "**「朝」**から**「夜」**",
    ]);
    prop::collection::vec(prop_oneof![3 => words, 4 => markup, 1 => wholes], 0..40).prop_map(|pieces| pieces.concat())
}

/// The characters of the text that are missing in its tree.
fn lost(text: &str) -> String {
    let mut tree = String::new();
    all_text(&Document::parse(text).blocks, &mut tree);
    let kept = counted(&tree);
    let lost = counted(text).into_iter().filter(|(letter, count)| kept.get(letter).is_none_or(|kept| kept < count));
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
    #![proptest_config(ProptestConfig::with_cases(200))]

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
