//! Tests of the day in one sentence.

use headroom_domain::Price;

use super::*;

fn day_of(ledger: &Ledger, refill: RefillPolicy, need: Option<Need>, now_ms: u64) -> Option<UsageDay> {
    let limits = model(&[limit(LimitWindow::TokensDay, 1_000_000, refill)]);
    let gauges = gauges(ledger, "a", "m", &limits, Refund::ToActual, now_ms);
    usage_day(&gauges, ledger, "a", "m", need, now_ms)
}

fn settled(id: &str, sent_ms: u64, tokens: u64) -> Request {
    Request { settled: Some((sent_ms, spent(tokens))), status: Some(200), ..request(id, sent_ms, tokens) }
}

#[test]
fn counts_are_cut_to_three_digits_only_above_a_hundred_thousand() {
    let cases = [
        (0, "0"),
        (99_999, "99,999"),
        (100_000, "100,000"),
        (100_001, "100K"),
        (412_345, "412K"),
        (412_999, "412K"),
        (999_500, "999K"),
        (999_999, "999K"),
        (1_000_000, "1M"),
        (1_009_999, "1M"),
        (1_200_000, "1.2M"),
        (1_240_000, "1.24M"),
        (12_345_678, "12.3M"),
        (123_456_789, "123M"),
        (1_234_567_890, "1,230M"),
    ];
    for (tokens, text) in cases {
        assert_eq!(short(tokens), text, "{tokens}");
    }
    assert!(short(u64::MAX).ends_with('M'));
}

#[test]
fn a_day_says_what_is_left_for_how_many_and_until_when() {
    let mut ledger = Ledger::default();
    // 588,000 tokens in 147 chats over the morning, none of them in the last hour.
    for number in 0..147 {
        ledger.sent(settled(&format!("{number:03}"), NOON_MS - 10 * HOUR_MS + number * 60_000, 4_000));
    }
    let day = day_of(&ledger, RefillPolicy::Fixed, None, NOON_MS).unwrap();
    let expected = UsageDay {
        limit: 1_000_000,
        left: 412_000,
        more_like_this: Some(103),
        refills_in_ms: 12 * HOUR_MS,
        refills_at_ms: NOON_MS + 12 * HOUR_MS,
        spent_in_ms: None,
        gone_an_hour: 0,
    };
    assert_eq!(day, expected);
    assert_eq!(day.sentence(), "412K of 1M left today, about 103 more typical requests, refills at 00:00 UTC");
    // Now at a pace of 130,000 an hour: 282,000 last 2 hours and 10 minutes.
    ledger.sent(settled("fast", NOON_MS - HOUR_MS + 1, 130_000));
    let day = day_of(&ledger, RefillPolicy::Fixed, None, NOON_MS).unwrap();
    assert_eq!(day.gone_an_hour, 130_000);
    assert_eq!(
        day.sentence(),
        "282K of 1M left today, about 58 more typical requests, refills at 00:00 UTC, used up in 2 h 10 min at this pace"
    );
}

#[test]
fn a_pace_that_lasts_until_midnight_is_not_mentioned() {
    let mut ledger = Ledger::default();
    ledger.sent(settled("1", NOON_MS - 1, 76_000));
    // 924,000 at 76,000 an hour are 12.2 hours; at 77,000 they are not quite 12.
    assert_eq!(day_of(&ledger, RefillPolicy::Fixed, None, NOON_MS).unwrap().spent_in_ms, None);
    ledger.sent(settled("2", NOON_MS - 1, 1_000));
    let spent_in_ms = day_of(&ledger, RefillPolicy::Fixed, None, NOON_MS).unwrap().spent_in_ms;
    assert_eq!(spent_in_ms, Some((923_000_u64 * HOUR_MS).div_ceil(77_000)));
    // A bucket gives back 41,667 an hour meanwhile, so only the rest of the pace counts against it.
    let day = day_of(&ledger, RefillPolicy::Bucket, None, NOON_MS).unwrap();
    let hours = day.spent_in_ms.unwrap() / HOUR_MS;
    assert_eq!(hours, 923_000 / (77_000 - 41_666));
}

#[test]
fn without_an_answered_request_the_one_in_the_composer_is_typical() {
    let need = Need { input: 300, cap: None, answer: 1_700 };
    let mut ledger = Ledger::default();
    let more = |ledger: &Ledger, need| day_of(ledger, RefillPolicy::Fixed, need, NOON_MS).unwrap().more_like_this;
    assert_eq!((more(&ledger, Some(need)), more(&ledger, None)), (Some(500), None));
    let refused = Request { settled: Some((NOON_MS, Spent::default())), status: Some(429), ..request("1", NOON_MS, 9) };
    ledger.sent(refused);
    ledger.sent(request("2", NOON_MS - HOUR_MS, 5_000));
    ledger.expire_stale(NOON_MS);
    assert_eq!(more(&ledger, None), None, "neither a refusal nor a run that was given up is a chat");
    ledger.sent(Request { pool: "other".into(), ..settled("3", NOON_MS, 100) });
    ledger.sent(Request { account: "b".into(), ..settled("4", NOON_MS, 100) });
    ledger.sent(settled("5", NOON_MS - DAY_MS - 1, 100));
    assert_eq!(more(&ledger, None), None, "other pools, other accounts, yesterday");
    ledger.sent(settled("6", NOON_MS, 5_000));
    assert_eq!(more(&ledger, Some(need)), Some(198));
}

#[test]
fn each_state_of_a_day_has_its_sentence() {
    let day = UsageDay {
        limit: 50_000,
        left: 900,
        more_like_this: None,
        refills_in_ms: 90_000,
        refills_at_ms: NOON_MS + 90_000,
        spent_in_ms: None,
        gone_an_hour: 0,
    };
    let cases = [
        (day, "900 of 50,000 left today, refills at 12:02 UTC"),
        (UsageDay { refills_at_ms: NOON_MS + 89_000, ..day }, "900 of 50,000 left today, refills at 12:01 UTC"),
        (
            UsageDay { more_like_this: Some(0), spent_in_ms: Some(59_999), ..day },
            "900 of 50,000 left today, less than 1 more typical request, refills at 12:02 UTC, used up in less than a minute at this pace",
        ),
        (
            UsageDay { more_like_this: Some(1), spent_in_ms: Some(60_000), ..day },
            "900 of 50,000 left today, about 1 more typical request, refills at 12:02 UTC, used up in 1 min at this pace",
        ),
        (
            UsageDay { refills_in_ms: 0, more_like_this: Some(1_200), ..day },
            "900 of 50,000 left today, about 1,200 more typical requests",
        ),
        (
            UsageDay { left: 0, more_like_this: Some(0), spent_in_ms: Some(0), ..day },
            "0 of 50,000 left today, refills at 12:02 UTC",
        ),
        (
            UsageDay { spent_in_ms: Some(2 * HOUR_MS), ..day },
            "900 of 50,000 left today, refills at 12:02 UTC, used up in 2 h at this pace",
        ),
    ];
    for (day, sentence) in cases {
        assert_eq!(day.sentence(), sentence);
    }
    assert_eq!(
        day_of(&Ledger::default(), RefillPolicy::Bucket, None, NOON_MS).unwrap().sentence(),
        "1M of 1M left today"
    );
    let minute = model(&[limit(LimitWindow::TokensMinute, 1_000, RefillPolicy::Bucket)]);
    let none = gauges(&Ledger::default(), "a", "m", &minute, Refund::ToActual, NOON_MS);
    assert_eq!(usage_day(&none, &Ledger::default(), "a", "m", None, NOON_MS), None);
}

#[test]
fn a_day_costs_what_its_ended_requests_cost_where_the_price_is_known() {
    let price = |model: &str| {
        let known = Price { prompt_dollars: 3.5e-7, completion_dollars: 7.5e-7 };
        (model == "m").then_some(known)
    };
    let mut ledger = Ledger::default();
    let cost = |ledger: &Ledger| cost_of_day(ledger, "a", &price, NOON_MS);
    assert_eq!(cost(&ledger), None);
    ledger.sent(request("running", NOON_MS, 1_000_000));
    ledger.sent(Request { model: "unpriced".into(), ..settled("1", NOON_MS, 1_000_000) });
    ledger.sent(Request { account: "b".into(), ..settled("2", NOON_MS, 1_000_000) });
    ledger.sent(settled("3", NOON_MS - NOON_MS % DAY_MS - 1, 1_000_000));
    assert_eq!(cost(&ledger), None, "no price, another account, yesterday");
    ledger.sent(settled("4", NOON_MS, 1_000_000));
    assert!((cost(&ledger).unwrap() - 0.75).abs() < 1e-9);
    let taken = Spent { prompt: 1_000_000, cached: 900_000, reasoning: 400_000, answer: 600_000 };
    ledger.sent(Request { settled: Some((NOON_MS, taken)), pool: "free".into(), ..request("5", NOON_MS, 1) });
    assert!((cost(&ledger).unwrap() - 1.85).abs() < 1e-9, "every pool; cached tokens at the prompt's price");
}
