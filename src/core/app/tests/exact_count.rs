//! Exact counts, with a worker for which every word is a token.

use headroom_tokenizer::{Fit, Role, TextStats, Vocabulary};

use super::*;
use crate::composer::counting::LoadState;

/// The tokens that harmony adds to a chat of one message.
pub(super) const AROUND_ONE: u64 = 61 + 4 + 2;

pub(super) fn words(text: &str) -> u64 {
    text.split_whitespace().count() as u64
}

/// Each word is a token, the last one includes the rest, and its id is its end plus a thousand.
fn cut_into_words(text: &str, has_ids: bool) -> TokenBoundaries {
    let mut ends: Vec<u32> = text.match_indices(' ').map(|(at, _)| u32::try_from(at).unwrap()).collect();
    ends.extend((!text.is_empty()).then(|| u32::try_from(text.len()).unwrap()));
    let ids = ends.iter().filter(|_| has_ids).map(|end| end + 1_000).collect();
    TokenBoundaries { ends: ends.into(), ids }
}

/// Plays the worker until it has nothing left to do. Returns the vocabularies that were fetched for it.
pub(super) fn serve(page: &mut Page, effects: Vec<Effect>) -> Vec<Vocabulary> {
    let (mut waiting, mut fetched) = (effects, Vec::new());
    while !waiting.is_empty() {
        let mut next = Vec::new();
        for effect in waiting {
            let event = match effect {
                Effect::FetchVocabulary(vocabulary) => {
                    fetched.push(vocabulary);
                    Event::VocabularyLoaded(vocabulary, true)
                }
                Effect::Count { id, vocabularies, text } => {
                    let stats = |vocabulary: &Vocabulary| match page.state.exact_count().load_state(*vocabulary) {
                        Some(LoadState::Here) => TextStats::counted(words(&text), &text),
                        _ => TextStats::of(*vocabulary, &text),
                    };
                    Event::Counted(id, vocabularies.iter().map(stats).collect())
                }
                Effect::FetchIds(vocabulary) => Event::TokenIdsLoaded(vocabulary, true),
                Effect::CountTexts { texts, .. } => {
                    Event::TextsCounted(texts.iter().map(|(key, text)| (*key, words(text))).collect())
                }
                Effect::FindTokenBoundaries { vocabulary, texts } => {
                    let has_ids = page.state.has_ids(vocabulary);
                    Event::TokenBoundaries(
                        texts.iter().map(|(key, text)| (*key, cut_into_words(text, has_ids))).collect(),
                    )
                }
                _ => continue,
            };
            next.extend(page.happens(event));
        }
        waiting = next;
    }
    fetched
}

/// Sends an event and lets the worker respond.
pub(super) fn served(page: &mut Page, event: Event) {
    let effects = page.happens(event);
    serve(page, effects);
}

pub(super) fn writes(page: &mut Page, draft: &str) {
    served(page, Event::DraftChanged(draft.into()));
}

pub(super) fn cost(page: &Page) -> (u64, bool) {
    let cost = page.state.request_tokens(0).unwrap();
    (cost.tokens, cost.is_exact())
}

/// Delivers a complete answer, with a report of this many prompt tokens.
pub(super) fn answers(page: &mut Page, run: RunId, text: &str, prompt_tokens: u64) {
    page.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
    page.hears(run, &content(text));
    let effects = page.hears(run, &SSE_END.replace(":9,", &format!(":{prompt_tokens},")));
    serve(page, effects);
}

#[test]
fn a_vocabulary_is_fetched_when_there_is_something_to_count_and_once() {
    let mut page = Page::ready();
    let fetched = |effects: &[Effect]| effects.contains(&Effect::FetchVocabulary(Vocabulary::O200k));
    assert!(fetched(&page.happens(Event::DraftChanged("h".into()))), "with the first key press");
    assert!(!fetched(&page.happens(Event::DraftChanged("he".into()))), "and not with the next");
    page.happens(Event::VocabularyLoaded(Vocabulary::O200k, false));
    assert!(
        !fetched(&page.happens(Event::DraftChanged("hel".into()))),
        "what is not to be had is not asked for by typing"
    );
    assert!(fetched(&page.happens(Event::NewChatPressed)), "but when something else happens");
}

#[test]
fn a_request_is_counted_with_its_history_and_its_template() {
    let mut page = Page::ready();
    writes(&mut page, "one two three");
    assert_eq!(cost(&page), (AROUND_ONE + 3, true));
    served(&mut page, Event::SystemChanged("be brief".into()));
    assert_eq!(cost(&page), (AROUND_ONE + 7 + 2 + 3, true), "the developer's message is 7 and its words");
    let (run, _) = sent(&page.happens(Event::SendPressed { now_ms: 2_000.0 }));
    assert_eq!(page.answer().estimated_prompt_tokens, Some(AROUND_ONE + 7 + 2 + 3));
    answers(&mut page, run, "four five", AROUND_ONE + 7 + 2 + 3);
    writes(&mut page, "six");
    let history = 3 + (6 + 2) + 4;
    assert_eq!(cost(&page), (AROUND_ONE + 7 + 2 + history + 1, true), "what was asked and answered is counted too");
    assert_eq!(page.state.request_tokens(0).unwrap().fit, Fit::Exact { last: 1 });
}

#[test]
fn a_message_that_runs_together_with_the_template_is_only_estimated() {
    let mut page = Page::ready();
    served(&mut page, Event::SystemChanged("\nbe brief".into()));
    writes(&mut page, "one two three");
    assert_eq!(cost(&page), (AROUND_ONE + 7 + 2 + 3, false), "the heading's line break takes the prompt's along");
}

#[test]
fn while_a_key_press_waits_for_its_count_the_one_before_mends_the_estimate() {
    let mut page = Page::ready();
    writes(&mut page, "one two three");
    page.happens(Event::DraftChanged("one two three four".into()));
    let (tokens, exact) = cost(&page);
    assert!(!exact);
    assert!(tokens.abs_diff(AROUND_ONE + 4) <= 1, "{tokens}");
    // Long words have many tokens by the estimate, and one by this worker's count.
    writes(&mut page, "antidisestablishmentarianism incomprehensibilities");
    page.happens(Event::DraftChanged("antidisestablishmentarianism incomprehensibilities a".into()));
    let (tokens, _) = cost(&page);
    assert!(tokens.abs_diff(AROUND_ONE + 3) <= 1, "{tokens}");
}

#[test]
fn a_provider_that_counts_otherwise_is_believed_and_the_count_is_called_an_estimate() {
    let mut page = Page::ready();
    let mut exact = Vec::new();
    for chat in 0..3 {
        page.happens(Event::NewChatPressed);
        writes(&mut page, &"word ".repeat(1 + chat));
        exact.push(cost(&page).1);
        let tokens = AROUND_ONE + 1 + chat as u64;
        let (run, _) = sent(&page.happens(Event::SendPressed { now_ms: 2_000.0 }));
        // It has a hidden prompt of 30 tokens.
        answers(&mut page, run, "yes", tokens + 30);
    }
    assert_eq!(exact, [true, false, true], "after one difference it is not sure, after one right guess it is again");
    page.happens(Event::NewChatPressed);
    writes(&mut page, "word");
    assert_eq!(cost(&page), (AROUND_ONE + 1 + 30, true));
}

#[test]
fn what_estimates_taught_is_not_applied_to_counts() {
    let mut page = Page::ready();
    // Nothing was counted yet: the answer corrects the estimates.
    let (run, _) = page.sends("one two three");
    page.answered(run, "yes");
    served(&mut page, Event::VocabularyLoaded(Vocabulary::O200k, true));
    served(&mut page, Event::NewChatPressed);
    writes(&mut page, "one two three");
    assert_eq!(cost(&page), (AROUND_ONE + 3, true));
}

#[test]
fn nothing_is_called_exact_that_only_comes_close() {
    let cases = [
        (SIMULATOR, "gpt-oss-120b", "the simulator counts in its own way"),
        ("cerebras", "qwen-3.8-27b", "its vocabulary is a later one"),
        ("cerebras", "house-model", "nothing is known of it"),
        ("cerebras", "gpt-4o", "its template is not known"),
        ("cerebras", "deepseek-r1", "its template opens the answer with a thought"),
    ];
    for (provider, model, why) in cases {
        let mut page = Page::ready();
        page.happens(Event::ProviderChosen { lane: None, provider: provider.into() });
        page.happens(Event::ModelChosen { lane: 0, model: model.into() });
        let effects = page.happens(Event::DraftChanged("one two three".into()));
        assert_eq!(serve(&mut page, effects), [], "{model}: {why}");
        assert!(!cost(&page).1, "{model}: {why}");
    }
}

#[test]
fn a_worker_that_was_lost_is_given_its_vocabulary_again() {
    let mut page = Page::ready();
    writes(&mut page, "one two");
    let effects = page.happens(Event::WorkerLost);
    assert!(effects.contains(&Effect::FetchVocabulary(Vocabulary::O200k)), "{effects:?}");
    let restarted = effects.iter().position(|effect| *effect == Effect::RestartWorker);
    let fetched = effects.iter().position(|effect| *effect == Effect::FetchVocabulary(Vocabulary::O200k));
    assert!(restarted < fetched, "the new one gets it");
    serve(&mut page, effects);
    assert_eq!(cost(&page), (AROUND_ONE + 2, true));
}

#[test]
fn lanes_of_one_vocabulary_are_counted_once_and_each_with_its_template() {
    let mut page = Page::ready();
    page.happens(Event::LanesSet(2));
    page.happens(Event::ModelChosen { lane: 1, model: "gpt-oss-20b".into() });
    let effects = page.happens(Event::DraftChanged("one two".into()));
    assert_eq!(serve(&mut page, effects), [Vocabulary::O200k]);
    assert_eq!(page.state.request_tokens(0), page.state.request_tokens(1));
    assert_eq!(cost(&page), (AROUND_ONE + 2, true));
}

#[test]
fn the_token_view_shows_what_would_be_sent_in_its_tokens() {
    let mut page = Page::ready();
    served(&mut page, Event::SystemChanged("be brief".into()));
    writes(&mut page, "one two three");
    let (run, _) = sent(&page.happens(Event::SendPressed { now_ms: 2_000.0 }));
    answers(&mut page, run, "four five", AROUND_ONE + 7 + 2 + 3);
    writes(&mut page, "six");
    assert_eq!(page.state.token_sheet(), None, "it is closed");
    served(&mut page, Event::TokensShown(true));
    let sheet = page.state.token_sheet().unwrap();
    let said: Vec<_> = sheet.texts.iter().map(|text| (text.role, &*text.text, text.tokens, text.is_draft)).collect();
    assert_eq!(
        said,
        [
            (Some(Role::System), "be brief", 2, false),
            (Some(Role::User), "one two three", 3, false),
            (Some(Role::Assistant), "four five", 2, false),
            (Some(Role::User), "six", 1, true),
        ]
    );
    assert_eq!(sheet.texts[1].cut.as_ref().map(|cut| &*cut.ends), Some([3, 7, 13].as_slice()));
    assert!(sheet.is_cut() && sheet.is_own);
    assert_eq!((sheet.tokens(), true), cost(&page), "it is what the count beside the box says");
    writes(&mut page, "six seven");
    assert_eq!(page.state.token_sheet().unwrap().texts[3].tokens, 2, "it follows what is typed");
}

#[test]
fn a_pasted_text_is_shown_without_a_template() {
    let mut page = Page::ready();
    served(&mut page, Event::TokensShown(true));
    served(&mut page, Event::TokensPasted(Some("one two".into())));
    let sheet = page.state.token_sheet().unwrap();
    assert_eq!((sheet.tokens(), sheet.template(), sheet.texts.len(), sheet.texts[0].role), (2, 0, 1, None));
    served(&mut page, Event::TokensPasted(None));
    assert_eq!(
        page.state.token_sheet().unwrap().tokens(),
        AROUND_ONE,
        "the conversation again: nothing but its template"
    );
}

#[test]
fn the_simulators_models_are_shown_in_the_tokens_of_their_names() {
    let mut page = Page::restore_state();
    page.happens(Event::ProviderChosen { lane: None, provider: SIMULATOR.into() });
    page.happens(Event::ModelChosen { lane: 0, model: "gpt-oss-120b".into() });
    let effects = page.happens(Event::TokensShown(true));
    assert_eq!(serve(&mut page, effects), [Vocabulary::O200k]);
    writes(&mut page, "one two");
    assert!(page.state.token_sheet().unwrap().is_cut());
    assert!(!cost(&page).1, "but the simulator counts in its own way");
}

/// Returns text that is too long to be estimated on each key press.
fn long(words: usize) -> String {
    "word ".repeat(words)
}

#[test]
fn the_count_of_an_older_text_is_not_called_exact() {
    let mut page = Page::ready();
    writes(&mut page, "one");
    writes(&mut page, "");
    page.happens(Event::DraftChanged(long(10_000)));
    assert!(!cost(&page).1, "what was counted was an empty box");
    writes(&mut page, &long(10_000));
    assert_eq!(cost(&page), (AROUND_ONE + 10_000, true));
    page.happens(Event::DraftChanged(long(20_000)));
    let (tokens, exact) = cost(&page);
    assert!(!exact, "it is not counted yet");
    let error_margin = page.state.request_tokens(0).unwrap().error_margin;
    assert!((tokens as f64 - 20_067.0).abs() <= error_margin * tokens as f64, "{tokens} ± {error_margin}");
}

#[test]
fn while_an_answer_runs_the_next_request_is_not_called_exact() {
    let mut page = Page::ready();
    writes(&mut page, "one two three");
    let effects = page.happens(Event::SendPressed { now_ms: 2_000.0 });
    let (run, _) = sent(&effects);
    serve(&mut page, effects);
    page.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
    page.hears(run, &content("four"));
    writes(&mut page, "six");
    assert!(!cost(&page).1, "nobody knows yet how long the answer will be that goes along");
    let effects = page.hears(run, &SSE_END.replace(":9,", ":70,"));
    serve(&mut page, effects);
    assert_eq!(cost(&page), (AROUND_ONE + 3 + 4 + 1 + 6 + 1, true));
}

#[test]
fn an_answer_that_is_gone_on_with_teaches_nothing_about_counts() {
    let mut page = Page::ready();
    page.happens(Event::ProviderChosen { lane: None, provider: "openrouter".into() });
    page.happens(Event::KeyEntered {
        provider: "openrouter".into(),
        key: SecretInput("sk-1".into()),
        mode: KeyMode::Tab,
    });
    page.happens(Event::ModelChosen { lane: 0, model: "openai/gpt-oss-120b".into() });
    writes(&mut page, "one two three");
    let effects = page.happens(Event::SendPressed { now_ms: 2_000.0 });
    let (run, _) = sent(&effects);
    serve(&mut page, effects);
    page.happens(Event::ResponseHeaders { run, status: 200, headers: vec![] });
    page.hears(run, &content("four five"));
    served(&mut page, Event::StopPressed { lane: None, now_ms: 2_100.0 });
    let effects = page.happens(Event::ContinuePressed { lane: 0, now_ms: 2_200.0 });
    let (run, _) = sent(&effects);
    serve(&mut page, effects);
    // A template that leaves an answer open writes neither its end nor the head of another.
    answers(&mut page, run, " six", AROUND_ONE + 3 + 6 + 2 - 3);
    served(&mut page, Event::NewChatPressed);
    writes(&mut page, "one two");
    assert_eq!(cost(&page), (AROUND_ONE + 2, true));
}

#[test]
fn a_chat_of_more_texts_than_are_remembered_is_counted_to_an_end() {
    let mut page = Page::ready();
    page.happens(Event::ChatOpened(Id("long".into())));
    let answer = |text: String| {
        let ending = Ending::Done;
        Answer { provider: "cerebras".into(), model: "gpt-oss-120b".into(), text, ending, ..Answer::default() }
    };
    let turns = (0..2_500).map(|number| Turn {
        id: Id(format!("{number:05}")),
        chat: Id("long".into()),
        asked_ms: number,
        prompt: format!("question {number}"),
        answers: vec![answer(format!("answer {number}"))],
        attachments: vec![],
        replaced_in: vec![],
        unknown: None,
    });
    let turns = turns.collect();
    writes(&mut page, "one");
    let mut effects = page.happens(Event::ChatLoaded { id: Id("long".into()), turns, unreadable: vec![] });
    for _ in 0..3 {
        let counts: Vec<_> = effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::CountTexts { texts, .. } => Some(texts.iter().map(|(key, text)| (*key, words(text)))),
                _ => None,
            })
            .flatten()
            .collect();
        if counts.is_empty() {
            break;
        }
        effects = page.happens(Event::TextsCounted(counts));
    }
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::CountTexts { .. })), "it goes round in circles");
    writes(&mut page, "two");
    assert_eq!(cost(&page), (61 + 2 + 2_500 * (4 + 2 + 6 + 2) + 4 + 1, true));
}

#[test]
fn the_cost_beside_the_box_is_that_of_a_lane_that_is_asked() {
    let mut page = Page::ready();
    page.happens(Event::LanesSet(2));
    writes(&mut page, "one two");
    assert_eq!(page.state.lane_to_ask(), 0);
    let effects = page.happens(Event::SendPressed { now_ms: 2_000.0 });
    serve(&mut page, effects);
    served(&mut page, Event::StopPressed { lane: None, now_ms: 2_001.0 });
    let turn = page.state.chat().turns[0].id.clone();
    served(&mut page, Event::EditPressed { turn, lane: Some(1) });
    assert_eq!(page.state.lane_to_ask(), 1, "the turn is edited for this one alone");
    served(&mut page, Event::TokensShown(true));
    assert_eq!(page.state.tokens_lane(), 1, "and it is what the count leads to");
}
