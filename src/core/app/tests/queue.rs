//! Requests waiting for their turn.

use headroom_domain::{FailureKind, Parameters};
use headroom_limits::Binding;

use super::{Page, assess_lane, content, kept_turn, lanes::lanes};
use crate::*;

/// Creates lanes that use one model of a provider that allows five requests per minute.
fn six_lanes() -> Page {
    let mut page = lanes(&["gpt-oss-120b"; 6]);
    let parameters = Parameters { max_completion_tokens: Some(100), ..Parameters::default() };
    page.happens(Event::ParametersChanged { lane: None, parameters });
    page
}

fn runs(effects: &[Effect]) -> Vec<RunId> {
    let sent = effects.iter().filter_map(|effect| match effect {
        Effect::Send(outgoing) => Some(outgoing.run),
        _ => None,
    });
    sent.collect()
}

fn ticks(page: &mut Page, now_ms: u64) -> Vec<Effect> {
    page.happens(Event::QueueDue { now_ms: now_ms as f64 })
}

fn refused(page: &mut Page, run: RunId, now_ms: f64, headers: &[(&str, &str)]) -> Vec<Effect> {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    page.happens(Event::ResponseHeaders { run, status: 429, headers });
    page.happens(Event::Ended { run, now_ms })
}

#[test]
fn what_does_not_fit_waits_and_goes_when_it_does() {
    let mut page = six_lanes();
    let sent = page.fans_out("hello");
    assert_eq!(sent.len(), 5, "as many as a minute allows");
    assert_eq!(page.states(), ["waiting", "waiting", "waiting", "waiting", "waiting", "queued"]);
    assert_eq!(page.state.ledger().all().count(), 5, "what waits takes nothing yet");
    let waits = page.state.waits(5).unwrap();
    assert!(matches!(waits.binding, Some(Binding::Window(window)) if window.counts_requests()), "{waits:?}");
    let start = waits.start_ms.unwrap();
    assert_eq!(start, 1_000 + 12_300, "one comes back each twelve seconds, from when the five have arrived");

    assert!(runs(&ticks(&mut page, start - 1)).is_empty());
    let effects = ticks(&mut page, start);
    let run = runs(&effects)[0];
    assert_eq!(page.state.lane_state(5), LaneState::Waiting);
    assert!(kept_turn(&effects).is_some_and(|turn| turn.answers[5].ending == Ending::Running));
    page.now_ms = start as f64;
    page.answered(run, "late, but here");
    let waited = page.answer().metrics.unwrap().total_ms;
    assert!(waited < 1_000.0, "the wait before it was sent is not the provider's: {waited}");
    assert!(!page.state.has_queue());
}

/// Without a cap, a large reservation is made for each answer; what it didn't need is available to the next as soon as
/// it has ended.
#[test]
fn what_an_answer_did_not_need_lets_the_next_one_go() {
    let mut page = lanes(&["gpt-oss-120b"; 2]);
    let run = page.fans_out("hello")[0].0;
    assert_eq!(page.states(), ["waiting", "queued"]);
    let before = page.state.waits(1).unwrap().start_ms.unwrap();
    page.now_ms = 2_000.0;
    page.answered(run, "short");
    assert_eq!(runs(&ticks(&mut page, 2_250)).len(), 1, "before {before}");
}

#[test]
fn requests_that_wait_for_one_window_keep_their_order() {
    let mut page = six_lanes();
    page.fans_out("hello");
    for lane in 0..5 {
        let run =
            page.state.runs.iter().find(|live| live.owner.lane == page.state.settings().lane_id(lane)).unwrap().run;
        page.answered(run, "done");
    }
    // Regenerated while lane 5 waits: they come after it.
    page.happens(Event::RegeneratePressed { lane: Some(0), now_ms: 2_000.0 });
    let [first, second] = [5, 0].map(|lane| page.state.waits(lane).unwrap().start_ms.unwrap());
    assert_eq!(second - first, 12_000);
}

#[test]
fn what_waits_can_be_called_off_or_sent_at_once() {
    let mut page = six_lanes();
    page.fans_out("hello");
    let effects = page.happens(Event::StopPressed { lane: Some(5), now_ms: 2_000.0 });
    assert!(runs(&effects).is_empty() && kept_turn(&effects).unwrap().answers[5].ending == Ending::NotSent);
    assert_eq!((page.state.lane_state(5), page.state.ledger().all().count()), (LaneState::Stopped, 5));
    assert!(page.state.chat().turns[0].answers[5].metrics.is_none());

    page.happens(Event::RegeneratePressed { lane: Some(5), now_ms: 3_000.0 });
    assert_eq!(page.state.lane_state(5), LaneState::Queued);
    let effects = page.happens(Event::SendNowPressed { lane: 5, now_ms: 4_000.0 });
    assert_eq!((runs(&effects).len(), page.state.lane_state(5)), (1, LaneState::Waiting));
    assert!(runs(&page.happens(Event::SendNowPressed { lane: 5, now_ms: 4_000.0 })).is_empty(), "once");
}

#[test]
fn a_request_that_waits_goes_at_once_with_a_cap_that_fits() {
    let mut page = lanes(&["gpt-oss-120b"; 2]);
    let parameters = Parameters { max_completion_tokens: Some(20_000), ..Parameters::default() };
    page.happens(Event::ParametersChanged { lane: None, parameters });
    page.fans_out("hello");
    assert_eq!(page.states(), ["waiting", "queued"]);
    let cap = queue_item(&page.state, 1, 1_000).unwrap().cap_now.unwrap();
    assert!((9_000..10_000).contains(&cap), "30,000 a minute, of which 20,000 and two prompts are held: {cap}");
    let effects = page.happens(Event::CapLowered { lane: 1, cap, now_ms: 1_000.0 });
    assert_eq!((runs(&effects).len(), page.state.lane_state(1)), (1, LaneState::Waiting));
    let body = effects.iter().find_map(|effect| match effect {
        Effect::Send(outgoing) => Some(outgoing.body.clone()),
        _ => None,
    });
    assert!(body.unwrap().contains(&format!(r#""max_completion_tokens":{cap}"#)));
    let held: u64 = page.state.ledger().all().map(|request| request.reserved).sum();
    assert!(held <= 30_000, "{held}");
    assert!(page.happens(Event::CapLowered { lane: 1, cap, now_ms: 1_000.0 }).is_empty(), "what is sent is sent");

    // A request behind another would not start sooner with a lower cap, so it is left alone.
    let mut page = lanes(&["gpt-oss-120b"; 3]);
    let parameters = Parameters { max_completion_tokens: Some(20_000), ..Parameters::default() };
    page.happens(Event::ParametersChanged { lane: None, parameters });
    page.fans_out("hello");
    let [second, third] = [1, 2].map(|lane| queue_item(&page.state, lane, 1_000).unwrap().cap_now);
    assert!(second.is_some() && third.is_none(), "{second:?} {third:?}");
    assert!(runs(&page.happens(Event::CapLowered { lane: 2, cap: 5_000, now_ms: 1_000.0 })).is_empty());
    let asked = page.state.live(2).unwrap().asked.as_ref().unwrap();
    assert_eq!(asked.setup.parameters.max_completion_tokens, Some(20_000));
}

/// A profile may state too little. With probing on, one queued request starts early; the forecast expects a rejection,
/// and is proven wrong.
#[test]
fn with_probing_what_waits_goes_early_once_and_the_forecast_is_found_wrong() {
    let mut page = six_lanes();
    page.happens(Event::ProbingSet(true));
    let sent = page.fans_out("hello");
    assert_eq!(sent.len(), 6, "one more than the profile allows");
    let expected_to_fit: Vec<_> = page.state.ledger().all().map(|request| request.expected_to_fit).collect();
    assert_eq!(
        expected_to_fit.iter().filter(|expected_to_fit| **expected_to_fit == Some(false)).count(),
        1,
        "{expected_to_fit:?}"
    );
    for (run, _) in sent {
        page.answered(run, "let in, all of them");
    }
    let assessment = assess_lane(&page.state, 0, 2_000).unwrap();
    assert_eq!(
        advice_text::error_words(&page.state, &assessment).as_deref(),
        Some("Limit forecast: 17% wrong over 6 requests")
    );
}

#[test]
fn without_the_queue_everything_is_sent() {
    let mut page = six_lanes();
    page.happens(Event::QueueSet(false));
    assert_eq!(page.fans_out("hello").len(), 6);
}

/// If these were never sent, a wrong limit would never be corrected.
#[test]
fn what_never_fits_is_sent() {
    let mut page = lanes(&["gpt-oss-120b"]);
    let parameters = Parameters { max_completion_tokens: Some(200_000), ..Parameters::default() };
    page.happens(Event::ParametersChanged { lane: None, parameters });
    assert_eq!(page.fans_out("hello").len(), 1);
}

/// One lane of a comparison that cannot be sent doesn't spend money on a rejection; its user decides.
#[test]
fn among_several_lanes_what_never_fits_is_left_out() {
    let mut page = lanes(&["gpt-oss-120b"; 2]);
    let set = |cap| Parameters { max_completion_tokens: Some(cap), ..Parameters::default() };
    page.happens(Event::ParametersChanged { lane: Some(0), parameters: set(100) });
    page.happens(Event::ParametersChanged { lane: Some(1), parameters: set(200_000) });
    assert_eq!(page.fans_out("hello").len(), 1);
    assert_eq!(page.states(), ["waiting", "stopped"]);
    assert_eq!(page.state.chat().turns[0].answers[1].ending, Ending::NotSent);
    assert_eq!(page.state.ledger().all().count(), 1);
    let effects = page.happens(Event::RegeneratePressed { lane: Some(1), now_ms: 3_600_000.0 });
    assert_eq!(runs(&effects).len(), 1, "unless its user insists");
}

#[test]
fn a_refusal_waits_as_long_as_it_says_and_is_shown_when_waiting_did_not_help() {
    let mut page = lanes(&["gpt-oss-120b"]);
    let run = page.fans_out("hello")[0].0;
    let mut now_ms = 2_000;
    for refusals in 1..=3 {
        let effects = refused(&mut page, run, now_ms as f64, &[("retry-after", "7")]);
        assert!(runs(&effects).is_empty() && effects.contains(&Effect::Abort(run)), "{effects:?}");
        let waits = page.state.waits(0).unwrap();
        assert_eq!((page.state.lane_state(0), waits.refusals()), (LaneState::Queued, refusals));
        let start = waits.start_ms.unwrap();
        assert!((7_000..7_000 + 60_000).contains(&(start - now_ms)), "{start}");
        let settled = page.state.ledger().all().filter(|request| request.status == Some(429)).count();
        assert_eq!(settled, usize::from(refusals), "each try is in the books, as refused");
        now_ms = start;
        assert_eq!(runs(&ticks(&mut page, now_ms)), [run]);
    }
    refused(&mut page, run, now_ms as f64, &[("retry-after", "7")]);
    assert_eq!(page.state.lane_state(0), LaneState::Failed);
    assert_eq!(page.answer().failure.as_ref().unwrap().kind, FailureKind::RateLimited);
}

#[test]
fn an_answer_that_has_begun_is_never_sent_again() {
    let mut page = lanes(&["gpt-oss-120b"]);
    let run = page.fans_out("hello")[0].0;
    page.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
    page.hears(run, &content("half"));
    page.happens(Event::RequestFailed { run, now_ms: 3_000.0, link: ConnectionError::Online });
    assert_eq!(page.state.lane_state(0), LaneState::CutOff);
    assert!(!page.state.has_queue());
}

/// In Firefox, a reloading page loses its connections first; that made room, and the next request was sent with no page
/// left to read its answer.
#[test]
fn nothing_is_sent_as_a_connection_breaks_or_the_page_goes() {
    let mut page = lanes(&["gpt-oss-120b"; 2]);
    let run = page.fans_out("hello")[0].0;
    page.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
    page.hears(run, &content("half"));
    page.happens(Event::RequestFailed { run, now_ms: 2_000.0, link: ConnectionError::Online });
    assert!(runs(&ticks(&mut page, 2_250)).is_empty());
    assert!(runs(&page.happens(Event::Tick { now_ms: 9_000.0 })).is_empty(), "the page goes");
    assert_eq!(runs(&ticks(&mut page, 9_000)).len(), 1);
}

#[test]
fn what_waited_when_the_page_was_closed_is_there_again_and_was_not_sent() {
    let mut page = six_lanes();
    page.fans_out("hello");
    let kept = saved::write(&page.state.chat().turns[0]);
    let turn = saved::restored(saved::read(&kept).unwrap(), &[]);
    assert_eq!(turn.answers[5].ending, Ending::NotSent);
    assert!(turn.answers[5].failure.is_none(), "nothing went wrong");
    let chat = turn.chat.clone();
    let mut again = six_lanes();
    again.happens(Event::ChatOpened(chat.clone()));
    again.happens(Event::ChatLoaded { id: chat, turns: vec![turn], unreadable: vec![] });
    assert_eq!(again.state.lane_state(5), LaneState::Stopped);
    let effects = again.happens(Event::RegeneratePressed { lane: Some(5), now_ms: 90_000.0 });
    assert_eq!(runs(&effects).len(), 1, "it is sent when the user says so");
}
