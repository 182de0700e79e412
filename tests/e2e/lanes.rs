//! Lanes side by side: one prompt, several answers, each with its own ending.

use fantoccini::Locator;
use headroom_e2e::{Session, page::Page, playground::ENTER, provider::Provider};
use headroom_simulator::Shape;

/// An element inside a lane.
fn inside(lane: usize, test_id: &str) -> String {
    format!("[data-testid=lane][data-lane='{lane}'] [data-testid={test_id}]")
}

async fn press(page: &Page, lane: usize, test_id: &str) {
    let element = page.client.wait().for_element(Locator::Css(&inside(lane, test_id))).await;
    element.expect("it is in the lane").click().await.expect("it can be pressed");
}

pub async fn choose_model(page: &Page, lane: usize, model: &str) {
    press(page, lane, "lane-model").await;
    page.control("a").await;
    page.keys(&format!("{model}{ENTER}")).await;
    let chosen = format!("document.querySelectorAll('[data-testid=lane]')[{lane}].dataset.model === '{model}'");
    page.until("the model is chosen", &chosen).await;
}

async fn choose_provider(page: &Page, lane: usize, name: &str) {
    let select = page.client.find(Locator::Css(&inside(lane, "lane-provider"))).await.expect("each lane has one");
    select.select_by_label(name).await.expect("the provider is offered");
}

async fn states(page: &Page) -> Vec<String> {
    let found =
        page.eval("[...document.querySelectorAll('[data-testid=lane]')].map((lane) => lane.dataset.state)").await;
    found.as_array().unwrap().iter().map(|state| state.as_str().unwrap().to_owned()).collect()
}

async fn until_states(page: &Page, expected: &[&str]) {
    let all = serde_json::to_string(expected).unwrap();
    let found =
        "JSON.stringify([...document.querySelectorAll('[data-testid=lane]')].map((lane) => lane.dataset.state))";
    page.until(&format!("the lanes are {all}"), &format!("{found} === '{all}'")).await;
}

async fn text(page: &Page, lane: usize) -> String {
    let text = page.eval(&format!("document.querySelector(\"{}\").textContent", inside(lane, "message-answer"))).await;
    text.as_str().unwrap().to_owned()
}

pub async fn six_lanes_end_each_in_its_own_way(session: Session) {
    let page = &session.page;
    let (many, strict) =
        (Provider::of(Shape::Cerebras).await, Provider::limited(Shape::Cerebras, "cerebras-trial").await);
    let _site = page.with_provider(&many).await;
    page.describe_provider("Strict", &strict.base_url(), headroom_e2e::provider::KEY).await;
    page.press("provider-save").await;
    choose_provider(page, 0, "Test provider").await;
    page.until_a_model_is_chosen().await;
    page.without_queue().await;
    page.press("lanes-6").await;
    for (lane, model) in ["gpt-oss-120b", "gpt-oss-120b", "gpt-oss-120b", "no-such-model"].into_iter().enumerate() {
        choose_model(page, lane, model).await;
    }
    // More than its minute limit ever allows.
    choose_provider(page, 4, "Strict").await;
    choose_model(page, 4, "gpt-oss-120b").await;
    press(page, 4, "lane-params").await;
    let cap = page.client.find(Locator::Css(&inside(4, "lane-cap"))).await.expect("a lane has a cap of its own");
    cap.send_keys("31000").await.unwrap();
    // It has no key: the key form opens, and is closed again.
    choose_provider(page, 5, "Groq").await;
    page.press("settings-close").await;

    page.ask("[[sim:tokens=800]] [[sim:speed=80]] [[sim:fault=cut:40*1]] hello").await;
    page.until(
        "one of the first three is cut off",
        "[...document.querySelectorAll('[data-testid=lane]')].slice(0, 3).filter((lane) => lane.dataset.state === 'cut-off').length === 1",
    )
    .await;
    let cut = states(page).await.iter().position(|state| state == "cut-off").unwrap();
    let [stopped, done] = match cut {
        0 => [1, 2],
        1 => [0, 2],
        _ => [0, 1],
    };
    press(page, stopped, "lane-stop").await;
    let mut expected = ["", "", "", "failed", "failed", "idle"];
    (expected[cut], expected[stopped], expected[done]) = ("cut-off", "stopped", "done");
    until_states(page, &expected).await;
    for lane in [cut, stopped, done] {
        assert!(!text(page, lane).await.is_empty(), "lane {lane} keeps its text");
    }
    let kinds = page.eval("[...document.querySelectorAll('[data-testid=error]')].map((card) => [card.dataset.lane, card.dataset.kind].join()).sort().join(' ')").await;
    assert_eq!(kinds, [format!("{cut},bad-stream"), "3,not-found 4,rate-limited".to_owned()].join(" "));

    page.until_kept("\"ending\":\"stopped\"").await;
    let kept = text(page, stopped).await;
    page.reload().await;
    until_states(page, &expected).await;
    // The Markdown renderer may arrive a moment later.
    let shown = format!("document.querySelector(\"{}\")?.textContent", inside(stopped, "message-answer"));
    page.until("after a reload too", &format!("{shown} === {}", serde_json::Value::from(kept))).await;
}

pub async fn a_lane_is_asked_again_and_edited_by_itself(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Cerebras).await;
    let _site = page.with_provider(&provider).await;
    page.press("lanes-2").await;
    page.ask("[[sim:tokens=12]] the first question").await;
    until_states(page, &["done", "done"]).await;
    let shared = page.eval("document.querySelectorAll('[data-testid=message-user]').length").await;
    assert_eq!(shared, 1, "a prompt that both lanes share is shown once");
    let before = text(page, 0).await;
    press(page, 1, "regenerate").await;
    until_states(page, &["done", "done"]).await;
    provider.until_outcomes(&["complete", "complete", "complete"]).await;
    assert_eq!(text(page, 0).await, before, "the other lane is left alone");

    page.ask("[[sim:tokens=12]] the second question").await;
    until_states(page, &["done", "done"]).await;
    // The first prompt is now in each lane; this one is changed for lane 2 alone.
    press(page, 1, "edit").await;
    page.control("a").await;
    page.type_into("composer-input", " and more").await;
    page.send().await;
    provider.until_outcomes(&["complete"; 6]).await;
    until_states(page, &["done", "done"]).await;
    page.until("lane 2 says that its history is its own", "!!document.querySelector('[data-lane=\"1\"] .own-way')")
        .await;
    page.ask("[[sim:tokens=12]] the last question").await;
    provider.until_outcomes(&["complete"; 8]).await;
    let mut asked: Vec<usize> = provider.chats()[6..].iter().map(|chat| chat.messages().len()).collect();
    asked.sort_unstable();
    assert_eq!(asked, [3, 5], "one lane has two turns before, the other one");
}

pub async fn lanes_and_limits_fit_everybody(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    for (lanes, draft) in [("lanes-2", "short"), ("lanes-3", "hello"), ("lanes-6", "hello")] {
        page.press(lanes).await;
        page.ask(&format!("[[sim:tokens=30]] {draft}")).await;
        page.until(
            "all are done",
            "[...document.querySelectorAll('[data-testid=lane]')].every((lane) => lane.dataset.state === 'done')",
        )
        .await;
        page.type_into("composer-input", "the next").await;
        page.until("each lane has a verdict", "document.querySelectorAll('[data-testid=verdict]').length === document.querySelectorAll('[data-testid=lane]').length").await;
        crate::screens::fits_everybody(page).await;
        page.control("a").await;
        page.keys("\u{e017}").await;
    }
    page.resize(390, 844).await;
    page.press("limits-open").await;
    crate::screens::fits_everybody(page).await;
    page.keys(headroom_e2e::playground::ESCAPE).await;
    page.until("the sheet is gone", "!document.querySelector('.limits.sheet')").await;
}

pub async fn the_keys_lead_everywhere(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    page.press("lanes-2").await;
    page.ask("[[sim:tokens=9]] hello").await;
    until_states(page, &["done", "done"]).await;
    page.press("composer-input").await;
    const F6: &str = "\u{e036}";
    page.keys(F6).await;
    assert_eq!(page.eval("document.activeElement.id").await, "limits");
    page.keys(F6).await;
    assert_eq!(page.eval("document.activeElement.id").await, "history");
    page.keys(F6).await;
    assert_eq!(page.eval("document.activeElement.id").await, "lane-0");
    page.keys("\u{e014}").await;
    assert_eq!(page.eval("document.activeElement.id").await, "lane-1", "arrows go from lane to lane");
    page.keys("?").await;
    page.until("the list is open", "!!document.querySelector('dialog.shortcuts[open]')").await;
    crate::screens::fits_everybody(page).await;
    page.resize(1440, 900).await;
    page.keys(headroom_e2e::playground::ESCAPE).await;
    page.until("the list is closed", "!document.querySelector('dialog.shortcuts')").await;
    page.press("composer-input").await;
    page.keys("\u{e013}").await;
    page.until(
        "the last message is in the box",
        "document.querySelector('[data-testid=composer-input]').value.endsWith('hello')",
    )
    .await;
}

pub async fn a_phone_shows_one_lane_at_a_time_with_dots(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    page.press("lanes-3").await;
    page.resize(390, 844).await;
    let seen = "(() => {
        const middle = document.elementFromPoint(innerWidth / 2 - 20, innerHeight / 2);
        return middle?.closest('[data-testid=lane]')?.dataset.lane;
    })()";
    assert_eq!(page.eval(seen).await, "0");
    let dots = page.client.find_all(Locator::Css(".dot")).await.unwrap();
    dots[2].click().await.unwrap();
    page.until("the third lane is in view", &format!("{seen} === '2'")).await;
    page.until("its dot says so", "document.querySelectorAll('.dot')[2].getAttribute('aria-current') === 'true'").await;
    page.until(
        "the next lane shows its edge",
        "document.querySelector('.lane').getBoundingClientRect().width < innerWidth",
    )
    .await;
}

pub async fn a_lane_in_the_middle_goes_and_its_neighbor_moves_up(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Cerebras).await;
    let _site = page.with_provider(&provider).await;
    page.press("lanes-3").await;
    page.ask("[[sim:tokens=60]] hello").await;
    until_states(page, &["done", "done", "done"]).await;
    let texts = [text(page, 0).await, text(page, 1).await, text(page, 2).await];
    assert!(texts[0] != texts[1] && texts[1] != texts[2], "this test needs lanes that can be told apart: {texts:?}");
    press(page, 1, "lane-remove").await;
    until_states(page, &["done", "done"]).await;
    page.until(
        "the third stands where the second stood",
        &format!(
            "document.querySelector(\"{}\").textContent === {}",
            inside(1, "message-answer"),
            serde_json::to_string(&texts[2]).unwrap()
        ),
    )
    .await;
    assert_eq!(text(page, 0).await, texts[0]);
    page.press("lanes-3").await;
    page.until(
        "the one that went is there again",
        &format!(
            "document.querySelector(\"{}\")?.textContent === {}",
            inside(2, "message-answer"),
            serde_json::to_string(&texts[1]).unwrap()
        ),
    )
    .await;
}

pub async fn all_lanes_are_asked_again_at_once(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Cerebras).await;
    let _site = page.with_provider(&provider).await;
    page.press("lanes-2").await;
    page.ask("[[sim:tokens=12]] hello").await;
    until_states(page, &["done", "done"]).await;
    page.press("regenerate-all").await;
    provider.until_outcomes(&["complete"; 4]).await;
    until_states(page, &["done", "done"]).await;
    assert_eq!(page.count("message-answer").await, 2, "the new answers stand where the old ones stood");
    let asked: Vec<_> = provider.chats().iter().map(headroom_e2e::provider::Heard::messages).collect();
    assert_eq!(asked[2..], asked[..2], "the same question");
}

/// Parts of the layout that must not move.
const FRAME: &str = "['.topbar', '.lane-header', '.lane-header button', '.verdict', '.composer', '.limits-model', '.recent-chart', '[data-testid=day-line]']";

/// The layout stays fixed, so that it can be read and pressed while six answers stream.
pub async fn nothing_moves_while_answers_come(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    page.press("lanes-3").await;
    page.ask("[[sim:tokens=600]] [[sim:speed=200]] hello").await;
    until_states(page, &["streaming"; 3]).await;
    let missing = format!("{FRAME}.filter((part) => !document.querySelector(part))");
    assert_eq!(page.eval(&missing).await, serde_json::json!([]), "all of it is there to be looked at");
    page.eval(
        &"(() => {
            const frame = FRAME.join();
            const tops = () => [...document.querySelectorAll(frame)].map((it) => Math.round(it.getBoundingClientRect().top)).join(' ');
            const seen = new Set();
            const look = () => {
                if (document.querySelector('[data-testid=lane]:not([data-state=streaming])')) return;
                document.body.dataset.seen = [...seen.add(tops())].join(' / ');
                document.body.dataset.frames = 1 + Number(document.body.dataset.frames ?? 0);
                requestAnimationFrame(look);
            };
            look();
            return true;
        })()"
            .replace("FRAME", FRAME),
    )
    .await;
    until_states(page, &["done"; 3]).await;
    let frames = page.eval("Number(document.body.dataset.frames)").await;
    assert!(frames.as_u64() > Some(20), "{frames} frames were looked at");
    let seen = page.eval("document.body.dataset.seen").await;
    assert!(!seen.as_str().unwrap().contains('/'), "{seen}");
}
