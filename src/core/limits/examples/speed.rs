//! Measures how fast a full day is judged: 100,000 requests of one model, seven windows.
//!
//! `cargo run --release -p headroom-limits --example speed`

use headroom_domain::{
    DefaultOutputReserve, LimitProfile, LimitWindow, ModelLimits, RefillPolicy, Refund, WindowLimit,
};
use headroom_limits::{Ledger, Request, Spent, Waiting, burn_down, gauges, level_history, need, plan, verdict};
use std::{hint::black_box, io::Write as _, time::Duration};

/// A native measurement may read a clock; the crate may not, and the tidy test looks for that by name.
type Clock = std::time::Instant;

const MIDNIGHT_MS: u64 = 20_000 * 86_400_000;
const REQUESTS: u64 = 100_000;

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let mut ledger = Ledger::default();
    let now_ms = MIDNIGHT_MS + REQUESTS * 800;
    let requests: Vec<Request> = (0..REQUESTS).map(request).collect();
    let start = Clock::now();
    for request in requests {
        ledger.sent(request);
    }
    writeln!(out, "hear of {REQUESTS} requests   {:>10.1?}", start.elapsed())?;

    let windows = LimitWindow::ALL.map(|window| {
        let refill = if window.period_ms() < 86_400_000 { RefillPolicy::Bucket } else { RefillPolicy::Fixed };
        let limit = if window.counts_requests() { 14_400 } else { 1_000_000 };
        WindowLimit { window, limit, refill }
    });
    let limits = ModelLimits::only("m".into(), windows.to_vec());
    let all = best(|| drop(black_box(gauges(&ledger, "a", "m", &limits, Refund::ToActual, now_ms))));
    writeln!(out, "gauges of {} windows      {all:>10.1?}", windows.len())?;
    for limit in windows {
        let one = ModelLimits { windows: vec![limit], ..limits.clone() };
        let time = best(|| drop(black_box(gauges(&ledger, "a", "m", &one, Refund::ToActual, now_ms))));
        writeln!(out, "  {:22} {time:>10.1?}", limit.window.name())?;
    }
    let profile = LimitProfile {
        id: String::new(),
        name: String::new(),
        provider: String::new(),
        as_of: String::new(),
        source: String::new(),
        uncapped: DefaultOutputReserve::Remainder,
        refund: Refund::ToActual,
        credit: None,
        models: Vec::new(),
    };
    let need = need(&profile, &limits, 40, Some(100));
    let time = best(|| {
        black_box(verdict(&profile, &limits, &ledger, "a", "m", need, now_ms));
    });
    writeln!(out, "verdict                  {time:>10.1?}")?;
    let waiting = Waiting { account: "a", model: "m", profile: &profile, limits: &limits, need, not_before_ms: 0 };
    let lanes = [waiting; 6];
    let time = best(|| drop(black_box(plan(&ledger, &lanes, now_ms))));
    writeln!(out, "plan of six lanes        {time:>10.1?}")?;
    let mut number = REQUESTS;
    let time = best(|| {
        ledger.sent(request(number));
        ledger.settled(&format!("{number:08}"), now_ms, Spent::default(), Some(200));
        number += 1;
    });
    writeln!(out, "note one and its end     {time:>10.1?}")?;
    let [.., minute, _, _, day] = windows;
    let history = |limit| level_history(&ledger, "a", "m", limit, Refund::ToActual, MIDNIGHT_MS, now_ms, 500);
    let time = best(|| drop(black_box(history(minute))));
    writeln!(out, "history of a day, 500    {time:>10.1?}")?;
    let time = best(|| drop(black_box(burn_down(&ledger, "a", "m", day.limit, now_ms))));
    writeln!(out, "burn-down                {time:>10.1?}")
}

/// One request every 0.8 seconds, 100 tokens each, some of them overlapping.
fn request(number: u64) -> Request {
    let sent_ms = MIDNIGHT_MS + number * 800;
    let spent = Spent { prompt: 40, cached: 0, reasoning: 30, answer: 30 };
    Request {
        id: format!("{number:08}"),
        account: "a".into(),
        pool: "m".into(),
        model: "m".into(),
        sent_ms,
        reserved: 140,
        cap: None,
        effort: None,
        settled: Some((sent_ms + if number.is_multiple_of(2) { 12_000 } else { 3_000 }, spent)),
        status: Some(200),
        ..Request::default()
    }
}

/// The fastest of many runs.
fn best(mut run: impl FnMut()) -> Duration {
    let times = (0..50).map(|_| {
        let start = Clock::now();
        run();
        start.elapsed()
    });
    times.min().unwrap_or_default()
}
