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
pub(crate) fn with_password(guest: &mut Guest, before: &str, behind: &str) -> String {
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

/// Writes `$i`, `$j` bytes long, in base64: where; the length is that of whole groups of three.
const BASE64: &str = r#"
  (func $digit (param $n i32) (result i32)
    (if (i32.lt_u (local.get $n) (i32.const 26)) (then (return (i32.add (local.get $n) (i32.const 65)))))
    (if (i32.lt_u (local.get $n) (i32.const 52)) (then (return (i32.add (local.get $n) (i32.const 71)))))
    (if (i32.lt_u (local.get $n) (i32.const 62)) (then (return (i32.sub (local.get $n) (i32.const 4)))))
    (select (i32.const 43) (i32.const 47) (i32.eq (local.get $n) (i32.const 62))))
  (func $base64 (param $from i32) (param $len i32) (result i32)
    (local $at i32) (local $to i32) (local $three i32)
    (local.set $at (call $realloc (i32.const 0) (i32.const 0) (i32.const 4)
      (i32.mul (i32.const 4) (i32.div_u (local.get $len) (i32.const 3)))))
    (local.set $to (local.get $at))
    (block $done (loop $more
      (br_if $done (i32.lt_u (local.get $len) (i32.const 3)))
      (local.set $three (i32.or
        (i32.or (i32.shl (i32.load8_u (local.get $from)) (i32.const 16))
                (i32.shl (i32.load8_u offset=1 (local.get $from)) (i32.const 8)))
        (i32.load8_u offset=2 (local.get $from))))
      (i32.store8 (local.get $to) (call $digit (i32.shr_u (local.get $three) (i32.const 18))))
      (i32.store8 offset=1 (local.get $to)
        (call $digit (i32.and (i32.shr_u (local.get $three) (i32.const 12)) (i32.const 63))))
      (i32.store8 offset=2 (local.get $to)
        (call $digit (i32.and (i32.shr_u (local.get $three) (i32.const 6)) (i32.const 63))))
      (i32.store8 offset=3 (local.get $to) (call $digit (i32.and (local.get $three) (i32.const 63))))
      (local.set $from (i32.add (local.get $from) (i32.const 3)))
      (local.set $len (i32.sub (local.get $len) (i32.const 3)))
      (local.set $to (i32.add (local.get $to) (i32.const 4)))
      (br $more)))
    (local.get $at))"#;

fn in_base64(here: &Here, path: &str, before: &str) -> Vec<u8> {
    let mut guest = guest();
    let (desk, path) = (guest.text(&here.desk), guest.text(path));
    let body = with_password(&mut guest, before, "..");
    let (kind, text) = (guest.text("Content-Type"), guest.text("text/plain"));
    guest
        .with(BASE64)
        .in_get(&format!(
            "{body} (call $header {kind} {text})
             (local.set $i (call $base64 (local.get $i) (local.get $j)))
             (local.set $j (i32.mul (i32.const 4) (i32.div_u (local.get $j) (i32.const 3))))
             (drop (call $send (i32.const 2) {desk} {path} (local.get $i) (local.get $j)))"
        ))
        .build()
}

pub(crate) fn encoded(here: &Here) -> Vec<u8> {
    in_base64(here, "/desk/tickets", "")
}

/// As in Basic credentials, and not at the beginning of a group.
pub(crate) fn encoded_with_a_name(here: &Here) -> Vec<u8> {
    in_base64(here, "/desk/login", "cmdb:")
}

/// Each piece in a request of its own, small enough that it looks like nothing.
pub(crate) fn piece_by_piece(here: &Here) -> Vec<u8> {
    let mut guest = guest();
    let (desk, path) = (guest.text(&here.desk), guest.text("/desk/search?q="));
    guest
        .in_get(&format!(
            "(loop $again
               (local.set $j (call $join {path} (i32.add (call $password) (local.get $i)) (i32.const 4)))
               (drop (call $send (i32.const 0) {desk} (local.get $j) (i32.const 19) (i32.const 0) (i32.const 0)))
               (local.set $i (i32.add (local.get $i) (i32.const 4)))
               (br_if $again (i32.lt_u (local.get $i) (i32.const 40))))"
        ))
        .build()
}
