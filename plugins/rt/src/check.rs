//! Looks an RT over: address, credentials, version, queues, custom fields, rights.

use crate::api;
use crate::json::Id;
use crate::knowledge::{Knowledge, Queue, tenant};
use crate::manifest::key;
use crate::query::literal;
use crate::ticket;
use serde::Deserialize;
use sgi_guest::connector::{Finding, Report, Severity};
use sgi_guest::types::Error;
use sgi_guest::{Settings, fail, text, time};

/// RT filters lists of queues by rights after it has cut them into pages, and says no total: a short
/// or an empty page is not the last. So many empty ones in a row are taken for the end.
const EMPTY_PAGES: u32 = 3;
const PAGE: &str = "100";
const MAX_PAGES: u32 = 50;
/// Every queue costs a request; the fields of further ones are not looked at.
const MAX_QUEUES: usize = 500;

pub(crate) fn check(settings: &Settings) -> Result<Report, Error> {
    let version = version(settings)?;
    let mut findings = Vec::new();
    if major(&version).is_none_or(|major| major < 5) {
        findings.push(Finding {
            severity: Severity::Warning,
            key: None,
            problem: fail::problem(format!(
                "this connector is made for RT 5; {} was never tried",
                text::quote(&version)
            )),
        });
    }
    let listed = queues(settings)?;
    let mut queues = Vec::with_capacity(listed.len());
    let mut may_create = false;
    let mut seen_fields: Vec<String> = Vec::new();
    for (id, name) in listed {
        let details = queue(settings, id)?;
        may_create |= details.may_create;
        let mut queue = Queue {
            id,
            name,
            objects: None,
            tenant: None,
        };
        for (field, name) in details.fields {
            if Some(name.as_str()) == settings.text(key::OBJECTS_FIELD) {
                queue.objects = queue.objects.or(Some(field));
            } else if Some(name.as_str()) == settings.text(key::TENANT_FIELD) {
                queue.tenant = queue.tenant.or(Some(field));
            }
            if !seen_fields.contains(&name) {
                seen_fields.push(name);
            }
        }
        queues.push(queue);
    }
    let knowledge = Knowledge {
        at: time::now(),
        queues,
    };
    judge(settings, &knowledge, &seen_fields, &mut findings)?;
    let mut abilities = Vec::new();
    if findings.iter().all(|f| f.severity != Severity::Blocking) {
        match hidden_tickets(settings, may_create)? {
            Some(finding) => findings.push(finding),
            None => abilities.push("read-tickets".to_owned()),
        }
    }
    if may_create {
        abilities.push("create-tickets".to_owned());
    }
    Ok(Report {
        product: "Request Tracker".to_owned(),
        version,
        abilities,
        findings,
        learned: knowledge.to_bytes()?,
    })
}

fn warning(key: &str, message: String) -> Finding {
    Finding {
        severity: Severity::Warning,
        key: Some(key.to_owned()),
        problem: fail::problem(message),
    }
}

fn blocking(key: &str, message: String) -> Finding {
    Finding {
        severity: Severity::Blocking,
        key: Some(key.to_owned()),
        problem: fail::problem(message),
    }
}

/// What is wrong with what was seen.
fn judge(
    settings: &Settings,
    knowledge: &Knowledge,
    seen_fields: &[String],
    findings: &mut Vec<Finding>,
) -> Result<(), Error> {
    let account = settings.username();
    if knowledge.queues.is_empty() {
        let message = if finds_tickets(settings, "id > 0")? {
            format!(
                "the RT account {account:?} sees tickets, but no queue: give it the right SeeQueue, \
                 too, on the queues whose tickets the CMDB shall show"
            )
        } else {
            format!(
                "the RT account {account:?} sees no queue: give it the rights SeeQueue, ShowTicket \
                 and SeeCustomField on the queues whose tickets the CMDB shall show"
            )
        };
        findings.push(blocking("username", message));
        return Ok(());
    }
    let mut wanted = vec![(key::OBJECTS_FIELD, knowledge.objects_fields())];
    if tenant(settings).is_some() {
        wanted.push((key::TENANT_FIELD, knowledge.tenant_fields()));
    }
    for (key, ids) in wanted {
        let name = settings.text(key).unwrap_or_default();
        if ids.is_empty() {
            findings.push(missing_field(settings, key, name, seen_fields)?);
        } else if ids.len() > 4 {
            findings.push(warning(
                key,
                format!(
                    "{} different custom fields are named {}: RT gets slow when it searches so many; \
                     use one field for all queues",
                    ids.len(),
                    text::quote(name)
                ),
            ));
        }
    }
    let without: Vec<&str> = knowledge
        .queues
        .iter()
        .filter(|queue| queue.objects.is_none())
        .map(|queue| queue.name.as_str())
        .collect();
    if !without.is_empty() && without.len() < knowledge.queues.len() {
        findings.push(warning(
            key::OBJECTS_FIELD,
            format!(
                "tickets in these queues do not show which objects they reference, and links to new ones \
                 cannot fill them in, because the field does not apply there, or because the RT account \
                 {account:?} lacks the right SeeCustomField there: {}",
                without.join(", ")
            ),
        ));
    }
    for name in settings.list(key::QUEUES) {
        if knowledge.queue(name).is_none() {
            findings.push(warning(
                key::QUEUES,
                format!(
                    "the queue {} does not exist, is disabled, or is not visible to the RT account \
                     {account:?}; the link to its form may not work",
                    text::quote(name)
                ),
            ));
        }
    }
    Ok(())
}

/// A custom field that no queue shows: whether RT does not have it, or the account may not see it.
/// RT searches by the values of a field also for those who may not see it, so a search tells.
fn missing_field(
    settings: &Settings,
    key: &str,
    name: &str,
    seen_fields: &[String],
) -> Result<Finding, Error> {
    let account = settings.username();
    let quoted = text::quote(name);
    let field = literal(&format!("CF.{{{name}}}"));
    if finds_tickets(settings, &format!("{field} IS NOT NULL"))? {
        return Ok(blocking(
            key,
            format!(
                "RT has the custom field {quoted}, but the RT account {account:?} may not see it: \
                 give it the right SeeCustomField on the queues whose tickets the CMDB shall show"
            ),
        ));
    }
    let seen: Vec<String> = seen_fields.iter().map(|name| text::quote(name)).collect();
    let seen = if seen.is_empty() {
        "no ticket custom field at all (is the right SeeCustomField missing?)".to_owned()
    } else {
        seen.join(", ")
    };
    Ok(blocking(
        key,
        format!(
            "the custom field {quoted} is not visible to the RT account {account:?} on any queue; it \
             sees {seen}"
        ),
    ))
}

/// Without the right ShowTicket every search finds nothing, as if there were no tickets. RT says of
/// a single ticket that it is forbidden, and nearly every RT has a first ticket: where the account
/// may not see that one, and none at all, the right is most likely missing. Only queues without any
/// ticket look the same: an account that may create the first one is not kept from it.
fn hidden_tickets(settings: &Settings, may_create: bool) -> Result<Option<Finding>, Error> {
    let first = api::desk(settings).get("/REST/2.0/ticket/1", &[])?;
    match first.status() {
        403 if !finds_tickets(settings, "id > 0")? => {
            let finding = if may_create { warning } else { blocking };
            Ok(Some(finding(
                "username",
                format!(
                    "the RT account {:?} sees none of RT's tickets, and RT has some: give it the \
                     right ShowTicket on the queues whose tickets the CMDB shall show, or, if it has \
                     that, put a first ticket into one of them",
                    settings.username()
                ),
            )))
        }
        200 | 403 | 404 => Ok(None),
        _ => Err(api::failure(settings, &first)),
    }
}

/// Whether a search finds anything.
fn finds_tickets(settings: &Settings, sql: &str) -> Result<bool, Error> {
    Ok(!ticket::search_ids(settings, sql, 1)?.is_empty())
}

fn version(settings: &Settings) -> Result<String, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Version {
        version: String,
    }
    let answer = api::get(settings, "/REST/2.0/rt", &[])?;
    let parsed: Version = answer.json().map_err(|_| {
        fail::invalid_setting(
            "url",
            format!(
                "{} answers, but not as an RT 5 with REST 2.0 does; use the address that people open \
                 RT with",
                settings.url()
            ),
        )
    })?;
    Ok(parsed.version)
}

fn major(version: &str) -> Option<u32> {
    version.split('.').next()?.parse().ok()
}

/// Ids and names of the enabled queues that the account sees, by name.
fn queues(settings: &Settings) -> Result<Vec<(u64, String)>, Error> {
    #[derive(Deserialize)]
    struct List {
        items: Vec<Item>,
        pages: Option<serde_json::Number>,
    }
    #[derive(Deserialize)]
    struct Item {
        id: Id,
        #[serde(rename = "Name")]
        name: String,
    }
    let mut queues = Vec::new();
    let mut empty = 0;
    for page in 1..=MAX_PAGES {
        let answer = api::get(
            settings,
            "/REST/2.0/queues/all",
            &[
                ("fields", "Name"),
                ("per_page", PAGE),
                ("page", &page.to_string()),
            ],
        )?;
        let list: List = answer.json()?;
        empty = if list.items.is_empty() { empty + 1 } else { 0 };
        for item in list.items {
            if queues.iter().all(|(id, _)| *id != item.id.0) {
                queues.push((item.id.0, item.name));
            }
        }
        // Superusers are told how many pages there are.
        let last = list
            .pages
            .and_then(|pages| pages.as_f64())
            .is_some_and(|pages| f64::from(page) >= pages);
        if last || empty == EMPTY_PAGES || queues.len() >= MAX_QUEUES {
            break;
        }
    }
    queues.truncate(MAX_QUEUES);
    queues.sort_by(|a, b| a.1.cmp(&b.1));
    Ok(queues)
}

struct Details {
    fields: Vec<(u64, String)>,
    may_create: bool,
}

fn queue(settings: &Settings, id: u64) -> Result<Details, Error> {
    #[derive(Deserialize)]
    struct Raw {
        #[serde(rename = "TicketCustomFields", default)]
        fields: Vec<RawField>,
        #[serde(rename = "_hyperlinks", default)]
        links: Vec<RawLink>,
    }
    #[derive(Deserialize)]
    struct RawField {
        id: Id,
        name: String,
    }
    #[derive(Deserialize)]
    struct RawLink {
        #[serde(rename = "ref", default)]
        what: String,
    }
    let answer = api::get(settings, &format!("/REST/2.0/queue/{id}"), &[])?;
    let raw: Raw = answer.json()?;
    Ok(Details {
        fields: raw
            .fields
            .into_iter()
            .map(|field| (field.id.0, field.name))
            .collect(),
        may_create: raw.links.iter().any(|link| link.what == "create"),
    })
}
