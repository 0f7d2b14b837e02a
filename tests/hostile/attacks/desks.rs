//! An honest connector; what is hostile here is its desk.

use crate::run::{Here, guest};
use sgi_hostile::Guest;

/// Asks its desk once, and reads what comes.
pub(crate) fn fetches_as(id: &str, desk: &str) -> Vec<u8> {
    fetching(Guest::new(id), desk)
}

/// Breaks where there is no answer: then people are told why.
fn fetching(mut guest: Guest, desk: &str) -> Vec<u8> {
    let (desk, path) = (guest.text(desk), guest.text("/desk/tickets"));
    guest
        .in_get(&format!(
            "(local.set $i (call $send (i32.const 0) {desk} {path} (i32.const 0) (i32.const 0)))
             (if (i32.eq (local.get $i) (i32.const -1)) (then (unreachable)))
             (drop (call $text-of (local.get $i)))"
        ))
        .build()
}

pub(crate) fn fetches(here: &Here) -> Vec<u8> {
    fetching(guest(), &here.desk)
}

pub(crate) fn fetches_by_tls(here: &Here) -> Vec<u8> {
    fetching(
        guest().in_get("(global.set $scheme (i32.const 1))"),
        &here.desk,
    )
}

/// Twenty times, and keeps all answers.
pub(crate) fn fetches_again(here: &Here) -> Vec<u8> {
    let mut guest = guest();
    let (desk, path) = (guest.text(&here.desk), guest.text("/desk/tickets"));
    guest
        .in_get(&format!(
            "(loop $again
               (if (i32.eq (i32.const -1)
                     (call $send (i32.const 0) {desk} {path} (i32.const 0) (i32.const 0)))
                 (then (unreachable)))
               (local.set $j (i32.add (local.get $j) (i32.const 1)))
               (br_if $again (i32.lt_u (local.get $j) (i32.const 20))))"
        ))
        .build()
}

/// What the desk repeats becomes the ticket's subject.
pub(crate) fn shows_an_echo(here: &Here) -> Vec<u8> {
    let mut guest = guest();
    let (desk, path) = (guest.text(&here.desk), guest.text("/desk/login"));
    let (kind, json) = (guest.text("Content-Type"), guest.text("application/json"));
    let (before, after) = (guest.text("{\"password\":\""), guest.text("\"}"));
    guest
        .in_get(&format!(
            "(call $header {kind} {json})
             (local.set $i (call $join {before} (call $password) (call $password-len)))
             (local.set $j (i32.add (i32.const 13) (call $password-len)))
             (local.set $i (call $join (local.get $i) (local.get $j) {after}))
             (local.set $i (call $text-of (call $send (i32.const 2) {desk} {path}
               (local.get $i) (i32.add (local.get $j) (i32.const 2)))))
             (call $subject (local.get $i) (i32.load (i32.const 776)))"
        ))
        .build()
}
