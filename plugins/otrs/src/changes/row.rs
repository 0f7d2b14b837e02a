//! What one row of a ticket's history means. Its type says what happened, and its name holds the
//! details, packed between `%%` in an order that each type has for itself.

use crate::reply::Entry;
use crate::ticket::{NOBODY, status_class};
use sgi_guest::changes::Kind;
use sgi_guest::types::StatusClass;
use std::collections::HashMap;

/// At the end of what OTRS has cut: a name has room for 200 characters.
const CUT: &str = "[...]";
/// What the history says for no service or SLA.
const NULL: &str = "NULL";

/// Left out: nobody worked on the ticket. OTRS itself wrote to somebody (`Send…`), reckoned with times
/// (`Escalation…`, `Misc`, whose one text is "Reset of unlock time."), or took a ticket off a list; a lock
/// comes and goes with an owner's work; who wants to be told of a ticket, how it is archived and how many
/// minutes were booked changes nothing in it.
const NOISE: &[&str] = &[
    "ArchiveFlagUpdate",
    "Lock",
    "LoopProtection",
    "Misc",
    "SendAgentNotification",
    "SendAutoFollowUp",
    "SendAutoReject",
    "SendAutoReply",
    "SendCustomerNotification",
    "Subscribe",
    "TimeAccounting",
    "Unlock",
    "Unsubscribe",
];

/// What the desk's users know that rows only hint at.
pub(super) struct Names<'a> {
    /// Logins by the ids of users, as far as tickets and histories gave both.
    pub(super) people: &'a HashMap<i64, String>,
    /// The types of states by their names, as far as tickets gave both.
    pub(super) state_types: &'a HashMap<String, String>,
}

/// What a row tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) kind: Word,
    pub(super) field: Option<String>,
    pub(super) old: Option<String>,
    pub(super) new: Option<String>,
}

/// The contract's kind, comparable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    Other(String),
    Created,
    Replied,
    Commented,
    Status,
    Owner,
    Queue,
    Priority,
    Subject,
    Resolved,
    Merged(u64),
    Deleted,
}

impl From<Word> for Kind {
    fn from(word: Word) -> Self {
        match word {
            Word::Other(word) => Self::Other(word),
            Word::Created => Self::Created,
            Word::Replied => Self::Replied,
            Word::Commented => Self::Commented,
            Word::Status => Self::Status,
            Word::Owner => Self::Owner,
            Word::Queue => Self::Queue,
            Word::Priority => Self::Priority,
            Word::Subject => Self::Subject,
            Word::Resolved => Self::Resolved,
            Word::Merged(into) => Self::Merged(into.to_string()),
            Word::Deleted => Self::Deleted,
        }
    }
}

/// A change of a dynamic field, as far as the row has it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FieldChange<'a> {
    pub(super) name: &'a str,
    pub(super) new: &'a str,
    /// None: the row does not say.
    pub(super) old: Option<&'a str>,
}

impl<'a> FieldChange<'a> {
    /// `%%FieldName%%IDoitObjects%%Value%%,12,%%OldValue%%,7,`
    pub(super) fn of(row: &'a Entry) -> Option<Self> {
        if row.history_type.as_str() != Some("TicketDynamicFieldUpdate") {
            return None;
        }
        let rest = row.name.as_str()?.strip_prefix("%%FieldName%%")?;
        let (name, values) = rest.split_once("%%Value%%")?;
        let (new, old) = match values.rsplit_once("%%OldValue%%") {
            Some((new, old)) => (new, Some(old)),
            None => (values, None),
        };
        Some(Self { name, new, old })
    }
}

/// Whether OTRS has cut a value, so that its end is not known.
pub(super) fn is_cut(value: &str) -> bool {
    value.ends_with(CUT)
}

/// What a row tells; none for what is left out. `owner` is who owned the ticket before.
pub(super) fn told(
    row: &Entry,
    ticket: u64,
    owner: Option<i64>,
    names: &Names<'_>,
) -> Option<Told> {
    let what = row.history_type.as_str()?;
    if NOISE.contains(&what) || what.starts_with("Escalation") {
        return None;
    }
    if let Some(change) = FieldChange::of(row) {
        let old = value(change.old.unwrap_or_default());
        return Some(other(what, Some(change.name), old, value(change.new)));
    }
    let details: Vec<&str> = row
        .name
        .as_str()
        .and_then(|name| name.strip_prefix("%%"))
        .map(|name| name.split("%%").collect())
        .unwrap_or_default();
    let detail = |place: usize| details.get(place).copied().and_then(value);
    let plain = |kind: Word, old, new| {
        let field = None;
        Some(Told {
            kind,
            field,
            old,
            new,
        })
    };
    match what {
        "NewTicket" => plain(Word::Created, None, None),
        // What OTRS lets customers see. A note may be shown to them, too; its row does not say so.
        "AddSMS" | "ChatExternal" | "EmailAgent" | "EmailCustomer" | "FollowUp"
        | "PhoneCallAgent" | "PhoneCallCustomer" | "SendAnswer" | "WebRequestCustomer" => {
            plain(Word::Replied, None, None)
        }
        "AddNote" | "ChatInternal" => plain(Word::Commented, None, None),
        "StateUpdate" => {
            let word = match state(details.get(1)?, names) {
                // The work had ended before.
                Word::Resolved if ends(details.first()?, names) => Word::Status,
                word => word,
            };
            plain(word, detail(0), detail(1))
        }
        "OwnerUpdate" => plain(
            Word::Owner,
            owner.and_then(|id| names.people.get(&id).cloned()),
            detail(0).filter(|login| login != NOBODY),
        ),
        "ResponsibleUpdate" => {
            let new = detail(0).filter(|login| login != NOBODY);
            Some(other(what, Some("Responsible"), None, new))
        }
        // The new one first, and the old one after it.
        "Move" => plain(Word::Queue, detail(2), detail(0)),
        "PriorityUpdate" => plain(Word::Priority, detail(0), detail(2)),
        "TitleUpdate" => plain(
            Word::Subject,
            detail(0),
            value(&details.get(1..)?.join("%%")),
        ),
        "TypeUpdate" | "ServiceUpdate" | "SLAUpdate" => {
            let (new, old) = (detail(0), detail(2));
            let field = what.strip_suffix("Update");
            (new != old).then(|| other(what, field, old, new))
        }
        "CustomerUpdate" => {
            let all = details.first().copied().unwrap_or_default();
            let user = all
                .split(';')
                .find_map(|part| part.strip_prefix("CustomerUser="));
            Some(other(
                what,
                Some("Customer"),
                None,
                value(user.unwrap_or(all)),
            ))
        }
        "SetPendingTime" => {
            // Every change of the state writes this one.
            let until = detail(0).filter(|until| !until.starts_with("00-00-00"))?;
            Some(other(what, Some("Pending until"), None, Some(until)))
        }
        "Merged" => match row.merged_into()? {
            // The other one came into this.
            into if into == ticket => Some(other(what, None, None, detail(0))),
            into => plain(Word::Merged(into), None, detail(2)),
        },
        "TicketLinkAdd" => Some(other(what, Some("Link"), None, detail(0))),
        "TicketLinkDelete" => Some(other(what, Some("Link"), detail(0), None)),
        _ => Some(other(what, None, None, None)),
    }
}

fn other(what: &str, field: Option<&str>, old: Option<String>, new: Option<String>) -> Told {
    Told {
        kind: Word::Other(what.to_owned()),
        field: field.map(str::to_owned),
        old,
        new,
    }
}

fn value(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty() && text != NULL).then(|| text.to_owned())
}

/// Whether work on a ticket in this state has ended.
fn ends(name: &str, names: &Names<'_>) -> bool {
    matches!(state(name, names), Word::Resolved)
}

/// What a new state means: by its type where a ticket told it, else by the names that OTRS comes with.
fn state(name: &str, names: &Names<'_>) -> Word {
    let name = name.trim();
    let class = match names.state_types.get(name) {
        Some(state_type) => status_class(Some(state_type)),
        None if name.starts_with("closed") => StatusClass::Closed,
        None => status_class(Some(name)),
    };
    match class {
        StatusClass::Closed => Word::Resolved,
        StatusClass::Deleted => Word::Deleted,
        _ => Word::Status,
    }
}
