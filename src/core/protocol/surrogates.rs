//! Joins characters whose two halves arrive in two events.
//!
//! JSON writes a character above U+FFFF as two escapes, and some servers send one in each event. No string can hold a
//! lone half, so [`crate::json_repair`] puts a stand-in from the private use area there, and this module joins them.

/// The stand-in of the first half (U+D800). No characters are or ever will be assigned here.
const STAND_INS: u32 = 0x10_F000;

/// Returns the stand-in for a lone half of a character; `None` for anything else.
pub(crate) fn stand_in(code: u32) -> Option<char> {
    (0xD800..0xE000).contains(&code).then(|| char::from_u32(STAND_INS + (code - 0xD800)))?
}

/// Returns the half that a character stands for.
fn half(character: char) -> Option<u32> {
    let place = u32::from(character).checked_sub(STAND_INS)?;
    (place < 0x800).then_some(0xD800 + place)
}

/// Joins the halves of one text. A half whose other half does not arrive becomes U+FFFD.
#[derive(Clone, Debug, Default)]
pub(crate) struct Halves {
    first: Option<u32>,
}

impl Halves {
    /// Returns the text known so far; a first half at its end waits for the next text.
    pub(crate) fn join(&mut self, text: String) -> String {
        if text.is_empty() || (self.first.is_none() && !text.contains(|c| half(c).is_some())) {
            return text;
        }
        let mut joined = String::with_capacity(text.len());
        for character in text.chars() {
            match (self.first.take(), half(character)) {
                (None, None) => joined.push(character),
                (first, Some(code)) if code < 0xDC00 => {
                    joined.extend(first.map(|_| char::REPLACEMENT_CHARACTER));
                    self.first = Some(code);
                }
                (Some(first), Some(second)) => {
                    let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                    joined.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                (None, Some(_)) => joined.push(char::REPLACEMENT_CHARACTER),
                (Some(_), None) => {
                    joined.push(char::REPLACEMENT_CHARACTER);
                    joined.push(character);
                }
            }
        }
        joined
    }

    /// Returns what is left of a half at the end of the text.
    pub(crate) fn finish(&mut self) -> String {
        self.first.take().map(|_| char::REPLACEMENT_CHARACTER.to_string()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(codes: &[u32]) -> String {
        codes.iter().map(|code| stand_in(*code).or_else(|| char::from_u32(*code)).unwrap()).collect()
    }

    #[test]
    fn two_halves_make_one_character_wherever_they_are_cut() {
        for (parts, expected) in [
            (&[&[0xD83D, 0xDE00][..]][..], "😀"),
            (&[&[0x61, 0xD83D], &[0xDE00, 0x62]], "a😀b"),
            (&[&[0xD83D], &[], &[0xDE00]], "😀"),
            (&[&[0xD83D], &[0x61]], "\u{fffd}a"),
            (&[&[0xDE00], &[0xD83D, 0xD83D, 0xDE00]], "\u{fffd}\u{fffd}😀"),
            (&[&[0xD83D]], "\u{fffd}"),
        ] {
            let mut halves = Halves::default();
            let mut joined: String = parts.iter().map(|part| halves.join(text(part))).collect();
            joined += &halves.finish();
            assert_eq!(joined, expected, "{parts:?}");
        }
    }

    proptest! {
        #[test]
        fn a_text_without_halves_stays_as_it_is(text in "\\PC{0,40}") {
            prop_assert_eq!(Halves::default().join(text.clone()), text);
        }

        #[test]
        fn the_cuts_make_no_difference(codes in prop::collection::vec(prop_oneof![Just(0xD83Du32), Just(0xDE00), Just(0x61)], 0..20), cut in 0usize..20) {
            let (start, end) = codes.split_at(cut.min(codes.len()));
            let (mut whole, mut parts) = (Halves::default(), Halves::default());
            let mut expected = whole.join(text(&codes));
            expected += &whole.finish();
            let mut found = parts.join(text(start));
            found += &parts.join(text(end));
            found += &parts.finish();
            prop_assert_eq!(found, expected);
        }
    }
}
