use super::contract::parse;
use super::{Admission, Declared, examine};
use crate::engine::Profile;
use proptest::prelude::*;
use std::sync::LazyLock;
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi};

/// A component of a world. `edit` changes the contract that it is built for, `extra` are further
/// packages, `items` what stands in the world.
fn built(edit: impl Fn(&str) -> String, extra: &[&str], items: &str) -> Vec<u8> {
    let (mut resolve, _) = parse(edit).unwrap();
    for (index, package) in extra.iter().enumerate() {
        resolve
            .push_str(format!("extra-{index}.wit"), package)
            .unwrap();
    }
    let text = format!("package test:component;\nworld it {{\n{items}\n}}");
    let package = resolve.push_str("it.wit", &text).unwrap();
    let world = resolve.select_world(&[package], Some("it")).unwrap();
    let mut module = dummy_module(&resolve, world, ManglingAndAbi::Legacy(LiftLowerAbi::Sync));
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .unwrap()
        .encode()
        .unwrap()
}

const READER: &str = "include sgi:connector/reader@0.1.0;";

/// A reader for a contract in which `from` reads `to`.
fn edited(from: &str, to: &str) -> Admission {
    let found = std::cell::Cell::new(false);
    let wasm = built(
        |text| {
            found.set(found.get() || text.contains(from));
            text.replace(from, to)
        },
        &[],
        READER,
    );
    assert!(found.get(), "the contract has no {from:?}");
    examine(&wasm)
}

/// A perfect reader, built once.
static PERFECT: LazyLock<Vec<u8>> = LazyLock::new(|| built(str::to_owned, &[], READER));

#[track_caller]
fn has(admission: &Admission, problem: &str) {
    assert!(
        admission.problems.iter().any(|found| found == problem),
        "no {problem:?} in {:#?}",
        admission.problems
    );
}

#[track_caller]
fn only(admission: &Admission, problem: &str) {
    assert_eq!(admission.problems, [problem]);
    assert!(!admission.admitted());
}

fn meaning<'a>(admission: &'a Admission, interface: &str) -> &'a str {
    &admission
        .abilities
        .iter()
        .find(|a| a.interface == interface)
        .unwrap()
        .meaning
}

#[test]
fn a_reader_is_admitted_sealed() {
    let admission = examine(&PERFECT);
    assert!(admission.admitted(), "{admission}");
    assert_eq!(admission.notes, Vec::<String>::new());
    assert_eq!(admission.contract.as_deref(), Some("sgi:connector@0.1.0"));
    assert_eq!(admission.profile, Some(Profile::Sealed));
    assert_eq!(meaning(&admission, "changes"), "cannot feed the logbook");
    assert_eq!(meaning(&admission, "authoring"), "cannot create tickets");
    // All of the sealed profile, types and signatures included.
    assert_eq!(admission.imports.len(), 11, "{admission}");
    assert!(admission.digest.starts_with("sha256:") && admission.digest.len() == 71);
}

#[test]
fn the_connector_that_is_built_in_is_admitted_sealed() {
    let file =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/connectors/rt.wasm");
    let admission = examine(&std::fs::read(file).unwrap());
    assert!(admission.admitted(), "{admission}");
    assert_eq!(admission.profile, Some(Profile::Sealed));
}

#[test]
fn abilities_beyond_reading_are_told() {
    let wasm = built(str::to_owned, &[], "include sgi:connector/full@0.1.0;");
    let admission = examine(&wasm);
    assert!(admission.admitted(), "{admission}");
    assert!(admission.abilities.iter().all(|ability| ability.present));
    assert!(meaning(&admission, "changes").contains("feeds the logbook"));
    let wasm = built(
        str::to_owned,
        &[],
        "include sgi:connector/reader-with-changes@0.1.0;",
    );
    assert_eq!(
        meaning(&examine(&wasm), "authoring"),
        "cannot create tickets"
    );
}

#[test]
fn a_later_patch_of_the_contract_with_the_same_types_is_admitted() {
    let wasm = built(
        |text| text.replace("connector@0.1.0", "connector@0.1.7"),
        &[],
        "include sgi:connector/reader@0.1.7;",
    );
    let admission = examine(&wasm);
    assert!(admission.admitted(), "{admission}");
    assert_eq!(admission.contract.as_deref(), Some("sgi:connector@0.1.7"));
}

#[test]
fn any_patch_of_wasi_is_given() {
    for patch in ["0.2.0", "0.2.6", "0.2.99"] {
        let wasm = built(
            |text| text.replace("@0.2.12", &format!("@{patch}")),
            &[],
            READER,
        );
        let admission = examine(&wasm);
        assert!(admission.admitted(), "{patch}: {admission}");
    }
}

#[test]
fn a_missing_function_is_named() {
    let admission = edited(
        "forms: func(object: object) -> result<list<form>, error>;",
        "",
    );
    only(&admission, "tickets.forms is missing");
}

#[test]
fn a_parameter_of_another_type_is_shown_beside_that_of_the_contract() {
    let admission = edited("get: func(id: string)", "get: func(id: u32)");
    only(
        &admission,
        "tickets.get: takes (id: u32), the contract has (id: string)",
    );
}

#[test]
fn a_parameter_of_another_name_is_no_difference() {
    assert!(edited("get: func(id: string)", "get: func(key: string)").admitted());
}

#[test]
fn an_answer_of_another_type_is_shown_beside_that_of_the_contract() {
    let admission = edited(
        "check: func() -> result<report, error>",
        "check: func() -> report",
    );
    only(
        &admission,
        "connector.check: answers report, the contract has result<report, error>",
    );
}

#[test]
fn a_type_of_the_same_name_and_another_kind_is_spelled_out() {
    let admission = edited(
        "record form {\n",
        "variant form { a(string), b }\n record unused {\n",
    );
    assert_eq!(admission.problems.len(), 1);
    assert!(
        admission.problems[0]
            .starts_with("tickets.forms: answers result<list<variant { a(string), b }>"),
        "{:?}",
        admission.problems
    );
}

#[test]
fn a_difference_inside_a_type_is_told_once_for_all_functions() {
    let admission = edited("    due: option<instant>,\n", "    dew: option<instant>,\n");
    has(
        &admission,
        "tickets.of-object, tickets.get: record ticket lacks the field due",
    );
    has(
        &admission,
        "tickets.of-object, tickets.get: record ticket has the field dew, which the contract does \
         not have",
    );
    assert_eq!(admission.problems.len(), 2);
}

#[test]
fn a_field_of_another_type_is_named() {
    let admission = edited("total: option<u32>", "total: option<u64>");
    only(
        &admission,
        "tickets.of-object: record page: the field total is option<u64>, the contract has option<u32>",
    );
}

#[test]
fn a_case_that_was_added_is_named() {
    let admission = edited("enum filter { all,", "enum filter { all, stale,");
    only(
        &admission,
        "tickets.of-object: enum filter has the case stale, which the contract does not have",
    );
}

#[test]
fn the_order_of_fields_counts() {
    let admission = edited(
        "    product: string,\n    version: string,\n",
        "    version: string,\n    product: string,\n",
    );
    assert_eq!(admission.problems.len(), 1);
    assert!(
        admission.problems[0].contains("record report has its fields in another order"),
        "{:?}",
        admission.problems
    );
}

#[test]
fn a_missing_interface_is_told_with_what_that_means() {
    let items = "include sgi:connector/imports@0.1.0; export sgi:connector/connector@0.1.0;";
    let admission = examine(&built(str::to_owned, &[], items));
    only(
        &admission,
        "does not export the interface sgi:connector/tickets: it cannot read tickets",
    );
}

#[test]
fn what_is_exported_beyond_the_contract_is_a_note() {
    let extra = "package my:tools@1.0.0; interface tool { run: func(); }";
    let items = format!("{READER} export my:tools/tool@1.0.0; export further: func();");
    let admission = examine(&built(str::to_owned, &[extra], &items));
    assert!(admission.admitted(), "{admission}");
    assert_eq!(admission.notes.len(), 1);
    assert!(
        admission.notes[0].contains("my:tools/tool@1.0.0"),
        "{:?}",
        admission.notes
    );
    let admission = edited(
        "get: func(id: string)",
        "more: func();\n get: func(id: string)",
    );
    assert!(admission.admitted(), "{admission}");
    assert_eq!(
        admission.notes,
        ["tickets has more beyond the contract, which is not used"]
    );
}

#[test]
fn another_version_of_the_contract_is_named_beside_the_one_that_is_supported() {
    let wasm = built(
        |text| text.replace("connector@0.1.0", "connector@0.2.0"),
        &[],
        "include sgi:connector/reader@0.2.0;",
    );
    let admission = examine(&wasm);
    assert_eq!(admission.contract.as_deref(), Some("sgi:connector@0.2.0"));
    has(
        &admission,
        "exports connector, tickets of sgi:connector@0.2.0; this host supports sgi:connector@0.1.0",
    );
    assert!(
        admission.problems[1]
            .ends_with("of sgi:connector@0.2.0; this host gives sgi:connector@0.1.0")
    );
    assert_eq!(admission.problems.len(), 2);
    assert_eq!(admission.profile, None);
}

#[test]
fn something_that_is_no_connector_is_told_by_what_it_exports() {
    let admission = examine(&built(str::to_owned, &[], "export run: func();"));
    only(
        &admission,
        "exports nothing of the contract sgi:connector@0.1.0, so this is not a connector: it \
         exports run",
    );
}

#[test]
fn files_need_the_other_profile() {
    let extra = "package wasi:filesystem@0.2.3; interface preopens { get: func() -> u32; }";
    let items = format!("{READER} import wasi:filesystem/preopens@0.2.3;");
    let admission = examine(&built(str::to_owned, &[extra], &items));
    assert!(admission.admitted(), "{admission}");
    assert_eq!(admission.profile, Some(Profile::EmptyWasi));
    let import = admission
        .imports
        .iter()
        .find(|i| i.name.contains("filesystem"))
        .unwrap();
    assert_eq!(import.meaning, "files (there are none)");
}

#[test]
fn wasi_of_another_generation_is_refused() {
    let extra = "package wasi:filesystem@0.3.0; interface preopens { get: func() -> u32; }";
    let items = format!("{READER} import wasi:filesystem/preopens@0.3.0;");
    only(
        &examine(&built(str::to_owned, &[extra], &items)),
        "imports preopens of wasi:filesystem@0.3.0; this host gives wasi:filesystem@0.2.12",
    );
}

#[test]
fn an_import_that_no_profile_gives_is_named() {
    let extra = "package evil:thing@1.0.0; interface core { steal: func() -> string; }";
    let items = format!("{READER} import evil:thing/core@1.0.0; import loose: func();");
    let admission = examine(&built(str::to_owned, &[extra], &items));
    has(
        &admission,
        "imports evil:thing/core@1.0.0, which no profile gives",
    );
    has(
        &admission,
        "imports loose, which is not an interface: no profile gives anything else",
    );
    assert_eq!(admission.problems.len(), 2);
    assert_eq!(admission.profile, None);
}

#[test]
fn an_imported_function_that_does_not_exist_is_named() {
    let admission = edited("write: func(level", "erase: func();\n write: func(level");
    only(
        &admission,
        "imports erase of sgi:connector/log@0.1.0, which the contract does not have there",
    );
    let admission = edited("enum level { error, ", "enum level { ");
    only(
        &admission,
        "sgi:connector/log@0.1.0.write: enum level lacks the case error",
    );
}

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
    for index in 1..17 {
        let before = index - 1;
        types.push_str(&format!(
            "record t{index} {{ a: t{before}, b: t{before} }}\n"
        ));
    }
    let types = format!("{types} get: func(id: t16)");
    let admission = edited("get: func(id: string)", &types);
    only(
        &admission,
        "tickets.get: takes (id: t16), the contract has (id: string)",
    );
}

#[test]
fn thousands_of_imports_make_a_report_of_a_page() {
    let items: String = (0..3_000)
        .map(|n| format!("import fun{n}: func();\n"))
        .collect();
    let admission = examine(&built(str::to_owned, &[], &format!("{READER} {items}")));
    assert_eq!(admission.problems.len(), super::MAX_SENTENCES + 1);
    assert_eq!(admission.problems.last().unwrap(), "… and 2950 more");
    assert!(admission.imports.len() <= super::MAX_IMPORTS);
}

#[test]
fn the_report_reads_as_text_and_as_json() {
    let mut admission = examine(&PERFECT);
    admission.declared = Some(Declared {
        id: "rt".into(),
        name: "Request Tracker".into(),
        version: "1.2.3".into(),
        systems: vec!["Request Tracker 5.0 and later".into()],
        slots: vec!["GET /REST/2.0/*: the password".into()],
        ..Declared::default()
    });
    let text = admission.to_string();
    for line in [
        "Request Tracker (rt) 1.2.3",
        "contract sgi:connector@0.1.0, profile sealed",
        "  - changes    cannot feed the logbook",
        "Sends secrets in",
        "Admitted.",
    ] {
        assert!(
            text.lines().any(|found| found == line),
            "no {line:?} in\n{text}"
        );
    }
    let json = serde_json::to_value(&admission).unwrap();
    assert_eq!(json["profile"], "sealed");
    assert_eq!(json["declared"]["id"], "rt");
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
