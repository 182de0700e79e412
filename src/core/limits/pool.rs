//! A compact copy of the requests of one pool, in the orders in which windows need them, so that a day of a hundred
//! thousand is judged without comparing their ids.

use crate::request::Request;

/// Stands for an unknown value in fields without an `Option`.
const NONE: u64 = u64::MAX;

/// One request, as far as it affects a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Distinguishes it from identical ones: six lanes send the same request at the same time.
    key: u64,
    pub(crate) sent_ms: u64,
    end_ms: u64,
    pub(crate) reserved: u64,
    input: u64,
    /// The prompt tokens, as far as the client knows: counted or estimated.
    pub(crate) prompt: u64,
    /// The total it took, without tokens from the cache.
    pub(crate) total: u64,
    pub(crate) uncached: u64,
    pub(crate) refused: bool,
    /// Rejected by a rate limit.
    pub(crate) rate_limited: bool,
    pub(crate) let_in: bool,
    /// Its usage is our own count.
    pub(crate) unreported: bool,
    pub(crate) expected_to_fit: Option<bool>,
}

impl Entry {
    pub(crate) fn of(request: &Request) -> Self {
        let spent = request.settled.map(|(_, spent)| spent).unwrap_or_default();
        let cap = request.cap.map(u64::from);
        Self {
            key: digest(&request.id),
            sent_ms: request.sent_ms,
            end_ms: request.end_ms().map_or(NONE, |end_ms| end_ms.min(NONE - 1)),
            reserved: request.reserved,
            input: request.uncapped_input.map_or(NONE, |input| input.min(NONE - 1)),
            prompt: request.uncapped_input.unwrap_or_else(|| request.reserved.saturating_sub(cap.unwrap_or(0))),
            total: spent.total(),
            uncached: spent.uncached(),
            refused: request.refused(),
            rate_limited: request.refused() && request.status == Some(429),
            let_in: request.let_in(),
            unreported: request.unreported || request.settled == Some(request.assumed_end()),
            expected_to_fit: request.expected_to_fit,
        }
    }

    /// Whether it is the same request, regardless of what is known about it by now.
    pub(crate) const fn is(&self, other: &Self) -> bool {
        self.key == other.key && self.sent_ms == other.sent_ms
    }

    /// A request planned for a time, with its reservation.
    pub(crate) fn planned(at_ms: u64, reserved: u64) -> Self {
        Self::of(&Request { sent_ms: at_ms, reserved, ..Request::default() })
    }

    /// When it ended, in milliseconds since 1970; `None` while it is in flight.
    pub(crate) const fn ended(&self) -> Option<u64> {
        if self.end_ms == NONE { None } else { Some(self.end_ms) }
    }

    /// Its estimated input, if it named no cap.
    pub(crate) const fn uncapped_input(&self) -> Option<u64> {
        if self.input == NONE { None } else { Some(self.input) }
    }

    fn end(&self, place: usize) -> Option<End> {
        Some(End { at_ms: self.ended()?, place, most: self.most() })
    }

    /// The most that any token window ever counts for it.
    pub(crate) const fn most(&self) -> u64 {
        if self.total > self.reserved { self.total } else { self.reserved }
    }
}

/// FNV-1a: short, and collisions among a day's ids are negligible.
fn digest(id: &str) -> u64 {
    id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The end of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct End {
    /// When, in milliseconds since 1970.
    pub(crate) at_ms: u64,
    /// Its index among those sent.
    pub(crate) place: usize,
    /// The most that is ever counted for it, as in [`Entry::most`].
    pub(crate) most: u64,
}

/// The requests of a pool in the order of sending, and their ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entries {
    pub(crate) sent: Vec<Entry>,
    /// Ascending.
    pub(crate) ended: Vec<End>,
    /// The most that any token window ever counted for all requests together.
    pub(crate) most_tokens: u128,
}

impl Entries {
    /// Builds the entries from all requests, in the order of sending. Their ends are nearly in order already: only
    /// concurrent ones may have changed places, so insertion avoids a sort, which would add more code to the page.
    pub(crate) fn of(sent: Vec<Entry>) -> Self {
        let mut entries = Self::default();
        for (place, entry) in sent.iter().enumerate() {
            entries.add(place, *entry);
        }
        Self { sent, ..entries }
    }

    /// Inserts one at an index. Fast at the end.
    pub(crate) fn insert(&mut self, place: usize, entry: Entry) {
        if place < self.sent.len() {
            self.ended.iter_mut().filter(|end| end.place >= place).for_each(|end| end.place += 1);
        }
        self.sent.insert(place.min(self.sent.len()), entry);
        self.add(place, entry);
    }

    /// Replaces the one at an index.
    fn replace(&mut self, place: usize, entry: Entry) {
        let Some(known) = self.sent.get_mut(place) else { return };
        let before = std::mem::replace(known, entry);
        self.most_tokens -= u128::from(before.most());
        if let Some(end) = before.end(place)
            && let Ok(at) = self.ended.binary_search(&end)
        {
            self.ended.remove(at);
        }
        self.add(place, entry);
    }

    fn add(&mut self, place: usize, entry: Entry) {
        self.most_tokens += u128::from(entry.most());
        if let Some(end) = entry.end(place) {
            let at = self.ended.partition_point(|other| *other < end);
            self.ended.insert(at, end);
        }
    }
}

/// The pools of all accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pools(Vec<Pool>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Pool {
    account: String,
    name: String,
    entries: Entries,
}

impl Pools {
    /// Builds the pools from all requests in order.
    pub(crate) fn of(requests: &[Request]) -> Self {
        let mut pools: Vec<(&str, &str, Vec<Entry>)> = Vec::new();
        for request in requests {
            let known = pools.binary_search_by(|(account, name, _)| {
                (*account, *name).cmp(&(request.account.as_str(), request.pool.as_str()))
            });
            let at = known.unwrap_or_else(|at| {
                pools.insert(at, (&request.account, &request.pool, Vec::new()));
                at
            });
            if let Some((.., entries)) = pools.get_mut(at) {
                entries.push(Entry::of(request));
            }
        }
        let whole = |(account, name, sent): (&str, &str, Vec<Entry>)| Pool {
            account: account.to_owned(),
            name: name.to_owned(),
            entries: Entries::of(sent),
        };
        Self(pools.into_iter().map(whole).collect())
    }

    pub(crate) fn get(&self, account: &str, name: &str) -> Option<&Entries> {
        self.0.get(self.find(account, name).ok()?).map(|pool| &pool.entries)
    }

    /// Records the request at an index among all; `is_new`: it was not recorded before.
    pub(crate) fn note(&mut self, requests: &[Request], place: usize, is_new: bool) {
        let Some(request) = requests.get(place) else { return };
        let at = self.find(&request.account, &request.pool).unwrap_or_else(|at| {
            let (account, name) = (request.account.clone(), request.pool.clone());
            self.0.insert(at, Pool { account, name, entries: Entries::default() });
            at
        });
        let Some(Pool { entries, .. }) = self.0.get_mut(at) else { return };
        // Requests sent in the same millisecond are ordered by id.
        let earlier = requests.get(..place).unwrap_or_default().iter().rev();
        let beside = earlier.take_while(|other| other.sent_ms == request.sent_ms);
        let beside = beside.filter(|other| other.account == request.account && other.pool == request.pool).count();
        let first = entries.sent.partition_point(|entry| entry.sent_ms < request.sent_ms);
        match is_new {
            true => entries.insert(first + beside, Entry::of(request)),
            false => entries.replace(first + beside, Entry::of(request)),
        }
    }

    fn find(&self, account: &str, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|pool| (pool.account.as_str(), pool.name.as_str()).cmp(&(account, name)))
    }
}
