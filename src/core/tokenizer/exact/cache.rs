//! Caches the counts of pieces, in two tables of fixed size where a new piece replaces an old one.

use super::key::{Key, SHORT};

/// Entries for pieces of up to [`SHORT`] bytes: 16,384 of 24 bytes.
const SHORT_ENTRIES: usize = 1 << 14;
/// Entries for longer pieces: 4,096 of 64 bytes.
const LONG_ENTRIES: usize = 1 << 12;
/// Longest cached piece, in bytes: clauses of text without spaces rarely repeat.
const LONGEST: usize = 62;

/// The last count of each piece: at most 640 KiB in any case.
#[derive(Clone, Debug)]
pub(super) struct Cache {
    short: Vec<(u64, u64, u32)>,
    long: Vec<Long>,
}

#[derive(Clone, Copy, Debug)]
struct Long {
    bytes: [u8; LONGEST],
    length: u8,
    count: u8,
}

impl Cache {
    pub(super) fn new() -> Self {
        // No piece is empty, so an entry of zero bytes never matches.
        let empty = Long { bytes: [0; LONGEST], length: 0, count: 0 };
        Self { short: vec![(0, 0, 0); SHORT_ENTRIES], long: vec![empty; LONG_ENTRIES] }
    }

    /// Returns the count of the piece, if it is cached.
    #[inline]
    pub(super) fn get(&self, key: &Key, piece: &[u8]) -> Option<u32> {
        if piece.len() <= SHORT {
            let &(low, high, count) = self.short.get(place(key, SHORT_ENTRIES))?;
            return (low == key.low && high == key.high).then_some(count);
        }
        if piece.len() > LONGEST {
            return None;
        }
        let entry = self.long.get(place(key, LONG_ENTRIES))?;
        (entry.bytes.get(..usize::from(entry.length)) == Some(piece)).then_some(u32::from(entry.count))
    }

    /// Stores the count of a piece, replacing another.
    #[inline]
    pub(super) fn put(&mut self, key: &Key, piece: &[u8], count: u32) {
        if piece.len() <= SHORT {
            if let Some(entry) = self.short.get_mut(place(key, SHORT_ENTRIES)) {
                *entry = (key.low, key.high, count);
            }
            return;
        }
        let (Ok(length), Ok(count)) = (u8::try_from(piece.len()), u8::try_from(count)) else { return };
        if let Some(entry) = self.long.get_mut(place(key, LONG_ENTRIES))
            && let Some(bytes) = entry.bytes.get_mut(..piece.len())
        {
            bytes.copy_from_slice(piece);
            (entry.length, entry.count) = (length, count);
        }
    }
}

/// Returns the slot of a key in a power of two of entries.
#[expect(clippy::cast_possible_truncation, reason = "only the low bits are wanted")]
#[inline]
fn place(key: &Key, entries: usize) -> usize {
    key.hash as usize & (entries - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_found_again_until_another_takes_its_place_and_no_other_is_taken_for_it() {
        let mut cache = Cache::new();
        for length in 1..=LONGEST + 2 {
            let piece = vec![b'x'; length];
            let key = Key::new(&piece, 0, length);
            assert_eq!(cache.get(&key, &piece), None, "{length}");
            cache.put(&key, &piece, 7);
            assert_eq!(cache.get(&key, &piece), (length <= LONGEST).then_some(7), "{length}");
            // The same slot, another piece.
            let other = vec![b'y'; length];
            let impostor = Key { hash: key.hash, ..Key::new(&other, 0, length) };
            assert_eq!(cache.get(&impostor, &other), None, "{length}");
        }
    }
}
