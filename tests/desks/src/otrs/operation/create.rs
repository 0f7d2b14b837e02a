//! Creating tickets.

use serde_json::{Value, json};

use super::input::{account, fields, message, wanted};
use super::{Failure, Params, failure, text};
use crate::otrs::data::{Data, Right};
use crate::otrs::record::Draft;
use crate::otrs::ticket::By;

const NAME: &str = "TicketCreate";

pub(super) fn create(data: &mut Data, params: &Params) -> Result<Value, Failure> {
    let user = account(data, NAME, params)?;
    let missing = |what: &str| failure(NAME, "MissingParameter", what);
    let Some(Value::Object(ticket)) = params.get("Ticket") else {
        return Err(missing("Ticket parameter is missing or not valid!"));
    };
    let Some(Value::Object(article)) = params.get("Article") else {
        return Err(missing("Article parameter is missing or not valid!"));
    };
    if text(ticket, "Title").is_none_or(|title| title.is_empty()) {
        return Err(missing("Ticket->Title parameter is missing!"));
    }
    if text(ticket, "CustomerUser").is_none_or(|customer| customer.is_empty()) {
        return Err(missing("Ticket->CustomerUser parameter is missing!"));
    }
    let wanted = wanted(data, NAME, ticket)?;
    let required = |name: &str, more: &str| {
        let text = format!("Ticket->{name}ID or Ticket->{name} parameter is required{more}!");
        missing(&text)
    };
    let queue = wanted.queue.ok_or_else(|| required("Queue", ""))?;
    wanted
        .kind
        .ok_or_else(|| required("Type", " by sysconfig option"))?;
    let state = wanted.state.ok_or_else(|| required("State", ""))?;
    let priority = wanted.priority.ok_or_else(|| required("Priority", ""))?;
    // By Znuny's public source: the ticket first, then what the account may do, then the article. A client
    // that wants to know whether it may create tickets can ask with an article that is refused.
    if data.right(user, queue) < Some(Right::Write) {
        let message = "Can not create tickets in given Queue or QueueID!";
        return Err(failure(NAME, "AccessDenied", message));
    }
    let message = message(NAME, article)?;
    let fields = fields(data, NAME, params)?;
    // Measured: the id of what came by phone is a text, that of a note a number.
    let by_phone = message.channel == "Phone";
    let by = By {
        user,
        at: data.now(),
    };
    let draft = Draft {
        state,
        priority,
        customer: wanted.customer,
        owner: wanted.owner,
        responsible: wanted.responsible,
        lock: wanted.lock,
        pending: wanted.pending.unwrap_or(0),
        fields,
        article: Some(message),
        ..Draft::of(&wanted.title.unwrap_or_default(), queue)
    };
    let (id, article) = data.create(draft, by);
    Ok(json!({
        "TicketID": id.to_string(),
        "TicketNumber": data.ticket(id).number,
        "ArticleID": match article {
            Some(article) if by_phone => json!(article.to_string()),
            article => json!(article),
        },
    }))
}
