//! The limits, beside the provider's own ledger.

use headroom_e2e::{Session, page::Page, provider::Provider};
use headroom_simulator::Shape;
use serde_json::Value;

/// A value of a gauge.
async fn gauge(page: &Page, window: &str, figure: &str) -> Option<u64> {
    let fact = format!("document.querySelector('[data-testid=limit-gauge][data-window={window}]')?.dataset.{figure}");
    page.eval(&fact).await.as_str().map(|number| number.parse().expect("a plain number"))
}

/// A window in the provider's ledger.
fn booked(ledger: &Value, window: &str, figure: &str) -> u64 {
    let pools = ledger["pools"].as_array().unwrap();
    let pool = pools.iter().find(|pool| pool["pool"] == "gpt-oss-120b").expect("the model's pool");
    let windows = pool["windows"].as_array().unwrap();
    let found = windows.iter().find(|entry| entry["window"] == window).expect("the window is in the books");
    found[figure].as_u64().unwrap()
}

/// A page with a provider on the free tier of April 2026, and its profile selected.
async fn on_the_free_tier(page: &Page) -> (Provider, headroom_e2e::site::Site) {
    let provider = Provider::limited(Shape::Cerebras, "cerebras-guide").await;
    let site = page.with_provider(&provider).await;
    page.choose_model("gpt-oss-120b").await;
    page.choose_limits("cerebras-guide").await;
    page.type_into("composer-cap", "500").await;
    (provider, site)
}

pub async fn the_gauges_agree_with_the_provider_s_account(session: Session) {
    let page = &session.page;
    let (provider, _site) = on_the_free_tier(page).await;
    page.until(
        "nothing is used",
        "document.querySelector('[data-testid=limit-gauge][data-window=tokens-day]')?.dataset.left === '1000000'",
    )
    .await;
    for asked in 1..=3_u64 {
        page.ask_until("[[sim:tokens=150]] hello there", "done").await;
        page.until(
            "it is settled",
            "document.querySelector('[data-testid=limit-gauge][data-window=tokens-day]').dataset.reserved === '0'",
        )
        .await;
        let books = provider.ledger().await;
        for figure in ["used", "left", "reserved"] {
            assert_eq!(
                gauge(page, "tokens-day", figure).await,
                Some(booked(&books, "tokens-day", figure)),
                "{figure} after {asked}"
            );
        }
    }
    // A bucket refills while both are asked: two seconds of refill are tolerated.
    let (ours, theirs) = (
        gauge(page, "tokens-minute", "left").await.unwrap(),
        booked(&provider.ledger().await, "tokens-minute", "left"),
    );
    assert!(ours.abs_diff(theirs) <= 2_000, "{ours} and {theirs}");
    let bars = page.eval("[...document.querySelectorAll('[data-testid=request-bar]')].map((bar) => [bar.dataset.answer, bar.dataset.status].join())").await;
    assert_eq!(bars, serde_json::json!(["150,200", "150,200", "150,200"]));
}

pub async fn what_runs_is_reserved_and_comes_back(session: Session) {
    let page = &session.page;
    let (provider, _site) = on_the_free_tier(page).await;
    // The first answer shows how the provider counts.
    page.ask_until("[[sim:tokens=20]] hello", "done").await;
    page.type_into("composer-input", "[[sim:tokens=400]] [[sim:speed=100]] hello").await;
    page.until(
        "the draft is in the gauge",
        "Number(document.querySelector('[data-testid=limit-gauge][data-window=tokens-day]').dataset.draft) > 500",
    )
    .await;
    // The last letters may still be on their way to the worker.
    page.until(
        "the draft is counted to its end",
        "(() => {
            const { draft } = document.querySelector('[data-testid=limit-gauge][data-window=tokens-day]').dataset;
            const seen = document.body.dataset;
            if (seen.draft !== draft) Object.assign(seen, { draft, since: performance.now() });
            return performance.now() - seen.since > 1000;
        })()",
    )
    .await;
    let draft = gauge(page, "tokens-day", "draft").await.unwrap();
    page.send().await;
    page.until_lane("streaming").await;
    page.until(
        "it is held",
        "Number(document.querySelector('[data-testid=limit-gauge][data-window=tokens-day]').dataset.reserved) > 0",
    )
    .await;
    let held = gauge(page, "tokens-day", "reserved").await.unwrap();
    assert_eq!(held, draft, "what is held is what the draft was said to hold");
    let theirs = booked(&provider.ledger().await, "tokens-day", "reserved");
    assert!(held.abs_diff(theirs) <= theirs / 20, "{held} and {theirs}");
    page.press("composer-stop").await;
    page.until_lane("stopped").await;
    page.until(
        "nothing is held",
        "document.querySelector('[data-testid=limit-gauge][data-window=tokens-day]').dataset.reserved === '0'",
    )
    .await;
}

pub async fn a_draft_that_never_fits_is_mended_by_one_press(session: Session) {
    let page = &session.page;
    let (_provider, _site) = on_the_free_tier(page).await;
    page.type_into("composer-input", "hello").await;
    page.until("it fits", "document.querySelector('[data-testid=verdict]')?.dataset.verdict === 'fits'").await;
    page.type_into("composer-cap", "000").await;
    page.until("it never fits", "document.querySelector('[data-testid=verdict]').dataset.verdict === 'never'").await;
    let binding = page.fact("verdict", "window").await;
    assert!(matches!(binding.as_deref(), Some("context" | "tokens-minute")), "{binding:?}");
    page.until(
        "a screen reader hears it",
        "document.getElementById('announcements').textContent.startsWith('Never fits')",
    )
    .await;
    page.press("verdict-fix").await;
    page.until("it fits again", "document.querySelector('[data-testid=verdict]').dataset.verdict === 'fits'").await;
    let needs: u64 = page.fact("verdict", "needs").await.unwrap().parse().unwrap();
    assert_eq!(needs, 8_192, "all that fits is held");
}

pub async fn the_request_log_survives_a_reload_and_is_shared_by_tabs(session: Session) {
    let page = &session.page;
    let (provider, site) = on_the_free_tier(page).await;
    page.ask_until("[[sim:tokens=150]] hello", "done").await;
    let used = booked(&provider.ledger().await, "tokens-day", "used").to_string();
    let shows = |used: &str| {
        format!(
            "document.querySelector('[data-testid=limit-gauge][data-window=tokens-day]')?.dataset.used === '{used}'"
        )
    };
    page.until("it is booked", &shows(&used)).await;
    let (first, second) = page.another_tab(&site.address).await;
    page.until("another tab knows them", &shows(&used)).await;
    page.go_to(&first).await;
    page.ask_until("[[sim:tokens=90]] again", "done").await;
    let both = booked(&provider.ledger().await, "tokens-day", "used").to_string();
    page.until("the first tab counts both", &shows(&both)).await;
    page.go_to(&second).await;
    page.until("the other tab hears of it at once", &shows(&both)).await;
    page.until_kept("\"answer\":90").await;
    page.reload().await;
    page.until("the books are there after a reload", &shows(&both)).await;
    assert_eq!(page.eval("document.querySelectorAll('[data-testid=request-bar]').length").await, 2);
}

pub async fn a_refused_request_is_a_bar_and_takes_nothing(session: Session) {
    let page = &session.page;
    let (provider, _site) = on_the_free_tier(page).await;
    page.without_queue().await;
    page.ask_until("[[sim:fault=429-tokens-day]] hello", "failed").await;
    page.until(
        "the bar has its status",
        "document.querySelector('[data-testid=request-bar]')?.dataset.status === '429'",
    )
    .await;
    assert_eq!(page.fact("request-bar", "answer").await.as_deref(), Some("0"));
    assert_eq!(booked(&provider.ledger().await, "tokens-day", "used"), 0);
}

pub async fn limits_can_be_changed_by_hand(session: Session) {
    let page = &session.page;
    let (_provider, _site) = on_the_free_tier(page).await;
    page.set_limit("tokens-day", 250_000).await;
    page.until(
        "the gauge has the new limit",
        "document.querySelector('[data-testid=limit-gauge][data-window=tokens-day]').dataset.limit === '250000'",
    )
    .await;
    assert_eq!(page.fact("limit-profile", "value").await.as_deref(), Some("own"));
    page.reload().await;
    page.until(
        "it is there after a reload",
        "document.querySelector('[data-testid=limit-gauge][data-window=tokens-day]')?.dataset.limit === '250000'",
    )
    .await;
    page.choose_limits("").await;
    page.until("no profile, no gauges", "!document.querySelector('[data-testid=limit-gauge]')").await;
}

pub async fn a_provider_that_states_its_limits_is_believed(session: Session) {
    let page = &session.page;
    let provider = Provider::telling(Shape::Cerebras, "cerebras-guide").await;
    let _site = page.with_provider(&provider).await;
    page.choose_model("gpt-oss-120b").await;
    page.type_into("composer-input", "[[sim:tokens=50]] hello").await;
    page.until("nothing is known", "document.querySelector('[data-testid=verdict]')?.dataset.verdict === 'unknown'")
        .await;
    page.send().await;
    page.until_lane("done").await;
    page.until(
        "its headers told the limit",
        "document.querySelector('[data-testid=limit-gauge][data-window=tokens-minute]')?.dataset.limit === '60000'",
    )
    .await;
    page.type_into("composer-input", "again").await;
    page.until(
        "the next is judged by it",
        "document.querySelector('[data-testid=verdict]')?.dataset.verdict === 'fits'",
    )
    .await;
}

pub async fn the_panel_can_be_put_away_and_comes_back(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    page.resize(1440, 900).await;
    let width = "Math.round(document.querySelector('main.center').getBoundingClientRect().width)";
    let before = page.eval(width).await;
    page.press("limits-close").await;
    page.until("the lanes have its room", &format!("{width} > {before} + 300")).await;
    page.press("limits-open").await;
    page.until("all is as it was", &format!("{width} === {before} && !document.querySelector('.limits.sheet')")).await;
    page.resize(1100, 800).await;
    page.press("limits-open").await;
    page.until("it is a sheet where there is no room", "!!document.querySelector('.limits.sheet')").await;
    page.resize(1440, 900).await;
    page.until("and a panel where there is", &format!("{width} === {before}")).await;
}

/// Settings are stored as one record, so a tab must know the other tab's changes before it writes its own.
pub async fn what_one_tab_chooses_the_other_knows_and_does_not_undo(session: Session) {
    let page = &session.page;
    let site = page.with_simulator().await;
    let (first, second) = page.another_tab(&site.address).await;
    page.until_a_model_is_chosen().await;
    page.choose_limits("cerebras-guide").await;
    page.go_to(&first).await;
    let chosen = "document.querySelector('[data-testid=limit-profile]')?.dataset.value === 'cerebras-guide'";
    page.until("the first tab knows", chosen).await;
    page.ask_until("[[sim:tokens=5]] hello", "done").await;
    page.go_to(&second).await;
    page.reload().await;
    page.until("it was not undone", chosen).await;
}

pub async fn the_day_is_described_in_words_and_money(session: Session) {
    let page = &session.page;
    let (provider, _site) = on_the_free_tier(page).await;
    page.ask_until("[[sim:tokens=150]] hello", "done").await;
    let (read, written) =
        (page.last_number("metrics", "promptTokens").await, page.last_number("metrics", "completionTokens").await);
    // The developer tier's prices for this model: 0.35 and 0.75 dollars per million.
    let dollars = format!("{:.4}", (0.35 * read + 0.75 * written) / 1e6);
    let shown = page.text("metrics").await;
    assert!(shown.contains(&dollars), "{dollars} is in {shown}");
    let used = booked(&provider.ledger().await, "tokens-day", "used");
    let day = format!("{}K of 1M left today", (1_000_000 - used) / 1_000);
    page.until(
        "the day says what is left of it",
        &format!("document.querySelector('[data-testid=day-line]').textContent.startsWith('{day}')"),
    )
    .await;
    let paid = page.text("day-cost").await;
    assert!(paid.contains(&dollars), "one request was paid for today: {paid}");
}

/// A sheet covers everything else: keyboard focus must not get lost under it.
pub async fn the_sheet_holds_the_focus_and_gives_it_back(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    page.resize(1000, 800).await;
    page.press("limits-open").await;
    let inside = "document.activeElement.closest('#limits') !== null";
    page.until("the sheet has the focus", inside).await;
    page.keys(headroom_e2e::playground::ESCAPE).await;
    page.until("the button that opened it has it again", "document.activeElement.dataset.testid === 'limits-open'")
        .await;
    page.press("limits-open").await;
    page.until("the sheet has the focus", inside).await;
    let reach = "[...document.querySelectorAll('button, input, select, textarea, a')].filter((it) => !it.closest('#limits') && !it.closest('[inert]') && it.checkVisibility({ visibilityProperty: true })).map((it) => it.outerHTML).join()";
    assert_eq!(page.eval(reach).await, "", "what lies under it is out of reach");
    page.resize(1440, 900).await;
    page.until("with room for both it is a sheet no more", "!document.querySelector('.limits.sheet, [inert]')").await;
}
