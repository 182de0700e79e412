//! The end-to-end tests. Each runs in every browser that is there; see the library for how.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops, and says where"
)]

mod answers;
mod budget;
mod failures;
mod first_visit;
mod frame;
mod history;
mod hosting;
mod keys;
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
            case!(frame::every_screen_is_accessible_in_both_themes),
            case!(first_visit::a_newcomer_gets_an_answer_from_the_simulator),
            case!(first_visit::a_newcomer_with_a_key_gets_an_answer_from_a_provider),
            case!(first_visit::a_model_may_be_typed_and_stays_chosen),
            case!(first_visit::the_whole_way_is_open_to_the_keyboard),
            case!(answers::stop_keeps_the_text_and_reaches_the_server),
            case!(answers::asking_again_replaces_the_answer),
            case!(answers::an_edited_message_replaces_itself_and_what_follows),
            case!(answers::a_reload_in_the_middle_brings_the_text_back_as_cut_off),
            case!(answers::reasoning_is_shown_apart_and_never_sent_back),
            case!(answers::parameters_go_along_and_only_those_that_were_set),
            case!(failures::refusals_have_a_card_each).refused(),
            case!(failures::the_first_provider_refuses_in_its_own_ways).refused(),
            case!(failures::broken_streams_keep_what_came).refused(),
            case!(failures::odd_streams_that_are_whole_are_no_errors),
            case!(failures::a_missing_key_is_asked_for_and_a_wrong_one_can_be_replaced).refused(),
            case!(failures::a_provider_that_is_gone_costs_nothing).refused(),
            case!(keys::a_key_for_this_tab_is_nowhere_but_in_its_own_header).refused(),
            case!(keys::a_key_for_this_browser_is_one_record_and_can_be_forgotten).refused(),
            case!(keys::a_key_is_never_sent_to_another_origin).refused(),
            case!(history::chats_are_found_renamed_and_deleted_again),
            case!(history::two_tabs_do_not_overwrite_each_other),
            case!(history::without_storage_the_page_goes_on_in_memory_and_says_so),
            case!(history::a_record_of_the_future_stays_aside_and_is_told),
            case!(trouble::a_panic_shows_a_card_and_the_draft_is_kept).noisy(),
            case!(trouble::without_a_worker_the_page_counts).noisy(),
            case!(trouble::a_missing_script_shows_a_card).noisy(),
            case!(trouble::a_slow_connection_shows_that_the_page_is_loading),
            case!(trouble::without_the_painter_answers_are_plain_text).noisy(),
        ],
        vec![
            ("the_page_is_small_before_it_is_ready", budget::the_page_is_small_before_it_is_ready),
            ("no_path_of_this_machine_is_in_the_site", budget::no_path_of_this_machine_is_in_the_site),
            ("without_javascript_the_page_says_what_it_needs", budget::without_javascript_the_page_says_what_it_needs),
        ],
    )
}
