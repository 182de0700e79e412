//! What the network does to a request, and what its user sees of it.

use headroom_domain::NetworkCause;
use headroom_protocol::{LocalPermission, Reach, ReachabilityCheck};

use super::*;
use crate::setup::saved_settings::SavedSettings;

/// Creates a page that uses a custom server.
fn described(base_url: &str) -> Page {
    let mut page = Page::restore_state();
    page.happens(Event::ProviderAdded {
        name: "Mine".into(),
        base_url: base_url.into(),
        key: SecretInput("sk-test-1234".into()),
        mode: KeyMode::Tab,
    });
    page.happens(Event::ModelChosen { lane: 0, model: "m".into() });
    page
}

fn request_failed(page: &mut Page, run: RunId, link: ConnectionError) -> Vec<Effect> {
    let now_ms = page.now_ms;
    page.happens(Event::RequestFailed { run, now_ms, link })
}

fn refused(page: &mut Page, run: RunId, status: u16, body: &str) -> Vec<Effect> {
    page.happens(Event::ResponseHeaders { run, status, headers: vec![] });
    page.hears(run, body);
    let now_ms = page.now_ms;
    page.happens(Event::Ended { run, now_ms })
}

fn cause(page: &Page) -> Option<NetworkCause> {
    page.answer().failure.as_ref().and_then(|failure| failure.cause)
}

#[test]
fn a_server_that_hides_its_answers_is_told_from_one_that_is_not_there() {
    for (reach, expected) in [
        (Reach { server: ReachabilityCheck::Answered, ..Reach::default() }, NetworkCause::NoCors),
        (Reach { server: ReachabilityCheck::Failed, ..Reach::default() }, NetworkCause::NobodyThere),
        (Reach { permission: LocalPermission::Denied, ..Reach::default() }, NetworkCause::LocalNetworkDenied),
    ] {
        let mut page = described("http://localhost:9000/v1");
        let (run, _) = page.sends("hi");
        let effects = request_failed(&mut page, run, ConnectionError::Online);
        let [Effect::CheckReachability { list: None, server, .. }] = effects.as_slice() else {
            panic!("one question: {effects:?}")
        };
        assert_eq!(server, "http://localhost:9000/v1/models");
        page.happens(Event::ReachabilityChecked { run, reach });
        assert_eq!(cause(&page), Some(expected));
    }
}

#[test]
fn a_server_whose_models_could_be_read_hides_a_refusal_and_nothing_else() {
    let mut page = described("https://llm.example/v1");
    let provider = page.state.settings().first_lane().provider.clone();
    page.happens(Event::ModelsListed { provider, outcome: Ok(vec![headroom_domain::Model::named("m")]) });
    let (run, _) = page.sends("hi");
    request_failed(&mut page, run, ConnectionError::Online);
    page.happens(Event::ReachabilityChecked {
        run,
        reach: Reach { server: ReachabilityCheck::Answered, ..Reach::default() },
    });
    assert_eq!(cause(&page), Some(NetworkCause::HiddenRefusal));
}

#[test]
fn a_server_that_streams_to_another_lane_is_not_bothered_with_questions() {
    let mut page = described("https://llm.example/v1");
    page.happens(Event::LanesSet(2));
    page.happens(Event::ModelChosen { lane: 1, model: "n".into() });
    let (first, _) = page.sends("hi");
    let second = RunId(first.0 + 1);
    page.happens(Event::ResponseHeaders { run: first, status: 200, headers: vec![] });
    let effects = request_failed(&mut page, second, ConnectionError::Online);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::CheckReachability { .. })), "{effects:?}");
    assert_eq!(page.state.lane_state(1), LaneState::Failed);
}

/// A redirect to another origin sent the prompt there, and its answer was shown as the provider's.
#[test]
fn a_redirect_is_named_and_asks_nobody_anything() {
    let mut page = described("https://llm.example/v1");
    let (run, _) = page.sends("hi");
    let effects = request_failed(&mut page, run, ConnectionError::Redirected);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::CheckReachability { .. })), "{effects:?}");
    let failure = page.answer().failure.clone().unwrap();
    assert_eq!((failure.kind, failure.cause), (FailureKind::Blocked, Some(NetworkCause::Redirect)));
    assert_eq!(page.state.lane_state(0), LaneState::Failed);
}

#[test]
fn an_address_of_an_older_version_that_the_policy_blocks_says_so() {
    let mut page = described("https://llm.example/v1");
    page.state.choices.settings_mut().added[0].base_url =
        headroom_domain::BaseUrl::parse("http://[::1]:1234/v1").unwrap();
    let (run, _) = page.sends("hi");
    request_failed(&mut page, run, ConnectionError::Online);
    assert_eq!(cause(&page), Some(NetworkCause::Policy));
}

/// Strict servers rejected `stream_options`, and only an error card was shown.
#[test]
fn a_request_is_sent_again_without_what_nobody_set_and_the_server_refuses() {
    let mut page = described("https://llm.example/v1");
    let (run, body) = page.sends("hi");
    assert!(body.contains("stream_options"));
    let effects = refused(
        &mut page,
        run,
        422,
        r#"{"detail":[{"loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}"#,
    );
    let (again, body) = sent(&effects);
    assert!(again == run && !body.contains("stream_options") && body.contains("\"hi\""), "{body}");
    assert!(page.state.settings().found.is_empty(), "that it helps is yet to be seen");
    page.answered(run, "hello");
    assert_eq!((page.answer().text.as_str(), page.state.lane_state(0)), ("hello", LaneState::Done));
    assert_eq!(page.state.chat().turns.len(), 1, "nobody sees any of this");

    let (_, body) = page.sends("and now?");
    assert!(!body.contains("stream_options"), "it is remembered: {body}");
    let read = SavedSettings::open(page.state.settings().into()).settings;
    let provider = read.provider(&read.first_lane().provider).unwrap();
    assert!(provider.no_stream_options, "over a reload too");
}

#[test]
fn a_request_that_is_refused_without_it_too_ends_with_the_second_reason() {
    let mut page = described("https://llm.example/v1");
    let (run, _) = page.sends("hi");
    refused(&mut page, run, 400, "");
    let effects = refused(&mut page, run, 400, r#"{"error":{"message":"Unknown model: m"}}"#);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Send(_))), "once is enough: {effects:?}");
    assert_eq!(
        page.answer().failure.as_ref().and_then(|failure| failure.message.clone()).as_deref(),
        Some("Unknown model: m")
    );
    assert!(page.state.settings().found.is_empty(), "nothing was found out");
}

#[test]
fn a_request_that_was_stopped_is_not_sent_again() {
    let mut page = described("https://llm.example/v1");
    let (run, _) = page.sends("hi");
    page.happens(Event::ResponseHeaders { run, status: 422, headers: vec![] });
    page.hears(run, "stream_options");
    let now_ms = page.now_ms;
    let effects = page.happens(Event::StopPressed { lane: None, now_ms });
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Send(_))), "{effects:?}");
}

/// A request was ended without warning after 180 seconds without a byte, or 45 in mid-stream.
#[test]
fn silence_has_a_word_before_its_end_and_can_be_waited_through() {
    for (base_url, notice_ms, timeout_ms) in [
        ("https://llm.example/v1", 60_000u32, 180_000u32),
        ("http://localhost:9000/v1", 60_000, 900_000),
        ("https://192.168.0.7/v1", 60_000, 900_000),
        ("https://nas.local/v1", 60_000, 900_000),
    ] {
        let mut page = described(base_url);
        let left_ms = u64::from(timeout_ms - notice_ms);
        let (notice_ms, timeout_ms) = (f64::from(notice_ms), f64::from(timeout_ms));
        let (run, _) = page.sends("hi");
        let sent_ms = page.now_ms;
        assert_eq!(page.state.overdue(0, sent_ms + notice_ms - 1.0), None, "{base_url}");
        let overdue = page.state.overdue(0, sent_ms + notice_ms).unwrap();
        assert_eq!(overdue.ends_in_ms, Some(left_ms), "{base_url}");
        assert_eq!(page.happens(Event::Tick { now_ms: sent_ms + timeout_ms - 1.0 }), []);

        page.happens(Event::KeepWaitingPressed { lane: 0 });
        assert_eq!(page.happens(Event::Tick { now_ms: sent_ms + 10.0 * timeout_ms }), [], "as long as it takes");
        let overdue = page.state.overdue(0, sent_ms + 10.0 * timeout_ms).unwrap();
        assert_eq!(overdue.ends_in_ms, None);
        page.now_ms += 10.0 * timeout_ms;
        page.answered(run, "at last");
        assert_eq!((page.answer().text.as_str(), page.state.overdue(0, page.now_ms)), ("at last", None));
    }
}

#[test]
fn silence_that_nobody_waits_through_ends_with_the_text_that_came() {
    let mut page = described("https://llm.example/v1");
    let (run, _) = page.sends("hi");
    page.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
    page.hears(run, &content("half"));
    let heard_ms = page.now_ms;
    assert!(page.state.overdue(0, heard_ms + 15_000.0).unwrap().has_text);
    page.happens(Event::Tick { now_ms: heard_ms + 45_001.0 });
    let failure = page.answer().failure.clone().unwrap();
    assert_eq!((failure.kind, page.answer().text.as_str()), (FailureKind::Timeout, "half"));
    assert_eq!(page.state.overdue(0, heard_ms + 60_000.0), None);
}

#[test]
fn a_lane_that_cannot_be_asked_again_says_why() {
    let mut page = described("https://llm.example/v1");
    let (run, _) = page.sends("hi");
    page.answered(run, "hello");
    let mut parameters = headroom_domain::Parameters::default();
    parameters.type_into(headroom_domain::NumberField::Temperature, Some("7"));
    page.happens(Event::ParametersChanged { lane: Some(0), parameters });
    let effects = page.happens(Event::RegeneratePressed { lane: Some(0), now_ms: 9_000.0 });
    assert!(
        matches!(effects.as_slice(), [Effect::Announce(words)] if words.contains("Temperature must be")),
        "{effects:?}"
    );
}

/// The answer tokens that the log counts for the last request these effects settle.
fn counted(effects: &[Effect]) -> u64 {
    let mut records = effects.iter().filter_map(|effect| match effect {
        Effect::SaveRequest { record, .. } => Some(record),
        _ => None,
    });
    let record: serde_json::Value = serde_json::from_str(records.next_back().unwrap()).unwrap();
    record["data"]["settled"][1]["answer"].as_u64().unwrap()
}

#[test]
fn an_answer_that_the_network_cuts_counts_and_one_that_never_began_does_not() {
    let mut page = Page::ready();
    let (run, _) = page.sends("hi");
    page.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
    page.hears(run, &content("a long answer that was almost complete"));
    assert!(counted(&request_failed(&mut page, run, ConnectionError::Offline)) > 0);

    let (run, _) = page.sends("again");
    assert_eq!(counted(&request_failed(&mut page, run, ConnectionError::Offline)), 0);
}

#[test]
fn only_providers_that_the_user_added_are_added_ones() {
    let page = described("https://llm.example/v1");
    let settings = page.state.settings();
    assert!(settings.is_added(&settings.first_lane().provider));
    assert!(!settings.is_added("cerebras"));
}
