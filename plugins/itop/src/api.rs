//! Requests to iTop: one address for everything.

use crate::failure::{self, Refusal};
use crate::host::{self, Answered};
use crate::manifest::PATH;
use crate::reply::{Entry, Reply};
use serde_json::{Value, json};
use sgi_guest::types::{Error, Instant};
use sgi_guest::{Settings, fail, time};

/// Objects a page where a query may find many. iTop's own order is all there is: it takes no other.
const PAGE: usize = 1000;
const MAX_PAGES: usize = 50;

/// An answer, and when iTop gave it by its own clock.
pub(crate) struct Asked {
    pub(crate) reply: Reply,
    pub(crate) at: Option<Instant>,
}

/// Sends an operation. A refusal is still in the reply.
pub(crate) fn ask(settings: &Settings, operation: &Value) -> Result<Asked, Error> {
    let answered = host::post(settings, &operation.to_string())?;
    let at = answered.date.as_deref().and_then(time::http_date);
    let reply = read(settings, answered)?;
    Ok(Asked { reply, at })
}

/// iTop answers 200 to what it understands. The rest comes from PHP, the web server or a proxy.
fn read(settings: &Settings, answered: Answered) -> Result<Reply, Error> {
    if let Some(error) = answered.failure {
        return Err(error);
    }
    let url = settings.url();
    match answered.status {
        200 => sgi_guest::json(&answered.body, "POST /webservices/rest.php"),
        401 => Err(fail::bad_credentials(format!(
            "the web server in front of iTop at {url} does not let the account {:?} in (HTTP 401): check \
             the option \"credential\", and whether the web server wants credentials of its own",
            settings.username()
        ))),
        403 => Err(fail::forbidden(format!(
            "the web server in front of iTop at {url} does not let requests to {PATH} through (HTTP 403): \
             allow them for the host that this runs on"
        ))),
        300..=399 => Err(fail::invalid_setting(
            "url",
            format!(
                "{url} answers with a redirect (HTTP {}): use the address that people open iTop with, \
                 sub-path and https included",
                answered.status
            ),
        )),
        404 => Err(fail::invalid_setting(
            "url",
            format!("{url} is not the base address of an iTop: there is no {PATH} below it"),
        )),
        status => Err(fail::protocol(format!(
            "iTop at {url} answered with HTTP {status}, which it does not do in any known version"
        ))),
    }
}

/// A query: `class` says which attributes there are, `oql` which objects.
pub(crate) fn get(class: &str, oql: &str, fields: &str) -> Value {
    json!({"operation": "core/get", "class": class, "key": oql, "output_fields": fields})
}

/// Asks a query whose refusal says something.
pub(crate) fn try_query(
    settings: &Settings,
    query: &Value,
) -> Result<Result<Reply, (Refusal, Reply)>, Error> {
    let reply = ask(settings, query)?.reply;
    Ok(match failure::refusal(settings, &reply) {
        None => Ok(reply),
        Some(refusal) => Err((refusal, reply)),
    })
}

/// Asks a query that an earlier check found to be good, for its first page of `limit`.
pub(crate) fn query(
    settings: &Settings,
    class: &str,
    oql: &str,
    fields: &str,
    limit: usize,
) -> Result<Reply, Error> {
    let mut query = get(class, oql, fields);
    if let Some(query) = query.as_object_mut() {
        query.insert("limit".to_owned(), json!(limit));
        query.insert("page".to_owned(), json!(1));
    }
    try_query(settings, &query)?.map_err(|(refusal, _)| refusal.into_error())
}

/// All that a query finds. Pages move when objects come and go in the meantime: an object that comes
/// twice is taken once, and the end is where iTop's own count is reached or a page is empty.
pub(crate) fn query_all(
    settings: &Settings,
    class: &str,
    oql: &str,
    fields: &str,
) -> Result<Vec<Entry>, Error> {
    let mut all: Vec<Entry> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for page in 1..=MAX_PAGES {
        let mut query = get(class, oql, fields);
        if let Some(query) = query.as_object_mut() {
            query.insert("limit".to_owned(), json!(PAGE));
            query.insert("page".to_owned(), json!(page));
        }
        let reply = try_query(settings, &query)?.map_err(|(refusal, _)| refusal.into_error())?;
        let found = reply.found();
        let entries = reply.into_entries();
        let empty = entries.is_empty();
        all.extend(entries.into_iter().filter(|entry| seen.insert(entry.key)));
        if empty || all.len() >= found {
            return Ok(all);
        }
    }
    Err(fail::unsupported(format!(
        "iTop finds more than {} objects for one query",
        PAGE * MAX_PAGES
    )))
}
