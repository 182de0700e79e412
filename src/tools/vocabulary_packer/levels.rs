//! Converts ranks to levels: the order of merges that counting needs, in few different numbers. What the levels
//! promise, and why that is enough, is explained in `headroom_tokenizer::exact`.

use std::fmt;

use headroom_tokenizer::exact::pack::HIGHEST_LEVEL;

use crate::merges::Parts;

/// Why a vocabulary cannot be put in levels, with the number of the token that shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// A merge competes with another, and their order cannot be determined.
    Tied(usize),
    /// There are more levels than a pack has numbers for.
    TooDeep(usize),
    /// A promise is broken: a bug in this program.
    Broken(usize),
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tied(rank) => write!(f, "token {rank} competes with one that comes neither before nor after it"),
            Self::TooDeep(rank) => write!(f, "token {rank} is of a level above {HIGHEST_LEVEL}"),
            Self::Broken(rank) => write!(f, "the level of token {rank} breaks a promise"),
        }
    }
}

impl std::error::Error for Unfit {}

/// Returns a level for each token: as few different ones as the promises allow, preferring those that most tokens
/// share, which compress better.
///
/// # Errors
/// If there are too many levels.
pub fn levels(parts: &[Option<Parts>]) -> Result<Vec<u16>, Unfit> {
    let earliest = forwards(parts, |_, least| least);
    let highest = earliest.iter().copied().max().unwrap_or_default();
    if let Some(rank) = earliest.iter().position(|level| *level > u32::from(HIGHEST_LEVEL)) {
        return Err(Unfit::TooDeep(rank));
    }
    let latest = backwards(parts, highest);
    let mut chosen = earliest;
    // Each round moves tokens to the levels that were popular in the previous one; it converges soon.
    for _round in 0..ROUNDS {
        let mut counts = vec![0u32; highest as usize + 1];
        for level in &chosen {
            if let Some(tokens) = counts.get_mut(*level as usize) {
                *tokens += 1;
            }
        }
        let popular = Popular::new(counts);
        chosen = forwards(parts, |token, least| {
            let most = latest.get(token).copied().unwrap_or(least);
            popular.between(least, most)
        });
    }
    let levels = chosen.into_iter().map(|level| u16::try_from(level).unwrap_or(u16::MAX)).collect::<Vec<_>>();
    check(parts, &levels)?;
    Ok(levels)
}

/// Number of rounds that optimize for popular levels.
const ROUNDS: usize = 12;

/// The most popular level of any range, the lowest of equal ones: for each power of two, the best of that many levels
/// from each level on, so that two lookups find the best of a range.
struct Popular(Vec<Vec<(u32, u32)>>);

impl Popular {
    fn new(counts: Vec<u32>) -> Self {
        // The greatest entry is the best: the lower level gets the greater number.
        let single: Vec<_> = counts.into_iter().zip((0..=u32::MAX).rev()).collect();
        let mut rows = vec![single];
        while let Some(last) = rows.last()
            && last.len() > 1 << (rows.len() - 1)
        {
            let half = 1 << (rows.len() - 1);
            let row =
                last.iter().enumerate().map(|(at, best)| last.get(at + half).map_or(*best, |other| *best.max(other)));
            let row = row.collect();
            rows.push(row);
        }
        Self(rows)
    }

    fn between(&self, least: u32, most: u32) -> u32 {
        let Some(row) = (most + 1).saturating_sub(least).checked_ilog2() else { return least };
        let best = |from: u32| self.0.get(row as usize).and_then(|row| row.get(from as usize)).copied();
        best(least).max(best(most + 1 - (1 << row))).map_or(least, |(_, level)| u32::MAX - level)
    }
}

/// Visits the tokens in order; `choose` receives each one and the lowest level that the previous ones allow.
fn forwards(parts: &[Option<Parts>], mut choose: impl FnMut(usize, u32) -> u32) -> Vec<u32> {
    let mut levels = vec![0u32; parts.len()];
    // The highest level so far of the tokens that have each one as their left, or right, part.
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

/// Returns the highest level each token may have, with `highest` for those without successors.
fn backwards(parts: &[Option<Parts>], highest: u32) -> Vec<u32> {
    let mut levels = vec![highest; parts.len()];
    let after = highest.saturating_add(1);
    // The lowest level of any later token that has each one as its left, or right, part.
    let (mut as_left, mut as_right) = (vec![after; parts.len()], vec![after; parts.len()]);
    let at = |of: &[u32], token: usize| of.get(token).copied().unwrap_or(after);
    for (rank, token) in parts.iter().enumerate().rev() {
        // Tokens made of this one come after it, and so do its later rivals.
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

/// Checks that the levels keep both promises, independently of how the levels were computed: around each token, the
/// tokens it is a part of come in their order, and along that order no token that has it on one side may have a level
/// that an earlier one with it on the other side has reached.
///
/// # Errors
/// Returns the first token that breaks a promise.
pub fn check(parts: &[Option<Parts>], levels: &[u16]) -> Result<(), Unfit> {
    let level = |rank: usize| levels.get(rank).copied().unwrap_or(u16::MAX);
    let mut around: Vec<Vec<(usize, bool, bool)>> = vec![Vec::new(); parts.len()];
    for (rank, token) in parts.iter().enumerate() {
        let Some((left, right)) = *token else { continue };
        if level(left) >= level(rank) || level(right) >= level(rank) || level(rank) > HIGHEST_LEVEL {
            return Err(Unfit::Broken(rank));
        }
        for (part, is_left, is_right) in [(left, true, left == right), (right, left == right, true)] {
            if let Some(around) = around.get_mut(part) {
                around.push((rank, is_left, is_right));
            }
        }
    }
    for tokens in around {
        // In order, because they were pushed in order.
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
    use crate::merges::{Merges, tests::tokens};

    #[test]
    fn only_merges_that_compete_are_ordered() {
        // "ab" and "bc" compete for "b"; "de" competes with neither.
        let parts = Merges::of(&tokens(&["ab", "bc", "de"])).unwrap().parts;
        let levels = levels(&parts).unwrap();
        assert!(levels[5] < levels[6] && levels[7] <= levels[6]);
        assert_eq!(levels[..5], [0; 5]);
    }

    #[test]
    fn a_broken_promise_is_found() {
        let parts = Merges::of(&tokens(&["ab", "bc", "abc", "aa"])).unwrap().parts;
        let kept = levels(&parts).unwrap();
        check(&parts, &kept).unwrap();
        for (rank, level) in [(6, kept[5]), (5, kept[7]), (5, 0), (7, u16::MAX), (8, kept[5])] {
            let mut broken = kept.clone();
            broken[rank] = level;
            assert!(check(&parts, &broken).is_err(), "{rank} {level}: {kept:?}");
        }
    }

    #[test]
    fn the_most_popular_level_of_a_range_is_found() {
        let counts = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5];
        let popular = Popular::new(counts.to_vec());
        for least in 0..counts.len() {
            for most in least..counts.len() {
                let best = (least..=most).rev().max_by_key(|level| counts[*level]).unwrap();
                let found = popular.between(u32::try_from(least).unwrap(), u32::try_from(most).unwrap());
                assert_eq!(found as usize, best, "{least}..={most}");
            }
        }
    }
}
