//! What is typed or pasted into fields, and how it is used.

use super::*;

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
    let provider = page.state.settings.added.first().unwrap();
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
    assert_eq!((effects, page.state.settings.added.len()), (vec![], 0));
    assert!(page.state.form_problem.unwrap().contains("http://localhost"));
}
