//! The nouns of the field, as the host's callers see them: objects, tickets, forms, reports.
//!
//! They mirror the records of `wit/connector.wit`, where each field's meaning is written down; here
//! stands only what differs. Instants are UTC. Every text is plain text from a foreign system:
//! escape it for the place where you show it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// An object of the CMDB, as far as the caller knows it. Only `id` is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// The CMDB's own id.
    pub id: String,
    /// What people call it.
    pub title: Option<String>,
    /// Its page in the CMDB.
    pub url: Option<String>,
    /// Its type in the CMDB ("Server").
    pub kind: Option<String>,
    /// Further values that a desk may match by, such as `asset_number`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<(String, String)>,
}

impl Object {
    /// An object of which only the id is known.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            title: None,
            url: None,
            kind: None,
            attributes: Vec::new(),
        }
    }

    /// Takes from `known` what is not known here: what was told first stays.
    pub fn complete(&mut self, known: &Self) {
        for (own, told) in [
            (&mut self.title, &known.title),
            (&mut self.url, &known.url),
            (&mut self.kind, &known.kind),
        ] {
            if own.is_none() {
                own.clone_from(told);
            }
        }
        for (name, value) in &known.attributes {
            if !self.attributes.iter().any(|(own, _)| own == name) {
                self.attributes.push((name.clone(), value.clone()));
            }
        }
    }
}

/// What a desk's status means, whatever the desk calls it.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum StatusClass {
    /// Nobody has begun.
    New,
    /// Somebody works on it.
    Open,
    /// Waiting for somebody or something.
    Pending,
    /// The work is done, not yet closed for good.
    Resolved,
    /// Closed for good.
    Closed,
    /// Refused, or cancelled without work.
    Rejected,
    /// Merged into another ticket.
    Merged,
    /// Deleted or removed.
    Deleted,
    /// The connector cannot tell.
    Unknown,
}

impl StatusClass {
    /// Whether somebody has work with it, for all that is known.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::New | Self::Open | Self::Pending)
    }
}

impl fmt::Display for StatusClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::New => "new",
            Self::Open => "open",
            Self::Pending => "pending",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
            Self::Rejected => "rejected",
            Self::Merged => "merged",
            Self::Deleted => "deleted",
            Self::Unknown => "unknown",
        })
    }
}

/// A field that only this desk has.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// As the desk's users know it.
    pub name: String,
    /// At least one.
    pub values: Vec<String>,
}

/// A ticket as it was when it was asked for.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Name of the desk that holds it, as configured.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub desk: Arc<str>,
    /// The desk's own key: what [`Desk::ticket`](crate::Desk::ticket) takes.
    pub id: String,
    /// The number that people see and say.
    pub number: String,
    /// May be empty.
    pub subject: String,
    /// As the desk calls it.
    pub status: String,
    /// What that means.
    pub status_class: StatusClass,
    /// Incident, request, change …, where the desk has such classes.
    pub class: Option<String>,
    /// Queue, team or service that holds it.
    pub queue: Option<String>,
    /// As the desk shows it.
    pub priority: Option<String>,
    /// Who works on it.
    pub owner: Option<String>,
    /// Who asked.
    pub requestors: Vec<String>,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// Its last change of any kind.
    pub updated: Option<Timestamp>,
    /// When work begins, or is planned to.
    pub starts: Option<Timestamp>,
    /// When it must be done.
    pub due: Option<Timestamp>,
    /// When it was resolved.
    pub resolved: Option<Timestamp>,
    /// Its page in the desk: an `http` or `https` address below the desk's own.
    pub url: String,
    /// Ids of the CMDB objects that it references.
    pub objects: Vec<String>,
    /// Further fields.
    pub fields: Vec<Field>,
}

/// Which tickets of an object are wanted.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Filter {
    /// All of them.
    #[default]
    All,
    /// New, open, pending, and those whose status class is unknown.
    Open,
    /// All others, and those whose status class is unknown.
    Closed,
}

/// A form of the desk for a new ticket, with the object filled in.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// The choice that it stands for: a queue's name, "Phone ticket".
    pub label: String,
    /// Where it opens.
    pub url: String,
    /// What its user should know.
    pub note: Option<String>,
}

/// How grave a [`Finding`] is.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Something will not work as one would expect.
    Warning,
    /// Tickets cannot be had until this is mended.
    Blocking,
}

/// Something that a check found and a person should act on.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How grave it is.
    pub severity: Severity,
    /// `url`, `username`, `password` or the key of the option that it is about.
    pub key: Option<String>,
    /// What is wrong and what to do.
    pub message: String,
    /// More of it, for a log.
    pub detail: Option<String>,
}

/// What a check of a desk found out.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The desk's product ("Request Tracker").
    pub product: String,
    /// The version it reports.
    pub version: String,
    /// What the account may do: `read-tickets`, `read-history`, `create-tickets` …
    pub abilities: Vec<String>,
    /// What a person should act on.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether tickets can be had.
    pub fn usable(&self) -> bool {
        self.findings
            .iter()
            .all(|finding| finding.severity != Severity::Blocking)
    }
}
