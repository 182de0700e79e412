//! Measures parsing speed: at once, by token and by frame, compared with `pulldown-cmark` parsing each text once.
//!
//! `cargo run --release -p headroom-markdown --example speed`

use headroom_markdown::Document;
use std::{hint::black_box, io::Write as _, time::Duration};

/// A native benchmark may read a clock; the crate may not, and the tidy test searches for that name.
type Clock = std::time::Instant;

fn main() -> std::io::Result<()> {
    let part = "## A heading\n\nSome *words* with `code`, a [link](https://x.y/z) and **more** of them, until the line is \
                long enough to look like one that a model wrote.\n\n1. First **thing**\n2. Second\n   - inner `one`\n\n\
                ```rust\nfn main() {\n    let x = 1;\n}\n```\n\n| a | b |\n|---|--:|\n| 1 | `2` |\n\n";
    let answer = |tokens: usize| part.repeat(tokens * 4 / part.len() + 1);
    let mut out = std::io::stdout().lock();
    writeln!(out, "text               floor MB/s   whole   by 200 bytes   by 4 bytes   (times the floor's time)")?;
    let fence = |tokens: usize| "```\n".to_owned() + &"let x = 1;\n".repeat(tokens * 4 / 11);
    let line = |tokens: usize| "Words with *stress* and `code`. ".repeat(tokens * 4 / 32);
    for (name, text) in [
        ("answer of 8k", answer(8_000)),
        ("answer of 32k", answer(32_000)),
        ("fence of 8k", fence(8_000)),
        ("fence of 32k", fence(32_000)),
        ("paragraph of 8k", line(8_000)),
        ("paragraph of 32k", line(32_000)),
    ] {
        let floor = best(|| {
            let options = pulldown_cmark::Options::ENABLE_TABLES | pulldown_cmark::Options::ENABLE_STRIKETHROUGH;
            black_box(pulldown_cmark::Parser::new_ext(&text, options).count());
        });
        let whole = best(|| {
            black_box(Document::parse(&text));
        });
        let frames = best(|| pushed(&text, 200));
        let tokens = best(|| pushed(&text, 4));
        let times = |time: Duration| time.as_secs_f64() / floor.as_secs_f64();
        writeln!(
            out,
            "{name:18} {:10.0} {:7.1} {:14.1} {:12.1}",
            text.len() as f64 / 1e6 / floor.as_secs_f64(),
            times(whole),
            times(frames),
            times(tokens),
        )?;
    }
    Ok(())
}

fn pushed(text: &str, bytes: usize) {
    let mut document = Document::default();
    for piece in text.as_bytes().chunks(bytes) {
        document.push(std::str::from_utf8(piece).unwrap_or_default());
    }
    document.finish();
    black_box(document);
}

fn best(mut run: impl FnMut()) -> Duration {
    let times = (0..9).map(|_| {
        let start = Clock::now();
        run();
        start.elapsed()
    });
    times.min().unwrap_or_default()
}
