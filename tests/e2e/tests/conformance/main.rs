//! What a CMDB may expect of every desk, whatever connector serves it: the same assertions of three desks,
//! through the built components.
//!
//! The table makes the tests, one a row and desk: a row without a body does not build, and a body without
//! a row is dead code, which the lints refuse.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod create;
mod list;
mod one;
mod recorded;
mod trouble;

macro_rules! of_each_desk {
    ($($group:ident::$expectation:ident,)*) => {
        of_each_desk!(@desk rt, "rt", $($group::$expectation,)*);
        of_each_desk!(@desk otrs, "otrs", $($group::$expectation,)*);
        of_each_desk!(@desk itop, "itop", $($group::$expectation,)*);
    };
    (@desk $module:ident, $kind:literal, $($group:ident::$expectation:ident,)*) => {
        mod $module {
            $(#[test] fn $expectation() { crate::$group::$expectation($kind) })*
        }
    };
}

of_each_desk! {
    list::exactly_the_tickets_that_reference_the_object_are_listed,
    list::an_id_within_another_is_not_that_object,
    list::an_object_that_no_ticket_references_has_an_empty_list,
    list::a_hundred_and_thirty_tickets_come_over_pages_each_once,
    list::more_tickets_than_the_limit_are_refused_at_the_first_page,
    list::open_and_closed_are_all_and_have_nothing_in_common,
    list::a_list_follows_what_happens_in_the_desk,
    list::what_is_not_set_is_not_there,
    list::text_is_passed_on_as_it_is,
    list::tickets_of_several_objects_come_once_each,
    list::ids_made_to_break_out_find_nothing,
    list::a_process_that_knows_the_desk_asks_little,
    list::a_desk_is_asked_two_things_at_once_at_most,

    one::a_ticket_is_the_same_alone_and_in_a_list,
    one::a_ticket_that_does_not_exist_is_not_found,
    one::what_is_no_ticket_id_is_refused_before_anything_is_sent,
    one::links_lead_to_the_desk,
    one::forms_hold_the_object,
    one::a_check_names_the_product_and_finds_nothing_wrong,

    trouble::a_wrong_password_is_told_and_nothing_of_it_is_shown,
    trouble::calls_that_begin_together_try_a_wrong_password_once,
    trouble::calls_that_wait_for_a_check_that_blocks_are_told_what_it_found,
    trouble::a_password_that_changes_is_noticed,
    trouble::a_wrong_path_is_told_as_a_wrong_url,
    trouble::every_fault_has_a_typed_error_and_no_page_of_the_server,
    trouble::no_damaged_answer_makes_the_connector_crash,
    recorded::no_recorded_answer_however_damaged_makes_the_connector_crash,
    trouble::a_password_that_the_desk_echoes_is_never_shown,

    create::a_new_ticket_references_its_objects,
    create::a_ticket_is_created_once_wherever_the_answer_is_cut,
    create::a_ticket_that_cannot_be_read_back_is_told_and_not_made_again,
    create::a_late_commit_is_found_and_not_doubled,
    create::a_marker_that_is_there_creates_nothing,
    create::a_ticket_that_is_found_is_told_as_found,
    create::an_outcome_that_stays_unknown_is_told_as_such,
    create::what_the_desk_refuses_is_told_and_creates_nothing,
}
