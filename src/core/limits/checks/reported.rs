//! Tests of what the provider reports.

use headroom_domain::{LimitReport, LimitSource};

use super::*;

const TPM: LimitWindow = LimitWindow::TokensMinute;
const RPM: LimitWindow = LimitWindow::RequestsMinute;
const TPD: LimitWindow = LimitWindow::TokensDay;

/// A report of headers that state a limit and what is left of it.
pub(super) fn left_of(window: LimitWindow, limit: u64, remaining: u64) -> LimitReport {
    let mut report = LimitReport::default();
    report.record(window, LimitSource::Header, |fact| {
        fact.limit = Some(limit);
        fact.remaining = Some(remaining);
    });
    report
}

fn resets(mut report: LimitReport, window: LimitWindow, ms: u64) -> LimitReport {
    report.record(window, LimitSource::Header, |fact| fact.resets_in_ms = Some(ms));
    report
}

/// A rejection that names a window, and the amount the request asked for, if given.
fn refusal(window: LimitWindow, requested: Option<u64>) -> LimitReport {
    let mut report = LimitReport { exceeded: Some(window), ..LimitReport::default() };
    if requested.is_some() {
        report.record(window, LimitSource::Refusal, |fact| fact.requested = requested);
    }
    report
}

fn gauge(ledger: &Ledger, limit: WindowLimit, now_ms: u64) -> Gauge {
    gauges(ledger, "a", "m", &model(&[limit]), Refund::ToActual, now_ms)[0]
}

fn left_at(ledger: &Ledger, limit: WindowLimit, now_ms: u64) -> u64 {
    gauge(ledger, limit, now_ms).left
}

#[test]
fn the_providers_word_is_the_level_from_then_on() {
    let bucket = limit(TPM, 60_000, RefillPolicy::Bucket);
    let mut ledger = Ledger::default();
    ledger.sent(request("before", NOON_MS, 9_000));
    ledger.sent(request("refused", NOON_MS, 5_000));
    assert_eq!(gauge(&ledger, bucket, NOON_MS).source, Source::Profile);
    ledger.seen("a", "m", &left_of(TPM, 60_000, 20_000), NOON_MS + 10);
    let gauge = gauge(&ledger, bucket, NOON_MS + 10);
    assert_eq!((gauge.used, gauge.reserved, gauge.left), (26_000, 14_000, 20_000));
    assert_eq!((gauge.whole_in_ms, gauge.source), (40_000, Source::Learned));
    // Later: refills, new requests, the refund of the earlier request; nothing was reserved for the rejected one.
    ledger.sent(request("after", NOON_MS + 2_010, 1_000));
    assert_eq!(left_at(&ledger, bucket, NOON_MS + 2_010), 21_000);
    ledger.settled("before", NOON_MS + 3_010, spent(4_000), Some(200));
    ledger.settled("refused", NOON_MS + 3_010, Spent::default(), Some(429));
    assert_eq!(left_at(&ledger, bucket, NOON_MS + 3_010), 27_000);
    ledger.settled("after", NOON_MS + 4_010, spent(2_000), Some(200));
    assert_eq!(left_at(&ledger, bucket, NOON_MS + 4_010), 27_000);
    assert_eq!(left_at(&ledger, bucket, NOON_MS + 60_000), 60_000);
}

#[test]
fn what_ends_in_the_very_millisecond_after_the_word_still_comes_back() {
    for refill in LAWS {
        let mut ledger = Ledger::default();
        ledger.sent(request("1", NOON_MS, 9_000));
        ledger.seen("a", "m", &left_of(TPM, 60_000, 20_000), NOON_MS + 10);
        ledger.settled("1", NOON_MS + 11, spent(4_000), Some(200));
        let left = left_at(&ledger, limit(TPM, 60_000, refill), NOON_MS + 11);
        assert!((25_000..=25_001).contains(&left), "{refill:?}: {left}");
    }
}

/// Sends a request and reads the headers of its response 200 ms later.
fn answered(ledger: &mut Ledger, limits: &ModelLimits, asked: Request, report: &LimitReport) -> Option<Learned> {
    let (id, now_ms) = (asked.id.clone(), asked.sent_ms + 200);
    ledger.sent(asked);
    ledger.seen_in_answer(limits, Refund::ToActual, &id, report, now_ms)
}

#[test]
fn what_is_left_of_the_limit_that_an_answer_states_with_it_is_no_surprise() {
    let limits = model(&[limit(TPM, 60_000, RefillPolicy::Bucket)]);
    let mut ledger = Ledger::default();
    let learned = answered(&mut ledger, &limits, request("1", NOON_MS, 5_000), &left_of(TPM, 30_000, 25_000));
    assert_eq!(learned, None);
    let known = gauge(&ledger, limits.windows[0], NOON_MS + 200);
    assert_eq!(
        (known.limit.limit, known.left),
        (30_000, 25_100),
        "5,000 of 30,000 were ours, and 200 ms give 100 back"
    );
    let profile = profile(vec![limits.clone()]);
    let need = need(&profile, &limits, 9, Some(1));
    assert_eq!(ledger.uncertainty(&[], &profile, &limits, "a", "m", need, NOON_MS + 200), None);
}

#[test]
fn a_surprise_in_an_answer_holds_until_the_reset_it_states() {
    let limits = model(&[limit(TPD, 1_000, RefillPolicy::Fixed)]);
    let mut ledger = Ledger::default();
    let report = resets(left_of(TPD, 1_000, 50), TPD, HOUR_MS);
    assert_eq!(answered(&mut ledger, &limits, request("1", NOON_MS, 100), &report), None);
    let left = |ms| left_at(&ledger, limits.windows[0], NOON_MS + ms);
    assert_eq!(left(HOUR_MS - 1_000), 50, "someone else has used the account");
    assert_eq!(left(HOUR_MS + 1_000), 900, "from then on only our own count is left");
}

#[test]
fn why_too_little_is_left_is_only_concluded_where_nothing_else_had_just_ended() {
    let limits = model(&[limit(TPM, 60_000, RefillPolicy::Bucket)]);
    let learned_after = |pause_ms| {
        let mut ledger = Ledger::default();
        ledger.sent(request("1", NOON_MS, 20_000));
        ledger.settled("1", NOON_MS + 1_000, spent(1_000), Some(200));
        // As if the 20,000 were still gone.
        let report = left_of(TPM, 60_000, 30_000 + 1_000 + pause_ms);
        answered(&mut ledger, &limits, request("2", NOON_MS + 1_000 + pause_ms, 10_000), &report)
    };
    assert_eq!(learned_after(1_000), Some(Learned::NoRefund));
    assert_eq!(learned_after(100), None, "the provider may not have known its end yet");
}

#[test]
fn a_stated_limit_holds_in_place_of_the_profiles_for_a_day() {
    let limits = model(&[limit(TPM, 60_000, RefillPolicy::Bucket)]);
    let mut ledger = Ledger::default();
    ledger.seen("a", "m", &left_of(TPM, 30_000, 30_000), NOON_MS);
    let known = gauge(&ledger, limits.windows[0], NOON_MS);
    assert_eq!((known.limit.limit, known.left, known.source), (30_000, 30_000, Source::Learned));
    let never = Verdict::Never { binding: Binding::Window(TPM), largest_cap: Some(29_000) };
    assert_eq!(judged(&ledger, &limits, 1_000, 40_000, NOON_MS), never);
    let tomorrow = NOON_MS + DAY_MS;
    assert_eq!(gauge(&ledger, limits.windows[0], tomorrow - 1).limit.limit, 30_000);
    assert_eq!(judged(&ledger, &limits, 1_000, 40_000, tomorrow), Verdict::Fits);
    ledger.seen("a", "m", &left_of(TPM, 0, 0), NOON_MS + 1);
    assert_eq!(gauge(&ledger, limits.windows[0], NOON_MS + 1).limit.limit, 30_000, "a limit of nothing is none");
    ledger.prune(tomorrow + 1);
    assert_eq!(ledger, Ledger::default());
}

#[test]
fn a_fixed_window_forgets_the_word_when_it_begins_anew() {
    let day = limit(TPD, 1_000, RefillPolicy::Fixed);
    let midnight = NOON_MS + 12 * HOUR_MS;
    let mut ledger = Ledger::default();
    ledger.sent(Request { settled: Some((NOON_MS, spent(100))), ..request("1", NOON_MS, 100) });
    ledger.seen("a", "m", &left_of(TPD, 1_000, 50), NOON_MS + 1);
    assert_eq!(left_at(&ledger, day, midnight - 1), 50);
    assert_eq!(left_at(&ledger, day, midnight), 1_000);
    // A reset before midnight ends it too: from then on only our own count is left.
    ledger.seen("a", "m", &resets(left_of(TPD, 1_000, 50), TPD, HOUR_MS), NOON_MS + 2);
    let known = gauge(&ledger, day, NOON_MS + 2);
    assert_eq!((known.left, known.whole_in_ms), (50, HOUR_MS));
    assert_eq!(left_at(&ledger, day, NOON_MS + 1 + HOUR_MS), 50);
    assert_eq!(left_at(&ledger, day, NOON_MS + 2 + HOUR_MS), 900);
    // A request of yesterday that ends today changes nothing today.
    ledger.sent(request("2", midnight - 5, 500));
    ledger.seen("a", "m", &left_of(TPD, 1_000, 700), midnight + 5);
    ledger.settled("2", midnight + 9, spent(10), None);
    assert_eq!(left_at(&ledger, day, midnight + 10), 700);
}

#[test]
fn what_a_sliding_window_had_gone_comes_back_a_period_after_the_word() {
    let limits = model(&[limit(TPM, 1_000, RefillPolicy::Sliding)]);
    let mut ledger = Ledger::default();
    ledger.sent(request("1", NOON_MS, 300));
    ledger.seen("a", "m", &left_of(TPM, 1_000, 200), NOON_MS + 10_000);
    ledger.sent(request("2", NOON_MS + 20_000, 150));
    let now = NOON_MS + 30_000;
    assert_eq!(left(&ledger, &limits, now), [(500, 450, 50)]);
    let wait = |ms| Verdict::Wait { ms, binding: Binding::Window(TPM) };
    assert_eq!(judged(&ledger, &limits, 50, 1, now), wait(40_000));
    assert_eq!(judged(&ledger, &limits, 850, 1, now), wait(50_000));
    assert_eq!(left(&ledger, &limits, NOON_MS + 69_999), [(650, 150, 200)].map(|_| (800, 150, 50)));
    assert_eq!(left(&ledger, &limits, NOON_MS + 70_000), [(0, 150, 850)]);
    assert_eq!(gauge(&ledger, limits.windows[0], now).whole_in_ms, 50_000);
}

#[test]
fn a_refusal_without_numbers_says_that_less_was_left_than_was_asked_for() {
    let bucket = limit(TPM, 60_000, RefillPolicy::Bucket);
    let requests = limit(RPM, 30, RefillPolicy::Bucket);
    let mut ledger = Ledger::default();
    ledger.seen("a", "m", &refusal(RPM, None), NOON_MS);
    assert_eq!(left_at(&ledger, requests, NOON_MS), 0, "one was asked for");
    ledger.seen("a", "m", &refusal(TPM, None), NOON_MS);
    assert_eq!(gauge(&ledger, bucket, NOON_MS).source, Source::Profile, "nobody knows what was asked for");
    ledger.seen("a", "m", &refusal(TPM, Some(3_000)), NOON_MS);
    let known = gauge(&ledger, bucket, NOON_MS);
    assert_eq!((known.left, known.source), (2_999, Source::Learned));
    // The amount asked for is at most the largest reservation of a request that may be the one.
    let mut ledger = Ledger::default();
    ledger.sent(request("1", NOON_MS, 8_000));
    ledger.sent(Request { account: "b".into(), ..request("2", NOON_MS, 20_000) });
    ledger.sent(Request { settled: Some((NOON_MS, spent(7))), status: Some(200), ..request("3", NOON_MS, 30_000) });
    ledger.sent(request("refused", NOON_MS, 9_000));
    ledger.settled("refused", NOON_MS, Spent::default(), Some(429));
    ledger.seen("a", "m", &refusal(TPM, None), NOON_MS);
    assert_eq!(left_at(&ledger, bucket, NOON_MS), 8_999);
    assert_eq!(left_at(&ledger, bucket, NOON_MS + 1_000), 9_999);
}

#[test]
fn a_refusal_without_numbers_never_makes_more_of_what_is_left() {
    for refill in LAWS {
        let window = limit(TPM, 60_000, refill);
        let mut ledger = Ledger::default();
        ledger.sent(request("1", NOON_MS, 57_000));
        ledger.seen("a", "m", &refusal(TPM, Some(20_000)), NOON_MS);
        let known = gauge(&ledger, window, NOON_MS);
        assert_eq!((known.left, known.source), (3_000, Source::Profile), "{refill:?}: our own count knows better");
        ledger.seen("a", "m", &left_of(TPM, 60_000, 1_000), NOON_MS);
        ledger.seen("a", "m", &refusal(TPM, Some(20_000)), NOON_MS);
        assert_eq!(left_at(&ledger, window, NOON_MS), 1_000, "{refill:?}: and so does the provider's own figure");
        ledger.seen("a", "m", &refusal(TPM, Some(501)), NOON_MS);
        assert_eq!(left_at(&ledger, window, NOON_MS), 500, "{refill:?}");
        ledger.seen("a", "m", &left_of(TPM, 60_000, 2_000), NOON_MS);
        assert_eq!(left_at(&ledger, window, NOON_MS), 2_000, "{refill:?}: a figure ends the guess");
    }
}

#[test]
fn a_refusal_that_states_numbers_goes_before_the_headers() {
    let bucket = limit(TPM, 60_000, RefillPolicy::Bucket);
    let mut report = left_of(TPM, 6_000, 5_000);
    report.exceeded = Some(TPM);
    report.record(TPM, LimitSource::Refusal, |fact| {
        (fact.limit, fact.used, fact.requested) = (Some(6_000), Some(3_513), Some(3_166));
        fact.remaining = Some(2_487);
    });
    let mut ledger = Ledger::default();
    ledger.seen("a", "m", &report, NOON_MS);
    assert_eq!(left_at(&ledger, bucket, NOON_MS), 2_487);
    // The used value says what is left, once the limit is known.
    let mut used = LimitReport::default();
    used.record(TPM, LimitSource::Refusal, |fact| fact.used = Some(4_000));
    ledger.seen("a", "m", &used, NOON_MS);
    assert_eq!(left_at(&ledger, bucket, NOON_MS), 2_000);
    let mut unknown = Ledger::default();
    unknown.seen("a", "m", &used, NOON_MS);
    assert_eq!(unknown, Ledger::default());
}

#[test]
fn a_reset_beyond_a_period_is_a_debt_and_more_than_two_are_not_believed() {
    let bucket = limit(TPM, 60_000, RefillPolicy::Bucket);
    let waits = [(60_000, 1), (70_000, 10_001), (120_000, 60_001), (9_000_000, 60_001)];
    for (reset_ms, wait_ms) in waits {
        let mut ledger = Ledger::default();
        ledger.seen("a", "m", &resets(left_of(TPM, 60_000, 0), TPM, reset_ms), NOON_MS);
        let judged = judged(&ledger, &model(&[bucket]), 0, 1, NOON_MS);
        assert_eq!(judged, Verdict::Wait { ms: wait_ms, binding: Binding::Window(TPM) }, "{reset_ms}");
    }
}

#[test]
fn the_newest_word_stands_and_only_for_its_own_window_pool_and_account() {
    let bucket = limit(TPM, 60_000, RefillPolicy::Bucket);
    let mut ledger = Ledger::default();
    ledger.seen("a", "m", &left_of(TPM, 60_000, 500), NOON_MS);
    ledger.seen("a", "m", &left_of(TPM, 60_000, 900), NOON_MS - 1);
    ledger.seen("a", "other", &left_of(TPM, 60_000, 1), NOON_MS + 1);
    ledger.seen("b", "m", &left_of(TPM, 60_000, 2), NOON_MS + 1);
    ledger.seen("a", "m", &left_of(LimitWindow::TokensHour, 60_000, 3), NOON_MS + 1);
    assert_eq!(left_at(&ledger, bucket, NOON_MS), 500);
    // A clock that is set back: the report counts as of now, until there is a newer one.
    assert_eq!(left_at(&ledger, bucket, NOON_MS - HOUR_MS), 500);
    ledger.seen("a", "m", &left_of(TPM, 60_000, 700), NOON_MS - HOUR_MS);
    assert_eq!(left_at(&ledger, bucket, NOON_MS - HOUR_MS), 700);
}

#[test]
fn the_limits_of_a_model_are_the_profiles_and_the_stated_ones() {
    let mut ledger = Ledger::default();
    let guide = profiles().iter().find(|profile| profile.id == "cerebras-guide").unwrap();
    let known = |ledger: &Ledger, profile| effective_limits(profile, ledger, "a", "gpt-oss-120b", NOON_MS);
    assert_eq!(known(&ledger, Some(guide)).as_ref(), guide.of_model("gpt-oss-120b"));
    assert_eq!(known(&ledger, None), None);
    ledger.seen("a", "gpt-oss-120b", &left_of(TPM, 64_000, 1), NOON_MS);
    ledger.seen("a", "gpt-oss-120b", &left_of(LimitWindow::RequestsDay, 14_400, 1), NOON_MS);
    ledger.seen("a", "gpt-oss-120b", &refusal(RPM, None), NOON_MS);
    let windows = |limits: Option<ModelLimits>| limits.unwrap().windows;
    let stated =
        [limit(LimitWindow::RequestsDay, 14_400, RefillPolicy::Fixed), limit(TPM, 64_000, RefillPolicy::Bucket)];
    assert_eq!(windows(known(&ledger, None)), stated, "a window without a stated limit is none");
    let both = [
        limit(RPM, 30, RefillPolicy::Bucket),
        limit(TPM, 64_000, RefillPolicy::Bucket),
        limit(TPD, 1_000_000, RefillPolicy::Fixed),
        limit(LimitWindow::RequestsDay, 14_400, RefillPolicy::Fixed),
    ];
    assert_eq!(windows(known(&ledger, Some(guide))), both);
    assert_eq!(effective_limits(None, &ledger, "b", "gpt-oss-120b", NOON_MS), None);
    // If models share a pool, what was reported for one applies to all.
    let free = profiles().iter().find(|profile| profile.id == "openrouter-free").unwrap();
    ledger.seen("a", "free-models", &left_of(LimitWindow::RequestsDay, 1_000, 9), NOON_MS);
    let shared = effective_limits(Some(free), &ledger, "a", "x:free", NOON_MS).unwrap();
    assert_eq!(shared.windows[1], limit(LimitWindow::RequestsDay, 1_000, RefillPolicy::Fixed));
}

proptest! {
    /// After a report, only it and what came later counts: as if the window were new and had just lost the rest.
    #[test]
    fn after_a_word_a_window_is_a_fresh_one_of_that_level(
        before in lives(), after in lives(), running in 0..3_000_u64, took in 0..3_000_u64, spare in 0..10_000_u64,
        remaining in 0..20_000_u64, later in 0..59_000_u64,
    ) {
        let size = 20_000 + spare;
        let (mut ledger, mut fresh) = (Ledger::default(), Ledger::default());
        // A whole number of days after noon, so that the minute after the report is one of a fixed window too.
        let at = NOON_MS + DAY_MS;
        for known in ledger_of(&before).0.of_account("a") {
            let settled = Some(known.settled.unwrap_or((known.sent_ms, spent(1))));
            ledger.sent(Request { settled, ..known.clone() });
        }
        let in_flight = Request { settled: Some((at + 30_000, spent(took))), ..request("in flight", at, running) };
        ledger.sent(in_flight.clone());
        ledger.seen("a", "m", &left_of(TPM, size, remaining.saturating_sub(running)), at);
        let gone = size - remaining.saturating_sub(running) - running;
        fresh.sent(Request { settled: Some((at, spent(gone))), ..request("gone", at, gone) });
        fresh.sent(in_flight);
        for (number, known) in ledger_of(&after).0.of_account("a").enumerate() {
            let shift = at + 1 - NOON_MS;
            let settled = known.settled.map(|(end_ms, spent)| (end_ms + shift, spent));
            let known = Request { sent_ms: known.sent_ms + shift, settled, ..request(&format!("after {number}"), 0, known.reserved) };
            ledger.sent(known.clone());
            fresh.sent(known);
        }
        for refill in LAWS {
            let window = limit(TPM, size, refill);
            let (ours, theirs) = (gauge(&ledger, window, at + later), gauge(&fresh, window, at + later));
            prop_assert_eq!((ours.source, theirs.source), (Source::Learned, Source::Profile));
            let parts = |gauge: Gauge| (gauge.used, gauge.reserved, gauge.left, gauge.whole_in_ms);
            prop_assert_eq!(parts(ours), parts(theirs), "{:?}", refill);
        }
    }
}
