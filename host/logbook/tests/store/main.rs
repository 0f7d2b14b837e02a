//! What every store promises. A backend is one module with a [`backend::Backend`] and one line,
//! `suite!(TheBackend);`, that runs all of it; one that outlives a process has another, `lasting!`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests: what is broken must fail loudly"
)]

mod backend;
mod child;
mod delivery;
mod desks;
mod leases;
mod listing;
mod model;
mod processes;
mod samples;
mod steps;
mod together;

/// All promises as tests of one backend.
macro_rules! suite {
    ($backend:ty) => {
        suite! { @ $backend;
            desks: unknown, first_opening, opening_again, another_source, back_and_forth, begins_with_the_second, rewind,
                apart, wrong_lease, not_opened;
            steps: empty, all_of_it, state_that_stays, all_or_nothing, duplicates, new_generation,
                keep_and_forget, said_twice, references, known_in_pages, many_tickets, unicode,
                very_long, reopened, extreme_instants;
            listing: order, ties, pages, filters, states, nothing;
            delivery: life_cycle, only_where_wanted, in_order, in_turn, marks_of_unknown, next_due, again;
            leases: one_at_a_time, each_work_its_own, waits, cancelled, given_back_and_taken;
            together: two_desks, one_desk;
            model: random_steps;
        }
    };
    (@ $backend:ty; $($module:ident: $($test:ident),+;)+) => {
        $(mod $module {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                crate::$module::$test::<$backend>().await;
            })+
        })+
    };
}

/// What a backend promises besides that outlives a process.
macro_rules! lasting {
    ($backend:ty) => {
        suite! { @ $backend;
            processes: after_a_killed_process, fenced, killed_in_between;
        }
    };
}

mod memory;
mod sqlite;
