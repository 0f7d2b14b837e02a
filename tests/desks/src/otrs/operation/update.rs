//! Changing tickets.

use serde_json::{Map, Value, json};

use super::input::{Wanted, account, fields, message, wanted};
use super::{Failure, Params, failure, text};
use crate::otrs::data::{Data, Right};
use crate::otrs::ticket::By;

const NAME: &str = "TicketUpdate";

pub(super) fn update(data: &mut Data, params: &Params) -> Result<Value, Failure> {
    let user = account(data, NAME, params)?;
    let id = text(params, "TicketID")
        .and_then(|id| id.parse().ok())
        .unwrap_or(0);
    let ticket = data.permitted(id, user, Right::Read).ok_or_else(|| {
        failure(
            NAME,
            "AccessDenied",
            "User does not have access to the ticket!",
        )
    })?;
    let (number, queue) = (ticket.number.clone(), ticket.queue);
    let none = Map::new();
    let wanted = wanted(
        data,
        NAME,
        params
            .get("Ticket")
            .and_then(Value::as_object)
            .unwrap_or(&none),
    )?;
    let message = match params.get("Article").and_then(Value::as_object) {
        Some(article) => Some(message(NAME, article)?),
        None => None,
    };
    let fields = fields(data, NAME, params)?;
    if data.right(user, queue) < Some(Right::Write) {
        reading_only(&wanted, message.is_some(), !fields.is_empty())?;
    }
    let by = By {
        user,
        at: data.now(),
    };
    let told = apply(data, id, &wanted, by);
    let article = message.map(|message| data.add_article(id, message, by));
    for (name, value) in &fields {
        data.ticket(id).set_field(name, value, by);
    }
    // Mails go out when all is done.
    if let Some(owner) = told {
        data.notify(id, "Ticket owner update notification", &[owner], by);
    }
    if article.is_some() {
        let both = [data.ticket(id).owner, data.ticket(id).responsible];
        data.notify(id, "Ticket new note notification", &both, by);
    }
    let mut result = json!({"TicketID": id.to_string(), "TicketNumber": number});
    if let Some(article) = article {
        result["ArticleID"] = json!(article);
    }
    Ok(result)
}

/// What an account may not do that may only read. A state that does not close it may set
/// (measured).
fn reading_only(wanted: &Wanted, article: bool, fields: bool) -> Result<(), Failure> {
    let closes = wanted.state.is_some_and(|state| matches!(state, 2 | 3));
    for (forbidden, what) in [
        (article, "create new articles"),
        (fields, "update dynamic fields"),
        (wanted.queue.is_some(), "update queue"),
        (wanted.owner.is_some(), "update owner"),
        (wanted.responsible.is_some(), "update responsibe"),
        (wanted.priority.is_some(), "update priority"),
        (closes, "update state"),
    ] {
        if forbidden {
            let message = format!("Does not have permissions to {what}!");
            return Err(failure(NAME, "AccessDenied", &message));
        }
    }
    Ok(())
}

/// Changes the ticket itself; gives the new owner to tell.
fn apply(data: &mut Data, id: u64, wanted: &Wanted, by: By) -> Option<u64> {
    if let Some(title) = &wanted.title {
        data.ticket(id).set_title(title, by);
    }
    if let Some(queue) = wanted.queue {
        data.move_to(id, queue, by);
    }
    if let Some(lock) = wanted.lock {
        data.ticket(id).set_lock(lock, by);
    }
    if let Some(state) = wanted.state {
        data.ticket(id).set_state(state, by);
    }
    if let Some(pending) = wanted.pending {
        let written = data.written(pending);
        data.ticket(id).set_pending(pending, &written, by);
    }
    if let Some(customer) = &wanted.customer {
        data.ticket(id).set_customer(customer, by);
    }
    if let Some(priority) = wanted.priority {
        data.ticket(id).set_priority(priority, by);
    }
    let owner = wanted.owner.filter(|owner| data.set_owner(id, *owner, by));
    if let Some(responsible) = wanted.responsible {
        data.set_responsible(id, responsible, by);
    }
    owner
}
