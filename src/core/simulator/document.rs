//! Long documents of an exact length in tokens: alternating prose, lists, tables, quotes and code.

use std::fmt::Write as _;

use crate::{rng::Rng, tokens::pieces};

const SUBJECTS: &[&str] = &[
    "The river",
    "A good plan",
    "Every bucket",
    "The first token",
    "A patient reader",
    "The old harbour",
    "Each request",
    "The long way round",
    "A small city",
    "The quiet machine",
];
const VERBS: &[&str] =
    &["carries", "remembers", "measures", "outlives", "explains", "follows", "weighs", "returns", "gathers", "forgets"];
const OBJECTS: &[&str] = &[
    "what the morning left behind",
    "more than one answer at a time",
    "the weight of a **single word**",
    "its own slow reflection",
    "the sum of many small steps",
    "a map that is *almost* true",
    "the patience of the next one in line",
    "whatever `limit - used` allows",
    "the names of all who waited",
    "a promise made in plain numbers",
];
const TURNS: &[&str] = &[
    "and nobody minds",
    "which is why it lasts",
    "although the clock disagrees",
    "as the tables below show",
    "until the light changes",
    "because someone counted",
    "so the next line can begin",
    "and that is enough",
];
const HEADINGS: &[&str] = &[
    "What stays",
    "Counting the water",
    "A longer look",
    "Numbers and names",
    "On waiting",
    "The other bank",
    "Small machines",
    "Where it ends",
];
const CODE: &[&str] = &[
    "```rust\nfn left(limit: u64, used: u64, reserved: u64) -> u64 {\n    limit.saturating_sub(used).saturating_sub(reserved)\n}\n```",
    "```python\ndef wait(missing: float, per_second: float) -> float:\n    return max(0.0, missing / per_second)\n```",
    "```javascript\nconst total = lanes.reduce((sum, lane) => sum + lane.tokens, 0);\nconsole.log(`${total} tokens`);\n```",
    "```json\n{ \"limit\": 60000, \"used\": 41250, \"reserved\": 3000 }\n```",
];

/// Returns a document of exactly `tokens` tokens. It is cut where the tokens end, so it is a prefix of a longer one
/// with the same seed.
pub(crate) fn document(topic: &str, tokens: u64, rng: &mut Rng) -> String {
    let mut text = if topic.is_empty() { "# A long document\n\n".to_owned() } else { format!("# About {topic}\n\n") };
    let mut length = crate::tokens::count_tokens(&text);
    let mut section = 0_u64;
    while length < tokens {
        section += 1;
        let block = block(section, rng);
        // Blocks end in an empty line, which no token crosses: the lengths add up.
        length += crate::tokens::count_tokens(&block);
        text.push_str(&block);
    }
    let wanted = usize::try_from(tokens).unwrap_or(usize::MAX);
    let end: usize = pieces(&text).take(wanted).map(str::len).sum();
    text.truncate(end);
    text
}

fn block(section: u64, rng: &mut Rng) -> String {
    let mut block = String::new();
    match section % 9 {
        1 => {
            let heading = rng.pick(HEADINGS).copied().unwrap_or_default();
            let _ = write!(block, "## {}. {heading}", section / 9 + 1);
        }
        4 => {
            for _ in 0..4 + rng.below(3) {
                let _ = writeln!(block, "- {}", sentence(rng));
            }
        }
        6 => {
            block.push_str("| part | tokens | share |\n|---|---:|---:|\n");
            for row in 1..=3 + rng.below(4) {
                let _ = writeln!(block, "| section {row} | {} | {}% |", rng.below(9_000), rng.below(100));
            }
        }
        7 => block.push_str(rng.pick(CODE).copied().unwrap_or_default()),
        8 => {
            let _ = write!(block, "> {}", sentence(rng));
        }
        _ => {
            for _ in 0..3 + rng.below(4) {
                block.push_str(&sentence(rng));
                block.push(' ');
            }
        }
    }
    block.truncate(block.trim_end().len());
    block.push_str("\n\n");
    block
}

/// A sentence in five parts.
pub(crate) fn sentence(rng: &mut Rng) -> String {
    let mut word = |from: &[&'static str]| rng.pick(from).copied().unwrap_or_default();
    format!("{} {} {}, {}.", word(SUBJECTS), word(VERBS), word(OBJECTS), word(TURNS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::count_tokens;

    #[test]
    fn a_document_has_exactly_the_tokens_that_were_asked_for() {
        for tokens in [0, 1, 7, 100, 8_192, 32_768] {
            assert_eq!(count_tokens(&document("rivers", tokens, &mut Rng::new(3))), tokens);
        }
    }

    #[test]
    fn it_is_markdown_of_many_kinds_at_about_four_bytes_a_token() {
        let text = document("", 8_192, &mut Rng::new(1));
        for sign in ["\n## ", "\n- ", "\n| ", "\n> ", "```rust\n", "**"] {
            assert!(text.contains(sign), "{sign:?}");
        }
        assert!((3 * 8_192..6 * 8_192).contains(&text.len()), "{} bytes", text.len());
    }
}
