//! The prompt cache: which prompt prefixes the provider has cached.

use std::collections::BTreeMap;

/// Tokens in a block. Only full blocks are cached.
pub(crate) const BLOCK_TOKENS: u64 = 128;

/// How long a block stays cached after its last use.
const KEPT_MS: u64 = 5 * 60_000;

/// Maximum number of cached blocks: eight million tokens, about 4 MB here.
const MOST_BLOCKS: usize = 65_536;

/// Blocks by the digest of the prompt up to their end, with their expiry time. A digest covers the full prefix, so
/// equal blocks after different prefixes differ.
#[derive(Clone, Debug, Default)]
pub(crate) struct PromptCache {
    until: BTreeMap<u64, u64>,
}

impl PromptCache {
    /// Cached prompt tokens: full blocks from the start, up to the first that is not cached.
    pub(crate) fn hits(&self, blocks: &[u64], now_ms: u64) -> u64 {
        let known = |block: &&u64| self.until.get(*block).is_some_and(|until| *until > now_ms);
        let known = blocks.iter().take_while(known).count();
        u64::try_from(known).unwrap_or(0).saturating_mul(BLOCK_TOKENS)
    }

    /// Caches the prompt for five minutes from now.
    pub(crate) fn remember(&mut self, blocks: &[u64], now_ms: u64) {
        if self.until.len().saturating_add(blocks.len()) > MOST_BLOCKS {
            self.until.retain(|_, until| *until > now_ms);
        }
        let until = now_ms.saturating_add(KEPT_MS);
        for block in blocks {
            if self.until.len() >= MOST_BLOCKS && !self.until.contains_key(block) {
                return;
            }
            self.until.insert(*block, until);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_exact_beginning_hits_and_only_for_five_minutes() {
        let mut cache = PromptCache::default();
        cache.remember(&[1, 2, 3], 0);
        for (blocks, now, hits) in [
            (&[1, 2, 3, 4][..], 0, 384),
            (&[1, 9, 3][..], 0, 128),
            (&[9, 2, 3][..], 0, 0),
            (&[][..], 0, 0),
            (&[1, 2, 3][..], KEPT_MS - 1, 384),
            (&[1, 2, 3][..], KEPT_MS, 0),
        ] {
            assert_eq!(cache.hits(blocks, now), hits, "{blocks:?} at {now}");
        }
    }

    #[test]
    fn a_flood_of_prompts_does_not_grow_it_without_end() {
        let mut cache = PromptCache::default();
        for flood in 0..3_u64 {
            let blocks: Vec<u64> = (flood * 60_000..(flood + 1) * 60_000).collect();
            cache.remember(&blocks, 0);
        }
        assert_eq!(cache.until.len(), MOST_BLOCKS);
        cache.remember(&[u64::MAX], KEPT_MS);
        assert_eq!(cache.until.len(), 1, "what is forgotten makes room");
    }
}
