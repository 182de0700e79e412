//! The end-to-end tests. Each runs in every installed browser; see the library for how.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops, and says where"
)]

mod answers_shown;
mod budget;
mod certainty;
mod conversations;
mod exact;
mod failures;
mod first_visit;
mod frame;
mod hostile;
mod hosting;
mod interruptions;
mod keyboard;
mod keys;
mod lanes;
mod limits;
mod losses;
mod modules;
mod odd_servers;
mod older_builds;
mod queue;
mod requests;
mod screens;
mod shell;
mod storage;
mod tokens;
mod trouble;
mod weeks;
mod witness;

use headroom_e2e::{browser, case, harness, verdict};

fn main() -> std::process::ExitCode {
    harness::run(
        vec![
            case!(hosting::the_page_opens_at_the_root_with_few_requests),
            case!(hosting::the_page_opens_under_a_sub_path),
            case!(hosting::the_site_opens_without_a_network),
            case!(hosting::the_policy_blocks_an_injected_inline_script).noisy(),
            case!(hosting::the_policy_blocks_a_foreign_script).noisy(),
            case!(shell::what_is_typed_before_the_page_is_loaded_stays_as_it_is),
            case!(shell::a_composition_goes_on_while_the_page_arrives),
            case!(shell::send_pressed_before_the_page_is_loaded_is_done_once),
            case!(shell::who_writes_on_after_an_early_send_has_not_sent),
            case!(shell::a_page_that_never_loads_keeps_what_was_typed).noisy(),
            case!(shell::a_page_that_arrives_twice_answers_once),
            case!(frame::typing_is_counted_by_the_worker),
            case!(frame::a_large_paste_is_counted_and_the_page_stays_alive),
            case!(frame::an_idle_page_rests_and_a_busy_one_does_not),
            case!(frame::the_draft_survives_a_reload),
            case!(frame::the_theme_is_switched_and_kept),
            case!(frame::every_screen_is_accessible_in_both_themes),
            case!(exact::a_request_is_counted_to_the_token),
            case!(exact::each_family_is_counted_in_its_own_vocabulary_and_template),
            case!(exact::a_provider_that_counts_otherwise_is_believed),
            case!(exact::without_the_vocabulary_the_estimate_serves).noisy(),
            case!(exact::a_vocabulary_is_there_without_a_network).refused(),
            case!(first_visit::a_newcomer_gets_an_answer_from_the_simulator),
            case!(first_visit::the_whole_way_is_open_to_the_keyboard),
            case!(failures::refusals_have_a_card_each).refused(),
            case!(failures::the_first_provider_refuses_in_its_own_ways).refused(),
            case!(failures::broken_streams_keep_what_came).refused(),
            case!(failures::odd_streams_that_are_whole_are_no_errors),
            case!(failures::a_missing_key_is_asked_for_and_a_wrong_one_can_be_replaced).refused(),
            case!(failures::a_provider_that_is_gone_costs_nothing).refused(),
            case!(conversations::an_answer_goes_on_while_another_chat_is_open),
            case!(conversations::a_record_of_the_future_stays_aside_and_is_reported),
            case!(storage::a_full_disk_is_said_and_loses_nothing_once_there_is_space),
            case!(storage::a_database_that_never_responds_blocks_nothing),
            case!(storage::a_database_deleted_under_the_page_costs_only_what_is_not_open),
            case!(storage::a_reload_keeps_all_but_the_last_second_of_a_hundred_short_answers),
            case!(trouble::a_panic_shows_a_card_and_the_draft_is_kept).noisy(),
            case!(trouble::without_a_worker_the_page_counts).noisy(),
            case!(trouble::a_missing_script_shows_a_card).noisy(),
            case!(trouble::a_slow_connection_shows_that_the_page_is_loading),
            case!(trouble::without_the_markdown_module_answers_are_plain_text).noisy(),
            case!(answers_shown::an_answer_grows_has_its_finish_at_its_end_and_stats_that_add_up),
            case!(answers_shown::reasoning_is_shown_apart_counted_and_never_sent_back),
            case!(answers_shown::markup_in_a_question_stays_text),
            case!(answers_shown::the_system_prompt_is_counted_and_survives_a_reload),
            case!(conversations::an_old_conversation_is_opened_again),
            case!(conversations::the_history_can_be_searched),
            case!(conversations::a_long_history_shows_only_its_rows_in_view_and_finds_all_of_it),
            case!(conversations::a_conversation_is_renamed_found_by_its_name_and_deleted_for_good),
            case!(conversations::a_conversation_deleted_while_it_is_answered_is_gone),
            case!(conversations::two_tabs_keep_a_draft_each),
            case!(conversations::each_tab_comes_back_to_its_own_conversation),
            case!(conversations::without_a_database_chats_live_in_the_tab_as_it_says),
            case!(conversations::without_any_storage_the_page_answers),
            case!(conversations::two_tabs_in_one_conversation_keep_both_questions),
            case!(conversations::a_conversation_deleted_in_another_tab_does_not_break_this_one),
            case!(conversations::a_damaged_setting_is_reported_and_costs_no_other),
            case!(interruptions::a_stopped_answer_says_so_and_is_there_after_a_reload).refused(),
            case!(interruptions::stop_before_the_first_token_ends_the_request),
            case!(interruptions::deleting_a_chat_ends_its_request_and_leaving_it_does_not),
            case!(interruptions::a_message_can_be_written_while_an_answer_comes),
            case!(interruptions::a_conversation_goes_on_after_a_reload_in_the_middle),
            case!(interruptions::a_reload_before_the_first_token_keeps_the_question),
            case!(interruptions::the_model_is_not_told_what_an_edit_replaced).refused(),
            case!(interruptions::a_draft_outlives_an_edit_that_is_dropped),
            case!(interruptions::a_long_answer_leaves_room_to_write),
            case!(keys::a_key_for_this_tab_goes_to_its_provider_and_nowhere_else).refused(),
            case!(keys::a_key_for_this_tab_is_gone_after_a_reload).refused(),
            case!(keys::a_forgotten_key_is_nowhere_and_goes_along_no_more).refused(),
            case!(keys::a_key_that_moves_to_this_tab_leaves_the_browser),
            case!(keys::a_key_does_not_follow_its_provider_to_another_origin).refused(),
            case!(older_builds::what_an_older_build_kept_is_there_and_stays_as_it_was).refused(),
            case!(older_builds::what_an_older_tab_does_meanwhile_is_taken_over),
            case!(older_builds::a_chat_that_is_deleted_is_deleted_in_the_older_database_too),
            case!(odd_servers::an_event_that_cannot_be_read_is_passed_over_and_said),
            case!(odd_servers::a_key_that_a_provider_repeats_is_hidden_where_it_is_decoded).refused(),
            case!(odd_servers::a_key_that_is_a_word_takes_nothing_out_of_an_answer),
            case!(odd_servers::an_address_without_its_version_is_mended_with_one_press),
            case!(keyboard::the_keyboard_reaches_everything),
            case!(keyboard::the_first_stop_of_the_keyboard_skips_to_the_message),
            case!(keyboard::the_settings_close_give_the_focus_back_and_open_again),
            case!(keyboard::the_arrow_keys_choose_a_model),
            case!(keyboard::escape_stops_an_answer),
            case!(keyboard::a_new_visitor_can_type_at_once),
            case!(hostile::a_stream_is_shown_as_it_comes_whatever_its_label).refused(),
            case!(hostile::a_body_without_an_end_is_let_go).refused(),
            case!(hostile::a_redirect_takes_neither_prompt_nor_key_along).refused(),
            case!(hostile::what_the_browser_hides_is_distinguished_from_nobody_there).refused(),
            case!(losses::a_missing_key_is_named).refused(),
            case!(losses::a_hidden_refusal_of_the_simulator_is_the_key),
            case!(losses::a_cut_answer_and_its_card_are_there_after_a_reload).refused(),
            case!(losses::a_stream_that_stalls_is_given_up_with_its_text),
            case!(losses::a_slow_first_token_is_waited_for),
            case!(losses::try_again_after_a_failure_brings_the_answer).refused(),
            case!(losses::a_failure_costs_neither_draft_nor_history).refused(),
            case!(losses::a_wrong_address_is_unreachable_and_the_question_is_kept).refused(),
            case!(losses::a_provider_that_goes_away_in_the_middle_leaves_the_text).refused(),
            case!(losses::a_refusal_with_status_200_is_a_failure),
            case!(losses::a_form_that_cannot_be_saved_keeps_what_was_typed),
            case!(losses::a_removed_provider_leaves_its_answers_and_takes_its_key).refused(),
            case!(modules::late_markdown_formats_what_is_there),
            case!(modules::without_storage_the_page_answers_and_says_that_nothing_is_saved).noisy(),
            case!(modules::without_its_worker_the_simulator_says_that_it_is_not_there).noisy(),
            case!(lanes::six_lanes_end_each_in_its_own_way).refused(),
            case!(lanes::a_lane_is_asked_again_and_edited_by_itself),
            case!(lanes::lanes_and_limits_fit_everybody),
            case!(lanes::the_keys_lead_everywhere),
            case!(lanes::a_lane_in_the_middle_goes_and_its_neighbor_moves_up),
            case!(lanes::all_lanes_are_asked_again_at_once),
            case!(lanes::nothing_moves_while_answers_come),
            case!(certainty::six_lanes_that_fit_are_refused_nothing),
            case!(limits::the_day_is_described_in_words_and_money),
            case!(limits::the_sheet_holds_the_focus_and_gives_it_back),
            case!(interruptions::a_stopped_answer_goes_on_where_it_stopped).refused(),
            case!(lanes::a_phone_shows_one_lane_at_a_time_with_dots),
            case!(limits::the_gauges_agree_with_the_provider_s_account),
            case!(limits::what_runs_is_reserved_and_comes_back),
            case!(limits::a_draft_that_never_fits_is_mended_by_one_press),
            case!(limits::the_request_log_survives_a_reload_and_is_shared_by_tabs).refused(),
            case!(limits::a_refused_request_is_a_bar_and_takes_nothing).refused(),
            case!(limits::a_provider_that_states_its_limits_is_believed),
            case!(limits::the_panel_can_be_put_away_and_comes_back),
            case!(limits::what_one_tab_chooses_the_other_knows_and_does_not_undo),
            case!(limits::limits_can_be_changed_by_hand).refused(),
            case!(queue::what_does_not_fit_waits_in_its_lane_and_is_sent_when_it_fits),
            case!(queue::what_waits_can_be_called_off_sent_at_once_and_outlives_a_reload).refused(),
            case!(queue::a_refusal_joins_the_queue_unless_that_is_off).refused(),
            case!(queue::a_refusal_inside_an_answer_joins_the_queue_and_is_sent_again).refused(),
            case!(weeks::weeks_of_use_are_a_table_and_a_file).refused(),
            case!(weeks::a_plan_that_is_too_small_is_reported_with_its_evidence_until_it_is_hidden).refused(),
            case!(weeks::a_cap_is_advised_by_how_long_answers_are).refused(),
            case!(weeks::credit_is_counted_down_from_the_day_it_was_given).refused(),
            case!(queue::what_waits_in_one_tab_goes_before_what_another_asks),
            case!(queue::a_page_whose_clock_stands_still_sends_what_waits_in_time),
            case!(modules::lazy_views_come_when_the_network_is_back),
            case!(modules::an_answer_does_not_wait_for_the_lazy_views),
            case!(requests::one_question_is_one_request_with_nothing_of_the_page_in_it),
            case!(requests::every_dialect_of_provider_answers),
            case!(requests::a_typed_model_is_what_the_provider_is_asked_for),
            case!(requests::asking_again_sends_the_same_question),
            case!(requests::a_conversation_goes_along_with_the_next_question),
            case!(requests::a_refused_question_is_not_repeated_to_the_provider).refused(),
            case!(requests::parameters_go_along_and_only_those_that_were_set),
            case!(requests::nothing_is_asked_of_anybody_before_a_provider_is_chosen),
            case!(requests::two_presses_of_send_are_one_request),
            case!(requests::a_temperature_between_the_steps_goes_along),
            case!(tokens::what_would_be_sent_is_shown_in_its_tokens),
            case!(tokens::a_text_of_a_megabyte_is_shown_in_parts),
            case!(tokens::the_token_view_fits_everybody),
            case!(tokens::the_arrow_keys_go_from_block_to_block),
            case!(tokens::a_pasted_text_stays_in_its_field),
            case!(tokens::a_token_says_its_id),
            case!(tokens::the_same_text_is_counted_in_all_vocabularies),
            case!(screens::a_long_word_without_a_break_does_not_stick_out),
            case!(screens::every_sort_of_answer_fits_everybody),
            case!(screens::the_details_of_an_error_fit_everybody),
            case!(screens::the_history_on_a_phone_fits_everybody),
            case!(witness::what_must_not_happen_is_seen).noisy(),
        ],
        vec![
            (
                "a_flaky_test_fails_the_run_and_a_lost_browser_does_not",
                verdict::a_flaky_test_fails_the_run_and_a_lost_browser_does_not,
            ),
            (
                "a_driver_that_ended_is_distinguished_from_a_test_that_failed",
                browser::a_driver_that_ended_is_distinguished_from_a_test_that_failed,
            ),
            ("the_page_is_small_before_it_takes_input", budget::the_page_is_small_before_it_takes_input),
            ("the_page_is_small_before_it_sends", budget::the_page_is_small_before_it_sends),
            ("counting_to_the_token_is_small", budget::counting_to_the_token_is_small),
            ("no_path_of_this_machine_is_in_the_site", budget::no_path_of_this_machine_is_in_the_site),
            ("without_javascript_the_page_says_what_it_needs", budget::without_javascript_the_page_says_what_it_needs),
        ],
    )
}
