//! Tests of sums over weeks, and of the advice based on them.

use headroom_domain::{Credit, Effort, Money, Price};

use super::*;

fn answered(id: &str, sent_ms: u64, tokens: u64) -> Request {
    let spent = Spent { prompt: 100, answer: tokens, ..Spent::default() };
    let settled = Some((sent_ms + 500, spent));
    Request { settled, status: Some(200), completed: true, ..request(id, sent_ms, 100 + tokens) }
}

fn tally(requests: &[Request]) -> Vec<Use> {
    let mut uses = Vec::new();
    requests.iter().for_each(|request| add(&mut uses, Use::of(request)));
    uses
}

fn price(_: &str, model: &str) -> Option<Price> {
    (model == "m").then_some(Price { prompt_dollars: 1e-6, completion_dollars: 2e-6 })
}

#[test]
fn requests_are_summed_by_day_and_model_with_the_newest_day_first() {
    let refused = Request {
        status: Some(429),
        settled: Some((NOON_MS, Spent::default())),
        model: "n".into(),
        ..request("r", NOON_MS, 9)
    };
    let requests =
        [answered("1", NOON_MS - DAY_MS, 10), answered("2", NOON_MS, 20), refused, answered("3", NOON_MS + 1, 30)];
    let uses = tally(&requests);
    let sums: Vec<_> =
        uses.iter().map(|it| (it.day, it.model.as_str(), it.requests, it.limited, it.spent.total())).collect();
    assert_eq!(sums, [(20_000, "m", 2, 0, 250), (20_000, "n", 1, 1, 0), (19_999, "m", 1, 0, 110)]);
    let cost = cost_of(&uses, &price).unwrap();
    assert!((cost - (300.0 * 1e-6 + 60.0 * 2e-6)).abs() < 1e-12, "{cost}");
    assert_eq!(cost_of(&uses[1..2], &price), None, "no price, no cost");
}

/// OpenRouter's own cost was read and dropped: the table showed list price times tokens.
#[test]
fn what_a_provider_states_goes_before_the_list_price() {
    let stated = |id: &str, dollars| Request { stated_cost: Money::from_dollars(dollars), ..answered(id, NOON_MS, 20) };
    let listed = 100.0 * 1e-6 + 20.0 * 2e-6;
    let cost = |requests: &[Request]| cost_of(&tally(requests), &price).unwrap();
    for (requests, expected) in [
        (vec![answered("1", NOON_MS, 20)], listed),
        (vec![stated("1", 0.5)], 0.5),
        (vec![stated("1", 0.0)], 0.0),
        (vec![stated("1", 0.5), answered("2", NOON_MS, 20), stated("3", 0.25)], 0.75 + listed),
    ] {
        assert!((cost(&requests) - expected).abs() < 1e-12, "{requests:?}");
        let each = requests.iter().filter_map(|request| request.cost_dollars(|| price("a", &request.model)));
        assert!((each.sum::<f64>() - expected).abs() < 1e-12, "{requests:?}");
    }
    let unlisted = Request { model: "n".into(), ..stated("1", 0.5) };
    assert_eq!(cost_of(&tally(&[unlisted]), &price), Some(0.5), "without any list price");
    assert_eq!(request("runs", NOON_MS, 9).cost_dollars(|| price("a", "m")), None, "it has not ended");
}

/// What one tab knows of a cost, the others learn.
#[test]
fn a_stated_cost_is_kept_whoever_hears_it_first() {
    let mut ledger = Ledger::default();
    ledger.sent(request("1", NOON_MS, 120));
    ledger.stated_cost("1", Money::from_dollars(0.5).unwrap());
    let told = serde_json::to_string(ledger.get("1").unwrap()).unwrap();
    let mut other = Ledger::default();
    other.sent(request("1", NOON_MS, 120));
    other.sent(serde_json::from_str(&told).unwrap());
    other.sent(request("1", NOON_MS, 120));
    assert_eq!(other.get("1").unwrap().stated_cost, Money::from_dollars(0.5));
}

#[test]
fn the_table_is_csv_that_a_spreadsheet_reads_and_does_not_run() {
    let uses =
        tally(&[answered("1", NOON_MS, 20), Request { model: "=1+1,\"x\"".into(), ..answered("2", NOON_MS, 7) }]);
    let csv = csv(&uses, &price);
    let lines: Vec<&str> = csv.split("\r\n").collect();
    assert_eq!(lines.len(), 4, "{csv}");
    assert_eq!(lines[1], "2024-10-04,a,\"'=1+1,\"\"x\"\"\",1,0,100,0,0,7,107,");
    assert_eq!(lines[2], "2024-10-04,a,m,1,0,100,0,0,20,120,0.000140");
}

fn kind(effort: Option<Effort>) -> Kind {
    Kind { account: "a".into(), model: "m".into(), effort }
}

#[test]
fn lengths_are_those_of_answers_of_the_same_effort_and_say_how_many_were_cut() {
    let mut ledger = Ledger::default();
    for number in 1..=20 {
        ledger.sent(Request { cap: Some(2_000), ..answered(&format!("{number:02}"), NOON_MS + number, number * 100) });
    }
    ledger.sent(Request { effort: Some(Effort::High), ..answered("high", NOON_MS + 50, 9_000) });
    ledger.sent(request("runs", NOON_MS + 60, 500));
    ledger.sent(Request { completed: false, ..answered("stopped", NOON_MS + 70, 7) });
    let Lengths { answers, mean, half, most, cut } = lengths(ledger.all(), &kind(None));
    assert_eq!((answers, mean, half, most, cut), (20, 1_050, 1_000, 1_900, 1));
    assert_eq!(lengths(ledger.all(), &kind(Some(Effort::High))).most, 9_000);
    assert_eq!(lengths(ledger.all(), &kind(Some(Effort::Low))), Lengths::default());
}

#[test]
fn a_cap_far_above_the_answers_is_advised_against_with_what_it_costs() {
    let limits = model(&[
        limit(LimitWindow::RequestsMinute, 30, RefillPolicy::Bucket),
        limit(LimitWindow::TokensMinute, 36_000, RefillPolicy::Bucket),
        limit(LimitWindow::TokensDay, 1_000_000, RefillPolicy::Fixed),
    ]);
    let profile = profile(vec![limits.clone()]);
    let lengths = Lengths { answers: 32, mean: 420, half: 400, most: 1_340, cut: 0 };
    let Advice { now, better, .. } = advise(&profile, &limits, lengths, 1_871, Some(8_000)).unwrap();
    assert_eq!((now.reserved, now.at_once, now.per_minute_tenths), (9_871, 3, 157));
    let better = better.unwrap();
    assert_eq!((better.cap, better.reserved, better.at_once), (Some(1_500), 3_371, 10));
    // If reservations are not refunded, a lower cap also allows a higher pace.
    let keeps = LimitProfile { refund: Refund::Never, ..profile.clone() };
    let Advice { now, better, .. } = advise(&keeps, &limits, lengths, 1_871, Some(8_000)).unwrap();
    assert_eq!((now.per_minute_tenths, better.unwrap().per_minute_tenths), (36, 106));
    // If tokens are not counted, a lower cap gains nothing.
    let requests = model(&limits.windows[..1]);
    assert_eq!(advise(&profile, &requests, lengths, 1_871, Some(8_000)).unwrap().better, None);
    // No advice if nothing is better.
    let advised = |lengths, cap| advise(&profile, &limits, lengths, 1_871, cap).and_then(|advice| advice.better);
    assert_eq!(advised(lengths, Some(1_400)), None, "a cap that fits stays");
    assert_eq!(advised(Lengths { cut: 3, ..lengths }, Some(8_000)), None, "longer ones were wanted");
    let known_from = |answers| advise(&profile, &limits, Lengths { answers, ..lengths }, 1_871, Some(8_000)).is_some();
    assert_eq!([4, 5].map(known_from), [false, true], "five responses say enough");
}

#[test]
fn roomy_caps_are_round_and_not_too_small() {
    let cases = [(0, 10), (7, 10), (95, 110), (420, 470), (1_340, 1_500), (9_100, 11_000), (40_000, 44_000)];
    for (tokens, cap) in cases {
        assert_eq!(roomy(tokens), cap, "{tokens}");
    }
    assert!(roomy(u64::MAX) > 0);
}

#[test]
fn a_plan_that_is_too_small_is_reported_by_evidence() {
    let limits = ModelLimits {
        context_tokens: Some(8_192),
        ..model(&[limit(LimitWindow::TokensDay, 1_000_000, RefillPolicy::Fixed)])
    };
    let stated = |ledger: &Ledger, now: Option<u64>, now_ms: u64| {
        let gauges = gauges(ledger, "a", "m", &limits, Refund::ToActual, now_ms);
        let day = usage_day(&gauges, ledger, "a", "m", None, now_ms);
        signals(ledger, "a", "m", &limits, day.as_ref(), now, now_ms)
    };
    let mut ledger = Ledger::default();
    assert_eq!(stated(&ledger, None, NOON_MS), []);
    for number in 0..30 {
        ledger.sent(answered(&format!("{number:02}"), NOON_MS - HOUR_MS + number, 100));
    }
    let refused = |id: &str| Request {
        status: Some(429),
        settled: Some((NOON_MS, Spent::default())),
        ..request(id, NOON_MS - 1_000, 9)
    };
    ledger.sent(refused("r1"));
    assert_eq!(stated(&ledger, None, NOON_MS), [], "one of 31 is no sign");
    ledger.sent(refused("r2"));
    assert_eq!(stated(&ledger, None, NOON_MS), [Signal::Limited { limited: 2, requests: 32 }]);
    ledger.sent(Request { cap: Some(9_000), ..request("large cap", NOON_MS - 600, 9_500) });
    assert_eq!(stated(&ledger, Some(500), NOON_MS).len(), 1, "a large cap is no need");
    ledger.sent(Request { cap: Some(100), ..request("long", NOON_MS - 500, 12_020) });
    let context = Signal::Context { requests: 2, longest: 12_000, context: 8_192 };
    assert_eq!(stated(&ledger, Some(12_000), NOON_MS).last(), Some(&context));
    // 400,000 in the last three hours, and twelve hours to go.
    ledger.sent(answered("much", NOON_MS - HOUR_MS - 1, 400_000));
    let Some(Signal::Trend { tokens, limit }) = stated(&ledger, None, NOON_MS).last().copied() else {
        panic!("a trend is told")
    };
    assert!(limit == 1_000_000 && (2_000_000..2_200_000).contains(&tokens), "{tokens}");
    // At 11 p.m. it is enough.
    assert!(!stated(&ledger, None, NOON_MS + 11 * HOUR_MS).iter().any(|signal| matches!(signal, Signal::Trend { .. })));
}

#[test]
fn credit_is_what_was_given_less_what_was_spent_until_it_ends() {
    let credit = Credit { dollars: 5.0, days: Some(30) };
    let stated = credits(&credit, 20_000, 0.82, NOON_MS);
    assert!((stated.left - 4.18).abs() < 1e-9);
    assert_eq!(stated.ends_in_ms, Some(30 * DAY_MS + 12 * HOUR_MS));
    assert_eq!(credits(&credit, 20_000, 7.0, NOON_MS).left, 0.0);
    let over = credits(&credit, 20_000, 0.0, NOON_MS + 31 * DAY_MS);
    assert_eq!((over.left, over.ends_in_ms), (0.0, Some(0)));
    assert_eq!(credits(&Credit { days: None, ..credit }, 20_000, 1.0, u64::MAX).left, 4.0);
}

#[test]
fn what_credit_does_not_pay_for_never_fits() {
    let price = Price { prompt_dollars: 1e-6, completion_dollars: 2e-6 };
    let need = |answer| Need { input: 1_000, cap: Some(answer), answer };
    let judged = |answer, left| within_credit(Verdict::Fits, need(answer), &price, left);
    assert_eq!(judged(1_000, 0.003), Verdict::Fits);
    assert_eq!(judged(1_001, 0.003), Verdict::Never { binding: Binding::Credit, largest_cap: Some(1_000) });
    assert_eq!(judged(1_000, 0.001), Verdict::Never { binding: Binding::Credit, largest_cap: None });
    let free = Price { prompt_dollars: 0.0, completion_dollars: 0.0 };
    assert_eq!(within_credit(Verdict::Fits, need(9), &free, 0.0), Verdict::Fits);
    let never = Verdict::Never { binding: Binding::Context, largest_cap: Some(5) };
    assert_eq!(within_credit(never, need(9_000), &price, 0.0), never, "what never fits at all is said first");
}

proptest! {
    #[test]
    fn sums_do_not_depend_on_the_order_and_lose_nothing(life in lives(), seed in any::<u64>()) {
        let (ledger, _) = ledger_of(&life);
        let requests: Vec<Request> = ledger.all().cloned().collect();
        let uses = tally(&requests);
        prop_assert_eq!(&uses, &tally(&shuffled(requests.clone(), seed)));
        prop_assert_eq!(uses.iter().map(|it| it.requests).sum::<u64>(), requests.len() as u64);
        let tokens = |spent: Spent| spent.total();
        let all: u64 = requests.iter().filter_map(|request| request.settled).map(|(_, spent)| tokens(spent)).sum();
        prop_assert_eq!(uses.iter().map(|it| tokens(it.spent)).sum::<u64>(), all);
    }
}
