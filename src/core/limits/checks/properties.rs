//! Property tests of the refill policies.

use super::*;

proptest! {
    #[test]
    fn the_parts_of_a_gauge_are_its_limit(life in lives(), later in 0..200_000_u64, size in 1..20_000_u64) {
        let (ledger, now) = ledger_of(&life);
        for refill in LAWS {
            let limits = model(&[limit(LimitWindow::TokensMinute, size, refill), limit(LimitWindow::RequestsDay, size, refill)]);
            for gauge in gauges(&ledger, "a", "m", &limits, Refund::ToActual, now + later) {
                prop_assert_eq!(gauge.used + gauge.reserved + gauge.left, size, "{:?}", gauge);
            }
        }
    }

    #[test]
    fn after_the_wait_it_fits_if_all_takes_what_was_reserved(
        life in lives(), size in 1_000..20_000_u64, tokens in 2..20_000_u64,
        at_the_end in proptest::option::of((0..600_u64, 1..5_000_u64)),
    ) {
        let (mut ledger, now) = ledger_of(&life);
        // Known ends are in the past: nothing comes back by itself while we wait.
        let ends: Vec<Request> = ledger.of_account("a").cloned().collect();
        let mut now = ends.iter().filter_map(|request| request.settled.map(|(at, _)| at)).fold(now, u64::max);
        if let Some((before_ms, reserved)) = at_the_end {
            now = (now / MINUTE_MS + 2) * MINUTE_MS - before_ms;
            ledger.sent(request("last", now, reserved));
        }
        ledger.prune(now);
        for refill in LAWS {
            let limits = model(&[limit(LimitWindow::TokensMinute, size, refill)]);
            match judged(&ledger, &limits, tokens - 1, 1, now) {
                Verdict::Fits => {}
                Verdict::Wait { ms, .. } => {
                    prop_assert!(ms > 0);
                    prop_assert_eq!(judged(&ledger, &limits, tokens - 1, 1, now + ms), Verdict::Fits, "{:?} after {}", refill, ms);
                    if refill != RefillPolicy::Bucket {
                        prop_assert_ne!(judged(&ledger, &limits, tokens - 1, 1, now + ms - 1), Verdict::Fits, "{:?}: not before", refill);
                    }
                }
                Verdict::Never { .. } => prop_assert!(tokens > size),
            }
        }
    }

    #[test]
    fn a_level_is_never_above_its_limit_and_what_is_left_is_what_is_not_gone(
        life in lives(), later in 0..200_000_u64, size in 1..20_000_u64, words in words(),
    ) {
        let (mut ledger, now) = ledger_of(&life);
        for (window, stated, remaining, at) in words {
            ledger.seen("a", "m", &reported::left_of(window, stated, remaining), NOON_MS + at);
        }
        for refill in LAWS {
            let limits = model(&LimitWindow::ALL.map(|window| limit(window, size, refill)));
            for gauge in gauges(&ledger, "a", "m", &limits, Refund::ToActual, now + later) {
                prop_assert_eq!(gauge.used + gauge.reserved + gauge.left, gauge.limit.limit, "{:?}", gauge);
                prop_assert!(gauge.whole_in_ms > 0 || gauge.left == gauge.limit.limit, "{:?}", gauge);
            }
        }
    }

    #[test]
    fn what_a_bucket_leaves_out_makes_no_difference(
        life in lives(), size in 1..200_000_u64, later in 0..2_000_000_u64, refund in prop_oneof![Just(Refund::ToActual), Just(Refund::Never)],
    ) {
        let (ledger, last) = ledger_of(&life);
        for window in [LimitWindow::TokensMinute, LimitWindow::TokensHour, LimitWindow::RequestsMinute] {
            let limits = model(&[limit(window, size, RefillPolicy::Bucket)]);
            for now in [last - later.min(600_000), last, last + later] {
                let gauge = gauges(&ledger, "a", "m", &limits, refund, now)[0].left;
                let slowly = bucket_from_the_beginning(&ledger, limits.windows[0], refund, now);
                prop_assert!(gauge.abs_diff(slowly) <= 1, "{window:?}: {gauge}, from the beginning {slowly}");
            }
        }
    }
}

/// Values as broken data and wrong clocks produce them.
fn any_figure() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(1), Just(u64::MAX), Just(NOON_MS), NOON_MS..NOON_MS + 90_000, any::<u64>()]
}

proptest! {
    #[test]
    fn no_figure_makes_it_panic_or_leaves_more_than_there_is(
        figures in proptest::collection::vec((any_figure(), any_figure(), proptest::option::of((any_figure(), any_figure()))), 0..6),
        report in proptest::option::of((any_figure(), any_figure(), any_figure())),
        (size, now, amount) in (any_figure(), any_figure(), any_figure()),
    ) {
        let mut ledger = Ledger::default();
        for (number, (sent_ms, reserved, end)) in figures.into_iter().enumerate() {
            let taken = |tokens| Spent { prompt: tokens, cached: now, reasoning: tokens, answer: tokens };
            let settled = end.map(|(end_ms, tokens)| (end_ms, taken(tokens)));
            ledger.sent(Request { settled, ..request(&number.to_string(), sent_ms, reserved) });
        }
        if let Some((stated, remaining, at)) = report {
            for window in LimitWindow::ALL {
                let mut report = reported::left_of(window, stated, remaining);
                report.record(window, headroom_domain::LimitSource::Header, |fact| fact.resets_in_ms = Some(at));
                ledger.seen("a", "m", &report, at);
                report = headroom_domain::LimitReport { exceeded: Some(window), ..Default::default() };
                ledger.seen("a", "m", &report, at);
            }
        }
        for refill in LAWS {
            let limits = model(&LimitWindow::ALL.map(|window| limit(window, size, refill)));
            let gauges = gauges(&ledger, "a", "m", &limits, Refund::Never, now);
            for gauge in &gauges {
                prop_assert_eq!(u128::from(gauge.used) + u128::from(gauge.reserved) + u128::from(gauge.left), u128::from(gauge.limit.limit));
                let history = level_history(&ledger, "a", "m", gauge.limit, Refund::ToActual, amount, now, 5);
                prop_assert!(history.iter().all(|(_, level)| *level <= gauge.limit.limit));
            }
            let need = Need { input: amount, cap: None, answer: amount };
            let day = usage_day(&gauges, &ledger, "a", "m", Some(need), now).unwrap();
            prop_assert!(day.sentence().contains("left today"));
            let verdict = judged(&ledger, &limits, amount, 1, now);
            prop_assert!(!matches!(verdict, Verdict::Wait { ms: 0, .. }), "{verdict:?}");
        }
        prop_assert_eq!(burn_down(&ledger, "a", "m", size, now)[0], (0, size));
        let free = headroom_domain::Price::default();
        prop_assert_eq!(cost_of_day(&ledger, "a", &|_| Some(free), now).unwrap_or(0.0), 0.0);
        ledger.expire_stale(now);
        ledger.prune(now);
        prop_assert!(ledger.of_account("a").all(|request| request.sent_ms > now.saturating_sub(2 * DAY_MS) || now < 2 * DAY_MS));
    }
}

/// The reference implementation of a bucket: everything that ever happened, in order.
fn bucket_from_the_beginning(ledger: &Ledger, limit: WindowLimit, refund: Refund, now_ms: u64) -> u64 {
    let (size, period) = (i128::from(limit.limit), i128::from(limit.window.period_ms()));
    let mut steps = Vec::new();
    // Requests further ahead were sent by a clock that has been set back.
    for request in ledger.of_account("a").filter(|request| request.sent_ms <= now_ms + MINUTE_MS) {
        let of_requests = limit.window.counts_requests();
        let held = if of_requests { 1 } else { i128::from(request.reserved) };
        steps.push((request.sent_ms, -held));
        if let Some((at_ms, spent)) = request.settled {
            let spent = if refund == Refund::Never { spent.total().max(request.reserved) } else { spent.total() };
            let actual = if of_requests { 1 } else { i128::from(spent) };
            steps.push((at_ms, held - actual));
        }
    }
    steps.sort_by_key(|(at_ms, _)| *at_ms);
    // In units times the period, so that nothing is lost.
    let (mut level, mut then_ms) = (size * period, 0);
    for (at_ms, change) in steps.into_iter().chain([(now_ms, 0)]) {
        let at_ms = at_ms.min(now_ms); // Future events count now.
        level = (level + i128::from(at_ms - then_ms) * size).min(size * period);
        level = (level + change * period).min(size * period);
        then_ms = at_ms;
    }
    u64::try_from(level.div_euclid(period)).unwrap_or(0)
}

/// What a provider may report, true or not: a window, its limit, what is left, and when after noon.
fn words() -> impl Strategy<Value = Vec<(LimitWindow, u64, u64, u64)>> {
    let window = (0..LimitWindow::ALL.len()).prop_map(|at| LimitWindow::ALL[at]);
    proptest::collection::vec((window, 0..30_000_u64, 0..40_000_u64, 0..900_000_u64), 0..10)
}
