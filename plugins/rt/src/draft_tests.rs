use super::*;
use crate::fields::Known;
use sgi_guest::types::Object;
use sgi_guest::{DeskSettings, OptionValue};

/// When the queues of the tests were learned, and the time of the tests.
const LEARNED: Instant = 1_000_000;

pub(crate) fn object(id: &str) -> Object {
    Object {
        id: id.to_owned(),
        title: None,
        url: None,
        kind: None,
        attributes: Vec::new(),
    }
}

pub(crate) fn draft() -> Draft {
    Draft {
        objects: vec![object("42"), object("1001")],
        queue: Some("incidents".to_owned()),
        class: None,
        subject: "Über „alles“".to_owned(),
        text: "Zeile 1\nZeile 2\n".to_owned(),
        requestor: Some("erika@kunde.example".to_owned()),
        priority: None,
        marker: "0123456789abcdef-0".to_owned(),
    }
}

pub(crate) fn settings(options: &[(&str, &str)]) -> Settings {
    let mut options: Vec<OptionValue> = options
        .iter()
        .map(|(key, value)| OptionValue {
            key: (*key).to_owned(),
            values: value.split(", ").map(str::to_owned).collect(),
        })
        .collect();
    for (key, default) in [
        (key::OBJECTS_FIELD, "i-doit objects"),
        (key::TENANT_FIELD, "i-doit tenant"),
    ] {
        options.push(OptionValue {
            key: key.to_owned(),
            values: vec![default.to_owned()],
        });
    }
    Settings::given(DeskSettings {
        url: "https://rt.example".to_owned(),
        link_url: "https://rt.example".to_owned(),
        username: "cmdb".to_owned(),
        password: "placeholder".to_owned(),
        options,
        learned: None,
    })
}

pub(crate) fn knowledge() -> Knowledge {
    let queue = |id, name: &str, objects, tenant| Queue {
        id,
        name: name.to_owned(),
        objects,
        tenant,
    };
    let field = |id, name: &str| Known {
        id,
        name: name.to_owned(),
    };
    Knowledge {
        at: LEARNED,
        looked_at: 3,
        objects: vec![field(2, "i-doit objects")],
        tenant: vec![field(3, "i-doit tenant")],
        queues: vec![
            queue(1, "General", Some(2), Some(3)),
            queue(3, "Incidents", Some(2), None),
            queue(7, "Personal", None, None),
        ],
    }
}

fn made(options: &[(&str, &str)], draft: &Draft) -> Result<Value, Error> {
    body(&settings(options), &knowledge(), draft, || LEARNED)
}

fn refused(options: &[(&str, &str)], draft: &Draft) -> String {
    match made(options, draft) {
        Err(Error::InvalidInput(problem)) => problem.message,
        other => panic!("not refused as input: {other:?}"),
    }
}

#[test]
fn a_draft_becomes_one_request_with_all_of_it() {
    let draft = Draft {
        priority: Some(" -5 ".to_owned()),
        ..draft()
    };
    let expected = json!({
        "Queue": "3",
        "Subject": "Über „alles“",
        "Content": "Zeile 1\nZeile 2\n",
        "ContentType": "text/plain",
        "Requestor": ["erika@kunde.example"],
        "CustomFields": { "2": ["42", "1001"] },
        "RefersTo": "sgi:0123456789abcdef-0",
        "InitialPriority": -5,
        "Priority": -5,
    });
    assert_eq!(made(&[], &draft).unwrap(), expected);
}

#[test]
fn what_the_draft_leaves_open_comes_from_the_settings() {
    let draft = Draft {
        queue: None,
        requestor: None,
        ..draft()
    };
    let options = [("queues", "general, Incidents"), ("tenant", "7")];
    let body = made(&options, &draft).unwrap();
    assert_eq!(body["Queue"], "1");
    assert_eq!(body["Requestor"], json!(["cmdb"]));
    assert_eq!(body["CustomFields"]["3"], "7");
    assert_eq!(body.get("Priority"), None);
}

#[test]
fn a_queue_is_known_by_its_name_in_any_case_or_its_id() {
    for name in ["Incidents", "INCIDENTS", "3"] {
        let draft = Draft {
            queue: Some(name.to_owned()),
            ..draft()
        };
        assert_eq!(made(&[], &draft).unwrap()["Queue"], "3", "{name}");
    }
}

#[test]
fn without_a_queue_the_known_ones_are_named() {
    let draft = Draft {
        queue: None,
        ..draft()
    };
    let message = refused(&[], &draft);
    assert!(
        message.contains(r#""General", "Incidents", "Personal""#),
        "{message}"
    );
    let error = made(&[("queues", "nix")], &draft).unwrap_err();
    assert!(matches!(error, Error::InvalidSetting(of) if of.key == "queues"));
}

#[test]
fn a_queue_that_could_not_hold_the_reference_is_refused() {
    let to = |queue: &str| Draft {
        queue: Some(queue.to_owned()),
        ..draft()
    };
    let message = refused(&[], &to("Personal"));
    assert!(message.contains("\"i-doit objects\""), "{message}");
    let message = refused(&[("tenant", "1")], &to("Incidents"));
    assert!(message.contains("\"i-doit tenant\""), "{message}");
    assert!(refused(&[], &to("nix")).contains("\"nix\""));
}

#[test]
fn what_was_learned_long_ago_is_looked_at_again_before_a_queue_is_refused() {
    for queue in ["nix", "Personal"] {
        let draft = Draft {
            queue: Some(queue.to_owned()),
            ..draft()
        };
        let later = || LEARNED + 2 * 60 * 60 * 1000;
        let error = body(&settings(&[]), &knowledge(), &draft, later).unwrap_err();
        assert!(matches!(error, Error::StaleKnowledge(_)), "{queue}");
    }
}

#[test]
fn what_rt_would_not_hold_is_refused_before_anything_is_sent() {
    let subject = |subject: &str| Draft {
        subject: subject.to_owned(),
        ..draft()
    };
    let priority = |priority: &str| Draft {
        priority: Some(priority.to_owned()),
        ..draft()
    };
    let marker = |marker: &str| Draft {
        marker: marker.to_owned(),
        ..draft()
    };
    let objects = |objects: &[&str]| Draft {
        objects: objects.iter().copied().map(object).collect(),
        ..draft()
    };
    for draft in [
        subject(" "),
        subject("a\nb"),
        subject("a\rb"),
        priority("High"),
        priority("99999999999"),
        priority(""),
        marker("short"),
        marker("0123456789abcdef' OR id > '0"),
        marker("0123456789ABCDEF"),
        objects(&[]),
        objects(&["42", "srv-db-01"]),
        objects(&["042"]),
    ] {
        refused(&[], &draft);
    }
}
