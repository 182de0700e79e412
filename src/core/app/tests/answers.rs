//! What unusual servers do to an answer, and what the next request contains.

use headroom_domain::{ApiKey, BaseUrl, KeyMask, Model, Origin};

use super::*;

const FINISH: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

fn answers(page: &mut Page, prompt: &str, stream: &str) -> RunId {
    let (run, _) = page.sends(prompt);
    page.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
    page.hears(run, stream);
    let now_ms = page.now_ms;
    page.happens(Event::Ended { run, now_ms });
    run
}

fn mask(key: &str) -> KeyMask {
    ApiKey::new(key, Origin::parse("https://api.cerebras.ai").unwrap()).unwrap().mask()
}

fn rejection(key: &str, status: u16, bodies: &[&str]) -> Answer {
    let mut page = Page::ready();
    let (run, _) = page.sends("hi");
    page.happens(Event::KeyAttached { run, mask: mask(key) });
    page.happens(Event::ResponseHeaders {
        run,
        status,
        headers: vec![("x-ratelimit-reset-tokens-minute".into(), key.into())],
    });
    let mut effects: Vec<Effect> = bodies.iter().flat_map(|body| page.hears(run, body)).collect();
    let now_ms = page.now_ms;
    effects.extend(page.happens(Event::Ended { run, now_ms }));
    let kept = kept_turn(&effects).unwrap().answers.last().unwrap().clone();
    assert_eq!(&kept, page.answer(), "what is kept is what is shown");
    assert!(!format!("{:?}", page.state).contains("canary"));
    kept
}

#[test]
fn a_key_that_a_refusal_repeats_is_hidden_escaped_or_cut_between_reads() {
    const KEY: &str = "sk-canary-01234/56789";
    for (status, bodies) in [
        (
            401,
            &[r#"{"error":{"message":"Incorrect API key: sk-canary-01234/56789","code":"sk-canary-01234/56789"}}"#][..],
        ),
        (401, &[r#"{"error":{"message":"Incorrect API key: \u0073k-canary-01234\/56789"}}"#]),
        (400, &[r#"{"message":"got sk-can"#, r#"ary-01234\/56789"}"#]),
        (500, &["oops: sk-canary-01234/56789"]),
        (500, &["<html><title>sk-canary-01234/56789</title>"]),
        (200, &["data: {\"error\":{\"message\":\"got \\u0073k-canary-01234/56789\"}}\n\n"]),
        (200, &["data: oops sk-canary-01234/56789\n\n", FINISH]),
        (
            200,
            &["data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"sk-canary-01234/56789\"}]}\n\n"],
        ),
        (200, &["{\"error\":\"got sk-canary-01234/56789\"}"]),
    ] {
        let answer = rejection(KEY, status, bodies);
        let kept = serde_json::to_string(&answer).unwrap();
        assert!(!kept.contains("canary") && kept.contains("[key]"), "{status} {bodies:?}: {kept}");
    }
}

#[test]
fn an_answer_is_content_whatever_the_key_is() {
    for key in ["ollama", "content", "sk-canary-0123456789"] {
        let mut page = Page::ready();
        let (run, _) = page.sends("how?");
        page.happens(Event::KeyAttached { run, mask: mask(key) });
        page.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
        page.hears(run, &content(&format!("run {key} serve")));
        page.hears(run, FINISH);
        assert_eq!(page.answer().text, format!("run {key} serve"));
        assert_eq!(page.answer().ending, Ending::Done);
    }
    let answer = rejection("ollama", 404, &[r#"{"error":"ollama: model not found"}"#]);
    assert_eq!(answer.failure.unwrap().message.as_deref(), Some("ollama: model not found"), "a word is no secret");
}

#[test]
fn reasoning_whose_end_alone_is_marked_moves_out_of_the_answer_and_is_not_sent_back() {
    let mut page = Page::ready();
    let (run, _) = page.sends("one");
    page.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
    page.hears(run, &content("Let me think."));
    assert_eq!(page.answer().text, "Let me think.");
    page.happens(Event::Tick { now_ms: 5_000.0 });
    let effects = page.hears(run, &content("\n</think>\n\nAn answer."));
    assert_eq!((page.answer().reasoning.as_str(), page.answer().text.as_str()), ("Let me think.", "An answer."));
    assert_eq!(page.answer().moved, 1);
    let kept = kept_turn(&effects).expect("the slices no longer say what is there, so the turn is kept");
    assert_eq!(kept.answers[0].text, "An answer.");
    page.hears(run, FINISH);
    let (_, body) = page.sends("two");
    assert!(body.contains("An answer.") && !body.contains("think"), "{body}");
}

#[test]
fn an_answer_that_goes_on_keeps_its_beginning_when_reasoning_moves() {
    let mut page = Page::restore_state();
    page.happens(Event::ProviderChosen { lane: None, provider: "groq".into() });
    page.happens(Event::KeyEntered {
        provider: "groq".into(),
        key: SecretInput("gsk-canary".into()),
        mode: KeyMode::Tab,
    });
    page.happens(Event::ModelChosen { lane: 0, model: "m".into() });
    let (run, _) = page.sends("tell me");
    page.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
    page.hears(run, &content("Once upon"));
    let now_ms = page.now_ms;
    page.happens(Event::StopPressed { lane: None, now_ms });
    let effects = page.happens(Event::ContinuePressed { lane: 0, now_ms });
    let (run, _) = sent(&effects);
    page.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
    page.hears(run, &content("I go on.</think> a time."));
    page.hears(run, FINISH);
    assert_eq!((page.answer().text.as_str(), page.answer().reasoning.as_str()), ("Once upona time.", "I go on."));
}

#[test]
fn what_is_on_the_screen_is_what_is_sent() {
    let tool_call = "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},\"finish_reason\":\"tool_calls\"}]}\n\n";
    for stream in [FINISH, tool_call, "data: [DONE]\n\n"] {
        let mut page = Page::ready();
        answers(&mut page, "the first question", stream);
        let (_, body) = page.sends("the second");
        assert!(body.contains("\"the first question\"") && body.contains("\"the second\""), "{stream}: {body}");
        assert!(!body.contains("assistant") && !body.contains("\"content\":\"\""), "{stream}: {body}");
    }
}

#[test]
fn an_answer_without_text_is_no_success() {
    let mut page = Page::ready();
    answers(&mut page, "hi", FINISH);
    assert_eq!(page.state.lane_state(0), LaneState::Failed);
    let failure = page.answer().failure.clone().unwrap();
    assert_eq!((failure.kind, failure.message.as_deref()), (FailureKind::Empty, Some("finish_reason: stop")));
}

#[test]
fn what_could_not_be_read_is_counted_and_kept() {
    let mut page = Page::ready();
    let stream = format!("{}data: {{\"oops\n\n{}", content("Hi"), FINISH);
    answers(&mut page, "hi", &stream);
    assert_eq!(page.answer().ending, Ending::Done);
    assert_eq!((page.answer().skipped.events, page.answer().skipped.sample.as_str()), (1, "{\"oops"));
    let kept = saved::write(&page.state.chat().turns[0]);
    assert_eq!(saved::read::<Turn>(&kept).unwrap().answers[0].skipped.events, 1);
}

#[test]
fn a_redirect_without_an_address_is_a_refusal_and_no_answer() {
    let answer = rejection("sk-canary-0123456789", 301, &["Moved"]);
    let failure = answer.failure.unwrap();
    assert_eq!(
        (failure.kind, failure.status, failure.message.as_deref()),
        (FailureKind::NotFound, Some(301), Some("Moved"))
    );
}

#[test]
fn an_address_that_a_failure_suggests_is_tried_with_one_press() {
    let mut page = Page::restore_state();
    page.happens(Event::ProviderAdded {
        name: "LM".into(),
        base_url: "http://localhost:5555/api".into(),
        key: SecretInput(String::new()),
        mode: KeyMode::Tab,
    });
    page.happens(Event::ModelChosen { lane: 0, model: "m".into() });
    answers(&mut page, "hi", "{\"error\":\"Unexpected endpoint or method. (POST /chat/completions)\"}");
    let failure = page.answer().failure.clone().unwrap();
    let added = page.state.settings().added[0].id.clone();
    let base_url = page.state.suggested_base_url(&added, &failure).unwrap();
    assert_eq!(base_url.endpoint(""), "http://localhost:5555/api/v1");
    let now_ms = page.now_ms;
    let elsewhere = BaseUrl::parse("https://evil.example/v1").unwrap();
    let accepted = |base_url| Event::BaseUrlAccepted { provider: added.clone(), base_url, lane: 0, now_ms };
    assert_eq!(page.happens(accepted(elsewhere)), [], "another server is not what was suggested");
    let effects = page.happens(accepted(base_url));
    assert!(
        effects.iter().any(|effect| matches!(effect, Effect::ListModels { url, .. } if url.ends_with("/v1/models")))
    );
    let url = effects.iter().find_map(|effect| if let Effect::Send(it) = effect { Some(it.url.clone()) } else { None });
    assert_eq!(url.as_deref(), Some("http://localhost:5555/api/v1/chat/completions"));
}

#[test]
fn a_cap_that_the_account_still_pays_for_is_offered_and_sent() {
    let mut page = Page::ready();
    let (run, _) = page.sends("hi");
    page.happens(Event::ResponseHeaders { run, status: 402, headers: vec![] });
    let words = "This request requires more credits, or fewer max_tokens. You requested up to 65536 tokens, but can only afford 4,321.";
    page.hears(run, &serde_json::json!({"error": {"message": words, "code": 402}}).to_string());
    let now_ms = page.now_ms;
    page.happens(Event::Ended { run, now_ms });
    let cap = State::affordable_cap(page.answer().failure.as_ref().unwrap()).unwrap();
    let (_, body) = sent(&page.happens(Event::CapAccepted { lane: 0, cap, now_ms }));
    assert!(body.contains("\"max_completion_tokens\":4321"), "{body}");
}

#[test]
fn a_list_that_is_empty_or_refused_says_so() {
    let mut page = Page::ready();
    let note = |page: &mut Page, kind| {
        let failure = Failure::new(kind, headroom_domain::Phase::InBody);
        page.state.choices.models_mut().remove("cerebras");
        page.happens(Event::ModelsListed { provider: "cerebras".into(), outcome: Err(Box::new(failure)) });
        page.state.model_list_note("cerebras")
    };
    assert!(note(&mut page, FailureKind::Empty).contains("lists no models"));
    assert!(note(&mut page, FailureKind::WrongKey).contains("rejected the API key"));
    assert!(note(&mut page, FailureKind::Unreachable).starts_with("Couldn't load the model list"));
    page.happens(Event::ModelsListed { provider: "cerebras".into(), outcome: Ok(vec![Model::named("m")]) });
    assert_eq!(page.state.model_list_note("cerebras"), "");
}

/// Views are computed again when the revision grows: text that streams many times a second must not cause that.
#[test]
fn the_revision_grows_with_everything_but_the_text_of_an_answer() {
    let mut page = Page::ready();
    let mut revision = page.state.revision();
    let mut has_grown = |page: &Page| {
        let before = std::mem::replace(&mut revision, page.state.revision());
        revision > before
    };
    page.happens(Event::DraftChanged("hello".into()));
    assert!(has_grown(&page), "the draft");
    let (run, _) = page.sends("hello");
    assert!(has_grown(&page), "a request");
    page.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
    has_grown(&page);
    page.hears(run, &content("one"));
    // What it says about limits is known with the first text.
    has_grown(&page);
    page.hears(run, &content(" two"));
    assert!(!has_grown(&page), "text alone");
    page.happens(Event::Tick { now_ms: page.now_ms + 1_000.0 });
    assert!(!has_grown(&page), "the clock alone");
    page.happens(Event::Tick { now_ms: page.now_ms + 3_600_000.0 });
    assert!(!page.state.is_busy() && has_grown(&page), "the clock ended it");
}

#[test]
fn an_answer_whose_cap_went_into_reasoning_says_so() {
    let page = Page::ready();
    let of = |completion, reasoning| {
        let usage = headroom_domain::Usage {
            completion_tokens: Some(completion),
            reasoning_tokens: Some(reasoning),
            ..Default::default()
        };
        why_cut(
            &page.state,
            &Answer { provider: "cerebras".into(), model: "gpt-oss-120b".into(), usage, ..Answer::default() },
        )
    };
    assert!(of(100, 90).is_some_and(|why| why.starts_with("Reasoning used 90 of 100 tokens")), "{:?}", of(100, 90));
    assert_eq!(of(100, 10), None, "the answer was simply long");
}
