//! RT's transactions of some tickets, and whether these are all of them.
//!
//! RT takes the rows that an account may not see (comments, custom fields) out of a page after it has cut
//! it, and says no total: measured, a page of 100 may be short or empty and not be the last, for all but
//! superusers. What does hold: each ticket begins with a transaction `Create`, which everybody sees who
//! sees the ticket, and no transaction of the ticket has a lower number. So the question asks for it, too,
//! goes backwards by number, and a ticket's history is complete when its `Create` has come.

use crate::api;
use crate::json::{Id, Named, Text};
use serde::Deserialize;
use sgi_guest::types::Error;
use sgi_guest::{Settings, fail};
use std::collections::{BTreeMap, HashSet};

/// RT caps `per_page` at this.
const PAGE: usize = 100;
/// So many empty pages in a row are taken for the end where RT does not tell it: 500 hidden rows.
const EMPTY_PAGES: u32 = 5;
/// Requests for the tickets of a batch; what they do not bring waits for the next one.
pub(crate) const REQUESTS: u32 = 80;
/// … and for a single ticket, which cannot be read in parts.
pub(crate) const REQUESTS_FOR_ONE: u32 = 200;

/// Mails that RT has sent for other transactions, and nothing that happened.
const NO_MAILS: &str = "Type != 'EmailRecord' AND Type != 'CommentEmailRecord'";
/// Without it transactions of queues and users come, too.
const OF_TICKETS: &str = "ObjectType = 'RT::Ticket'";

/// A transaction as RT sends it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Raw<'a> {
    #[serde(rename = "id")]
    id: Id,
    #[serde(borrow)]
    r#type: Text<'a>,
    #[serde(borrow, default)]
    creator: Named<'a>,
    #[serde(borrow)]
    created: Text<'a>,
    #[serde(borrow, default)]
    field: Text<'a>,
    #[serde(borrow, default)]
    old_value: Text<'a>,
    #[serde(borrow, default)]
    new_value: Text<'a>,
    object_id: Id,
}

/// A transaction.
#[derive(Clone, Debug)]
pub(crate) struct Transaction {
    pub(crate) id: u64,
    pub(crate) ticket: u64,
    pub(crate) what: String,
    pub(crate) actor: Option<String>,
    pub(crate) at: i64,
    pub(crate) field: Option<String>,
    pub(crate) old: Option<String>,
    pub(crate) new: Option<String>,
}

impl Transaction {
    fn of(raw: Raw<'_>) -> Result<Self, Error> {
        let id = raw.id.0;
        let (Some(what), Some(at)) = (raw.r#type.into_string(), raw.created.instant()?) else {
            return Err(fail::protocol(format!(
                "RT sent transaction {id} without its type or its date"
            )));
        };
        Ok(Self {
            id,
            ticket: raw.object_id.0,
            what,
            actor: raw.creator.known_as(),
            at,
            field: raw.field.into_string(),
            old: raw.old_value.into_string(),
            new: raw.new_value.into_string(),
        })
    }

    /// The ticket that this one was merged into. RT notes a merge at both tickets, at the one that stays
    /// as a link to itself.
    pub(crate) fn merged_into(&self) -> Option<u64> {
        if self.what != "AddLink" || self.field.as_deref() != Some("MergedInto") {
            return None;
        }
        let into = self.new.as_deref()?.rsplit('/').next()?.parse().ok()?;
        (into != self.ticket).then_some(into)
    }
}

/// A page of transactions.
struct Page {
    rows: Vec<Transaction>,
    /// Superusers are told how many there are, and nothing is hidden from them.
    all_visible: bool,
}

/// What is known of the tickets' histories, in the order of the transactions.
#[derive(Default)]
pub(crate) struct History {
    pub(crate) rows: BTreeMap<u64, Transaction>,
    /// The tickets of which these are all.
    pub(crate) complete: HashSet<u64>,
    /// There was more than the requests could bring.
    pub(crate) cut: bool,
}

impl History {
    /// Whether a ticket was moved to another queue.
    pub(crate) fn moved(&self, ticket: u64) -> bool {
        let of_queue = |row: &Transaction| row.field.as_deref() == Some("Queue");
        let mut rows = self.rows.values();
        rows.any(|row| row.ticket == ticket && row.what == "Set" && of_queue(row))
    }
}

/// The transactions of these tickets after this one.
pub(crate) fn read(
    settings: &Settings,
    tickets: &[u64],
    after: u64,
    requests: u32,
) -> Result<History, Error> {
    let mut history = History::default();
    let of_these: Vec<String> = tickets
        .iter()
        .map(|id| format!("TicketId = {id}"))
        .collect();
    let of_these = of_these.join(" OR ");
    let begun = format!(
        "{OF_TICKETS} AND (id > {after} OR Type = 'Create') AND ({of_these}) AND {NO_MAILS}"
    );
    let mut left = requests;
    // Pages are cut by number: a transaction that comes or goes in between cannot push another one out
    // of sight.
    let mut below = None;
    let mut number = 1;
    while history.complete.len() < tickets.len() {
        let Some(rest) = left.checked_sub(1) else {
            history.cut = true;
            break;
        };
        left = rest;
        let sql = match below {
            None => begun.clone(),
            Some(id) => format!("{begun} AND id < {id}"),
        };
        let page = page(settings, &sql, "DESC", PAGE, number)?;
        if page.rows.is_empty() {
            if page.all_visible {
                // Nothing is hidden and nothing is left, not even the beginning of some ticket.
                history.complete.extend(tickets);
            } else if number >= EMPTY_PAGES {
                break;
            }
            number += 1;
            continue;
        }
        let mut rows = page.rows;
        if number > 1 {
            // Rows that went meanwhile have moved others to the page that was empty a moment ago.
            let before = self::page(settings, &sql, "DESC", PAGE, number - 1)?;
            rows.extend(before.rows);
            left = left.saturating_sub(1);
        }
        let lowest = rows.iter().map(|row| row.id).min();
        if lowest >= below && below.is_some() {
            return Err(fail::protocol(
                "RT brought transactions again that it was not asked for",
            ));
        }
        below = lowest;
        number = 1;
        for row in rows {
            if !tickets.contains(&row.ticket) {
                return Err(fail::protocol(format!(
                    "RT brought a transaction of ticket {}, which it was not asked for",
                    row.ticket
                )));
            }
            if row.what == "Create" {
                history.complete.insert(row.ticket);
            }
            if row.id > after {
                history.rows.insert(row.id, row);
            }
        }
    }
    Ok(history)
}

/// Deletions and merges after this transaction, in their order. Everybody sees both who sees the ticket,
/// so that only an empty page is the end.
pub(crate) fn gone(
    settings: &Settings,
    after: u64,
    limit: usize,
) -> Result<Vec<Transaction>, Error> {
    let sql = format!(
        "{OF_TICKETS} AND id > {after} AND ((Type = 'Status' AND NewValue = 'deleted') OR (Type = \
         'AddLink' AND Field = 'MergedInto'))"
    );
    Ok(page(settings, &sql, "ASC", limit.min(PAGE), 1)?.rows)
}

/// The newest transaction that nobody is kept from who sees its ticket.
pub(crate) fn newest(settings: &Settings) -> Result<Option<u64>, Error> {
    let sql =
        format!("{OF_TICKETS} AND Type != 'Comment' AND Type != 'CustomField' AND {NO_MAILS}");
    let page = page(settings, &sql, "DESC", 1, 1)?;
    Ok(page.rows.first().map(|row| row.id))
}

fn page(
    settings: &Settings,
    sql: &str,
    order: &str,
    size: usize,
    number: u32,
) -> Result<Page, Error> {
    #[derive(Deserialize)]
    struct List<'a> {
        total: Option<u64>,
        #[serde(borrow)]
        items: Vec<Raw<'a>>,
    }
    let parameters = [
        ("query", sql),
        ("orderby", "id"),
        ("order", order),
        ("per_page", &size.to_string()),
        ("page", &number.to_string()),
        (
            "fields",
            "Type,Creator,Created,Field,OldValue,NewValue,ObjectId",
        ),
        ("fields[Creator]", "Name,RealName"),
    ];
    let answer = api::desk(settings).get("/REST/2.0/transactions", &parameters)?;
    match answer.status() {
        200 => {}
        // A syntax error, whose text holds paths of the server.
        400 => {
            return Err(fail::unsupported(
                "this RT cannot be asked for transactions: that takes RT 5.0 or later",
            ));
        }
        _ => return Err(api::failure(settings, &answer)),
    }
    let list: List<'_> = answer.json()?;
    Ok(Page {
        all_visible: list.total.is_some(),
        rows: list
            .items
            .into_iter()
            .map(Transaction::of)
            .collect::<Result<_, _>>()?,
    })
}
