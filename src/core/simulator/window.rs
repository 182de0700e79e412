//! One window of one pool: what is left in it, and when there will be enough.

use crate::profile::{RefillPolicy, WindowKind, WindowLimit};

/// The reservation of a request in a window until its usage is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hold {
    amount: u64,
    /// The period it belongs to, for fixed windows.
    period: u64,
}

/// Bucket levels are kept in units × milliseconds, so refilling is exact: in each millisecond a bucket of `limit` units
/// per period gains `limit` of them.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    kind: WindowKind,
    limit: u64,
    state: State,
    /// Reserved by requests in flight; of this period, if periods are fixed.
    reserved: u64,
}

#[derive(Clone, Debug)]
enum State {
    Bucket { level: i128, at_ms: u64 },
    Fixed { period: u64, spent: u64 },
}

/// A window as the ledger shows it: `left = limit - used - reserved` always holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowEntry {
    /// Which window.
    pub kind: WindowKind,
    /// Units per period.
    pub limit: u64,
    /// Used and not yet refilled. A bucket rounds up what is only partly refilled.
    pub used: u64,
    /// Reserved by requests in flight, minus what the bucket has refilled since.
    pub reserved: u64,
    /// What a request may take now; negative after a response longer than its reservation.
    pub left: i64,
    /// When the window is full again if nothing else is sent, in milliseconds since 1970.
    pub whole_at_ms: u64,
}

impl Window {
    pub(crate) fn new(terms: &WindowLimit, now_ms: u64) -> Self {
        let period = terms.kind.period_ms();
        let state = match terms.refill {
            RefillPolicy::ContinuousBucket => State::Bucket { level: capacity(terms.limit, period), at_ms: now_ms },
            RefillPolicy::FixedUtc => State::Fixed { period: now_ms / period, spent: 0 },
        };
        Self { kind: terms.kind, limit: terms.limit, state, reserved: 0 }
    }

    pub(crate) const fn kind(&self) -> WindowKind {
        self.kind
    }

    pub(crate) const fn limit(&self) -> u64 {
        self.limit
    }

    /// Milliseconds until `amount` fits: 0 is now, `None` is never. If time runs backwards, it stands still.
    pub(crate) fn wait_ms(&mut self, amount: u64, now_ms: u64) -> Option<u64> {
        self.advance(now_ms);
        if amount > self.limit {
            return None;
        }
        let period = self.kind.period_ms();
        match self.state {
            State::Bucket { level, .. } => {
                let missing = capacity(amount, period) - level;
                if missing <= 0 {
                    return Some(0);
                }
                let rate = i128::from(self.limit.max(1));
                Some(u64::try_from((missing + rate - 1) / rate).unwrap_or(u64::MAX))
            }
            State::Fixed { period: current, spent } => {
                let taken = spent.saturating_add(self.reserved);
                if taken.saturating_add(amount) <= self.limit {
                    Some(0)
                } else {
                    Some(current.saturating_add(1).saturating_mul(period).saturating_sub(now_ms))
                }
            }
        }
    }

    /// Reserves the amount, whether it fits or not; check [`Self::wait_ms`] first.
    pub(crate) fn hold(&mut self, amount: u64, now_ms: u64) -> Hold {
        self.advance(now_ms);
        self.reserved = self.reserved.saturating_add(amount);
        let period = match &mut self.state {
            State::Bucket { level, .. } => {
                *level -= capacity(amount, self.kind.period_ms());
                0
            }
            State::Fixed { period, .. } => *period,
        };
        Hold { amount, period }
    }

    /// Replaces a reservation by what stays used. A new period of a fixed window owes nothing to the previous one.
    pub(crate) fn settle(&mut self, hold: Hold, spent_now: u64, now_ms: u64) {
        self.advance(now_ms);
        let whole = capacity(self.limit, self.kind.period_ms());
        match &mut self.state {
            State::Bucket { level, .. } => {
                let back = capacity(hold.amount, self.kind.period_ms()) - capacity(spent_now, self.kind.period_ms());
                *level = (*level + back).min(whole);
                self.reserved = self.reserved.saturating_sub(hold.amount);
            }
            State::Fixed { period, spent } if *period == hold.period => {
                *spent = spent.saturating_add(spent_now);
                self.reserved = self.reserved.saturating_sub(hold.amount);
            }
            State::Fixed { .. } => {}
        }
    }

    pub(crate) fn entry(&mut self, now_ms: u64) -> WindowEntry {
        self.advance(now_ms);
        let period = self.kind.period_ms();
        let (left, whole_at_ms) = match self.state {
            State::Bucket { level, .. } => {
                let missing = capacity(self.limit, period) - level;
                let rate = i128::from(self.limit.max(1));
                let wait = u64::try_from((missing + rate - 1) / rate).unwrap_or(u64::MAX);
                (level.div_euclid(i128::from(period)), now_ms.saturating_add(wait))
            }
            State::Fixed { period: current, spent } => (
                i128::from(self.limit) - i128::from(spent) - i128::from(self.reserved),
                current.saturating_add(1).saturating_mul(period),
            ),
        };
        // A refill applies to what was used first, then to what is reserved.
        let gone = u64::try_from(i128::from(self.limit) - left).unwrap_or(0);
        let reserved = self.reserved.min(gone);
        WindowEntry {
            kind: self.kind,
            limit: self.limit,
            used: gone - reserved,
            reserved,
            left: i64::try_from(left).unwrap_or(i64::MAX),
            whole_at_ms,
        }
    }

    fn advance(&mut self, now_ms: u64) {
        let length = self.kind.period_ms();
        match &mut self.state {
            State::Bucket { level, at_ms } => {
                let passed = now_ms.saturating_sub(*at_ms);
                *at_ms = now_ms.max(*at_ms);
                let gained = i128::from(passed).saturating_mul(i128::from(self.limit));
                *level = level.saturating_add(gained).min(capacity(self.limit, length));
            }
            State::Fixed { period, spent } => {
                let current = now_ms / length;
                if current > *period {
                    *period = current;
                    *spent = 0;
                    self.reserved = 0;
                }
            }
        }
    }
}

/// Converts units to units × milliseconds.
fn capacity(units: u64, period_ms: u64) -> i128 {
    i128::from(units).saturating_mul(i128::from(period_ms))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: u64 = 86_400_000;

    fn window(kind: WindowKind, limit: u64, refill: RefillPolicy) -> Window {
        Window::new(&WindowLimit { kind, limit, refill }, 0)
    }

    #[test]
    fn a_bucket_of_thirty_thousand_a_minute_gives_back_five_hundred_a_second() {
        let mut bucket = window(WindowKind::TokensMinute, 30_000, RefillPolicy::ContinuousBucket);
        let hold = bucket.hold(30_000, 0);
        bucket.settle(hold, 30_000, 0);
        let cases = [(0, 500, 1_000), (1_000, 500, 0), (1_000, 501, 2), (60_000, 30_000, 0)];
        for (now, amount, wait) in cases {
            assert_eq!(bucket.wait_ms(amount, now), Some(wait), "{amount} at {now}");
        }
        assert_eq!(bucket.wait_ms(30_001, 60_000), None, "more than the bucket holds never fits");
    }

    #[test]
    fn five_requests_a_minute_are_one_every_twelve_seconds() {
        let mut bucket = window(WindowKind::RequestsMinute, 5, RefillPolicy::ContinuousBucket);
        for _ in 0..5 {
            assert_eq!(bucket.wait_ms(1, 0), Some(0));
            let hold = bucket.hold(1, 0);
            bucket.settle(hold, 1, 0);
        }
        assert_eq!(bucket.wait_ms(1, 0), Some(12_000));
        assert_eq!(bucket.wait_ms(1, 11_999), Some(1));
        assert_eq!(bucket.wait_ms(1, 12_000), Some(0));
    }

    #[test]
    fn a_day_ends_at_midnight_utc_and_takes_its_debts_along() {
        let mut day = window(WindowKind::TokensDay, 1_000, RefillPolicy::FixedUtc);
        let hold = day.hold(900, DAY - 1_000);
        assert_eq!(day.wait_ms(200, DAY - 1_000), Some(1_000));
        assert_eq!(day.wait_ms(200, DAY), Some(0));
        day.settle(hold, 900, DAY + 5);
        assert_eq!(day.entry(DAY + 5).left, 1_000, "yesterday's answer is not charged to today");
    }

    #[test]
    fn an_answer_longer_than_its_reservation_leaves_a_debt() {
        let mut bucket = window(WindowKind::TokensMinute, 600, RefillPolicy::ContinuousBucket);
        let hold = bucket.hold(100, 0);
        bucket.settle(hold, 700, 0);
        let entry = bucket.entry(0);
        assert_eq!((entry.used, entry.left), (700, -100));
        assert_eq!(bucket.wait_ms(1, 0), Some(10_100));
    }

    fn any_window() -> impl Strategy<Value = Window> {
        let laws = prop_oneof![Just(RefillPolicy::ContinuousBucket), Just(RefillPolicy::FixedUtc)];
        (0..7_usize, 1..u64::MAX / 2, laws).prop_map(|(kind, limit, refill)| {
            let terms = WindowLimit { kind: WindowKind::ALL[kind], limit, refill };
            Window::new(&terms, 0)
        })
    }

    proptest! {
        #[test]
        fn the_wait_is_exact(
            mut window in any_window(),
            first in any::<u64>(),
            second in any::<u64>(),
            now in 0..4_000_000_000_000_u64,
        ) {
            let (first, second) = (first % (window.limit + 1), second % (window.limit + 1));
            let hold = window.hold(first, now);
            window.settle(hold, first, now);
            let wait = window.wait_ms(second, now).expect("within the limit it fits some day");
            prop_assert_eq!(window.clone().wait_ms(second, now.saturating_add(wait)), Some(0));
            if wait > 0 {
                prop_assert_ne!(window.wait_ms(second, now + wait - 1), Some(0));
            }
        }

        #[test]
        fn the_entry_adds_up_whatever_happens(
            mut window in any_window(),
            steps in prop::collection::vec((0..100_000_000_u64, 0..1_000_000_u64, 0..1_000_000_u64, any::<bool>()), 0..40),
        ) {
            let mut now = 0;
            let mut holds = Vec::new();
            for (passed, amount, spent, settles) in steps {
                now += passed;
                holds.push(window.hold(amount, now));
                if settles {
                    window.settle(holds.swap_remove(0), spent, now);
                }
                let entry = window.entry(now);
                let sum = i128::from(entry.left) + i128::from(entry.used) + i128::from(entry.reserved);
                prop_assert_eq!(sum, i128::from(entry.limit));
            }
        }
    }
}
