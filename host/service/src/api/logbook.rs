//! The logbook.

use super::extract::{Query, given, number};
use super::{App, Json as Answer};
use crate::problem::Problem;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sgi_host::config::parse_instant;
use sgi_host::logbook::store::{Filter, Listed, Place, State as Delivery, Store};
use sgi_host::logbook::{Kind, TicketRef};
use utoipa::{IntoParams, ToSchema};

/// Entries of one page.
const PAGE: u32 = 100;
const LARGEST: u32 = 1000;

/// What happened.
#[derive(ToSchema)]
#[schema(rename_all = "kebab-case")]
#[expect(
    dead_code,
    reason = "it is only described; a test holds it against the codes"
)]
pub(super) enum EntryKind {
    Created,
    Replied,
    Commented,
    Status,
    Owner,
    Queue,
    Priority,
    Subject,
    Resolved,
    Merged,
    Deleted,
    Referenced,
    Unreferenced,
    Vanished,
    Other,
}

/// A date (its midnight in UTC) or an instant with its offset.
#[derive(ToSchema)]
#[schema(value_type = String, format = Date, example = "2026-01-31")]
pub(super) struct Moment(#[expect(dead_code, reason = "it is only described")] String);

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Of this object, by its id in the CMDB.
    pub(crate) object: Option<String>,
    /// From this desk.
    pub(crate) desk: Option<String>,
    /// About this ticket, by the desk's own id.
    pub(crate) ticket: Option<String>,
    /// Of these kinds.
    #[param(explode, value_type = Vec<EntryKind>)]
    #[serde(default)]
    pub(crate) kind: Vec<String>,
    /// Not before: a date (its midnight in UTC) or an instant with its offset.
    #[param(value_type = Option<Moment>)]
    #[serde(default, deserialize_with = "given")]
    pub(crate) since: Option<String>,
    /// Before: a date or an instant.
    #[param(value_type = Option<Moment>)]
    #[serde(default, deserialize_with = "given")]
    pub(crate) until: Option<String>,
    /// Only what has not arrived in the CMDB.
    #[serde(default)]
    pub(crate) undelivered: bool,
    /// Newest first; oldest first without it.
    #[serde(default)]
    pub(crate) newest_first: bool,
    /// Where to go on: `next` of the page before.
    #[param(pattern = "^[0-9]{1,18}_[0-9]{1,18}$")]
    #[serde(default, deserialize_with = "given")]
    pub(crate) after: Option<String>,
    /// Entries on a page; 100 without it.
    #[param(minimum = 1, maximum = 1000)]
    #[serde(default, deserialize_with = "number")]
    pub(crate) limit: Option<u32>,
}

/// A page of the logbook.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Page {
    /// The entries.
    entries: Vec<Entry>,
    /// What to pass as `after` for the next page; null: this is the last one.
    next: Option<String>,
}

/// An event in the logbook of one object. It is written as `sgi logbook --json` does.
#[derive(Debug, Serialize, ToSchema)]
pub struct Entry {
    /// What tells it from all others.
    id: String,
    /// The desk.
    desk: String,
    /// The object's id in the CMDB; where `object_by` is set, the value of that attribute.
    object: String,
    /// The attribute of the object whose value `object` is; null: its id.
    object_by: Option<String>,
    /// The ticket.
    ticket: EntryTicket,
    /// What happened.
    #[schema(value_type = EntryKind)]
    kind: String,
    /// The desk's own word, where the kind is other.
    word: Option<String>,
    /// The ticket that it was merged into.
    into: Option<String>,
    /// The object that is referenced, or not any more.
    reference: Option<String>,
    /// What changed, where the kind does not say it.
    field: Option<String>,
    /// The value before.
    old: Option<String>,
    /// The value after.
    new: Option<String>,
    /// When it happened, UTC.
    at: Timestamp,
    /// Who did it; null where the desk does not say.
    actor: Option<String>,
    /// What was written.
    text: Option<String>,
    /// Whether it was found by comparing two states of the ticket.
    derived: bool,
    /// When it was written into the logbook, UTC.
    recorded: Timestamp,
    /// How far its delivery to the CMDB is; null: it is not to be delivered.
    delivery: Option<Delivered>,
}

/// The ticket of an entry, as it was when the event was read.
#[derive(Debug, Serialize, ToSchema)]
struct EntryTicket {
    /// The desk's own id.
    id: String,
    /// The number that people see.
    number: String,
    /// May be empty.
    subject: String,
    /// Its page in the desk; null where the ticket was never seen.
    url: Option<String>,
}

/// How far a delivery is.
#[derive(Debug, Serialize, ToSchema)]
struct Delivered {
    /// waiting, sending, delivered, undecided, refused.
    state: &'static str,
    /// Why it has not arrived.
    reason: Option<String>,
    /// The CMDB's own id of it.
    id: Option<String>,
}

impl From<Listed> for Entry {
    fn from(listed: Listed) -> Self {
        let entry = listed.entry;
        let kind = entry.kind.code().to_owned();
        let (into, reference, word) = match entry.kind {
            Kind::Merged(into) => (Some(into), None, None),
            Kind::Referenced(object) | Kind::Unreferenced(object) => (None, Some(object), None),
            Kind::Other(word) => (None, None, Some(word)),
            _ => (None, None, None),
        };
        let TicketRef {
            id,
            number,
            subject,
            url,
        } = entry.ticket;
        Self {
            id: entry.id.to_string(),
            desk: entry.desk,
            object: entry.object,
            object_by: entry.object_by,
            ticket: EntryTicket {
                id,
                number,
                subject,
                url,
            },
            kind,
            word,
            into,
            reference,
            field: entry.field,
            old: entry.old,
            new: entry.new,
            at: entry.at,
            actor: entry.actor,
            text: entry.text,
            derived: entry.derived,
            recorded: listed.recorded,
            delivery: listed.state.map(|state| Delivered {
                state: state.code(),
                reason: listed.reason,
                id: listed.remote,
            }),
        }
    }
}

/// The logbook, page by page
#[utoipa::path(
    get, path = "/logbook", tag = "logbook", params(Wanted),
    responses((status = 200, description = "A page of entries", body = Page)),
)]
pub(super) async fn entries(
    State(app): State<App>,
    Query(wanted): Query<Wanted>,
) -> Result<Answer<Page>, Problem> {
    let limit = wanted.limit.unwrap_or(PAGE);
    if !(1..=LARGEST).contains(&limit) {
        let detail = format!("limit is 1 to {LARGEST}");
        return Err(Problem::invalid(detail).about("limit"));
    }
    let after = after(&wanted)?;
    let filter = filter(wanted)?;
    let listed = app.store().entries(&filter, after.as_ref(), limit).await?;
    let next = next(&listed, limit);
    Ok(Answer(Page {
        entries: listed.into_iter().map(Entry::from).collect(),
        next,
    }))
}

/// Which entries, as the store has it.
pub(crate) fn filter(wanted: Wanted) -> Result<Filter, Problem> {
    if let Some(kind) = wanted
        .kind
        .iter()
        .find(|kind| !Kind::CODES.contains(&kind.as_str()))
    {
        let detail = format!(
            "there is no kind {kind:?}; kinds are {}",
            Kind::CODES.join(", ")
        );
        return Err(Problem::invalid(detail).about("kind"));
    }
    let instant = |key: &str, text: &Option<String>| match text {
        None => Ok(None),
        Some(text) => parse_instant(text).map(Some).ok_or_else(|| {
            let detail = "expected a date or an instant with its offset, such as 2026-01-31 or \
                          2026-01-31T08:00:00+01:00";
            Problem::invalid(detail).about(key)
        }),
    };
    Ok(Filter {
        since: instant("since", &wanted.since)?,
        until: instant("until", &wanted.until)?,
        object: wanted.object,
        desk: wanted.desk,
        ticket: wanted.ticket,
        kinds: wanted.kind,
        states: match wanted.undelivered {
            true => Delivery::UNDELIVERED.to_vec(),
            false => Vec::new(),
        },
        newest_first: wanted.newest_first,
    })
}

/// After which place they begin.
pub(crate) fn after(wanted: &Wanted) -> Result<Option<Place>, Problem> {
    let Some(after) = &wanted.after else {
        return Ok(None);
    };
    let place = place(after).ok_or_else(|| {
        Problem::invalid("after is what an earlier page called next").about("after")
    })?;
    Ok(Some(place))
}

/// What to pass as `after` for the next page; none: this is the last one.
pub(crate) fn next(listed: &[Listed], limit: u32) -> Option<String> {
    let full = listed.len() >= limit as usize;
    let last = listed.last().filter(|_| full)?.place;
    Some(format!("{}_{}", last.at.as_nanosecond(), last.sequence))
}

fn place(text: &str) -> Option<Place> {
    let (at, sequence) = text.split_once('_')?;
    Some(Place {
        at: Timestamp::from_nanosecond(at.parse().ok()?).ok()?,
        sequence: sequence.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use utoipa::PartialSchema;

    #[test]
    fn every_kind_is_described() {
        let described = serde_json::to_value(EntryKind::schema()).unwrap_or_default();
        assert_eq!(described["enum"], serde_json::json!(Kind::CODES));
    }
}
