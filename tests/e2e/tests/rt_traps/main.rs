//! The traps of Request Tracker, each measured on a real RT 5.0.3, and each a test.
//!
//! The table below makes the tests: a row without a body does not build, and a body without a row is
//! dead code, which the lints refuse. Each goes through the built component. What `both` desks show
//! is also tried on a real RT, one server for all rows; what stands with `desk` is about what was
//! sent, or needs an RT that is set up otherwise than the real one.
//!
//! Left out here is creating tickets. That nothing of a history is missing while tickets change is tried in
//! `rt_history.rs`. Troubles that any desk can have stand in `faults.rs`.

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
mod history;
mod links;
mod login;
mod rights;
mod search;
mod sent;

use sgi_real_rt::{Options, RealRt};
use sgi_test_desks::{RtDesk, RtOptions};
use std::panic::catch_unwind;
use std::sync::Mutex;
use std::thread;

macro_rules! traps {
    ($($group:ident::$trap:ident on $desks:ident,)*) => {
        $(#[test] fn $trap() { traps!(run $desks $group::$trap) })*

        /// What a real RT is tried with: name and body.
        const REAL: &[(&str, Option<fn(&str)>)] =
            &[$((stringify!($trap), traps!(real $desks $group::$trap))),*];
    };
    (run both $body:path) => { $body(&RtDesk::start(RtOptions::default()).url()) };
    (run desk $body:path) => { $body() };
    (real both $body:path) => { Some($body) };
    (real desk $body:path) => { None };
}

traps! {
    // Who asks, and where.
    login::a_password_and_a_token_are_told_apart_by_the_scheme on both,
    login::unknown_wrong_and_disabled_accounts_are_refused_alike on both,
    login::a_wrong_base_path_is_a_redirect_and_no_error on both,
    login::a_redirect_is_not_followed on desk,
    login::an_rt_without_rest_2_sends_to_its_login_page on desk,
    login::slashes_at_the_end_of_the_address_do_not_count on both,
    login::a_path_in_the_address_stays on desk,
    login::the_version_stands_at_an_address_of_its_own on both,

    // What RT writes.
    answers::an_id_is_text_in_lists_and_a_number_in_records on both,
    answers::a_page_without_tickets_counts_its_pages_in_fractions on both,
    answers::a_list_that_lacks_tickets_is_not_taken_for_the_whole on desk,
    answers::a_date_that_is_not_set_is_1970 on both,
    answers::dates_are_utc_whatever_the_server_thinks on both,
    answers::nobody_is_a_user on both,
    answers::requestors_are_a_list on both,
    answers::a_record_names_people_by_their_login_only on both,
    answers::custom_fields_change_their_order on both,
    answers::an_unknown_or_hidden_field_is_empty_text on desk,
    answers::a_file_in_a_custom_field_is_an_object on desk,
    answers::a_value_that_is_no_object_id_is_shown_as_it_is on desk,
    answers::the_addresses_that_rt_writes_lead_nowhere on desk,
    answers::a_missing_ticket_is_told_from_a_forbidden_one on both,
    answers::a_deleted_ticket_is_found_by_its_number_only on both,
    answers::a_merged_ticket_answers_as_its_target on both,
    answers::statuses_of_an_own_life_cycle_are_known_to_rt_alone on desk,
    answers::text_is_passed_on_as_it_is on both,

    // How RT searches.
    search::only_whole_values_are_found on both,
    search::a_page_holds_a_hundred_at_most on both,
    search::a_full_last_page_is_the_last on desk,
    search::a_tenant_narrows_the_search on both,
    search::a_value_cannot_break_out_of_its_quotes on both,
    search::an_unknown_custom_field_finds_nothing_and_is_found_out_before on both,
    search::a_field_may_have_any_name on both,
    search::a_ticket_that_was_moved_keeps_a_value_that_it_does_not_show on desk,
    search::an_answer_to_another_question_is_not_believed on desk,
    search::active_and_inactive_are_rts_own_words on both,
    search::a_syntax_error_shows_no_paths_of_the_server on desk,
    search::an_object_id_that_rt_cannot_hold_is_refused_before_anything_is_sent on desk,

    // What changes, and how fields and queues are known.
    changes::a_field_that_was_exchanged_is_found_out_by_the_next_list on desk,
    changes::a_field_that_was_exchanged_is_found_out_by_a_single_ticket on desk,
    changes::a_field_that_was_only_renamed_is_missed on desk,
    changes::a_field_goes_by_its_name_in_any_case_or_by_its_id on both,
    changes::a_ticket_in_a_queue_without_the_field_is_found_and_not_said_to_be_impossible on desk,
    changes::a_field_out_of_sight_goes_by_its_name on desk,
    changes::a_queue_that_only_its_tickets_show_is_told on both,
    changes::more_queues_than_are_looked_at_are_told on desk,
    changes::long_names_of_many_queues_are_left_out_and_told on desk,

    // What happened.
    history::the_whole_history_of_a_ticket_is_told on both,
    history::merged_deleted_and_hidden_tickets_are_not_still_there on both,
    history::what_was_deleted_or_merged_before_the_first_look_is_told on both,
    history::what_happens_during_the_first_look_is_told_with_it on desk,
    history::a_start_leaves_out_what_was_before on both,
    history::a_short_or_empty_page_of_transactions_is_not_the_last on desk,
    history::what_may_lie_behind_too_many_hidden_rows_is_not_said_to_be_complete on desk,
    history::changes_of_a_hidden_custom_field_do_not_hide_others on desk,
    history::a_lower_number_may_be_committed_later on desk,
    history::a_clock_that_is_put_back_hides_nothing on desk,
    history::a_deletion_and_a_merge_are_transactions_only on desk,
    history::a_ticket_that_comes_into_sight_brings_its_history on desk,
    history::a_pass_without_news_costs_two_requests on desk,
    history::history_is_asked_by_number_and_never_by_date on desk,
    history::a_damaged_cursor_is_refused_before_anything_is_sent on desk,
    history::a_change_of_the_tenant_is_one_of_all_references on desk,

    // What is sent.
    sent::every_request_is_a_get_that_names_the_connector on desk,
    sent::no_cookie_is_kept on desk,
    sent::nothing_is_asked_conditionally on desk,
    sent::a_field_is_addressed_by_its_id on desk,
    sent::a_search_is_exact_for_one_object_and_without_dates on desk,
    sent::every_search_is_ordered_by_id on desk,
    sent::pages_are_counted_by_the_connector on desk,
    sent::parameters_are_form_encoded on desk,
    sent::a_token_goes_by_the_scheme_token on desk,
    sent::two_requests_at_once_are_enough on desk,
    sent::each_request_has_a_connection_of_its_own on desk,

    // Addresses for people.
    links::a_new_ticket_form_takes_the_field_by_its_id on both,
    links::a_parameter_is_never_repeated on both,
    links::the_extension_has_parameters_of_its_own on both,
    links::queues_are_trimmed_and_go_by_their_ids on both,
    links::a_queue_that_the_account_does_not_see_goes_by_its_name on both,
    links::a_disabled_queue_is_found_out on both,
    links::links_can_lead_to_another_address on both,

    // Which right is missing.
    rights::without_showticket_every_search_is_empty on both,
    rights::without_seequeue_tickets_are_found_and_queues_are_not on both,
    rights::without_seecustomfield_fields_can_be_searched_and_not_seen on both,
    rights::without_any_right_all_three_are_named on both,
    rights::a_sound_account_gets_no_finding on both,
    rights::no_tickets_yet_is_not_a_missing_right on desk,
    rights::an_empty_page_of_queues_is_not_the_last on desk,
}

#[test]
fn the_real_rt_has_the_traps_too() {
    let rt = RealRt::start(Options::default()).unwrap();
    client::keep_reader(rt.url());
    let rows = Mutex::new(REAL.iter());
    let failed = Mutex::new(Vec::new());
    let next = || rows.lock().unwrap().next();
    // The server has two workers, and hashes a password for each request.
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((trap, body)) = next() {
                    if body.is_some_and(|body| catch_unwind(|| body(rt.url())).is_err()) {
                        failed.lock().unwrap().push(*trap);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "on the real RT: {failed:#?}");
}
