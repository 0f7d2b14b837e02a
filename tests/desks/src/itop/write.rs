//! `core/create`, `core/update` and `core/delete`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::data::{Data, LINK, LogEntry, Row};
use super::fields::{From, Shown, brief};
use super::history::Author;
use super::json::Json;
use super::model::Kind;
use super::read::{find, modelled, object, reference, scalar, within};
use super::rest::{Answer, Failure, author, class, done, mandatory, permit};
use super::rights::{Action, User};
use super::text;

/// What a request wants to set.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    values: BTreeMap<String, String>,
    logs: Vec<(String, LogEntry)>,
    /// The CIs of a ticket, all of them.
    cis: Option<Vec<u64>>,
}

/// Reads `fields`.
pub(super) fn wanted(
    data: &Data,
    class: &str,
    author: &Author,
    fields: &Value,
) -> Result<Wanted, Failure> {
    let mut wanted = Wanted::default();
    for (code, value) in fields.as_object().into_iter().flatten() {
        let Some(attribute) = data.class(class).attribute(code) else {
            return Err(Failure::error(format!("{code}: Unknown attribute")));
        };
        match &attribute.kind {
            Kind::Key(target) => {
                let id = reference(data, target, value).map_err(|failure| within(code, failure))?;
                wanted.values.insert(code.clone(), id.to_string());
            }
            Kind::Html => {
                wanted
                    .values
                    .insert(code.clone(), text::sanitized(&scalar(value)));
            }
            Kind::Log => wanted.logs.push((code.clone(), entry(data, author, value))),
            Kind::Links(_) => {
                let items = value.as_array().into_iter().flatten();
                let cis: Result<Vec<u64>, Failure> = items.map(|item| linked(data, item)).collect();
                wanted.cis = Some(cis.map_err(|failure| within(code, failure))?);
            }
            _ => {
                wanted.values.insert(code.clone(), scalar(value));
            }
        }
    }
    Ok(wanted)
}

fn linked(data: &Data, item: &Value) -> Result<u64, Failure> {
    let items = item.as_object();
    let unknown = items
        .into_iter()
        .flatten()
        .find(|(code, _)| data.class(LINK).attribute(code).is_none());
    if let Some((code, _)) = unknown {
        return Err(Failure::error(format!("{code}: Unknown attribute")));
    }
    let key = item.get("functionalci_id").unwrap_or(&Value::Null);
    object(data, "FunctionalCI", key).map_err(|failure| within("functionalci_id", failure))
}

/// An entry for a case log: a text, or `add_item` with a date of its own. Who wrote it is the
/// user, whatever the item says.
fn entry(data: &Data, author: &Author, value: &Value) -> LogEntry {
    let item = value.get("add_item");
    let of_item = |name: &str| item.and_then(|item| item.get(name)).map(scalar);
    let html = text::sanitized(&of_item("message").unwrap_or_else(|| scalar(value)));
    let user = data.row("User", author.user);
    let contact = user.and_then(|user| data.target(user, "contactid"));
    LogEntry {
        date: of_item("date").unwrap_or_else(|| data.now()),
        user_login: contact
            .map(|contact| data.friendly_name(contact))
            .unwrap_or_default(),
        user_id: author.user.to_string(),
        message: text::plain(&html),
        message_html: html,
    }
}

/// The label of an attribute in complaints.
fn label(code: &str) -> String {
    match code {
        "org_id" => "Organization".to_owned(),
        "caller_id" => "Caller".to_owned(),
        _ => {
            let name = code.trim_end_matches("_id").replace('_', " ");
            let mut chars = name.chars();
            chars.next().map_or(String::new(), |first| {
                first.to_uppercase().chain(chars).collect()
            })
        }
    }
}

/// What is wrong with the values of an object, in the order of its class.
fn issues(data: &Data, class: &str, values: &BTreeMap<String, String>, new: bool) -> Vec<String> {
    let mut issues = Vec::new();
    for attribute in &data.class(class).shown {
        let code = &attribute.code;
        let value = values.get(code).map(String::as_str);
        let empty = value.is_none_or(|value| value.is_empty() || value == "0");
        let problem = match (&attribute.kind, value) {
            _ if attribute.mandatory && empty && (new || value.is_some()) => {
                "Null not allowed".to_owned()
            }
            (Kind::Enum(known), Some(value))
                if !value.is_empty() && known.iter().all(|one| one != value) =>
            {
                format!("Value not allowed [{value}]")
            }
            (Kind::Text, Some(value)) if value.chars().count() > 255 => {
                format!(
                    "String too long (found {}, limited to 255)",
                    value.chars().count()
                )
            }
            _ => continue,
        };
        issues.push(format!(
            "Unexpected value for attribute '{}' ({code}) : {problem}",
            label(code)
        ));
    }
    issues
}

fn refused(issues: &[String], class: &str, id: i64) -> Failure {
    let numbered: Vec<String> = issues
        .iter()
        .enumerate()
        .map(|(index, issue)| format!("{index}=>{issue}"))
        .collect();
    Failure::error(format!(
        "{}: issues = {{{}}}, class = {class}, id = {id}",
        issues.join(", "),
        numbered.join("; ")
    ))
}

/// What iTop sets itself when a ticket is created.
pub(super) fn defaults(class: &str) -> &'static [(&'static str, &'static str)] {
    match class {
        "UserRequest" | "Incident" => &[
            ("operational_status", "ongoing"),
            ("status", "new"),
            ("impact", "1"),
            ("urgency", "4"),
            ("priority", "4"),
            ("origin", "phone"),
            ("escalation_flag", "no"),
        ],
        _ => &[("operational_status", "ongoing"), ("status", "new")],
    }
}

pub(super) fn create(data: &mut Data, user: &User, params: &Value) -> Answer {
    let author = author(data, user, params)?;
    let class = class(data, params)?;
    let fields = mandatory(params, "fields")?;
    let shown = Shown::read(data, &class, params)?;
    permit(data, user, Action::Creating, &class)?;
    modelled(data, &class)?;
    if matches!(
        class.as_str(),
        "Ticket" | "Change" | "ApprovedChange" | "FunctionalCI"
    ) {
        return Err(Failure::NotModelled(format!(
            "creating the abstract {class}"
        )));
    }
    let mut wanted = wanted(data, &class, &author, fields)?;
    let is_ticket = data.model.is_a(&class, "Ticket");
    let issues = issues(data, &class, &wanted.values, true);
    if !issues.is_empty() {
        // The number was given out before the check.
        data.next_ref += u64::from(is_ticket);
        return Err(refused(&issues, &class, -1));
    }
    if class == LINK {
        return create_link(data, &author, &shown, &wanted);
    }
    if is_ticket {
        for (code, value) in defaults(&class) {
            wanted
                .values
                .entry((*code).to_owned())
                .or_insert_with(|| (*value).to_owned());
        }
        prioritize(&mut wanted.values);
    }
    let change = data.begin(&author);
    let row = Row {
        id: 0,
        class: class.clone(),
        fields: wanted.values,
        logs: BTreeMap::new(),
    };
    let id = if is_ticket {
        data.create_ticket(change, row, &wanted.cis.unwrap_or_default())
    } else {
        data.create_other(change, row)
    };
    for (code, entry) in wanted.logs {
        data.add_to_log(change, id, &code, entry);
    }
    Ok(answer(data, &shown, (&class, id), "created"))
}

fn create_link(data: &mut Data, author: &Author, shown: &Shown, wanted: &Wanted) -> Answer {
    let key = |code: &str| wanted.values[code].parse().expect("a key that was found");
    let (ticket, ci): (u64, u64) = (key("ticket_id"), key("functionalci_id"));
    if let Some(link) = data
        .links("ticket_id", ticket)
        .iter()
        .find(|link| link.fields["functionalci_id"] == ci.to_string())
    {
        let name = |key| data.get(link, key);
        let issue = format!(
            "FunctionalCI: {} is already linked to Ticket: {}, duplicates are not allowed on this relation.",
            name("functionalci_id_friendlyname"),
            name("ticket_id_friendlyname")
        );
        return Err(refused(&[issue], LINK, -1));
    }
    let change = data.begin(author);
    let link = data.link(change, ticket, ci);
    Ok(answer(data, shown, (LINK, link), "created"))
}

pub(super) fn answer(data: &Data, shown: &Shown, (class, id): (&str, u64), what: &str) -> Json {
    let row = data.row(class, id).expect("the object that was written");
    done(what, shown.object(data, row, what, From::Memory))
}

/// The priority follows from impact and urgency.
fn prioritize(values: &mut BTreeMap<String, String>) {
    let value = |code: &str| values.get(code).map_or("", String::as_str);
    let priority = match (value("impact"), value("urgency")) {
        (_, "4") => "4",
        ("1", "1" | "2") | ("2", "1") => "1",
        ("1", "3") | ("2", "2") | ("3", "1") => "2",
        ("2" | "3", _) => "3",
        _ => return,
    };
    values.insert("priority".to_owned(), priority.to_owned());
}

pub(super) fn update(data: &mut Data, user: &User, params: &Value) -> Answer {
    let author = author(data, user, params)?;
    let class = class(data, params)?;
    let key = mandatory(params, "key")?;
    let fields = mandatory(params, "fields")?;
    let shown = Shown::read(data, &class, params)?;
    permit(data, user, Action::Modifying, &class)?;
    let id = object(data, &class, key)?;
    apply(data, (&class, id), &author, fields)?;
    Ok(answer(data, &shown, (&class, id), "updated"))
}

/// Sets fields of an object.
pub(super) fn apply(
    data: &mut Data,
    (class, id): (&str, u64),
    author: &Author,
    fields: &Value,
) -> Result<(), Failure> {
    let mut wanted = wanted(data, class, author, fields)?;
    let issues = issues(data, class, &wanted.values, false);
    if !issues.is_empty() {
        return Err(refused(&issues, class, i64::try_from(id).unwrap_or(-1)));
    }
    let change = data.begin(author);
    if ["impact", "urgency"]
        .iter()
        .any(|code| wanted.values.contains_key(*code))
    {
        let row = data.row(class, id).expect("the object");
        for code in ["impact", "urgency"] {
            let stored = row.fields.get(code).cloned().unwrap_or_default();
            wanted.values.entry(code.to_owned()).or_insert(stored);
        }
        prioritize(&mut wanted.values);
    }
    data.modify(change, (class, id), &wanted.values);
    for (code, entry) in wanted.logs {
        data.add_to_log(change, id, &code, entry);
    }
    // The list is replaced: what it does not name is unlinked.
    if let Some(cis) = wanted.cis {
        let linked: Vec<(u64, u64)> = data
            .links("ticket_id", id)
            .iter()
            .map(|link| {
                (
                    link.id,
                    link.fields["functionalci_id"].parse().expect("a key"),
                )
            })
            .collect();
        for ci in cis
            .iter()
            .filter(|ci| linked.iter().all(|(_, known)| known != *ci))
        {
            data.link(change, id, *ci);
        }
        for (link, _) in linked.iter().filter(|(_, ci)| !cis.contains(ci)) {
            data.unlink(change, *link);
        }
    }
    Ok(())
}

pub(super) fn delete(data: &mut Data, user: &User, params: &Value) -> Answer {
    let author = author(data, user, params)?;
    let class = class(data, params)?;
    let key = mandatory(params, "key")?;
    permit(data, user, Action::Deleting, &class)?;
    let (_, rows) = find(data, &class, key)?;
    let deleted: Vec<(String, u64)> = rows.iter().map(|row| (row.class.clone(), row.id)).collect();
    let objects: Vec<(String, Json)> = rows.iter().map(|row| brief(data, row)).collect();
    let simulated = params
        .get("simulate")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    if !simulated && !deleted.is_empty() {
        let change = data.begin(&author);
        for (class, id) in &deleted {
            data.delete(change, class, *id);
        }
    }
    let prefix = if simulated { "SIMULATING: " } else { "" };
    Ok(Json::map([
        ("code", Json::Number(0)),
        (
            "message",
            Json::text(format!("{prefix}Deleted: {}", deleted.len())),
        ),
        (
            "objects",
            if objects.is_empty() {
                Json::Null
            } else {
                Json::Map(objects)
            },
        ),
    ]))
}
