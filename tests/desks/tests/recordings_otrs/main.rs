//! Every recorded exchange with a real OTRS, replayed against the test desk.
//!
//! The files in `tests/recordings/otrs` make the cases. They were recorded one after the other with
//! one server, and some change what is in it, so they are replayed in their order too; what was
//! done between them stands in the module `server`. Status, headers and body must be what OTRS
//! answered.
//! Left out, because they mean nothing or come by chance:
//! - the order of keys in JSON, and of attributes in XML (OTRS's own changes every time),
//! - the order of tickets that are equal in what a search sorts by, and which of these come where
//!   `Limit` cuts between them,
//! - the id of a new session.
//!
//! The clock is set to that of the recording: where an answer has the age of a ticket, from that.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod compare;
mod server;
#[path = "../support/mod.rs"]
mod support;

use compare::{Leave, compare};
use server::{Desks, clock};
use support::replay::{Tally, recordings};

/// Recordings that the desk does not answer alike, and why.
const EXEMPT: &[(&str, &str)] = &[];

/// Recordings of a search in 700 tickets whose times were not recorded: the desk has them all in
/// one second, so that only how many come is compared, not which of them.
const TIMES_UNKNOWN: &[&str] = &["170-search-700-default-limit"];

/// Recordings with a row in the history that a mail left, at a place of which the rule is unknown:
/// rows of mails are not compared.
const MAILS: &[&str] = &["152-history-full"];

/// Recordings of HTML pages that were cut: the beginning is compared.
const CUT: &[&str] = &["173-getlist-url-too-long"];

/// Recordings with a session that had ended, or was none.
pub(crate) const NO_SESSION: &[&str] = &[
    "68-session-auth-by-wrong-sessionid",
    "160-expired-session-search",
    "161-expired-session-get",
    "162-expired-session-update",
];

#[test]
fn the_desk_answers_as_the_real_otrs_did() {
    let desks = Desks::start();
    let mut tally = Tally::default();
    for (name, recording) in recordings("otrs") {
        desks.between(&name);
        let (request, response) = (&recording["request"], &recording["response"]);
        let desk = desks.desk(&name);
        if let Some(now) = clock(response).filter(|_| !name.starts_with("191")) {
            desk.set_time(&now);
        }
        let answer = desks.replay(&name, request);
        let strict = compare(desk, &recording, answer.as_ref(), Leave::Nothing);
        let lists = [
            (Leave::Which, TIMES_UNKNOWN),
            (Leave::Mails, MAILS),
            (Leave::End, CUT),
        ];
        let leave = lists
            .iter()
            .find(|(_, names)| names.contains(&name.as_str()));
        let difference = match leave {
            None => strict,
            Some((leave, _)) => {
                if strict.is_none() {
                    tally.fail(&name, &format!("{leave:?} need not be left out any more"));
                }
                compare(desk, &recording, answer.as_ref(), *leave)
            }
        };
        tally.count(&name, difference, leave.is_some(), EXEMPT);
    }
    let lists = [TIMES_UNKNOWN, MAILS, CUT, NO_SESSION];
    let listed = lists.into_iter().flatten().copied();
    tally.finish(listed.chain(EXEMPT.iter().map(|(name, _)| *name)), 142);
}
