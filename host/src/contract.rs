//! The contract as Rust types, made from `wit/`, and how they become the host's own nouns.
//!
//! The host does not ask for one of the worlds: it looks up each exported interface by itself, and
//! one that is missing is an ability that the connector does not have.

use crate::draft::{Deviation, Draft};
use crate::error::{Error, Problem};
use crate::model;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// Generated code.
#[allow(
    missing_docs,
    clippy::all,
    clippy::allow_attributes_without_reason,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    reason = "generated code; the documentation stands in wit/"
)]
pub(crate) mod bindings {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "full",
        exports: { default: async },
        require_store_data_send: true,
        // What a call was given is kept where it went wrong, and given once more.
        additional_derives: [serde::Serialize, serde::Deserialize],
        with: {
            "wasi:io": wasmtime_wasi::p2::bindings::io,
            "wasi:clocks": wasmtime_wasi::p2::bindings::clocks,
            "wasi:http": wasmtime_wasi_http::p2::bindings::http,
        },
    });
}

pub(crate) use bindings::exports::sgi::connector::{authoring, changes, connector, tickets};
pub(crate) use bindings::sgi::connector::{log, secrets, settings, types};

impl From<types::Problem> for Problem {
    fn from(problem: types::Problem) -> Self {
        Self {
            message: problem.message,
            detail: problem.detail,
        }
    }
}

/// A connector's error, or the wish for another check.
pub(crate) enum GuestError {
    /// What `check` learned is missing or outdated.
    Stale(Problem),
    /// Anything else.
    Failed(Error),
}

impl From<types::Error> for GuestError {
    fn from(error: types::Error) -> Self {
        let seconds = |s: u32| Duration::from_secs(u64::from(s));
        Self::Failed(match error {
            types::Error::BadCredentials(p) => Error::BadCredentials(p.into()),
            types::Error::Forbidden(p) => Error::Forbidden(p.into()),
            types::Error::NotFound(p) => Error::NotFound(p.into()),
            types::Error::InvalidSetting(s) => Error::InvalidSetting {
                key: s.key,
                problem: s.problem.into(),
            },
            types::Error::InvalidInput(p) => Error::InvalidInput(p.into()),
            types::Error::RateLimited(d) => Error::RateLimited {
                problem: d.problem.into(),
                retry_after: d.retry_after.map(seconds),
            },
            types::Error::Unavailable(d) => Error::Unavailable {
                problem: d.problem.into(),
                retry_after: d.retry_after.map(seconds),
            },
            types::Error::Protocol(p) => Error::Protocol(p.into()),
            types::Error::Unsupported(p) => Error::Unsupported(p.into()),
            types::Error::NeedsIndex(p) => Error::NeedsIndex(p.into()),
            types::Error::StaleKnowledge(p) => return Self::Stale(p.into()),
        })
    }
}

impl From<types::StatusClass> for model::StatusClass {
    fn from(class: types::StatusClass) -> Self {
        match class {
            types::StatusClass::New => Self::New,
            types::StatusClass::Open => Self::Open,
            types::StatusClass::Pending => Self::Pending,
            types::StatusClass::Resolved => Self::Resolved,
            types::StatusClass::Closed => Self::Closed,
            types::StatusClass::Rejected => Self::Rejected,
            types::StatusClass::Merged => Self::Merged,
            types::StatusClass::Deleted => Self::Deleted,
            types::StatusClass::Unknown => Self::Unknown,
        }
    }
}

/// The host's ticket, once its links and instants have been found to be what the contract says.
pub(crate) fn ticket(desk: &Arc<str>, ticket: types::Ticket) -> Result<model::Ticket, Error> {
    let instant = |at: Option<i64>| -> Result<Option<Timestamp>, Error> {
        at.map(Timestamp::from_millisecond)
            .transpose()
            .map_err(|_| {
                Error::Connector(Problem::new(
                    "the connector gave a date beyond the year 9999",
                ))
            })
    };
    Ok(model::Ticket {
        desk: Arc::clone(desk),
        created: instant(ticket.created)?,
        updated: instant(ticket.updated)?,
        starts: instant(ticket.starts)?,
        due: instant(ticket.due)?,
        resolved: instant(ticket.resolved)?,
        id: ticket.id,
        number: ticket.number,
        subject: ticket.subject,
        status: ticket.status,
        status_class: ticket.status_class.into(),
        class: ticket.class,
        queue: ticket.queue,
        priority: ticket.priority,
        owner: ticket.owner,
        requestors: ticket.requestors,
        url: ticket.url,
        objects: ticket.objects,
        fields: ticket
            .fields
            .into_iter()
            .map(|field| model::Field {
                name: field.name,
                values: field.values,
            })
            .collect(),
    })
}

/// The connector's object.
pub(crate) fn object(object: &model::Object) -> types::Object {
    types::Object {
        id: object.id.clone(),
        title: object.title.clone(),
        url: object.url.clone(),
        kind: object.kind.clone(),
        attributes: object
            .attributes
            .iter()
            .map(|(name, value)| types::Attribute {
                name: name.clone(),
                value: value.clone(),
            })
            .collect(),
    }
}

/// The connector's draft.
pub(crate) fn draft(draft: &Draft) -> authoring::Draft {
    authoring::Draft {
        objects: draft.objects.iter().map(object).collect(),
        queue: draft.queue.clone(),
        class: draft.class.clone(),
        subject: draft.subject.clone(),
        text: draft.text.replace("\r\n", "\n").replace('\r', "\n"),
        requestor: draft.requestor.clone(),
        priority: draft.priority.clone(),
        marker: draft.marker.to_string(),
    }
}

impl From<authoring::Deviation> for Deviation {
    fn from(deviation: authoring::Deviation) -> Self {
        Self {
            field: deviation.field,
            message: deviation.problem.message,
            detail: deviation.problem.detail,
        }
    }
}

impl From<model::Filter> for tickets::Filter {
    fn from(filter: model::Filter) -> Self {
        match filter {
            model::Filter::All => Self::All,
            model::Filter::Open => Self::Open,
            model::Filter::Closed => Self::Closed,
        }
    }
}

impl From<connector::Finding> for model::Finding {
    fn from(finding: connector::Finding) -> Self {
        Self {
            severity: match finding.severity {
                connector::Severity::Warning => model::Severity::Warning,
                connector::Severity::Blocking => model::Severity::Blocking,
            },
            key: finding.key,
            message: finding.problem.message,
            detail: finding.problem.detail,
        }
    }
}
