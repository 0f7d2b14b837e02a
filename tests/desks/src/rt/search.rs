//! `/tickets`: searching by TicketSQL.

use std::cmp::Ordering;

use serde_json::Value;

use super::answers;
use super::data::{Data, Ticket};
use super::dates::Zone;
use super::json::Shuffle;
use super::lists::{Fields, Page, envelope};
use super::params;
use super::query::{self, Context, Refusal, Search};
use super::route::Call;
use crate::http::Response;

/// A search without a query finds nothing. So does one whose query stands in a JSON body: RT
/// does not look there.
pub(super) fn tickets(call: &Call<'_>) -> Response {
    let params = &call.params;
    let page = Page::of(params);
    let mut shuffle = Shuffle::new(call.seed);
    let text = params::last(params, "query").unwrap_or_default();
    if text.is_empty() {
        return answers::document(&envelope(call, Vec::new(), page, Some(0)), &mut shuffle);
    }
    let simple = params::last(params, "simple").is_some_and(|on| on != "0" && !on.is_empty());
    let text = match (simple, text.parse::<u64>()) {
        (false, _) => text.to_owned(),
        (true, Ok(id)) => format!("id = {id}"),
        (true, Err(_)) => return answers::not_modelled("simple searches but those for a number"),
    };
    let parsed = match query::parse(&text) {
        Ok(parsed) => parsed,
        Err(Refusal::Message(message)) => return answers::error(400, &message),
        Err(Refusal::NotModelled(what)) => return answers::not_modelled(&what),
    };
    let account = call.view.account;
    let own_zone = account
        .extras
        .iter()
        .find(|(name, _)| *name == "Timezone")
        .map(|(_, zone)| zone.as_str());
    let context = Context {
        data: call.view.data,
        account,
        zone: Zone::of(own_zone),
    };
    let mut found = Search::new(&context, &parsed).run();
    let total = found.len() as u64;
    if order(&mut found, call).is_none() {
        found.clear();
    }
    let fields = Fields::of(params);
    let named = fields.named();
    let nested = |field: &str| fields.nested(field);
    let items = page.cut(&found).iter().map(|ticket| {
        let mut item = call.view.pointer("ticket", &ticket.id.to_string());
        for field in &named {
            item.insert(
                field.clone(),
                call.view.ticket_field(ticket, field, &nested, &mut shuffle),
            );
        }
        Value::Object(item)
    });
    let items = items.collect();
    answers::document(&envelope(call, items, page, Some(total)), &mut shuffle)
}

/// Puts the tickets into the order of `orderby` and `order`, which may come several times. None
/// for a column that RT does not know: then its list is empty, though its total is not.
fn order(tickets: &mut [&Ticket], call: &Call<'_>) -> Option<()> {
    let columns: Vec<&str> = params::all(&call.params, "orderby").collect();
    let orders: Vec<&str> = params::all(&call.params, "order").collect();
    let mut keys = Vec::new();
    for (index, column) in columns.iter().enumerate() {
        // What does not look like a name RT leaves out; what does and is none spoils the list.
        let is_name =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '{' | '}' | '-' | ' ');
        let is_field = column.starts_with("CF.") || column.starts_with("CustomField");
        let blank =
            column.is_empty() || !column.chars().all(is_name) || column.contains(' ') && !is_field;
        if blank || column.starts_with("main.") {
            continue;
        }
        let descending = orders
            .get(index)
            .is_some_and(|order| order.eq_ignore_ascii_case("DESC"));
        keys.push((key(column)?, descending));
    }
    // Sorted by what its index is made of, the database walks the index backwards: ties as well.
    let backwards = matches!(columns.as_slice(), [only] if only.eq_ignore_ascii_case("status")
        || only.eq_ignore_ascii_case("queue"))
        && matches!(keys.as_slice(), [(_, true)]);
    let data = call.view.data;
    tickets.sort_by(|a, b| {
        let by_key = |&(key, descending): &(Key, bool)| {
            let ordering = key(data, a).cmp(&key(data, b));
            if descending && !backwards {
                ordering.reverse()
            } else {
                ordering
            }
        };
        keys.iter()
            .map(by_key)
            .find(|ordering| ordering.is_ne())
            .unwrap_or(Ordering::Equal)
    });
    if backwards {
        tickets.reverse();
    }
    Some(())
}

/// What tickets are sorted by: a number, then a text, then a number for ties.
type Key = fn(&Data, &Ticket) -> (i64, String, u64);

fn key(column: &str) -> Option<Key> {
    let key: Key = match column.to_ascii_lowercase().as_str() {
        "id" => |_, ticket| (0, String::new(), ticket.id),
        "effectiveid" => |_, ticket| (0, String::new(), ticket.effective),
        "queue" => |_, ticket| (0, String::new(), ticket.queue),
        "queue.name" => |data, ticket| (0, data.queue_of(ticket).name.clone(), 0),
        "status" => |_, ticket| (0, ticket.status.clone(), 0),
        "subject" => |_, ticket| (0, ticket.subject.clone(), 0),
        "priority" => |_, ticket| (ticket.priority, String::new(), 0),
        "timeworked" => |_, ticket| (0, String::new(), ticket.time_worked),
        "type" | "initialpriority" | "finalpriority" | "timeleft" | "timeestimated" => {
            |_, _| (0, String::new(), 0)
        }
        "created" => |_, ticket| (0, ticket.created.clone(), 0),
        "lastupdated" => |_, ticket| (0, ticket.updated.clone(), 0),
        "starts" => |_, ticket| (0, ticket.starts.clone().unwrap_or_default(), 0),
        "started" => |_, ticket| (0, ticket.started.clone().unwrap_or_default(), 0),
        "due" => |_, ticket| (0, ticket.due.clone().unwrap_or_default(), 0),
        "resolved" => |_, ticket| (0, ticket.resolved.clone().unwrap_or_default(), 0),
        "told" => |_, ticket| (0, ticket.told.clone().unwrap_or_default(), 0),
        "owner" => |_, ticket| (0, ticket.owner.to_lowercase(), 0),
        "owner.name" => |_, ticket| (0, ticket.owner.clone(), ticket.id),
        "creator" => |_, ticket| (0, ticket.creator.to_lowercase(), 0),
        "lastupdatedby" => |_, ticket| (0, ticket.updated_by.to_lowercase(), 0),
        "requestor.emailaddress" => |_, ticket| {
            (
                0,
                ticket.requestors.iter().min().cloned().unwrap_or_default(),
                ticket.id,
            )
        },
        custom if custom.starts_with("cf.") || custom.starts_with("customfield") => {
            |_, ticket| (0, String::new(), ticket.id)
        }
        _ => return None,
    };
    Some(key)
}
