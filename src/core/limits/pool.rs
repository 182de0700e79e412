//! The requests of one pool, small and in the orders in which windows need them, so that a day of a hundred thousand is
//! judged without a look at their names.

use crate::request::Request;

/// Stands for what is not known, where a figure has no room for that.
const NONE: u64 = u64::MAX;

/// One request, as far as a window feels it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Tells it from others that are alike: six lanes send the same at the same time.
    key: u64,
    pub(crate) sent_ms: u64,
    end_ms: u64,
    pub(crate) reserved: u64,
    input: u64,
    /// The tokens of the prompt, as far as the client knows: counted, or estimated.
    pub(crate) prompt: u64,
    /// What it took in all, and without what came from the cache.
    pub(crate) total: u64,
    pub(crate) uncached: u64,
    pub(crate) refused: bool,
    /// Refused by a rate limit.
    pub(crate) rate_limited: bool,
    pub(crate) let_in: bool,
    /// What it took is our own count.
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

    /// Whether it is the same request, whatever is known of it by now.
    pub(crate) const fn is(&self, other: &Self) -> bool {
        self.key == other.key && self.sent_ms == other.sent_ms
    }

    /// One that is to be sent at a time and holds so much.
    pub(crate) fn planned(at_ms: u64, reserved: u64) -> Self {
        Self::of(&Request { sent_ms: at_ms, reserved, ..Request::default() })
    }

    /// When it ended, in milliseconds since 1970; `None` while it runs.
    pub(crate) const fn ended(&self) -> Option<u64> {
        if self.end_ms == NONE { None } else { Some(self.end_ms) }
    }

    /// Its estimated input, where it named no cap.
    pub(crate) const fn uncapped_input(&self) -> Option<u64> {
        if self.input == NONE { None } else { Some(self.input) }
    }

    fn end(&self, place: usize) -> Option<End> {
        Some(End { at_ms: self.ended()?, place, most: self.most() })
    }

    /// No window of tokens ever holds back more for it.
    pub(crate) const fn most(&self) -> u64 {
        if self.total > self.reserved { self.total } else { self.reserved }
    }
}

/// FNV-1a: short, and no two of a day's ids meet by chance.
fn digest(id: &str) -> u64 {
    id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The end of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct End {
    /// When, in milliseconds since 1970.
    pub(crate) at_ms: u64,
    /// Its place among those sent.
    pub(crate) place: usize,
    /// The most that is ever held back for it, as in [`Entry::most`].
    pub(crate) most: u64,
}

/// The requests of a pool: those sent in order, and which of them ended when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entries {
    pub(crate) sent: Vec<Entry>,
    /// Ascending.
    pub(crate) ended: Vec<End>,
    /// No window of tokens ever held back more than this, all requests together.
    pub(crate) most_tokens: u128,
}

impl Entries {
    /// From all of them, in the order of sending. Their ends are nearly in order already: only those that ran side by side
    /// may have changed places, so each finds its own without a sort, which would weigh more in the page.
    pub(crate) fn of(sent: Vec<Entry>) -> Self {
        let mut entries = Self::default();
        for (place, entry) in sent.iter().enumerate() {
            entries.add(place, *entry);
        }
        Self { sent, ..entries }
    }

    /// Puts one at its place. At the end that is quick.
    pub(crate) fn insert(&mut self, place: usize, entry: Entry) {
        if place < self.sent.len() {
            self.ended.iter_mut().filter(|end| end.place >= place).for_each(|end| end.place += 1);
        }
        self.sent.insert(place.min(self.sent.len()), entry);
        self.add(place, entry);
    }

    /// Puts another in the place of one.
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
    /// From all requests in their order.
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

    /// Notes the request at a place among all; `is_new`: it was not noted before.
    pub(crate) fn note(&mut self, requests: &[Request], place: usize, is_new: bool) {
        let Some(request) = requests.get(place) else { return };
        let at = self.find(&request.account, &request.pool).unwrap_or_else(|at| {
            let (account, name) = (request.account.clone(), request.pool.clone());
            self.0.insert(at, Pool { account, name, entries: Entries::default() });
            at
        });
        let Some(Pool { entries, .. }) = self.0.get_mut(at) else { return };
        // Those sent in the same millisecond stand in the order of their ids.
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
