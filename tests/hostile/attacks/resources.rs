//! Using up what others need, too.

use crate::run::{Here, guest};
use sgi_hostile::encoded;

const FOREVER: &str = "(loop $again (br $again))";

pub(crate) fn endless_loop(_: &Here) -> Vec<u8> {
    guest().in_get(FOREVER).build()
}

pub(crate) fn endless_loop_in_check(_: &Here) -> Vec<u8> {
    guest().in_check(FOREVER).build()
}

pub(crate) fn endless_loop_at_start(_: &Here) -> Vec<u8> {
    guest().at_start(FOREVER).build()
}

pub(crate) fn endless_loop_in_describe(_: &Here) -> Vec<u8> {
    guest().in_describe(FOREVER).build()
}

pub(crate) fn endless_loop_over_host_calls(_: &Here) -> Vec<u8> {
    guest()
        .in_get("(loop $again (call $get-settings (i32.const 256)) (global.set $top (i32.const 65536)) (br $again))")
        .build()
}

pub(crate) fn endless_recursion(_: &Here) -> Vec<u8> {
    guest()
        .with("(func $deeper (param i64) (result i64) (i64.add (i64.const 1) (call $deeper (local.get 0))))")
        .in_get("(drop (call $deeper (i64.const 1)))")
        .build()
}

pub(crate) fn recursion_at_start(_: &Here) -> Vec<u8> {
    guest()
        .with("(func $deeper (param i64) (result i64) (i64.add (i64.const 1) (call $deeper (local.get 0))))")
        .at_start("(drop (call $deeper (i64.const 1)))")
        .build()
}

/// Takes what it gets and breaks where it gets no more.
const GROW: &str = "(loop $again
    (if (i32.eq (i32.const -1) (memory.grow (i32.const 16))) (then (unreachable)))
    (br $again))";

pub(crate) fn memory_growth(_: &Here) -> Vec<u8> {
    guest().in_get(GROW).build()
}

pub(crate) fn memory_growth_at_start(_: &Here) -> Vec<u8> {
    guest().at_start(GROW).build()
}

pub(crate) fn memory_at_once(_: &Here) -> Vec<u8> {
    guest()
        .in_get("(if (i32.eq (i32.const -1) (memory.grow (i32.const 65000))) (then (unreachable)))")
        .build()
}

pub(crate) fn a_second_memory(_: &Here) -> Vec<u8> {
    guest().with("(memory $more 1)").build()
}

pub(crate) fn a_memory_declared_too_large(_: &Here) -> Vec<u8> {
    let wat = guest().wat();
    let large = wat.replace(
        "(memory (export \"memory\") 4)",
        "(memory (export \"memory\") 4096)",
    );
    assert_ne!(wat, large);
    encoded(&large, "reader", str::to_owned)
}

pub(crate) fn table_growth(_: &Here) -> Vec<u8> {
    guest()
        .with("(table $t 1 funcref)")
        .in_get(
            "(loop $again
               (if (i32.eq (i32.const -1) (table.grow $t (ref.null func) (i32.const 1000))) (then (unreachable)))
               (br $again))",
        )
        .build()
}

pub(crate) fn a_table_declared_too_large(_: &Here) -> Vec<u8> {
    guest().with("(table $t 5000000 funcref)").build()
}

pub(crate) fn handles_of_headers(_: &Here) -> Vec<u8> {
    guest()
        .in_get("(loop $again (drop (call $fields)) (br $again))")
        .build()
}

pub(crate) fn handles_of_alarms(_: &Here) -> Vec<u8> {
    guest()
        .in_get("(loop $again (drop (call $after (i64.const 1000000000000))) (br $again))")
        .build()
}

pub(crate) fn sleep_in_a_host_call(_: &Here) -> Vec<u8> {
    guest()
        .in_get("(call $block (call $after (i64.const 4611686018427387904)))")
        .build()
}

pub(crate) fn short_sleeps_without_end(_: &Here) -> Vec<u8> {
    guest()
        .in_get(
            "(loop $again
               (local.set $i (call $after (i64.const 1000000)))
               (call $block (local.get $i))
               (call $drop-pollable (local.get $i))
               (br $again))",
        )
        .build()
}

pub(crate) fn log_of_many_lines(_: &Here) -> Vec<u8> {
    let mut guest = guest();
    let line = guest.text("a line");
    guest
        .in_get(&format!(
            "(loop $again
               (call $log (i32.const 2) {line})
               (local.set $i (i32.add (local.get $i) (i32.const 1)))
               (br_if $again (i32.lt_u (local.get $i) (i32.const 20000))))"
        ))
        .build()
}

/// Memory up to 30 MiB, full of blanks and of what looks like the beginning of something.
const HUGE: &str = "(drop (memory.grow (i32.const 476)))
    (memory.fill (i32.const 131072) (i32.const 37) (i32.const 31000000))";

pub(crate) fn log_of_huge_lines(_: &Here) -> Vec<u8> {
    guest()
        .in_get(&format!(
            "{HUGE} (loop $again
               (call $log (i32.const 2) (i32.const 131072) (i32.const 31000000))
               (local.set $i (i32.add (local.get $i) (i32.const 1)))
               (br_if $again (i32.lt_u (local.get $i) (i32.const 10000))))"
        ))
        .build()
}

pub(crate) fn names_of_secrets_without_end(_: &Here) -> Vec<u8> {
    guest()
        .in_get(&format!(
            "{HUGE} (loop $again
               (i32.store (i32.const 131072) (local.get $i))
               (i32.store8 (i32.const 131072) (i32.and (local.get $i) (i32.const 127)))
               (i32.store8 (i32.const 131073) (i32.const 37))
               (call $captured (i32.const 131072) (i32.sub (i32.const 30000000) (local.get $i)) (i32.const 768))
               (local.set $i (i32.add (local.get $i) (i32.const 1)))
               (br_if $again (i32.lt_u (local.get $i) (i32.const 10000))))"
        ))
        .build()
}

pub(crate) fn a_huge_subject(_: &Here) -> Vec<u8> {
    guest()
        .in_get(&format!(
            "{HUGE} (call $subject (i32.const 131072) (i32.const 30000000))"
        ))
        .build()
}

/// 100 tags that all are the same 30 MiB.
pub(crate) fn a_huge_text_many_times(_: &Here) -> Vec<u8> {
    guest()
        .in_get(&format!(
            "{HUGE} (loop $again
               (i32.store (i32.add (i32.const 1024) (i32.mul (local.get $i) (i32.const 8))) (i32.const 131072))
               (i32.store (i32.add (i32.const 1028) (i32.mul (local.get $i) (i32.const 8))) (i32.const 30000000))
               (local.set $i (i32.add (local.get $i) (i32.const 1)))
               (br_if $again (i32.lt_u (local.get $i) (i32.const 100))))
             (i32.store (i32.const 604) (i32.const 1024)) (i32.store (i32.const 608) (i32.const 100))"
        ))
        .build()
}

pub(crate) fn a_list_of_millions(_: &Here) -> Vec<u8> {
    guest()
        .in_get(&format!(
            "{HUGE} (memory.fill (i32.const 131072) (i32.const 0) (i32.const 31000000))
             (i32.store (i32.const 604) (i32.const 131072)) (i32.store (i32.const 608) (i32.const 3800000))"
        ))
        .build()
}

pub(crate) fn pages_without_end(_: &Here) -> Vec<u8> {
    let mut guest = guest();
    let mark = guest.text("xx");
    let (at, len) = mark.split_once(") (").unwrap();
    let (at, len) = (format!("{at})"), format!("({len}"));
    guest
        .with("(global $page (mut i32) (i32.const 0))")
        .in_list(&format!(
            "(global.set $page (i32.add (global.get $page) (i32.const 1)))
             (i32.store16 {at} (i32.or (i32.const 0x3030) (i32.and (global.get $page) (i32.const 7))))
             (i32.store (i32.const 780) (i32.const 1))
             (i32.store (i32.const 784) {at})
             (i32.store (i32.const 788) {len})"
        ))
        .build()
}
