//! What a desk tells: tickets as they are, and what happened to them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How far a ticket is, as far as the logbook cares.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Somebody may still work on it; or the desk does not tell.
    #[default]
    Active,
    /// The work is done: resolved, closed or refused.
    Done,
    /// It was merged into another ticket.
    Merged,
    /// It was deleted.
    Deleted,
}

/// A ticket as it was seen: what is compared with its next state, and kept in between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The desk's own key.
    pub id: String,
    /// The number that people see and say.
    pub number: String,
    /// May be empty.
    pub subject: String,
    /// Its page in the desk.
    pub url: String,
    /// As the desk calls it.
    pub status: String,
    /// What that means.
    pub phase: Phase,
    /// Queue, team or service.
    pub queue: Option<String>,
    /// As the desk shows it.
    pub priority: Option<String>,
    /// Who works on it.
    pub owner: Option<String>,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// Its last change of any kind.
    pub updated: Option<Timestamp>,
    /// The objects that it references.
    pub objects: BTreeSet<String>,
    /// The attribute whose values name the objects; none: their ids do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objects_by: Option<String>,
}

/// What an event was.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// The ticket was created.
    Created,
    /// Something was written that the requestor sees.
    Replied,
    /// Something was written that staff alone sees.
    Commented,
    /// Another status.
    Status,
    /// Another owner.
    Owner,
    /// Another queue.
    Queue,
    /// Another priority.
    Priority,
    /// Another subject.
    Subject,
    /// A status that stands for work done.
    Resolved,
    /// Merged into the ticket with this id.
    Merged(String),
    /// Deleted.
    Deleted,
    /// The ticket references this object from now on.
    Referenced(String),
    /// The ticket no longer references this object.
    Unreferenced(String),
    /// The account no longer sees the ticket: deleted, merged or moved out of sight. Only derived.
    Vanished,
    /// Anything else, by the desk's word for it.
    Other(String),
}

impl Kind {
    /// All of [`Self::code`].
    pub const CODES: [&str; 15] = [
        "created",
        "replied",
        "commented",
        "status",
        "owner",
        "queue",
        "priority",
        "subject",
        "resolved",
        "merged",
        "deleted",
        "referenced",
        "unreferenced",
        "vanished",
        "other",
    ];

    /// The word for it in JSON, in options and for metrics: stable.
    pub fn code(&self) -> &str {
        match self {
            Self::Created => "created",
            Self::Replied => "replied",
            Self::Commented => "commented",
            Self::Status => "status",
            Self::Owner => "owner",
            Self::Queue => "queue",
            Self::Priority => "priority",
            Self::Subject => "subject",
            Self::Resolved => "resolved",
            Self::Merged(_) => "merged",
            Self::Deleted => "deleted",
            Self::Referenced(_) => "referenced",
            Self::Unreferenced(_) => "unreferenced",
            Self::Vanished => "vanished",
            Self::Other(_) => "other",
        }
    }
}

/// Something that happened to a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Of the desk's history: the same event read twice has the same id, and no other has it.
    pub id: String,
    /// Id of the ticket.
    pub ticket: String,
    /// When.
    pub at: Timestamp,
    /// Who, by the name that people know.
    pub actor: Option<String>,
    /// What.
    pub kind: Kind,
    /// What changed, as the desk's users call it, where the kind does not say it.
    pub field: Option<String>,
    /// The value before.
    pub old: Option<String>,
    /// The value after.
    pub new: Option<String>,
    /// What was written, at most its first 1,000 characters.
    pub text: Option<String>,
}
