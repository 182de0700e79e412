//! What is known of past weeks, and what follows from it.

use headroom_domain::Parameters;
use headroom_limits::{Request, Signal, Spent};

use super::{Page, assess_lane, lanes::lanes};
use crate::*;

const DAY_MS: u64 = 86_400_000;
/// 2026-11-21, noon.
const NOON_MS: u64 = 20_778 * DAY_MS + DAY_MS / 2;

fn request(number: u64, sent_ms: u64, tokens: u64) -> Request {
    Request {
        id: format!("{sent_ms:012x}-{number}"),
        account: "cerebras".into(),
        pool: "gpt-oss-120b".into(),
        model: "gpt-oss-120b".into(),
        sent_ms,
        reserved: tokens + 100,
        cap: Some(5_000),
        effort: None,
        settled: Some((sent_ms + 900, Spent { prompt: 100, answer: tokens, ..Spent::default() })),
        status: Some(200),
        completed: true,
        ..Request::default()
    }
}

fn records(requests: &[Request]) -> Vec<String> {
    requests.iter().map(saved::write).collect()
}

fn page() -> Page {
    let mut page = lanes(&["gpt-oss-120b"]);
    (0..4).for_each(|_| drop(page.happens(Event::WorkerLost)));
    page.now_ms = NOON_MS as f64;
    page
}

#[test]
fn weeks_are_read_when_somebody_looks_and_summed_with_what_came_since() {
    let mut page = page();
    let old: Vec<Request> = (0..40).map(|day| request(day, NOON_MS - (40 - day) * DAY_MS + 60_000, 10)).collect();
    let lately: Vec<Request> = old.iter().filter(|request| request.sent_ms + 2 * DAY_MS > NOON_MS).cloned().collect();
    page.happens(Event::RequestsLoaded { records: records(&lately), days: 2, now_ms: NOON_MS as f64 });
    assert_eq!(uses(&page.state).len(), 1, "the limits feel a day");

    let effects = page.happens(Event::UsageRequested("cerebras".into()));
    assert_eq!(effects, [Effect::ReadRequests { days: 35 }]);
    assert!(page.happens(Event::UsageRequested("cerebras".into())).is_empty(), "once");
    page.happens(Event::RequestsLoaded { records: records(&old), days: 35, now_ms: NOON_MS as f64 });
    let (run, _) = page.sends("one more");
    page.answered(run, "answer");
    let uses = uses(&page.state);
    assert_eq!((uses.len(), uses[0].day, uses[0].requests), (41, 20_778, 1));
    assert!(uses.iter().skip(1).all(|it| it.requests == 1), "none is counted twice: {uses:?}");
}

/// Yesterday's requests that left the limits while the page was open were summed twice.
#[test]
fn a_table_that_is_opened_hours_later_counts_nothing_twice() {
    let mut page = page();
    let sent: Vec<Request> =
        (1..20).map(|hours| request(hours, NOON_MS - DAY_MS + hours * 3_600_000 - 1, 10)).collect();
    page.happens(Event::RequestsLoaded { records: records(&sent), days: 2, now_ms: NOON_MS as f64 });
    assert_eq!(page.state.ledger().all().count(), 19);
    let later_ms = NOON_MS + DAY_MS / 2;
    page.happens(Event::UsageRequested("cerebras".into()));
    page.happens(Event::RequestsLoaded { records: records(&sent), days: 35, now_ms: later_ms as f64 });
    assert_eq!(uses(&page.state).iter().map(|it| it.requests).sum::<u64>(), 19);
    // Another tab learns of the end of one of them only now.
    page.happens(Event::TabMessage { record: saved::write(&sent[0]), is_older: false, now_ms: later_ms as f64 });
    assert_eq!(uses(&page.state).iter().map(|it| it.requests).sum::<u64>(), 19);
}

/// The page stays open overnight: what leaves the ledger must not leave the table.
#[test]
fn what_no_limit_remembers_any_more_stays_in_the_table() {
    let mut page = page();
    page.happens(Event::UsageRequested("cerebras".into()));
    page.happens(Event::RequestsLoaded { records: vec![], days: 35, now_ms: NOON_MS as f64 });
    let (run, _) = page.sends("today");
    page.answered(run, "answer");
    page.now_ms += 2.0 * DAY_MS as f64;
    page.sends("the day after tomorrow");
    assert_eq!(page.state.ledger().all().count(), 1);
    assert_eq!(uses(&page.state).iter().map(|it| it.requests).sum::<u64>(), 2);
}

#[test]
fn a_cap_far_above_the_answers_is_advised_against() {
    let mut page = page();
    let parameters = Parameters { max_completion_tokens: Some(20_000), ..Parameters::default() };
    page.happens(Event::ParametersChanged { lane: None, parameters });
    let advice = |page: &Page| {
        let assessment = assess_lane(&page.state, 0, NOON_MS).unwrap();
        cap_advice(&page.state, 0, &assessment, NOON_MS)
    };
    assert_eq!(advice(&page), None, "nothing is known yet");
    let sent: Vec<Request> = (0..8).map(|number| request(number, NOON_MS - 60_000 + number, 400)).collect();
    page.happens(Event::RequestsLoaded { records: records(&sent), days: 2, now_ms: NOON_MS as f64 });
    let advice = advice(&page).unwrap();
    assert_eq!((advice.lengths.answers, advice.lengths.half, advice.lengths.most), (8, 400, 400));
    assert_eq!(advice.better.unwrap().cap, Some(440));
}

#[test]
fn a_plan_that_refuses_often_is_said_to_be_too_small() {
    let mut page = page();
    let refused =
        Request { status: Some(429), settled: Some((NOON_MS, Spent::default())), ..request(0, NOON_MS - 90, 9) };
    let mut sent: Vec<Request> = (1..30).map(|number| request(number, NOON_MS - 60_000 + number, 400)).collect();
    sent.extend([refused.clone(), Request { id: "another".into(), ..refused }]);
    page.happens(Event::RequestsLoaded { records: records(&sent), days: 2, now_ms: NOON_MS as f64 });
    let assessment = assess_lane(&page.state, 0, NOON_MS).unwrap();
    let signals = plan_signals(&page.state, 0, &assessment, NOON_MS);
    assert_eq!(signals, [Signal::Limited { limited: 2, requests: 31 }]);
}

#[test]
fn credit_of_a_profile_is_counted_down_from_the_day_it_was_given() {
    let mut page = page();
    assert_eq!(credit_line(&page.state, "cerebras", NOON_MS), None, "nobody said when it was given");
    page.happens(Event::CreditSet { provider: "cerebras".into(), day: "soon".into() });
    assert_eq!(credit_line(&page.state, "cerebras", NOON_MS), None, "no day");
    page.happens(Event::CreditSet { provider: "cerebras".into(), day: "2026-11-20".into() });
    // A million answer tokens cost 75 cents; those from before the grant use no credit.
    let sent = [request(1, NOON_MS - 3 * DAY_MS, 1_000_000), request(2, NOON_MS - 60_000, 1_000_000)];
    page.happens(Event::UsageRequested("cerebras".into()));
    page.happens(Event::RequestsLoaded { records: records(&sent), days: 35, now_ms: NOON_MS as f64 });
    let line = credit_line(&page.state, "cerebras", NOON_MS).unwrap();
    assert!((line.credits.left - 4.25).abs() < 0.001, "{line:?}");
    assert_eq!((line.reported_ms, line.credits.ends_in_ms.map(|ms| ms / DAY_MS)), (None, Some(29)));
    // When it is used up, the verdict says so before the provider does.
    let spent = request(3, NOON_MS - 30_000, 9_000_000);
    page.happens(Event::TabMessage { record: saved::write(&spent), is_older: false, now_ms: NOON_MS as f64 });
    page.happens(Event::DraftChanged("hello".into()));
    let tomorrow = NOON_MS + DAY_MS;
    let assessment = assess_lane(&page.state, 0, tomorrow).unwrap();
    assert_eq!(assessment.words().unwrap().title, "Never fits: the credit is used up");
}

#[test]
fn openrouter_is_asked_what_is_left_and_its_word_stands() {
    let mut page = Page::restore_state();
    page.happens(Event::ProviderChosen { lane: None, provider: "openrouter".into() });
    page.happens(Event::ModelChosen { lane: 0, model: "deepseek/deepseek-chat:free".into() });
    let asked = |effects: &[Effect]| {
        effects.iter().find_map(|effect| match effect {
            Effect::FetchAccount { url, .. } => Some(url.clone()),
            _ => None,
        })
    };
    assert_eq!(asked(&page.happens(Event::UsageRequested("openrouter".into()))), None, "without a key nobody is asked");
    page.happens(Event::KeyEntered {
        provider: "openrouter".into(),
        key: SecretInput("sk-or-1".into()),
        mode: KeyMode::Tab,
    });
    let effects = page.happens(Event::UsageRequested("openrouter".into()));
    assert_eq!(asked(&effects).as_deref(), Some("https://openrouter.ai/api/v1/key"));
    let key_changes = page.state.key_changes();
    let body = r#"{"data":{"limit":10,"limit_remaining":7.5,"usage":2.5,
        "free_model_daily_requests":{"used":990,"limit":1000,"remaining":10}}}"#;
    page.happens(Event::AccountReported {
        provider: "openrouter".into(),
        key_changes,
        body: body.into(),
        now_ms: NOON_MS as f64,
    });
    let line = credit_line(&page.state, "openrouter", NOON_MS).unwrap();
    assert_eq!((line.credits.dollars, line.credits.left, line.reported_ms), (10.0, 7.5, Some(NOON_MS)));
    let assessment = assess_lane(&page.state, 0, NOON_MS).unwrap();
    let day = assessment.gauges.iter().find(|gauge| gauge.limit.window.name() == "requests-day").unwrap();
    assert_eq!((day.limit.limit, day.left), (1_000, 10), "the profile knows of fifty");
    let nonsense =
        Event::AccountReported { provider: "openrouter".into(), key_changes, body: "<html>".into(), now_ms: 0.0 };
    page.happens(nonsense);
    assert!(credit_line(&page.state, "openrouter", NOON_MS).is_some(), "nonsense changes nothing");

    // Another key may belong to another account: reports about the first one don't apply to it, even late ones.
    page.happens(Event::KeyEntered {
        provider: "openrouter".into(),
        key: SecretInput("sk-or-2".into()),
        mode: KeyMode::Tab,
    });
    assert_eq!(credit_line(&page.state, "openrouter", NOON_MS), None);
    let late = Event::AccountReported {
        provider: "openrouter".into(),
        key_changes,
        body: body.into(),
        now_ms: NOON_MS as f64,
    };
    page.happens(late);
    assert_eq!(credit_line(&page.state, "openrouter", NOON_MS), None);
}
