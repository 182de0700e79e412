//! Tests of the chart data.

use super::*;

/// The ledger as known at a time, without anything later.
fn as_of(ledger: &Ledger, at_ms: u64) -> Ledger {
    let mut then = Ledger::default();
    for request in ledger.of_account("a").filter(|request| request.sent_ms <= at_ms) {
        let settled = request.settled.filter(|(end_ms, _)| *end_ms <= at_ms);
        then.sent(Request { settled, ..request.clone() });
    }
    then
}

#[test]
fn recent_requests_are_those_since_a_time_of_all_pools() {
    let mut ledger = Ledger::default();
    for (id, sent_ms, account, pool) in
        [("1", 10, "a", "m"), ("2", 20, "a", "n"), ("3", 20, "b", "m"), ("4", 30, "a", "m")]
    {
        ledger.sent(Request { account: account.into(), pool: pool.into(), ..request(id, sent_ms, 1) });
    }
    let ids = |since_ms| recent(&ledger, "a", since_ms).map(|request| request.id.as_str()).collect::<Vec<_>>();
    assert_eq!(ids(0), ["1", "2", "4"]);
    assert_eq!(ids(20), ["2", "4"]);
    assert_eq!(ids(31), [""; 0]);
}

#[test]
fn a_history_is_sampled_evenly() {
    let window = limit(LimitWindow::TokensMinute, 60_000, RefillPolicy::Bucket);
    let mut ledger = Ledger::default();
    ledger.sent(request("1", NOON_MS + 10_000, 30_000));
    ledger.settled("1", NOON_MS + 20_000, spent(24_000), None);
    let history = |from_ms, to_ms, points| {
        let history = level_history(&ledger, "a", "m", window, Refund::ToActual, from_ms, to_ms, points);
        history.into_iter().map(|(at_ms, left)| (at_ms - NOON_MS, left)).collect::<Vec<_>>()
    };
    let expected = [(0, 60_000), (10_000, 30_000), (20_000, 46_000), (30_000, 56_000), (40_000, 60_000)];
    assert_eq!(history(NOON_MS, NOON_MS + 40_000, 5), expected);
    assert_eq!(history(NOON_MS, NOON_MS + 10_000, 1), [(10_000, 30_000)]);
    assert_eq!(history(NOON_MS, NOON_MS + 10_000, 0), []);
    assert_eq!(history(NOON_MS + 20_000, NOON_MS + 20_000, 2), [(20_000, 46_000); 2]);
    assert_eq!(history(NOON_MS + 30_000, NOON_MS + 20_000, 1), [(20_000, 46_000)], "a span that ends before it begins");
}

#[test]
fn a_burn_down_has_a_point_at_each_change_of_the_day() {
    let midnight = NOON_MS - 12 * HOUR_MS;
    let mut ledger = Ledger::default();
    ledger.sent(Request { settled: Some((midnight + 5, spent(500))), ..request("yesterday", midnight - 1, 900) });
    ledger.sent(request("1", midnight + HOUR_MS, 300));
    ledger.settled("1", midnight + 2 * HOUR_MS, spent(100), None);
    ledger.sent(request("2", midnight + 3 * HOUR_MS, 400));
    let points = burn_down(&ledger, "a", "m", 1_000, NOON_MS);
    let expected =
        [(0, 1_000), (5, 1_000), (HOUR_MS, 700), (2 * HOUR_MS, 900), (3 * HOUR_MS, 500), (12 * HOUR_MS, 500)];
    assert_eq!(points, expected);
    assert_eq!(burn_down(&ledger, "a", "m", 1_000, midnight), [(0, 1_000); 2], "a clock was ahead");
    let soon = midnight + HOUR_MS - MINUTE_MS;
    assert_eq!(
        burn_down(&ledger, "a", "m", 1_000, soon).last(),
        Some(&(HOUR_MS - MINUTE_MS, 900)),
        "a minute counts now"
    );
    assert_eq!(burn_down(&Ledger::default(), "a", "m", 7, midnight + 9), [(0, 7), (9, 7)]);
}

#[test]
fn the_providers_word_is_a_step_in_the_line() {
    let mut ledger = Ledger::default();
    let window = limit(LimitWindow::TokensDay, 1_000, RefillPolicy::Fixed);
    ledger.sent(request("1", NOON_MS, 100));
    ledger.seen("a", "m", &reported::left_of(LimitWindow::TokensDay, 1_000, 300), NOON_MS + 10);
    ledger.settled("1", NOON_MS + 20, spent(40), None);
    let history = level_history(&ledger, "a", "m", window, Refund::ToActual, NOON_MS, NOON_MS + 20, 5);
    let left: Vec<u64> = history.into_iter().map(|(_, left)| left).collect();
    assert_eq!(left, [900, 900, 300, 300, 360]);
    assert_eq!(burn_down(&ledger, "a", "m", 1_000, NOON_MS + 30).last(), Some(&(12 * HOUR_MS + 30, 360)));
}

proptest! {
    #[test]
    fn every_point_of_a_history_is_the_gauge_of_its_time(
        life in lives(), before in 0..200_000_u64, later in 0..200_000_u64, points in 1..30_usize, size in 1..20_000_u64,
    ) {
        let (ledger, last) = ledger_of(&life);
        let (from, to) = (last - before, last + later);
        for refill in LAWS {
            for window in [LimitWindow::TokensMinute, LimitWindow::RequestsMinute, LimitWindow::TokensDay] {
                let limits = model(&[limit(window, size, refill)]);
                let history = level_history(&ledger, "a", "m", limits.windows[0], Refund::ToActual, from, to, points);
                prop_assert_eq!(history.len(), points);
                prop_assert!(history.last().is_some_and(|(at, _)| *at == to));
                for (at, level) in history {
                    let (_, _, expected) = left(&as_of(&ledger, at), &limits, at)[0];
                    prop_assert!(level.abs_diff(expected) <= 1, "{refill:?} {window:?} at {at}: {level}, the gauge said {expected}");
                }
            }
        }
    }

    #[test]
    fn a_burn_down_is_short_and_ends_at_the_gauge(
        gaps in proptest::collection::vec((0..400_000_u64, 1..5_000_u64, 0..6_000_u64), 0..300),
    ) {
        let mut ledger = Ledger::default();
        let midnight = NOON_MS - 12 * HOUR_MS;
        let mut now = midnight;
        for (number, (gap, reserved, taken)) in gaps.iter().enumerate() {
            now = (now + gap).min(midnight + DAY_MS - 1);
            let ended = Request { settled: Some((now + gap / 3, spent(*taken))), ..request(&format!("{number:03}"), now, *reserved) };
            ledger.sent(ended);
        }
        let points = burn_down(&ledger, "a", "m", 1_000_000, now);
        prop_assert!(points.len() <= 64, "{} points", points.len());
        prop_assert_eq!(points[0], (0, 1_000_000));
        prop_assert!(points.is_sorted_by_key(|(at, _)| *at));
        let (_, _, expected) = left(&ledger, &model(&[limit(LimitWindow::TokensDay, 1_000_000, RefillPolicy::Fixed)]), now)[0];
        prop_assert_eq!(points.last(), Some(&(now - midnight, expected)));
    }
}
