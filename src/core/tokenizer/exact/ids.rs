//! Token ids, which counting does not need: a file beside the pack, fetched only to show them.
//!
//! ```text
//! bytes  0..7    "hr-ids\n"
//! byte   7       version, 1
//! bytes  8..12   tokens
//! bytes 12..16   checksum (FNV-1a, 32 bits) of everything after it
//! then the number of each token, in the order of the pack: all low bytes, all middle bytes, all high bytes
//! ```
//!
//! Fields of several bytes are little-endian.

use super::{
    Counter, PackError,
    pack::{self, Unpacked, checksum, four_bytes},
};

const MAGIC: &[u8; 7] = b"hr-ids\n";
const VERSION: u8 = 1;
const HEADER: usize = 16;

/// The token ids of one vocabulary.
#[derive(Clone, Debug)]
pub struct Ids {
    tokens: Unpacked,
    /// The id of each token.
    numbers: Vec<u32>,
}

impl Ids {
    /// Reads the file that belongs to a pack.
    ///
    /// # Errors
    /// Returns why it cannot be used; a file of another vocabulary has another number of tokens.
    pub fn read(file: &[u8], pack: &[u8]) -> Result<Self, PackError> {
        let of_pack = pack::read(pack)?;
        let count = of_pack.ends.len();
        let (header, body) = file.split_at_checked(HEADER).ok_or(PackError::Truncated)?;
        if header.get(..MAGIC.len()) != Some(MAGIC) {
            return Err(PackError::Magic);
        }
        let version = header.get(MAGIC.len()).copied().unwrap_or_default();
        if version != VERSION {
            return Err(PackError::Version(version));
        }
        let tokens = four_bytes(header.get(8..12));
        if tokens as usize != count {
            return Err(PackError::TooManyTokens(tokens));
        }
        if checksum(&[], body) != four_bytes(header.get(12..16)) {
            return Err(PackError::Checksum);
        }
        let (low, rest) = body.split_at_checked(count).ok_or(PackError::Truncated)?;
        let (middle, high) = rest.split_at_checked(count).ok_or(PackError::Truncated)?;
        if high.len() != count {
            return Err(if high.len() < count { PackError::Truncated } else { PackError::TooLong });
        }
        let bytes = low.iter().zip(middle).zip(high);
        let numbers = bytes.map(|((low, middle), high)| u32::from_le_bytes([*low, *middle, *high, 0])).collect();
        Ok(Self { tokens: of_pack, numbers })
    }

    /// Writes the file: the ids of all tokens, in ascending order of the tokens' bytes. Ids are below 2²⁴.
    #[must_use]
    pub fn write(numbers: &[u32]) -> Vec<u8> {
        let column =
            |byte: usize| numbers.iter().map(move |number| number.to_le_bytes().get(byte).copied().unwrap_or_default());
        let body: Vec<u8> = column(0).chain(column(1)).chain(column(2)).collect();
        let tokens = u32::try_from(numbers.len()).unwrap_or(u32::MAX).to_le_bytes();
        [MAGIC.as_slice(), &[VERSION], &tokens, &checksum(&[], &body).to_le_bytes(), &body].concat()
    }

    /// Returns the id of each token of the text, in the order of [`Counter::segments`].
    pub fn of(&self, counter: &mut Counter, text: &str) -> Vec<u32> {
        let normal = counter.normal(text);
        let text = normal.text.as_bytes();
        let mut start = 0;
        let ends = counter.ends(text);
        let number = |end: usize| {
            let token = text.get(start..end).unwrap_or_default();
            start = end;
            self.tokens.find(token).and_then(|at| self.numbers.get(at)).copied().unwrap_or(u32::MAX)
        };
        ends.into_iter().map(number).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::tests::small_pack;

    fn file(pack: &[u8]) -> Vec<u8> {
        let tokens = u32::try_from(pack::read(pack).unwrap().ends.len()).unwrap();
        Ids::write(&(0..tokens).map(|number| 70_000 + number).collect::<Vec<_>>())
    }

    #[test]
    fn each_token_has_its_number_in_the_order_of_the_pack() {
        let pack = small_pack();
        let mut counter = Counter::new(&pack).unwrap();
        let ids = Ids::read(&file(&pack), &pack).unwrap();
        let of = |counter: &mut Counter, text| ids.of(counter, text);
        assert!(of(&mut counter, "").is_empty());
        let [a, b] = ["\0", "\u{1}"].map(|text| of(&mut counter, text)[0]);
        assert_eq!((a, b), (70_000, 70_001));
        let (hello, world) = (of(&mut counter, "hello"), of(&mut counter, " world"));
        assert_eq!(of(&mut counter, "hello world"), [hello, world].concat());
    }

    #[test]
    fn each_fault_is_named() {
        let pack = small_pack();
        let good = file(&pack);
        let changed = |at: usize, to: u8| {
            let mut file = good.clone();
            file[at] = to;
            Ids::read(&file, &pack).unwrap_err()
        };
        assert_eq!(changed(0, b'x'), PackError::Magic);
        assert_eq!(changed(7, 9), PackError::Version(9));
        assert!(matches!(changed(8, 0), PackError::TooManyTokens(_)), "it is of another vocabulary");
        assert_eq!(changed(20, 99), PackError::Checksum);
        assert_eq!(Ids::read(&good[..10], &pack).unwrap_err(), PackError::Truncated);
        assert_eq!(Ids::read(&[], &pack).unwrap_err(), PackError::Truncated);
    }
}
