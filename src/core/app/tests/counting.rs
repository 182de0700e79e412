//! The stats of the draft and the request, and the corrections inferred from the providers' own counts.

use headroom_domain::Model;
use headroom_tokenizer::{TextStats, Vocabulary};

use super::{
    exact_count::{AROUND_ONE, cost, served, writes},
    *,
};

fn stats(text: &str) -> TextStats {
    TextStats::of(Vocabulary::Unknown, text)
}

fn count(id: u64, text: &str) -> Effect {
    Effect::Count { id: CountId(id), vocabularies: vec![Vocabulary::Unknown], text: text.into() }
}

#[test]
fn the_draft_of_last_time_is_shown_and_counted() {
    let mut state = State::default();
    let kept = StoredState { draft: "kept".into(), ..StoredState::default() };
    let effects = state.update(Event::StateRestored(Box::new(kept)));
    assert!(effects.contains(&count(1, "kept")), "{effects:?}");
    assert_eq!(state.draft(), "kept");
}

#[test]
fn a_late_count_never_replaces_a_newer_one() {
    let mut page = Page::restore_state();
    page.happens(Event::DraftChanged("a".into()));
    let first = page.state.newest_count();
    page.happens(Event::DraftChanged("a b".into()));
    let second = page.state.newest_count();
    page.happens(Event::Counted(second, vec![stats("a b")]));
    page.happens(Event::Counted(first, vec![stats("a")]));
    assert_eq!(*page.state.count(), Count::Current(vec![(Vocabulary::Unknown, stats("a b"))]));
}

#[test]
fn a_lost_worker_is_replaced_and_owes_the_count_until_the_page_counts_itself() {
    let mut page = Page::restore_state();
    page.happens(Event::DraftChanged("one two".into()));
    let effects = page.happens(Event::WorkerLost);
    assert!(
        matches!(effects.as_slice(), [Effect::RestartWorker, Effect::Count { text, .. }] if text == "one two"),
        "{effects:?}"
    );
    for _ in 0..3 {
        page.happens(Event::WorkerLost);
    }
    assert_eq!(page.state.counter(), Counter::Page);
    assert_eq!(*page.state.count(), Count::Current(vec![(Vocabulary::Unknown, stats("one two"))]));
}

#[test]
fn another_model_is_another_count() {
    let mut page = Page::ready();
    page.happens(Event::DraftChanged("how many?".into()));
    let counted = |effects: &[Effect]| {
        effects.iter().find_map(|effect| match effect {
            Effect::Count { vocabularies, text, .. } => Some((vocabularies[0], text.clone())),
            _ => None,
        })
    };
    let effects = page.happens(Event::ModelChosen { lane: 0, model: "qwen-3-32b".into() });
    assert_eq!(counted(&effects), Some((Vocabulary::Qwen, "how many?".into())));
    // A list may state more about a model than its name does.
    page.happens(Event::ModelChosen { lane: 0, model: "house-model".into() });
    let model = Model { hugging_face_id: Some("zai-org/GLM-4.6".into()), ..Model::named("house-model") };
    let effects = page.happens(Event::ModelsListed { provider: "cerebras".into(), outcome: Ok(vec![model]) });
    assert_eq!(counted(&effects), Some((Vocabulary::Glm4, "how many?".into())));
}

#[test]
fn what_the_provider_counted_corrects_the_next_estimate() {
    let mut page = Page::ready();
    let mut estimates = Vec::new();
    for _ in 0..3 {
        page.happens(Event::NewChatPressed);
        let (run, _) = page.sends("The same words each time");
        estimates.push(page.answer().estimated_prompt_tokens.unwrap());
        let effects = page.answered(run, "yes");
        assert!(effects.iter().any(|effect| matches!(effect, Effect::SaveSettings(_))), "what was learned is kept");
    }
    assert_ne!(estimates[0], 9, "the server of this test counts nine tokens, whatever is sent");
    assert_eq!(estimates[1..], [9, 9]);
    page.happens(Event::ModelChosen { lane: 0, model: "another".into() });
    page.happens(Event::NewChatPressed);
    page.sends("The same words each time");
    assert_ne!(page.answer().estimated_prompt_tokens, Some(9), "each model is learned on its own");
}

#[test]
fn a_newcomer_begins_with_the_model_that_most_serve_and_else_the_first() {
    for (listed, chosen) in [(["tiny", "openai/gpt-oss-120b"], "openai/gpt-oss-120b"), (["one", "two"], "one")] {
        let mut page = Page::restore_state();
        page.happens(Event::ProviderChosen { lane: None, provider: SIMULATOR.into() });
        let outcome = Ok(listed.into_iter().map(Model::named).collect());
        page.happens(Event::ModelsListed { provider: SIMULATOR.into(), outcome });
        assert_eq!(page.state.settings().first_lane().model, chosen);
    }
}

#[test]
fn the_simulators_broken_wire_asks_nobody_on_the_network() {
    let mut page = Page::restore_state();
    page.happens(Event::ProviderChosen { lane: None, provider: SIMULATOR.into() });
    page.happens(Event::ModelChosen { lane: 0, model: "gpt-oss-120b".into() });
    let (run, _) = page.sends("hello");
    let effects = page.happens(Event::RequestFailed { run, now_ms: 2_000.0, link: ConnectionError::Online });
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::CheckReachability { .. })), "{effects:?}");
    let kind = |page: &Page| page.answer().failure.as_ref().map(|failure| failure.kind);
    assert_eq!((page.state.lane_state(0), kind(&page)), (LaneState::Failed, Some(FailureKind::WrongKey)));
    let (run, _) = page.sends("hello again");
    page.happens(Event::RequestFailed { run, now_ms: 3_000.0, link: ConnectionError::Gone });
    assert_eq!(kind(&page), Some(FailureKind::Unreachable), "its worker is gone");
}

#[test]
fn a_key_that_brings_another_model_has_the_draft_counted_in_its_vocabulary() {
    let mut page = Page::restore_state();
    page.state.choices.settings_mut().models.insert("groq".into(), "openai/gpt-oss-120b".into());
    let key = Event::KeyEntered { provider: "groq".into(), key: SecretInput("gsk-1".into()), mode: KeyMode::Tab };
    let effects = page.happens(key);
    let vocabulary = page.state.vocabulary(page.state.settings().first_lane());
    assert_ne!(vocabulary, Vocabulary::Unknown);
    let counts =
        |effect: &Effect| matches!(effect, Effect::Count { vocabularies, .. } if vocabularies == &[vocabulary]);
    assert!(effects.iter().any(counts), "{effects:?}");
}

/// Gateways have their own names for models.
#[test]
fn a_model_whose_list_says_what_it_is_on_hugging_face_is_counted_exactly() {
    let mut page = Page::ready();
    let listed = |hugging_face_id: Option<&str>| Event::ModelsListed {
        provider: page.state.settings().first_lane().provider.clone(),
        outcome: Ok(vec![Model { hugging_face_id: hugging_face_id.map(str::to_owned), ..Model::named("house-model") }]),
    };
    let (unnamed, named) = (listed(None), listed(Some("openai/gpt-oss-120b")));
    served(&mut page, unnamed);
    served(&mut page, Event::ModelChosen { lane: 0, model: "house-model".into() });
    writes(&mut page, "one two three");
    assert!(!cost(&page).1);
    served(&mut page, named);
    assert_eq!(cost(&page), (AROUND_ONE + 3, true));
}
