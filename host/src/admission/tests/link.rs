//! What the report admits, the linker takes; what it does not, never gets that far.

use super::{READER, built};
use crate::admission::examine;
use crate::catalog::{Candidate, Digest, Source};
use crate::engine::Runtime;
use crate::error::Error;
use crate::preparation::{Allowed, inspect, prepare};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new(None, None).unwrap());

/// Changes of the contract that a component is built for: harmless ones, and others.
const CHANGES: [(&str, &str); 14] = [
    ("get: func(id: string)", "get: func(key: string)"),
    (
        "get: func(id: string)",
        "more: func();\n get: func(id: string)",
    ),
    ("@0.1.0", "@0.1.7"),
    ("@0.2.12", "@0.2.3"),
    ("@0.1.0", "@0.2.0"),
    ("get: func(id: string)", "get: func(id: u32)"),
    (
        "forms: func(object: object)",
        "shapes: func(object: object)",
    ),
    ("total: option<u32>", "total: option<u64>"),
    ("    due: option<instant>,\n", ""),
    ("enum filter { all,", "enum filter { all, stale,"),
    ("enum level { error, ", "enum level { "),
    ("write: func(level", "erase: func();\n write: func(level"),
    ("captured: func(name: string)", "captured: func(name: u8)"),
    ("type instant = s64", "type instant = u64"),
];

/// What else stands in the world.
const EXTRAS: [(&str, &str); 6] = [
    ("", ""),
    (
        "package my:tools@1.0.0; interface tool { run: func(); }",
        "export my:tools/tool@1.0.0;",
    ),
    (
        "package wasi:cli@0.2.3; interface environment { get-arguments: func() -> list<string>; }",
        "import wasi:cli/environment@0.2.3;",
    ),
    (
        "package wasi:random@0.2.12; interface random { get-random-u64: func() -> u64; }",
        "import wasi:random/random@0.2.12;",
    ),
    (
        "package wasi:random@0.3.0; interface random { get-random-u64: func() -> u64; }",
        "import wasi:random/random@0.3.0;",
    ),
    (
        "package evil:thing@1.0.0; interface core { steal: func() -> string; }",
        "import evil:thing/core@1.0.0;",
    ),
];

/// A component with these changes.
fn changed(changes: &[(&str, &str)], (package, item): (&str, &str)) -> Vec<u8> {
    let edit = |text: &str| {
        let mut text = text.to_owned();
        for (from, to) in changes {
            text = text.replace(from, to);
        }
        text
    };
    let packages: &[&str] = if package.is_empty() { &[] } else { &[package] };
    // The world is of the version that the changes made.
    let items = format!("{} {item}", edit(READER));
    built(edit, packages, &items)
}

fn links(wasm: &[u8], profile: crate::engine::Profile) -> Result<(), String> {
    RUNTIME
        .compile(wasm, &Digest::of(wasm).0)
        .and_then(|component| RUNTIME.link(&component, profile))
        .map(drop)
        .map_err(|error| error.to_string())
}

/// Every change with everything else in the world, and every two changes together.
#[test]
fn what_is_admitted_links() {
    let mut variants: Vec<Vec<u8>> = Vec::new();
    for (position, one) in CHANGES.iter().enumerate() {
        variants.extend(EXTRAS.iter().map(|extra| changed(&[*one], *extra)));
        let others = CHANGES.iter().skip(position + 1);
        variants.extend(others.map(|other| changed(&[*one, *other], EXTRAS[0])));
    }
    let mut admitted = 0;
    for wasm in &variants {
        let admission = examine(wasm);
        if admission.admitted() {
            admitted += 1;
            let profile = admission.profile.unwrap();
            assert_eq!(links(wasm, profile), Ok(()), "{admission}");
        }
    }
    assert!((10..variants.len() - 10).contains(&admitted), "{admitted}");
}

#[test]
fn each_harmless_change_is_admitted_and_links() {
    let harmless = CHANGES
        .iter()
        .take(4)
        .map(|change| changed(&[*change], EXTRAS[0]));
    let extras = EXTRAS.iter().take(4).map(|extra| changed(&[], *extra));
    for wasm in harmless.chain(extras) {
        let admission = examine(&wasm);
        assert!(admission.admitted(), "{admission}");
        links(&wasm, admission.profile.unwrap()).unwrap();
    }
}

#[tokio::test]
async fn what_is_not_admitted_is_never_instantiated() {
    let mut runtime = Runtime::new(None, None).unwrap();
    let stores = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&stores);
    runtime.at_store = Some(Arc::new(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
    }));
    let runtime = Arc::new(runtime);
    let prepared = |wasm: Vec<u8>| {
        let candidate = Candidate {
            source: Source::File("it.wasm".into()),
            digest: Digest::of(&wasm),
            wasm: wasm.into(),
        };
        let runtime = Arc::clone(&runtime);
        async move {
            prepare(&runtime, candidate, &Allowed::new())
                .await
                .map(drop)
        }
    };
    let misfits = CHANGES
        .iter()
        .skip(4)
        .map(|change| changed(&[*change], EXTRAS[0]));
    // The rest of WASI does not fit either, unless it is allowed.
    let extras = EXTRAS.iter().skip(2).map(|extra| changed(&[], *extra));
    for wasm in misfits.chain(extras) {
        match prepared(wasm).await {
            Err(Error::NotAdmitted(problem)) => {
                assert!(
                    problem.message.starts_with("the component it.wasm "),
                    "{problem}"
                );
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(stores.load(Ordering::Relaxed), 0);
    // The control: one that fits gets as far as that, where its dummy of a `describe` traps.
    let error = prepared(changed(&[], EXTRAS[0])).await.unwrap_err();
    assert_eq!(error.code(), "connector", "{error}");
    assert_eq!(stores.load(Ordering::Relaxed), 1);
}

/// The types of the rest of WASI are known to the linker alone.
#[tokio::test]
async fn a_part_of_wasi_that_is_different_here_is_a_problem_of_the_report() {
    let wasm = changed(
        &[],
        (
            "package wasi:filesystem@0.2.3; interface preopens { get: func() -> u32; }",
            "import wasi:filesystem/preopens@0.2.3;",
        ),
    );
    let runtime = Arc::new(Runtime::new(None, None).unwrap());
    let (admission, _) = inspect(&runtime, &wasm, &Allowed::new()).await.unwrap();
    assert_eq!(admission.problems.len(), 1, "{admission}");
    let problem = &admission.problems[0];
    assert!(
        problem.contains("in another form than this host gives it"),
        "{problem}"
    );
    assert!(
        problem.contains("wasi:filesystem/preopens@0.2.3"),
        "{problem}"
    );
}
