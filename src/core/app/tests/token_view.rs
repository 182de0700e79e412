//! The token view, as the worker and the user may encounter it.

use headroom_tokenizer::{Fit, Vocabulary};

use super::{
    exact_count::{AROUND_ONE, answers, cost, serve, served, writes},
    *,
};

fn restore_state() -> Page {
    let mut page = Page::ready();
    served(&mut page, Event::TokensShown(true));
    page
}

fn cut_at(ends: &[u32]) -> TokenBoundaries {
    TokenBoundaries { ends: ends.into(), ids: [].into() }
}

fn cut_asked(effects: &[Effect]) -> Vec<&str> {
    let texts = effects.iter().filter_map(|effect| match effect {
        Effect::FindTokenBoundaries { texts, .. } => Some(texts),
        _ => None,
    });
    texts.flatten().map(|(_, text)| text.as_str()).collect()
}

#[test]
fn a_newer_request_to_cut_asks_for_all_that_an_older_one_did_and_is_still_shown() {
    let mut page = Page::ready();
    writes(&mut page, "one two three");
    let effects = page.happens(Event::SendPressed { now_ms: 2_000.0 });
    let (run, _) = sent(&effects);
    serve(&mut page, effects);
    answers(&mut page, run, "four five", AROUND_ONE + 3);
    let effects = page.happens(Event::TokensShown(true));
    assert_eq!(cut_asked(&effects), ["one two three", "four five", ""]);
    assert_eq!(page.state.token_sheet().unwrap().fit, Fit::Exact { last: 1 }, "what the provider said is told");
    let effects = page.happens(Event::DraftChanged("s".into()));
    assert_eq!(cut_asked(&effects), ["one two three", "four five", "s"], "so the older one may be dropped");
    let effects = page.happens(Event::DraftChanged("s".into()));
    assert_eq!(cut_asked(&effects), [""; 0], "nothing new");
}

#[test]
fn a_pasted_text_is_there_again_after_a_look_at_the_chat() {
    let mut page = restore_state();
    served(&mut page, Event::TokensPasted(Some("one two".into())));
    served(&mut page, Event::TokensPasted(None));
    assert_eq!((page.state.pasted(), page.state.last_pasted()), (None, "one two"));
    let last = page.state.last_pasted().to_owned();
    served(&mut page, Event::TokensPasted(Some(last)));
    assert_eq!(page.state.token_sheet().unwrap().tokens(), 2);
}

#[test]
fn the_view_is_called_exact_where_the_count_beside_the_box_is() {
    let cases = [
        ("cerebras", "gpt-oss-120b", "", true, true),
        ("cerebras", "gpt-oss-120b", "\nbe brief", false, true),
        ("cerebras", "gpt-4o", "", false, true),
        ("cerebras", "qwen-3.8-27b", "", false, false),
        (SIMULATOR, "gpt-oss-120b", "", false, true),
    ];
    for (provider, model, system, chat, pasted) in cases {
        let mut page = Page::ready();
        page.happens(Event::ProviderChosen { lane: None, provider: provider.into() });
        page.happens(Event::ModelChosen { lane: 0, model: model.into() });
        served(&mut page, Event::SystemChanged(system.into()));
        served(&mut page, Event::TokensShown(true));
        writes(&mut page, "one two three");
        let sheet = page.state.token_sheet().unwrap();
        assert!(sheet.is_cut(), "{model}");
        assert_eq!((sheet.is_exact(), cost(&page).1), (chat, chat), "{provider}, {model}, {system:?}");
        served(&mut page, Event::TokensPasted(Some("one two".into())));
        assert_eq!(page.state.token_sheet().unwrap().is_exact(), pasted, "pasted: {provider}, {model}");
    }
}

#[test]
fn a_text_that_is_gone_is_not_cut_when_its_answer_comes() {
    let mut page = restore_state();
    let effects = page.happens(Event::TokensPasted(Some("one two".into())));
    page.happens(Event::TokensPasted(Some("three".into())));
    serve(&mut page, effects);
    assert_eq!(page.state.token_sheet().unwrap().texts[0].cut, None);
    let effects = page.happens(Event::TokensPasted(Some("three four".into())));
    page.happens(Event::TokensShown(false));
    serve(&mut page, effects);
    served(&mut page, Event::TokensShown(true));
    assert_eq!(page.state.pasted(), None, "what leads here is the count of a request");
    served(&mut page, Event::TokensPasted(Some("three four".into())));
    assert_eq!(page.state.token_sheet().unwrap().tokens(), 2, "asked anew");
}

#[test]
fn a_long_text_is_not_estimated_by_the_page() {
    let mut page = restore_state();
    let effects = page.happens(Event::TokensPasted(Some("word ".repeat(100_000))));
    let sheet = page.state.token_sheet().unwrap();
    assert!(!sheet.is_cut());
    assert!(sheet.tokens().abs_diff(100_000) < 1_000, "{}: a guess by its beginning", sheet.tokens());
    serve(&mut page, effects);
    assert_eq!(page.state.token_sheet().unwrap().tokens(), 100_001);
}

#[test]
fn the_view_says_whether_a_vocabulary_is_still_to_come() {
    let mut page = Page::ready();
    let effects = page.happens(Event::TokensShown(true));
    assert!(effects.contains(&Effect::FetchVocabulary(Vocabulary::O200k)));
    assert!(page.state.token_sheet().unwrap().is_coming);
    page.happens(Event::VocabularyLoaded(Vocabulary::O200k, false));
    assert!(!page.state.token_sheet().unwrap().is_coming);
    for _ in 0..4 {
        page.happens(Event::WorkerLost);
    }
    assert!(!page.state.token_sheet().unwrap().is_coming, "there is nobody left to cut it");
}

#[test]
fn a_late_failure_does_not_take_a_vocabulary_away_that_is_here() {
    let mut page = Page::ready();
    page.happens(Event::DraftChanged("one two".into()));
    // It is fetched again for the new worker, which the first fetch still reaches.
    page.happens(Event::WorkerLost);
    served(&mut page, Event::VocabularyLoaded(Vocabulary::O200k, true));
    page.happens(Event::VocabularyLoaded(Vocabulary::O200k, false));
    writes(&mut page, "one two three");
    assert_eq!(cost(&page), (AROUND_ONE + 3, true));
}

#[test]
fn lanes_of_two_vocabularies_keep_their_counts_apart() {
    let mut page = Page::ready();
    page.happens(Event::LanesSet(2));
    page.happens(Event::ModelChosen { lane: 1, model: "llama-3.3-70b".into() });
    let effects = page.happens(Event::DraftChanged("one two".into()));
    let all = [Vocabulary::O200k, Vocabulary::Llama3];
    for vocabulary in all {
        assert!(effects.contains(&Effect::FetchVocabulary(vocabulary)), "{vocabulary:?}");
    }
    // Here, one counts twice what the other does.
    let figures = |text: &str, times| headroom_tokenizer::TextStats::counted(times * text.len() as u64, text);
    for vocabulary in all {
        page.happens(Event::VocabularyLoaded(vocabulary, true));
    }
    let newest = page.state.newest_count();
    page.happens(Event::Counted(newest, vec![figures("one two", 1), figures("one two", 2)]));
    let cost = |page: &Page, lane| page.state.request_tokens(lane).map(|cost| (cost.tokens, cost.is_exact()));
    assert_eq!((cost(&page, 0), cost(&page, 1)), (Some((AROUND_ONE + 7, true)), Some((26 + 5 + 4 + 14, true))));
    // The lanes swap: counts for one are not used for the other, including late results.
    page.happens(Event::ModelChosen { lane: 0, model: "llama-3.3-70b".into() });
    page.happens(Event::ModelChosen { lane: 1, model: "gpt-oss-120b".into() });
    page.happens(Event::Counted(newest, vec![figures("one two", 1), figures("one two", 2)]));
    for lane in 0..2 {
        assert!(!cost(&page, lane).unwrap().1, "lane {lane}");
    }
    let newest = page.state.newest_count();
    page.happens(Event::Counted(newest, vec![figures("one two", 2), figures("one two", 1)]));
    assert_eq!((cost(&page, 1), cost(&page, 0)), (Some((AROUND_ONE + 7, true)), Some((26 + 5 + 4 + 14, true))));
    // The view of one lane is not split by the result for the other.
    page.happens(Event::TokensShown(true));
    page.happens(Event::TokensOfLane(1));
    let key = TextKey::of(Vocabulary::Llama3, "one two");
    page.happens(Event::TokenBoundaries(vec![(key, cut_at(&[1, 2, 7]))]));
    assert_eq!(page.state.token_sheet().unwrap().texts[0].cut, None);
    let key = TextKey::of(Vocabulary::O200k, "one two");
    page.happens(Event::TokenBoundaries(vec![(key, cut_at(&[3, 7]))]));
    assert_eq!(page.state.token_sheet().unwrap().texts[0].cut, Some(cut_at(&[3, 7])));
}

#[test]
fn the_numbers_of_the_tokens_follow_the_tokens() {
    let mut page = restore_state();
    writes(&mut page, "one two");
    let ids = |page: &Page| page.state.token_sheet().unwrap().texts[0].cut.clone().map(|cut| cut.ids.to_vec());
    assert_eq!(ids(&page), Some(vec![1_003, 1_007]));

    // The ids load while a text is being split without them: it is split again, and a newer request still asks for it.
    let mut page = Page::ready();
    page.happens(Event::TokensShown(true));
    let effects = page.happens(Event::VocabularyLoaded(Vocabulary::O200k, true));
    assert!(effects.contains(&Effect::FetchIds(Vocabulary::O200k)));
    page.happens(Event::DraftChanged("one two".into()));
    let effects = page.happens(Event::TokenIdsLoaded(Vocabulary::O200k, true));
    assert_eq!(cut_asked(&effects), ["one two"]);
    page.happens(Event::TokenBoundaries(vec![(TextKey::of(Vocabulary::O200k, "one two"), cut_at(&[3, 7]))]));
    assert_eq!(ids(&page), Some(vec![]), "the tokens are shown, and their numbers are to come");
    page.happens(Event::SystemChanged("be brief".into()));
    let effects = page.happens(Event::DraftChanged("one two".into()));
    let again = page.happens(Event::SystemChanged("be very brief".into()));
    assert!(cut_asked(&effects).is_empty() && cut_asked(&again) == ["be very brief", "one two"], "{again:?}");
    serve(&mut page, again);
    assert_eq!(page.state.token_sheet().unwrap().texts[1].cut.clone().unwrap().ids.to_vec(), [1_003, 1_007]);
}

#[test]
fn numbers_that_cannot_be_had_are_asked_for_again_when_the_view_is_opened_again() {
    let mut page = restore_state();
    page.happens(Event::TokenIdsLoaded(Vocabulary::O200k, false));
    writes(&mut page, "one two");
    assert!(page.state.token_sheet().unwrap().is_cut());
    let asks = |effects: &[Effect]| effects.contains(&Effect::FetchIds(Vocabulary::O200k));
    assert!(!asks(&page.happens(Event::DraftChanged("one".into()))));
    page.happens(Event::TokensShown(false));
    assert!(asks(&page.happens(Event::TokensShown(true))));
}

#[test]
fn the_same_text_is_counted_in_all_vocabularies_once_that_is_asked_for() {
    let mut page = restore_state();
    writes(&mut page, "one two");
    let others = |page: &Page| page.state.token_sheet().unwrap().others;
    assert!(others(&page).iter().all(|other| !other.is_exact && !other.is_coming), "nothing is fetched unasked");
    let effects = page.happens(Event::TokensCompared);
    assert!(others(&page).iter().filter(|other| other.is_coming).count() == 6);
    let fetched = serve(&mut page, effects);
    assert_eq!(fetched.len(), 5, "one was here: {fetched:?}");
    assert!(others(&page).iter().all(|other| other.is_exact && other.tokens == 2), "{:?}", others(&page));

    // The shown texts change: each is requested once, whatever happens.
    let effects = page.happens(Event::DraftChanged("one two three".into()));
    let counted =
        |effects: &[Effect]| effects.iter().filter(|effect| matches!(effect, Effect::CountTexts { .. })).count();
    assert_eq!(counted(&effects), 6);
    assert_eq!(counted(&page.happens(Event::SearchChanged("x".into()))), 0);
    serve(&mut page, effects);
    assert!(others(&page).iter().all(|other| other.is_exact && other.tokens == 3));

    // A vocabulary that cannot be fetched is estimated.
    let mut page = restore_state();
    writes(&mut page, "one two");
    page.happens(Event::TokensCompared);
    page.happens(Event::VocabularyLoaded(Vocabulary::Kimi, false));
    let kimi = *others(&page).last().unwrap();
    assert!(kimi.vocabulary == Vocabulary::Kimi && !kimi.is_exact && !kimi.is_coming);
}
