//! RT's tickets as JSON, and as the contract has them.

use crate::fields::Fields;
use crate::json::{Id, Many, Named, Text};
use crate::knowledge::{Evidence, Knowledge};
use crate::links;
use crate::{api, filter_condition};
use serde::Deserialize;
use sgi_guest::object::is_number;
use sgi_guest::tickets::Filter;
use sgi_guest::types::{Error, Field, Instant, StatusClass, Ticket};
use sgi_guest::{Answer, Settings, fail, text};

macro_rules! fields {
    ($more:literal) => {
        &[
            (
                "fields",
                concat!(
                    "Subject,Status,Queue,Owner,Requestor,Priority,Created,LastUpdated,Starts,Due,\
                     Resolved,CustomFields",
                    $more
                ),
            ),
            ("fields[Queue]", "Name"),
            ("fields[Owner]", "Name,RealName"),
            ("fields[Requestor]", "Name,RealName,EmailAddress"),
        ]
    };
}

/// The fields that RT is asked for. A name that it does not know would come back as "".
const FIELDS: &[(&str, &str)] = fields!("");
/// … and the links of each ticket.
pub(crate) const FIELDS_AND_LINKS: &[(&str, &str)] = fields!(",_hyperlinks");

/// A custom field with its values.
#[derive(Deserialize)]
pub(crate) struct CustomField<'a> {
    id: Id,
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default)]
    values: Vec<Text<'a>>,
}

/// A ticket as RT sends it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Item<'a> {
    #[serde(rename = "id")]
    pub(crate) id: Id,
    #[serde(borrow, default)]
    subject: Text<'a>,
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) queue: Named<'a>,
    #[serde(borrow, default)]
    owner: Named<'a>,
    #[serde(borrow, default)]
    pub(crate) requestor: Many<Named<'a>>,
    #[serde(borrow, default)]
    priority: Text<'a>,
    #[serde(borrow, default)]
    created: Text<'a>,
    #[serde(borrow, default)]
    last_updated: Text<'a>,
    #[serde(borrow, default)]
    starts: Text<'a>,
    #[serde(borrow, default)]
    due: Text<'a>,
    #[serde(borrow, default)]
    resolved: Text<'a>,
    #[serde(borrow, default)]
    custom_fields: Many<CustomField<'a>>,
}

impl Item<'_> {
    /// Whether RT shows that the ticket does not reference an object: each of the fields is there,
    /// and none holds it. A field that is not there says nothing: a ticket that was moved to a queue
    /// without it keeps its values, and so does one in a queue whose fields the account may not see.
    /// Blanks at the end do not count, because they do not for MySQL when it searches.
    pub(crate) fn denies(&self, fields: &[u64], object: &str) -> bool {
        let denied = |shown: &CustomField<'_>| {
            let mut values = shown.values.iter().filter_map(Text::as_str);
            values.all(|value| value.trim_end() != object)
        };
        fields.iter().all(|id| {
            let mut shown = self.custom_fields.0.iter();
            shown.any(|field| field.id.0 == *id && denied(field))
        })
    }

    /// What it says about whether the custom fields are still those that were learned.
    pub(crate) fn evidence(&self, fields: &Fields<'_>) -> Option<Evidence> {
        let shown = self.custom_fields.0.iter();
        shown
            .filter_map(|field| {
                fields.evidence(field.id.0, field.name.as_str().unwrap_or_default())
            })
            .max()
    }

    /// Its last change of any kind.
    pub(crate) fn updated(&self) -> Result<Option<Instant>, Error> {
        self.last_updated.instant()
    }

    /// The custom fields that it shows, by number and name.
    pub(crate) fn shown_fields(&self) -> impl Iterator<Item = (u64, &str)> {
        self.custom_fields
            .0
            .iter()
            .filter_map(|field| Some((field.id.0, field.name.as_str()?)))
    }

    /// The values of these custom fields.
    pub(crate) fn values_of(&self, fields: &[u64]) -> Vec<String> {
        let shown = self.custom_fields.0.iter();
        let shown = shown.filter(|field| fields.contains(&field.id.0));
        shown
            .flat_map(|field| field.values.iter().filter_map(Text::as_str))
            .map(str::to_owned)
            .collect()
    }

    pub(crate) fn into_ticket(
        self,
        settings: &Settings,
        known: &Fields<'_>,
    ) -> Result<Ticket, Error> {
        let id = self.id.0.to_string();
        let status = self
            .status
            .into_string()
            .ok_or_else(|| fail::protocol(format!("RT sent ticket {id} without a status")))?;
        let mut objects = Vec::new();
        let mut fields = Vec::new();
        // RT sends them in an order that changes from answer to answer.
        let mut custom_fields = self.custom_fields.0;
        custom_fields.sort_by_key(|field| field.id.0);
        for field in custom_fields {
            let mut values: Vec<String> = field
                .values
                .into_iter()
                .filter_map(Text::into_string)
                .collect();
            let (id, name) = (field.id.0, field.name.into_string().unwrap_or_default());
            if known.tenant.holds(id, &name) {
                continue;
            }
            if known.objects.holds(id, &name) {
                // What references no object is a mistake that people can mend where they see it.
                let (ids, others): (Vec<_>, Vec<_>) =
                    values.into_iter().partition(|value| is_number(value));
                values = others;
                for id in ids {
                    if !objects.contains(&id) {
                        objects.push(id);
                    }
                }
            }
            show(&mut fields, name, values);
        }
        Ok(Ticket {
            url: links::show(settings, self.id.0),
            number: id.clone(),
            id,
            subject: self.subject.into_string().unwrap_or_default(),
            status_class: status_class(&status),
            status,
            class: None,
            queue: self
                .queue
                .name
                .into_string()
                .or_else(|| self.queue.id.into_string()),
            priority: self.priority.into_string(),
            owner: self
                .owner
                .known_as()
                .filter(|owner| owner != "Nobody" && owner != "Nobody in particular"),
            requestors: self
                .requestor
                .0
                .into_iter()
                .filter_map(Named::into_sender)
                .collect(),
            created: self.created.instant()?,
            updated: self.last_updated.instant()?,
            starts: self.starts.instant()?,
            due: self.due.instant()?,
            resolved: self.resolved.instant()?,
            objects,
            fields,
        })
    }
}

/// Adds a field to those that are shown. Two that share a name are shown as one.
fn show(fields: &mut Vec<Field>, name: String, values: Vec<String>) {
    if values.is_empty() {
        return;
    }
    match fields.iter_mut().find(|shown| shown.name == name) {
        Some(shown) => shown.values.extend(values),
        None => fields.push(Field { name, values }),
    }
}

/// The statuses of RT's own lifecycles. Others are an administrator's, known to RT alone.
pub(crate) fn status_class(status: &str) -> StatusClass {
    match status {
        "new" => StatusClass::New,
        "open" => StatusClass::Open,
        "stalled" => StatusClass::Pending,
        "resolved" => StatusClass::Resolved,
        "rejected" => StatusClass::Rejected,
        "deleted" => StatusClass::Deleted,
        _ => StatusClass::Unknown,
    }
}

/// An answer to a search.
#[derive(Deserialize)]
pub(crate) struct List<'a> {
    /// Of all pages. Null in lists that RT filters by rights after paging; ticket lists are not.
    total: Option<u64>,
    #[serde(borrow)]
    pub(crate) items: Vec<Item<'a>>,
}

impl List<'_> {
    pub(crate) fn total(&self) -> Result<u32, Error> {
        self.total
            .and_then(|total| u32::try_from(total).ok())
            .ok_or_else(|| {
                fail::unsupported(
                    "RT does not say how many tickets it found: its setting UseSQLForACLChecks must \
                     be on (the default) for complete lists",
                )
            })
    }
}

/// The tickets of a list.
pub(crate) fn tickets_in(
    settings: &Settings,
    knowledge: &Knowledge,
    list: &[u8],
) -> Result<Vec<Ticket>, Error> {
    let list: List<'_> = sgi_guest::json(list, "a list")?;
    let fields = knowledge.fields(settings);
    list.items
        .into_iter()
        .map(|item| item.into_ticket(settings, &fields))
        .collect()
}

/// Searches in the order of ids; without `orderby` RT's order is not that of the ids.
pub(crate) fn search(settings: &Settings, sql: &str, size: u32) -> Result<Answer, Error> {
    search_for(settings, sql, size, FIELDS)
}

/// … for these fields.
pub(crate) fn search_for(
    settings: &Settings,
    sql: &str,
    size: u32,
    fields: &[(&str, &str)],
) -> Result<Answer, Error> {
    let size = size.to_string();
    let by_id = [
        ("query", sql),
        ("orderby", "id"),
        ("order", "ASC"),
        ("per_page", &size),
    ];
    list(settings, &by_id, fields)
}

/// All tickets, those first that changed last: a page of so many.
pub(crate) fn newest(settings: &Settings, page: u64, size: u64) -> Result<Answer, Error> {
    let (page, size) = (page.to_string(), size.to_string());
    let by_change = [
        ("query", "id > 0"),
        ("orderby", "LastUpdated"),
        ("order", "DESC"),
        // Seconds collide: without it RT may give those of one in another order next time.
        ("orderby", "id"),
        ("order", "DESC"),
        ("per_page", &size),
        ("page", &page),
    ];
    list(settings, &by_change, FIELDS)
}

fn list(
    settings: &Settings,
    question: &[(&str, &str)],
    fields: &[(&str, &str)],
) -> Result<Answer, Error> {
    let parameters = [question, fields].concat();
    let answer = api::desk(settings).get("/REST/2.0/tickets", &parameters)?;
    match answer.status() {
        200 => Ok(answer),
        // A syntax error, whose text holds paths of the server.
        400 => Err(fail::stale_knowledge(
            "RT does not understand the search, as if its custom fields had changed",
        )),
        _ => Err(api::failure(settings, &answer)),
    }
}

/// The ids only.
pub(crate) fn search_ids(settings: &Settings, sql: &str, size: u32) -> Result<Vec<String>, Error> {
    #[derive(Deserialize)]
    struct Ids {
        items: Vec<OnlyId>,
    }
    #[derive(Deserialize)]
    struct OnlyId {
        id: Id,
    }
    let answer = api::get(
        settings,
        "/REST/2.0/tickets",
        &[
            ("query", sql),
            ("orderby", "id"),
            ("per_page", &size.to_string()),
        ],
    )?;
    let ids: Ids = answer.json()?;
    Ok(ids.items.iter().map(|item| item.id.0.to_string()).collect())
}

/// The number that is a ticket's id.
pub(crate) fn number(id: &str) -> Result<u64, Error> {
    id.parse()
        .ok()
        .filter(|number| *number > 0 && id.bytes().all(|b| b.is_ascii_digit()))
        .ok_or_else(|| {
            fail::invalid_input(format!(
                "RT numbers its tickets, and {} is not such a number",
                text::quote(id)
            ))
        })
}

/// One ticket, and what it says about what was learned.
pub(crate) struct Read {
    pub(crate) ticket: Ticket,
    pub(crate) evidence: Option<Evidence>,
}

/// One ticket. A list tells more than a single record, which names requestors by their login only; but
/// a search finds neither deleted nor merged tickets, and does not say why it finds none. The record
/// does: RT answers a merged ticket as the one it went into, and a deleted one as deleted.
pub(crate) fn get(settings: &Settings, knowledge: &Knowledge, number: u64) -> Result<Read, Error> {
    if let Some(ticket) = listed(settings, knowledge, number)? {
        return Ok(ticket);
    }
    let answer = ask_for(settings, number)?;
    match answer.status() {
        200 => {}
        403 => {
            return Err(fail::forbidden(format!(
                "the RT account {:?} may not see ticket {number}: it needs the right ShowTicket on \
                 the ticket's queue",
                settings.username()
            )));
        }
        404 => {
            return Err(fail::not_found(format!("RT has no ticket {number}")));
        }
        _ => return Err(api::failure(settings, &answer)),
    }
    let item: Item<'_> = answer.json()?;
    let target = item.id.0;
    if target != number
        && let Some(ticket) = listed(settings, knowledge, target)?
    {
        return Ok(ticket);
    }
    finished(settings, knowledge, item)
}

fn ask_for(settings: &Settings, number: u64) -> Result<Answer, Error> {
    let path = format!("/REST/2.0/ticket/{number}");
    api::desk(settings).get(&path, FIELDS)
}

/// The record of a ticket that may be deleted; none where the account sees none.
pub(crate) fn record(settings: &Settings, number: u64) -> Result<Option<Answer>, Error> {
    let answer = ask_for(settings, number)?;
    match answer.status() {
        200 => Ok(Some(answer)),
        403 | 404 => Ok(None),
        _ => Err(api::failure(settings, &answer)),
    }
}

/// The ticket of this number as a list shows it, if a search finds it.
fn listed(settings: &Settings, knowledge: &Knowledge, number: u64) -> Result<Option<Read>, Error> {
    let answer = search(settings, &format!("id = {number}"), 1)?;
    let list: List<'_> = answer.json()?;
    let found = list.items.into_iter().find(|item| item.id.0 == number);
    found
        .map(|item| finished(settings, knowledge, item))
        .transpose()
}

fn finished(settings: &Settings, knowledge: &Knowledge, item: Item<'_>) -> Result<Read, Error> {
    let fields = knowledge.fields(settings);
    let evidence = item.evidence(&fields);
    let mut ticket = item.into_ticket(settings, &fields)?;
    classify(settings, &mut ticket)?;
    Ok(Read { ticket, evidence })
}

/// Asks RT whether a ticket is worked on, where its status does not tell.
pub(crate) fn classify(settings: &Settings, ticket: &mut Ticket) -> Result<(), Error> {
    if ticket.status_class == StatusClass::Unknown {
        let sql = format!("id = {}{}", ticket.id, filter_condition(Filter::Open));
        ticket.status_class = if search_ids(settings, &sql, 1)?.is_empty() {
            StatusClass::Closed
        } else {
            StatusClass::Open
        };
    }
    Ok(())
}
