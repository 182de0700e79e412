//! Markdown in the document.

use headroom::{dom_text::AppendOnlyText, markdown_dom::MarkdownDom};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Element;

use crate::fixtures::{all, element};

const TEXTS: [&str; 10] = [
    "# Title\n\nA paragraph with *emphasis*, **strong**, `code` and ~~struck~~ text.\nSecond line.\n\n---\n\nlast",
    "- one\n- two\n  - deep\n    1. deeper\n- [x] done\n- [ ] not\n\nafter",
    "| a | b |\n|---|--:|\n| 1 | 2 |\n| *x* | `y` |\n\nafter the table",
    "```rust\nfn main() {\n    println!(\"<b>hi</b>\");\n}\n```\n\n    indented\n",
    "> quoted\n> > twice\n\n1. a\n\n   b\n2. c",
    "[fine](https://example.com \"title\") [bad](javascript:alert(1)) ![picture](https://example.com/x.png) <https://example.org>",
    "<script>alert(1)</script> <b>raw</b> &amp; &lt; <!-- note -->",
    "A *half **open\n\n| not a | table\n\n``` \nnever closed",
    "\\(a \\ne b\\) and\n$$\nx\n- y\n$$\n\n| a | b |\n|---|---|\n| $P(X|Y)$<br>c | d | e |\n\n3. a\n1. b\n\n[1]: https://x.y",
    "```markdown\n# a\n```js\nb\n```\nc\n```\n\n**「朝」**から**「夜」**、https://x.y/a。[readme](README.md)",
];

fn painted(pieces: &[&str]) -> Element {
    let place = element();
    let mut painter = MarkdownDom::new(place.clone().into());
    for piece in pieces {
        painter.push(piece);
    }
    painter.finish();
    place.remove();
    place.into()
}

#[wasm_bindgen_test]
fn a_text_in_any_pieces_is_painted_as_it_is_at_once() {
    for text in TEXTS {
        let whole = painted(&[text]).inner_html();
        for size in [1, 2, 3, 7, 20] {
            let letters: Vec<char> = text.chars().collect();
            let pieces: Vec<String> = letters.chunks(size).map(|piece| piece.iter().collect()).collect();
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            assert_eq!(painted(&pieces).inner_html(), whole, "pieces of {size}: {text}");
        }
    }
}

#[wasm_bindgen_test]
fn model_output_is_nodes_and_never_markup() {
    let place = painted(&TEXTS);
    assert!(place.query_selector("script, img, [onerror], [style]").unwrap().is_none());
    let text = painted(&[TEXTS[6]]).text_content().unwrap();
    assert!(text.contains("<script>alert(1)</script>"), "raw HTML is text: {text}");
}

#[wasm_bindgen_test]
fn links_are_allow_listed_and_images_are_links() {
    let place = painted(&[TEXTS[5]]);
    let hrefs: Vec<String> = all(&place, "a").iter().map(|link| link.get_attribute("href").unwrap()).collect();
    assert_eq!(hrefs, ["https://example.com", "https://example.com/x.png", "https://example.org"]);
    let first = place.query_selector("a").unwrap().unwrap();
    assert_eq!(first.get_attribute("rel").as_deref(), Some("noopener noreferrer"));
    assert!(place.text_content().unwrap().contains("bad"), "the words of a refused link stay");
}

/// `[readme](README.md)` was shown as "readme": the target was lost.
#[wasm_bindgen_test]
fn a_relative_or_unsafe_link_shows_its_target_as_text() {
    for (text, shown) in [
        ("[readme](README.md)", "readme (README.md)"),
        ("[README.md](README.md)", "README.md"),
        ("[](docs/a.md)", "(docs/a.md)"),
        ("![cat](cat.png \"A cat\")", "Image: cat (cat.png)"),
        ("[go](javascript:alert(1))", "go (javascript:alert(1))"),
        ("[up](#top)", "up (#top)"),
        ("[a]()", "a"),
        ("[![build](badge.svg)](https://x.y)", "build"),
        ("[![](badge.svg)](https://x.y)", "badge.svg"),
    ] {
        let place = painted(&[text]);
        assert_eq!(place.text_content().as_deref(), Some(shown), "{text}");
        let hrefs: Vec<Option<String>> = all(&place, "a").iter().map(|link| link.get_attribute("href")).collect();
        assert!(hrefs.iter().all(|href| href.as_deref() == Some("https://x.y")), "{text}: {hrefs:?}");
    }
    let long = format!("![a](data:image/png;base64,{})", "A".repeat(100_000));
    let place = painted(&[&long]);
    assert!(place.text_content().unwrap().len() < 300, "a data URL does not fill the page");
    let target = place.query_selector(".link-target").unwrap().unwrap();
    assert_eq!(target.get_attribute("title").map(|title| title.len()), Some(100_022));
}

/// Answers in Arabic and Hebrew were laid out left to right.
#[wasm_bindgen_test]
fn each_block_has_the_direction_of_its_text() {
    let text = "مرحبا `let x`\n\nhello\n\n# שלום\n\n- **شكرا** x\n- thanks\n  - עוד\n\n> اقتباس\n\n| اسم | b |\n|---|---|\n| c | ד |\n\n```js\n// مرحبا\n```\n";
    let place = painted(&[text]);
    web_sys::window().unwrap().document().unwrap().body().unwrap().append_child(&place).unwrap();
    let rtl = |selector: &str| -> Vec<bool> {
        all(&place, selector).iter().map(|element| element.matches(":dir(rtl)").unwrap()).collect()
    };
    assert_eq!(rtl("p"), [true, false, true, false, true, true]);
    assert_eq!(rtl("h3"), [true]);
    assert_eq!(rtl("li"), [true, false, true]);
    assert_eq!(rtl("blockquote"), [true]);
    assert_eq!(rtl("table"), [true]);
    assert_eq!(rtl("th, td"), [true, false, false, true]);
    assert_eq!(rtl("pre, code"), [false, false, false]);
    place.remove();
}

#[wasm_bindgen_test]
fn info_strings_item_numbers_and_formulas_are_shown_as_written() {
    let place = painted(&["```rust no_run main.rs\na\n```\n\n3. a\n4. b\n7. c\n\n\\[\na \\\\ b\n\\]"]);
    let header = place.query_selector(".code-language").unwrap().unwrap();
    assert_eq!(header.text_content().as_deref(), Some("rust no_run main.rs"));
    let values: Vec<Option<String>> = all(&place, "li").iter().map(|item| item.get_attribute("value")).collect();
    assert_eq!(values, [None, None, Some("7".to_owned())]);
    let formula = place.query_selector(".formula").unwrap().unwrap();
    assert_eq!(formula.text_content().as_deref(), Some("\\[\na \\\\ b\n\\]"));
}

#[wasm_bindgen_test]
fn headings_leave_no_level_out() {
    let text = "## a\n\n#### b\n\n## c\n\n# d\n\n### e\n\n###### f\n";
    let place = painted(&[text]);
    let headings = all(&place, "h1, h2, h3, h4, h5, h6");
    let tags: Vec<String> = headings.iter().map(Element::tag_name).collect();
    assert_eq!(tags, ["H3", "H4", "H3", "H3", "H4", "H5"]);
}

#[wasm_bindgen_test]
fn code_grows_and_what_is_there_stays_the_same_node() {
    let place = element();
    let mut painter = MarkdownDom::new(place.clone().into());
    painter.push("```text\n");
    painter.push(&"line\n".repeat(60));
    let first = place.query_selector("code .lines").unwrap().unwrap();
    painter.push(&"more\n".repeat(60));
    assert!(place.query_selector("code .lines").unwrap().unwrap().is_same_node(Some(&first)));
    let code = place.query_selector("code").unwrap().unwrap();
    assert_eq!(code.text_content().unwrap().lines().count(), 120);
    assert!(code.child_element_count() >= 3, "a long block is laid out in parts");
    place.remove();
}

#[wasm_bindgen_test]
fn plain_text_only_grows() {
    let place = element();
    let mut text = AppendOnlyText::new(place.clone().into());
    for source in ["a", "a\nb", "a\nb<i>", "a\nb<i>\n\nc"] {
        text.update(source);
        assert_eq!(place.text_content().as_deref(), Some(source));
    }
    place.remove();
}
