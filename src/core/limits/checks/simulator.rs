//! Tests against the simulator's request log.

use headroom_domain::Dialect;
use headroom_protocol::{Headers, Response, SentKey};
use headroom_simulator::{Body, Config, HttpRequest, HttpResponse, Profile, RateHeaders, Shape, Simulator};

use super::*;

pub(super) const MODEL: &str = "gpt-oss-120b";

pub(super) fn simulator(profile: &str) -> Simulator {
    let config = Config {
        shape: Shape::Cerebras,
        profile: Profile::named(profile).unwrap(),
        keys: Vec::new(),
        seed: 1,
        tokens_per_second: None,
        ttft_ms: None,
        rate_headers: RateHeaders::Exposed,
    };
    Simulator::new(config, NOON_MS)
}

pub(super) fn ask(simulator: &mut Simulator, words: usize, cap: u64, now_ms: u64) -> HttpResponse {
    let text = "hello ".repeat(words);
    let body = format!(
        r#"{{"model":"{MODEL}","max_completion_tokens":{cap},"messages":[{{"role":"user","content":"{text}"}}]}}"#
    );
    let asked = HttpRequest {
        method: "POST".into(),
        path: "/v1/chat/completions".into(),
        body: body.into_bytes(),
        ..HttpRequest::default()
    };
    simulator.handle(&asked, now_ms)
}

/// What the simulator recorded about our requests from one number on, in the form of our ledger.
fn booked(simulator: &mut Simulator, ends: &[(u64, u64)], first: u64, now_ms: u64) -> Vec<Request> {
    let entries = simulator.ledger(now_ms).requests;
    let ours = entries.into_iter().filter(|entry| entry.id.0 >= first);
    let requests = ours.map(|entry| {
        let used = Spent {
            prompt: entry.prompt,
            cached: entry.cached,
            reasoning: entry.used.reasoning,
            answer: entry.used.completion - entry.used.reasoning,
        };
        let end = ends.iter().find(|(id, end_ms)| *id == entry.id.0 && *end_ms <= now_ms);
        let settled = end.map(|(_, end_ms)| (*end_ms, used));
        Request { pool: MODEL.into(), settled, ..request(&format!("{:09}", entry.id.0), entry.at_ms, entry.reserved) }
    });
    requests.collect()
}

/// What is left of each window by the simulator's count; negative levels are 0.
fn truth(simulator: &mut Simulator, now_ms: u64) -> Vec<(String, u64)> {
    let history = simulator.ledger(now_ms);
    let pool = history.pools.iter().find(|pool| pool.models.iter().any(|model| model == MODEL)).unwrap();
    let windows = pool.windows.iter();
    windows.map(|window| (window.kind.name().to_owned(), u64::try_from(window.left).unwrap_or(0))).collect()
}

/// Reads the headers, and the body of a rejection, as the page does.
fn report(response: &HttpResponse, now_ms: u64) -> headroom_domain::LimitReport {
    let headers: Headers = response.headers.iter().cloned().collect();
    let refusal = match &response.body {
        Body::Whole(body) if response.status == 429 => body.as_slice(),
        _ => &[],
    };
    let read = Response {
        status: response.status,
        headers: &headers,
        body: refusal,
        dialect: Dialect::Cerebras,
        sent_key: SentKey::No,
        now_unix_ms: now_ms,
    };
    read.limits()
}

proptest! {
    #[test]
    fn our_gauges_are_the_simulators_books(
        calls in proptest::collection::vec((0..30_000_u64, 1..60_usize, 1..900_u64), 1..25),
        checks in proptest::collection::vec(0..120_000_u64, 1..6),
        id in prop_oneof![Just("cerebras-guide"), Just("cerebras-trial")],
    ) {
        let mut simulator = simulator(id);
        let (mut now, mut ends) = (NOON_MS, Vec::new());
        for (gap, words, cap) in calls {
            now += gap;
            let answer = ask(&mut simulator, words, cap, now);
            ends.extend(answer.request.map(|id| (id.0, answer.at_ms)));
        }
        let profile = profiles().iter().find(|profile| profile.id == id).unwrap();
        let limits = profile.of_model(MODEL).unwrap();
        for later in checks {
            now += later;
            let mut ledger = Ledger::default();
            for ours in booked(&mut simulator, &ends, 0, now) {
                ledger.sent(ours);
            }
            let truth = truth(&mut simulator, now);
            for gauge in gauges(&ledger, "a", MODEL, limits, profile.refund, now) {
                let (_, theirs) = truth.iter().find(|(name, _)| name == gauge.limit.window.name()).unwrap();
                prop_assert!(gauge.left.abs_diff(*theirs) <= 1, "{:?}: we say {}, the books {}", gauge.limit, gauge.left, theirs);
                prop_assert_eq!(gauge.source, Source::Profile);
            }
        }
    }

    /// Another program has used the account all morning; we start in the middle without a profile, and read the headers
    /// at the moment they are written.
    #[test]
    fn who_comes_late_and_hears_the_headers_agrees_with_the_books(
        before in proptest::collection::vec((0..9_000_u64, 1..60_usize, 1..4_000_u64), 1..20),
        pause in 0..4_000_u64,
        after in proptest::collection::vec((0..20_000_u64, 1..60_usize, 1..4_000_u64), 1..15),
        later in 0..90_000_u64,
        id in prop_oneof![Just("cerebras-guide"), Just("cerebras-trial")],
    ) {
        let mut simulator = simulator(id);
        let (mut now, mut ends) = (NOON_MS, Vec::new());
        for (gap, words, cap) in before {
            now += gap;
            let answer = ask(&mut simulator, words, cap, now);
            ends.extend(answer.request.map(|id| (id.0, answer.at_ms)));
        }
        now += pause;
        let unknown_until = ends.iter().map(|(_, end_ms)| *end_ms).fold(0, u64::max);
        let first = ends.len() as u64 + 1;
        let (mut ledger, mut reported) = (Ledger::default(), 0);
        for (number, (gap, words, cap)) in after.into_iter().enumerate() {
            now += gap;
            let answer = ask(&mut simulator, words, cap, now);
            ends.extend(answer.request.map(|id| (id.0, answer.at_ms)));
            for ours in booked(&mut simulator, &ends, first, now) {
                ledger.sent(ours);
            }
            if answer.status == 429 {
                let refused = Request { pool: MODEL.into(), ..request(&format!("refused {number}"), now, cap + 100) };
                ledger.sent(refused.clone());
                ledger.settled(&refused.id, now + 40, Spent::default(), Some(429));
            }
            ledger.seen("a", MODEL, &report(&answer, now), now);
            reported = now;
        }
        let limits = effective_limits(None, &ledger, "a", MODEL, now).unwrap();
        for now in [now, now + later / 2, now + later] {
            for ours in booked(&mut simulator, &ends, first, now) {
                ledger.sent(ours);
            }
            let truth = truth(&mut simulator, now);
            let stated = truth.iter().filter(|(name, _)| name != "tokens-minute-uncached");
            prop_assert_eq!(stated.count(), limits.windows.len(), "every window that has headers is known");
            for gauge in gauges(&ledger, "a", MODEL, &limits, Refund::ToActual, now) {
                let (_, theirs) = truth.iter().find(|(name, _)| name == gauge.limit.window.name()).unwrap();
                prop_assert_eq!(gauge.source, Source::Learned);
                prop_assert!(gauge.left <= theirs + 1, "{:?}: we say {}, the books {}", gauge.limit, gauge.left, theirs);
                // Requests unknown to us that ran when we last read a report give back an amount we cannot know.
                if reported >= unknown_until {
                    prop_assert!(gauge.left + 1 >= *theirs, "{:?}: we say {}, the books {}", gauge.limit, gauge.left, theirs);
                }
            }
        }
    }
}
