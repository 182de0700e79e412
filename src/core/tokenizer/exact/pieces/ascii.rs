//! Shortcuts through ASCII, eight bytes at a time: words (letters, perhaps after one other character), signs, and white
//! space, each up to an ASCII character that ends it. The patterns give the same results, and handle the rest.

/// The lowest bit of each byte.
const LOW: u64 = 0x0101_0101_0101_0101;
/// The highest bit of each byte.
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Returns the end of the word that begins at `start`, for patterns that split words before capitals and keep
/// contractions in the word's piece: small letters, perhaps after a capital, perhaps after another character.
#[inline]
pub(super) fn cased(text: &[u8], start: usize) -> Option<usize> {
    let word = eight(text, start)?;
    let before = usize::from(may_be_before(word));
    let capitals = letters(word) & !small_letters(word);
    let head = before + usize::from(capitals >> (8 * before + 7) & 1 != 0);
    let (end, next) = end_of_letters(text, start, head, word, small_letters)?;
    (next != b'\'').then_some(end)
}

/// Returns the end of the word that begins at `start`, for patterns that never split words but split off contractions.
#[inline]
pub(super) fn plain(text: &[u8], start: usize) -> Option<usize> {
    let word = eight(text, start)?;
    if first(word) == b'\'' {
        return None;
    }
    let head = usize::from(may_be_before(word));
    end_of_letters(text, start, head, word, letters).map(|(end, _next)| end)
}

/// Returns where the letters after the first `head` bytes of the piece end, and what comes next. `word` is the first
/// eight bytes, and `which` marks the letters among eight. Returns `None` if there are no letters, if a non-ASCII
/// letter or a mark may continue the word, or if the text ends soon.
#[inline]
fn end_of_letters(text: &[u8], start: usize, head: usize, word: u64, which: fn(u64) -> u64) -> Option<(usize, u8)> {
    let mut others = !which(word) & HIGH & (u64::MAX << (8 * head));
    if others.trailing_zeros() as usize / 8 <= head {
        return None;
    }
    let (mut at, mut word) = (start, word);
    while others == 0 {
        at += 8;
        word = eight(text, at)?;
        others = !which(word) & HIGH;
    }
    let length = others.trailing_zeros() & !7;
    let next = first(word >> length);
    next.is_ascii().then_some((at + length as usize / 8, next))
}

/// Returns the end of the signs that begin at `start`, perhaps after a space, without the line breaks after them.
#[inline]
pub(super) fn signs(text: &[u8], start: usize) -> Option<usize> {
    let word = eight(text, start)?;
    let after_space = first(word) == b' ';
    let others = !signs_in(word) & HIGH & (u64::MAX << (8 * u32::from(after_space)));
    let length = others.trailing_zeros() & !7;
    if others == 0 || length <= 8 * u32::from(after_space) {
        return None;
    }
    let next = first(word >> length);
    // One sign and a letter are a word, or perhaps two pieces in the pattern that splits off contractions. Control
    // characters are signs to some patterns.
    let ends = if length == 8 && !after_space { next.is_ascii_digit() } else { next.is_ascii_alphanumeric() };
    (ends || matches!(next, b' ' | b'\t' | b'\n' | b'\r')).then_some(start + length as usize / 8)
}

/// Returns the end of the white space that begins at `start`, if it is more than one space, in patterns that end it
/// after its last line break, or else before its last character.
#[inline]
pub(super) fn space(text: &[u8], start: usize) -> Option<usize> {
    let (mut at, mut newline) = (start, 0);
    loop {
        let word = eight(text, at)?;
        let newlines = equal(word, b'\n') | equal(word, b'\r');
        let others = !(newlines | equal(word, b' ') | equal(word, b'\t')) & HIGH;
        if others == 0 {
            if newlines != 0 {
                newline = at + 8 - newlines.leading_zeros() as usize / 8;
            }
            at += 8;
            continue;
        }
        let length = others.trailing_zeros() & !7;
        // Other characters may be white space beyond these four.
        if !matches!(first(word >> length), b'!'..=b'~') {
            return None;
        }
        let within = newlines & !(u64::MAX << length);
        if within != 0 {
            newline = at + 8 - within.leading_zeros() as usize / 8;
        }
        let end = at + length as usize / 8;
        return if newline > 0 { Some(newline) } else { (end > start + 1).then(|| end - 1) };
    }
}

#[inline]
fn eight(text: &[u8], at: usize) -> Option<u64> {
    text.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

#[expect(clippy::cast_possible_truncation, reason = "the lowest byte is wanted")]
#[inline]
fn first(word: u64) -> u8 {
    word as u8
}

/// Returns whether the first byte may precede the letters of a word: ASCII that is not a letter, digit or line break.
#[inline]
fn may_be_before(word: u64) -> bool {
    let first = first(word);
    first == b' ' || (first.is_ascii() && !first.is_ascii_alphanumeric() && first != b'\r' && first != b'\n')
}

/// Returns the highest bit of each byte in `a-z`.
#[inline]
fn small_letters(word: u64) -> u64 {
    // Without the highest bits, no byte's sum carries into the next one.
    let low = word & !HIGH;
    let from_a = low + LOW * (0x80 - b'a' as u64);
    let above_z = low + LOW * (0x7f - b'z' as u64);
    from_a & !above_z & !word & HIGH
}

/// Returns the highest bit of each byte that equals `byte`, which is ASCII.
#[inline]
fn equal(word: u64, byte: u8) -> u64 {
    // A byte is zero where they are equal. Without the highest bits, no sum carries into the next byte.
    let other = word ^ (LOW * u64::from(byte));
    !(((other & !HIGH) + !HIGH) | other) & HIGH
}

/// Returns the highest bit of each byte that is ASCII punctuation.
#[inline]
fn signs_in(word: u64) -> u64 {
    let low = word & !HIGH;
    let from = |least: u8| low + LOW * u64::from(0x80 - least);
    let digits = from(b'0') & !from(b'9' + 1);
    from(b'!') & !from(0x7f) & !digits & !letters(word) & !word & HIGH
}

/// Returns the highest bit of each byte in `A-Za-z`.
#[inline]
fn letters(word: u64) -> u64 {
    small_letters(word | (LOW * 0x20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_told_apart_at_every_place() {
        for byte in 0..=u8::MAX {
            for place in 0..8 {
                for around in [0, b'a', b'z', 0x7f, 0x80, 0xff] {
                    let mut bytes = [around; 8];
                    bytes[place] = byte;
                    let mask = |is: bool, at: usize| if is { 0x80u64 << (8 * at) } else { 0 };
                    let all = |is: fn(&u8) -> bool| (0..8).fold(0, |all, at| all | mask(is(&bytes[at]), at));
                    let word = u64::from_le_bytes(bytes);
                    assert_eq!(small_letters(word), all(u8::is_ascii_lowercase), "{bytes:?}");
                    assert_eq!(letters(word), all(u8::is_ascii_alphabetic), "{bytes:?}");
                    assert_eq!(signs_in(word), all(u8::is_ascii_punctuation), "{bytes:?}");
                    assert_eq!(equal(word, b'\n'), all(|byte| *byte == b'\n'), "{bytes:?}");
                }
            }
        }
    }

    #[test]
    fn a_word_is_found_where_it_is_certain() {
        for (text, cased_end, plain_end) in [
            ("hello, world", Some(5), Some(5)),
            (" World and more", Some(6), Some(6)),
            (".to_string()  ", Some(3), Some(3)),
            (" internationalisation, again", Some(21), Some(21)),
            ("HTMLElement is it", None, Some(11)),
            ("camelCase and so on", Some(5), Some(9)),
            ("it's an end that", None, Some(2)),
            ("'tis the season", Some(4), None),
            (" caf\u{e9} au lait", None, None),
            (" 12 apples left", None, None),
            ("  two spaces", None, None),
            ("\nnew line here", None, None),
            ("A man, a plan", None, Some(1)),
            ("short", None, None),
        ] {
            assert_eq!(cased(text.as_bytes(), 0), cased_end, "{text:?}");
            assert_eq!(plain(text.as_bytes(), 0), plain_end, "{text:?}");
        }
    }
}
