use super::*;
use crate::draft::tests::{draft, knowledge, settings};
use crate::ticket::List;

/// A ticket as RT lists it, made of the draft of the tests; `changes` replaces parts of it.
fn listed(changes: serde_json::Value) -> String {
    let mut item = serde_json::json!({
        "id": "193", "Subject": "Über „alles“", "Status": "new", "Priority": "0",
        "Queue": {"id": "3", "Name": "Incidents"},
        "Requestor": [{"id": "erika", "Name": "erika", "RealName": "Erika Mustermann",
            "EmailAddress": "erika@kunde.example"}],
        "CustomFields": [{"id": "2", "name": "i-doit objects", "values": ["1001", "42"]},
            {"id": "3", "name": "i-doit tenant", "values": ["1"]}],
    });
    if let (serde_json::Value::Object(item), serde_json::Value::Object(changes)) =
        (&mut item, changes)
    {
        item.extend(changes);
    }
    serde_json::json!({"total": 1, "items": [item]}).to_string()
}

fn compared(options: &[(&str, &str)], draft: &Draft, changes: serde_json::Value) -> Vec<String> {
    let (settings, knowledge) = (settings(options), knowledge());
    let text = listed(changes);
    let list: List<'_> = serde_json::from_str(&text).unwrap();
    let item = list.items.into_iter().next().unwrap();
    let seen = Seen::of(&settings, &knowledge, draft, &item);
    let ticket = item
        .into_ticket(&settings, &knowledge.fields(&settings))
        .unwrap();
    deviations(&settings, &knowledge, draft, &seen, &ticket)
        .into_iter()
        .map(|deviation| format!("{}: {}", deviation.field, deviation.problem.message))
        .collect()
}

fn fields(options: &[(&str, &str)], draft: &Draft, changes: serde_json::Value) -> Vec<String> {
    let all = compared(options, draft, changes);
    let field = |text: &String| text.split(':').next().unwrap_or_default().to_owned();
    all.iter().map(field).collect()
}

#[test]
fn a_ticket_that_is_as_it_was_asked_for_has_no_deviation() {
    assert!(compared(&[("tenant", "1")], &draft(), serde_json::json!({})).is_empty());
}

#[test]
fn fields_that_rt_left_out_name_the_right_that_is_missing() {
    let changes = serde_json::json!({"CustomFields": [{"id": "2", "values": ["42"]}]});
    let all = compared(&[], &draft(), changes);
    assert_eq!(all.len(), 1);
    assert!(all[0].starts_with("objects: RT's ticket 193 does not reference the objects 1001:"));
    assert!(all[0].contains("SetInitialCustomField"), "{}", all[0]);
    let hidden = serde_json::json!({"CustomFields": ""});
    assert_eq!(
        fields(&[("tenant", "1")], &draft(), hidden),
        ["objects", "objects"]
    );
    assert_eq!(
        fields(&[("tenant", "2")], &draft(), serde_json::json!({})),
        ["objects"]
    );
}

#[test]
fn each_part_that_is_otherwise_is_told() {
    let asked = Draft {
        class: Some("incident".to_owned()),
        priority: Some("30".to_owned()),
        ..draft()
    };
    let changes = serde_json::json!({
        "Subject": "Über", "Queue": {"id": "1", "Name": "General"}, "Requestor": [],
    });
    let expected = ["queue", "class", "subject", "requestor", "priority"];
    assert_eq!(fields(&[], &asked, changes), expected);
}

#[test]
fn a_requestor_is_known_by_login_name_or_address_in_any_case() {
    for name in [
        "ERIKA@kunde.example",
        "Erika",
        "Anders Genannt <erika@kunde.example>",
    ] {
        let asked = Draft {
            requestor: Some(name.to_owned()),
            ..draft()
        };
        assert!(
            fields(&[], &asked, serde_json::json!({})).is_empty(),
            "{name}"
        );
    }
    // By the real name RT finds nobody.
    let asked = Draft {
        requestor: Some("Erika Mustermann".to_owned()),
        ..draft()
    };
    assert_eq!(fields(&[], &asked, serde_json::json!({})), ["requestor"]);
}

#[test]
fn a_queue_without_its_name_is_compared_by_its_id() {
    let changes = serde_json::json!({"Queue": {"id": "3", "Name": ""}});
    assert!(fields(&[], &draft(), changes).is_empty());
}
