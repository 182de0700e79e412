//! Tests of inference from rejections.

use super::*;

/// A provider with its own bucket: it admits what fits, and refunds what was not used, or does not.
struct Provider {
    limit: f64,
    level: f64,
    then_ms: u64,
    refund: Refund,
}

impl Provider {
    fn with(limit: u32, refund: Refund) -> Self {
        Self { limit: limit.into(), level: limit.into(), then_ms: NOON_MS, refund }
    }

    fn pass(&mut self, now_ms: u64) {
        self.level = (self.level + self.limit / 60_000.0 * (now_ms - self.then_ms) as f64).min(self.limit);
        self.then_ms = now_ms;
    }

    fn lets_in(&mut self, held: u32, now_ms: u64) -> bool {
        self.pass(now_ms);
        let fits = self.level >= f64::from(held);
        if fits {
            self.level -= f64::from(held);
        }
        fits
    }

    fn ended(&mut self, held: u32, used: u32, now_ms: u64) {
        self.pass(now_ms);
        if self.refund == Refund::ToActual {
            self.level = (self.level + f64::from(held) - f64::from(used)).min(self.limit);
        }
    }
}

/// What a client like the page infers from a provider whose limits differ from the assumed ones, reserving `held` and
/// using `used` tokens each time, for five minutes: the number of rejections, and the inferences.
fn inferred(provider: &mut Provider, believed: u32, held: u32, used: u32) -> (u32, Vec<Learned>) {
    let limits = model(&[limit(LimitWindow::TokensMinute, believed.into(), RefillPolicy::Bucket)]);
    let profile = profile(vec![limits]);
    let (mut ledger, mut learned, mut refused) = (Ledger::default(), Vec::new(), 0);
    let mut running: Vec<(u64, String)> = Vec::new();
    for now_ms in (NOON_MS..NOON_MS + 300_000).step_by(500) {
        for (_, id) in running.extract_if(.., |(end_ms, _)| *end_ms <= now_ms) {
            provider.ended(held, used, now_ms);
            ledger.settled(&id, now_ms, spent(used.into()), Some(200));
        }
        loop {
            let refund = ledger.refund(profile.refund, "a", "m", now_ms);
            let limits = effective_limits(Some(&profile), &ledger, "a", "m", now_ms).unwrap();
            let need = Need { input: held.into(), cap: Some(0), answer: 0 };
            let profile = LimitProfile { refund, ..profile.clone() };
            if verdict(&profile, &limits, &ledger, "a", "m", need, now_ms) != Verdict::Fits {
                break;
            }
            let id = format!("{:06}", ledger.all().count());
            ledger.sent(request(&id, now_ms, held.into()));
            if provider.lets_in(held, now_ms) {
                assert_eq!(ledger.accepted(&limits, refund, &id, now_ms), None, "as foreseen");
                running.push((now_ms + 1_500, id));
                continue;
            }
            refused += 1;
            ledger.settled(&id, now_ms, Spent::default(), Some(429));
            learned.extend(ledger.infer_from_refusal(&limits, refund, &id, LimitWindow::TokensMinute, now_ms));
            let report =
                headroom_domain::LimitReport { exceeded: Some(LimitWindow::TokensMinute), ..Default::default() };
            ledger.seen("a", "m", &report, now_ms);
            break;
        }
    }
    (refused, learned)
}

#[test]
fn a_limit_that_is_half_of_what_was_thought_is_found_out_within_three_refusals() {
    let (refused, learned) = inferred(&mut Provider::with(30_000, Refund::ToActual), 60_000, 4_000, 2_500);
    assert!(refused <= 3, "{refused}: {learned:?}");
    let Some(Learned::Limit(LimitWindow::TokensMinute, limit)) = learned.last() else { panic!("{learned:?}") };
    assert!((28_500..=30_500).contains(limit), "{learned:?}");
}

#[test]
fn that_nothing_reserved_comes_back_is_found_out_by_one_refusal() {
    let (refused, learned) = inferred(&mut Provider::with(60_000, Refund::Never), 60_000, 4_000, 1_000);
    assert_eq!((refused, learned), (1, vec![Learned::NoRefund]));
}

#[test]
fn a_right_belief_is_never_refused_and_learns_nothing() {
    assert_eq!(inferred(&mut Provider::with(60_000, Refund::ToActual), 60_000, 4_000, 2_500), (0, vec![]));
}

#[test]
fn what_somebody_else_used_up_is_not_taken_for_a_limit() {
    let limits = model(&[limit(LimitWindow::TokensMinute, 60_000, RefillPolicy::Bucket)]);
    let mut ledger = Ledger::default();
    ledger.sent(request("1", NOON_MS, 5_000));
    ledger.sent(request("2", NOON_MS + 10, 5_000));
    ledger.settled("2", NOON_MS + 20, Spent::default(), Some(429));
    let refused = |ledger: &mut Ledger| {
        ledger.infer_from_refusal(&limits, Refund::ToActual, "2", LimitWindow::TokensMinute, NOON_MS + 20)
    };
    assert_eq!(refused(&mut ledger), None, "a twelfth of the minute was sent from here");
    assert_eq!(
        effective_limits(Some(&profile(vec![limits.clone()])), &ledger, "a", "m", NOON_MS + 30).unwrap(),
        limits
    );
}

/// Somebody else used up the hour again and again. Nothing of ours explained it, so nothing was inferred, and an hour after the
/// first rejections each verdict was certain again, and wrong.
#[test]
fn a_refusal_that_nothing_of_ours_explains_keeps_the_verdict_uncertain() {
    let limits = model(&[limit(LimitWindow::RequestsHour, 67, RefillPolicy::Bucket)]);
    let profile = profile(vec![limits.clone()]);
    let mut ledger = Ledger::default();
    for number in 0..11 {
        ledger.sent(Request { status: Some(200), ..request(&format!("let-in-{number}"), NOON_MS - HOUR_MS, 10) });
    }
    for number in 0..5 {
        let (id, now_ms) = (number.to_string(), NOON_MS + number * MINUTE_MS);
        ledger.sent(request(&id, now_ms, 10));
        ledger.settled(&id, now_ms + 20, Spent::default(), Some(429));
        let learned = ledger.infer_from_refusal(&limits, Refund::ToActual, &id, LimitWindow::RequestsHour, now_ms + 20);
        assert_eq!(learned, None);
    }
    let need = need(&profile, &limits, 9, Some(1));
    let doubt = |ms| ledger.uncertainty(&[], &profile, &limits, "a", "m", need, NOON_MS + ms);
    let last_ms = 4 * MINUTE_MS + 20;
    assert_eq!(doubt(last_ms + HOUR_MS - 1), Some(Uncertainty::Unexplained));
    assert_eq!(doubt(last_ms + HOUR_MS), None);
}

#[test]
fn a_refusal_that_was_foreseen_teaches_nothing() {
    let limits = model(&[limit(LimitWindow::RequestsMinute, 3, RefillPolicy::Bucket)]);
    let mut ledger = Ledger::default();
    for id in ["1", "2", "3", "4"] {
        ledger.sent(request(id, NOON_MS, 10));
    }
    ledger.settled("4", NOON_MS + 20, Spent::default(), Some(429));
    let learned = ledger.infer_from_refusal(&limits, Refund::ToActual, "4", LimitWindow::RequestsMinute, NOON_MS + 20);
    assert_eq!(learned, None);
}

#[test]
fn what_was_learned_holds_for_an_hour() {
    let limits = model(&[limit(LimitWindow::RequestsMinute, 30, RefillPolicy::Bucket)]);
    let profile = profile(vec![limits.clone()]);
    let mut ledger = Ledger::default();
    for number in 0..16 {
        ledger.sent(request(&format!("{number:02}"), NOON_MS, 10));
    }
    ledger.settled("15", NOON_MS, Spent::default(), Some(429));
    let learned = ledger.infer_from_refusal(&limits, Refund::ToActual, "15", LimitWindow::RequestsMinute, NOON_MS);
    assert_eq!(learned, Some(Learned::Limit(LimitWindow::RequestsMinute, 15)));
    let known = |ms| effective_limits(Some(&profile), &ledger, "a", "m", NOON_MS + ms).unwrap().windows[0].limit;
    assert_eq!([0, HOUR_MS - 1, HOUR_MS].map(known), [15, 15, 30]);
}

/// Someone else used the account again and again, or so it seemed: each refused request was a twelfth of the minute.
#[test]
fn three_refusals_within_five_minutes_are_no_coincidence() {
    let limits = model(&[limit(LimitWindow::TokensMinute, 60_000, RefillPolicy::Bucket)]);
    let learned_from = |gap_ms: u64| {
        let mut ledger = Ledger::default();
        [0, 1, 2].map(|number| {
            let (id, now_ms) = (number.to_string(), NOON_MS + number * gap_ms);
            ledger.sent(request(&id, now_ms, 5_000));
            ledger.settled(&id, now_ms + 20, Spent::default(), Some(429));
            ledger.infer_from_refusal(&limits, Refund::ToActual, &id, LimitWindow::TokensMinute, now_ms + 20)
        })
    };
    let [first, second, third] = learned_from(2 * MINUTE_MS);
    assert_eq!((first, second), (None, None));
    assert!(matches!(third, Some(Learned::Limit(LimitWindow::TokensMinute, 1..5_000))), "{third:?}");
    assert_eq!(learned_from(3 * MINUTE_MS), [None; 3]);
}

#[test]
fn what_was_sent_just_after_a_refused_request_may_have_overtaken_it() {
    let limits = model(&[limit(LimitWindow::RequestsMinute, 4, RefillPolicy::Bucket)]);
    let learned = |later_ms: u64| {
        let mut ledger = Ledger::default();
        let sent = [("1", 0), ("2", 0), ("refused", 10), ("3", 10 + later_ms), ("4", 10 + later_ms)];
        for (id, ms) in sent {
            ledger.sent(request(id, NOON_MS + ms, 10));
        }
        ledger.settled("refused", NOON_MS + 600, Spent::default(), Some(429));
        let window = LimitWindow::RequestsMinute;
        ledger.infer_from_refusal(&limits, Refund::ToActual, "refused", window, NOON_MS + 600)
    };
    assert_eq!(learned(200), None, "it was the fifth of four");
    assert_eq!(learned(400), Some(Learned::Limit(LimitWindow::RequestsMinute, 2)), "it was the third");
}

/// A request without a cap: 100 tokens of input, and what we think is reserved for its response.
fn uncapped(id: &str, sent_ms: u64, output: u64) -> Request {
    Request { uncapped_input: Some(100), ..request(id, sent_ms, 100 + output) }
}

/// The limit was a third of what was assumed. That was first taken for a larger output reserve, which a request with a
/// cap then disproved.
#[test]
fn an_output_reserve_that_was_inferred_wrongly_is_taken_back_before_the_limit_is_inferred() {
    let limits = model(&[limit(LimitWindow::TokensMinute, 60_000, RefillPolicy::Bucket)]);
    let profiles = DefaultOutputReserve::Tokens(2_900);
    let mut ledger = Ledger::default();
    let refuse = |ledger: &mut Ledger, asked: Request| {
        let (id, now_ms) = (asked.id.clone(), asked.sent_ms + 20);
        ledger.sent(asked);
        ledger.settled(&id, now_ms, Spent::default(), Some(429));
        ledger.infer_from_refusal(&limits, Refund::ToActual, &id, LimitWindow::TokensMinute, now_ms)
    };
    for id in ["1", "2", "3", "4", "5", "6"] {
        ledger.sent(Request { status: Some(200), ..uncapped(id, NOON_MS, 2_900) });
    }
    let learned = refuse(&mut ledger, uncapped("7", NOON_MS, 2_900));
    assert!(matches!(learned, Some(Learned::OutputReserve(9_000..))), "{learned:?}");
    for id in ["1", "2", "3", "4", "5"] {
        ledger.settled(id, NOON_MS + 1_000, spent(2_800), Some(200));
    }
    assert_ne!(ledger.default_output_reserve(profiles, "a", "m", NOON_MS + 20_000), profiles);
    let learned = refuse(&mut ledger, request("8", NOON_MS + 20_000, 30_000));
    let Some(Learned::Limit(LimitWindow::TokensMinute, found)) = learned else { panic!("{learned:?}") };
    assert!((18_000..30_000).contains(&found), "six of 3,000 were admitted, and one of 30,000 was not: {found}");
    assert_eq!(ledger.default_output_reserve(profiles, "a", "m", NOON_MS + 20_100), profiles);
    assert_eq!(ledger.get("6").unwrap().reserved, 3_000, "also of what is still in flight");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn whatever_the_truth_is_refusals_end(
        limit in 2_000..60_000_u32, refund in prop_oneof![Just(Refund::ToActual), Just(Refund::Never)],
        held in 400..4_000_u32, share in 10..100_u32,
    ) {
        prop_assume!(held <= limit);
        let (refused, learned) = inferred(&mut Provider::with(limit, refund), 60_000, held, held * share / 100);
        prop_assert!(refused <= 12, "{refused}: {learned:?}");
    }
}
