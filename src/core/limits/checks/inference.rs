//! Tests of inference from unexpected responses, of probes, and of forecast accuracy.

use headroom_domain::{LimitReport, LimitSource};

use super::*;

const TPM: LimitWindow = LimitWindow::TokensMinute;
const RPM: LimitWindow = LimitWindow::RequestsMinute;
const REFUND: Refund = Refund::ToActual;

/// Sends it with a forecast, and lets its response begin.
fn let_in(ledger: &mut Ledger, limits: &ModelLimits, asked: Request, expected_to_fit: bool) -> Option<Learned> {
    let (id, now_ms) = (asked.id.clone(), asked.sent_ms);
    ledger.sent(Request { expected_to_fit: Some(expected_to_fit), ..asked });
    ledger.accepted(limits, ledger.refund(REFUND, "a", "m", now_ms), &id, now_ms + 200)
}

fn refuse(ledger: &mut Ledger, limits: &ModelLimits, asked: Request, window: LimitWindow) -> Option<Learned> {
    let (id, now_ms) = (asked.id.clone(), asked.sent_ms);
    let refund = ledger.refund(REFUND, "a", "m", now_ms);
    ledger.sent(asked);
    ledger.settled(&id, now_ms + 20, Spent::default(), Some(429));
    ledger.infer_from_refusal(limits, refund, &id, window, now_ms + 20)
}

/// A request without a cap: 100 tokens of input, plus our output reservation.
fn uncapped(id: &str, sent_ms: u64, answer: u64) -> Request {
    Request { uncapped_input: Some(100), ..request(id, sent_ms, 100 + answer) }
}

fn known(ledger: &Ledger, limits: &ModelLimits, now_ms: u64) -> ModelLimits {
    effective_limits(Some(&profile(vec![limits.clone()])), ledger, "a", "m", now_ms).unwrap()
}

#[test]
fn what_is_let_in_against_our_count_raises_the_limit_as_far_as_it_proves() {
    let limits = model(&[limit(RPM, 3, RefillPolicy::Bucket), limit(TPM, 1_000, RefillPolicy::Bucket)]);
    let mut ledger = Ledger::default();
    for id in ["1", "2", "3"] {
        assert_eq!(let_in(&mut ledger, &limits, request(id, NOON_MS, 10), true), None);
    }
    let learned = let_in(&mut ledger, &limits, request("4", NOON_MS + 1, 10), false);
    assert_eq!(learned, Some(Learned::Limit(RPM, 4)));
    assert_eq!(known(&ledger, &limits, NOON_MS + 300).windows.map_limits(), [4, 1_000]);
    assert_eq!(
        known(&ledger, &limits, NOON_MS + DAY_MS - 1).windows.map_limits(),
        [4, 1_000],
        "a proof is good for a day"
    );
}

trait Limits {
    fn map_limits(&self) -> Vec<u64>;
}

impl Limits for Vec<WindowLimit> {
    fn map_limits(&self) -> Vec<u64> {
        self.iter().map(|limit| limit.limit).collect()
    }
}

/// Requests overtook each other: the tenth was rejected although only nine had been sent before it.
#[test]
fn a_limit_that_a_refusal_taught_too_low_is_raised_by_the_answers_that_were_on_their_way() {
    let limits = model(&[limit(RPM, 30, RefillPolicy::Bucket)]);
    let mut ledger = Ledger::default();
    let ids: Vec<String> = (0..12).map(|number| format!("{number:02}")).collect();
    for (id, later) in ids.iter().zip(0..) {
        ledger.sent(Request { expected_to_fit: Some(true), ..request(id, NOON_MS + later, 10) });
    }
    ledger.settled("09", NOON_MS + 100, Spent::default(), Some(429));
    let learned = ledger.infer_from_refusal(&limits, REFUND, "09", RPM, NOON_MS + 100);
    assert_eq!(learned, Some(Learned::Limit(RPM, 9)));
    for id in ids.iter().filter(|id| *id != "09") {
        ledger.accepted(&known(&ledger, &limits, NOON_MS + 200), REFUND, id, NOON_MS + 200);
    }
    assert_eq!(known(&ledger, &limits, NOON_MS + 200).windows.map_limits(), [11]);
    assert_eq!(
        known(&ledger, &limits, NOON_MS + 200 + HOUR_MS).windows.map_limits(),
        [30],
        "for an hour, like the refusal"
    );
}

#[test]
fn what_was_not_answered_yet_proves_nothing() {
    let limits = model(&[limit(RPM, 2, RefillPolicy::Bucket)]);
    let mut ledger = Ledger::default();
    for id in ["1", "2", "3"] {
        ledger.sent(request(id, NOON_MS, 10));
    }
    assert_eq!(
        let_in(&mut ledger, &limits, request("4", NOON_MS + 1, 10), false),
        None,
        "the others may be refused yet"
    );
}

#[test]
fn a_limit_that_the_provider_stated_is_not_corrected() {
    let limits = model(&[limit(RPM, 2, RefillPolicy::Bucket)]);
    let mut ledger = Ledger::default();
    ledger.seen("a", "m", &reported::left_of(RPM, 2, 2), NOON_MS - 1);
    for id in ["1", "2", "3"] {
        assert_eq!(let_in(&mut ledger, &limits, request(id, NOON_MS, 10), id != "3"), None);
    }
    assert_eq!(known(&ledger, &limits, NOON_MS + 300).windows.map_limits(), [2]);
}

#[test]
fn a_refusal_that_was_too_gloomy_is_forgotten_when_something_is_let_in() {
    let limits = model(&[limit(TPM, 60_000, RefillPolicy::Bucket)]);
    let mut ledger = Ledger::default();
    // Someone else had used the account; it has refilled since.
    assert_eq!(refuse(&mut ledger, &limits, request("1", NOON_MS, 5_000), TPM), None);
    ledger.seen("a", "m", &LimitReport { exceeded: Some(TPM), ..LimitReport::default() }, NOON_MS + 20);
    assert_eq!(left(&ledger, &limits, NOON_MS + 30)[0].2, 5_009);
    assert_eq!(let_in(&mut ledger, &limits, request("2", NOON_MS + 40, 20_000), false), None);
    assert_eq!(left(&ledger, &limits, NOON_MS + 300)[0].2, 40_260);
}

#[test]
fn that_more_is_reserved_without_a_cap_is_learned_from_a_refusal_and_counts_for_what_runs() {
    let limits = model(&[limit(TPM, 60_000, RefillPolicy::Bucket)]);
    let mut ledger = Ledger::default();
    // The provider reserves 9,900: six fit, not the twenty we assumed.
    for id in ["1", "2", "3", "4", "5", "6"] {
        assert_eq!(let_in(&mut ledger, &limits, uncapped(id, NOON_MS, 2_900), true), None);
    }
    let learned = refuse(&mut ledger, &limits, uncapped("7", NOON_MS, 2_900), TPM);
    let Some(Learned::OutputReserve(tokens)) = learned else { panic!("{learned:?}") };
    assert!((9_800..10_000).contains(&tokens), "{tokens}");
    let rule = ledger.default_output_reserve(DefaultOutputReserve::Tokens(2_900), "a", "m", NOON_MS);
    assert_eq!(rule, DefaultOutputReserve::Tokens(tokens));
    assert_eq!(ledger.get("1").unwrap().reserved, 100 + tokens);
    assert!(left(&ledger, &limits, NOON_MS)[0].2 < 1_000);
    let later = |ms| ledger.default_output_reserve(DefaultOutputReserve::Remainder, "a", "m", NOON_MS + ms);
    assert_eq!(later(HOUR_MS + 20), DefaultOutputReserve::Remainder, "for an hour");
    assert_eq!(
        ledger.default_output_reserve(DefaultOutputReserve::Remainder, "a", "other", NOON_MS),
        DefaultOutputReserve::Remainder
    );
}

#[test]
fn that_less_is_reserved_without_a_cap_is_learned_from_an_answer() {
    let limits = model(&[limit(TPM, 60_000, RefillPolicy::Bucket)]);
    let mut ledger = Ledger::default();
    for id in ["1", "2", "3"] {
        assert_eq!(let_in(&mut ledger, &limits, uncapped(id, NOON_MS, 19_900), true), None);
    }
    let learned = let_in(&mut ledger, &limits, uncapped("4", NOON_MS + 1, 19_900), false);
    let Some(Learned::OutputReserve(tokens)) = learned else { panic!("{learned:?}") };
    assert!((14_800..15_100).contains(&tokens), "four fit: {tokens}");
    assert_eq!(known(&ledger, &limits, NOON_MS).windows.map_limits(), [60_000]);
}

#[test]
fn that_what_is_reserved_comes_back_after_all_is_learned_from_an_answer() {
    let limits = model(&[limit(TPM, 10_000, RefillPolicy::Bucket)]);
    let mut ledger = Ledger::default();
    ledger.infer_refund("a", "m", Refund::Never, NOON_MS - 1);
    assert_eq!(let_in(&mut ledger, &limits, request("1", NOON_MS, 8_000), true), None);
    ledger.settled("1", NOON_MS + 400, spent(500), Some(200));
    let learned = let_in(&mut ledger, &limits, request("2", NOON_MS + 500, 8_000), false);
    assert_eq!(learned, Some(Learned::Refund));
    assert_eq!(ledger.refund(Refund::Never, "a", "m", NOON_MS + 700), Refund::ToActual);
}

/// A client whose clock was ahead began its day too early, was rejected, and waited for the next midnight.
#[test]
fn a_refusal_just_after_midnight_may_be_of_the_day_before() {
    let limits = model(&[limit(LimitWindow::TokensDay, 10_000, RefillPolicy::Fixed)]);
    let midnight = NOON_MS + DAY_MS / 2;
    let refused_at = |at_ms: u64| {
        let mut ledger = Ledger::default();
        let asked = request("1", at_ms, 3_000);
        refuse(&mut ledger, &limits, asked, LimitWindow::TokensDay);
        let report = LimitReport { exceeded: Some(LimitWindow::TokensDay), ..LimitReport::default() };
        ledger.seen("a", "m", &report, at_ms + 20);
        [0, 30_000].map(|later| left(&ledger, &limits, at_ms + 20 + later)[0].2)
    };
    assert_eq!(refused_at(midnight + 5_000), [2_999, 10_000]);
    assert_eq!(refused_at(midnight - 60_000), [2_999, 2_999], "before it, nobody doubts the day");
}

/// Rejected requests counted fully, so each rejection made the next request of the minute wait one turn longer.
#[test]
fn what_was_refused_takes_no_more_requests_than_there_were() {
    let limits = model(&[limit(RPM, 3, RefillPolicy::Bucket)]);
    let mut ledger = Ledger::default();
    for id in ["1", "2", "3"] {
        ledger.sent(request(id, NOON_MS, 10));
    }
    refuse(&mut ledger, &limits, request("4", NOON_MS + 1, 10), RPM);
    assert!(matches!(judged(&ledger, &limits, 9, 1, NOON_MS + 20_301), Verdict::Fits));
}

fn wants<'a>(profile: &'a LimitProfile, limits: &'a ModelLimits) -> Waiting<'a> {
    let need = need(profile, limits, 9, Some(1));
    Waiting { account: "a", model: "m", profile, limits, need, not_before_ms: 0 }
}

#[test]
fn a_probe_goes_early_one_at_a_time_and_ends_with_a_refusal() {
    let limits = model(&[limit(RPM, 8, RefillPolicy::Bucket)]);
    let profile = profile(vec![limits.clone()]);
    let mut ledger = Ledger::default();
    for number in 0..8 {
        let_in(&mut ledger, &limits, request(&number.to_string(), NOON_MS, 10), true);
    }
    let probe = |ledger: &Ledger, now_ms: u64| {
        let limits = known(ledger, &limits, now_ms);
        let waiting = [wants(&profile, &limits); 2];
        probes(ledger, &waiting, &plan(ledger, &waiting, now_ms), now_ms)
    };
    let now = NOON_MS + 1_000;
    // An eighth more: nine fit.
    assert_eq!(probe(&ledger, now), [Probe { place: 0, at_ms: now }]);
    ledger.sent(Request { expected_to_fit: Some(false), ..request("8", now, 10) });
    assert_eq!(probe(&ledger, now + 100), [], "nobody knows yet what comes of it");
    let learned = ledger.accepted(&limits, REFUND, "8", now + 200);
    assert!(matches!(learned, Some(Learned::Limit(RPM, 9))), "{learned:?}");
    // A quarter of nine more.
    assert_eq!(probe(&ledger, now + 200), [Probe { place: 0, at_ms: now + 200 }]);
    ledger.sent(Request { expected_to_fit: Some(false), ..request("9", now + 200, 10) });
    ledger.settled("9", now + 300, Spent::default(), Some(429));
    ledger.infer_from_refusal(&known(&ledger, &limits, now), REFUND, "9", RPM, now + 300);
    assert_eq!(probe(&ledger, now + 300), [], "the end is known");
    assert_eq!(known(&ledger, &limits, now + 300).windows.map_limits(), [9]);
}

#[test]
fn a_limit_that_the_provider_states_is_not_probed() {
    let limits = model(&[limit(RPM, 2, RefillPolicy::Bucket)]);
    let profile = profile(vec![limits.clone()]);
    let mut ledger = Ledger::default();
    ledger.seen("a", "m", &reported::left_of(RPM, 2, 0), NOON_MS);
    let waiting = [wants(&profile, &limits)];
    let starts = plan(&ledger, &waiting, NOON_MS);
    assert!(matches!(starts[0], Start::At { .. }));
    assert_eq!(probes(&ledger, &waiting, &starts, NOON_MS), []);
}

#[test]
fn foresight_counts_what_came_otherwise_over_the_newest_forty() {
    let mut ledger = Ledger::default();
    assert_eq!(forecast_accuracy(&ledger, "a", "m").percent(), None);
    let mut number = 0;
    let mut note = |expected_to_fit: Option<bool>, spent: Spent, status: Option<u16>| {
        number += 1;
        let id = format!("{number:03}");
        ledger.sent(Request { expected_to_fit, ..request(&id, NOON_MS + number, 10) });
        ledger.settled(&id, NOON_MS + number, spent, status);
        forecast_accuracy(&ledger, "a", "m")
    };
    let nothing = Spent::default();
    assert_eq!(note(Some(true), spent(5), Some(200)), ForecastAccuracy { of: 1, wrong: 0 });
    assert_eq!(note(Some(true), nothing, Some(429)), ForecastAccuracy { of: 2, wrong: 1 });
    assert_eq!(note(Some(false), nothing, Some(429)), ForecastAccuracy { of: 3, wrong: 1 });
    assert_eq!(note(Some(false), spent(5), Some(200)), ForecastAccuracy { of: 4, wrong: 2 });
    // A request without a forecast, or one that failed for another reason, says nothing.
    for (expected_to_fit, status) in
        [(None, Some(429)), (Some(true), Some(401)), (Some(true), Some(500)), (Some(true), None)]
    {
        assert_eq!(note(expected_to_fit, nothing, status), ForecastAccuracy { of: 4, wrong: 2 });
    }
    for _ in 0..39 {
        note(Some(true), spent(5), Some(200));
    }
    let forty = note(Some(true), nothing, Some(429));
    assert_eq!((forty, forty.percent()), (ForecastAccuracy { of: 40, wrong: 1 }, Some(3)));
}

#[test]
fn what_does_not_fit_the_model_is_no_forecast_of_limits() {
    let binding = |binding| Verdict::Never { binding, largest_cap: None }.expected_to_fit();
    assert_eq!([Binding::Context, Binding::Output, Binding::Window(RPM)].map(binding), [None, None, Some(false)]);
    assert_eq!(Verdict::Wait { ms: 1, binding: Binding::Window(TPM) }.expected_to_fit(), Some(false));
    assert_eq!(Verdict::Fits.expected_to_fit(), Some(true));
}

/// The headers of a response, read when it begins.
fn headers(window: LimitWindow, limit: u64, left: u64) -> LimitReport {
    let mut report = LimitReport::default();
    report.record(window, LimitSource::Header, |fact| (fact.limit, fact.remaining) = (Some(limit), Some(left)));
    report
}

/// With overlapping responses, the first values were treated as current, and later requests were subtracted twice.
#[test]
fn numbers_that_our_count_explains_are_no_news() {
    let limits = model(&[limit(RPM, 30, RefillPolicy::Bucket)]);
    let mut ledger = Ledger::default();
    for number in 0..10 {
        ledger.sent(request(&number.to_string(), NOON_MS + number, 10));
    }
    // Each is read when all ten are in flight.
    for number in 0..10 {
        let report = headers(RPM, 30, 29 - number);
        let learned = ledger.seen_in_answer(&limits, REFUND, &number.to_string(), &report, NOON_MS + 300 - number);
        assert_eq!((learned, left(&ledger, &limits, NOON_MS + 400)[0].2), (None, 20));
    }
    // Someone else has used the account.
    ledger.sent(request("x", NOON_MS + 1_000, 10));
    ledger.sent(request("y", NOON_MS + 1_100, 10));
    ledger.seen_in_answer(&limits, REFUND, "x", &headers(RPM, 30, 7), NOON_MS + 1_200);
    assert_eq!(left(&ledger, &limits, NOON_MS + 1_200)[0].2, 6, "and what was sent since is not in the figure");
}

#[test]
fn headers_tell_that_nothing_comes_back_and_how_much_is_held() {
    let limits = model(&[limit(TPM, 60_000, RefillPolicy::Bucket)]);
    let mut ledger = Ledger::default();
    ledger.sent(request("1", NOON_MS, 20_000));
    ledger.settled("1", NOON_MS + 1_000, spent(1_000), Some(200));
    ledger.sent(request("2", NOON_MS + 2_000, 10_000));
    let report = headers(TPM, 60_000, 60_000 - 20_000 + 2_000 - 10_000);
    let learned = ledger.seen_in_answer(&limits, REFUND, "2", &report, NOON_MS + 2_200);
    assert_eq!(learned, Some(Learned::NoRefund));

    let mut ledger = Ledger::default();
    ledger.sent(uncapped("1", NOON_MS, 1_000));
    let learned = ledger.seen_in_answer(&limits, REFUND, "1", &headers(TPM, 60_000, 50_000), NOON_MS + 200);
    assert_eq!(learned, None, "somebody else may have used the account before");
    assert_eq!(left(&ledger, &limits, NOON_MS + 200)[0].2, 50_001);
    // A request with a cap shows where the level is.
    ledger.settled("1", NOON_MS + 1_000, spent(2_000), Some(200));
    ledger.sent(request("2", NOON_MS + 2_000, 5_000));
    ledger.seen_in_answer(&limits, REFUND, "2", &headers(TPM, 60_000, 55_000), NOON_MS + 2_100);
    ledger.settled("2", NOON_MS + 2_500, spent(5_000), Some(200));
    ledger.sent(uncapped("3", NOON_MS + 3_000, 1_000));
    let report = headers(TPM, 60_000, 56_000 - 10_000);
    let learned = ledger.seen_in_answer(&limits, REFUND, "3", &report, NOON_MS + 3_200);
    let Some(Learned::OutputReserve(tokens)) = learned else { panic!("{learned:?}") };
    assert!((9_400..=9_900).contains(&tokens), "{tokens}");
}

proptest! {
    /// The requests by pool equal those built by a reload, regardless of the recording order.
    #[test]
    fn the_pools_are_those_of_the_requests(
        steps in proptest::collection::vec((0..6_u8, 0..12_u64, 0..4_u8, 0..3_000_u64), 1..60), seed in any::<u64>(),
    ) {
        let mut ledger = Ledger::default();
        for (what, number, pool, tokens) in shuffled(steps, seed) {
            let (id, at) = (number.to_string(), NOON_MS + number / 3);
            match what {
                0..=2 => ledger.sent(Request { pool: pool.to_string(), uncapped_input: Some(1), ..request(&id, at, tokens) }),
                3 => ledger.settled(&id, at + tokens, spent(tokens), Some(200)),
                4 => ledger.reserved(&id, tokens),
                _ if pool == 0 => ledger.repool(&mut |_, _| tokens.to_string()),
                _ if pool == 1 => drop(ledger.prune(NOON_MS + DAY_MS + tokens % 4)),
                _ => drop(ledger.accepted(&model(&[]), REFUND, &id, at)),
            }
        }
        prop_assert_eq!(ledger.reindexed(), ledger);
    }

    /// An upward inference is proven, so it never exceeds the truth.
    #[test]
    fn nothing_is_learned_that_is_more_than_the_truth(
        asked in proptest::collection::vec((0..8_000_u64, 1..6_000_u64, 0..3_000_u64), 1..40), truth in 6_000..40_000_u64, share in 10..90_u64,
    ) {
        let real = limit(TPM, truth, RefillPolicy::Bucket);
        let limits = model(&[limit(TPM, truth * share / 100, RefillPolicy::Bucket)]);
        let (mut ours, mut theirs, mut now) = (Ledger::default(), Ledger::default(), NOON_MS);
        let mut running: Vec<(u64, String, u64)> = Vec::new();
        for (number, (gap, held, runs)) in asked.into_iter().enumerate() {
            now += gap;
            running.sort();
            for (end_ms, id, took) in running.extract_if(.., |(end_ms, ..)| *end_ms <= now) {
                for ledger in [&mut ours, &mut theirs] {
                    ledger.settled(&id, end_ms, spent(took), Some(200));
                }
            }
            if !matches!(judged(&theirs, &model(&[real]), held - 1, 1, now), Verdict::Fits) {
                continue;
            }
            let id = format!("{number:02}");
            theirs.sent(request(&id, now, held));
            ours.sent(Request { expected_to_fit: Some(false), ..request(&id, now, held) });
            ours.accepted(&known(&ours, &limits, now), REFUND, &id, now);
            running.push((now + runs, id, held / 2));
            prop_assert!(known(&ours, &limits, now).windows[0].limit <= truth.max(limits.windows[0].limit));
        }
    }
}
