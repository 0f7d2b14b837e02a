use super::*;
use crate::knowledge::Knowledge;
use sgi_guest::{DeskSettings, OptionValue, Settings};

const KNOWLEDGE: &str = r#"{"at":0,"looked_at":2,
    "objects":[{"id":2,"name":"i-doit objects"}],"tenant":[{"id":3,"name":"i-doit tenant"}],
    "queues":[[1,"General",2,3],[3,"Incidents",2,3]]}"#;

fn settings() -> Settings {
    let option = |key: &str, value: &str| OptionValue {
        key: key.to_owned(),
        values: vec![value.to_owned()],
    };
    Settings::given(DeskSettings {
        url: "https://rt.example.org".to_owned(),
        link_url: "https://rt.example.org".to_owned(),
        username: "cmdb".to_owned(),
        password: "placeholder".to_owned(),
        options: vec![
            option("objects-field", "i-doit objects"),
            option("tenant-field", "i-doit tenant"),
        ],
        learned: Some(KNOWLEDGE.as_bytes().to_vec()),
    })
}

fn row(what: &str, field: &str, old: &str, new: &str) -> Transaction {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Transaction {
        id: 17,
        ticket: 5,
        what: what.to_owned(),
        actor: some("Jürgen Huber"),
        at: 1000,
        field: some(field),
        old: some(old),
        new: some(new),
    }
}

fn events(row: &Transaction) -> Vec<Event> {
    let settings = settings();
    let knowledge = Knowledge::current(&settings).unwrap();
    let mut names = Names::new(&settings, &knowledge);
    let mut events = Vec::new();
    let references = references(row, &knowledge.fields(&settings));
    push(&mut events, row, references, &mut names).unwrap();
    events
}

/// Id, kind, field, old and new.
fn told(what: &str, field: &str, old: &str, new: &str) -> Vec<String> {
    let text = |event: Event| {
        assert_eq!(event.ticket, "5");
        assert_eq!(event.actor.as_deref(), Some("Jürgen Huber"));
        format!(
            "{} {:?} {:?} {:?} {:?}",
            event.id, event.kind, event.field, event.old, event.new
        )
        .replace("Some(\"", "")
        .replace("\")", "")
    };
    events(&row(what, field, old, new))
        .into_iter()
        .map(text)
        .collect()
}

#[test]
fn transactions_are_told_in_the_contracts_words() {
    for (what, field, old, new, said) in [
        ("Create", "", "", "", "txn-17 Kind::Created None None None"),
        (
            "Correspond",
            "",
            "",
            "",
            "txn-17 Kind::Replied None None None",
        ),
        (
            "Comment",
            "",
            "",
            "",
            "txn-17 Kind::Commented None None None",
        ),
        (
            "Status",
            "Status",
            "new",
            "open",
            "txn-17 Kind::Status None new open",
        ),
        (
            "Status",
            "Status",
            "open",
            "resolved",
            "txn-17 Kind::Resolved None open resolved",
        ),
        (
            "Status",
            "Status",
            "new",
            "rejected",
            "txn-17 Kind::Resolved None new rejected",
        ),
        (
            "Status",
            "Status",
            "resolved",
            "rejected",
            "txn-17 Kind::Status None resolved rejected",
        ),
        (
            "Status",
            "Status",
            "new",
            "deleted",
            "txn-17 Kind::Deleted None new deleted",
        ),
        (
            "Set",
            "Queue",
            "3",
            "9",
            "txn-17 Kind::Queue None Incidents 9",
        ),
        (
            "Set",
            "Priority",
            "0",
            "50",
            "txn-17 Kind::Priority None 0 50",
        ),
        (
            "Set",
            "FinalPriority",
            "0",
            "50",
            "txn-17 Kind::Other(\"Set FinalPriority 0 50",
        ),
        ("Set", "Subject", "a", "b", "txn-17 Kind::Subject None a b"),
        (
            "Set",
            "Due",
            "1970-01-01 00:00:00",
            "2026-12-24 10:00:00",
            "txn-17 Kind::Other(\"Set Due None 2026-12-24T10:00:00Z",
        ),
        (
            "AddLink",
            "MergedInto",
            "",
            "fsck.com-rt://rt.local/ticket/29",
            "txn-17 Kind::Merged(\"29 None None None",
        ),
        (
            "AddLink",
            "MergedInto",
            "",
            "fsck.com-rt://rt.local/ticket/5",
            "txn-17 Kind::Other(\"AddLink MergedInto None 5",
        ),
        (
            "DeleteLink",
            "RefersTo",
            "https://a.example/",
            "",
            "txn-17 Kind::Other(\"DeleteLink RefersTo https://a.example/ None",
        ),
        (
            "CustomField",
            "2",
            "",
            "1001",
            "txn-17 Kind::Referenced(\"1001 None None None",
        ),
        (
            "CustomField",
            "2",
            "1001",
            "",
            "txn-17 Kind::Unreferenced(\"1001 None None None",
        ),
        (
            "CustomField",
            "2",
            "",
            "srv-db",
            "txn-17 Kind::Other(\"CustomField CF.{2} None srv-db",
        ),
        (
            "CustomField",
            "4",
            "Köln",
            "Bonn",
            "txn-17 Kind::Other(\"CustomField CF.{4} Köln Bonn",
        ),
        (
            "Told",
            "Told",
            "",
            "",
            "txn-17 Kind::Other(\"Told Told None None",
        ),
    ] {
        assert_eq!(told(what, field, old, new), [said], "{what} {field}");
    }
    assert_eq!(
        told("SetWatcher", "Owner", "6", "33"),
        [""; 0],
        "noted twice"
    );
}

#[test]
fn a_value_that_took_the_place_of_another_is_two_events() {
    assert_eq!(
        told("CustomField", "2", "1001", "1002"),
        [
            "txn-17-a Kind::Unreferenced(\"1001 None None None",
            "txn-17-b Kind::Referenced(\"1002 None None None"
        ]
    );
}

#[test]
fn parts_of_an_event_are_told_apart_however_many() {
    let parts: Vec<String> = [0, 25, 26, 300].into_iter().map(part).collect();
    assert_eq!(parts, ["a", "z", "26", "300"]);
}
