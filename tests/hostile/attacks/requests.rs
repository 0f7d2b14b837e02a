//! Leaving the desk, or speaking past the gate.

use crate::run::{Here, guest};

/// One `GET`.
fn get(host: &str, path: &str) -> Vec<u8> {
    ask(0, host, path)
}

fn ask(method: u32, host: &str, path: &str) -> Vec<u8> {
    let mut guest = guest();
    let (host, path) = (guest.text(host), guest.text(path));
    guest
        .in_get(&format!(
            "(drop (call $send (i32.const {method}) {host} {path} (i32.const 0) (i32.const 0)))"
        ))
        .build()
}

pub(crate) fn another_host(here: &Here) -> Vec<u8> {
    get(&here.elsewhere, "/desk/tickets")
}

pub(crate) fn another_port(_: &Here) -> Vec<u8> {
    get("127.0.0.1:22", "/desk/tickets")
}

pub(crate) fn metadata(_: &Here) -> Vec<u8> {
    get("169.254.169.254", "/latest/meta-data/")
}

pub(crate) fn metadata_by_name(_: &Here) -> Vec<u8> {
    get("metadata.google.internal", "/computeMetadata/v1/")
}

pub(crate) fn userinfo(here: &Here) -> Vec<u8> {
    get(&format!("somebody@{}", here.desk), "/desk/tickets")
}

pub(crate) fn mapped(here: &Here) -> Vec<u8> {
    get(
        &format!("[::ffff:127.0.0.1]:{}", here.port),
        "/desk/tickets",
    )
}

pub(crate) fn decimal(here: &Here) -> Vec<u8> {
    get(&format!("2130706433:{}", here.port), "/desk/tickets")
}

pub(crate) fn short(here: &Here) -> Vec<u8> {
    get(&format!("127.1:{}", here.port), "/desk/tickets")
}

pub(crate) fn trailing_dot(here: &Here) -> Vec<u8> {
    get(&format!("127.0.0.1.:{}", here.port), "/desk/tickets")
}

pub(crate) fn wide_digits(here: &Here) -> Vec<u8> {
    get(&format!("１２７.0.0.1:{}", here.port), "/desk/tickets")
}

pub(crate) fn above(here: &Here) -> Vec<u8> {
    get(&here.desk, "/admin")
}

pub(crate) fn beside(here: &Here) -> Vec<u8> {
    get(&here.desk, "/desk-of-others/tickets")
}

pub(crate) fn dots(here: &Here) -> Vec<u8> {
    get(&here.desk, "/desk/../admin")
}

pub(crate) fn encoded_dots(here: &Here) -> Vec<u8> {
    get(&here.desk, "/desk/%2e%2e/admin")
}

pub(crate) fn backslashes(here: &Here) -> Vec<u8> {
    get(&here.desk, "/desk/..\\admin")
}

pub(crate) fn connect(here: &Here) -> Vec<u8> {
    ask(5, &here.desk, "/desk/tickets")
}

pub(crate) fn trace(here: &Here) -> Vec<u8> {
    ask(7, &here.desk, "/desk/tickets")
}

/// One `GET` with a header, as far as the host takes that.
fn with_header(here: &Here, name: &str, value: &str) -> Vec<u8> {
    let mut guest = guest();
    let (desk, path) = (guest.text(&here.desk), guest.text("/desk/tickets"));
    let (name, value) = (guest.text(name), guest.text(value));
    guest
        .in_get(&format!(
            "(call $header {name} {value})
             (drop (call $send (i32.const 0) {desk} {path} (i32.const 0) (i32.const 0)))"
        ))
        .build()
}

pub(crate) fn a_cookie(here: &Here) -> Vec<u8> {
    with_header(here, "Cookie", "session=1")
}

pub(crate) fn forwarded(here: &Here) -> Vec<u8> {
    with_header(here, "Forwarded", "for=127.0.0.1")
}

pub(crate) fn host_header(here: &Here) -> Vec<u8> {
    with_header(here, "Host", "internal.example.org")
}

pub(crate) fn hop_by_hop(here: &Here) -> Vec<u8> {
    with_header(here, "Transfer-Encoding", "chunked")
}

pub(crate) fn broken_lines(here: &Here) -> Vec<u8> {
    with_header(here, "X-Note", "a\r\nX-Admin: yes")
}

pub(crate) fn broken_path(here: &Here) -> Vec<u8> {
    get(&here.desk, "/desk/a HTTP/1.1\r\nX-Admin: yes\r\n\r\n")
}

pub(crate) fn headers_without_end(here: &Here) -> Vec<u8> {
    let mut guest = guest();
    let (desk, path) = (guest.text(&here.desk), guest.text("/desk/tickets"));
    let (name, value) = (guest.text("X-Note"), guest.text("y".repeat(1000)));
    guest
        .in_get(&format!(
            "(loop $again
               (call $header {name} {value})
               (local.set $i (i32.add (local.get $i) (i32.const 1)))
               (br_if $again (i32.and
                 (i32.eqz (i32.load8_u (i32.const 768)))
                 (i32.lt_u (local.get $i) (i32.const 50000)))))
             (drop (call $send (i32.const 0) {desk} {path} (i32.const 0) (i32.const 0)))"
        ))
        .build()
}

pub(crate) fn a_body_without_end(here: &Here) -> Vec<u8> {
    let mut guest = guest();
    let (desk, path) = (guest.text(&here.desk), guest.text("/desk/tickets"));
    guest
        .in_get(&format!(
            "(drop (memory.grow (i32.const 400)))
             (local.set $i (call $begin (i32.const 2) {desk} {path}))
             (call $request-body (local.get $i) (i32.const 768))
             (local.set $j (i32.load (i32.const 772)))
             (call $body-stream (local.get $j) (i32.const 768))
             (local.set $j (i32.load (i32.const 772)))
             (local.set $i (call $go (local.get $i)))
             (block $done (loop $again
               (call $write (local.get $j) (i32.const 65536) (i32.const 4096) (i32.const 768))
               (br_if $done (i32.load8_u (i32.const 768)))
               (br $again)))
             (if (i32.eq (i32.const -1) (call $wait (local.get $i))) (then (unreachable)))"
        ))
        .build()
}

pub(crate) fn a_body_that_stops(here: &Here) -> Vec<u8> {
    let mut guest = guest();
    let (desk, path) = (guest.text(&here.desk), guest.text("/desk/tickets"));
    guest
        .in_get(&format!(
            "(local.set $i (call $begin (i32.const 2) {desk} {path}))
             (call $request-body (local.get $i) (i32.const 768))
             (drop (call $wait (call $go (local.get $i))))"
        ))
        .build()
}

pub(crate) fn thousands_at_once(here: &Here) -> Vec<u8> {
    let mut guest = guest();
    let (desk, path) = (guest.text(&here.desk), guest.text("/desk/tickets"));
    guest
        .in_get(&format!(
            "(loop $again
               (local.set $j (call $go (call $begin (i32.const 0) {desk} {path})))
               (local.set $i (i32.add (local.get $i) (i32.const 1)))
               (br_if $again (i32.and
                 (i32.ge_s (local.get $j) (i32.const -1))
                 (i32.lt_u (local.get $i) (i32.const 10000)))))
             (if (i32.eq (i32.const -1) (call $wait (local.get $j))) (then (unreachable)))"
        ))
        .build()
}

/// Four requests of 4,000,000 bytes.
pub(crate) fn much_at_once(here: &Here) -> Vec<u8> {
    let mut guest = guest();
    let (desk, path) = (guest.text(&here.desk), guest.text("/desk/tickets"));
    guest
        .in_get(&format!(
            "(drop (memory.grow (i32.const 100)))
             (loop $again
               (local.set $j (call $send (i32.const 2) {desk} {path} (i32.const 131072) (i32.const 3900000)))
               (if (i32.eq (i32.const -1) (local.get $j)) (then (unreachable)))
               (local.set $i (i32.add (local.get $i) (i32.const 1)))
               (br_if $again (i32.lt_u (local.get $i) (i32.const 4))))"
        ))
        .build()
}

pub(crate) fn while_it_describes_itself(here: &Here) -> Vec<u8> {
    let mut guest = guest();
    let (desk, path) = (guest.text(&here.elsewhere), guest.text("/desk/tickets"));
    guest
        .in_describe(&format!(
            "(drop (call $send (i32.const 0) {desk} {path} (i32.const 0) (i32.const 0)))"
        ))
        .build()
}
