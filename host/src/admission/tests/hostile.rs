//! Bytes that are no component, or want to be more than one.

use super::{PERFECT, READER, built, edited, only};
use crate::admission::{MAX_IMPORTS, MAX_SENTENCES, examine};
use proptest::prelude::*;

#[test]
fn a_core_module_is_told_how_to_become_a_component() {
    let admission = examine(b"\0asm\x01\0\0\0");
    assert_eq!(admission.problems.len(), 1);
    assert!(
        admission.problems[0].contains("wasm-tools component new"),
        "{admission}"
    );
}

#[test]
fn what_is_not_webassembly_is_called_what_it_is() {
    for (bytes, word) in [
        (&b""[..], "empty"),
        (b"<!DOCTYPE html><title>Login</title>", "HTML page"),
        (b"\n<HTML>", "HTML page"),
        (b"<?xml version='1.0'?>", "XML"),
        (b"\x7fELF\x02\x01", "ELF"),
        (b"PK\x03\x04..", "ZIP"),
        (b"(component)", "text form"),
        ("Grüße".as_bytes(), "a text"),
        (b"\0\0\0\0", "unknown kind"),
        (b"\xff\xfe\xfd", "unknown kind"),
        (b"\0as", "cut off"),
        (b"\0asm\x0d\0", "cut off after 6 bytes"),
        (b"\0asm\x0c\0\x01\0", "unknown version"),
    ] {
        let admission = examine(bytes);
        assert_eq!(admission.problems.len(), 1, "{admission}");
        assert!(admission.problems[0].contains(word), "{word}: {admission}");
        assert!(
            !admission.problems[0].contains("did not foresee"),
            "{admission}"
        );
    }
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let mut large = PERFECT.clone();
    large.resize((64 << 20) + 1, 0);
    only(
        &examine(&large),
        "the file has 65 MiB: a component may have 64 MiB",
    );
}

#[test]
fn a_component_that_is_cut_off_is_never_admitted() {
    let step = (PERFECT.len() / 400).max(1);
    for length in (0..64).chain((64..PERFECT.len()).step_by(step)) {
        let admission = examine(&PERFECT[..length]);
        // A cut between two sections may leave a smaller component that is valid.
        assert!(!admission.admitted(), "{length}");
        assert!(
            admission
                .problems
                .iter()
                .all(|p| !p.contains("did not foresee")),
            "{length}"
        );
    }
}

#[test]
fn a_malformed_component_is_told_with_the_position() {
    let mut wasm = PERFECT.clone();
    wasm.truncate(wasm.len() - 1);
    let admission = examine(&wasm);
    assert!(admission.problems[0].contains("(at byte "), "{admission}");
}

#[test]
fn a_type_that_doubles_at_every_step_costs_no_more_than_its_bytes() {
    let mut types = String::from("record t0 { a: u8 }\n");
    for index in 1..14 {
        let before = index - 1;
        types.push_str(&format!(
            "record t{index} {{ a: t{before}, b: t{before} }}\n"
        ));
    }
    let types = format!("{types} get: func(id: t13)");
    let admission = edited("get: func(id: string)", &types);
    only(
        &admission,
        "tickets.get: takes (id: t13), the contract has (id: string)",
    );
}

#[test]
fn thousands_of_imports_make_a_report_of_a_page() {
    let items: String = (0..3_000)
        .map(|n| format!("import fun{n}: func();\n"))
        .collect();
    let admission = examine(&built(str::to_owned, &[], &format!("{items} {READER}")));
    assert!(!admission.admitted());
    assert_eq!(admission.problems.len(), MAX_SENTENCES + 1);
    assert!(admission.problems.last().unwrap().ends_with(" more"));
    assert_eq!(admission.imports.len(), MAX_IMPORTS);
    assert_eq!(admission.profile, None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_bytes_make_the_reader_stumble(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        component in any::<bool>(),
    ) {
        let mut wasm = if component { b"\0asm\x0d\0\x01\0".to_vec() } else { Vec::new() };
        wasm.extend(bytes);
        let admission = examine(&wasm);
        prop_assert!(!admission.admitted());
        prop_assert!(admission.problems.iter().all(|p| !p.contains("did not foresee")));
    }

    #[test]
    fn no_change_of_a_component_makes_the_reader_stumble(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut wasm = PERFECT.clone();
        for (index, byte) in changes {
            let index = index.index(wasm.len());
            wasm[index] = byte;
        }
        let admission = examine(&wasm);
        prop_assert!(admission.problems.iter().all(|p| !p.contains("did not foresee")));
        let text = admission.to_string();
        prop_assert!(!text.contains(char::from(0x1b)));
    }
}
