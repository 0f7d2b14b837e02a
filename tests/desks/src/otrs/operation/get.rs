//! Reading tickets and their histories.

use serde_json::{Value, json};

use super::{Failure, Params, failure, flag, text, texts};
use crate::otrs::data::{Data, Right};

const GET: &str = "TicketGet";
const HISTORY: &str = "TicketHistoryGet";

/// The ids asked for, in their order: a list, or a text with commas.
fn ids(params: &Params) -> Vec<String> {
    let asked = texts(params, "TicketID");
    let parts = asked.iter().flat_map(|text| text.split(','));
    parts
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

/// All that were asked for, or none: one that is missing or not visible spoils the rest.
pub(super) fn tickets(data: &mut Data, params: &Params) -> Result<Value, Failure> {
    let user = data
        .asking(params)
        .ok_or_else(|| failure(GET, "AuthFail", "Authorization failing!"))?;
    let ids = ids(params);
    if ids.is_empty() {
        let message = "TicketID parameter is missing!";
        return Err(failure(GET, "MissingParameter", message));
    }
    let mut tickets = Vec::with_capacity(ids.len());
    for id in ids {
        let id = id.parse().unwrap_or(0);
        let ticket = data.permitted(id, user, Right::Read).ok_or_else(|| {
            failure(
                GET,
                "AccessDenied",
                "User does not have access to the ticket!",
            )
        })?;
        let mut shown = data.rendered(ticket);
        if flag(params, "DynamicFields") {
            shown.insert("DynamicField".to_owned(), data.rendered_fields(ticket));
        }
        if flag(params, "Extended") {
            shown.extend(data.rendered_times(ticket));
        }
        if flag(params, "AllArticles") {
            let mut articles = data.rendered_articles(ticket);
            if text(params, "ArticleOrder").is_some_and(|order| order == "DESC") {
                articles.reverse();
            }
            let limit = text(params, "ArticleLimit").and_then(|limit| limit.parse().ok());
            articles.truncate(limit.filter(|limit| *limit > 0).unwrap_or(usize::MAX));
            // Without articles the key is missing.
            if !articles.is_empty() {
                shown.insert("Article".to_owned(), Value::Array(articles));
            }
        }
        tickets.push(Value::Object(shown));
    }
    Ok(json!({"Ticket": tickets}))
}

pub(super) fn histories(data: &mut Data, params: &Params) -> Result<Value, Failure> {
    let user = data
        .asking(params)
        .ok_or_else(|| failure(HISTORY, "AuthFail", "Authorization failing!"))?;
    let ids = ids(params);
    if ids.is_empty() {
        let message = "TicketID parameter is missing!";
        return Err(failure(HISTORY, "MissingParameter", message));
    }
    let mut histories = Vec::with_capacity(ids.len());
    for id in ids {
        let ticket = data.permitted(id.parse().unwrap_or(0), user, Right::Read);
        let ticket = ticket.ok_or_else(|| {
            let message = format!("User does not have access to the ticket {id}!");
            failure(HISTORY, "AccessDenied", &message)
        })?;
        histories.push(json!({"TicketID": id, "History": data.rendered_history(ticket)}));
    }
    Ok(json!({"TicketHistory": histories}))
}
