//! Six lanes at once, beside the ledger of a provider whose headers can be read: "Fits now" is true.

use headroom_e2e::{Session, page::Page, provider::Provider};
use headroom_simulator::Shape;

use crate::lanes::choose_model;

const MODEL: &str = "llama3.1-8b";

async fn until_all_are(page: &Page, state: &str) {
    let all = format!(
        "[...document.querySelectorAll('[data-testid=lane]')].every((lane) => lane.dataset.state === '{state}')"
    );
    page.until(&format!("all lanes are {state}"), &all).await;
}

/// What is left in a window, according to the page and to the provider.
async fn left(page: &Page, provider: &Provider, window: &str) -> (i64, i64) {
    let gauge = format!(
        "Number(document.querySelector('[data-testid=limit-gauge][data-model=\"{MODEL}\"][data-window={window}]').dataset.left)"
    );
    let books = provider.ledger().await;
    let pools = books["pools"].as_array().unwrap();
    let pool = pools.iter().find(|pool| pool["pool"] == MODEL).unwrap();
    let entry = pool["windows"].as_array().unwrap().iter().find(|entry| entry["window"] == window).unwrap();
    (page.eval(&gauge).await.as_i64().unwrap(), entry["left"].as_i64().unwrap())
}

/// Three waves of six lanes of one model without a cap. The headers of their answers overtook each other: 28 of 30
/// requests seemed left where 24 were, the reservation for requests without a cap was inferred wrongly, and in the
/// third wave one or two lanes marked as fitting were rejected.
pub async fn six_lanes_that_fit_are_refused_nothing(session: Session) {
    let page = &session.page;
    let provider = Provider::telling(Shape::Cerebras, "cerebras-guide").await;
    let _site = page.with_provider(&provider).await;
    page.choose_model(MODEL).await;
    page.choose_limits("cerebras-guide").await;
    page.press("lanes-6").await;
    for lane in 0..6 {
        choose_model(page, lane, MODEL).await;
    }
    page.type_into("composer-input", "Explain token buckets [[sim:tokens=150]]").await;
    page.until(
        "all fit",
        "[...document.querySelectorAll('[data-testid=verdict]')].filter((verdict) => verdict.dataset.verdict === 'fits' && !verdict.dataset.doubt).length === 6",
    )
    .await;
    page.send().await;
    until_all_are(page, "done").await;
    page.until(
        "they are settled",
        "[...document.querySelectorAll('[data-testid=limit-gauge]')].every((gauge) => gauge.dataset.reserved === '0')",
    )
    .await;
    let (ours, theirs) = left(page, &provider, "requests-minute").await;
    assert!(ours.abs_diff(theirs) <= 1, "requests a minute: we say {ours}, the provider {theirs}");
    let (ours, theirs) = left(page, &provider, "tokens-day").await;
    assert_eq!(ours, theirs, "tokens a day");
    for wave in 2..=3 {
        page.press("new-chat").await;
        page.ask("Hello [[sim:tokens=900]]").await;
        until_all_are(page, "done").await;
        let outcomes = provider.outcomes().await;
        assert_eq!(outcomes.len(), 6 * wave, "each was asked once: {outcomes:?}");
        assert!(outcomes.iter().all(|outcome| outcome == "complete"), "{outcomes:?}");
    }
}
