//! Tokens for display: a token may end within a character, a displayed segment does not.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;

/// A stretch of text that is displayed as one: a token, or several that only together are complete characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Where the segment ends, in bytes of the text.
    pub end: usize,
    /// The number of tokens, one or more.
    pub tokens: u32,
}

/// A part of the text that is laid out separately: some lines, or a piece of a very long one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The range of bytes in the text.
    pub bytes: Range<usize>,
    /// The number of its first token in the text, from 0.
    pub first: usize,
    /// The segments of the block.
    pub segments: Vec<Segment>,
}

/// A block ends at the first line end after this many bytes.
const SOME: usize = 1_500;
/// Without a line end, a block ends after this many bytes.
const MANY: usize = 4_000;

/// Groups the tokens of text, by where they end in bytes, into segments, and those into blocks. Joined, the blocks
/// are always the text: anything after the last end is a separate segment.
#[must_use]
pub fn blocks(text: &str, ends: &[u32]) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut block = Block { bytes: 0..0, first: 0, segments: Vec::new() };
    let mut token = 0;
    for segment in segments(text, ends) {
        block.bytes.end = segment.end;
        token += segment.tokens as usize;
        block.segments.push(segment);
        let line_ends = text.as_bytes().get(segment.end - 1) == Some(&b'\n');
        if block.bytes.len() >= MANY || (line_ends && block.bytes.len() >= SOME) {
            blocks.push(block);
            block = Block { bytes: segment.end..segment.end, first: token, segments: Vec::new() };
        }
    }
    if !block.segments.is_empty() {
        blocks.push(block);
    }
    blocks
}

/// Returns blocks of text whose tokens are unknown: of the usual length, without segments.
#[must_use]
pub fn plain_blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let rest = text.as_bytes().get(start..).unwrap_or_default();
        let line_ends = rest.iter().take(MANY).skip(SOME - 1).position(|byte| *byte == b'\n');
        let after = start + line_ends.map_or(MANY, |at| at + SOME).min(rest.len());
        let end = (after..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
        blocks.push(Block { bytes: start..end, first: 0, segments: Vec::new() });
        start = end;
    }
    blocks
}

/// Joins tokens until they end at the end of a user-perceived character.
fn segments(text: &str, ends: &[u32]) -> Vec<Segment> {
    let bytes = text.as_bytes();
    let mut segments = Vec::with_capacity(ends.len());
    let (mut last, mut tokens) = (0, 0);
    // The end of the last grapheme visited.
    let mut walked = 0;
    for end in ends {
        let end = *end as usize;
        tokens += 1;
        if end <= last || end < walked || end > text.len() {
            continue;
        }
        let around = (bytes.get(end - 1).copied().unwrap_or_default(), bytes.get(end).copied().unwrap_or_default());
        // Within ASCII one check is enough, which covers all of a megabyte of code.
        let is_end = if around.0.is_ascii() && around.1.is_ascii() {
            around != (b'\r', b'\n')
        } else {
            while walked < end {
                walked += text.get(walked..).and_then(|rest| rest.graphemes(true).next()).map_or(1, str::len);
            }
            walked == end
        };
        if is_end {
            segments.push(Segment { end, tokens });
            (walked, last, tokens) = (end, end, 0);
        }
    }
    let last = segments.last().map_or(0, |last| last.end);
    if last < text.len() {
        segments.push(Segment { end: text.len(), tokens: tokens.max(1) });
    }
    segments
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pieces<'a>(text: &'a str, ends: &[u32]) -> Vec<(&'a str, u32)> {
        let mut start = 0;
        let piece = |segment: &Segment| {
            let piece = (&text[start..segment.end], segment.tokens);
            start = segment.end;
            piece
        };
        let segments: Vec<Segment> = blocks(text, ends).into_iter().flat_map(|block| block.segments).collect();
        segments.iter().map(piece).collect()
    }

    #[test]
    fn tokens_that_split_a_character_are_shown_together() {
        assert_eq!(pieces("one two", &[3, 7]), [("one", 1), (" two", 1)]);
        assert_eq!(pieces("a🦀b", &[1, 3, 5, 6]), [("a", 1), ("🦀", 2), ("b", 1)]);
        assert_eq!(pieces("👩\u{200d}👧x", &[4, 7, 11, 12]), [("👩\u{200d}👧", 3), ("x", 1)]);
        assert_eq!(pieces("e\u{301}t", &[1, 3, 4]), [("e\u{301}", 2), ("t", 1)]);
        assert_eq!(pieces("a\r\nb", &[2, 3, 4]), [("a\r\n", 2), ("b", 1)]);
        assert_eq!(pieces("", &[]), []);
    }

    #[test]
    fn lines_are_blocks_and_a_long_line_is_cut() {
        let line = "word ".repeat(199) + "word\n";
        let text = line.repeat(6) + &"x".repeat(10_000);
        let ends: Vec<u32> = (1..=text.len()).map(|end| u32::try_from(end).unwrap()).collect();
        let blocks = blocks(&text, &ends);
        let bytes: Vec<usize> = blocks.iter().map(|block| block.bytes.len()).collect();
        assert_eq!(bytes, [2 * line.len(), 2 * line.len(), 2 * line.len(), 4_000, 4_000, 2_000]);
        assert_eq!(blocks[3].first, 6 * line.len());
    }

    #[test]
    fn a_megabyte_of_flags_is_not_quadratic() {
        let flags = "🇫🇮".repeat(1 << 17);
        let ends: Vec<u32> = (1..=flags.len() / 4).map(|end| u32::try_from(4 * end).unwrap()).collect();
        let blocks = blocks(&flags, &ends);
        assert!(blocks.iter().flat_map(|block| &block.segments).all(|segment| segment.tokens == 2));
    }

    #[test]
    fn a_text_without_tokens_is_in_blocks_too() {
        let bytes = |text: &str| plain_blocks(text).iter().map(|block| block.bytes.len()).collect::<Vec<_>>();
        assert_eq!(bytes(""), [0; 0]);
        assert_eq!(bytes("a line\nand another"), [18]);
        assert_eq!(bytes(&("x".repeat(999) + "\n").repeat(4)), [2_000, 2_000]);
        assert_eq!(bytes(&"\u{1f980}".repeat(2_001)), [4_000, 4_000, 4]);
        assert_eq!(bytes(&("x".to_owned() + &"\u{1f980}".repeat(1_000))), [4_001], "no character is cut");
    }

    proptest! {
        #[test]
        fn a_stretch_ends_where_a_token_and_a_character_do(
            text in "[a\r\n \u{301}\u{200d}\u{fe0f}\u{1f469}\u{1f1eb}\u{1f1ee}\u{915}\u{94d}\u{1100}\u{1161}\u{600}]{0,40}",
            cuts in prop::collection::vec(any::<u16>(), 0..60),
        ) {
            let ends: std::collections::BTreeSet<u32> =
                cuts.iter().map(|cut| u32::from(*cut) % (u32::try_from(text.len()).unwrap() + 1)).collect();
            let characters = text.grapheme_indices(true).map(|(at, character)| at + character.len());
            let mut both: Vec<usize> = characters.filter(|at| ends.contains(&u32::try_from(*at).unwrap())).collect();
            if !text.is_empty() && both.last() != Some(&text.len()) {
                both.push(text.len());
            }
            let ends: Vec<u32> = ends.into_iter().collect();
            let shown: Vec<usize> = segments(&text, &ends).iter().map(|segment| segment.end).collect();
            prop_assert_eq!(shown, both);
        }

        #[test]
        fn any_ends_at_all_give_the_whole_text(text in ".{0,60}", ends in prop::collection::vec(any::<u32>(), 0..40)) {
            let blocks = blocks(&text, &ends);
            let joined: String = blocks.into_iter().filter_map(|block| text.get(block.bytes)).collect();
            prop_assert_eq!(joined, text);
        }

        #[test]
        fn blocks_join_to_the_text_and_hold_every_token(text in ".{0,300}", cuts in prop::collection::vec(any::<u16>(), 0..80)) {
            let plain: String = plain_blocks(&text).into_iter().filter_map(|block| text.get(block.bytes)).collect();
            prop_assert_eq!(&plain, &text);
            let mut ends: Vec<u32> =
                cuts.iter().map(|cut| u32::from(*cut) % (u32::try_from(text.len()).unwrap() + 1)).filter(|end| *end > 0).collect();
            ends.push(u32::try_from(text.len()).unwrap());
            ends.sort_unstable();
            ends.dedup();
            ends.retain(|end| *end > 0);
            let blocks = blocks(&text, &ends);
            let mut at = 0;
            let mut tokens = 0;
            for block in &blocks {
                prop_assert_eq!((block.bytes.start, block.first), (at, tokens));
                for segment in &block.segments {
                    prop_assert!(segment.end > at && text.is_char_boundary(segment.end));
                    at = segment.end;
                    tokens += segment.tokens as usize;
                }
                prop_assert_eq!(block.bytes.end, at);
            }
            prop_assert_eq!((at, tokens), (text.len(), ends.len()));
        }
    }
}
