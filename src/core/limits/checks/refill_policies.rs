//! Tests of the refill policies by example.

use super::*;

#[test]
fn a_bucket_holds_reserves_refills_and_takes_back_what_was_not_used() {
    let limits = model(&[limit(LimitWindow::TokensMinute, 60_000, RefillPolicy::Bucket)]);
    let mut ledger = Ledger::default();
    assert_eq!(left(&ledger, &limits, NOON_MS), [(0, 0, 60_000)]);
    ledger.sent(request("1", NOON_MS, 9_000));
    assert_eq!(left(&ledger, &limits, NOON_MS), [(0, 9_000, 51_000)]);
    // A second later 1,000 tokens have come back; the reservation still counts in full.
    assert_eq!(left(&ledger, &limits, NOON_MS + 1_000), [(0, 8_000, 52_000)]);
    ledger.settled("1", NOON_MS + 1_000, spent(4_000), Some(200));
    assert_eq!(left(&ledger, &limits, NOON_MS + 1_000), [(3_000, 0, 57_000)]);
    assert_eq!(left(&ledger, &limits, NOON_MS + 4_000), [(0, 0, 60_000)]);
    ledger.settled("1", NOON_MS + 2_000, spent(60_000), None);
    assert_eq!(left(&ledger, &limits, NOON_MS + 4_000), [(0, 0, 60_000)], "an end is heard once");
}

#[test]
fn at_one_time_an_end_comes_before_the_next_request_but_never_before_its_own() {
    let limits = model(&[limit(LimitWindow::TokensMinute, 60_000, RefillPolicy::Bucket)]);
    let mut ledger = Ledger::default();
    ledger.sent(request("1", NOON_MS, 5_000));
    ledger.sent(request("2", NOON_MS + 5_000, 3_000));
    ledger.settled("1", NOON_MS + 5_000, spent(1_000), Some(200));
    // The bucket was full again, so the refund overflowed; it does not offset the next reservation.
    assert_eq!(left(&ledger, &limits, NOON_MS + 5_000), [(0, 3_000, 57_000)]);
    ledger.settled("2", NOON_MS + 5_000, spent(500), Some(200));
    assert_eq!(left(&ledger, &limits, NOON_MS + 5_000), [(500, 0, 59_500)]);
}

/// What is sent 300 ms before a fixed window ends may count in the next one. The wait foretold ended with the first window,
/// when the request still did not fit.
#[test]
fn a_request_that_may_count_in_two_windows_makes_the_next_one_wait_for_the_third() {
    let limits = model(&[limit(LimitWindow::TokensMinute, 8_000, RefillPolicy::Fixed)]);
    let wait = |before_ms, tokens: u64| {
        let (mut ledger, now) = (Ledger::default(), NOON_MS + MINUTE_MS - before_ms);
        ledger.sent(request("1", now, 3_400));
        match judged(&ledger, &limits, tokens - 1, 1, now) {
            Verdict::Wait { ms, .. } => ms,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(wait(301, 4_601), 301, "it has arrived");
    assert_eq!(wait(300, 4_601), 300 + MINUTE_MS);
    assert_eq!(wait(1, 8_000), 1 + MINUTE_MS);
}

#[test]
fn a_day_begins_at_midnight_in_utc_and_does_not_accumulate() {
    let limits = model(&[limit(LimitWindow::TokensDay, 1_000, RefillPolicy::Fixed)]);
    let mut ledger = Ledger::default();
    ledger.sent(request("1", NOON_MS, 700));
    ledger.settled("1", NOON_MS, spent(600), Some(200));
    assert_eq!(left(&ledger, &limits, NOON_MS + 1), [(600, 0, 400)]);
    let midnight = NOON_MS + 43_200_000;
    assert_eq!(
        judged(&ledger, &limits, 400, 100, NOON_MS),
        Verdict::Wait { ms: 43_200_000, binding: Binding::Window(LimitWindow::TokensDay) }
    );
    assert_eq!(left(&ledger, &limits, midnight - 1), [(600, 0, 400)]);
    assert_eq!(left(&ledger, &limits, midnight), [(0, 0, 1_000)]);
}

#[test]
fn a_sliding_window_gives_each_use_back_by_itself() {
    let limits = model(&[limit(LimitWindow::TokensMinute, 1_000, RefillPolicy::Sliding)]);
    let mut ledger = Ledger::default();
    ledger.sent(request("1", NOON_MS, 600));
    ledger.sent(request("2", NOON_MS + 20_000, 300));
    let now = NOON_MS + 30_000;
    assert_eq!(left(&ledger, &limits, now), [(0, 900, 100)]);
    let wait = |tokens: u64| judged(&ledger, &limits, tokens - 1, 1, now);
    assert_eq!(wait(100), Verdict::Fits);
    assert_eq!(wait(101), Verdict::Wait { ms: 30_000, binding: Binding::Window(LimitWindow::TokensMinute) });
    assert_eq!(wait(701), Verdict::Wait { ms: 50_000, binding: Binding::Window(LimitWindow::TokensMinute) });
    assert_eq!(left(&ledger, &limits, NOON_MS + 60_000), [(0, 300, 700)]);
    // The clock was set back while it was in flight, so it ends when it was sent.
    ledger.sent(request("3", NOON_MS + 70_000, 500));
    ledger.settled("3", NOON_MS + 65_000, spent(200), Some(200));
    assert_eq!(left(&ledger, &limits, NOON_MS + 129_999), [(200, 0, 800)], "up to its last millisecond in the window");
    assert_eq!(left(&ledger, &limits, NOON_MS + 130_000), [(0, 0, 1_000)]);
}

#[test]
fn the_window_that_takes_longest_binds() {
    let windows = [
        limit(LimitWindow::RequestsMinute, 5, RefillPolicy::Bucket),
        limit(LimitWindow::TokensMinute, 60_000, RefillPolicy::Bucket),
    ];
    let limits = model(&windows);
    let mut ledger = Ledger::default();
    for id in 0..5 {
        ledger.sent(request(&id.to_string(), NOON_MS, 1_000));
    }
    // 5 requests a minute are one every 12 seconds, and the first of these may have been in transit for 300 ms.
    assert_eq!(
        judged(&ledger, &limits, 10, 10, NOON_MS),
        Verdict::Wait { ms: 12_300, binding: Binding::Window(LimitWindow::RequestsMinute) }
    );
    assert_eq!(judged(&ledger, &limits, 10, 10, NOON_MS + 12_300), Verdict::Fits);
    assert_eq!(
        judged(&ledger, &limits, 10_000, 50_000, NOON_MS),
        Verdict::Wait { ms: 12_300, binding: Binding::Window(LimitWindow::RequestsMinute) }
    );
    assert_eq!(
        judged(&ledger, &limits, 20_000, 40_000, NOON_MS + 1_000),
        Verdict::Wait { ms: 11_300, binding: Binding::Window(LimitWindow::RequestsMinute) }
    );
}

#[test]
fn what_never_fits_says_which_cap_would() {
    let mut limits = model(&[limit(LimitWindow::TokensMinute, 30_000, RefillPolicy::Bucket)]);
    let never = |binding, largest_cap| Verdict::Never { binding, largest_cap };
    let ledger = Ledger::default();
    let window = Binding::Window(LimitWindow::TokensMinute);
    assert_eq!(judged(&ledger, &limits, 10_000, 20_001, NOON_MS), never(window, Some(20_000)));
    assert_eq!(judged(&ledger, &limits, 30_000, 1, NOON_MS), never(window, None), "no cap makes a prompt shorter");
    limits.context_tokens = Some(8_192);
    limits.max_output_tokens = Some(4_096);
    assert_eq!(judged(&ledger, &limits, 100, 4_097, NOON_MS), never(Binding::Output, Some(4_096)));
    assert_eq!(judged(&ledger, &limits, 6_000, 4_000, NOON_MS), never(Binding::Context, Some(2_192)));
    assert_eq!(judged(&ledger, &limits, 8_192, 1, NOON_MS), never(Binding::Context, None));
    assert_eq!(judged(&ledger, &limits, 6_000, 2_192, NOON_MS), Verdict::Fits);
}

#[test]
fn without_a_cap_the_profile_says_what_is_reserved() {
    let mut limits = model(&[]);
    let held = |uncapped, limits: &ModelLimits| {
        let profile = LimitProfile { uncapped, ..profile(vec![limits.clone()]) };
        need(&profile, limits, 1_000, None).tokens()
    };
    assert_eq!(held(DefaultOutputReserve::Remainder, &limits), 1_000, "nothing is known to remain");
    limits.context_tokens = Some(8_192);
    assert_eq!(held(DefaultOutputReserve::Remainder, &limits), 8_192);
    assert_eq!(held(DefaultOutputReserve::Tokens(16_384), &limits), 8_192);
    limits.max_output_tokens = Some(2_000);
    assert_eq!(held(DefaultOutputReserve::Tokens(16_384), &limits), 3_000);
}

#[test]
fn models_of_one_pool_share_and_accounts_do_not() {
    let limits =
        ModelLimits { pool: "free".into(), ..model(&[limit(LimitWindow::RequestsDay, 50, RefillPolicy::Fixed)]) };
    let mut ledger = Ledger::default();
    for (id, account, model) in [("1", "a", "x"), ("2", "a", "y"), ("3", "b", "x")] {
        let request =
            Request { account: account.into(), model: model.into(), pool: "free".into(), ..request(id, NOON_MS, 9) };
        ledger.sent(request);
    }
    let gauge = |account| gauges(&ledger, account, "x", &limits, Refund::ToActual, NOON_MS)[0].left;
    assert_eq!((gauge("a"), gauge("b"), gauge("c")), (48, 49, 50));
}

#[test]
fn a_rule_without_refunds_keeps_what_was_reserved() {
    let limits = model(&[limit(LimitWindow::TokensDay, 1_000, RefillPolicy::Fixed)]);
    let mut ledger = Ledger::default();
    ledger.sent(request("1", NOON_MS, 700));
    ledger.settled("1", NOON_MS, spent(100), Some(200));
    let left = |refund| gauges(&ledger, "a", "m", &limits, refund, NOON_MS)[0].left;
    assert_eq!((left(Refund::ToActual), left(Refund::Never)), (900, 300));
}

#[test]
fn a_day_is_priced_by_what_was_used() {
    let price = headroom_domain::Price { prompt_dollars: 3.5e-7, completion_dollars: 7.5e-7 };
    let spent = Spent { prompt: 1_000_000, cached: 0, reasoning: 400_000, answer: 600_000 };
    assert!((cost_dollars(&spent, &price) - 1.10).abs() < 1e-9);
}

/// A cap that satisfied one bound could still be too large for another: the suggested one fits all.
#[test]
fn the_cap_that_is_offered_fits_every_bound() {
    let mut limits = model(&[limit(LimitWindow::TokensMinute, 6_000, RefillPolicy::Bucket)]);
    (limits.context_tokens, limits.max_output_tokens) = (Some(8_192), Some(8_192));
    let ledger = Ledger::default();
    let Verdict::Never { binding, largest_cap: Some(cap) } = judged(&ledger, &limits, 346, 9_000, NOON_MS) else {
        panic!("it is over the context");
    };
    assert_eq!((binding, cap), (Binding::Context, 5_654));
    assert_eq!(judged(&ledger, &limits, 346, cap, NOON_MS), Verdict::Fits);
    limits.context_tokens = None;
    assert!(matches!(judged(&ledger, &limits, 346, 9_000, NOON_MS), Verdict::Never { binding: Binding::Output, .. }));
}

/// Two requests were sent while the clock was a day ahead. When it was right again, the next one waited 969 s, and kept
/// waiting that long.
#[test]
fn what_was_sent_by_a_clock_that_was_ahead_keeps_nobody_waiting_longer_than_a_window() {
    for refill in LAWS {
        let limits = model(&[limit(LimitWindow::RequestsMinute, 2, refill)]);
        for ahead_ms in [2 * MINUTE_MS, HOUR_MS, DAY_MS, 365 * DAY_MS] {
            let mut ledger = Ledger::default();
            for id in ["1", "2"] {
                ledger.sent(request(id, NOON_MS + ahead_ms, 10));
                ledger.settled(id, NOON_MS + ahead_ms + 900, spent(10), Some(200));
            }
            assert_eq!(judged(&ledger, &limits, 9, 1, NOON_MS + 1_000), Verdict::Fits, "{refill:?} {ahead_ms}");
            let uncertainty = |now_ms| {
                let profile = profile(vec![limits.clone()]);
                ledger.uncertainty(&[], &profile, &limits, "a", "m", need(&profile, &limits, 9, Some(1)), now_ms)
            };
            assert_eq!(uncertainty(NOON_MS + 1_000), Some(Uncertainty::Clock));
            assert_eq!(uncertainty(NOON_MS + ahead_ms + 3 * HOUR_MS), None);
            // Those sent since count as usual.
            for id in ["3", "4"] {
                ledger.sent(request(id, NOON_MS + 2_000, 10));
            }
            let Verdict::Wait { ms, .. } = judged(&ledger, &limits, 9, 1, NOON_MS + 3_000) else {
                panic!("{refill:?}")
            };
            assert!(ms <= MINUTE_MS, "{refill:?} {ahead_ms} {ms}");
        }
    }
}
