//! Components against the contract and the profiles.

use super::{PERFECT, READER, built, edited, has, meaning, only};
use crate::admission::examine;
use crate::engine::Profile;

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
    for patch in ["0.2.0", "0.2.13", "0.2.99"] {
        let edit = |text: &str| {
            let mut text = text.replace("@0.2.12", &format!("@{patch}"));
            // Nothing in a package may be younger than it.
            for since in 1..=12 {
                text = text.replace(&format!("version = 0.2.{since})"), "version = 0.2.0)");
            }
            text
        };
        let admission = examine(&built(edit, &[], READER));
        assert!(admission.admitted(), "{patch}: {admission}");
    }
}

#[test]
fn a_missing_function_is_named() {
    let admission = edited(
        "forms: func(object: object)",
        "shapes: func(object: object)",
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
