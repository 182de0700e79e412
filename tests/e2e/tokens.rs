//! The token view.

use std::time::Duration;

use headroom_e2e::{
    Session,
    page::Page,
    playground::ESCAPE,
    provider::{KEY, Provider},
    site::{Site, Trouble, vocabulary},
};
use headroom_simulator::Shape;
use headroom_tokenizer::exact::Counter;

const VIEW: &str = "document.querySelector('[data-testid=token-view]')";

async fn until_cut(page: &Page) {
    page.until("it is cut into tokens", &format!("{VIEW}?.dataset.exact === 'true'")).await;
}

pub async fn what_would_be_sent_is_shown_in_its_tokens(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Cerebras).await;
    let _site = page.with_provider(&provider).await;
    page.choose_model("gpt-oss-120b").await;
    page.ask_until("[[sim:tokens=30]] hello", "done").await;
    let draft = "na\u{ef}ve \u{1f469}\u{200d}\u{1f467} \u{928}\u{92e}\u{938}\u{94d}\u{924}\u{947}\nsecond line";
    page.paste("composer-input", draft).await;
    page.press("composer-tokens").await;
    until_cut(page).await;
    let roles = page
        .eval("[...document.querySelectorAll('[data-testid=token-message]')].map((it) => it.dataset.role).join()")
        .await;
    assert_eq!(roles, "user,assistant,user, draft");
    let texts = page.eval("[...document.querySelectorAll('.token-text')].map((it) => it.textContent)").await;
    assert_eq!(texts[0], "[[sim:tokens=30]] hello");
    assert_eq!(texts[2], draft, "every byte is there, and a character is never shown in halves");
    let sum = "[...document.querySelectorAll('[data-testid=token-message]')].reduce((sum, it) => sum + Number(it.dataset.tokens) + Number(it.dataset.template), 63)";
    assert_eq!(page.eval(&format!("{sum} === Number({VIEW}.dataset.count)")).await, true, "the parts are the whole");

    page.until("what is seen is colored", "document.querySelectorAll('.token-text .tk').length > 10").await;
    page.eval("document.querySelectorAll('.token-text')[2].focus() ?? true").await;
    page.keys("\u{e014}").await;
    page.until(
        "a token is described",
        "document.querySelector('[data-testid=token-picked]').textContent.startsWith('Token 1 of')",
    )
    .await;
    page.keys("\u{e014}").await;
    let second = "document.querySelector('[data-testid=token-picked]').textContent";
    page.until("and the next one", &format!("/^Tokens? 2 (to|of)/.test({second})")).await;
    page.keys(ESCAPE).await;
    page.until(
        "the chat is there again",
        &format!("!{VIEW} && document.activeElement.dataset.testid === 'composer-input'"),
    )
    .await;
    assert_eq!(page.value("composer-input").await, draft);
}

pub async fn a_text_of_a_megabyte_is_shown_in_parts(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    page.press("tokens-open").await;
    page.press("tokens-paste").await;
    let long = "All of this is counted, and little of it is colored.\n".repeat(20_000);
    page.paste("tokens-text", &long).await;
    page.until(
        "all of it is cut",
        &format!("{VIEW}.dataset.exact === 'true' && Number({VIEW}.dataset.count) > 200000"),
    )
    .await;
    page.until("what is seen is colored", "document.querySelectorAll('.tk').length > 0").await;
    let colored = page.eval("document.querySelectorAll('.tk').length").await.as_u64().unwrap();
    assert!(colored < 20_000, "{colored} tokens are elements");
    assert_eq!(
        page.eval(&format!("document.querySelector('.token-text').textContent.length === {}", long.len())).await,
        true
    );
    page.eval("document.querySelector('.token-text').lastElementChild.scrollIntoView() ?? true").await;
    page.until(
        "and what is scrolled to",
        "!!document.querySelector('.token-text').lastElementChild.querySelector('.tk')",
    )
    .await;
    page.press("tokens-chat").await;
    page.until(
        "the chat again",
        "document.querySelector('[data-testid=token-message]').dataset.role === 'user, draft'",
    )
    .await;
}

pub async fn the_token_view_fits_everybody(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    page.ask_until("[[sim:reply=rust]]", "done").await;
    page.type_into("composer-input", "and a draft").await;
    page.press("composer-tokens").await;
    until_cut(page).await;
    crate::screens::fits_everybody(page).await;
    page.press("tokens-paste").await;
    page.type_into("tokens-text", "some words").await;
    until_cut(page).await;
    crate::screens::fits_everybody(page).await;
    page.resize(1440, 900).await;
    page.press("new-chat").await;
    page.until("a new chat is no token view", &format!("!{VIEW}")).await;
}

pub async fn the_arrow_keys_go_from_block_to_block(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    page.press("tokens-open").await;
    page.press("tokens-paste").await;
    page.paste("tokens-text", &"extraordinarily long words without end\n".repeat(400)).await;
    page.until("there are blocks", "document.querySelectorAll('.token-text .block').length > 5").await;
    until_cut(page).await;
    page.until("what is seen is colored", "document.querySelectorAll('.token-text .tk').length > 0").await;
    let in_the_first = page.eval("document.querySelectorAll('.token-text .block:first-child .tk').length").await;
    let presses = usize::try_from(in_the_first.as_u64().unwrap()).unwrap() + 20;
    page.eval("document.querySelector('.token-text').focus() ?? true").await;
    page.keys(&"\u{e014}".repeat(presses)).await;
    let said = "document.querySelector('[data-testid=token-picked]').textContent";
    let reached = format!("{said}.startsWith('Token {presses} of')");
    page.until("the end of a block is no end", &reached).await;
    let seen = "document.querySelector('.tk.on').getBoundingClientRect().bottom <= document.querySelector('.token-picked').getBoundingClientRect().top";
    assert_eq!(page.eval(seen).await, true, "what is told of it does not cover it");
    page.keys(&"\u{e012}".repeat(40)).await;
    let back = format!("{said}.startsWith('Token {} of')", presses - 40);
    page.until("and back", &back).await;
    page.paste("tokens-text", "another text").await;
    page.until("what was said of a token is gone with its text", &format!("{said}.startsWith('Hover')")).await;
}

pub async fn a_pasted_text_stays_in_its_field(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    page.press("tokens-open").await;
    page.press("tokens-paste").await;
    page.paste("tokens-text", "one two three").await;
    let counted = format!("{VIEW}?.dataset.exact === 'true' && {VIEW}.dataset.count === '3'");
    page.until("it is counted", &counted).await;
    page.press("tokens-paste").await;
    page.press("tokens-paste").await;
    page.until("choosing it again changes nothing", &counted).await;
    page.press("tokens-chat").await;
    page.until("the chat", "!document.querySelector('[data-testid=tokens-text]')").await;
    page.press("tokens-close").await;
    page.until("the view is closed", &format!("!{VIEW}")).await;
    page.press("tokens-open").await;
    let chat = "document.querySelector('[data-testid=tokens-chat]')?.getAttribute('aria-pressed') === 'true'";
    page.until("it opens with the chat", chat).await;
    page.press("tokens-paste").await;
    page.until("the text is counted again", &counted).await;
    assert_eq!(page.value("tokens-text").await, "one two three");
}

pub async fn a_token_says_its_id(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Cerebras).await;
    let site = Site::with("/", Trouble::Slow(".ids", Duration::from_millis(1_500))).await;
    page.open(&site.address).await;
    page.add_provider(&provider, KEY).await;
    page.choose_model("gpt-oss-120b").await;
    page.type_into("composer-input", "hello world").await;
    page.press("composer-tokens").await;
    until_cut(page).await;
    page.until("what is seen is colored", "document.querySelectorAll('.token-text .tk').length === 2").await;
    page.eval("document.querySelector('.token-text').focus() ?? true").await;
    page.keys("\u{e014}").await;
    let said = "document.querySelector('[data-testid=token-picked]').textContent";
    page.until("it is told before its id is known", &format!("{said}.includes(`\"hello\", bytes`)")).await;
    page.until("and again when it is", &format!("{said}.includes(`\"hello\", id 24912, bytes`)")).await;
    page.keys("\u{e014}").await;
    page.until("the next one is", &format!("{said}.includes(`\" world\", id 2375, bytes`)")).await;
    page.until("the ids can be copied", "document.querySelectorAll('[data-testid=token-ids]').length === 1").await;
    let fetched =
        |kind: &str| site.asked().iter().filter(|path| path.contains("/vocab/") && path.ends_with(kind)).count();
    assert_eq!(
        (fetched(".ids"), fetched(".pack")),
        (1, 2),
        "the pack once more, from the browser's cache where it may"
    );
}

pub async fn the_same_text_is_counted_in_all_vocabularies(session: Session) {
    let page = &session.page;
    let site = page.with_simulator().await;
    page.press("tokens-open").await;
    page.press("tokens-paste").await;
    let text = "It\u{2019}s na\u{ef}ve: 1234567 times \u{4f60}\u{597d}, \u{43f}\u{440}\u{438}\u{432}\u{435}\u{442}!";
    page.paste("tokens-text", text).await;
    until_cut(page).await;
    let rows = "[...document.querySelectorAll('[data-testid=tokens-others] tbody tr')].map((row) => [...row.cells].slice(0, 3).map((cell) => cell.textContent))";
    page.until("the others are estimated", &format!("{rows}.filter(([, how]) => how === 'estimated').length === 5"))
        .await;
    page.press("tokens-compare").await;
    page.until("all are counted", &format!("{rows}.every(([, how]) => how === 'exact')")).await;
    let counted = page.eval(rows).await;
    for row in counted.as_array().unwrap() {
        let mut counter = Counter::new(&vocabulary(row[0].as_str().unwrap())).unwrap();
        assert_eq!(row[2], counter.count(text).to_string(), "{row}");
    }
    assert_eq!(site.asked().iter().filter(|path| path.ends_with(".ids")).count(), 1, "ids only of what is shown");
    page.type_into("tokens-text", " and more").await;
    page.until(
        "and again",
        &format!("{rows}.every(([, how, tokens], row) => how === 'exact' && Number(tokens) > {counted}[row][2])"),
    )
    .await;
}
