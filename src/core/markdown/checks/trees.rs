//! CommonMark's common cases, and our differences, as texts and their trees.

use super::show::show;
use crate::Document;

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    for (text, tree) in cases {
        assert_eq!(show(&Document::parse(text)), *tree, "{text:?}");
    }
}

#[test]
fn paragraphs_and_headings() {
    check(&[
        ("", ""),
        (" \n\n", ""),
        ("a\nb\n\nc", r#"(p "a"~"b") (p "c")"#),
        ("a  \nb\\\nc", r#"(p "a"/"b"/"c")"#),
        ("a\r\n\r\nb\rc", r#"(p "a") (p "b"~"c")"#),
        ("# a\n### b ##\n\n####### d", "(h1 \"a\") (h3 \"b\") (p \"####### d\")"),
        ("#\n# \n## a#", r#"(h1) (h1) (h2 "a#")"#),
        ("a\nb\n===\nc\n---", r#"(h1 "a"~"b") (h2 "c")"#),
        ("a\n\n---\n***\n_ _ _", r#"(p "a") (hr) (hr) (hr)"#),
        ("a\n    b", r#"(p "a"~"b")"#),
        ("a\0b", "(p \"a\u{fffd}b\")"),
    ]);
}

#[test]
fn code_blocks() {
    check(&[
        ("```rust no_run\nlet a = `b`;\n\n  c\n```\nd", r#"(code:rust "let a = `b`;\n\n  c") (p "d")"#),
        ("~~~\n```\n~~~~", r#"(code "```")"#),
        ("```\n``\n````\na", r#"(code "``") (p "a")"#),
        ("````md\n```\na\n```\n````", r#"(code:md "```\na\n```")"#),
        ("```\n```", r#"(code "")"#),
        ("```\na", r#"(code "a")"#),
        ("  ```\n  a\n   b\n c\n  ```", r#"(code "a\n b\nc")"#),
        ("```a`\nb", r#"(p "```a`"~"b")"#),
        ("    a\n\n      b\n\nc", r#"(code "a\n\n  b") (p "c")"#),
        ("\ta\n\tb", r#"(code "a\nb")"#),
        ("a\n```\nb\n```\nc", r#"(p "a") (code "b") (p "c")"#),
    ]);
}

#[test]
fn lists() {
    check(&[
        ("- a\n- b\n* c", r#"(ul (li (p "a"))(li (p "b"))) (ul (li (p "c")))"#),
        ("3. a\n4. b\n5) c", r#"(ol3 (li (p "a"))(li (p "b"))) (ol5 (li (p "c")))"#),
        ("- a\n\n- b", r#"(ul-loose (li (p "a"))(li (p "b")))"#),
        ("- a\n\n\n- b\n\n\n  c", r#"(ul-loose (li (p "a"))(li (p "b") (p "c")))"#),
        ("- a\n  - b\n    - c\n- d", r#"(ul (li (p "a") (ul (li (p "b") (ul (li (p "c"))))))(li (p "d")))"#),
        ("- a\n  - b\n\n    c\n- d", r#"(ul (li (p "a") (ul-loose (li (p "b") (p "c"))))(li (p "d")))"#),
        ("- a\n\n  ```\n  x\n\n  ```\n- b", r#"(ul-loose (li (p "a") (code "x\n"))(li (p "b")))"#),
        ("- a\n  > b\n  >\n- c", r#"(ul (li (p "a") (quote (p "b")))(li (p "c")))"#),
        ("1. a\n\n   b\n\nc", r#"(ol1-loose (li (p "a") (p "b"))) (p "c")"#),
        ("- a\nb\n\nc", r#"(ul (li (p "a"~"b"))) (p "c")"#),
        ("a\n- b", r#"(p "a") (ul (li (p "b")))"#),
        ("a\n2. b\n-\n1. c", r#"(h2 "a"~"2. b") (ol1 (li (p "c")))"#),
        ("-\n\n  a", r#"(ul (li)) (p "a")"#),
        ("-\n  a", r#"(ul (li (p "a")))"#),
        ("-     a", r#"(ul (li (code "a")))"#),
        ("-\ta\n\n\tb", r#"(ul-loose (li (p "a") (p "b")))"#),
        ("- # a\n- ***", r#"(ul (li (h1 "a"))(li (hr)))"#),
        ("1234567890. a", r#"(p "1234567890. a")"#),
        ("- [ ] a\n- [x] b\n- [X]\n- [y] c", r#"(ul (todo (p "a"))(done (p "b"))(done)(li (p "[y] c")))"#),
    ]);
}

#[test]
fn quotations() {
    check(&[
        ("> a\n> b\n\n> c", r#"(quote (p "a"~"b")) (quote (p "c"))"#),
        (">a\nb\n> # c\nd", r#"(quote (p "a"~"b") (h1 "c")) (p "d")"#),
        ("> > a\nb", r#"(quote (quote (p "a"~"b")))"#),
        ("> - a\n>\n> - b", r#"(quote (ul-loose (li (p "a"))(li (p "b"))))"#),
        ("> ```\n> a\nb", r#"(quote (code "a")) (p "b")"#),
        ("> a\n---", r#"(quote (p "a")) (hr)"#),
        ("> a\n===", r#"(quote (p "a"~"==="))"#),
    ]);
}

#[test]
fn tables() {
    check(&[
        (
            "| a | b |\n|:--|--:|\n| `c|` |\n| *d* |\n| e\n\nf",
            r#"(table <> (tr (td "a")(td "b")) (tr (td "`c")(td "`")) (tr (td (em "d"))) (tr (td "e"))) (p "f")"#,
        ),
        ("a|b\n-|-\n`1\\|2`|\\|", r#"(table -- (tr (td "a")(td "b")) (tr (td `1|2`)(td "|")))"#),
        ("text\n| a |\n|---|\n| 1 |\n> b", r#"(p "text") (table - (tr (td "a")) (tr (td "1"))) (quote (p "b"))"#),
        ("| a | b |\n|---|\n", r#"(p "| a | b |"~"|---|")"#),
        ("a\n---\nb | c\n", r#"(h2 "a") (p "b | c")"#),
        (
            "- | a | b |\n  |---|---|\n  | 1 | 2 |",
            r#"(ul (li (table -- (tr (td "a")(td "b")) (tr (td "1")(td "2")))))"#,
        ),
    ]);
}

#[test]
fn inlines() {
    check(&[
        ("*a* **b** ***c*** ~~d~~ `e`", r#"(p (em "a")" "(b "b")" "(em (b "c"))" "(s "d")" "`e`)"#),
        ("a*b*c a_b_c 2 * 3 * 4", r#"(p "a"(em "b")"c a_b_c 2 * 3 * 4")"#),
        ("`` a`b `` ` a", r#"(p `a`b`" ` a")"#),
        ("`a\n    b` `\n c\n`", r#"(p `a b`" "`c`)"#),
        ("&amp; &#65; &copy; \\*a\\* \\a", "(p \"& A © *a* \\\\a\")"),
        ("[a *b*](https://x.y/z \"t\")", r#"(p (a <https://x.y/z> "t" "a "(em "b")))"#),
        ("<https://x.y> <me@x.y>", r#"(p (a <https://x.y> "https://x.y")" "(a <mailto:me@x.y> "me@x.y"))"#),
        (
            "![a *b*](https://x.y/z.png) ![](https://x.y)",
            r#"(p (img <https://x.y/z.png> "a "(em "b"))" "(img <https://x.y> "https://x.y"))"#,
        ),
        ("[![a](https://i.j)](https://x.y)", r#"(p (a <https://x.y> (inert-img <https://i.j> "a")))"#),
        ("[a](<https://x.y/b c>\n 'd\n e')", r#"(p (a <https://x.y/b c> "d\ne" "a"))"#),
        ("# - a\n## > `b`\n### 1. c", "(h1 \"- a\") (h2 \"> \"`b`) (h3 \"1. c\")"),
        ("**a\n- b**", r#"(p "**a") (ul (li (p "b**")))"#),
    ]);
}

#[test]
fn links_by_reference() {
    check(&[
        (
            "[a]: https://x.y\n\n[a] [A][] [b][a] ![a]",
            r#"(p (a <https://x.y> "a")" "(a <https://x.y> "A")" "(a <https://x.y> "b")" "(img <https://x.y> "a"))"#,
        ),
        (
            "[b c]\n\n- > [b\n  > C]\n\n[B  c]:\n <https://x.y>\n 'd'",
            r#"(p (a <https://x.y> "d" "b c")) (ul (li (quote (p (a <https://x.y> "d" "b"~"C")))))"#,
        ),
        (
            "| [a] | b |\n|---|---|\n| c | **[a]** |\n\n[a]: https://x.y",
            r#"(table -- (tr (td (a <https://x.y> "a"))(td "b")) (tr (td "c")(td (b (a <https://x.y> "a")))))"#,
        ),
        (
            "[a]: https://1.y\n[a]: https://2.y\nb [a]",
            r#"(p "[a]: "(a <https://2.y> "https://2.y")~"b "(a <https://1.y> "a"))"#,
        ),
        ("[a]: https://1.y\n[A]: https://1.y\nb [a]", r#"(p "b "(a <https://1.y> "a"))"#),
        ("[a]: mailto:x \"t\" b\n\n[a]", r#"(p "[a]: mailto:x \"t\" b") (p "[a]")"#),
        ("[a]: https://x.y\n\"t\" b\n\n[a]", "(p \"\\\"t\\\" b\") (p (a <https://x.y> \"a\"))"),
        ("a\n[b]: mailto:x\n\n[b]", r#"(p "a"~"[b]: mailto:x") (p "[b]")"#),
        ("[a]: https://x.y?a&amp;b\\*\n\n[a]", r#"(p (a <https://x.y?a&b*> "a"))"#),
        ("[a]:\n\n[]: b\n\n[a\nb]: <c", r#"(p "[a]:") (p "[]: b") (p "[a"~"b]: <c")"#),
        ("[a]: https://x.y\n===\n[a]", r#"(p "==="~(a <https://x.y> "a"))"#),
        ("- [x] [a]: mailto:x", r#"(ul (done (p "[a]: mailto:x")))"#),
    ]);
}

#[test]
fn raw_html_is_text() {
    check(&[
        ("<script>alert(1)</script>", r#"(p "<script>alert(1)</script>")"#),
        ("<div>\n*a*\n\n<!-- b\n\n# c -->", r#"(p "<div>"~(em "a")) (p "<!-- b") (h1 "c -->")"#),
        ("a <img src=x onerror=alert(1)> <b\n  c> &lt;b&gt;", "(p \"a <img src=x onerror=alert(1)> <b\"~\"c> <b>\")"),
        ("<details><summary>a</summary>\n\n- b", r#"(p "<details><summary>a</summary>") (ul (li (p "b")))"#),
        ("```html\n<b>\n```\n`<i>`", r#"(code:html "<b>") (p `<i>`)"#),
    ]);
}

#[test]
fn links_that_are_not_safe_to_offer_lead_nowhere() {
    for target in [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "<java\tscript:alert(1)>",
        "javascript&colon;alert(1)",
        "&#106;avascript:alert(1)",
        "&#x6A&#x61;vascript:alert(1)",
        "\\javascript:alert(1)",
        "java&Tab;script:alert(1)",
        "java&NewLine;script:alert(1)",
        "&#1;javascript:alert(1)",
        "&nbsp;javascript:alert(1)",
        "<  javascript:alert(1)>",
        "data:text/html;base64,PHNjcmlwdD4=",
        "vbscript:msgbox(1)",
        "/settings",
        "#key",
        "//evil.example",
        "https:evil.example",
        "ht&Tab;tps://evil.example",
    ] {
        for text in
            [format!("[a *b*]({target})"), format!("![a *b*]({target})"), format!("[a *b*][r]\n\n[r]: {target}")]
        {
            let tree = show(&Document::parse(&text));
            assert!(!tree.contains("(a ") && !tree.contains("(img "), "{text}: {tree}");
            assert!(tree.contains(r#""a "(em "b")"#) || tree.contains(r#"[a "(em "b")"]"#), "{text}: {tree}");
        }
        let tree = show(&Document::parse(&format!("<{target}>")));
        assert!(!tree.contains("(a "), "<{target}>: {tree}");
    }
}

#[test]
fn long_text_comes_in_pieces() {
    let text = "some words ".repeat(100);
    let document = Document::parse(&text);
    let crate::Block::Paragraph(pieces) = &document.blocks()[0].content else { panic!("a paragraph is a paragraph") };
    assert!(pieces.len() >= 8, "{}", pieces.len());
    assert_eq!(show(&document), format!("(p {:?})", text.trim_end()));
}
