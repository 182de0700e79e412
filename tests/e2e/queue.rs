//! Requests that wait for their turn.

use headroom_e2e::{Session, page::Page, past::Sent, provider::Provider, site::Site};
use headroom_simulator::Shape;

use super::lanes::choose_model;

/// Three lanes that ask one model; two requests use nearly all of its minute.
async fn three_lanes(page: &Page) -> (Provider, Site) {
    let provider = Provider::limited(Shape::Cerebras, "cerebras-guide").await;
    let site = page.with_provider(&provider).await;
    page.choose_model("gpt-oss-120b").await;
    page.choose_limits("cerebras-guide").await;
    page.set_limit("tokens-minute", 17_000).await;
    page.type_into("composer-cap", "8000").await;
    page.press("lanes-3").await;
    for lane in 1..3 {
        choose_model(page, lane, "gpt-oss-120b").await;
    }
    (provider, site)
}

const STATES: &str = "[...document.querySelectorAll('[data-testid=lane]')].map((lane) => lane.dataset.state).join()";
const ITEM: &str = "document.querySelector('[data-testid=queue-item]')";

pub async fn what_does_not_fit_waits_in_its_lane_and_is_sent_when_it_fits(session: Session) {
    let page = &session.page;
    let (provider, _site) = three_lanes(page).await;
    page.ask("[[sim:tokens=600]] [[sim:speed=100]] hello").await;
    page.until("two run, one waits", &format!("/^(waiting|streaming),(waiting|streaming),queued$/.test({STATES})"))
        .await;
    assert_eq!(page.eval(&format!("{ITEM}.dataset.lane")).await, "2");
    assert!(page.text("queue-item").await.contains("tokens free up"), "{}", page.text("queue-item").await);
    assert_eq!(page.eval(&format!("Number({ITEM}.dataset.sendsInMs) > 1000")).await, true);
    assert_eq!(provider.chats().len(), 2);
    page.until("what two answers did not need lets the third go", &format!("{STATES} === 'done,done,done'")).await;
    assert_eq!(provider.chats().len(), 3);
}

pub async fn what_waits_can_be_called_off_sent_at_once_and_outlives_a_reload(session: Session) {
    let page = &session.page;
    let (provider, _site) = three_lanes(page).await;
    page.ask("[[sim:tokens=2000]] [[sim:speed=50]] hello").await;
    page.until("one waits", &format!("{STATES}.endsWith('queued')")).await;
    page.press("queue-cancel").await;
    page.until("it is called off", &format!("{STATES}.endsWith('stopped') && !{ITEM}")).await;
    let again = "[...document.querySelectorAll('[data-testid=regenerate]')].at(-1)";
    page.eval(&format!("{again}.click() ?? true")).await;
    page.until("it waits again", &format!("{STATES}.endsWith('queued')")).await;
    page.press("queue-send-now").await;
    page.until("it goes", &format!("/(waiting|streaming|done)$/.test({STATES})")).await;
    assert_eq!(provider.chats().len(), 3);

    // The answers would go on in the background, and take their share of the minute.
    page.press("composer-stop").await;
    page.until("all have ended", &format!("!/waiting|streaming|queued/.test({STATES})")).await;
    page.press("new-chat").await;
    page.ask("[[sim:tokens=2000]] [[sim:speed=50]] hello again").await;
    // Running requests have reached the provider.
    page.until("two run, one waits", &format!("{STATES} === 'streaming,streaming,queued'")).await;
    let asked = provider.chats().len();
    page.reload().await;
    page.until(
        "it is there, and was not sent",
        "document.body.textContent.includes('Canceled before sending. Regenerate to send it')",
    )
    .await;
    assert_eq!((page.eval(&format!("!!{ITEM}")).await, provider.chats().len()), (false.into(), asked));
}

pub async fn a_refusal_joins_the_queue_unless_that_is_off(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Groq).await;
    let _site = page.with_provider(&provider).await;
    page.choose_model("gpt-oss-120b").await;
    page.ask("[[sim:fault=429-requests-minute:30]] hello").await;
    page.until(
        "it waits",
        &format!("{ITEM}?.querySelector('[data-status=\"429\"]') && Number({ITEM}.dataset.sendsInMs) > 20000"),
    )
    .await;
    assert_eq!(provider.chats().len(), 1);
    page.press("queue-cancel").await;
    page.until_lane("stopped").await;
    page.without_queue().await;
    page.ask_until("[[sim:fault=429-requests-minute]] hello", "failed").await;
    assert_eq!(page.error().await, ("rate-limited".to_owned(), Some("429".to_owned())));
}

/// Some gateways have already sent status 200 when they notice a limit.
pub async fn a_refusal_inside_an_answer_joins_the_queue_and_is_sent_again(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Groq).await;
    let _site = page.with_provider(&provider).await;
    page.choose_model("gpt-oss-120b").await;
    page.ask("[[sim:fault=stream-429:4*1]] [[sim:tokens=20]] hello").await;
    page.until_lane("queued").await;
    let card = page.text("queue-item").await;
    assert!(card.contains("The provider asked to wait 4 s") && card.contains("Retrying automatically"), "{card}");
    page.until_lane("done").await;
    assert_eq!(provider.chats().len(), 2);
    page.ask("[[sim:fault=429-requests-minute:60]] hello").await;
    page.until_lane("queued").await;
    page.press("queue-cancel").await;
    page.until(
        "it says that it was refused",
        "document.body.textContent.includes('Rate limited (429: requests per minute), then canceled.')",
    )
    .await;
}

/// Requests start to wait once the limits are loaded.
const USED_UP: &str =
    "document.querySelector('[data-testid=limit-gauge][data-window=requests-minute]')?.dataset.left === '0'";

/// The simulator, with a profile of fifteen requests a minute, of which slightly more were just sent: the first one
/// comes back after some seconds, and each further one after four.
async fn with_a_minute_used_up(page: &Page) -> Site {
    let site = page.with_simulator().await;
    page.choose_model("gpt-oss-120b").await;
    page.set_limit("requests-minute", 15).await;
    // Storage is opened when the first record is saved.
    page.ask_until("[[sim:tokens=20]] hello", "done").await;
    page.until_kept("\"answer\":20").await;
    let sent = Sent { account: "simulator", model: "gpt-oss-120b", minutes_ago: 0, answer: 20, status: 200 };
    page.leave_requests(&[sent; 17]).await;
    page.reload().await;
    page.until("the minute is used up", USED_UP).await;
    site
}

pub async fn what_waits_in_one_tab_goes_before_what_another_asks(session: Session) {
    let page = &session.page;
    let site = with_a_minute_used_up(page).await;
    page.ask("[[sim:tokens=20]] first").await;
    page.until_lane("queued").await;
    let (first, second) = page.another_tab(&site.address).await;
    page.until("the other tab knows it too", USED_UP).await;
    page.ask("[[sim:tokens=20]] second").await;
    page.until_lane("queued").await;
    page.go_to(&first).await;
    page.until_lane("done").await;
    page.go_to(&second).await;
    page.until_lane("queued").await;
    page.until_lane("done").await;
}

/// A hidden page is eventually woken only once a minute, which would delay waiting requests: its worker wakes it
/// instead.
pub async fn a_page_whose_clock_stands_still_sends_what_waits_in_time(session: Session) {
    let page = &session.page;
    let _site = with_a_minute_used_up(page).await;
    page.ask("[[sim:tokens=20]] hello").await;
    page.until_lane("queued").await;
    page.eval("(window.setTimeout = () => 0) || true").await;
    page.until_lane("done").await;
}
