//! The cost of a token, counted in bytes reparsed: the same at the end of a long answer as at its start, and inside one
//! long block.

use crate::{Document, Work};

/// Bytes in a token, and in each push here. On the page a push is the text of one animation frame, a few hundred bytes,
/// which costs less per byte.
const TOKEN: usize = 4;

fn paragraph(out: &mut String, number: usize) {
    for word in 0..60 {
        let word = ["the", "**window**", "of `tokens`", "fills", "up,", "[slowly](https://x.y/z)", "and", "it's"]
            [(word * number + word) % 8];
        out.push_str(word);
        out.push(' ');
    }
    out.push_str("\n\n");
}

fn mixed(out: &mut String, number: usize) {
    out.push_str(&format!("## Part {number}\n\n"));
    paragraph(out, number);
    out.push_str("1. First **thing**\n2. Second\n   - inner `one`\n   - inner two\n\n");
    out.push_str("```rust\nfn main() {\n    let x = 1;\n}\n```\n\n| a | b |\n|---|--:|\n| 1 | `2` |\n| 3 | 4 |\n\n> quoted\n> text\n\n");
}

fn answer(tokens: usize, head: &str, part: impl Fn(&mut String, usize)) -> String {
    let mut out = head.to_owned();
    let mut number = 0;
    while out.len() < tokens * TOKEN {
        number += 1;
        part(&mut out, number);
    }
    out
}

/// Returns the kinds of answers, by name.
pub(super) fn answers(tokens: usize) -> Vec<(&'static str, String)> {
    vec![
        ("mixed", answer(tokens, "", mixed)),
        ("paragraphs", answer(tokens, "", paragraph)),
        ("one fence", answer(tokens, "```rust\n", |out, n| out.push_str(&format!("    let x{n} = `{n}`;\n")))),
        (
            "one fence in a list",
            answer(tokens, "1. Do\n   ```rust\n", |out, n| out.push_str(&format!("   let x{n} = {n};\n"))),
        ),
        ("one list", answer(tokens, "", |out, n| out.push_str(&format!("- item **{n}** of a list\n")))),
        (
            "one list inside of another",
            answer(tokens, "- outer\n", |out, n| out.push_str(&format!("  {n}. inner `{n}`\n"))),
        ),
        ("one loose list", answer(tokens, "", |out, n| out.push_str(&format!("{n}. item\n\n   more of it\n\n")))),
        (
            "one table",
            answer(tokens, "| a | b |\n|---|---|\n", |out, n| out.push_str(&format!("| row {n} | **b** `c` |\n"))),
        ),
        ("one quotation", answer(tokens, "", |out, n| out.push_str(&format!("> line {n} of it\n>\n")))),
        (
            "one paragraph",
            answer(tokens, "", |out, n| out.push_str(&format!("sentence {n} has *stress*, `code` and 2 * 3. "))),
        ),
        ("one paragraph of lines", answer(tokens, "", |out, n| out.push_str(&format!("line {n} has **stress**\n")))),
        ("one bold paragraph", answer(tokens, "**", |out, n| out.push_str(&format!("sentence {n} of it. ")))),
        ("one heading", answer(tokens, "# ", |out, n| out.push_str(&format!("word{n} ")))),
        ("one word", answer(tokens, "", |out, _| out.push_str("语言模型的回答"))),
        ("one row", answer(tokens, "| a | b |\n|---|---|\n", |out, n| out.push_str(&format!("word {n} \\| ")))),
        ("one line of stars", answer(tokens, "a\n", |out, _| out.push('*'))),
        ("one line of dashes", answer(tokens, "| a |\n", |out, _| out.push('-'))),
        (
            "formulas",
            answer(tokens, "", |out, n| out.push_str(&format!("With $a_{n}$ and \\(b\\):\n\n$$\nx\n- y\n$$\n\n"))),
        ),
        ("prices", answer(tokens, "", |out, n| out.push_str(&format!("It costs ${n} or **$10** a month. ")))),
        ("addresses", answer(tokens, "", |out, n| out.push_str(&format!("see https://x.y/page/{n} and www.x.y. ")))),
        ("Chinese", answer(tokens, "", |out, _| out.push_str("这是**「重要」**的，见 https://x.y/a。"))),
        ("one fence of markdown", answer(tokens, "```md\n", |out, n| out.push_str(&format!("# {n}\n```js\na\n```\n")))),
        ("one formula", answer(tokens, "$$\n", |out, n| out.push_str(&format!("a_{n} &= b \\\\\n")))),
        ("one row of prices", answer(tokens, "| a | b |\n|---|---|\n", |out, n| out.push_str(&format!("${n} \\| ")))),
        ("open brackets", answer(tokens, "", |out, _| out.push_str("[a "))),
        ("open code", answer(tokens, "`", |out, _| out.push_str("code "))),
    ]
}

fn typed(text: &str) -> Work {
    let mut document = Document::default();
    let mut rest = text;
    while !rest.is_empty() {
        let mut at = TOKEN.min(rest.len());
        while !rest.is_char_boundary(at) {
            at += 1;
        }
        document.push(&rest[..at]);
        rest = &rest[at..];
    }
    document.finish();
    document.work()
}

/// Returns how many times each byte was read.
fn again(work: Work) -> f64 {
    (work.judged + work.parsed) as f64 / work.pushed as f64
}

/// How many times each byte may be read in typical answers.
const ORDINARY: f64 = 8.0;
/// The same for text with no safe place to resume for a long time: one endless word, or markup that never closes.
const ODD: f64 = 64.0;
/// The same for text where only the window bounds what is open.
const WORST: f64 = 160.0;

fn most(name: &str) -> f64 {
    match name {
        "open brackets" => WORST,
        "one word" | "one bold paragraph" | "one heading" | "one row" | "open code" | "one formula" => ODD,
        "one row of prices" => ODD,
        "one line of stars" | "one line of dashes" => ODD,
        _ => ORDINARY,
    }
}

#[test]
fn a_token_costs_the_same_in_a_long_answer_and_in_a_long_block() {
    for ((name, short), (_, long)) in answers(8_000).into_iter().zip(answers(32_000)) {
        let (short, long) = (again(typed(&short)), again(typed(&long)));
        assert!(long <= most(name), "{name}: each byte was read {long:.1} times");
        assert!(long <= short * 1.1 + 0.1, "{name}: {short:.2} times in 8k tokens, {long:.2} in 32k");
    }
}

#[test]
fn in_pushes_of_a_frame_hardly_anything_is_read_twice() {
    let (_, text) = answers(8_000).remove(0);
    let mut document = Document::default();
    for frame in text.as_bytes().chunks(200) {
        document.push(std::str::from_utf8(frame).expect("this answer is ASCII"));
    }
    document.finish();
    let again = again(document.work());
    assert!(again <= 3.0, "each byte was read {again:.1} times");
}
