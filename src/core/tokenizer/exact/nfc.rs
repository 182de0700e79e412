//! Unicode's normalization form C, which Qwen applies to text before splitting it.

use std::borrow::Cow;

/// The character data of the form, except for Hangul syllables, which are arithmetic. Numbers are as in `classes.bin`.
/// First comes the number of decompositions, then each, in ascending order of the characters: the distance to the
/// previous character, above two bits for whether it has a second character and whether the two are composed again; the
/// first character, as the difference to the previous first one, with negative differences as odd numbers; the second
/// character. Then, to the end, runs of characters of one combining class: the number of characters before it, its
/// length minus one, and the class.
///
/// Uses the Unicode version of the reference, which is an old one. Made by `vocabulary_packer --nfc`, whose test
/// regenerates it.
const TABLE: &[u8] = include_bytes!("nfc.bin");

/// Hangul syllables and the letters they are composed of.
const SYLLABLES: u32 = 0xac00;
const LEADS: u32 = 0x1100;
const VOWELS: u32 = 0x1161;
/// One before the first: no trailing consonant counts as one.
const TRAILS: u32 = 0x11a7;
const LEAD_COUNT: u32 = 19;
const VOWEL_COUNT: u32 = 21;
const TRAIL_COUNT: u32 = 28;

/// The first of the two bytes of the lowest character that the form changes: all characters below start lower.
const FIRST_BYTE: u8 = 0xcc;
/// The form affects no character from here on.
const POINTS: u32 = 0x3_0000;

/// The unpacked tables: about 80 KiB.
#[derive(Clone, Debug)]
pub(super) struct Nfc {
    /// A bit for each character that requires a closer look: it may change, move, or combine with the previous one.
    suspicious: Vec<u64>,
    /// Characters and their decompositions, ascending; 0 if there is no second character.
    decompositions: Vec<(u32, u32, u32)>,
    /// Pairs and their compositions, ascending.
    compositions: Vec<((u32, u32), u32)>,
    /// The first and last character of each run of a nonzero combining class, ascending.
    classes: Vec<(u32, u32, u8)>,
}

/// Text in form C, and where it differs from the original.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Normal<'a> {
    pub(super) text: Cow<'a, str>,
    changes: Vec<Change>,
}

/// A changed stretch: its byte ranges before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Change {
    before: (usize, usize),
    after: (usize, usize),
}

impl Nfc {
    pub(super) fn unpack() -> Self {
        let mut numbers = super::classes::Numbers(TABLE.iter());
        let mut next = || numbers.next();
        let count = next().unwrap_or_default();
        let (mut decompositions, mut compositions) = (Vec::new(), Vec::new());
        let (mut character, mut first) = (0u32, 0u32);
        for _decomposition in 0..count {
            let (head, difference) = (next().unwrap_or_default(), next().unwrap_or_default());
            character = character.wrapping_add(head >> 2);
            let half = difference >> 1;
            first = first.wrapping_add(if difference & 1 == 0 { half } else { !half });
            let second = if head & 1 == 0 { 0 } else { next().unwrap_or_default() };
            decompositions.push((character, first, second));
            if head & 2 != 0 {
                compositions.push(((first, second), character));
            }
        }
        compositions.sort_unstable();
        let (mut classes, mut end) = (Vec::new(), 0u32);
        while let (Some(gap), Some(more), Some(class)) = (next(), next(), next()) {
            let first = end.saturating_add(gap);
            let last = first.saturating_add(more);
            classes.push((first, last, u8::try_from(class).unwrap_or_default()));
            end = last.saturating_add(1);
        }
        let mut nfc = Self { suspicious: vec![0; POINTS as usize / 64], decompositions, compositions, classes };
        nfc.suspect();
        nfc
    }

    fn suspect(&mut self) {
        let letters = (VOWELS..VOWELS + VOWEL_COUNT).chain(TRAILS + 1..TRAILS + TRAIL_COUNT);
        let classed = self.classes.iter().flat_map(|&(first, last, _)| first..=last);
        let joining = self.compositions.iter().map(|&((_, second), _)| second);
        let mut points: Vec<u32> = letters.chain(classed).chain(joining).collect();
        points.sort_unstable();
        let begins_so = |point: u32| points.binary_search(&self.first_of(point)).is_ok();
        let composed = |first, second, point| self.compose(first, second) == Some(point);
        let changing = self
            .decompositions
            .iter()
            .filter(|&&(point, first, second)| !composed(first, second, point) || begins_so(point));
        let changing: Vec<u32> = changing.map(|&(point, ..)| point).collect();
        for point in points.into_iter().chain(changing) {
            if let Some(bits) = self.suspicious.get_mut(point as usize / 64) {
                *bits |= 1 << (point % 64);
            }
        }
    }

    /// Returns the text in form C. Text that is already in it is scanned and not copied. Linear in the text, except
    /// that a run of combining marks is sorted.
    pub(super) fn normal<'a>(&self, text: &'a str) -> Normal<'a> {
        let (mut normal, mut changes, mut copied) = (String::new(), Vec::new(), 0);
        let (mut at, mut buffer) = (0, Vec::new());
        while let Some(found) = text.as_bytes().get(at..).and_then(|rest| rest.iter().position(|b| *b >= FIRST_BYTE)) {
            let character = at + found;
            let rest = text.get(character..).unwrap_or_default();
            let Some(first) = rest.chars().next() else { break };
            at = character + first.len_utf8();
            if !self.is_suspicious(first) {
                continue;
            }
            // From the previous character, which may be affected, to the next one that is not.
            let before = text.get(..character).and_then(|before| before.chars().next_back());
            let start = character - before.map_or(0, char::len_utf8);
            let length = rest.find(|character| !self.is_suspicious(character)).unwrap_or(rest.len());
            at = character + length;
            let segment = text.get(start..at).unwrap_or_default();
            self.decompose(segment, &mut buffer);
            self.recompose(&mut buffer);
            if segment.chars().eq(buffer.iter().map(|&(_, character)| character)) {
                continue;
            }
            normal.push_str(text.get(copied..start).unwrap_or_default());
            let after = normal.len();
            normal.extend(buffer.iter().map(|&(_, character)| character));
            changes.push(Change { before: (start, at), after: (after, normal.len()) });
            copied = at;
        }
        if changes.is_empty() {
            return Normal::unchanged(text);
        }
        normal.push_str(text.get(copied..).unwrap_or_default());
        Normal { text: Cow::Owned(normal), changes }
    }

    fn is_suspicious(&self, character: char) -> bool {
        let point = u32::from(character);
        self.suspicious.get(point as usize / 64).is_some_and(|bits| bits >> (point % 64) & 1 == 1)
    }

    /// Decomposes the text into characters with their combining classes, in canonical order.
    fn decompose(&self, text: &str, into: &mut Vec<(u8, char)>) {
        into.clear();
        for character in text.chars() {
            // Only the first character is decomposed further; the longest decomposition has four characters.
            let (mut point, mut seconds) = (u32::from(character), [0; 4]);
            for second in &mut seconds {
                let Some((first, other)) = self.parts(point) else { break };
                (point, *second) = (first, other);
            }
            let points = [point].into_iter().chain(seconds.into_iter().rev().filter(|second| *second != 0));
            into.extend(points.filter_map(char::from_u32).map(|character| (self.class(character), character)));
        }
        for marks in into.chunk_by_mut(|(one, _), (other, _)| (*one == 0) == (*other == 0)) {
            marks.sort_by_key(|(class, _)| *class);
        }
    }

    /// Composes what can be composed, in place.
    fn recompose(&self, characters: &mut Vec<(u8, char)>) {
        // The place of the last character of class 0, and the class of the last kept character.
        let (mut kept, mut starter, mut last) = (0, None, 0);
        for at in 0..characters.len() {
            let Some(&(class, character)) = characters.get(at) else { break };
            let base = starter.and_then(|at: usize| characters.get_mut(at));
            if let Some((_, base)) = base
                && (last == 0 || last < class)
                && let Some(composed) = self.compose(u32::from(*base), u32::from(character))
                && let Some(composed) = char::from_u32(composed)
            {
                *base = composed;
                continue;
            }
            if class == 0 {
                starter = Some(kept);
            }
            last = class;
            if let Some(place) = characters.get_mut(kept) {
                *place = (class, character);
            }
            kept += 1;
        }
        characters.truncate(kept);
    }

    /// Returns one step of a character's decomposition; 0 if there is no second character.
    fn parts(&self, point: u32) -> Option<(u32, u32)> {
        let syllable = point.wrapping_sub(SYLLABLES);
        if syllable < LEAD_COUNT * VOWEL_COUNT * TRAIL_COUNT {
            let (rest, trail) = (syllable / TRAIL_COUNT, syllable % TRAIL_COUNT);
            return Some(match trail {
                0 => (LEADS + rest / VOWEL_COUNT, VOWELS + rest % VOWEL_COUNT),
                _ => (point - trail, TRAILS + trail),
            });
        }
        let at = self.decompositions.binary_search_by_key(&point, |&(character, ..)| character).ok()?;
        self.decompositions.get(at).map(|&(_, first, second)| (first, second))
    }

    /// Returns the first character of the full decomposition.
    fn first_of(&self, mut point: u32) -> u32 {
        for _step in 0..4 {
            let Some((first, _)) = self.parts(point) else { break };
            point = first;
        }
        point
    }

    fn compose(&self, first: u32, second: u32) -> Option<u32> {
        let (lead, vowel) = (first.wrapping_sub(LEADS), second.wrapping_sub(VOWELS));
        if lead < LEAD_COUNT && vowel < VOWEL_COUNT {
            return Some(SYLLABLES + (lead * VOWEL_COUNT + vowel) * TRAIL_COUNT);
        }
        let (syllable, trail) = (first.wrapping_sub(SYLLABLES), second.wrapping_sub(TRAILS));
        if syllable < LEAD_COUNT * VOWEL_COUNT * TRAIL_COUNT
            && syllable % TRAIL_COUNT == 0
            && (1..TRAIL_COUNT).contains(&trail)
        {
            return Some(first + trail);
        }
        let at = self.compositions.binary_search_by_key(&(first, second), |&(pair, _)| pair).ok()?;
        self.compositions.get(at).map(|&(_, composed)| composed)
    }

    fn class(&self, character: char) -> u8 {
        let point = u32::from(character);
        let after = self.classes.partition_point(|&(first, ..)| first <= point);
        let run = after.checked_sub(1).and_then(|at| self.classes.get(at));
        run.filter(|&&(_, last, _)| point <= last).map_or(0, |&(.., class)| class)
    }
}

impl<'a> Normal<'a> {
    /// Wraps text that needs no change.
    pub(super) fn unchanged(text: &'a str) -> Self {
        Self { text: Cow::Borrowed(text), changes: Vec::new() }
    }

    /// Maps the ends of tokens, ascending, to the original text. Within a changed stretch they keep their distance from
    /// its beginning as far as it has bytes; the end of the new stretch is the end of the original one.
    pub(super) fn original_ends(&self, ends: &mut [usize]) {
        let mut changes = self.changes.iter().peekable();
        // Where the current offset starts, in the new text and in the original.
        let (mut after, mut before) = (0, 0);
        for end in ends {
            while let Some(change) = changes.next_if(|change| change.after.1 <= *end) {
                (after, before) = (change.after.1, change.before.1);
            }
            *end = match changes.peek() {
                Some(change) if change.after.0 < *end => {
                    (change.before.0 + (*end - change.after.0)).min(change.before.1)
                }
                _ => before + (*end - after),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_is_brought_into_form_c() {
        let nfc = Nfc::unpack();
        for (text, expected) in [
            ("", ""),
            ("plain, Zürich, 中文, हिन्दी, สวัสดี, 한국어", "plain, Zürich, 中文, हिन्दी, สวัสดี, 한국어"),
            ("re\u{301}sume\u{301}", "résumé"),
            ("a\u{323}\u{302}b a\u{302}\u{323}b", "\u{1ead}b \u{1ead}b"),
            ("\u{301}\u{301}e\u{301}\u{301}", "\u{301}\u{301}é\u{301}"),
            ("a\u{316}\u{301}\u{315}\u{300}", "á\u{316}\u{300}\u{315}"),
            ("\u{1100}\u{1161}\u{11a8}x\u{ac00}\u{11a8}\u{1161}", "각x각\u{1161}"),
            ("\u{212b}\u{212a}\u{37e}\u{2f800}", "ÅK;丽"),
            ("\u{958}क\u{93c}", "क\u{93c}क\u{93c}"),
            ("\u{9c7}\u{9be}", "\u{9cb}"),
            ("\u{1d15f}\u{1d160}", "\u{1d158}\u{1d165}\u{1d158}\u{1d165}\u{1d16e}"),
            ("\u{344}", "\u{308}\u{301}"),
        ] {
            let normal = nfc.normal(text);
            assert_eq!(normal.text, expected, "{text:?}");
            assert_eq!(matches!(normal.text, Cow::Borrowed(_)), text == expected, "{text:?}");
        }
    }

    #[test]
    fn an_end_is_found_in_the_text_before() {
        let nfc = Nfc::unpack();
        // "e\u{301}" is three bytes and becomes two; "\u{958}" is three and becomes six.
        let normal = nfc.normal("ae\u{301}b\u{958}c");
        assert_eq!(normal.text.len(), 11);
        let mut ends: Vec<usize> = (0..=11).collect();
        normal.original_ends(&mut ends);
        assert_eq!(ends, [0, 1, 2, 4, 5, 6, 7, 8, 8, 8, 8, 9]);
    }

    proptest! {
        #[test]
        fn a_normal_text_stays_as_it_is(text in "([a-z\u{300}-\u{345}\u{323}한가\u{1100}-\u{1200}\u{900}-\u{960}]|\\PC){0,20}") {
            let nfc = Nfc::unpack();
            let once = nfc.normal(&text).text;
            prop_assert_eq!(nfc.normal(&once).text, once.clone());
        }
    }
}
