mod fit;
mod hostile;
mod link;

use super::contract::parse;
use super::{Admission, Declared, examine};

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
