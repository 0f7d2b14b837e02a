//! What a draft becomes in iTop, and in what a ticket differs from it.

use crate::failure;
use crate::fetch::Linked;
use crate::marker;
use crate::model;
use serde_json::{Map, Value, json};
use sgi_guest::authoring::{Deviation, Draft};
use sgi_guest::fail;
use sgi_guest::html;
use sgi_guest::types::{Error, Problem};
use std::collections::BTreeSet;

/// iTop's limit for titles, in characters.
const TITLE: usize = 255;

/// A draft whose parts were looked up in iTop.
#[derive(Default)]
pub(crate) struct Wanted<'a> {
    pub(crate) class: &'a str,
    /// Objects of the draft and their configuration items.
    pub(crate) cis: Vec<(u64, &'a str)>,
    pub(crate) organization: Option<u64>,
    pub(crate) caller: Option<u64>,
    pub(crate) team: Option<u64>,
    /// iTop's code.
    pub(crate) priority: Option<&'static str>,
    /// What iTop does not have or cannot hold: no ticket is made with these.
    pub(crate) problems: Vec<Deviation>,
    /// What can be meant in several ways: a ticket is made, and this is told with it.
    pub(crate) doubts: Vec<Deviation>,
}

impl Wanted<'_> {
    pub(crate) fn refuse(&mut self, field: &str, message: impl Into<String>) {
        self.problems.push(deviation(field, message));
    }

    pub(crate) fn doubt(&mut self, field: &str, message: impl Into<String>) {
        self.doubts.push(deviation(field, message));
    }

    /// The first thing that keeps the ticket from being made.
    pub(crate) fn refusal(&self) -> Option<Error> {
        let first = self.problems.first()?;
        Some(fail::invalid_input(first.problem.message.clone()))
    }
}

fn deviation(field: &str, message: impl Into<String>) -> Deviation {
    let problem: Problem = fail::problem(message);
    Deviation {
        field: field.to_owned(),
        problem,
    }
}

/// Of a ticket that iTop has and that was not read.
pub(crate) fn unread(id: u64, why: Error) -> Deviation {
    let mut problem = failure::problem(why);
    problem.message = format!(
        "iTop has the ticket, with the id {id}, and it could not be read and compared with the draft: {}",
        problem.message
    );
    Deviation {
        field: "ticket".to_owned(),
        problem,
    }
}

/// What needs no look at iTop.
pub(crate) fn check(draft: &Draft) -> Result<(), Error> {
    let letters = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if !(16..=64).contains(&draft.marker.len()) || !draft.marker.bytes().all(letters) {
        return Err(fail::invalid_input(
            "a draft's marker is 16 to 64 lower-case letters, digits and hyphens",
        ));
    }
    let length = draft.subject.chars().count();
    if draft.subject.trim().is_empty() || length > TITLE {
        return Err(fail::invalid_input(format!(
            "iTop wants a title of 1 to {TITLE} characters, and the draft's subject has {length}"
        )));
    }
    if draft.objects.is_empty() {
        return Err(fail::invalid_input("a draft names at least one object"));
    }
    Ok(())
}

/// The fields of the new ticket.
pub(crate) fn fields(draft: &Draft, wanted: &Wanted<'_>) -> Map<String, Value> {
    // Two objects may be one configuration item, and iTop refuses a link that is there already.
    let cis: BTreeSet<u64> = wanted.cis.iter().map(|(ci, _)| *ci).collect();
    let cis: Vec<Value> = cis
        .iter()
        .map(|ci| json!({"functionalci_id": ci, "impact_code": "manual"}))
        .collect();
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    put("title", json!(draft.subject));
    put("description", json!(description(draft)));
    put("functionalcis_list", json!(cis));
    for (name, id) in [
        ("org_id", wanted.organization),
        ("caller_id", wanted.caller),
        ("team_id", wanted.team),
    ] {
        if let Some(id) = id {
            put(name, json!(id));
        }
    }
    // iTop computes the priority from both; with the impact "service" it is the urgency.
    if let Some(code) = wanted.priority {
        put("impact", json!("2"));
        put("urgency", json!(code));
    }
    fields
}

/// The draft's text, and the marker in a last paragraph.
fn description(draft: &Draft) -> String {
    let reference = format!("Reference: {}", marker::mark(&draft.marker));
    html::paragraphs(&format!("{}\n\n{reference}", draft.text))
}

/// In what the ticket is otherwise than the draft asks.
pub(crate) fn deviations(draft: &Draft, wanted: &Wanted<'_>, made: &Linked) -> Vec<Deviation> {
    let entry = &made.entry;
    let mut all = Vec::new();
    let mut note = |field: &str, differs: bool, message: &str| {
        if differs {
            all.push(deviation(field, message));
        }
    };
    let missing = |ci: &u64| !made.cis.iter().any(|linked| linked.id == *ci);
    note(
        "objects",
        wanted.cis.iter().any(|(ci, _)| missing(ci)),
        "the ticket is not linked to all configuration items of the objects",
    );
    note(
        "class",
        !wanted.class.is_empty() && entry.class != wanted.class,
        "the ticket has another class than the one that was asked for",
    );
    let title = entry.exact("title").unwrap_or_default();
    note(
        "subject",
        title.trim() != draft.subject.trim(),
        "iTop shows another title than the draft's subject",
    );
    let read = html::plain(entry.exact("description").unwrap_or_default());
    let sent = html::plain(&description(draft));
    note(
        "text",
        html::words(&read) != html::words(&sent),
        "iTop shows another description than the draft's text",
    );
    for (field, name, id, message) in [
        (
            "requestor",
            "caller_id",
            wanted.caller,
            "iTop shows another caller than the draft's requestor",
        ),
        (
            "queue",
            "team_id",
            wanted.team,
            "the ticket is not with the team that was asked for",
        ),
    ] {
        note(field, id.is_some() && entry.reference(name) != id, message);
    }
    let priority = entry.shown("priority");
    note(
        "priority",
        wanted.priority.is_some() && priority.as_deref() != wanted.priority,
        "iTop computed another priority from impact and urgency than the one that was asked for",
    );
    all
}

/// The code of the priority that a draft asks for, in a class that has one.
pub(crate) fn priority(class: &str, asked: &str) -> Result<&'static str, String> {
    let family = model::family(class);
    if !family.is_some_and(|family| family.fields.contains(&"urgency")) {
        return Err(format!(
            "iTop's tickets of the class {class} have no priority"
        ));
    }
    model::level_code(asked).ok_or_else(|| {
        format!(
            "iTop's priorities are 1 critical, 2 high, 3 medium and 4 low; {} is none of them",
            sgi_guest::text::quote(asked)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::{Ci, Entry};
    use sgi_guest::types::Object;

    const MARKER: &str = "0123456789abcdef-x";

    fn draft() -> Draft {
        Draft {
            objects: vec![Object {
                id: "1001".to_owned(),
                title: None,
                url: None,
                kind: None,
                attributes: Vec::new(),
            }],
            queue: None,
            class: None,
            subject: "Vom CMDB-Objekt „srv-db-01“ 🖨️ <i>x</i>".to_owned(),
            text: "Zeile 1\nZeile 2 <b>fett</b> & <script>alert(1)</script>".to_owned(),
            requestor: None,
            priority: None,
            marker: MARKER.to_owned(),
        }
    }

    fn wanted() -> Wanted<'static> {
        Wanted {
            class: "UserRequest",
            cis: vec![(32, "1001")],
            organization: Some(3),
            caller: Some(2),
            priority: Some("3"),
            ..Wanted::default()
        }
    }

    #[test]
    fn a_draft_becomes_fields() {
        let fields = Value::Object(fields(&draft(), &wanted()));
        assert_eq!(
            fields,
            json!({
                "title": "Vom CMDB-Objekt „srv-db-01“ 🖨️ <i>x</i>",
                "description": "<p>Zeile 1<br>Zeile 2 &lt;b&gt;fett&lt;/b&gt; &amp; &lt;script&gt;alert(1)&lt;/script&gt;</p><p>Reference: sgi-0123456789abcdef-x</p>",
                "functionalcis_list": [{"functionalci_id": 32, "impact_code": "manual"}],
                "org_id": 3, "caller_id": 2, "impact": "2", "urgency": "3",
            })
        );
    }

    #[test]
    fn a_configuration_item_is_linked_once() {
        let mut wanted = wanted();
        wanted.cis.push((32, "1002"));
        let fields = fields(&draft(), &wanted);
        assert_eq!(
            fields.get("functionalcis_list"),
            Some(&json!([{"functionalci_id": 32, "impact_code": "manual"}]))
        );
    }

    fn made(changes: &Value) -> Linked {
        let draft = draft();
        let mut fields = json!({
            "title": draft.subject, "description": description(&draft).replace("<br>", "<br />\n"),
            "caller_id": "2", "team_id": "0", "priority": "3",
        });
        for (name, value) in changes.as_object().into_iter().flatten() {
            fields[name] = value.clone();
        }
        Linked {
            entry: Entry::of("UserRequest", 63, &fields),
            cis: vec![Ci {
                id: 32,
                name: "srv-db-01".to_owned(),
            }],
        }
    }

    #[test]
    fn a_ticket_as_asked_for_deviates_in_nothing() {
        assert!(deviations(&draft(), &wanted(), &made(&json!({}))).is_empty());
    }

    #[test]
    fn each_deviation_is_named() {
        for (change, field) in [
            (json!({"title": "Neuer Titel ü"}), "subject"),
            (json!({"description": "<p>x</p>"}), "text"),
            (json!({"caller_id": "0"}), "requestor"),
            (json!({"priority": "4"}), "priority"),
        ] {
            let found = deviations(&draft(), &wanted(), &made(&change));
            let fields: Vec<_> = found.iter().map(|found| found.field.as_str()).collect();
            assert_eq!(fields, [field]);
        }
        let mut wanted = wanted();
        wanted.cis.push((33, "1002"));
        wanted.team = Some(38);
        let found = deviations(&draft(), &wanted, &made(&json!({})));
        let fields: Vec<_> = found.iter().map(|found| found.field.as_str()).collect();
        assert_eq!(fields, ["objects", "queue"]);
    }

    #[test]
    fn what_itop_refuses_is_refused_before() {
        assert!(check(&draft()).is_ok());
        for spoil in [
            (|draft| draft.marker = "short".to_owned()) as fn(&mut Draft),
            |draft| draft.marker = "0123456789abcdef%".to_owned(),
            |draft| draft.subject = "x".repeat(300),
            |draft| draft.subject = " ".to_owned(),
            |draft| draft.objects.clear(),
        ] {
            let mut draft = draft();
            spoil(&mut draft);
            assert!(matches!(check(&draft), Err(Error::InvalidInput(_))));
        }
        let mut long = draft();
        long.subject = "ü".repeat(255);
        assert!(check(&long).is_ok());
    }

    #[test]
    fn a_priority_belongs_to_a_class_that_has_one() {
        assert_eq!(priority("Incident", "high"), Ok("2"));
        assert!(priority("Incident", "whatever").is_err());
        assert!(priority("NormalChange", "2").is_err());
    }
}
