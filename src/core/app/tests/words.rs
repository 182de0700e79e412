//! Every sentence about verdicts, advice, the queue, rejections, failures, and storage, one per line in `words.txt`, so
//! that a change of wording shows up in one place. `HEADROOM_WRITE_WORDS=1` rewrites the file.

use headroom_domain::{
    ContextOverflow, Failure, FailureKind, LimitProfile, LimitScope, LimitWindow, ModelLimits, NetworkCause, Phase,
    Provider, RefillPolicy, Refund, WindowLimit, provider::presets,
};
use headroom_limits::{
    Advice, Binding, Credits, Gauge, Ledger, Lengths, Need, Request, Signal, Source, Spent, Uncertainty, Verdict,
    WithCap, gauges, profiles,
};

use crate::{
    CreditLine, QueueItem, Refusal, Retry, State, StorageProblem, WaitStatus,
    conversation::storage_health::{DELETED, SAVED_AGAIN},
    scheduler::{
        advice_text::{advice_words, cap_used_by_reasoning_text, credit_words, error_words, signal_words},
        assess::Assessment,
        verdict_text::sentence,
    },
};

const NOON_MS: u64 = 1_796_040_000_000;
const NEED: Need = Need { input: 1_871, cap: Some(8_000), answer: 8_000 };
const UNCAPPED: Need = Need { cap: None, ..NEED };
const TOKENS: Binding = Binding::Window(LimitWindow::TokensMinute);

#[derive(Default)]
struct Words(Vec<String>);

impl Words {
    /// Adds a line, unless the same words were already given under the same name.
    fn add(&mut self, name: &str, words: &str) {
        let line = format!("{name}: {words}");
        if !words.is_empty() && !self.0.contains(&line) {
            self.0.push(line);
        }
    }
}

/// Returns the gauge of a window with this many free.
fn gauge(window: LimitWindow, limit: u64, left: u64, refill: RefillPolicy) -> Gauge {
    let limits = ModelLimits {
        id: "m".into(),
        pool: String::new(),
        windows: vec![WindowLimit { window, limit, refill }],
        context_tokens: None,
        max_output_tokens: None,
        price: None,
    };
    let mut gauge = gauges(&Ledger::default(), "a", "m", &limits, Refund::ToActual, NOON_MS)[0];
    (gauge.left, gauge.used) = (left, limit - left);
    gauge
}

fn minute(left: u64) -> Gauge {
    gauge(LimitWindow::TokensMinute, 36_000, left, RefillPolicy::Bucket)
}

fn assessment(verdict: Verdict, gauge: Gauge) -> Assessment {
    Assessment {
        provider: "a".into(),
        model: "m".into(),
        pool: "m".into(),
        refund: Refund::ToActual,
        need: Some(NEED),
        fitted_cap: None,
        verdict: Some(verdict),
        uncertainty: None,
        before: 0,
        gauges: vec![gauge],
        context_tokens: Some(8_192),
        credit_dollars: Some(0.01),
    }
}

fn verdicts(words: &mut Words) {
    for window in LimitWindow::ALL {
        words.add("window", &format!("{} · {}", window.traits().short_name, window.traits().full_name));
    }
    let mut in_flight = minute(20_000);
    in_flight.reserved = 500;
    words.add("gauge", &sentence(&minute(20_000), None));
    words.add("gauge", &sentence(&in_flight, Some(9_871)));
    let wait = |binding| Verdict::Wait { ms: 13_200, binding };
    let never = |binding, largest_cap| Verdict::Never { binding, largest_cap };
    let requests = |window, refill| assessment(wait(Binding::Window(window)), gauge(window, 5, 0, refill));
    let tokens = |window, refill| assessment(wait(Binding::Window(window)), gauge(window, 1_000, 700, refill));
    let fits = assessment(Verdict::Fits, minute(20_000));
    let mut assessments = vec![
        fits.clone(),
        Assessment { gauges: Vec::new(), ..fits.clone() },
        Assessment { fitted_cap: Some(7_400), ..fits.clone() },
        assessment(wait(TOKENS), minute(1_471)),
        Assessment { before: 1, ..assessment(wait(TOKENS), minute(1_471)) },
        Assessment { before: 4, fitted_cap: Some(7_400), ..assessment(wait(TOKENS), minute(1_471)) },
        assessment(wait(Binding::Turn), minute(1_471)),
        Assessment { before: 2, ..assessment(wait(Binding::Turn), minute(1_471)) },
        requests(LimitWindow::RequestsMinute, RefillPolicy::Bucket),
        tokens(LimitWindow::TokensDay, RefillPolicy::Fixed),
        tokens(LimitWindow::TokensHour, RefillPolicy::Sliding),
        assessment(never(TOKENS, Some(6_321)), minute(0)),
        assessment(never(Binding::Context, Some(6_321)), minute(0)),
        Assessment { need: Some(UNCAPPED), ..assessment(never(Binding::Context, Some(6_321)), minute(0)) },
        Assessment {
            need: Some(Need { answer: 0, ..UNCAPPED }),
            ..assessment(never(Binding::Context, None), minute(0))
        },
        assessment(never(Binding::Output, Some(4_096)), minute(0)),
        assessment(never(Binding::Credit, None), minute(0)),
    ];
    for uncertainty in [
        Uncertainty::Unreported,
        Uncertainty::Clock,
        Uncertainty::Unexplained,
        Uncertainty::Inferred,
        Uncertainty::Estimated,
    ] {
        assessments.push(Assessment { uncertainty: Some(uncertainty), ..fits.clone() });
    }
    assessments.push(Assessment { uncertainty: Some(Uncertainty::Clock), fitted_cap: Some(7_400), ..fits });
    for assessment in &assessments {
        let verdict = assessment.words().unwrap();
        words.add("verdict", &format!("{} · {}", verdict.title, verdict.detail));
    }
    assessments.iter().for_each(|assessment| words.add("note", &assessment.note()));
}

fn advice(words: &mut Words) {
    for signal in [
        Signal::Limited { limited: 30, requests: 406 },
        Signal::Context { requests: 1, longest: 11_920, context: 8_192 },
        Signal::Context { requests: 2, longest: 11_920, context: 8_192 },
        Signal::Trend { tokens: 1_240_000, limit: 1_000_000 },
    ] {
        let signal = signal_words(&signal);
        words.add("signal", &format!("{} {} · {}", signal.figure, signal.of, signal.evidence));
        words.add("remedy", signal.remedy);
    }
    let with_cap = WithCap { cap: Some(8_000), reserved: 9_871, at_once: 3, per_minute_tenths: 36 };
    for (cut, now, better) in [
        (0, WithCap { cap: None, per_minute_tenths: 300, ..with_cap }, None),
        (1, with_cap, Some(WithCap { cap: Some(1_500), per_minute_tenths: 0, ..with_cap })),
        (2, with_cap, None),
    ] {
        let lengths = Lengths { answers: 32, mean: 500, half: 420, most: 1_340, cut };
        advice_words(&Advice { lengths, now, better }).iter().for_each(|line| words.add("advice", line));
    }
    words.add("cut", &cap_used_by_reasoning_text(1_000, 950, Some(2_400)).unwrap());
    for (ends_in_ms, reported_ms) in
        [(None, Some(1)), (Some(0), None), (Some(86_400_000), None), (Some(9_000_000), None)]
    {
        let credits = Credits { dollars: 5.0, left: 4.18, ends_in_ms };
        words.add("credit", &credit_words(&CreditLine { credits, reported_ms }));
    }
    let mut state = State::default();
    let assessment = assessment(Verdict::Fits, minute(20_000));
    for number in 1..=2_u64 {
        let record = crate::saved::write(&Request {
            id: number.to_string(),
            account: "a".into(),
            pool: "m".into(),
            model: "m".into(),
            sent_ms: NOON_MS + number,
            expected_to_fit: Some(true),
            status: Some(429),
            settled: Some((NOON_MS + number, Spent::default())),
            ..Request::default()
        });
        state.update(crate::Event::TabMessage { record, is_older: false, now_ms: NOON_MS as f64 });
        words.add("forecast", &error_words(&state, &assessment).unwrap_or_default());
    }
    let from = |source, window| {
        let mut gauge = gauge(window, 5, 5, RefillPolicy::Bucket);
        (gauge.source, gauge.stated) = (source, true);
        gauge
    };
    let gauges = vec![
        from(Source::Learned, LimitWindow::RequestsMinute),
        from(Source::Found, LimitWindow::TokensDay),
        from(Source::Learned, LimitWindow::TokensMinute),
    ];
    let told = Assessment { gauges, ..assessment };
    words.add("source", &told.stated_words().unwrap());
    let profile: &LimitProfile = profiles().iter().find(|profile| profile.id == "cerebras-guide").unwrap();
    let against = Assessment { model: "gpt-oss-120b".into(), ..told };
    against.contradictions(profile).iter().for_each(|line| words.add("contradiction", line));
}

fn queue(words: &mut Words) {
    let waits = WaitStatus { start_ms: Some(NOON_MS + 13_200), binding: Some(TOKENS), refusal: None };
    let item = QueueItem { waits, need: Some(NEED), gauge: None, cap_now: None, cap_fits: None, before: 0 };
    let of = |window, limit, left, refill, need| QueueItem {
        need: Some(need),
        gauge: Some(gauge(window, limit, left, refill)),
        ..item.clone()
    };
    let after = |retry| {
        let refusal = Refusal { times: 1, at_ms: NOON_MS, window: None, scope: None, retry };
        QueueItem { waits: WaitStatus { refusal: Some(refusal), ..waits }, ..item.clone() }
    };
    let never = QueueItem { waits: WaitStatus { start_ms: None, ..waits }, ..item.clone() };
    let items = [
        of(LimitWindow::TokensMinute, 36_000, 1_471, RefillPolicy::Bucket, NEED),
        QueueItem { before: 1, ..of(LimitWindow::TokensMinute, 36_000, 1_471, RefillPolicy::Bucket, UNCAPPED) },
        QueueItem { before: 3, ..of(LimitWindow::TokensDay, 36_000, 1_471, RefillPolicy::Fixed, NEED) },
        of(LimitWindow::TokensHour, 36_000, 1_471, RefillPolicy::Sliding, NEED),
        of(LimitWindow::RequestsMinute, 5, 0, RefillPolicy::Bucket, NEED),
        of(LimitWindow::RequestsDay, 50, 0, RefillPolicy::Fixed, NEED),
        item.clone(),
        QueueItem { before: 2, ..item.clone() },
        QueueItem { cap_fits: Some(7_400), ..never.clone() },
        never,
        after(Retry::Asked(7_000)),
        QueueItem { before: 1, ..after(Retry::Reset(7_000)) },
        after(Retry::Asked(u64::MAX)),
        after(Retry::NextDay),
        after(Retry::Passed),
        after(Retry::Unstated),
    ];
    for item in items {
        let (title, detail) = item.words(NOON_MS);
        words.add("queue", &format!("{title} · {detail}"));
    }
}

fn rejections(words: &mut Words) {
    let scopes = [
        LimitScope::Concurrency,
        LimitScope::Minute,
        LimitScope::Hour,
        LimitScope::Day,
        LimitScope::FreeDay,
        LimitScope::Month,
    ];
    let window = Some(LimitWindow::RequestsMinute);
    let refusal = Refusal { times: 1, at_ms: NOON_MS, window, scope: None, retry: Retry::Unstated };
    words.add("rejection", &refusal.words(Some(4)));
    words.add("rejection", &Refusal { window: None, ..refusal }.words(None));
    for scope in scopes {
        words.add("rejection", &Refusal { window: None, scope: Some(scope), ..refusal }.words(None));
    }
    words.add("rejection", &refusal.canceled());
}

fn failures(words: &mut Words) {
    let preset = |id: &str| presets().into_iter().find(|preset| preset.id == id).unwrap();
    let (remote, local) = (preset("cerebras"), preset("ollama"));
    let mut tell = |failure: &Failure, provider: &Provider| {
        let explained = failure.explain(provider);
        let sentence = explained.cost.sentence();
        words.add(failure.kind.name(), &format!("{} {sentence} {}", explained.happened, explained.next));
    };
    for kind in FailureKind::ALL {
        for phase in [Phase::BeforeHeaders, Phase::InBody, Phase::AfterFirstToken] {
            tell(&Failure::new(kind, phase), &remote);
        }
        if matches!(kind, FailureKind::Forbidden | FailureKind::Blocked | FailureKind::Unreachable) {
            tell(&Failure::new(kind, Phase::BeforeHeaders), &local);
        }
        let early = |change: fn(&mut Failure)| {
            let mut failure = Failure::new(kind, Phase::BeforeHeaders);
            change(&mut failure);
            failure
        };
        match kind {
            FailureKind::Payment => tell(&early(|failure| failure.affordable_tokens = Some(1_200)), &remote),
            FailureKind::Context => {
                let (prompt_tokens, context_tokens) = (Some(9_001), Some(8_192));
                for overflow in [
                    ContextOverflow { prompt_tokens, context_tokens },
                    ContextOverflow { prompt_tokens: None, context_tokens },
                ] {
                    tell(&Failure { overflow: Some(overflow), ..early(|_| {}) }, &remote);
                }
            }
            FailureKind::RateLimited => {
                tell(&early(|failure| failure.retry_after_ms = Some(7_000)), &remote);
                for scope in [LimitScope::Concurrency, LimitScope::Hour, LimitScope::Day, LimitScope::Month] {
                    tell(&Failure { scope: Some(scope), ..early(|_| {}) }, &remote);
                }
                let free_at_ms = Some(1_796_083_200_000);
                tell(&Failure { scope: Some(LimitScope::FreeDay), free_at_ms, ..early(|_| {}) }, &remote);
            }
            _ => {}
        }
        let statuses: &[u16] = match kind {
            FailureKind::NotFound => &[301, 404, 405],
            FailureKind::BadRequest => &[418, 421],
            FailureKind::Server => &[499, 500, 502, 503, 504, 521],
            _ => &[],
        };
        for status in statuses {
            tell(&Failure { status: Some(*status), ..early(|_| {}) }, &remote);
        }
    }
    for cause in [
        NetworkCause::Redirect,
        NetworkCause::NoCors,
        NetworkCause::HiddenRefusal,
        NetworkCause::NobodyThere,
        NetworkCause::LocalNetworkDenied,
        NetworkCause::LocalNetworkUnanswered,
        NetworkCause::Policy,
    ] {
        for provider in [&remote, &local] {
            tell(&Failure::of_network(cause, Phase::BeforeHeaders), provider);
        }
    }
}

fn storage(words: &mut Words) {
    let problems = [
        StorageProblem::Full,
        StorageProblem::Refused,
        StorageProblem::NotResponding,
        StorageProblem::Newer,
        StorageProblem::Other("Internal error".into()),
    ];
    for problem in problems {
        words.add("unsaved", &problem.sentence());
    }
    words.add("unsaved", DELETED);
    words.add("unsaved", SAVED_AGAIN);
}

#[test]
fn the_words_are_those_of_the_file() {
    let mut words = Words::default();
    for part in [verdicts, advice, queue, rejections, failures, storage] {
        part(&mut words);
    }
    let text = words.0.iter().fold(String::new(), |text, line| text + line + "\n");
    if std::env::var_os("HEADROOM_WRITE_WORDS").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/words.txt"), &text).unwrap();
        return;
    }
    let expected = include_str!("words.txt");
    for (line, expected) in text.lines().zip(expected.lines()) {
        assert_eq!(line, expected, "HEADROOM_WRITE_WORDS=1 rewrites words.txt");
    }
    assert_eq!(text, expected, "HEADROOM_WRITE_WORDS=1 rewrites words.txt");
}
