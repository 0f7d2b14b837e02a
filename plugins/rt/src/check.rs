//! Looks an RT over: address, credentials, version, queues, custom fields, rights.

use crate::api;
use crate::changes;
use crate::fields::{self, Known};
use crate::json::Named;
use crate::knowledge::{Knowledge, Queue, names, tenant};
use crate::manifest::key;
use crate::query::literal;
use crate::queues::{self, Listed};
use crate::ticket;
use serde::Deserialize;
use sgi_guest::connector::{Finding, Report, Severity};
use sgi_guest::types::Error;
use sgi_guest::{Settings, fail, text, time};

/// Every queue costs a request; the fields of further ones are not looked at.
const MAX_QUEUES: usize = 500;
/// So many different fields of one name are searched.
const MAX_FIELDS: usize = 16;
/// Each queue makes the question longer that tells whether there are further ones.
const MAX_EXCLUDED: usize = 100;

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
    let Listed { queues, cut } = queues::list(settings)?;
    let (queues, left_out) = choose(settings, queues);
    if cut || left_out > 0 {
        findings.push(many_queues(settings));
    }
    let mut seen = Seen::default();
    for (id, name) in queues {
        seen.look_at(settings, id, name)?;
    }
    let Seen {
        mut knowledge,
        may_create,
        field_names,
    } = seen;
    judge(settings, &knowledge, &field_names, &mut findings)?;
    let mut abilities = Vec::new();
    if findings.iter().all(|f| f.severity != Severity::Blocking) {
        match hidden_tickets(settings, may_create)? {
            Some(finding) => findings.push(finding),
            None => {
                abilities.push("read-tickets".to_owned());
                if changes::readable(settings)? {
                    abilities.push("read-history".to_owned());
                }
            }
        }
        findings.extend(hidden_queues(settings, &knowledge)?);
    }
    if may_create {
        abilities.push("create-tickets".to_owned());
    }
    knowledge.objects.truncate(MAX_FIELDS);
    knowledge.tenant.truncate(MAX_FIELDS);
    let dropped = knowledge.fit()?;
    if dropped > 0 {
        findings.push(warning(
            key::QUEUES,
            format!(
                "RT's queues have so long names that {dropped} of them cannot be kept: there are no \
                 links to new tickets in those, and none can be created there; name the queues that \
                 are needed (option {:?})",
                key::QUEUES
            ),
        ));
    }
    knowledge.queues.sort_by(|a, b| a.name.cmp(&b.name));
    knowledge.at = time::now();
    Ok(Report {
        product: "Request Tracker".to_owned(),
        version,
        abilities,
        findings,
        learned: knowledge.to_bytes()?,
    })
}

/// The queues to look at, those that the settings name before the others, and how many are left out.
fn choose(settings: &Settings, mut queues: Vec<(u64, String)>) -> (Vec<(u64, String)>, usize) {
    let configured = settings.list(key::QUEUES);
    queues.sort_by_cached_key(|(id, name)| {
        let is_meant = |meant: &String| {
            meant.to_lowercase() == name.to_lowercase() || *meant == id.to_string()
        };
        (!configured.iter().any(is_meant), name.clone())
    });
    let left_out = queues.len().saturating_sub(MAX_QUEUES);
    queues.truncate(MAX_QUEUES);
    (queues, left_out)
}

/// What the queues show, one after the other.
#[derive(Default)]
struct Seen {
    knowledge: Knowledge,
    may_create: bool,
    field_names: Vec<String>,
}

impl Seen {
    fn look_at(&mut self, settings: &Settings, id: u64, name: String) -> Result<(), Error> {
        let details = queues::details(settings, id)?;
        self.may_create |= details.may_create;
        let objects = fields::meant(&details.fields, settings.text(key::OBJECTS_FIELD));
        let tenant = fields::meant(&details.fields, settings.text(key::TENANT_FIELD));
        self.knowledge.looked_at = self.knowledge.looked_at.saturating_add(1);
        self.knowledge.queues.push(Queue {
            id,
            name,
            objects: objects.map(|field| field.id),
            tenant: tenant.map(|field| field.id),
        });
        note(&mut self.knowledge.objects, objects);
        note(&mut self.knowledge.tenant, tenant);
        for field in details.fields {
            if !self.field_names.contains(&field.name) {
                self.field_names.push(field.name);
            }
        }
        Ok(())
    }
}

/// Adds a field to those that are known, in the order of their ids.
fn note(known: &mut Vec<Known>, field: Option<&Known>) {
    if let Some(field) = field
        && let Err(place) = known.binary_search_by_key(&field.id, |known| known.id)
    {
        known.insert(place, field.clone());
    }
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

fn many_queues(settings: &Settings) -> Finding {
    warning(
        key::QUEUES,
        format!(
            "the RT account {:?} sees more than {MAX_QUEUES} queues, and only so many were looked at: \
             there are no links to new tickets in the others, and their tickets are found only where \
             they have the same custom field; take the right SeeQueue on queues from the account that \
             the CMDB does not need, and name those that must not be left out (option {:?})",
            settings.username(),
            key::QUEUES
        ),
    )
}

/// What is wrong with what was seen.
fn judge(
    settings: &Settings,
    knowledge: &Knowledge,
    field_names: &[String],
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
    let mut wanted = vec![(key::OBJECTS_FIELD, knowledge.objects.len())];
    if tenant(settings).is_some() {
        wanted.push((key::TENANT_FIELD, knowledge.tenant.len()));
    }
    for (key, count) in wanted {
        let name = settings.text(key).unwrap_or_default();
        if count == 0 {
            findings.push(missing_field(settings, key, name, field_names)?);
        } else if count > 4 {
            findings.push(warning(
                key,
                format!(
                    "{count} different custom fields are named {}: RT gets slow when it searches so \
                     many, and more than {MAX_FIELDS} are not searched; use one field for all queues",
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
                names(without.into_iter())
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

/// A custom field that no queue shows: misspelt, hidden from the account, or not there. RT searches by
/// the values of a field also for those who may not see it, so a search tells.
fn missing_field(
    settings: &Settings,
    key: &str,
    name: &str,
    field_names: &[String],
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
    let seen = match fields::similar(name, field_names) {
        Some(similar) => format!("did you mean {}?", text::quote(similar)),
        None if field_names.is_empty() => {
            "it sees no ticket custom field at all (is the right SeeCustomField missing?)"
                .to_owned()
        }
        None => format!("it sees {}", names(field_names.iter().map(String::as_str))),
    };
    Ok(blocking(
        key,
        format!(
            "the custom field {quoted} is not visible to the RT account {account:?} on any queue; {seen}"
        ),
    ))
}

/// Tickets that the account sees in a queue that it does not see: RT names the queue by its number
/// only. In a disabled queue, which no list shows either, it says the name.
fn hidden_queues(settings: &Settings, knowledge: &Knowledge) -> Result<Option<Finding>, Error> {
    #[derive(Deserialize)]
    struct List<'a> {
        #[serde(borrow)]
        items: Vec<InQueue<'a>>,
    }
    #[derive(Deserialize)]
    struct InQueue<'a> {
        #[serde(rename = "Queue", borrow, default)]
        queue: Named<'a>,
    }
    if knowledge.queues.len() > MAX_EXCLUDED {
        return Ok(None);
    }
    let mut sql = "id > 0".to_owned();
    for queue in &knowledge.queues {
        sql.push_str(&format!(" AND Queue != '{}'", queue.id));
    }
    let asked = [("fields", "Queue"), ("fields[Queue]", "Name")];
    let answer = match ticket::search_for(settings, &sql, 100, &asked) {
        // Not worth a check that fails: the lists themselves will say it.
        Err(Error::StaleKnowledge(_)) => return Ok(None),
        answer => answer?,
    };
    let list: List<'_> = answer.json()?;
    let nameless = list.items.iter().map(|item| &item.queue);
    let mut ids: Vec<&str> = nameless
        .filter(|queue| queue.name.as_str().is_none())
        .filter_map(|queue| queue.id.as_str())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(None);
    }
    Ok(Some(warning(
        "username",
        format!(
            "the RT account {:?} sees tickets in queues that it does not see, by number {}: they are \
             shown without the queue's name, and there are no links to new ones; give it the right \
             SeeQueue there",
            settings.username(),
            names(ids.into_iter())
        ),
    )))
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
