//! Shared code of the tests. They are examples, property tests, and comparisons with the simulator's own request log,
//! which was written without knowing this crate.

use headroom_domain::{
    DefaultOutputReserve, LimitProfile, LimitWindow, ModelLimits, RefillPolicy, Refund, WindowLimit,
};
use proptest::prelude::*;

use crate::*;

mod histories;
mod inference;
mod ledgers;
mod plans;
mod properties;
mod refill_policies;
mod refusals;
mod reported;
mod saved;
mod simulator;
mod uncertainties;
mod usage_days;
mod weeks;

const NOON_MS: u64 = 20_000 * DAY_MS + 12 * HOUR_MS;

fn limit(window: LimitWindow, limit: u64, refill: RefillPolicy) -> WindowLimit {
    WindowLimit { window, limit, refill }
}

fn model(windows: &[WindowLimit]) -> ModelLimits {
    ModelLimits::only("m".into(), windows.to_vec())
}

fn profile(models: Vec<ModelLimits>) -> LimitProfile {
    LimitProfile {
        id: "test".into(),
        name: "Test".into(),
        provider: "cerebras".into(),
        as_of: "2026-10".into(),
        source: "this test".into(),
        uncapped: DefaultOutputReserve::Remainder,
        refund: Refund::ToActual,
        credit: None,
        models,
    }
}

fn request(id: &str, sent_ms: u64, reserved: u64) -> Request {
    Request {
        id: id.into(),
        account: "a".into(),
        pool: "m".into(),
        model: "m".into(),
        sent_ms,
        reserved,
        ..Request::default()
    }
}

fn spent(tokens: u64) -> Spent {
    Spent { answer: tokens, ..Spent::default() }
}

fn left(ledger: &Ledger, limits: &ModelLimits, now_ms: u64) -> Vec<(u64, u64, u64)> {
    let gauges = gauges(ledger, "a", "m", limits, Refund::ToActual, now_ms);
    gauges.iter().map(|gauge| (gauge.used, gauge.reserved, gauge.left)).collect()
}

fn judged(ledger: &Ledger, limits: &ModelLimits, input: u64, cap: u64, now_ms: u64) -> Verdict {
    let profile = profile(vec![limits.clone()]);
    let need = need(&profile, limits, input, Some(cap));
    verdict(&profile, limits, ledger, "a", "m", need, now_ms)
}

/// A request in a random history: the gap before it, its reservation, and after how long it ends with how many tokens.
type Asked = (u64, u64, Option<(u64, u64)>);

fn lives() -> impl Strategy<Value = Vec<Asked>> {
    proptest::collection::vec((0..40_000_u64, 1..5_000_u64, proptest::option::of((0..90_000_u64, 0..6_000_u64))), 0..40)
}

fn ledger_of(life: &[Asked]) -> (Ledger, u64) {
    let (mut ledger, mut now) = (Ledger::default(), NOON_MS);
    for (number, (gap, reserved, end)) in life.iter().enumerate() {
        now += gap;
        let mut request = request(&format!("{number:03}"), now, *reserved);
        request.settled = end.map(|(after, tokens)| (now + after, spent(tokens)));
        ledger.sent(request);
    }
    (ledger, now)
}

const LAWS: [RefillPolicy; 3] = [RefillPolicy::Bucket, RefillPolicy::Fixed, RefillPolicy::Sliding];

/// The same items in a pseudorandom order given by the seed.
fn shuffled<T>(mut things: Vec<T>, seed: u64) -> Vec<T> {
    let (mut state, mut mixed) = (seed | 1, Vec::with_capacity(things.len()));
    while !things.is_empty() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        mixed.push(things.swap_remove((state >> 33) as usize % things.len()));
    }
    mixed
}
