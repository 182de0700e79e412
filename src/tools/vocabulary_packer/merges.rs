//! Finds how the tokens of a vocabulary are made: from which two tokens each, and in which order.

use std::collections::HashMap;

use crate::levels::Unfit;

/// The two tokens a token is made of when its own bytes are encoded.
pub type Parts = (usize, usize);

/// The tokens that merging makes, in an order of merges that gives the reference's tokens.
///
/// The order follows a token's *height*: the highest rank of itself and of everything it is made of, which nearly
/// always is its own. Why the reference's merges never decrease in height, and why the order among equal heights is
/// irrelevant unless they compete, is explained in `headroom_tokenizer::exact`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merges {
    /// The rank of each, by height, parts before what they are made into.
    pub ranks: Vec<usize>,
    /// The parts of each by their places in this order; `None` for a single byte.
    pub parts: Vec<Option<Parts>>,
    /// The ranks of the tokens that merging never makes: their own bytes encode to others.
    pub never_made: Vec<usize>,
    /// The number of tokens with a lower rank than one of their parts.
    pub before_their_parts: usize,
}

impl Merges {
    /// Finds the merges of `tokens`, which are in the order of their ranks.
    ///
    /// # Errors
    /// [`Unfit::Tied`] if the heights do not determine the order of two competing merges.
    pub fn of(tokens: &[Vec<u8>]) -> Result<Self, Unfit> {
        let by_bytes: HashMap<&[u8], usize> =
            tokens.iter().enumerate().map(|(rank, bytes)| (bytes.as_slice(), rank)).collect();
        let parts: Vec<_> = tokens.iter().map(|bytes| last_merge(bytes, &by_bytes)).collect();
        let mut by_length: Vec<usize> = (0..tokens.len()).collect();
        by_length.sort_by_key(|rank| tokens.get(*rank).map(Vec::len));
        // Parts are shorter, so their heights are already known.
        let mut heights: Vec<usize> = (0..tokens.len()).collect();
        for &rank in &by_length {
            let Some(Some((left, right))) = parts.get(rank) else { continue };
            let highest = [rank, *left, *right].into_iter().filter_map(|rank| heights.get(rank)).max().copied();
            if let (Some(height), Some(highest)) = (heights.get_mut(rank), highest) {
                *height = highest;
            }
        }
        let made = |rank: usize| {
            tokens.get(rank).is_some_and(|bytes| bytes.len() == 1) || parts.get(rank).is_some_and(Option::is_some)
        };
        let (mut ranks, never_made): (Vec<_>, Vec<_>) = by_length.into_iter().partition(|rank| made(*rank));
        // A stable sort: of equal heights, the shorter one stays first.
        ranks.sort_by_key(|rank| heights.get(*rank).copied());
        let mut place_of = vec![usize::MAX; tokens.len()];
        for (place, rank) in ranks.iter().enumerate() {
            if let Some(of) = place_of.get_mut(*rank) {
                *of = place;
            }
        }
        let place = |rank: usize| place_of.get(rank).copied().unwrap_or(usize::MAX);
        let parts_of = |rank: &usize| parts.get(*rank).copied().flatten();
        let made = Self {
            parts: ranks.iter().map(|rank| parts_of(rank).map(|(left, right)| (place(left), place(right)))).collect(),
            before_their_parts: ranks.iter().filter(|rank| heights.get(**rank) != Some(*rank)).count(),
            ranks,
            never_made,
        };
        made.no_ties(&heights)?;
        Ok(made)
    }

    /// Checks that no two tokens of equal height share a part, the right one of one and the left one of the other. They
    /// may if the former's rank is their height: the latter is made of it then, and the reference makes the left merge
    /// first.
    fn no_ties(&self, heights: &[usize]) -> Result<(), Unfit> {
        let all: Vec<_> = self.ranks.iter().copied().zip(self.parts.iter().copied()).collect();
        let height = |rank: usize| heights.get(rank).copied();
        for equal in all.chunk_by(|&(one, _), &(other, _)| height(one) == height(other)) {
            for &(rank, parts) in equal {
                let Some((left, _)) = parts else { continue };
                let mut others = equal.iter().filter(|&&(other, _)| other != rank && height(other) != Some(other));
                if others.any(|(_, parts)| parts.is_some_and(|(_, right)| right == left)) {
                    return Err(Unfit::Tied(rank));
                }
            }
        }
        Ok(())
    }
}

/// Returns the two tokens whose merge ends the encoding of a token's own bytes; `None` for a single byte, and for a
/// token that its own bytes do not encode to.
fn last_merge(bytes: &[u8], ranks: &HashMap<&[u8], usize>) -> Option<Parts> {
    let rank = |from: usize, to: usize| bytes.get(from..to).and_then(|bytes| ranks.get(bytes)).copied();
    // `made[i]` is the rank of what tokens `i` and `i + 1` make; `bounds` is where the tokens begin, and the end.
    let mut bounds: Vec<usize> = (0..=bytes.len()).collect();
    let mut made: Vec<Option<usize>> = (0..bytes.len().saturating_sub(1)).map(|at| rank(at, at + 2)).collect();
    while made.len() > 1 {
        let (_, at) = made.iter().enumerate().filter_map(|(at, made)| made.map(|made| (made, at))).min()?;
        bounds.remove(at + 1);
        made.remove(at);
        for changed in [at.checked_sub(1), Some(at)].into_iter().flatten() {
            if let (Some(made), Some([from, _, to])) = (made.get_mut(changed), bounds.get(changed..changed + 3)) {
                *made = rank(*from, *to);
            }
        }
    }
    let [from, middle, to] = bounds.as_slice() else { return None };
    rank(*from, *middle).zip(rank(*middle, *to))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Five letters, and these words.
    pub(crate) fn tokens(words: &[&str]) -> Vec<Vec<u8>> {
        let bytes = (b'a'..=b'e').map(|byte| vec![byte]);
        bytes.chain(words.iter().map(|word| word.as_bytes().to_vec())).collect()
    }

    #[test]
    fn a_token_is_made_of_what_its_bytes_encode_to() {
        // "abcd" is "ab", then "abc", then "d": "cd" comes too late.
        let merges = Merges::of(&tokens(&["ab", "bc", "abc", "cd", "abcd"])).unwrap();
        assert_eq!(merges.ranks, (0..10).collect::<Vec<_>>());
        assert_eq!(merges.parts[5..], [Some((0, 1)), Some((1, 2)), Some((5, 2)), Some((2, 3)), Some((7, 3))]);
        assert_eq!((merges.never_made, merges.before_their_parts), (vec![], 0));
    }

    #[test]
    fn a_token_that_its_bytes_do_not_encode_to_is_never_made() {
        let merges = Merges::of(&tokens(&["abc", "bcd"])).unwrap();
        assert_eq!(merges.never_made, [5, 6]);
        assert_eq!(merges.ranks, [0, 1, 2, 3, 4]);
        // "abcd" encodes to "ab", "cd", which make it; "bcde" to "b", "cd", "e", which do not.
        let merges = Merges::of(&tokens(&["ab", "cd", "bc", "abcd", "bcde"])).unwrap();
        assert_eq!(merges.never_made, [9]);
    }

    #[test]
    fn a_token_of_a_lower_rank_than_its_parts_comes_right_after_them() {
        let merges = Merges::of(&tokens(&["abc", "ab", "de", "abcde"])).unwrap();
        assert_eq!(merges.ranks, [0, 1, 2, 3, 4, 6, 5, 7, 8]);
        assert_eq!(merges.parts[5..], [Some((0, 1)), Some((5, 2)), Some((3, 4)), Some((6, 7))]);
        assert_eq!(merges.before_their_parts, 1);
    }

    #[test]
    fn competing_merges_of_equal_height_are_refused() {
        // In "aaaa" the reference makes "aa", then "aaa" of it before the second "aa".
        assert_eq!(Merges::of(&tokens(&["aaa", "aa"])), Err(Unfit::Tied(6)));
    }

    #[test]
    fn what_is_made_of_a_token_comes_after_it_where_they_compete() {
        // In "ababc" the reference makes the left "ab" before the right one, so that "babc" is never made.
        let merges = Merges::of(&tokens(&["babc", "abc", "ab"])).unwrap();
        assert_eq!(merges.ranks, [0, 1, 2, 3, 4, 7, 6, 5]);
        assert_eq!(merges.before_their_parts, 2);
    }
}
