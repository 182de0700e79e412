//! The end-to-end tests. Each runs in every browser that is there; see the library for how.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on stops, and says where")]

mod budget;
mod frame;
mod hosting;
mod trouble;

use headroom_e2e::{case, harness};

fn main() -> std::process::ExitCode {
    harness::run(
        vec![
            case!(hosting::the_page_opens_at_the_root),
            case!(hosting::the_page_opens_under_a_sub_path),
            case!(hosting::the_first_visit_needs_few_requests),
            case!(hosting::the_site_opens_without_a_network),
            case!(hosting::the_policy_blocks_an_injected_inline_script).noisy(),
            case!(hosting::the_policy_blocks_a_foreign_script).noisy(),
            case!(frame::typing_is_counted_by_the_worker),
            case!(frame::a_large_paste_is_counted_and_the_page_stays_alive),
            case!(frame::the_draft_survives_a_reload),
            case!(frame::the_theme_is_switched_and_kept),
            case!(frame::both_themes_are_accessible_on_desktop_and_phone),
            case!(frame::the_keyboard_reaches_everything),
            case!(trouble::a_panic_shows_a_card_and_the_draft_is_kept).noisy(),
            case!(trouble::without_a_worker_the_page_counts).noisy(),
            case!(trouble::a_missing_script_shows_a_card).noisy(),
            case!(trouble::a_slow_connection_shows_that_the_page_is_loading),
        ],
        vec![
            ("the_page_is_small_before_it_is_ready", budget::the_page_is_small_before_it_is_ready),
            ("no_path_of_this_machine_is_in_the_site", budget::no_path_of_this_machine_is_in_the_site),
            ("without_javascript_the_page_says_what_it_needs", budget::without_javascript_the_page_says_what_it_needs),
        ],
    )
}
