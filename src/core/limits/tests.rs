//! The laws by hand, and against the simulator's own books, which were written without knowing of this crate.

use headroom_domain::{Law, LimitProfile, LimitWindow, ModelLimits, Refund, UncappedReserve, WindowLimit};
use headroom_simulator::{Config, HttpRequest, Profile, RateHeaders, Shape, Simulator};
use proptest::prelude::*;

use crate::*;

const NOON_MS: u64 = 20_000 * 86_400_000 + 43_200_000;

fn limit(window: LimitWindow, limit: u64, law: Law) -> WindowLimit {
    WindowLimit { window, limit, law }
}

fn model(windows: &[WindowLimit]) -> ModelLimits {
    ModelLimits {
        id: "m".into(),
        pool: String::new(),
        windows: windows.to_vec(),
        context_tokens: None,
        max_output_tokens: None,
        price: None,
    }
}

fn profile(models: Vec<ModelLimits>) -> LimitProfile {
    LimitProfile {
        id: "test".into(),
        name: "Test".into(),
        provider: "cerebras".into(),
        as_of: "2026-10".into(),
        source: "this test".into(),
        uncapped: UncappedReserve::Remainder,
        refund: Refund::ToActual,
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
        settled: None,
        status: None,
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

#[test]
fn a_bucket_holds_reserves_refills_and_takes_back_what_was_not_used() {
    let limits = model(&[limit(LimitWindow::TokensMinute, 60_000, Law::Bucket)]);
    let mut ledger = Ledger::default();
    assert_eq!(left(&ledger, &limits, NOON_MS), [(0, 0, 60_000)]);
    ledger.sent(request("1", NOON_MS, 9_000));
    assert_eq!(left(&ledger, &limits, NOON_MS), [(0, 9_000, 51_000)]);
    // A second later 1,000 tokens have come back; the reservation is still held as a whole.
    assert_eq!(left(&ledger, &limits, NOON_MS + 1_000), [(0, 8_000, 52_000)]);
    ledger.settled("1", NOON_MS + 1_000, spent(4_000), Some(200));
    assert_eq!(left(&ledger, &limits, NOON_MS + 1_000), [(3_000, 0, 57_000)]);
    assert_eq!(left(&ledger, &limits, NOON_MS + 4_000), [(0, 0, 60_000)]);
    ledger.settled("1", NOON_MS + 2_000, spent(60_000), None);
    assert_eq!(left(&ledger, &limits, NOON_MS + 4_000), [(0, 0, 60_000)], "an end is heard once");
}

#[test]
fn a_day_begins_at_midnight_in_utc_and_does_not_accumulate() {
    let limits = model(&[limit(LimitWindow::TokensDay, 1_000, Law::Fixed)]);
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
    let limits = model(&[limit(LimitWindow::TokensMinute, 1_000, Law::Sliding)]);
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
}

#[test]
fn the_window_that_takes_longest_binds() {
    let windows =
        [limit(LimitWindow::RequestsMinute, 5, Law::Bucket), limit(LimitWindow::TokensMinute, 60_000, Law::Bucket)];
    let limits = model(&windows);
    let mut ledger = Ledger::default();
    for id in 0..5 {
        ledger.sent(request(&id.to_string(), NOON_MS, 1_000));
    }
    // 5 requests a minute are one every 12 seconds.
    assert_eq!(
        judged(&ledger, &limits, 10, 10, NOON_MS),
        Verdict::Wait { ms: 12_000, binding: Binding::Window(LimitWindow::RequestsMinute) }
    );
    assert_eq!(judged(&ledger, &limits, 10, 10, NOON_MS + 12_000), Verdict::Fits);
    assert_eq!(
        judged(&ledger, &limits, 10_000, 50_000, NOON_MS),
        Verdict::Wait { ms: 12_000, binding: Binding::Window(LimitWindow::RequestsMinute) }
    );
    assert_eq!(
        judged(&ledger, &limits, 20_000, 40_000, NOON_MS + 1_000),
        Verdict::Wait { ms: 11_000, binding: Binding::Window(LimitWindow::RequestsMinute) }
    );
}

#[test]
fn what_never_fits_says_which_cap_would() {
    let mut limits = model(&[limit(LimitWindow::TokensMinute, 30_000, Law::Bucket)]);
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
fn without_a_cap_the_profile_says_what_is_held() {
    let mut limits = model(&[]);
    let held = |uncapped, limits: &ModelLimits| {
        let profile = LimitProfile { uncapped, ..profile(vec![limits.clone()]) };
        need(&profile, limits, 1_000, None).tokens()
    };
    assert_eq!(held(UncappedReserve::Remainder, &limits), 1_000, "nothing is known to remain");
    limits.context_tokens = Some(8_192);
    assert_eq!(held(UncappedReserve::Remainder, &limits), 8_192);
    assert_eq!(held(UncappedReserve::Tokens(16_384), &limits), 8_192);
    limits.max_output_tokens = Some(2_000);
    assert_eq!(held(UncappedReserve::Tokens(16_384), &limits), 3_000);
}

#[test]
fn models_of_one_pool_share_and_accounts_do_not() {
    let limits = ModelLimits { pool: "free".into(), ..model(&[limit(LimitWindow::RequestsDay, 50, Law::Fixed)]) };
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
fn a_rule_without_refunds_keeps_what_was_held() {
    let limits = model(&[limit(LimitWindow::TokensDay, 1_000, Law::Fixed)]);
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

/// A request in a random life: the gap before it, what is held for it, and after how long it ends with how many tokens.
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

const LAWS: [Law; 3] = [Law::Bucket, Law::Fixed, Law::Sliding];

proptest! {
    #[test]
    fn the_parts_of_a_gauge_are_its_limit(life in lives(), later in 0..200_000_u64, size in 1..20_000_u64) {
        let (ledger, now) = ledger_of(&life);
        for law in LAWS {
            let limits = model(&[limit(LimitWindow::TokensMinute, size, law), limit(LimitWindow::RequestsDay, size, law)]);
            for gauge in gauges(&ledger, "a", "m", &limits, Refund::ToActual, now + later) {
                prop_assert_eq!(gauge.used + gauge.reserved + gauge.left, size, "{:?}", gauge);
            }
        }
    }

    #[test]
    fn after_the_wait_it_fits_if_all_takes_what_was_held(life in lives(), size in 1_000..20_000_u64, tokens in 2..20_000_u64) {
        let (mut ledger, now) = ledger_of(&life);
        // Ends that are known lie behind us: nothing comes back by itself while we wait.
        let ends: Vec<Request> = ledger.of_account("a").cloned().collect();
        let now = ends.iter().filter_map(|request| request.settled.map(|(at, _)| at)).fold(now, u64::max);
        ledger.prune(now);
        for law in LAWS {
            let limits = model(&[limit(LimitWindow::TokensMinute, size, law)]);
            match judged(&ledger, &limits, tokens - 1, 1, now) {
                Verdict::Fits => {}
                Verdict::Wait { ms, .. } => {
                    prop_assert!(ms > 0);
                    prop_assert_eq!(judged(&ledger, &limits, tokens - 1, 1, now + ms), Verdict::Fits, "{:?} after {}", law, ms);
                    if law != Law::Bucket {
                        prop_assert_ne!(judged(&ledger, &limits, tokens - 1, 1, now + ms - 1), Verdict::Fits, "{:?}: not before", law);
                    }
                }
                Verdict::Never { .. } => prop_assert!(tokens > size),
            }
        }
    }

    #[test]
    fn tabs_that_hear_of_the_same_requests_in_any_order_agree(life in lives(), seed in any::<u64>()) {
        let (ledger, now) = ledger_of(&life);
        let mut requests: Vec<Request> = ledger.of_account("a").cloned().collect();
        let mut other = Ledger::default();
        let mut state = seed | 1;
        while !requests.is_empty() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let request = requests.swap_remove((state >> 33) as usize % requests.len());
            // First that it was sent, later how it ended; and all of it twice.
            other.sent(Request { settled: None, ..request.clone() });
            other.sent(request.clone());
            other.sent(request);
        }
        let limits = model(&[limit(LimitWindow::TokensMinute, 60_000, Law::Bucket)]);
        prop_assert_eq!(left(&other, &limits, now), left(&ledger, &limits, now));
        let kept = serde_json::to_string(&ledger).unwrap();
        prop_assert_eq!(serde_json::from_str::<Ledger>(&kept).unwrap(), ledger, "and it survives being kept");
    }

    #[test]
    fn our_gauges_are_the_simulators_books(
        calls in proptest::collection::vec((0..30_000_u64, 1..60_usize, 1..900_u64), 1..25),
        checks in proptest::collection::vec(0..120_000_u64, 1..6),
        which in 0..2_usize,
    ) {
        let id = ["cerebras-guide", "cerebras-trial"][which];
        let config = Config {
            shape: Shape::Cerebras,
            profile: Profile::named(id).unwrap(),
            keys: Vec::new(),
            seed: 1,
            tokens_per_second: None,
            ttft_ms: None,
            rate_headers: RateHeaders::Exposed,
        };
        let mut simulator = Simulator::new(config, NOON_MS);
        let mut now = NOON_MS;
        let mut ends = std::collections::BTreeMap::new();
        for (gap, words, cap) in calls {
            now += gap;
            let text = "hello ".repeat(words);
            let body = format!(r#"{{"model":"gpt-oss-120b","max_completion_tokens":{cap},"messages":[{{"role":"user","content":"{text}"}}]}}"#);
            let asked = HttpRequest { method: "POST".into(), path: "/v1/chat/completions".into(), body: body.into_bytes(), ..HttpRequest::default() };
            let answer = simulator.handle(&asked, now);
            if let Some(id) = answer.request {
                ends.insert(id.0, answer.at_ms);
            }
        }
        let profile = profiles().iter().find(|profile| profile.id == id).unwrap();
        let limits = profile.of_model("gpt-oss-120b").unwrap();
        for later in checks {
            now += later;
            let books = simulator.ledger(now);
            let mut ledger = Ledger::default();
            for entry in &books.requests {
                let mut ours = request(&format!("{:09}", entry.id.0), entry.at_ms, entry.reserved);
                ours.pool = "gpt-oss-120b".into();
                let used = Spent {
                    prompt: entry.prompt,
                    cached: entry.cached,
                    reasoning: entry.used.reasoning,
                    answer: entry.used.completion - entry.used.reasoning,
                };
                ours.settled = ends.get(&entry.id.0).filter(|end| **end <= now).map(|end| (*end, used));
                ledger.sent(ours);
            }
            let pool = books.pools.iter().find(|pool| pool.models.iter().any(|model| model == "gpt-oss-120b")).unwrap();
            for gauge in gauges(&ledger, "a", "gpt-oss-120b", limits, profile.refund, now) {
                let theirs = pool.windows.iter().find(|window| window.kind.name() == gauge.limit.window.name()).unwrap();
                prop_assert!(gauge.left.abs_diff(u64::try_from(theirs.left).unwrap_or(0)) <= 1, "{:?}: we say {}, the books {}", gauge.limit, gauge.left, theirs.left);
            }
        }
    }
}
