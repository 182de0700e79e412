//! Rate-limited requests: they are retried at the time the provider stated, or show why they are not.

use headroom_domain::{FailureKind, Parameters};

use super::{Page, assess_lane, content, lanes::lanes};
use crate::*;

const GROQ: &str = "openai/gpt-oss-120b";
/// A rejection that states a wait.
const LATER: &str = r#"{"error":{"message":"Rate limit reached on tokens per minute (TPM). Please try again in 2.5s.","code":"rate_limit_exceeded"}}"#;

/// Creates lanes that use a model of Groq's free plan: 8,000 tokens per minute.
pub fn groq(lanes: usize) -> Page {
    let mut page = super::lanes::lanes(&vec![GROQ; lanes]);
    page.happens(Event::ProviderChosen { lane: None, provider: "groq".into() });
    page.happens(Event::KeyEntered { provider: "groq".into(), key: SecretInput("gsk-1".into()), mode: KeyMode::Tab });
    for lane in 0..lanes {
        page.happens(Event::ModelChosen { lane, model: GROQ.into() });
    }
    (0..4).for_each(|_| drop(page.happens(Event::WorkerLost)));
    page
}

fn set_cap(page: &mut Page, cap: u32) {
    let parameters = Parameters { max_completion_tokens: Some(cap), ..Parameters::default() };
    page.happens(Event::ParametersChanged { lane: None, parameters });
}

fn sent(effects: &[Effect]) -> Vec<(RunId, String)> {
    let outgoing = effects.iter().filter_map(|effect| match effect {
        Effect::Send(outgoing) => Some((outgoing.run, outgoing.body.clone())),
        _ => None,
    });
    outgoing.collect()
}

fn due(page: &mut Page, now_ms: u64) -> Vec<RunId> {
    let effects = page.happens(Event::QueueDue { now_ms: now_ms as f64 });
    sent(&effects).into_iter().map(|(run, _)| run).collect()
}

fn refused(page: &mut Page, run: RunId, now_ms: u64, status: u16, headers: &[(&str, &str)], body: &str) {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    page.happens(Event::ResponseHeaders { run, status, headers });
    let reads = vec![Read { at_ms: now_ms as f64, bytes: body.as_bytes().to_vec() }];
    page.happens(Event::Received { run, reads });
    page.happens(Event::Ended { run, now_ms: now_ms as f64 });
}

fn start(page: &Page, lane: usize) -> Option<u64> {
    page.state.waits(lane).and_then(|waits| waits.start_ms)
}

/// Returns the text on a lane's card, line by line.
fn card(page: &Page, lane: usize, now_ms: u64) -> String {
    let item = queue_item(&page.state, lane, now_ms).unwrap();
    let (title, detail) = item.words(now_ms);
    let attempts = item.waits.start_ms.map(|_| MOST_REFUSALS + 1);
    let refusal = item.waits.refusal.map(|refusal| refusal.words(attempts)).unwrap_or_default();
    format!("{title}\n{detail}\n{refusal}")
}

/// Every draft read "Never fits", because the profile's assumed reservation without a cap exceeds a minute's tokens.
#[test]
fn without_a_cap_groqs_free_plan_is_sent_the_cap_that_fits_and_the_verdict_says_so() {
    let mut page = groq(2);
    page.happens(Event::DraftChanged("hello".into()));
    let assessment = assess_lane(&page.state, 0, 1_000).unwrap();
    let words = assessment.words().unwrap();
    assert_eq!((words.title.as_str(), assessment.fitted_cap), ("Fits now", Some(7_800)));
    assert_eq!(words.detail, "Max output set to 7,800 so that it fits");
    let bodies = page.fans_out("hello");
    assert_eq!(bodies.len(), 1, "one takes the minute");
    assert!(bodies[0].1.contains(r#""max_completion_tokens":7800"#), "{}", bodies[0].1);
    assert_eq!(page.states(), ["waiting", "queued"], "and the other follows");
    assert!(start(&page, 1).is_some_and(|start| start <= 62_000), "{:?}", start(&page, 1));

    let mut page = groq(1);
    page.happens(Event::QueueSet(false));
    assert!(page.fans_out("hello")[0].1.contains("7800"), "without the queue, too");
    let mut page = groq(1);
    set_cap(&mut page, 20_000);
    assert!(page.fans_out("hello")[0].1.contains("20000"), "what the user set stays");
}

/// "Attempt 2 of 4 follows by itself" was shown, and nothing followed.
#[test]
fn a_named_wait_is_kept_also_where_our_own_count_says_never() {
    for cap in [None, Some(20_000)] {
        let mut page = groq(1);
        cap.into_iter().for_each(|cap| set_cap(&mut page, cap));
        let (run, _) = page.fans_out("hello")[0];
        refused(&mut page, run, 2_000, 429, &[], LATER);
        let start = start(&page, 0).unwrap();
        assert!((4_500..4_750).contains(&start), "{cap:?}: {start}");
        let card = card(&page, 0, 2_000);
        assert!(card.contains("The provider asked to wait 3 s."), "{card}");
        assert!(
            card.contains("(429: tokens per minute), not charged. Retrying automatically, attempt 2 of 4."),
            "{card}"
        );
        assert!(due(&mut page, start - 1).is_empty());
        assert_eq!(due(&mut page, start), [run], "{cap:?}");
    }
}

/// The first of two was told to wait long, and the second waited behind it.
#[test]
fn each_lane_keeps_the_wait_that_was_named_to_it() {
    let mut page = groq(2);
    set_cap(&mut page, 100);
    let runs = page.fans_out("hello");
    refused(&mut page, runs[0].0, 2_000, 429, &[("retry-after", "30")], "");
    refused(&mut page, runs[1].0, 2_000, 429, &[("retry-after", "4")], "");
    let starts = [0, 1].map(|lane| start(&page, lane).unwrap() / 1_000);
    assert_eq!(starts, [32, 6]);
    assert_eq!(due(&mut page, 6_300), [runs[1].0]);
}

/// The profile may be for another plan. Here it states that the day is used up.
#[test]
fn a_named_wait_goes_before_a_day_that_we_take_for_used_up() {
    let mut page = groq(1);
    set_cap(&mut page, 100);
    for second in 0..40_u64 {
        page.now_ms = 100_000_000.0 + (second * 60_000) as f64;
        let run = page.fans_out("[spend]").first().map(|(run, _)| *run);
        let Some(run) = run else { break };
        page.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
        page.hears(run, &content("x"));
        let usage = r#"data: {"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":7000,"completion_tokens":50}}"#;
        page.hears(run, &format!("{usage}\n\ndata: [DONE]\n\n"));
    }
    let lane = page.state.lane_state(0);
    assert_eq!(lane, LaneState::Queued, "by our count the day's 200,000 are gone");
    let now = whole_ms(page.now_ms);
    assert!(start(&page, 0).unwrap() > now + 3_600_000);
    let run = sent(&page.happens(Event::SendNowPressed { lane: 0, now_ms: page.now_ms }))[0].0;
    refused(&mut page, run, now + 500, 429, &[], LATER);
    let start = start(&page, 0).unwrap();
    assert!((now + 3_000..now + 3_250).contains(&start), "{}", start - now);
    assert_eq!(due(&mut page, start), [run]);
}

/// Groq: requested = prompt + cap. A request larger than the window is 413, and waiting does not help.
#[test]
fn what_can_never_fit_is_not_sent_again() {
    let body = r#"{"error":{"message":"Request too large for model `m` on tokens per minute (TPM): Limit 8000, Requested 8096, please reduce your message size and try again in 2s","code":"rate_limit_exceeded"}}"#;
    for status in [413, 429] {
        let mut page = groq(1);
        set_cap(&mut page, 7_900);
        let (run, _) = page.fans_out("hello")[0];
        refused(&mut page, run, 2_000, status, &[("retry-after", "2")], body);
        assert_eq!(page.state.lane_state(0), LaneState::Failed, "{status}");
        assert_eq!(page.answer().failure.as_ref().unwrap().kind, FailureKind::TooLarge);
        assert!(!page.state.has_queue() && due(&mut page, 90_000).is_empty());
        assert_eq!(cap_after_refusal(&page.state, 0, 2_000), Some(7_700), "and the cap that fits is offered");
    }
}

#[test]
fn where_nothing_is_said_the_window_says_how_long_to_wait() {
    let noon = 1_796_040_000_000_u64;
    for (message, wait, words) in [
        ("Requests per minute limit exceeded", 15_000, "The provider gave no retry time."),
        ("Requests per hour limit exceeded", 300_000, "The provider gave no retry time."),
        ("Requests per day limit exceeded", 43_199_000, "Daily limit used up, resets at 00:00 UTC."),
        ("Your daily free limit is used up", 43_199_000, "Daily limit used up, resets at 00:00 UTC."),
        ("Too many requests", 5_000, "The provider gave no retry time."),
    ] {
        let mut page = lanes(&["gpt-oss-120b"]);
        page.happens(Event::LimitsChosen { provider: "cerebras".into(), profile: String::new() });
        page.now_ms = noon as f64;
        let (run, _) = page.fans_out("hello")[0];
        let body = serde_json::json!({ "message": message, "code": "request_quota_exceeded" }).to_string();
        refused(&mut page, run, noon + 1_000, 429, &[], &body);
        let start = start(&page, 0).unwrap();
        assert!((noon + 1_000 + wait..noon + 1_251 + wait).contains(&start), "{message}: {}", start - noon);
        let card = card(&page, 0, noon + 1_000);
        assert!(card.contains(words) && !card.contains("asked"), "{message}: {card}");
    }
}

/// Our own count knows the window's refill: one of five requests every twelve seconds.
#[test]
fn where_nothing_is_said_our_own_count_comes_before_a_guess() {
    let mut page = lanes(&["gpt-oss-120b"; 6]);
    set_cap(&mut page, 100);
    let runs = page.fans_out("hello");
    assert_eq!(runs.len(), 5);
    let run = sent(&page.happens(Event::SendNowPressed { lane: 5, now_ms: 1_000.0 }))[0].0;
    refused(
        &mut page,
        run,
        1_500,
        429,
        &[],
        r#"{"message":"Requests per minute limit exceeded","code":"request_quota_exceeded"}"#,
    );
    let start = start(&page, 5).unwrap();
    assert!((13_000..14_500).contains(&start), "{start}");
    let card = card(&page, 5, 1_500);
    assert!(card.contains("when a request frees up") && card.contains("429: requests per minute"), "{card}");
}

/// The stated wait was years, and the page retried after a second.
#[test]
fn a_wait_of_years_is_cut_to_a_ceiling_that_is_said() {
    for header in ["Fri, 06 Nov 2099 08:49:37 GMT", "99999999999", "1e9", "4000000"] {
        let mut page = groq(1);
        let (run, _) = page.fans_out("hello")[0];
        refused(&mut page, run, 2_000, 429, &[("retry-after", header)], "");
        let card = card(&page, 0, 2_000);
        assert!(card.contains("more than 31 days. Send anyway, or cancel."), "{header}: {card}");
        assert!(start(&page, 0).unwrap() > 86_400_000 && due(&mut page, 60_000).is_empty());
    }
    for header in ["NaN", "soon"] {
        let mut page = groq(1);
        let (run, _) = page.fans_out("hello")[0];
        refused(&mut page, run, 2_000, 429, &[("retry-after", header)], "");
        assert!(start(&page, 0).unwrap() >= 7_000, "{header}: no word is no second");
    }
}

#[test]
fn a_refusal_inside_an_answer_of_status_200_waits_like_any_other() {
    let error = r#"{"error":{"code":429,"message":"Rate limit reached. Please try again in 2.5s"}}"#;
    let in_stream = format!(": keep-alive\n\ndata: {error}\n\n");
    let after_role = format!(
        "data: {{\"choices\":[{{\"delta\":{{\"role\":\"assistant\",\"content\":\"\"}}}}]}}\n\ndata: {error}\n\n"
    );
    let named = "event: error\ndata: {\"error\":{\"type\":\"rate_limit_error\",\"message\":\"try again in 2.5s\"}}\n\n";
    for body in [in_stream.as_str(), after_role.as_str(), error, named] {
        let mut page = groq(1);
        let (run, _) = page.fans_out("hello")[0];
        refused(&mut page, run, 2_000, 200, &[], body);
        assert_eq!(page.states(), ["queued"], "{body}");
        let start = start(&page, 0).unwrap();
        assert!((4_500..4_750).contains(&start), "{body}: {start}");
        let statuses: Vec<_> = page.state.ledger().all().map(|request| request.status).collect();
        assert_eq!(statuses, [Some(429)], "it was not let in");
        assert_eq!(due(&mut page, start), [run]);
        page.now_ms = start as f64;
        page.answered(run, "here it is");
        assert_eq!((page.answer().text.as_str(), page.states()), ("here it is", vec!["done"]));
    }
    // Once there is text, it is never resent.
    let mut page = groq(1);
    let (run, _) = page.fans_out("hello")[0];
    refused(&mut page, run, 2_000, 200, &[], &format!("{}data: {error}\n\n", content("half")));
    assert_eq!((page.states(), page.answer().text.as_str()), (vec!["cut-off"], "half"));
    // Nor is another failure.
    let mut page = groq(1);
    let (run, _) = page.fans_out("hello")[0];
    refused(&mut page, run, 2_000, 200, &[], r#"{"error":{"code":503,"message":"try again in 2s"}}"#);
    assert_eq!(page.states(), ["failed"]);
}

/// "Canceled before sending" was shown under a request that was sent and rejected.
#[test]
fn what_is_called_off_after_a_refusal_says_that_it_was_refused() {
    let mut page = groq(1);
    let (run, _) = page.fans_out("hello")[0];
    refused(&mut page, run, 2_000, 429, &[], LATER);
    page.happens(Event::StopPressed { lane: Some(0), now_ms: 3_000.0 });
    assert_eq!((page.states(), page.answer().ending), (vec!["stopped"], Ending::NotSent));
    let words = page.answer().refusal.unwrap().canceled();
    assert_eq!(words, "Rate limited (429: tokens per minute), then canceled. Regenerate to send it.");
    let kept = saved::write(&page.state.chat().turns[0]);
    let turn: Turn = saved::read(&kept).unwrap();
    assert_eq!(turn.answers[0].refusal.unwrap().canceled(), words, "also after a reload");
}

/// Our count and the rejection agree that it never fits, and no wait was stated: the user has to decide.
#[test]
fn what_does_not_follow_by_itself_says_so_and_offers_what_would() {
    let mut page = groq(1);
    set_cap(&mut page, 20_000);
    let (run, _) = page.fans_out("hello")[0];
    refused(
        &mut page,
        run,
        2_000,
        429,
        &[],
        r#"{"error":{"message":"Tokens per minute limit exceeded","code":"rate_limit_exceeded"}}"#,
    );
    let words = card(&page, 0, 2_000);
    assert!(words.starts_with("This request exceeds the limit\nLower max output"), "{words}");
    assert!(!words.contains("automatically") && words.contains("429"), "{words}");
    let cap = queue_item(&page.state, 0, 2_000).unwrap().cap_fits.unwrap();
    assert_eq!(cap, 7_900);
    let effects = page.happens(Event::CapLowered { lane: 0, cap, now_ms: 20_000.0 });
    let bodies = sent(&effects);
    assert_eq!(bodies.len(), 1, "{:?}", page.state.waits(0));
    assert!(bodies[0].1.contains(r#""max_completion_tokens":7900"#));
}

/// Two cards showed the same number of tokens with 0:04 and 0:12; a draft read "Fits in 7 s" behind a request of 19 s.
#[test]
fn the_figures_of_those_that_wait_go_with_their_times() {
    let mut page = lanes(&["gpt-oss-120b"; 4]);
    set_cap(&mut page, 14_000);
    page.fans_out("hello");
    assert_eq!(page.states(), ["waiting", "waiting", "queued", "queued"]);
    let title = |lane| card(&page, lane, 1_000).lines().next().unwrap().to_owned();
    let tokens = |lane: usize| {
        let title = title(lane);
        let (_, after) = title.split_once("when ").unwrap();
        after.split(' ').next().unwrap().replace(',', "").parse::<u64>().unwrap()
    };
    for lane in [2, 3] {
        let wait_ms = start(&page, lane).unwrap() - 1_000;
        assert!(tokens(lane).abs_diff(wait_ms * 30_000 / 60_000) <= 1, "500 a second: {}", title(lane));
    }
    assert!(tokens(3) > tokens(2));
    assert!(card(&page, 3, 1_000).contains("1 request ahead."), "{}", card(&page, 3, 1_000));
    assert!(!card(&page, 2, 1_000).contains("ahead"));

    // Lane 0 has its answer, and uses the same pool again.
    let run = page.state.runs.iter().find(|live| live.owner.lane.0 == 0).unwrap().run;
    page.answered(run, "done");
    (0..4).for_each(|_| drop(page.happens(Event::WorkerLost)));
    page.happens(Event::DraftChanged("and now?".into()));
    let now = whole_ms(page.now_ms);
    // The answer used less than it reserved: they start earlier now.
    page.happens(Event::QueueDue { now_ms: page.now_ms });
    let last = [2, 3].into_iter().filter_map(|lane| start(&page, lane)).max().unwrap();
    let wait = match assess_lane(&page.state, 0, now).unwrap().verdict {
        Some(headroom_limits::Verdict::Wait { ms, .. }) => ms,
        other => panic!("{other:?}"),
    };
    assert!(now + wait >= last, "a draft does not pass what waits: {wait}");
}
