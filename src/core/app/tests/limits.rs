//! What the limits mean for the lanes.

use headroom_domain::{LimitWindow, Model, Parameters};

use super::{Page, assess_lane, lanes::lanes, put};
use crate::{
    setup::saved_settings::SavedSettings,
    usage::rules::{OWN, choices, chosen_profile, profile_of},
    *,
};

const NOW_MS: u64 = 1_000_000;

/// Makes the page count without a worker, so that stats are available at once.
fn count_at_once(page: &mut Page) {
    (0..4).for_each(|_| drop(page.happens(Event::WorkerLost)));
}

fn limit(page: &Page, window: LimitWindow) -> Option<u64> {
    let assessment = assess_lane(&page.state, 0, NOW_MS).unwrap();
    assessment.gauges.iter().find(|gauge| gauge.limit.window == window).map(|gauge| gauge.limit.limit)
}

#[test]
fn the_newest_profile_of_a_provider_holds_until_another_is_chosen() {
    let mut page = lanes(&["gpt-oss-120b"]);
    assert_eq!(chosen_profile(page.state.settings(), "cerebras"), "cerebras-trial");
    assert_eq!(limit(&page, LimitWindow::RequestsMinute), Some(5));
    page.happens(Event::LimitsChosen { provider: "cerebras".into(), profile: "cerebras-guide".into() });
    assert_eq!(limit(&page, LimitWindow::RequestsMinute), Some(30));
    page.happens(Event::LimitsChosen { provider: "cerebras".into(), profile: String::new() });
    assert_eq!(limit(&page, LimitWindow::RequestsMinute), None, "none is a choice too");
    assert_eq!(chosen_profile(page.state.settings(), "added-1"), "", "of a stranger nothing is assumed");
}

#[test]
fn limits_that_a_user_wrote_are_offered_kept_and_used() {
    let mut page = lanes(&["gpt-oss-120b"]);
    let mut own = profile_of(page.state.settings(), "cerebras").unwrap().clone();
    (own.id, own.name) = (OWN.into(), "Mine".into());
    own.models[0].windows[0].limit = 77;
    page.happens(Event::LimitsEdited { provider: "cerebras".into(), profile: Box::new(own) });
    page.happens(Event::LimitsChosen { provider: "cerebras".into(), profile: OWN.into() });
    assert_eq!(limit(&page, LimitWindow::RequestsMinute), Some(77));
    assert!(choices(page.state.settings(), "cerebras").contains(&(OWN.into(), "Mine".into())));
    let kept = StoredSettings::from(page.state.settings());
    assert_eq!(SavedSettings::open(kept.clone()).settings, *page.state.settings());
    // As a newer build may write them.
    let name = "own-limits/cerebras".to_owned();
    let mut other = kept;
    put(&mut other, &[(name, Some(r#"{"models":"elsewhere"}"#.to_owned()))]);
    *page.state.choices.settings_mut() = SavedSettings::open(other).settings;
    assert_eq!(limit(&page, LimitWindow::RequestsMinute), None, "what cannot be read limits nothing");
}

#[test]
fn what_the_public_list_says_serves_where_there_is_no_profile() {
    let mut page = lanes(&["m"]);
    page.happens(Event::LimitsChosen { provider: "cerebras".into(), profile: String::new() });
    let model = Model { tokens_per_minute: Some(9_000), context_tokens: Some(4_096), ..Model::named("m") };
    page.happens(Event::ModelsListed { provider: "cerebras".into(), outcome: Ok(vec![model]) });
    assert_eq!(limit(&page, LimitWindow::TokensMinute), Some(9_000));
    assert_eq!(assess_lane(&page.state, 0, NOW_MS).unwrap().context_tokens, Some(4_096));
}

#[test]
fn what_the_verdict_says_a_draft_holds_is_what_sending_books() {
    let mut page = lanes(&["gpt-oss-120b"]);
    count_at_once(&mut page);
    for cap in [None, Some(300)] {
        let parameters = Parameters { max_completion_tokens: cap, ..Parameters::default() };
        page.happens(Event::ParametersChanged { lane: None, parameters });
        page.happens(Event::DraftChanged("How much will this hold?".into()));
        let need = assess_lane(&page.state, 0, NOW_MS).unwrap().need.unwrap();
        let (run, _) = page.sends("How much will this hold?");
        assert_eq!(page.state.ledger().all().next_back().unwrap().reserved, need.tokens(), "{cap:?}");
        page.answered(run, "That much.");
        page.now_ms += 1_000.0;
    }
}

/// Each would fit alone; sent together, the second has to wait for the first.
#[test]
fn lanes_that_share_a_minute_are_judged_one_after_the_other() {
    let mut page = lanes(&["gpt-oss-120b", "gpt-oss-120b", "qwen-3.8-27b"]);
    let parameters = Parameters { max_completion_tokens: Some(20_000), ..Parameters::default() };
    page.happens(Event::ParametersChanged { lane: None, parameters });
    count_at_once(&mut page);
    page.happens(Event::DraftChanged("hello".into()));
    let assessments = [0, 1, 2].map(|lane| assess_lane(&page.state, lane, NOW_MS).unwrap());
    let words = assessments.each_ref().map(|assessment| assessment.words().unwrap());
    assert_eq!(words.each_ref().map(|words| words.title.starts_with("Fits now")), [true, false, true], "{words:?}");
    assert_eq!((assessments[1].before, words[1].detail.as_str()), (1, "1 request ahead this minute"));
}

#[test]
fn a_verdict_comes_with_what_one_press_does_against_it() {
    let mut page = lanes(&["gpt-oss-120b"]);
    count_at_once(&mut page);
    let set = |page: &mut Page, cap| {
        let parameters = Parameters { max_completion_tokens: Some(cap), ..Parameters::default() };
        page.happens(Event::ParametersChanged { lane: Some(0), parameters });
    };
    let fixed = |page: &Page| {
        let assessment = assess_lane(&page.state, 0, 1_000).unwrap();
        suggested_fix(&page.state, 0, &assessment, 1_000)
    };
    set(&mut page, 1_000);
    page.happens(Event::DraftChanged("hello".into()));
    assert_eq!(fixed(&page), None, "it fits");
    set(&mut page, 40_000);
    assert!(matches!(fixed(&page), Some(SuggestedFix::Cap(cap)) if cap < 40_000));

    // The minute is used up: another model has its own minute, unless the provider does not list it.
    set(&mut page, 29_000);
    page.sends("hello");
    page.happens(Event::DraftChanged("again".into()));
    assert_eq!(fixed(&page), Some(SuggestedFix::Model("qwen-3.8-27b".into())));
    page.happens(Event::ModelsListed { provider: "cerebras".into(), outcome: Ok(vec![Model::named("gpt-oss-120b")]) });
    assert_eq!(fixed(&page), None);

    // A new chat doesn't help a prompt that is too long alone, only one that is too long with its history.
    let mut page = lanes(&["gpt-oss-120b"]);
    count_at_once(&mut page);
    page.happens(Event::ModelsListed { provider: "cerebras".into(), outcome: Ok(vec![Model::named("gpt-oss-120b")]) });
    let long = "word ".repeat(80_000);
    let (run, _) = page.sends(&long);
    page.happens(Event::DraftChanged("and now?".into()));
    assert_eq!(fixed(&page), None, "while it runs: leaving would stop it");
    page.answered(run, "an answer");
    assert_eq!(fixed(&page), Some(SuggestedFix::NewChat));
    page.happens(Event::DraftChanged(long));
    assert_eq!(fixed(&page), None);

    // An edited prompt is kept, not the draft from before the edit.
    page.happens(Event::DraftChanged("before the edit".into()));
    let turn = page.state.chat().turns[0].id.clone();
    page.happens(Event::EditPressed { turn, lane: None });
    page.happens(Event::DraftChanged("edited".into()));
    page.happens(Event::MovedToNewChat);
    assert_eq!((page.state.draft(), page.state.chat().turns.len()), ("edited", 0));
}
