//! Operations as events of the contract.

use super::details::{Operation, What};
use super::logs::Logs;
use super::names::{self, Names, USER, Wanted};
use super::references::{LIST, Turn};
use crate::model;
use sgi_guest::changes::{Event, Kind};
use sgi_guest::time::Zone;
use sgi_guest::types::{Instant, StatusClass};
use std::collections::BTreeMap;

/// The log that the requestor sees; all others are for staff.
const PUBLIC: &str = "public_log";
/// The word for a change of an attribute.
const UPDATED: &str = "updated";

/// What events are made of beside the operations.
pub(super) struct Sources<'a> {
    pub(super) zone: &'a Zone,
    pub(super) names: &'a Names,
    pub(super) logs: &'a Logs,
}

/// What has to be named for these operations. A configuration item whose object is known needs no name.
pub(super) fn mentioned(operations: &[Operation], objects: &BTreeMap<u64, String>) -> Wanted {
    let mut wanted = Wanted::new();
    for operation in operations {
        if let Some(user) = operation.user {
            wanted.insert((USER.to_owned(), user));
        }
        match &operation.what {
            What::Value { code, old, new } => {
                let class = names::class(code);
                let ids = [old, new].into_iter().filter_map(|id| key(id));
                wanted.extend(class.into_iter().flat_map(|class| {
                    let ids = ids.clone();
                    ids.map(move |id| (class.to_owned(), id))
                }));
            }
            What::Link {
                code, class, id, ..
            } if code != LIST || !objects.contains_key(id) => {
                wanted.insert((class.clone(), *id));
            }
            _ => {}
        }
    }
    wanted
}

/// The id in the value of a key; "0" is nothing.
fn key(value: &str) -> Option<u64> {
    value.parse().ok().filter(|id| *id > 0)
}

/// The events of one ticket. `turns` say what the operations on its configuration items come to.
pub(super) fn events(
    sources: &Sources<'_>,
    operations: &[Operation],
    turns: &BTreeMap<u64, Turn>,
) -> Vec<Event> {
    let mut events = Vec::new();
    // Never empty in a real iTop; a date that cannot be read must not move an event to 1970.
    let mut at = operations
        .iter()
        .find_map(|operation| sources.zone.instant(&operation.date));
    for operation in operations {
        at = sources.zone.instant(&operation.date).or(at);
        let turn = turns.get(&operation.id).unwrap_or(&Turn::None);
        let (Some(at), Some(told)) = (at, told(sources, operations, operation, turn)) else {
            continue;
        };
        events.push(event(sources, operation, at, told));
    }
    events
}

/// What is said of an operation.
struct Told {
    kind: Kind,
    field: Option<String>,
    old: Option<String>,
    new: Option<String>,
    text: Option<String>,
}

impl Told {
    fn of(kind: Kind) -> Self {
        Self {
            kind,
            field: None,
            old: None,
            new: None,
            text: None,
        }
    }
}

fn event(sources: &Sources<'_>, operation: &Operation, at: Instant, told: Told) -> Event {
    let person = operation
        .user
        .and_then(|user| sources.names.get(USER, user));
    Event {
        id: format!("op-{}", operation.id),
        ticket: operation.ticket.to_string(),
        at,
        actor: person
            .map(str::to_owned)
            .or_else(|| operation.who.first().cloned()),
        kind: told.kind,
        field: told.field,
        old: told.old,
        new: told.new,
        text: told.text,
    }
}

/// None for what another event of the same change says.
fn told(
    sources: &Sources<'_>,
    all: &[Operation],
    operation: &Operation,
    turn: &Turn,
) -> Option<Told> {
    let updated = |code: &str| Told {
        field: Some(label(code)),
        ..Told::of(Kind::Other(UPDATED.to_owned()))
    };
    Some(match &operation.what {
        What::Created => Told::of(Kind::Created),
        What::Deleted { .. } => Told::of(Kind::Deleted),
        What::Value { code, old, new } => {
            let kind = kind(all, operation, code, old, new);
            Told {
                field: matches!(kind, Kind::Other(_)).then(|| label(code)),
                old: value(sources.names, code, old),
                new: value(sources.names, code, new),
                ..Told::of(kind)
            }
        }
        What::Link { code, .. } if code == LIST && *turn == Turn::Part => return None,
        What::Link {
            code,
            class,
            id,
            added,
        } => match turn {
            Turn::Comes(object) if code == LIST => Told::of(Kind::Referenced(object.clone())),
            Turn::Goes(object) if code == LIST => Told::of(Kind::Unreferenced(object.clone())),
            _ => {
                let name = sources.names.get(class, *id).map(str::to_owned);
                let (word, old, new) = if *added {
                    ("added", None, name)
                } else {
                    ("removed", name, None)
                };
                Told {
                    field: Some(label(code)),
                    old,
                    new,
                    ..Told::of(Kind::Other(word.to_owned()))
                }
            }
        },
        What::Log { code, entry } => {
            let kind = if code == PUBLIC {
                Kind::Replied
            } else {
                Kind::Commented
            };
            let logs = sources.logs;
            Told {
                text: logs.text(operation.ticket, code, *entry, &operation.date),
                ..Told::of(kind)
            }
        }
        What::Attribute { code } => updated(code),
        What::Other(word) => Told::of(Kind::Other(words(word))),
    })
}

fn kind(all: &[Operation], operation: &Operation, code: &str, old: &str, new: &str) -> Kind {
    match code {
        "status" => {
            // An administrator's own status says nothing; what iTop makes of it stands beside it.
            let operational = all.iter().find_map(|other| match &other.what {
                What::Value { code, old, new }
                    if other.change == operation.change && code == "operational_status" =>
                {
                    Some((old.as_str(), new.as_str()))
                }
                _ => None,
            });
            let (before, after) = operational.unzip();
            let before = before.filter(|before| !before.is_empty());
            match (ends(old, before), ends(new, after)) {
                (false, true) => Kind::Resolved,
                _ => Kind::Status,
            }
        }
        "agent_id" => Kind::Owner,
        "team_id" => Kind::Queue,
        "priority" => Kind::Priority,
        "title" => Kind::Subject,
        _ => Kind::Other(UPDATED.to_owned()),
    }
}

/// Whether work on a ticket in this status has ended.
fn ends(status: &str, operational: Option<&str>) -> bool {
    matches!(
        model::status_class(Some(status), operational),
        StatusClass::Resolved | StatusClass::Closed | StatusClass::Rejected
    )
}

/// A value as people know it, as in the ticket itself.
fn value(names: &Names, code: &str, value: &str) -> Option<String> {
    if let Some(class) = names::class(code) {
        return key(value).map(|id| names.shown(class, id));
    }
    (!value.is_empty()).then(|| match code {
        "priority" | "urgency" => model::level(value),
        "impact" => model::impact(value),
        _ => value.to_owned(),
    })
}

/// An attribute as iTop's English pages call it.
fn label(code: &str) -> String {
    match code {
        LIST => "CIs".to_owned(),
        "org_id" => "Organization".to_owned(),
        "servicesubcategory_id" => "Service subcategory".to_owned(),
        _ => {
            let code = code.strip_suffix("_list").unwrap_or(code);
            let code = code.strip_suffix("_id").unwrap_or(code);
            let words = code.replace('_', " ");
            let mut chars = words.chars();
            let first = chars.next().into_iter().flat_map(char::to_uppercase);
            first.chain(chars).collect()
        }
    }
}

/// The name of a class as words: `AttachmentAdded` is "attachment added".
fn words(class: &str) -> String {
    let mut words = String::new();
    for c in class.chars() {
        if c.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(c.to_lowercase());
    }
    if words.is_empty() {
        words.push_str(UPDATED);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value_of(id: u64, code: &str, old: &str, new: &str) -> Operation {
        Operation {
            id,
            change: 180,
            date: "2026-11-23 22:14:09".to_owned(),
            user: None,
            who: vec!["CMDB".to_owned(), "cmdb".to_owned()],
            class: "UserRequest".to_owned(),
            ticket: 63,
            what: What::Value {
                code: code.to_owned(),
                old: old.to_owned(),
                new: new.to_owned(),
            },
        }
    }

    /// Id, kind, field, old and new value, with `-` for none.
    fn told(operations: &[Operation]) -> Vec<[String; 5]> {
        let sources = Sources {
            zone: &Zone::UTC,
            names: &Names::default(),
            logs: &Logs::default(),
        };
        let events = events(&sources, operations, &BTreeMap::new());
        events
            .into_iter()
            .map(|event| {
                let shown = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
                let kind = format!("{:?}", event.kind);
                [
                    event.id,
                    kind,
                    shown(event.field),
                    shown(event.old),
                    shown(event.new),
                ]
            })
            .collect()
    }

    #[test]
    fn attributes_have_their_kinds_and_values_their_words() {
        let operations = [
            value_of(1, "title", "a", "b"),
            value_of(2, "priority", "4", "1"),
            value_of(3, "urgency", "4", "1"),
            value_of(4, "agent_id", "0", "3"),
            value_of(5, "team_id", "37", "0"),
            value_of(6, "servicesubcategory_id", "0", "11"),
            value_of(7, "resolution_date", "", "2026-11-23 22:14:09"),
        ];
        let other = "Kind::Other(\"updated\")";
        assert_eq!(
            told(&operations),
            [
                ["op-1", "Kind::Subject", "-", "a", "b"],
                ["op-2", "Kind::Priority", "-", "4 low", "1 critical"],
                ["op-3", other, "Urgency", "4 low", "1 critical"],
                ["op-4", "Kind::Owner", "-", "-", "#3"],
                ["op-5", "Kind::Queue", "-", "#37", "-"],
                ["op-6", other, "Service subcategory", "-", "#11"],
                ["op-7", other, "Resolution date", "-", "2026-11-23 22:14:09"],
            ]
        );
    }

    #[test]
    fn a_status_by_which_the_work_ends_resolves() {
        for (status, operational, kind) in [
            ("assigned", "ongoing", "Kind::Status"),
            ("resolved", "resolved", "Kind::Resolved"),
            ("closed", "closed", "Kind::Resolved"),
            ("rejected", "closed", "Kind::Resolved"),
            ("an administrator's", "closed", "Kind::Resolved"),
            ("an administrator's", "ongoing", "Kind::Status"),
        ] {
            let operations = [
                value_of(1, "operational_status", "", operational),
                value_of(2, "status", "new", status),
            ];
            let told = told(&operations);
            assert_eq!(told[1][1], kind, "{status}");
            assert_eq!(told[0][2], "Operational status");
        }
        // Closing what is resolved ends no work, whether iTop notes the coarse status beside it or not.
        let closed = value_of(2, "status", "resolved", "closed");
        assert_eq!(told(std::slice::from_ref(&closed))[0][1], "Kind::Status");
        let coarse = value_of(1, "operational_status", "resolved", "closed");
        assert_eq!(told(&[coarse, closed])[1][1], "Kind::Status");
        let opened = value_of(2, "status", "resolved", "assigned");
        assert_eq!(told(&[opened])[0][1], "Kind::Status");
    }

    #[test]
    fn operations_of_other_modules_are_told_by_their_names() {
        assert_eq!(words("AttachmentAdded"), "attachment added");
        assert_eq!(words(""), "updated");
        assert_eq!(label("pending_reason"), "Pending reason");
        assert_eq!(label("contacts_list"), "Contacts");
        assert_eq!(label(""), "");
    }
}
