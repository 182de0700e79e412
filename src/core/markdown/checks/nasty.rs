//! Adversarial texts: none panics, nests without bound, or takes more than linear time and memory.

use super::show::show;
use crate::{Block, Cells, Document, Inline, MAX_NESTING};
use proptest::prelude::*;

const MANY: usize = 100_000;

fn nasty() -> Vec<(&'static str, String)> {
    let times = |text: &str| text.repeat(MANY / text.len());
    vec![
        ("$", times("$")),
        ("$a ", times("$a ")),
        ("$1 ", times("$1 ") + "a$"),
        ("$a$", times("$a$")),
        ("$ and code", times("$a `b` ")),
        ("$$a", times("$$a ")),
        ("$$ in lines", times("$$\n")),
        ("$$ and blanks", times("$$\n\n")),
        ("\\(", times("\\(")),
        ("\\[ in lines", times("\\[\n")),
        ("\\[ and digits", times("\\[1")),
        (
            "environments",
            (0..5_000).map(|n| format!("\\begin{{{}}}", "abcdefghij"[n % 10..].repeat(n % 3 + 1))).collect(),
        ),
        ("environments in lines", times("\\begin{a}\n")),
        ("a formula without end", "$$\n".to_owned() + &times("a\n\n")),
        ("addresses", times("https://x.y ")),
        ("an address of addresses", times("https://")),
        ("addresses in brackets", times("(https://x.y/(")),
        ("addresses and references", times("https://x.y/&amp;")),
        ("a long address", "https://x.y/".to_owned() + &times("a;")),
        ("xhttps", times("xhttps://")),
        ("www", times("www.")),
        ("www.a", times("www.a ")),
        ("mail", times("a@")),
        ("a@b.cc", times("a@b.cc ")),
        ("_a@b.cc", times("a_b@c.dd ")),
        ("a.", "@".to_owned() + &times("a.")),
        (":", times("http:")),
        ("~ and ~~", times("~a ~~b ")),
        ("**「", times("は**「朝」**")),
        ("**」", times("」**は")),
        ("unused definitions", (0..5_000).map(|n| format!("[a{n}]: https://x.y\n\n")).collect()),
        ("the same definition", times("[a]: https://x.y\n")),
        ("inert links", times("[a](b) ")),
        ("nested inert links", times("![") + &times("](b)")),
        ("rows with too many cells", "|a|\n|-|\n".to_owned() + &times("|`b|c`|$d|e$\n")),
        ("a row with too many cells", "|a|\n|-|\n".to_owned() + &times("|$b")),
        ("fences in markdown", "```md\n".to_owned() + &times("```md\n")),
        ("ends of fences in markdown", "```md\n".to_owned() + &times("```a\n") + &times("```\n")),
        ("<br>", times("<br>")),
        ("[", times("[")),
        ("]", times("]")),
        ("![", times("![")),
        ("*", times("*")),
        ("a*", times("a*")),
        ("*a ", times("*a ")),
        ("**a", times("**a ")),
        ("*a_", times("*a_ ")),
        ("nested stress", times("*a **a ") + &times("a** a* ")),
        ("~~", times("~~a ")),
        ("`", times("`")),
        ("` of all lengths", (1..440).map(|length| "`".repeat(length) + " ").collect()),
        ("unfinished links", times("[a](")),
        ("unfinished targets", times("[a](<b ")),
        ("unfinished titles", times("[a](b \"")),
        ("nested links", times("[") + &times("](https://x.y)")),
        ("nested images", times("![") + &times("](x)")),
        ("references", "[a]: https://x.y\n\n".to_owned() + &times("[a]")),
        ("late references", times("[a] b\n\n") + "[a]: https://x.y"),
        ("long target, many uses", format!("[a]: https://x.y/{}\n\n{}", times("b"), times("[a] "))),
        ("definitions", (0..5_000).map(|number| format!("[a{number}]: https://x.y\n")).collect()),
        ("unfinished definitions", times("[a]:\n")),
        ("definitions with open titles", times("[a]: b\n(c\n")),
        (">", times(">")),
        ("> ", times("> ")),
        ("> over lines", times("> > > > > > > > > > a\n")),
        ("deep, then blank", "> ".repeat(MANY / 4) + "a" + &times("\n")),
        ("- ", times("- ")),
        ("- a", times("- ") + "a" + &times("\n")),
        ("1. ", times("1. ") + "a"),
        ("nested list", (0..440).map(|depth| format!("{}- a\n", "  ".repeat(depth))).collect()),
        ("items and blanks", times("-\n\n")),
        ("blank lines in an item", "- a\n".to_owned() + &times("\n") + "  b"),
        ("blank lines in code", "    a\n".to_owned() + &times("\n") + "    b"),
        ("spaces", times(" ")),
        ("tabs", times("\t")),
        ("tabs and a letter", times("\t") + "a"),
        ("lines of spaces in a list", "- a\n".to_owned() + &times("                    \n")),
        ("#", times("#")),
        ("# ", times("# \n")),
        ("dashes", times("-")),
        ("dashes and spaces", times("- -- ")),
        ("underlines", times("a\n=\n")),
        ("fences", times("```\n")),
        ("open fence", "```\n".to_owned() + &times("``\n")),
        ("wide table", times("|a").clone() + "\n" + &times("|-") + "\n" + &times("b\n")),
        ("table rows", "|a|\n|-|\n".to_owned() + &times("|\\")),
        ("no table", times("|a\n|-|-\n")),
        ("<", times("<")),
        ("<a ", times("<a ")),
        ("<!--", times("<!-- ")),
        ("<?", times("<?")),
        ("&", times("&")),
        ("&#", times("&#x10ffff;")),
        ("\\", times("\\")),
        ("\\\n", times("\\\n")),
        ("returns", times("\r")),
        ("zeros", times("\0")),
        ("one word", times("a")),
        ("wide characters", times("𝄞")),
        ("marks", times("a\u{301}\u{200d}\u{202e}")),
    ]
}

/// Returns the depth of the tree, and the bytes of text it holds. Iterative, so that the test itself does not overflow.
fn figures(document: &Document) -> (usize, usize) {
    enum Node<'d> {
        Blocks(&'d Cells<Block>),
        Inline(&'d Inline),
    }
    let (mut deepest, mut bytes) = (0, 0);
    let mut open = vec![(0, Node::Blocks(&document.blocks))];
    while let Some((depth, node)) = open.pop() {
        deepest = deepest.max(depth);
        match node {
            Node::Blocks(blocks) => {
                for block in blocks.iter() {
                    match &block.content {
                        Block::Paragraph(content) | Block::Heading { content, .. } => {
                            open.extend(content.iter().map(|cell| (depth + 1, Node::Inline(&cell.content))));
                        }
                        Block::List { items, .. } => {
                            open.extend(items.iter().map(|item| (depth + 1, Node::Blocks(&item.content.blocks))));
                        }
                        Block::Quote(inside) => open.push((depth + 1, Node::Blocks(inside))),
                        Block::Code { text, .. } => bytes += text.len(),
                        Block::Table { head, rows, .. } => {
                            let cells = head.iter().chain(rows.iter().flat_map(|row| &row.content));
                            open.extend(cells.flatten().map(|inline| (depth + 1, Node::Inline(inline))));
                        }
                        Block::Rule => {}
                    }
                }
            }
            Node::Inline(inline) => match inline {
                Inline::Text(text) | Inline::Code(text) | Inline::Formula(text) => bytes += text.len(),
                Inline::Emphasis(inside) | Inline::Strong(inside) | Inline::Strike(inside) => {
                    open.extend(inside.iter().map(|inline| (depth + 1, Node::Inline(inline))));
                }
                Inline::InertLink { target, children, .. } => {
                    bytes += target.len();
                    open.extend(children.iter().map(|inline| (depth + 1, Node::Inline(inline))));
                }
                Inline::Link { children, .. } => {
                    open.extend(children.iter().map(|inline| (depth + 1, Node::Inline(inline))));
                }
                Inline::SoftBreak | Inline::HardBreak => {}
            },
        }
    }
    (deepest, bytes)
}

#[test]
fn nasty_texts_give_bounded_trees_with_work_in_proportion() {
    for (name, text) in nasty() {
        // All at once, and in pieces.
        let mut streamed = Document::default();
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let mut at = 1000.min(rest.len());
            while !rest.is_char_boundary(at) {
                at += 1;
            }
            streamed.push(&rest[..at]);
            rest = &rest[at..];
        }
        streamed.finish();
        let whole = Document::parse(&text);
        assert_eq!(show(&streamed), show(&whole), "{name}");
        let (depth, bytes) = figures(&whole);
        assert!(depth <= 2 * MAX_NESTING + 2, "{name}: {depth} deep");
        assert!(bytes <= 3 * text.len(), "{name}: {bytes} of {}", text.len());
        for (document, most) in [(&whole, 12), (&streamed, 24)] {
            let work = document.work();
            let again = (work.judged + work.parsed) / work.pushed;
            assert!(again <= most, "{name}: each byte was read {again} times: {work:?}");
        }
    }
}

#[test]
fn what_nests_too_deep_is_text() {
    let deep = Document::parse(&(">".repeat(MAX_NESTING + 3) + " a"));
    let tree = show(&deep);
    assert_eq!(tree.matches("(quote").count(), MAX_NESTING);
    assert!(tree.contains(r#"(p ">>> a")"#), "{tree}");
    let emphasis = "**a *a ".repeat(MAX_NESTING) + &"a* a** ".repeat(MAX_NESTING);
    let tree = show(&Document::parse(&emphasis));
    assert_eq!(tree.matches("(b ").count() + tree.matches("(em ").count(), MAX_NESTING);
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>(), cut in any::<prop::sample::Index>()) {
        let mut document = Document::default();
        let at = (0..=cut.index(text.len() + 1)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        document.push(&text[..at]);
        document.push(&text[at..]);
        document.finish();
        prop_assert_eq!(show(&document), show(&Document::parse(&text)));
    }
}
