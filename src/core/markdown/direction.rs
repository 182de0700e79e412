//! Text direction.

use crate::Inline;

/// Whether the text is right-to-left. As with `dir="auto"` in HTML, the first letter decides. Code and formulas do not
/// count.
#[must_use]
pub fn is_right_to_left(inlines: &[Inline]) -> bool {
    first(inlines).is_some_and(is_right_to_left_letter)
}

fn first(inlines: &[Inline]) -> Option<char> {
    inlines.iter().find_map(|inline| match inline {
        Inline::Text(text) => text.chars().find(|letter| letter.is_alphabetic()),
        Inline::Emphasis(inside) | Inline::Strong(inside) | Inline::Strike(inside) => first(inside),
        Inline::Link { children, .. } | Inline::InertLink { children, .. } => first(children),
        Inline::Code(_) | Inline::Formula(_) | Inline::SoftBreak | Inline::HardBreak => None,
    })
}

/// Hebrew, Arabic, Syriac, Thaana, NKo and similar.
fn is_right_to_left_letter(letter: char) -> bool {
    matches!(letter, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}')
        || matches!(letter, '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Block, Document};

    #[test]
    fn the_first_letter_decides() {
        for (text, expected) in [
            ("שלום world", true),
            ("مرحبا", true),
            ("1. **\u{202b}مرحبا**", true),
            ("`code` و", true),
            ("$x$ و", true),
            ("hello שלום", false),
            ("你好 שלום", false),
            ("123", false),
        ] {
            let document = Document::parse(&format!("| {text} |\n|---|"));
            let Some(Block::Table { head, .. }) = document.blocks().first().map(|block| &block.content) else {
                panic!("a table is a table")
            };
            assert_eq!(is_right_to_left(&head[0]), expected, "{text}");
        }
    }
}
