//! Several tabs of one browser that draw from the same limits.

use headroom_domain::Parameters;

use super::{Page, from_tab, lanes::lanes};
use crate::*;

/// Creates a tab with lanes that use one model of a provider that allows five requests per minute.
fn tab(number: u64, lane_count: usize) -> Page {
    let mut page = lanes(&vec!["gpt-oss-120b"; lane_count]);
    page.state.tab = number;
    let parameters = Parameters { max_completion_tokens: Some(100), ..Parameters::default() };
    page.happens(Event::ParametersChanged { lane: None, parameters });
    page
}

/// Delivers the broadcasts among the effects to other tabs, and returns how many requests were sent.
fn told(effects: Vec<Effect>, to: &mut [&mut Page]) -> usize {
    let mut sent = 0;
    for effect in effects {
        match effect {
            Effect::SaveRequest { record, .. } | Effect::BroadcastToTabs(record) => {
                to.iter_mut().for_each(|page| drop(page.happens(from_tab(record.clone()))));
            }
            Effect::Send(_) => sent += 1,
            _ => {}
        }
    }
    sent
}

fn asks(page: &mut Page, now_ms: f64, to: &mut [&mut Page]) -> usize {
    page.happens(Event::DraftChanged("hello".into()));
    let effects = page.happens(Event::SendPressed { now_ms });
    told(effects, to)
}

fn due(page: &mut Page, now_ms: f64, to: &mut [&mut Page]) -> usize {
    let effects = page.happens(Event::QueueDue { now_ms });
    told(effects, to)
}

#[test]
fn what_waits_in_one_tab_goes_before_what_another_asks_later() {
    let (mut one, mut two) = (tab(1, 6), tab(2, 1));
    assert_eq!(asks(&mut one, 1_000.0, &mut [&mut two]), 5);
    assert_eq!(asks(&mut two, 2_000.0, &mut [&mut one]), 0, "nothing is left, and one waits already");
    let starts = [one.state.waits(5), two.state.waits(0)].map(|waits| waits.unwrap().start_ms.unwrap());
    assert_eq!(starts[1] - starts[0], 12_000, "each knows of the other");

    // At the start time of the first, only the first is sent, whichever tab looks first.
    let first = starts[0] as f64;
    assert_eq!(due(&mut two, first, &mut [&mut one]), 0);
    assert_eq!(due(&mut one, first, &mut [&mut two]), 1);
    assert_eq!(due(&mut two, first + 250.0, &mut [&mut one]), 0);
    assert_eq!(due(&mut two, starts[1] as f64, &mut [&mut one]), 1);
    // The last message of both is that nothing waits anymore.
    due(&mut one, starts[1] as f64 + 250.0, &mut [&mut two]);
    assert!(!one.state.has_queue() && !two.state.has_queue());
    assert_eq!(one.state.other_tabs.queued_elsewhere(starts[1] + 500).count(), 0);
}

/// A tab opened later sent before one that was already waiting, because it was never told of it.
#[test]
fn a_new_tab_is_told_what_waits_in_the_others() {
    let mut one = tab(1, 6);
    asks(&mut one, 1_000.0, &mut []);
    let mut two = lanes(&["gpt-oss-120b"]);
    let effects = two.happens(Event::StateRestored(Box::new(StoredState { tab: 2, ..StoredState::default() })));
    let hello = effects.into_iter().find(|effect| matches!(effect, Effect::BroadcastToTabs(_)));
    let Some(Effect::BroadcastToTabs(hello)) = hello else { panic!("it says that it is there") };
    let effects = one.happens(from_tab(hello));
    assert_eq!(effects.len(), 1);
    told(effects, &mut [&mut two]);
    assert_eq!(two.state.other_tabs.queued_elsewhere(1_500).count(), 1);
    assert!(two.happens(from_tab(r#"{"tab":1,"at_ms":9,"waits":[]}"#.into())).is_empty(), "and no echo");
}

#[test]
fn a_tab_that_falls_silent_holds_nobody_up() {
    let (mut one, mut two) = (tab(1, 6), tab(2, 1));
    asks(&mut one, 1_000.0, &mut [&mut two]);
    asks(&mut two, 2_000.0, &mut []);
    // The first tab is closed; its turn comes and goes.
    assert_eq!(due(&mut two, 14_000.0, &mut []), 0);
    assert_eq!(due(&mut two, 77_000.0, &mut []), 1);
}

#[test]
fn a_tab_that_waits_long_says_so_again_and_asks_to_be_woken_once_for_each_start() {
    let mut page = tab(1, 6);
    page.happens(Event::DraftChanged("hello".into()));
    let effects = page.happens(Event::SendPressed { now_ms: 1_000.0 });
    let start = page.state.waits(5).unwrap().start_ms.unwrap();
    let count = |effects: &[Effect], of: fn(&Effect) -> bool| effects.iter().filter(|effect| of(effect)).count();
    let is_queue = |effect: &Effect| matches!(effect, Effect::BroadcastToTabs(text) if text.contains("waits"));
    let told = |effects: &[Effect]| count(effects, is_queue);
    assert!(effects.contains(&Effect::ScheduleWake(start)) && told(&effects) == 1, "{effects:?}");
    let effects = page.happens(Event::QueueDue { now_ms: 1_250.0 });
    assert_eq!(
        (told(&effects), count(&effects, |effect| matches!(effect, Effect::ScheduleWake(_)))),
        (0, 0),
        "{effects:?}"
    );

    // Six lanes of long answers: the last waits for more than half a minute.
    let mut page = tab(1, 6);
    let parameters = Parameters { max_completion_tokens: Some(25_000), ..Parameters::default() };
    page.happens(Event::ParametersChanged { lane: None, parameters });
    page.happens(Event::DraftChanged("hello".into()));
    page.happens(Event::SendPressed { now_ms: 1_000.0 });
    let effects = page.happens(Event::QueueDue { now_ms: 22_000.0 });
    assert_eq!(told(&effects), 1, "{effects:?}");
}

#[test]
fn what_is_called_off_is_called_off_for_all_tabs() {
    let (mut one, mut two) = (tab(1, 6), tab(2, 1));
    asks(&mut one, 1_000.0, &mut [&mut two]);
    assert_eq!(two.state.other_tabs.queued_elsewhere(1_500).count(), 1);
    one.happens(Event::StopPressed { lane: Some(5), now_ms: 2_000.0 });
    assert!(one.state.has_queue(), "it has yet to say so");
    due(&mut one, 2_250.0, &mut [&mut two]);
    assert_eq!((two.state.other_tabs.queued_elsewhere(2_500).count(), one.state.has_queue()), (0, false));
}

/// A tab whose clock was hours ahead would have blocked the others for hours after it was closed.
#[test]
fn what_a_wrong_clock_tells_is_not_believed() {
    let mut page = tab(1, 1);
    let claim = r#"{"run":1,"account":"cerebras","model":"gpt-oss-120b","input":9,"asked_ms":1,"not_before_ms":18446744073709551615}"#;
    for at_ms in [0, 36_000_000, u64::MAX] {
        page.happens(from_tab(format!(r#"{{"tab":2,"at_ms":{at_ms},"waits":[{claim}]}}"#)));
        assert_eq!(page.state.other_tabs.queued_elsewhere(1_000_000).count(), 0, "{at_ms}");
    }
    page.happens(from_tab(format!(r#"{{"tab":2,"at_ms":1000000,"waits":[{claim}]}}"#)));
    let (_, claim) = page.state.other_tabs.queued_elsewhere(1_000_000).next().unwrap();
    assert!(claim.not_before_ms <= 1_000_000 + headroom_protocol::LONGEST_WAIT_MS);
}

/// Limits inferred in one tab may be unknown in another: there its turn would come again and again.
#[test]
fn what_never_goes_in_its_own_tab_takes_nobodys_turn() {
    let mut one = tab(1, 6);
    asks(&mut one, 1_000.0, &mut []);
    assert!(one.state.has_queue());
    let parameters = Parameters { max_completion_tokens: Some(100), ..Parameters::default() };
    one.happens(Event::ParametersChanged { lane: None, parameters });
    let mut own = rules::profile_of(one.state.settings(), "cerebras").unwrap().clone();
    own.id = rules::OWN.into();
    own.models.iter_mut().flat_map(|model| &mut model.windows).for_each(|window| window.limit = 50);
    one.happens(Event::LimitsEdited { provider: "cerebras".into(), profile: Box::new(own) });
    one.happens(Event::LimitsChosen { provider: "cerebras".into(), profile: rules::OWN.into() });
    let mut two = tab(2, 1);
    due(&mut one, 1_250.0, &mut [&mut two]);
    assert_eq!((one.state.lane_state(5), two.state.other_tabs.queued_elsewhere(1_500).count()), (LaneState::Queued, 0));
}

#[test]
fn a_tab_that_goes_says_so_and_one_that_comes_back_says_what_waits() {
    let (mut one, mut two) = (tab(1, 6), tab(2, 1));
    asks(&mut one, 1_000.0, &mut [&mut two]);
    assert_eq!(two.state.other_tabs.queued_elsewhere(1_500).count(), 1);
    told(one.happens(Event::PageHidden), &mut [&mut two]);
    assert_eq!(two.state.other_tabs.queued_elsewhere(1_500).count(), 0);
    due(&mut one, 2_000.0, &mut [&mut two]);
    assert_eq!(two.state.other_tabs.queued_elsewhere(2_500).count(), 1, "it was only put away");
}

/// Ten tabs with one request per second each behave like one tab with ten requests per second.
#[test]
fn ten_tabs_send_as_many_as_one_would() {
    let mut tabs: Vec<Page> = (0..10).map(|number| tab(number, 1)).collect();
    let mut sent = 0;
    for step in 0..240_u32 {
        let now_ms = 1_000.0 + f64::from(step) * 250.0;
        for number in 0..tabs.len() {
            let mut page = tabs.remove(number);
            let mut others: Vec<&mut Page> = tabs.iter_mut().collect();
            let asked =
                if step == 0 { asks(&mut page, now_ms, &mut others) } else { due(&mut page, now_ms, &mut others) };
            sent += asked;
            tabs.insert(number, page);
        }
    }
    assert_eq!(sent, 5 + 4, "five at once, and one each twelve seconds of a minute");
}

#[test]
fn what_is_no_queue_is_ignored() {
    let mut page = tab(1, 1);
    for record in ["", "null", "{}", r#"{"tab":2}"#, r#"{"tab":-1,"at_ms":0,"waits":[]}"#, r#"{"v":9,"data":{}}"#] {
        page.happens(from_tab(record.into()));
    }
    assert_eq!(page.state.other_tabs.queued_elsewhere(0).count(), 0);
    let many: Vec<String> = (0..1_000)
        .map(|run| format!(r#"{{"run":{run},"account":"a","model":"m","input":1,"asked_ms":1,"not_before_ms":0}}"#))
        .collect();
    page.happens(from_tab(format!(r#"{{"tab":2,"at_ms":5,"waits":[{}]}}"#, many.join(","))));
    assert_eq!(page.state.other_tabs.queued_elsewhere(6).count(), 64);
}

/// A reload lost what was inferred from rejections, and paid for it again.
#[test]
fn what_a_refusal_taught_outlives_a_reload() {
    let mut page = tab(1, 1);
    let setup = page.state.settings().first_lane().clone();
    for number in 0..3 {
        let now_ms = 1_000.0 + f64::from(number);
        page.happens(Event::DraftChanged("hello".into()));
        let effects = page.happens(Event::SendPressed { now_ms });
        let run = effects.iter().find_map(|effect| match effect {
            Effect::Send(outgoing) => Some(outgoing.run),
            _ => None,
        });
        let run = run.unwrap();
        page.now_ms = now_ms;
        if number < 2 {
            page.answered(run, "let in");
        } else {
            // The profile states five per minute; the provider accepts two.
            let body = r#"{"message":"Requests per minute limit exceeded","code":"request_quota_exceeded"}"#;
            page.happens(Event::ResponseHeaders { run, status: 429, headers: vec![] });
            page.hears(run, body);
            page.happens(Event::Ended { run, now_ms: page.now_ms });
        }
    }
    page.happens(Event::StopPressed { lane: None, now_ms: 2_000.0 });
    let (_, limits) = rules::terms(&page.state, &setup, 2_000);
    let known = limits.unwrap().windows[0].limit;
    assert!(known < 5, "{known}");
    // It is saved with the next logged request.
    page.happens(Event::DraftChanged("again".into()));
    page.happens(Event::SendPressed { now_ms: 60_000.0 });
    let settings = page.state.settings().clone();
    assert!(!settings.inferences.is_empty());

    let mut reloaded = lanes(&["gpt-oss-120b"]);
    *reloaded.state.choices.settings_mut() = settings;
    reloaded.happens(Event::RequestsLoaded { records: vec![], days: 2, now_ms: 61_000.0 });
    let (_, limits) = rules::terms(&reloaded.state, &setup, 61_000);
    assert_eq!(limits.unwrap().windows[0].limit, known);
}

fn messages(effects: &[Effect]) -> Vec<Event> {
    let records = effects.iter().filter_map(|effect| match effect {
        Effect::BroadcastToTabs(record) => Some(from_tab(record.clone())),
        _ => None,
    });
    records.collect()
}

/// A chat that was begun or renamed in one tab was in the others only after a reload.
#[test]
fn what_one_tab_begins_and_renames_the_others_show_without_saving_it_again() {
    let (mut one, mut other) = (tab(1, 1), tab(2, 2));
    one.happens(Event::DraftChanged("about tabs".into()));
    let begun = one.happens(Event::SendPressed { now_ms: 1_000.0 });
    let id = one.state.chat().id().cloned().unwrap();
    let renamed = one.happens(Event::ChatRenamed(id.clone(), "Tabs".into()));
    let mut shown = Vec::new();
    for message in messages(&begun).into_iter().chain(messages(&renamed)) {
        let effects = other.happens(message);
        assert!(!effects.iter().any(|effect| matches!(effect, Effect::SaveEntry(_))), "{effects:?}");
        shown.extend(other.state.history_rows(0..1).into_iter().map(|row| row.title));
    }
    shown.dedup();
    assert_eq!(shown, ["about tabs", "Tabs"]);
    let effects = other.happens(Event::ChatDeleted(id));
    for message in messages(&effects) {
        one.happens(message);
    }
    assert_eq!(one.state.listed_chats(), 0);
}

/// Two tabs with the same chat and different lanes would undo each other's forever.
#[test]
fn a_tab_keeps_its_own_lanes_when_another_one_saves_the_same_chat() {
    let (mut one, mut other) = (tab(1, 1), tab(2, 2));
    one.happens(Event::DraftChanged("shared".into()));
    let begun = one.happens(Event::SendPressed { now_ms: 1_000.0 });
    messages(&begun).into_iter().for_each(|message| drop(other.happens(message)));
    let (id, turns) = (one.state.chat().id().cloned().unwrap(), one.state.chat().turns().to_vec());
    other.happens(Event::ChatOpened(id.clone()));
    other.happens(Event::ChatLoaded { id, turns, unreadable: vec![] });
    let mut waiting = messages(&other.happens(Event::LanesSet(3)));
    let mut told = 0;
    while let Some(message) = waiting.pop() {
        told += 1;
        assert!(told < 10, "they answer each other forever");
        waiting.extend(messages(&one.happens(message.clone())));
    }
    assert_eq!((one.state.settings().lane_count(), other.state.settings().lane_count()), (1, 3));
}

/// Two tabs with the same chat open.
fn sharing() -> (Page, Page) {
    let (mut one, mut other) = (tab(1, 1), tab(2, 1));
    let (run, _) = one.sends("first");
    one.answered(run, "yes");
    let (id, turns) = (one.state.chat().id().cloned().unwrap(), one.state.chat().turns().to_vec());
    other.happens(Event::ChatOpened(id.clone()));
    other.happens(Event::ChatLoaded { id, turns, unreadable: vec![] });
    (one, other)
}

/// Delivers messages until nobody answers.
fn deliver(effects: &[Effect], one: &mut Page, other: &mut Page) {
    let (mut to_other, mut to_one) = (messages(effects), Vec::new());
    for _ in 0..10 {
        let answers: Vec<Event> = to_other.drain(..).flat_map(|message| messages(&other.happens(message))).collect();
        to_one.extend(answers);
        let answers: Vec<Event> = to_one.drain(..).flat_map(|message| messages(&one.happens(message))).collect();
        to_other.extend(answers);
    }
    assert!(to_other.is_empty() && to_one.is_empty(), "they answer each other forever");
}

fn texts(page: &Page) -> Vec<Vec<String>> {
    let turns = page.state.chat().turns().iter();
    turns.map(|turn| turn.answers.iter().map(|answer| answer.text.clone()).collect()).collect()
}

#[test]
fn a_turn_that_ends_in_one_tab_is_in_the_other_where_the_chat_is_open() {
    let (mut one, mut other) = sharing();
    let (run, _) = one.sends("second");
    let effects = one.answered(run, "no");
    deliver(&effects, &mut one, &mut other);
    assert_eq!(texts(&other), [["yes"], ["no"]]);
    assert_eq!(texts(&one), texts(&other));
    other.happens(Event::NewChatPressed);
    let (run, _) = one.sends("third");
    let effects = one.answered(run, "perhaps");
    deliver(&effects, &mut one, &mut other);
    assert_eq!(other.state.chat().turns().len(), 0, "another chat is open there");
}

/// The tab that wrote last had the only answer after a reload.
#[test]
fn two_tabs_that_ask_the_same_turn_again_keep_the_answers_of_both() {
    let (mut one, mut other) = sharing();
    let again = Event::RegeneratePressed { lane: None, now_ms: 2_000.0 };
    let (first, _) = super::sent(&one.happens(again.clone()));
    let (second, _) = super::sent(&other.happens(again));
    let effects = one.answered(first, "from the first");
    let saved_by_other = other.answered(second, "from the second");
    deliver(&effects, &mut one, &mut other);
    deliver(&saved_by_other, &mut other, &mut one);
    for page in [&one, &other] {
        let mut answers = texts(page).remove(0);
        answers.sort();
        assert_eq!(answers, ["from the first", "from the second", "yes"]);
    }
}
