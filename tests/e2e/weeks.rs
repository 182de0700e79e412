//! What the page shows of several weeks: the table, the file, credit, signs that a plan is too small, and advice on
//! caps.

use headroom_e2e::{Session, page::Page, past::Sent, provider::Provider, site::Site};
use headroom_simulator::Shape;

const DAY: u64 = 24 * 60;

async fn on_the_free_tier(page: &Page) -> (Provider, Site, String) {
    let provider = Provider::limited(Shape::Cerebras, "cerebras-guide").await;
    let site = page.with_provider(&provider).await;
    page.choose_model("gpt-oss-120b").await;
    page.choose_limits("cerebras-guide").await;
    let account = page.fact("lane", "provider").await.unwrap();
    // Storage is opened when the first record is saved.
    page.ask_until("[[sim:tokens=20]] hello", "done").await;
    page.until_kept("\"answer\":20").await;
    (provider, site, account)
}

fn sent<'a>(account: &'a str, minutes_ago: u64, answer: u64) -> Sent<'a> {
    Sent { account, model: "gpt-oss-120b", minutes_ago, answer, status: 200 }
}

pub async fn weeks_of_use_are_a_table_and_a_file(session: Session) {
    let page = &session.page;
    let (_provider, _site, account) = on_the_free_tier(page).await;
    let old: Vec<Sent<'_>> = [3, 10, 30, 50].map(|days| sent(&account, days * DAY, 400)).to_vec();
    page.leave_requests(&old).await;
    page.reload().await;
    page.press("usage").await;
    let rows = "[...document.querySelectorAll('[data-testid=usage-row]')]";
    page.until("four days are there", &format!("{rows}.length === 4")).await;
    let tokens = page.eval(&format!("{rows}.slice(1).map((row) => row.dataset.tokens).join()")).await;
    assert_eq!(tokens, "500,500,500", "and what was sent more than five weeks ago is gone");
    let file = page.eval("document.querySelector('[data-testid=usage-csv]').href").await;
    let file = page.eval(&format!("decodeURIComponent({file})")).await;
    let lines: Vec<&str> = file.as_str().unwrap().lines().collect();
    assert_eq!(lines.len(), 5, "{lines:?}");
    assert!(lines[0].contains("day,provider,model,requests"), "{lines:?}");
    assert!(lines[2].contains(",gpt-oss-120b,1,0,100,0,0,400,500,0.000335"), "{lines:?}");
    let kept = "new Promise((done) => indexedDB.open('headroom-2').addEventListener('success', (event) => { \
                const all = event.target.result.transaction('requests').objectStore('requests').getAllKeys(); \
                all.onsuccess = () => { event.target.result.close(); window.kept = all.result.length; done() } })) && true";
    page.eval(kept).await;
    page.until("storage has forgotten it too", "window.kept === 4").await;
}

pub async fn a_plan_that_is_too_small_is_reported_with_its_evidence_until_it_is_hidden(session: Session) {
    let page = &session.page;
    let (_provider, _site, account) = on_the_free_tier(page).await;
    let mut day: Vec<Sent<'_>> = (0..30).map(|number| sent(&account, 120 + number, 50)).collect();
    day.extend([40, 50, 60].map(|minutes| Sent { status: 429, ..sent(&account, minutes, 0) }));
    page.leave_requests(&day).await;
    page.reload().await;
    page.until("it is told", "!!document.querySelector('[data-testid=signal]')").await;
    let words = page.text("signals").await;
    assert!(words.contains("of requests hit a rate limit") && words.contains("3 of 34 in 24 h"), "{words}");
    page.press("signals-plans").await;
    let plans = page.text("signals-plans").await;
    assert!(plans.contains("Cerebras Free Trial"), "{plans}");
    page.press("signals-less").await;
    assert!(page.text("signals").await.contains("Keep the queue on"));
    page.press("usage").await;
    page.until("the table is there", "!!document.querySelector('[data-testid=usage-row]')").await;
    for theme in ["dark", "light"] {
        page.wear(theme).await;
        assert_eq!(page.accessibility_problems().await, [""; 0], "{theme}");
    }
    page.press("signals-hide").await;
    let hidden = "!document.querySelector('[data-testid=signals]')";
    page.until("it is hidden", hidden).await;
    page.reload().await;
    page.until("the limits are there", "!!document.querySelector('[data-testid=limit-gauge]')").await;
    assert_eq!(page.eval(hidden).await, true, "for a week");
}

pub async fn a_cap_is_advised_by_how_long_answers_are(session: Session) {
    let page = &session.page;
    let (_provider, _site, account) = on_the_free_tier(page).await;
    let answers: Vec<Sent<'_>> = (0..20).map(|number| sent(&account, 60 + number, 300)).collect();
    page.leave_requests(&answers).await;
    page.reload().await;
    page.type_into("composer-cap", "5000").await;
    page.until("it is advised", "document.querySelector('[data-testid=cap-advice]')?.dataset.cap === '330'").await;
    page.press("cap-advice").await;
    assert!(page.text("cap-advice").await.contains("95th percentile 300"), "{}", page.text("cap-advice").await);
    page.press("cap-advice-set").await;
    page.until("it is set", "document.querySelector('[data-testid=composer-cap]').value === '330'").await;
}

pub async fn credit_is_counted_down_from_the_day_it_was_given(session: Session) {
    let page = &session.page;
    let (_provider, _site, account) = on_the_free_tier(page).await;
    page.leave_requests(&[sent(&account, 2 * DAY, 2_000_000), sent(&account, 20 * DAY, 1_000_000)]).await;
    page.reload().await;
    page.choose_limits("cerebras-trial").await;
    page.until("it is asked when", "!!document.querySelector('[data-testid=credit-since]')").await;
    let credit = "document.querySelector('[data-testid=limit-gauge][data-window=credit]')";
    assert_eq!(page.eval(&format!("!!{credit}")).await, false);
    page.eval(
        "(() => {
            const field = document.querySelector('[data-testid=credit-since]');
            field.value = new Date(Date.now() - 5 * 86400000).toISOString().slice(0, 10);
            field.dispatchEvent(new Event('change', { bubbles: true }));
            return true;
        })()",
    )
    .await;
    page.until(
        "it is counted",
        &format!("Number({credit}?.dataset.left) < 3.51 && Number({credit}.dataset.left) > 3.49"),
    )
    .await;
    assert_eq!(page.eval(&format!("{credit}.dataset.limit")).await, "5.0000");
    page.reload().await;
    page.until("it outlives a reload", &format!("Number({credit}?.dataset.left) < 3.51")).await;
}
