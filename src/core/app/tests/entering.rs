//! What is typed or pasted into fields, and how it is used.

use super::{
    lanes::{all_sent, lanes},
    *,
};

fn added(base_url: &str, key: &str) -> (Page, Vec<Effect>) {
    let mut page = Page::restore_state();
    let effects = page.happens(Event::ProviderAdded {
        name: String::new(),
        base_url: base_url.into(),
        key: SecretInput(key.into()),
        mode: KeyMode::Tab,
    });
    (page, effects)
}

#[test]
fn a_pasted_address_is_put_right_before_it_is_kept_and_its_key_is_bound_to_it() {
    let (page, effects) = added("localhost:11434/v1/models", "export OPENAI_API_KEY=\"sk-test-1234\"");
    let provider = page.state.settings().added.first().unwrap();
    assert_eq!(provider.chat_url(), "http://localhost:11434/v1/chat/completions");
    let key = effects.iter().find_map(|effect| match effect {
        Effect::SaveKey { key, .. } => Some(key),
        _ => None,
    });
    let key = key.unwrap();
    assert_eq!((key.expose_for_storage(), key.origin().as_str()), ("sk-test-1234", "http://localhost:11434"));
}

#[test]
fn an_address_that_the_policy_would_block_is_not_kept_and_the_form_says_what_works() {
    let (page, effects) = added("http://[::1]:1234/v1", "");
    assert_eq!((effects, page.state.settings().added.len()), (vec![], 0));
    assert!(page.state.form_problem().unwrap().contains("http://localhost"));
}

/// With one lane of two idle, Send was off and nothing said why.
#[test]
fn a_shared_prompt_waits_for_the_lane_that_still_answers_and_says_so() {
    let mut page = lanes(&["m", "m"]);
    page.happens(Event::QueueSet(false));
    let runs = page.fans_out("hello");
    page.happens(Event::DraftChanged("and now?".into()));
    assert_eq!(page.state.can_send(), Err(SendProblem::Running(None)));
    page.answered(runs[1].0, "done");
    let problem = page.state.can_send().unwrap_err();
    assert_eq!(problem.to_string(), "Lane 1 is still answering. Send asks all lanes.");
    // What only the other lane is asked need not wait.
    let turn = page.state.chat().turns[0].id.clone();
    page.happens(Event::EditPressed { turn, lane: Some(1) });
    assert_eq!(page.state.can_send(), Ok(()));
    let asked = all_sent(&page.happens(Event::SendPressed { now_ms: page.now_ms }));
    assert_eq!((asked.len(), page.state.is_running()), (1, true));
    page.happens(Event::RegeneratePressed { lane: Some(1), now_ms: page.now_ms });
    assert!(page.state.is_live(&page.state.chat().turns[0].id, 0), "the first lane still answers");
}
