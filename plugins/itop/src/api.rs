//! Requests to iTop: one address for everything.

use crate::failure::{self, Refusal};
use crate::host::{self, Answered};
use crate::manifest::PATH;
use crate::reply::{Entry, Reply};
use serde_json::{Value, json};
use sgi_guest::types::{Error, Instant};
use sgi_guest::{Settings, fail, time};
use std::collections::BTreeSet;

/// Objects a page where a query may find many. iTop's own order is all there is: it takes no other.
const PAGE: usize = 1000;

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

/// All that a query finds; how many may be too many, the host decides. Pages move when objects come and go
/// in the meantime: an object that comes twice is taken once, and the end is where iTop's own count, which
/// each page tells anew, is reached. A page without anything new cannot come before that.
pub(crate) fn query_all(
    settings: &Settings,
    class: &str,
    oql: &str,
    fields: &str,
) -> Result<Vec<Entry>, Error> {
    let mut all: Vec<Entry> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut page: u32 = 1;
    loop {
        let mut query = get(class, oql, fields);
        if let Some(query) = query.as_object_mut() {
            query.insert("limit".to_owned(), json!(PAGE));
            query.insert("page".to_owned(), json!(page));
        }
        let reply = try_query(settings, &query)?.map_err(|(refusal, _)| refusal.into_error())?;
        let found = reply.found();
        let before = all.len();
        let entries = reply.into_entries().into_iter();
        all.extend(entries.filter(|entry| seen.insert(entry.key)));
        if all.len() >= found {
            return Ok(all);
        }
        if all.len() == before {
            // Taken for the end, it would pass for a complete list.
            return Err(fail::protocol(format!(
                "iTop at {} says that it found {found} objects of the class {class} and brings {before} of \
                 them: its page {page} holds nothing new",
                settings.url()
            )));
        }
        page = page.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::settings_of;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    /// An iTop that brings one object a page.
    fn one_a_page(pages: usize) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        std::thread::spawn(move || {
            for (id, stream) in (1..=pages).zip(listener.incoming()) {
                let mut stream = stream.expect("a connection");
                let patience = Some(std::time::Duration::from_secs(10));
                stream.set_read_timeout(patience).expect("a timeout");
                let mut seen = Vec::new();
                let mut part = [0; 4096];
                while !seen.ends_with(b"auth_pwd=placeholder") {
                    let read = stream.read(&mut part).expect("a request");
                    seen.extend_from_slice(&part[..read]);
                }
                let objects =
                    json!({"x": {"class": "Ticket", "key": id.to_string(), "fields": {}}});
                let found = format!("Found: {pages}");
                let body = json!({"code": 0, "message": found, "objects": objects}).to_string();
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
                let answer = head + &body;
                stream.write_all(answer.as_bytes()).expect("an answer");
            }
        });
        url
    }

    #[test]
    fn how_many_pages_are_too_many_is_the_hosts_to_say() {
        let settings = settings_of(&one_a_page(60), &[]);
        let all = query_all(&settings, "Ticket", "SELECT Ticket", "id");
        let ids: Vec<u64> = all.into_iter().flatten().map(|entry| entry.key).collect();
        assert_eq!(ids, (1..=60).collect::<Vec<_>>());
    }
}
