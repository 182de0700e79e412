//! Counting to the token.

use headroom_e2e::{
    Session,
    page::Page,
    provider::{KEY, Provider},
    site::{Site, Trouble, vocabulary},
};
use headroom_simulator::Shape;
use headroom_tokenizer::exact::Counter;

/// The tokens that harmony adds to one message.
const AROUND_ONE: u64 = 67;

/// Prepares a page that asks a provider for gpt-oss.
async fn asking_gpt_oss(page: &Page, site: &Site) -> Provider {
    let provider = Provider::of(Shape::Cerebras).await;
    page.open(&site.address).await;
    page.add_provider(&provider, KEY).await;
    page.choose_model("gpt-oss-120b").await;
    provider
}

async fn until_exact(page: &Page) {
    let exact = "document.querySelector('[data-testid=composer-tokens]').dataset.exact === 'true'";
    page.until("it is counted to the token", exact).await;
}

fn vocabularies_asked(site: &Site) -> usize {
    site.asked().iter().filter(|path| path.contains("/vocab/")).count()
}

pub async fn a_request_is_counted_to_the_token(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    let _provider = asking_gpt_oss(page, &site).await;
    assert_eq!(vocabularies_asked(&site), 0, "it weighs nothing until there is something to count");
    page.type_into("composer-input", "Hello!").await;
    until_exact(page).await;
    page.until_counted_as(AROUND_ONE + 2).await;
    assert_eq!(page.fact("composer-tokens", "vocabulary").await.as_deref(), Some("o200k"));
    assert_eq!(page.text("composer-tokens").await, "69 tokens \u{b7} exact \u{b7} o200k");

    let mut counter = Counter::new(&vocabulary("o200k")).unwrap();
    let long = "no spaces and one letter: ".to_owned() + &"a".repeat(300_000);
    let texts = [
        "\u{928}\u{92e}\u{938}\u{94d}\u{924}\u{947} \u{1f469}\u{200d}\u{1f467} it'S 12345\n\t<|end|>",
        "",
        long.as_str(),
    ];
    for text in texts {
        page.paste("composer-input", text).await;
        until_exact(page).await;
        page.until_counted_as(AROUND_ONE + counter.count(text)).await;
    }
    assert_eq!(vocabularies_asked(&site), 1);
}

pub async fn each_family_is_counted_in_its_own_vocabulary_and_template(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    let _provider = asking_gpt_oss(page, &site).await;
    page.type_into("composer-input", "Hello!").await;
    // Counts of the vendors' own templates and tokenizers.
    let cases = [
        ("llama-3.3-70b-versatile", "llama3", 37),
        ("qwen-3-32b", "qwen", 10),
        ("zai-glm-4.6", "glm4", 7),
        ("kimi-k2-instruct", "kimi", 28),
        ("deepseek-v3-0324", "deepseek", 5),
        ("gpt-oss-120b", "o200k", 69),
    ];
    for (model, vocabulary, tokens) in cases {
        page.choose_model(model).await;
        until_exact(page).await;
        page.until_counted_as(tokens).await;
        assert_eq!(page.fact("composer-tokens", "vocabulary").await.as_deref(), Some(vocabulary), "{model}");
    }
    assert_eq!(vocabularies_asked(&site), cases.len(), "each is fetched once");
    page.choose_model("qwen-3.8-27b").await;
    let near = "document.querySelector('[data-testid=composer-tokens]').dataset.exact === 'false'";
    page.until("a near vocabulary is not called exact", near).await;
}

/// The simulator behind this provider counts differently from gpt-oss, and the page reports the correction it infers.
pub async fn a_provider_that_counts_otherwise_is_believed(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    let _provider = asking_gpt_oss(page, &site).await;
    page.type_into("composer-input", "[[sim:tokens=20]] Extraordinarily idiosyncratic vocabularies!").await;
    until_exact(page).await;
    page.send().await;
    page.until_lane("done").await;
    let (ours, theirs) =
        (page.last_number("metrics", "estimatedPromptTokens").await, page.last_number("metrics", "promptTokens").await);
    assert_ne!(ours, theirs, "this test needs a text that the two count otherwise");
    page.press("new-chat").await;
    page.type_into("composer-input", "[[sim:tokens=20]] Extraordinarily idiosyncratic vocabularies!").await;
    let believed = format!("document.querySelector('[data-testid=composer-tokens]').dataset.count === '{theirs}'");
    page.until("the provider's count is taken over", &believed).await;
    assert_eq!(page.fact("composer-tokens", "exact").await.as_deref(), Some("false"));
    let title = page.find("composer-tokens").await.attr("title").await.unwrap().unwrap();
    assert!(title.contains("the provider's counts: \u{2248}"), "{title}");
}

pub async fn without_the_vocabulary_the_estimate_serves(session: Session) {
    let page = &session.page;
    let site = Site::with("/", Trouble::Missing("/vocab/")).await;
    let _provider = asking_gpt_oss(page, &site).await;
    page.type_into("composer-input", "Hello!").await;
    page.until_counted_as(AROUND_ONE + 2).await;
    assert_eq!(page.fact("composer-tokens", "exact").await.as_deref(), Some("false"));
    while vocabularies_asked(&site) == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    page.type_into("composer-input", " Hello!").await;
    page.until(
        "it is counted",
        &format!("document.querySelector('[data-testid=composer-tokens]').dataset.count > {AROUND_ONE} + 2"),
    )
    .await;
    assert_eq!(vocabularies_asked(&site), 1, "typing does not ask for it again and again");
}

pub async fn a_vocabulary_is_there_without_a_network(session: Session) {
    let page = &session.page;
    let site = Site::under("/").await;
    let _provider = asking_gpt_oss(page, &site).await;
    let active = "const done = arguments[0]; navigator.serviceWorker.ready.then(async ({ active }) => {
        while (active.state !== 'activated') await new Promise((next) => setTimeout(next, 50));
        done(true);
    });";
    page.client.execute_async(active, vec![]).await.unwrap();
    // From here on the service worker serves the page.
    page.open(&site.address).await;
    page.type_into("composer-input", "Hello!").await;
    until_exact(page).await;
    let kept = "const done = arguments[0]; (async () => {
        for (const name of await caches.keys())
            for (const { url } of await (await caches.open(name)).keys()) if (url.includes('/vocab/')) return done(true);
        done(false);
    })();";
    for tries in 0.. {
        if page.client.execute_async(kept, vec![]).await.unwrap() == true {
            break;
        }
        assert!(tries < 200, "the service worker keeps what it fetched");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    site.stop();
    page.open(&site.address).await;
    until_exact(page).await;
    page.until_counted_as(AROUND_ONE + 2).await;
}
