use headroom_app::shell::{Event, State};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixtures::Mounted;

#[wasm_bindgen_test]
async fn the_theme_button_says_what_the_system_asks_for_at_the_press() {
    let page = Mounted::with(State::default());
    page.press("theme");
    assert_eq!(page.sent(), [Event::ThemePressed { system_is_dark: true }]);
}
