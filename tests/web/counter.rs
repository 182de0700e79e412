use headroom_app::{
    Count, Counter,
    shell::{Event, State},
};
use headroom_tokenizer::TextFigures;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixtures::Mounted;

#[wasm_bindgen_test]
async fn unknown_figures_are_dashes_and_carry_no_fact() {
    let page = Mounted::with(State::default());
    assert_eq!(page.fact("figures", "tokens"), None, "an unknown value is absent, never 0");
    assert!(page.text("figures").contains('–'));
}

#[wasm_bindgen_test]
async fn figures_are_shown_as_they_arrive_and_old_ones_are_marked() {
    let page = Mounted::with(State::default());
    let figures = TextFigures { tokens: 12_345, band: 0.08, characters: 50_000, bytes: 51_234 };
    page.change(|state| state.count = Count::Current(figures)).await;
    assert_eq!(page.fact("figures", "tokens").as_deref(), Some("12345"));
    assert_eq!(page.fact("figures", "current").as_deref(), Some("true"));
    for shown in ["≈ 12,345", "± 8%", "50,000", "51,234"] {
        assert!(page.text("figures").contains(shown), "{shown}");
    }
    page.change(|state| state.count = Count::Stale(figures)).await;
    assert_eq!(page.fact("figures", "current").as_deref(), Some("false"));
    assert!(page.text("figures").contains("≈ 12,345"), "old figures stay until new ones come");
}

#[wasm_bindgen_test]
async fn typing_sends_the_text() {
    let page = Mounted::with(State::default());
    page.type_text("hello");
    assert_eq!(page.sent(), [Event::DraftChanged("hello".into())]);
}

#[wasm_bindgen_test]
async fn without_a_worker_the_page_says_what_that_means() {
    let page = Mounted::with(State::default());
    assert_eq!(page.fact("counted-by", "counter").as_deref(), Some("worker"));
    page.change(|state| state.counter = Counter::Page).await;
    assert_eq!(page.fact("counted-by", "counter").as_deref(), Some("page"));
    assert!(page.text("counted-by").contains("may slow the page"));
}
