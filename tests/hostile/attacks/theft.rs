//! Having the password sent, shown or written where it can be read.

use crate::run::{Here, guest};
use sgi_hostile::Guest;

/// Sends a text that holds the placeholder of the password between two others.
fn sends(here: &Here, method: u32, path: &str, before: &str, behind: &str) -> Vec<u8> {
    let mut guest = guest();
    let (desk, path) = (guest.text(&here.desk), guest.text(path));
    let body = with_password(&mut guest, before, behind);
    let (kind, json) = (guest.text("Content-Type"), guest.text("application/json"));
    guest
        .in_get(&format!(
            "{body} (call $header {kind} {json})
             (drop (call $send (i32.const {method}) {desk} {path} (local.get $i) (local.get $j)))"
        ))
        .build()
}

/// Leaves such a text in `$i`, and its length in `$j`.
fn with_password(guest: &mut Guest, before: &str, behind: &str) -> String {
    let length = before.len();
    let (before, behind_len) = (guest.text(before), behind.len());
    let behind = guest.text(behind);
    format!(
        "(local.set $i (call $join {before} (call $password) (call $password-len)))
         (local.set $j (i32.add (i32.const {length}) (call $password-len)))
         (local.set $i (call $join (local.get $i) (local.get $j) {behind}))
         (local.set $j (i32.add (local.get $j) (i32.const {behind_len})))"
    )
}

/// A `GET` of an address with the placeholder in it.
fn asks(here: &Here, before: &str) -> Vec<u8> {
    let mut guest = guest();
    let desk = guest.text(&here.desk);
    let path = with_password(&mut guest, before, "");
    guest
        .in_get(&format!(
            "{path} (drop (call $send (i32.const 0) {desk} (local.get $i) (local.get $j)
               (i32.const 0) (i32.const 0)))"
        ))
        .build()
}

pub(crate) fn in_a_query(here: &Here) -> Vec<u8> {
    asks(here, "/desk/search?q=")
}

pub(crate) fn in_a_path(here: &Here) -> Vec<u8> {
    asks(here, "/desk/tickets/")
}

fn with_header(here: &Here, header: &str) -> Vec<u8> {
    let mut guest = guest();
    let (desk, path) = (guest.text(&here.desk), guest.text("/desk/tickets"));
    let header = header.replace("NAME", &guest.text("X-Note"));
    guest
        .in_get(&format!(
            "(call $header {header})
             (drop (call $send (i32.const 0) {desk} {path} (i32.const 0) (i32.const 0)))"
        ))
        .build()
}

pub(crate) fn in_a_header(here: &Here) -> Vec<u8> {
    with_header(here, "NAME (call $password) (call $password-len)")
}

pub(crate) fn in_a_name(here: &Here) -> Vec<u8> {
    with_header(here, "(call $password) (call $password-len) NAME")
}

pub(crate) fn in_a_body(here: &Here) -> Vec<u8> {
    sends(here, 2, "/desk/tickets", "{\"subject\":\"", "\"}")
}

pub(crate) fn in_a_comment(here: &Here) -> Vec<u8> {
    let mut guest = guest();
    let (desk, path) = (guest.text(&here.desk), guest.text("/desk/login"));
    let first = with_password(&mut guest, "{\"password\":\"", "\",\"comment\":\"");
    let (kind, json) = (guest.text("Content-Type"), guest.text("application/json"));
    let end = guest.text("\"}");
    guest
        .in_get(&format!(
            "{first}
             (local.set $i (call $join (local.get $i) (local.get $j) (call $password) (call $password-len)))
             (local.set $j (i32.add (local.get $j) (call $password-len)))
             (local.set $i (call $join (local.get $i) (local.get $j) {end}))
             (call $header {kind} {json})
             (drop (call $send (i32.const 2) {desk} {path} (local.get $i) (i32.add (local.get $j) (i32.const 2))))"
        ))
        .build()
}

pub(crate) fn in_two_pieces(here: &Here) -> Vec<u8> {
    let mut guest = guest();
    let (desk, path) = (guest.text(&here.desk), guest.text("/desk/search?a="));
    let and = guest.text("&b=");
    guest
        .in_get(&format!(
            "(local.set $j (i32.shr_u (call $password-len) (i32.const 1)))
             (local.set $i (call $join {path} (call $password) (local.get $j)))
             (local.set $i (call $join (local.get $i) (i32.add (i32.const 15) (local.get $j)) {and}))
             (local.set $i (call $join (local.get $i) (i32.add (i32.const 18) (local.get $j))
               (i32.add (call $password) (local.get $j)) (i32.sub (call $password-len) (local.get $j))))
             (drop (call $send (i32.const 0) {desk} (local.get $i) (i32.add (i32.const 18) (call $password-len))
               (i32.const 0) (i32.const 0)))"
        ))
        .build()
}

pub(crate) fn at_another_path(here: &Here) -> Vec<u8> {
    sends(here, 2, "/desk/comment", "{\"password\":\"", "\"}")
}

pub(crate) fn by_another_method(here: &Here) -> Vec<u8> {
    sends(here, 3, "/desk/login", "{\"password\":\"", "\"}")
}

pub(crate) fn in_a_subject(_: &Here) -> Vec<u8> {
    guest()
        .in_get("(call $subject (call $password) (call $password-len))")
        .build()
}

pub(crate) fn in_the_log(_: &Here) -> Vec<u8> {
    guest()
        .in_get("(call $log (i32.const 0) (call $password) (call $password-len))")
        .build()
}

/// Logs in, as it may, and sends what that brings as a subject.
pub(crate) fn session_elsewhere(here: &Here) -> Vec<u8> {
    let mut guest = guest();
    let desk = guest.text(&here.desk);
    let (login, tickets) = (guest.text("/desk/login"), guest.text("/desk/tickets"));
    let body = with_password(&mut guest, "{\"password\":\"", "\"}");
    let (kind, json) = (guest.text("Content-Type"), guest.text("application/json"));
    let session = guest.text("session");
    guest
        .in_get(&format!(
            "{body} (call $header {kind} {json})
             (drop (call $send (i32.const 2) {desk} {login} (local.get $i) (local.get $j)))
             (call $captured {session} (i32.const 800))
             (if (i32.eqz (i32.load8_u (i32.const 800))) (then (unreachable)))
             (drop (call $send (i32.const 2) {desk} {tickets} (i32.load (i32.const 804)) (i32.load (i32.const 808))))"
        ))
        .build()
}
