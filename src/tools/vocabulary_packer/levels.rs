//! From ranks to levels: the order of merges that counting needs, in few different numbers. What the levels promise, and
//! why that is enough, is said in `headroom_tokenizer::exact`.

use std::{collections::HashMap, fmt};

/// The two tokens a token is made of when its own bytes are encoded, by rank.
pub type Parts = (usize, usize);

/// Why a vocabulary cannot be put in levels, with the rank of the token that shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// Its own bytes do not encode to it by merges of lower ranks.
    OutOfReach(usize),
    /// One of its parts is of a higher rank.
    PartComesLater(usize),
    /// More levels than a pack has numbers for.
    TooDeep(usize),
    /// A promise is not kept: a fault of this program.
    Broken(usize),
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfReach(rank) => write!(f, "token {rank} is not what its own bytes encode to"),
            Self::PartComesLater(rank) => write!(f, "token {rank} has a part of a higher rank"),
            Self::TooDeep(rank) => write!(f, "token {rank} is of a level above 65534"),
            Self::Broken(rank) => write!(f, "the level of token {rank} breaks a promise"),
        }
    }
}

impl std::error::Error for Unfit {}

/// The parts of each token that is longer than a byte. `tokens` are in the order of their ranks.
///
/// # Errors
/// When some token is not made of two of lower rank.
pub fn parts(tokens: &[Vec<u8>]) -> Result<Vec<Option<Parts>>, Unfit> {
    let ranks: HashMap<&[u8], usize> =
        tokens.iter().enumerate().map(|(rank, bytes)| (bytes.as_slice(), rank)).collect();
    tokens
        .iter()
        .enumerate()
        .map(|(rank, bytes)| match bytes.len() {
            0 => Err(Unfit::OutOfReach(rank)),
            1 => Ok(None),
            _ => parts_of(bytes, rank, &ranks).map(Some),
        })
        .collect()
}

fn parts_of(bytes: &[u8], rank: usize, ranks: &HashMap<&[u8], usize>) -> Result<Parts, Unfit> {
    let of = |range: std::ops::Range<usize>| bytes.get(range).and_then(|bytes| ranks.get(bytes)).copied();
    let mut bounds: Vec<usize> = (0..=bytes.len()).collect();
    loop {
        let lowest = bounds
            .iter()
            .zip(bounds.iter().skip(2))
            .enumerate()
            .filter_map(|(at, (&from, &to))| of(from..to).filter(|made| *made < rank).map(|made| (made, at)))
            .min();
        match lowest {
            Some((_, at)) => bounds.remove(at + 1),
            None => break,
        };
    }
    let [from, middle, to] = bounds.as_slice() else { return Err(Unfit::OutOfReach(rank)) };
    match (of(*from..*middle), of(*middle..*to)) {
        (Some(left), Some(right)) if left < rank && right < rank => Ok((left, right)),
        _ => Err(Unfit::PartComesLater(rank)),
    }
}

/// A level for each token: as few different ones as the promises allow, and of those the ones that most tokens share,
/// which is what a compressor likes.
///
/// # Errors
/// When the levels are too many.
pub fn levels(parts: &[Option<Parts>]) -> Result<Vec<u16>, Unfit> {
    let earliest = forwards(parts, |_, least| least);
    let highest = earliest.iter().copied().max().unwrap_or_default();
    if let Some(rank) = earliest.iter().position(|level| *level >= u32::from(u16::MAX)) {
        return Err(Unfit::TooDeep(rank));
    }
    let latest = backwards(parts, highest);
    let mut chosen = earliest;
    // Each round moves tokens to the levels that were popular in the one before; it settles soon.
    for _round in 0..ROUNDS {
        let mut popularity = vec![0u32; highest as usize + 1];
        for level in &chosen {
            if let Some(tokens) = popularity.get_mut(*level as usize) {
                *tokens += 1;
            }
        }
        chosen = forwards(parts, |rank, least| {
            let most = latest.get(rank).copied().unwrap_or(least);
            let popular = |level: &u32| (popularity.get(*level as usize).copied(), u32::MAX - *level);
            (least..=most).max_by_key(popular).unwrap_or(least)
        });
    }
    let levels = chosen.into_iter().map(|level| u16::try_from(level).unwrap_or(u16::MAX)).collect::<Vec<_>>();
    check(parts, &levels)?;
    Ok(levels)
}

/// How often popularity is taken into account.
const ROUNDS: usize = 12;

/// Goes through the tokens by rank; `choose` is given each one and the least level that the ones before leave it.
fn forwards(parts: &[Option<Parts>], mut choose: impl FnMut(usize, u32) -> u32) -> Vec<u32> {
    let mut levels = vec![0u32; parts.len()];
    // The highest level so far of the tokens that each one is the left, or the right, part of.
    let (mut as_left, mut as_right) = (vec![0u32; parts.len()], vec![0u32; parts.len()]);
    let at = |of: &[u32], token: usize| of.get(token).copied().unwrap_or_default();
    for (rank, token) in parts.iter().enumerate() {
        let Some((left, right)) = *token else { continue };
        let before = [at(&levels, left), at(&levels, right), at(&as_right, left), at(&as_left, right)];
        let level = choose(rank, before.into_iter().max().unwrap_or_default() + 1);
        for (of, token) in [(&mut levels, rank), (&mut as_left, left), (&mut as_right, right)] {
            if let Some(now) = of.get_mut(token) {
                *now = level.max(*now);
            }
        }
    }
    levels
}

/// The highest level each token may have, with `highest` for those that nothing comes after.
fn backwards(parts: &[Option<Parts>], highest: u32) -> Vec<u32> {
    let mut levels = vec![highest; parts.len()];
    let after = highest.saturating_add(1);
    // The lowest level of any later token that has each one as its left, or right, part.
    let (mut as_left, mut as_right) = (vec![after; parts.len()], vec![after; parts.len()]);
    let at = |of: &[u32], token: usize| of.get(token).copied().unwrap_or(after);
    for (rank, token) in parts.iter().enumerate().rev() {
        // Those this token is a part of come after it, and so do its rivals of higher rank.
        let made = at(&as_left, rank).min(at(&as_right, rank));
        let rivals = token.map_or(after, |(left, right)| at(&as_right, left).min(at(&as_left, right)));
        let level = made.min(rivals).saturating_sub(1);
        if let Some(now) = levels.get_mut(rank) {
            *now = level;
        }
        let Some((left, right)) = *token else { continue };
        for (of, token) in [(&mut as_left, left), (&mut as_right, right)] {
            if let Some(now) = of.get_mut(token) {
                *now = level.min(*now);
            }
        }
    }
    levels
}

/// Whether the levels keep both promises, looked at from the promises and not from how the levels were found: around
/// each token, those it is a part of are ordered by rank, and along that order no token that has it on one side may be
/// of a level that one before with it on the other side has reached.
///
/// # Errors
/// The first token that breaks one.
pub fn check(parts: &[Option<Parts>], levels: &[u16]) -> Result<(), Unfit> {
    let level = |rank: usize| levels.get(rank).copied().unwrap_or(u16::MAX);
    let mut around: Vec<Vec<(usize, bool, bool)>> = vec![Vec::new(); parts.len()];
    for (rank, token) in parts.iter().enumerate() {
        let Some((left, right)) = *token else { continue };
        if level(left) >= level(rank) || level(right) >= level(rank) || level(rank) == u16::MAX {
            return Err(Unfit::Broken(rank));
        }
        for (part, is_left, is_right) in [(left, true, left == right), (right, left == right, true)] {
            if let Some(around) = around.get_mut(part) {
                around.push((rank, is_left, is_right));
            }
        }
    }
    for tokens in around {
        // By rank, because they were pushed so.
        let (mut left, mut right) = (None, None);
        for (rank, is_left, is_right) in tokens {
            let own = Some((level(rank), rank));
            let not_above = |other: Option<(u16, usize)>| {
                other.is_some_and(|(highest, other)| other != rank && highest >= level(rank))
            };
            if is_left && not_above(right) || is_right && not_above(left) {
                return Err(Unfit::Broken(rank));
            }
            left = if is_left { left.max(own) } else { left };
            right = if is_right { right.max(own) } else { right };
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(words: &[&str]) -> Vec<Vec<u8>> {
        let bytes = (b'a'..=b'e').map(|byte| vec![byte]);
        bytes.chain(words.iter().map(|word| word.as_bytes().to_vec())).collect()
    }

    #[test]
    fn a_token_is_made_of_what_its_bytes_encode_to() {
        let tokens = tokens(&["ab", "bc", "abc", "cd", "abcd"]);
        // "abcd" is "ab", then "abc", then "d": "cd" comes too late.
        let parts = parts(&tokens).unwrap();
        assert_eq!(parts[5..], [Some((0, 1)), Some((1, 2)), Some((5, 2)), Some((2, 3)), Some((7, 3))]);
    }

    #[test]
    fn a_token_that_its_bytes_do_not_encode_to_is_refused() {
        assert_eq!(parts(&tokens(&["abc"])), Err(Unfit::OutOfReach(5)));
        // "bcd" would need "bc" or "cd" first; "bc" is there, but later.
        assert_eq!(parts(&tokens(&["bcd", "bc"])), Err(Unfit::OutOfReach(5)));
        assert_eq!(parts(&[b"ab".to_vec(), b"a".to_vec(), b"b".to_vec()]), Err(Unfit::PartComesLater(0)));
    }

    #[test]
    fn only_merges_that_compete_are_ordered() {
        // "ab" and "bc" compete for "b"; "de" competes with neither.
        let parts = parts(&tokens(&["ab", "bc", "de"])).unwrap();
        let levels = levels(&parts).unwrap();
        assert!(levels[5] < levels[6] && levels[7] <= levels[6]);
        assert_eq!(levels[..5], [0; 5]);
    }

    #[test]
    fn a_broken_promise_is_found() {
        let parts = parts(&tokens(&["ab", "bc", "abc", "aa"])).unwrap();
        let kept = levels(&parts).unwrap();
        check(&parts, &kept).unwrap();
        for (rank, level) in [(6, kept[5]), (5, kept[7]), (5, 0), (7, u16::MAX), (8, kept[5])] {
            let mut broken = kept.clone();
            broken[rank] = level;
            assert!(check(&parts, &broken).is_err(), "{rank} {level}: {kept:?}");
        }
    }
}
