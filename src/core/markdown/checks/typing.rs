//! What is shown while text is being typed.

use super::show::show;
use crate::Document;

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    for (text, tree) in cases {
        let mut document = Document::default();
        for character in text.chars() {
            document.push(character.encode_utf8(&mut [0; 4]));
        }
        assert_eq!(show(&document), *tree, "typed: {text:?}");
        let mut document = Document::default();
        document.push(text);
        assert_eq!(show(&document), *tree, "pushed: {text:?}");
    }
}

#[test]
fn half_typed_inlines_are_shown_as_they_will_probably_end() {
    check(&[
        ("a **bo", r#"(p "a "(b "bo"))"#),
        ("a **bold**", r#"(p "a "(b "bold"))"#),
        ("a *", r#"(p "a")"#),
        ("a `co", r#"(p "a "`co`)"#),
        ("a ~~st", r#"(p "a "(s "st"))"#),
        ("a [li", r#"(p "a [li")"#),
        ("a [link](https://x", r#"(p "a link")"#),
        ("a [link](https://x.y)", r#"(p "a "(a <https://x.y> "link"))"#),
        ("a ![alt](https://x", r#"(p "a alt")"#),
        ("a **b [c](ht", r#"(p "a "(b "b c"))"#),
        ("## a **b", r#"(h2 "a "(b "b"))"#),
        ("- a\n  1. **b", r#"(ul (li (p "a") (ol1 (li (p (b "b"))))))"#),
        ("は**「朝", r#"(p "は"(b "「朝"))"#),
        ("は**「朝」**から**「夜", r#"(p "は"(b "「朝」")"から"(b "「夜"))"#),
        ("a \\(b *c", "(p \"a \"{\\(b *c})"),
        ("**a \\(b", "(p (b \"a \"{\\(b}))"),
        ("$$\nx\n- y", "(p {$$\nx\n- y})"),
        ("costs $5 and **b", r#"(p "costs $5 and "(b "b"))"#),
        ("see https://x.y/a_b", r#"(p "see "(a <https://x.y/a_b> "https://x.y/a_b"))"#),
        ("[readme](READ", r#"(p "readme")"#),
        ("[readme](README.md)", r#"(p (inert <README.md> "readme"))"#),
        ("```md\n```js\na\n```", "(code:md \"```js\\na\\n```\")"),
        ("```md\n```js\na\n```\n``", "(code:md \"```js\\na\\n```\")"),
        ("| a | b |\n|---|---|\n| **c", r#"(table -- (tr (td "a")(td "b")) (tr (td (b "c"))))"#),
    ]);
}

#[test]
fn a_line_that_may_become_anything_is_held_back() {
    check(&[
        ("-", ""),
        ("- ", ""),
        ("- a", r#"(ul (li (p "a")))"#),
        ("**", ""),
        ("**b", r#"(p (b "b"))"#),
        ("#", ""),
        ("# ", ""),
        ("# a", r#"(h1 "a")"#),
        ("1", ""),
        ("1.", ""),
        ("1. a", r#"(ol1 (li (p "a")))"#),
        ("12 a", r#"(p "12 a")"#),
        ("a\n--", r#"(p "a")"#),
        ("a\n---\n", r#"(h2 "a")"#),
        ("```", ""),
        ("```rust", ""),
        ("```rust\n", r#"(code:rust "")"#),
        ("```rust\nlet", r#"(code:rust "let")"#),
        ("```rust\nlet\n``", r#"(code:rust "let")"#),
        ("```rust\nlet\n``a", "(code:rust \"let\\n``a\")"),
        ("- [", ""),
        ("- [x]", ""),
        ("- [x] a", r#"(ul (done (p "a")))"#),
        ("> ", ""),
        ("> a", r#"(quote (p "a"))"#),
        ("| a | b |\n|--", r#"(p "| a | b |")"#),
        ("| a | b |\n|---|---|\n", "(table -- (tr (td \"a\")(td \"b\")))"),
        ("[a]: https://x", ""),
        ("[a]:", ""),
        ("[Note]: see b", r#"(p "[Note]: see b")"#),
        ("[^1]: htt", r#"(p "[^1]: htt")"#),
        ("a\n\n[1]: https://x.y\n[2]: https", r#"(p "a")"#),
    ]);
}

#[test]
fn what_is_shown_of_ordinary_text_is_what_a_whole_parse_of_it_shows() {
    let text =
        "Some *words* with `code`, a [link](https://x.y/z) and 2 * 3.\nAnd **more** of [them] & so on. ".repeat(40);
    let mut document = Document::default();
    for word in text.split_inclusive(' ') {
        document.push(word);
    }
    let shown = show(&document);
    assert_eq!(shown, show(&Document::parse(&text)));
    let seen = document.revision();
    document.finish();
    // The end of the block no longer changes anything.
    let crate::Block::Paragraph(pieces) = &document.blocks()[0].content else { panic!("a paragraph is a paragraph") };
    assert_eq!(pieces.changed_since(seen), pieces.len());
}

#[test]
fn a_tag_over_two_lines_is_not_shown_twice_when_more_text_comes() {
    let mut document = Document::default();
    document.push("x <a\nb>");
    document.push(" y");
    assert_eq!(show(&document), r#"(p "x <a"~"b> y")"#);
}
