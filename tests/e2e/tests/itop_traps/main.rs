//! The traps of iTop, each measured on a real iTop 3.2.0, and each a test.
//!
//! The table below makes the tests: a row without a body does not build, and a body without a row is
//! dead code, which the lints refuse. Each goes through the built component, to the test desk, which
//! is compared with the recordings of the real iTop by tests of its own.
//!
//! Left out here, because nothing does it: changing tickets and their links. Troubles that any desk can have
//! stand in `faults.rs`, what all desks have in common in `conformance`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod answers;
mod changes;
mod classes;
mod client;
mod created;
mod links;
mod logbook;
mod login;
mod matching;
mod program;
mod refusals;
mod rights;
mod search;
mod sent;
mod zones;

macro_rules! traps {
    ($($group:ident::$trap:ident,)*) => { $(#[test] fn $trap() { $group::$trap() })* };
}

traps! {
    // Who asks, and where.
    login::a_password_goes_in_the_form_in_a_header_or_as_a_token,
    login::a_bad_login_is_a_code_in_an_answer_of_200,
    login::basic_that_is_not_let_in_is_a_bad_login,
    login::a_token_decides_alone_and_needs_the_scope_rest,
    login::an_account_without_the_rest_profile_is_told_so,
    login::a_portal_user_is_told_so,
    login::the_connection_is_tried_by_the_list_of_operations,
    login::a_path_in_the_address_stays,
    login::an_address_that_is_not_itops_is_found_out,
    login::a_web_server_in_front_can_refuse_by_itself,

    // What is sent.
    sent::all_goes_to_one_address_as_a_form,
    sent::the_operation_is_a_field_and_not_the_body,
    sent::a_key_is_a_query_and_never_empty,
    sent::fields_are_named_in_a_text_and_never_all,
    sent::no_cookie_is_kept,
    sent::nothing_is_asked_conditionally,
    sent::no_query_asks_for_an_order_or_for_the_databases_now,
    sent::a_search_joins_the_links_by_the_class_of_all_tickets,
    sent::links_of_many_tickets_come_in_one_call,
    sent::a_list_costs_six_calls_at_most,
    sent::two_requests_at_once_are_enough,

    // How iTop searches.
    search::a_value_cannot_break_out_of_its_quotes,
    search::a_name_breaks_out_where_only_quotes_are_escaped,
    search::case_accents_and_blanks_at_the_end_make_another_object,
    search::a_lookalike_gives_no_tickets_to_the_form,
    search::an_object_id_that_i_doit_cannot_have_is_refused_before_anything_is_sent,
    search::a_hundred_and_thirty_tickets_come_over_pages_in_order,
    search::a_page_begins_after_the_last_ticket,
    search::what_itop_finds_may_need_pages_of_its_own,
    search::a_page_past_the_end_still_says_how_many_there_are,
    search::a_page_without_anything_new_is_a_broken_protocol,
    search::the_total_is_itops_word_where_it_is_exact,
    search::open_and_closed_go_by_the_coarse_status,

    // Which configuration item is which object.
    matching::a_name_is_matched_by_the_objects_title,
    matching::an_asset_number_is_an_attribute_of_devices_only,
    matching::an_attribute_of_ones_own_can_hold_ids,
    matching::an_attribute_can_be_one_of_another_class,
    matching::a_class_that_is_none_of_configuration_items_is_found_out_by_the_check,
    matching::an_unknown_attribute_is_found_out_by_the_check,
    matching::an_attribute_that_is_gone_since_the_check_is_found_out,
    matching::what_cannot_be_an_attribute_is_never_sent,
    matching::an_attribute_that_nobody_filled_is_a_warning,
    matching::an_object_without_the_value_is_refused_and_not_searched,
    matching::twins_are_named_and_the_tickets_of_both_are_listed,
    matching::names_that_occur_twice_are_named,

    // What iTop writes.
    answers::an_empty_result_is_null,
    answers::objects_can_be_an_empty_list_or_absent,
    answers::ids_are_text_and_may_come_as_numbers,
    answers::an_unset_key_is_zero,
    answers::nobody_is_a_blank,
    answers::people_are_named_in_full,
    answers::the_caller_is_not_the_owner,
    answers::the_reference_is_not_the_id,
    answers::a_title_is_raw_text_and_may_look_like_html,
    answers::text_is_passed_on_as_it_is,
    answers::a_priority_is_a_number_and_gets_its_word,
    answers::a_missing_and_a_hidden_ticket_are_alike,
    answers::a_link_without_impact_is_none,
    answers::a_ticket_that_is_gone_between_two_calls_is_left_out,

    // Classes and their statuses.
    classes::tickets_of_all_classes_have_their_fine_status,
    classes::a_class_that_the_account_may_not_read_has_its_coarse_status,
    classes::a_class_that_is_not_installed_is_not_asked_for,
    classes::a_change_is_created_at_another_date_than_it_begins,

    // What iTop refuses.
    refusals::maintenance_is_503_and_may_pass,
    refusals::a_database_that_is_down_is_500_and_html,
    refusals::another_version_of_rest_is_a_wrong_address,
    refusals::an_operation_that_is_missing_is_unsupported,
    refusals::codes_that_no_request_of_ours_can_earn_are_a_broken_protocol,
    refusals::a_failure_inside_itop_may_pass,
    refusals::a_refused_query_is_not_shown,

    // Which right is missing.
    rights::without_any_profile_no_class_can_be_read,
    rights::without_the_right_to_write_tickets_are_read_only,
    rights::an_itop_in_read_only_mode_is_read_and_not_written,
    rights::other_allowed_organizations_show_nothing,
    rights::a_ticket_that_trying_the_right_made_after_all_is_told,
    rights::a_sound_account_gets_no_finding,

    // Dates.
    zones::dates_are_in_itops_zone_in_winter_and_in_summer,
    zones::the_hour_that_comes_twice_is_taken_for_the_first,
    zones::a_zone_need_not_be_whole_hours_from_utc,
    zones::a_date_that_is_not_set_is_empty_text,
    zones::without_a_zone_utc_is_assumed_and_said,
    zones::dates_from_the_future_contradict_the_zone,
    zones::a_background_task_gives_the_zone_away,
    zones::a_query_with_a_date_that_finds_all_is_no_proof,
    zones::a_zone_that_does_not_exist_is_refused,

    // Addresses for people.
    links::a_ticket_is_shown_by_its_final_class,
    links::links_keep_port_and_path,
    links::links_can_lead_to_another_address,
    links::a_form_links_the_configuration_item_when_it_is_saved,
    links::a_form_needs_a_concrete_class,
    links::the_organization_is_that_of_the_configuration_item,
    links::an_unknown_object_is_described_in_the_form_and_noted,
    links::twins_are_noted_at_the_form,

    // Creating.
    created::a_new_ticket_has_the_organization_of_its_configuration_item,
    created::every_creation_has_a_comment,
    created::nothing_is_ever_updated_or_deleted,
    created::a_description_comes_back_as_sanitised_html,
    created::a_priority_follows_from_impact_and_urgency,
    created::people_and_teams_are_told_by_their_exact_names,
    created::an_object_without_a_configuration_item_gets_no_ticket,
    created::what_the_data_model_wants_is_told_without_values,
    created::an_organization_that_does_not_exist_is_found_out_by_the_check,
    created::a_failure_inside_itop_leaves_open_what_became_of_the_ticket,
    created::a_marker_is_found_whole_and_by_a_date_of_itops,
    created::a_ticket_that_exists_is_never_an_error,
    created::a_ticket_that_is_found_and_not_read_is_no_error_either,

    // What changed since.
    changes::linking_and_unlinking_moves_a_ticket,
    changes::tickets_are_asked_for_by_a_date_that_itop_wrote,
    changes::a_damaged_cursor_is_refused_before_anything_is_sent,
    changes::the_latest_second_is_looked_at_again,
    changes::a_change_that_is_committed_late_is_not_passed_over,
    changes::the_hour_that_comes_twice_is_asked_for_as_a_whole,
    changes::a_ticket_from_the_future_hides_no_other,
    changes::a_clock_that_is_put_back_hides_nothing,
    changes::the_history_is_read_where_the_account_may,
    changes::operations_become_events_in_their_order,
    changes::a_status_of_work_done_resolves_whatever_its_name,
    changes::a_link_is_told_once_and_not_that_of_a_new_ticket,
    changes::an_object_stays_as_long_as_one_of_its_configuration_items,
    changes::who_did_it_is_a_person,
    changes::a_deleted_ticket_is_in_the_history_alone,
    changes::objects_are_named_by_what_the_attribute_holds,
    changes::a_history_that_is_closed_is_found_out,
    changes::a_history_that_was_opened_is_read_from_where_comparing_ended,
    changes::an_answer_that_is_not_whole_is_not_believed,
    logbook::a_logbook_is_kept_with_the_history_and_without,
    logbook::a_ticket_deleted_before_the_first_look_is_told_at_its_objects,
    logbook::a_configuration_item_taken_out_by_hand_is_no_longer_referenced,
    logbook::what_was_done_before_a_configuration_item_was_deleted_is_its_objects,
    logbook::an_object_that_takes_anothers_place_has_what_happens_from_then_on,
    logbook::an_object_that_takes_anothers_place_is_noticed_while_nothing_happens_to_the_ticket,

    // The program.
    program::tickets_are_listed_and_one_is_shown,
    program::links_open_forms_with_the_configuration_item,
    program::what_is_wrong_is_said_and_what_to_do,
}
