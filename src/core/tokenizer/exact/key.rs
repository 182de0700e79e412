//! Lookup keys for byte strings.

/// Strings of up to this many bytes are identified by [`Key::low`] and their length.
pub(super) const WORD: usize = 8;
/// Strings of up to this many bytes are identified by [`Key::low`] and [`Key::high`].
pub(super) const SHORT: usize = 15;

/// Odd numbers without a pattern: the fractional parts of the golden ratio and of √2.
const MULTIPLIERS: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0x6a09_e667_f3bc_c909];

/// The first bytes of a string and the hash of all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// The first eight bytes, little-endian, zero-padded.
    pub(super) low: u64,
    /// The next seven bytes likewise, and above them the length, at most 255.
    pub(super) high: u64,
    /// The hash of the entire string. Both its lower and its upper half depend on every byte.
    pub(super) hash: u64,
}

impl Key {
    /// Returns the key of `text[start..end]`. For speed, bytes after the end are read, but they have no influence.
    #[inline]
    pub(super) fn new(text: &[u8], start: usize, end: usize) -> Self {
        let length = end.saturating_sub(start);
        let word = match text.get(start..).and_then(<[u8]>::first_chunk) {
            Some(bytes) => u64::from_le_bytes(*bytes),
            None => tail(text, start, end),
        };
        if length > WORD {
            return Self::of_many(word, text, start, end);
        }
        let low = word & (u64::MAX >> (64 - 8 * length.max(1)));
        let product = low.wrapping_mul(MULTIPLIERS[0]);
        Self { low, high: (length as u64) << 56, hash: product ^ product >> 32 }
    }

    /// Returns the key of a string of more than [`WORD`] bytes that begins with the bytes of `low`.
    fn of_many(low: u64, text: &[u8], start: usize, end: usize) -> Self {
        let (length, second) = (end - start, start + WORD);
        let word = match text.get(second..).and_then(<[u8]>::first_chunk) {
            Some(bytes) => u64::from_le_bytes(*bytes),
            None => tail(text, second, end),
        };
        let kept = length.min(SHORT) - WORD;
        let high = word & (u64::MAX >> (64 - 8 * kept)) | (length.min(255) as u64) << 56;
        let mut hash = mix(mix(0, low, 0), high, 1);
        if length > SHORT {
            hash = long(text.get(start + SHORT..end).unwrap_or_default(), hash);
        }
        Self { low, high, hash: hash ^ hash >> 32 }
    }

    /// Returns the length, at most 255.
    #[inline]
    pub(super) fn length(&self) -> usize {
        (self.high >> 56) as usize
    }
}

/// Reads the bytes of a string that is too close to the end of the text to be read at once.
#[cold]
fn tail(text: &[u8], start: usize, end: usize) -> u64 {
    let mut bytes = [0; 8];
    for (to, from) in bytes.iter_mut().zip(text.get(start..end).unwrap_or_default()) {
        *to = *from;
    }
    u64::from_le_bytes(bytes)
}

fn long(rest: &[u8], mut hash: u64) -> u64 {
    let mut chunks = rest.chunks_exact(8);
    for chunk in &mut chunks {
        hash = mix(hash, chunk.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes)), 0);
    }
    let mut last = [0; 8];
    for (to, from) in last.iter_mut().zip(chunks.remainder()) {
        *to = *from;
    }
    mix(hash, u64::from_le_bytes(last), 1)
}

#[inline]
fn mix(hash: u64, word: u64, which: usize) -> u64 {
    let [even, odd] = MULTIPLIERS;
    let product = (hash ^ word).wrapping_mul(if which == 0 { even } else { odd });
    product ^ product >> 29
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_depends_on_the_string_and_on_nothing_around_it() {
        let text = "the quick brown fox jumps over the lazy dog";
        for start in 0..text.len() {
            for end in start + 1..=text.len() {
                let alone = &text.as_bytes()[start..end];
                assert_eq!(Key::new(text.as_bytes(), start, end), Key::new(alone, 0, alone.len()), "{start}..{end}");
            }
        }
    }

    #[test]
    fn zeros_at_the_end_make_another_key() {
        let keys: Vec<_> = (1..40).map(|length| Key::new(&[0; 40], 0, length)).collect();
        for (at, key) in keys.iter().enumerate() {
            assert!(keys[..at].iter().all(|other| other != key));
            assert!(at < WORD || keys[..at].iter().all(|other| other.hash != key.hash));
        }
    }
}
