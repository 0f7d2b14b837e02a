//! What is no connector, and values that the contract does not know.

use crate::run::{Here, guest};
use sgi_hostile::encoded;

/// Hundreds of loops in each other, and thousands of variables that all of them change: what the compiler
/// remembers of it is the product.
pub(crate) fn keeps_the_compiler_busy(_: &Here) -> Vec<u8> {
    const LOOPS: usize = 800;
    const VARIABLES: usize = 20_000;
    let mut body = format!("(func (param i32) {}", "(local i32)".repeat(VARIABLES));
    body.push_str(&"(loop ".repeat(LOOPS));
    for n in 1..VARIABLES {
        body.push_str(&format!(
            "(local.set {n} (i32.add (local.get {n}) (local.get {})))",
            n - 1
        ));
    }
    body.push_str(&"(br_if 0 (local.get 0)))".repeat(LOOPS));
    body.push(')');
    guest().with(&body).build()
}

pub(crate) fn nothing(_: &Here) -> Vec<u8> {
    Vec::new()
}

pub(crate) fn noise(_: &Here) -> Vec<u8> {
    let mut wasm = b"\0asm\x0d\0\x01\0".to_vec();
    let mut state: u32 = 7;
    wasm.extend((0..10_000).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    }));
    wasm
}

pub(crate) fn cut_off(_: &Here) -> Vec<u8> {
    let mut wasm = guest().build();
    wasm.truncate(wasm.len() / 2);
    wasm
}

pub(crate) fn a_core_module(_: &Here) -> Vec<u8> {
    b"\0asm\x01\0\0\0".to_vec()
}

pub(crate) fn too_large(_: &Here) -> Vec<u8> {
    let mut wasm = guest().build();
    wasm.resize((64 << 20) + 1, 0);
    wasm
}

pub(crate) fn an_empty_component(_: &Here) -> Vec<u8> {
    b"\0asm\x0d\0\x01\0".to_vec()
}

fn of_version(version: &str) -> Vec<u8> {
    let wat = guest().wat().replace("@0.1.0", &format!("@{version}"));
    encoded(&wat, "reader", |text| {
        let text = text.replace("sgi:connector@0.1.0", &format!("sgi:connector@{version}"));
        text.replace("@since(version = 0.1.0)", "")
    })
}

pub(crate) fn an_older_contract(_: &Here) -> Vec<u8> {
    of_version("0.0.9")
}

pub(crate) fn a_future_contract(_: &Here) -> Vec<u8> {
    of_version("9.0.0")
}

pub(crate) fn another_type(_: &Here) -> Vec<u8> {
    let wat = guest()
        .wat()
        .replace("(param $id i32) (param $id-len i32)", "(param $id i64)");
    encoded(&wat, "reader", |text| {
        text.replace("get: func(id: string)", "get: func(id: u64)")
    })
}

/// Further imports of the world, each with a function that is called.
fn importing(interface: &str, import: &str) -> Vec<u8> {
    let wat = guest().wat().replacen(
        "(module",
        &format!("(module (import \"{interface}\" \"f\" (func (result i32)))"),
        1,
    );
    encoded(&wat, "reader", |text| {
        text.replace(
            "  include imports;\n",
            &format!("  include imports;\n  {import}\n"),
        )
    })
}

pub(crate) fn files(_: &Here) -> Vec<u8> {
    // By the name alone: what stands behind it would be asked for later.
    let wasm = importing(
        "wasi-filesystem-preopens",
        "import wasi-filesystem-preopens: interface { f: func() -> u32; }",
    );
    renamed(
        wasm,
        b"wasi-filesystem-preopens",
        b"wasi:filesystem/types@00",
    )
}

pub(crate) fn an_interface_of_its_own(_: &Here) -> Vec<u8> {
    importing("evil", "import evil: interface { f: func() -> u32; }")
}

fn renamed(mut wasm: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let places: Vec<usize> = wasm
        .windows(from.len())
        .enumerate()
        .filter(|(_, window)| *window == from)
        .map(|(at, _)| at)
        .collect();
    assert!(!places.is_empty());
    for at in places {
        wasm[at..at + to.len()].copy_from_slice(to);
    }
    wasm
}

pub(crate) fn trap(_: &Here) -> Vec<u8> {
    guest().in_get("(unreachable)").build()
}

pub(crate) fn trap_in_check(_: &Here) -> Vec<u8> {
    guest().in_check("(unreachable)").build()
}

pub(crate) fn trap_in_list(_: &Here) -> Vec<u8> {
    guest().in_list("(unreachable)").build()
}

pub(crate) fn trap_at_start(_: &Here) -> Vec<u8> {
    guest().at_start("(unreachable)").build()
}

pub(crate) fn trap_in_describe(_: &Here) -> Vec<u8> {
    guest().in_describe("(unreachable)").build()
}

pub(crate) fn used_after_a_trap(_: &Here) -> Vec<u8> {
    guest()
        .with("(global $broken (mut i32) (i32.const 0))")
        .in_get(
            "(if (i32.eqz (global.get $broken))
               (then (global.set $broken (i32.const 1)) (unreachable)))",
        )
        .build()
}

fn subject(at: &str, len: &str) -> Vec<u8> {
    guest()
        .in_get(&format!(
            "(call $subject (i32.const {at}) (i32.const {len}))"
        ))
        .build()
}

pub(crate) fn a_length_that_lies(_: &Here) -> Vec<u8> {
    subject("65536", "100000000")
}

pub(crate) fn a_length_that_wraps(_: &Here) -> Vec<u8> {
    subject("65536", "-16")
}

pub(crate) fn a_list_that_lies(_: &Here) -> Vec<u8> {
    guest()
        .in_get("(i32.store (i32.const 604) (i32.const 65536)) (i32.store (i32.const 608) (i32.const -1))")
        .build()
}

pub(crate) fn an_odd_place(_: &Here) -> Vec<u8> {
    guest().in_get("(return (i32.const 513))").build()
}

fn bytes(bytes: &[u8]) -> Vec<u8> {
    let mut guest = guest();
    let text = guest.text(bytes);
    guest.in_get(&format!("(call $subject {text})")).build()
}

pub(crate) fn no_utf8(_: &Here) -> Vec<u8> {
    bytes(b"a\xff\xfe")
}

pub(crate) fn a_surrogate(_: &Here) -> Vec<u8> {
    bytes(b"\xed\xa0\x80")
}

pub(crate) fn a_status_that_is_none(_: &Here) -> Vec<u8> {
    guest()
        .in_get("(i32.store8 (i32.const 552) (i32.const 99))")
        .build()
}

pub(crate) fn an_answer_that_is_none(_: &Here) -> Vec<u8> {
    guest()
        .in_get("(i32.store8 (i32.const 512) (i32.const 7))")
        .build()
}

pub(crate) fn an_error_that_is_none(_: &Here) -> Vec<u8> {
    guest()
        .in_get("(i32.store8 (i32.const 512) (i32.const 1)) (i32.store8 (i32.const 520) (i32.const 200))")
        .build()
}

pub(crate) fn a_handle_that_is_none(_: &Here) -> Vec<u8> {
    guest().in_get("(call $block (i32.const 4711))").build()
}

pub(crate) fn a_realloc_that_lies(_: &Here) -> Vec<u8> {
    let wat = guest()
        .in_get("(global.set $top (i32.const 0x7ffffff0)) (call $get-settings (i32.const 256))")
        .wat();
    // The host asks for room; there is none where it is told to write.
    let wat = wat.replace(
        "(if (i32.gt_u (global.get $top) (i32.mul (memory.size) (i32.const 65536)))",
        "(if (i32.const 0)",
    );
    encoded(&wat, "reader", str::to_owned)
}

pub(crate) fn enters_again(_: &Here) -> Vec<u8> {
    let wat = guest()
        .with("(global $ready (mut i32) (i32.const 0))")
        .in_get("(global.set $ready (i32.const 1)) (call $get-settings (i32.const 256))")
        .wat();
    let wat = wat.replace(
        "(local $at i32)\n    (local.set $at (i32.and",
        "(local $at i32)
    (if (global.get $ready) (then (call $get-settings (i32.const 256))))
    (local.set $at (i32.and",
    );
    encoded(&wat, "reader", str::to_owned)
}
