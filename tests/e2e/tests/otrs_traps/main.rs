//! The traps of OTRS, each measured on a real ((OTRS)) Community Edition 6.0.41 or seen in Znuny's public
//! source, and each a test.
//!
//! The table below makes the tests: a row without a body does not build, and a body without a row is
//! dead code, which the lints refuse. Each goes through the built component. What stands with `both`
//! goes by REST and by SOAP; what stands with `desk` chooses for itself, or is about neither.
//!
//! Left out here, because nothing does it: changing tickets. Troubles that any desk can have stand in `faults.rs` and in
//! the conformance suite.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod answers;
mod changes;
mod client;
mod create;
mod links;
mod login;
mod merged;
mod search;
mod sent;
mod service;
mod settings;
mod spoiled;
mod time;

macro_rules! traps {
    ($($group:ident::$trap:ident on $how:ident,)*) => {
        $(#[test] fn $trap() { traps!(run $how $group::$trap) })*
    };
    (run both $body:path) => {
        for by in ["rest", "soap"] {
            // Shown where the test fails.
            println!("by {by}");
            $body(by);
        }
    };
    (run desk $body:path) => { $body() };
}

traps! {
    // Which web service heeds a search.
    service::rest_with_post_routes_is_taken_where_it_is on desk,
    service::soap_is_taken_where_no_rest_service_has_post_routes on desk,
    service::by_soap_nothing_is_sent_where_rest_is_there_and_in_trouble on desk,
    service::of_two_missing_web_services_the_better_one_is_asked_for on desk,
    service::an_answer_that_cannot_be_taken_is_not_a_missing_web_service on both,
    service::an_answer_to_something_else_is_not_nothing_found on desk,
    service::both_web_services_bring_the_same on desk,
    service::the_stock_rest_service_cannot_search_and_that_is_told on desk,
    service::a_filter_that_is_dropped_is_found_out_and_nothing_is_shown on desk,
    service::a_filter_that_is_dropped_later_shows_nothing_either on desk,
    service::the_probe_is_for_an_object_that_cannot_be on both,
    service::an_unknown_web_service_closes_the_connection on both,
    service::a_server_that_is_down_closes_it_too on both,
    service::a_web_service_of_the_other_kind_is_told on desk,
    service::an_old_otrs_reads_bodies_of_gets_and_is_asked_as_any on both,
    service::znuny_and_otobo_live_below_paths_of_their_own on both,

    // Who asks.
    login::a_wrong_password_comes_with_http_200 on both,
    login::a_session_serves_all_calls on both,
    login::an_ended_session_is_renewed_once on both,
    login::a_session_that_ends_within_a_list_is_renewed on desk,
    login::an_ended_session_has_the_code_of_a_wrong_password on both,
    login::a_session_outlives_the_password on both,
    login::a_session_that_is_never_accepted_is_not_renewed_for_ever on desk,
    login::instances_that_lose_their_session_together_log_in_once on both,
    login::instances_that_lose_their_session_together_try_a_wrong_password_once on both,
    login::the_password_goes_into_the_login_and_the_session_into_all_else on both,
    login::a_session_that_otrs_repeats_is_never_shown on both,
    login::basic_authentication_is_ignored_and_not_sent on both,

    // What OTRS writes.
    answers::ids_are_text_in_searches_and_numbers_in_tickets on both,
    answers::a_number_is_no_id on both,
    answers::nothing_found_has_no_list_and_one_found_is_none on both,
    answers::nothing_is_an_empty_text_zero_or_null on both,
    answers::values_of_every_kind_are_fields on both,
    answers::keys_come_in_another_order_each_time on desk,
    answers::root_is_nobody_and_a_customer_no_owner on both,
    answers::unclassified_is_no_class on both,
    answers::a_state_means_what_its_type_means on both,
    answers::a_ticket_that_waits_is_due_by_an_epoch on both,
    answers::text_is_passed_on_as_it_is on both,
    answers::a_missing_ticket_and_a_forbidden_one_are_alike on both,
    answers::errors_of_the_transport_are_plain_texts_with_http_500 on desk,
    merged::merged_tickets_are_still_found on both,
    merged::a_merged_ticket_answers_as_the_one_it_went_into on both,
    merged::merges_in_a_circle_end on both,
    merged::a_ticket_that_went_into_a_hidden_one_stays_itself on both,
    merged::without_histories_a_merged_ticket_stays_itself on both,

    // How OTRS searches.
    search::only_whole_ids_are_found on both,
    search::what_people_type_is_found_between_commas_only on both,
    search::a_field_can_hold_one_id on both,
    search::a_field_can_have_another_name on both,
    search::five_hundred_are_the_limit_unless_more_are_asked_for on both,
    search::a_full_answer_is_asked_for_again_with_a_higher_limit on desk,
    search::there_are_no_pages_and_no_order_that_lasts on both,
    search::open_and_closed_are_asked_for_by_the_types_of_states on both,
    search::a_search_holds_nothing_that_finds_nothing_silently on both,
    search::a_tenant_narrows_the_search on both,
    search::a_value_cannot_break_out_of_json_or_xml on both,
    search::what_is_in_a_hidden_queue_is_not_found on both,
    search::an_object_id_that_the_field_cannot_hold_is_refused_before_anything_is_sent on desk,

    // One bad ticket refuses a whole list.
    spoiled::a_forbidden_ticket_spoils_its_list_and_is_left_out_alone on desk,
    spoiled::a_ticket_that_is_gone_between_two_calls_is_left_out on desk,
    spoiled::halving_a_list_ends_where_all_of_it_is_forbidden on desk,
    spoiled::tickets_of_which_none_may_be_read_are_no_empty_list on desk,
    spoiled::a_list_has_a_hundred_tickets_at_most on both,

    // Settings that OTRS accepts without a word.
    settings::an_unknown_dynamic_field_is_ignored_and_found_out on both,
    settings::an_unknown_field_of_the_tenant_is_found_out on both,
    settings::a_field_that_can_never_match_is_found_out on both,
    settings::a_name_that_no_field_can_have_is_refused on desk,
    settings::an_account_without_rights_finds_nothing_and_is_found_out on both,
    settings::the_program_says_what_is_wrong_and_shows_nobodys_tickets on desk,

    // Dates without a zone.
    time::dates_are_in_otrs_own_zone on both,
    time::without_the_option_the_age_tells_the_zone on both,
    time::an_hour_is_left_out_in_spring on both,
    time::an_hour_comes_twice_in_autumn on both,
    time::a_change_in_winter_of_a_ticket_of_summer_needs_the_option on both,
    time::quarters_of_an_hour_count on both,
    time::a_wrong_zone_is_found_out on both,
    time::a_wrong_clock_is_found_out on both,
    time::a_clock_that_is_far_off_makes_no_zone on both,
    time::dates_in_searches_are_in_the_same_zone on both,

    // What is sent.
    sent::every_request_is_a_post_without_a_query on both,
    sent::ids_go_into_the_body_however_many on both,
    sent::the_soap_action_is_exact on desk,
    sent::no_body_is_an_empty_object on both,
    sent::nothing_is_asked_conditionally on both,
    sent::a_list_costs_two_calls on both,
    sent::two_requests_at_once_are_enough on both,
    sent::each_request_has_a_connection_of_its_own on both,

    // Addresses for people.
    links::a_ticket_is_shown_by_its_id on both,
    links::a_form_takes_dynamic_fields_and_nothing_else on desk,
    links::a_form_takes_the_tenant_too on desk,
    links::port_and_path_stay_and_slashes_at_the_end_do_not_count on desk,
    links::links_can_lead_to_another_address on desk,

    // New tickets.
    create::a_new_ticket_is_told_by_id_and_number on both,
    create::whether_tickets_can_be_created_is_asked_without_creating_one on both,
    create::rights_are_looked_at_before_the_article on both,
    create::a_refusal_comes_with_http_200_and_creates_nothing on both,
    create::an_ended_session_creates_nothing_and_one_ticket_is_made on both,
    create::letters_beyond_the_first_plane_are_lost_and_that_is_told on both,
    create::a_marker_counts_where_it_is_not_quoted on both,
    create::a_ticket_is_looked_for_with_every_object on both,
    create::a_ticket_without_its_article_is_not_created_again on both,
    create::a_ticket_that_is_named_beside_an_error_is_there on desk,
    create::a_lost_answer_makes_no_second_ticket on both,
    create::a_ticket_that_cannot_be_read_back_is_there_all_the_same on both,
    create::whatever_the_second_answer_is_no_second_ticket_is_made on desk,

    // What has changed since a time, and what the histories say.
    changes::a_change_within_the_second_that_was_read_is_not_missed on both,
    changes::seventy_in_one_second_come_in_any_order_and_all_arrive on both,
    changes::dates_are_sent_as_otrs_takes_them_and_sorted_by_a_word_it_knows on both,
    changes::a_search_that_finds_nothing_whatever_it_is_asked_is_found_out on both,
    changes::histories_tell_what_happened_and_to_which_objects on both,
    changes::tickets_are_read_before_their_histories on both,
    changes::without_histories_tickets_are_compared on both,
    changes::merged_tickets_come_and_say_where_they_went on both,
    changes::a_merged_ticket_keeps_its_objects_in_the_logbook on both,
    changes::what_was_deleted_or_hidden_is_no_longer_there on both,
    changes::a_ticket_that_is_hidden_between_two_requests_is_left_out on both,
    changes::a_session_that_ends_within_a_batch_is_renewed on both,
    changes::a_cursor_is_told_from_another_text_without_a_request on both,
    changes::a_tenant_narrows_what_changed on both,
    changes::a_mail_that_is_no_change_is_found_by_its_history on both,
    changes::a_list_of_objects_that_the_history_cuts_is_compared on both,
    changes::the_night_in_which_an_hour_is_left_out_loses_nothing on both,
    changes::the_night_in_which_an_hour_comes_twice_loses_nothing on both,
    changes::a_clock_that_is_put_back_hides_nothing on both,
    changes::a_backlog_of_any_length_is_read_in_many_calls on both,
    changes::a_wrong_password_is_told_as_such on both,
}
