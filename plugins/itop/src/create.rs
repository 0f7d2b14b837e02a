//! Creating a ticket, and finding the one that an earlier attempt made.
//!
//! The marker stands in the last paragraph of the description: `Reference: sgi-<marker>`.

use crate::api;
use crate::draft::{self, Wanted};
use crate::failure::{self, Refusal};
use crate::fetch;
use crate::host;
use crate::knowledge::Knowledge;
use crate::look_up;
use crate::manifest::key;
use crate::marker;
use crate::model;
use crate::object::Match;
use crate::one;
use crate::oql;
use crate::reply::Entry;
use crate::ticket;
use serde_json::json;
use sgi_guest::authoring::{Created, Draft};
use sgi_guest::time::Zone;
use sgi_guest::types::{Error, Instant};
use sgi_guest::{Settings, fail, text};
use std::iter;

/// iTop wants one with every change, and shows it as the author in its history.
pub(crate) const COMMENT: &str = "SGI (CMDB)";
/// How far the date of a new ticket may be from now, in milliseconds.
const CLOCKS: u64 = 10 * 60 * 1000;
/// How much earlier than the first attempt iTop may date its ticket: the clocks differ, and the option
/// `time-zone` may be wrong by all that there are.
const MARGIN: Instant = 27 * 60 * 60 * 1000;
/// Read in addition, to compare the ticket with the draft.
const MORE: &str = ",description,caller_id,team_id";
/// What iTop tells of a ticket in the answer to its creation, for the case that nothing more is heard of
/// it. Each was seen there; others, such as names from other objects, may not be filled yet.
const TOLD: &[&str] = &["ref", "status"];

pub(crate) fn create(
    settings: &Settings,
    knowledge: &Knowledge,
    draft: &Draft,
) -> Result<Created, Error> {
    draft::check(draft)?;
    // What reading it back needs must be right before anything is made.
    let zone = ticket::zone(settings)?;
    let matching = Match::of(settings)?;
    let wanted = look_up::look_up(settings, knowledge, &matching, draft)?;
    if let Some(refusal) = wanted.refusal() {
        return Err(refusal);
    }
    let operation = json!({
        "operation": "core/create",
        "class": wanted.class,
        "comment": COMMENT,
        "fields": draft::fields(draft, &wanted),
        "output_fields": told(knowledge, wanted.class)?,
    });
    let asked = api::ask(settings, &operation)?;
    let (now, reply) = (asked.at.unwrap_or_else(host::now), asked.reply);
    match failure::refusal(settings, &reply) {
        None => {}
        Some(Refusal::Class(error) | Refusal::All(error)) => return Err(error),
        Some(Refusal::Model) => return Err(refused(wanted.class, reply.message())),
    }
    // Not a whole answer: whether there is a ticket, `find` has to tell.
    let entry = reply.into_entries().into_iter().next().ok_or_else(|| {
        fail::protocol("iTop says that it created the ticket, and does not say which one it is")
    })?;
    let made = read_back(settings, knowledge, &matching, draft, wanted, entry.key);
    let made = match made {
        Ok(made) => made,
        Err(why) => return Ok(unread(settings, &zone, draft, &entry, why)),
    };
    if let Some(updated) = made.ticket.updated
        && updated.abs_diff(now) > CLOCKS
    {
        host::warn(
            "iTop dates a ticket that it created just now to another time: the option \"time-zone\" is not \
             the zone in iTop's configuration (parameter timezone)",
        );
    }
    Ok(made)
}

/// The `output_fields` of a creation.
pub(crate) fn told(knowledge: &Knowledge, class: &str) -> Result<String, Error> {
    let told = knowledge.asks(class)?.fields.iter();
    let told = told.filter(|field| TOLD.contains(&field.as_str()));
    let fields: Vec<&str> = iter::once("id").chain(told.map(String::as_str)).collect();
    Ok(fields.join(","))
}

/// iTop's own text quotes values; only the names of attributes are taken from it.
fn refused(class: &str, message: &str) -> Error {
    if failure::unknown_class(message) {
        return fail::invalid_input(format!(
            "iTop no longer has the class {class} for the new ticket: check the desk to see which it has"
        ));
    }
    let names = failure::refused_attributes(message);
    let about = if names.is_empty() {
        String::new()
    } else {
        format!(" (attributes: {})", names.join(", "))
    };
    fail::invalid_input(format!(
        "iTop refuses the new ticket of the class {class}{about}: its data model wants other values, or \
         more of them, than this connector gives; choose another class or relax the attribute in iTop"
    ))
}

pub(crate) fn find(
    settings: &Settings,
    knowledge: &Knowledge,
    draft: &Draft,
    since: Instant,
) -> Result<Option<Created>, Error> {
    draft::check(draft)?;
    let pattern = oql::literal(&format!("%{}%", marker::mark(&draft.marker)));
    let mut oql = format!("SELECT Ticket AS t WHERE t.description LIKE {pattern}");
    // Spares the database all older texts.
    let zone = ticket::zone(settings)?;
    if let Some(since) = since
        .checked_sub(MARGIN)
        .and_then(|since| zone.local(since))
    {
        oql.push_str(&format!(" AND t.last_update >= '{since}'"));
    }
    let mut fields = knowledge
        .class(model::TICKET)
        .map_or_else(Vec::new, |class| {
            class.fields.iter().map(String::as_str).collect()
        });
    fields.push("description");
    let found = api::query_all(settings, model::TICKET, &oql, &fields.join(","))?;
    let carries = |entry: &&Entry| {
        let description = entry.exact("description").unwrap_or_default();
        marker::carries(description, &draft.marker)
    };
    let Some(entry) = found.iter().filter(carries).min_by_key(|entry| entry.key) else {
        return Ok(None);
    };
    let made = compared(settings, knowledge, draft, entry.key);
    Ok(Some(made.unwrap_or_else(|why| {
        unread(settings, &zone, draft, entry, why)
    })))
}

/// A ticket that an earlier attempt made, compared with the draft.
fn compared(
    settings: &Settings,
    knowledge: &Knowledge,
    draft: &Draft,
    id: u64,
) -> Result<Created, Error> {
    let matching = Match::of(settings)?;
    let wanted = look_up::look_up(settings, knowledge, &matching, draft)?;
    read_back(settings, knowledge, &matching, draft, wanted, id)
}

/// The ticket as iTop has it, compared with the draft. What could not be looked up is a deviation, too.
fn read_back(
    settings: &Settings,
    knowledge: &Knowledge,
    matching: &Match<'_>,
    draft: &Draft,
    wanted: Wanted<'_>,
    id: u64,
) -> Result<Created, Error> {
    let made = fetch::one(settings, knowledge, id, MORE)?.ok_or_else(|| {
        fail::forbidden(format!(
            "the account {:?} may not see it (add the organization of the configuration item to its \
             allowed organizations), or it is gone again",
            settings.username()
        ))
    })?;
    let mut deviations = draft::deviations(draft, &wanted, &made);
    let ticket = one::finish(settings, knowledge, matching, &made, &wanted.cis)?;
    deviations.extend(wanted.problems);
    deviations.extend(wanted.doubts);
    Ok(Created { ticket, deviations })
}

/// The ticket as iTop's word and the draft have it. It exists, so whatever keeps it from being read is no
/// error: the caller would make another one.
fn unread(settings: &Settings, zone: &Zone, draft: &Draft, entry: &Entry, why: Error) -> Created {
    let objects = draft.objects.iter().map(|object| object.id.clone());
    let mut ticket = ticket::ticket(settings, zone, entry, &[], objects.collect());
    if entry.exact("title").is_none() {
        ticket.subject.clone_from(&draft.subject);
    }
    if ticket.requestors.is_empty() {
        ticket.requestors.extend(draft.requestor.clone());
    }
    ticket.queue = ticket.queue.or_else(|| draft.queue.clone());
    ticket.priority = ticket.priority.or_else(|| {
        let code = draft::priority(&entry.class, draft.priority.as_deref()?);
        code.ok().map(model::level)
    });
    Created {
        deviations: vec![draft::unread(entry.key, why)],
        ticket,
    }
}

/// The class that a new ticket shall have, in iTop's spelling.
pub(crate) fn class_for(
    settings: &Settings,
    knowledge: &Knowledge,
    asked: Option<&str>,
) -> Result<&'static str, String> {
    let asked = asked
        .or_else(|| settings.text(key::CREATE_CLASS))
        .unwrap_or("UserRequest");
    let classes = knowledge.concrete();
    let fits = |class: &&&str| class.eq_ignore_ascii_case(asked);
    classes.iter().find(fits).copied().ok_or_else(|| {
        format!(
            "iTop has no ticket class {} that the account may use; it has {}",
            text::quote(asked),
            classes.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::tests::knowing;
    use crate::testing::{message, settings};

    #[test]
    fn a_class_is_the_drafts_or_the_settings_or_a_request() {
        let knowledge = knowing(&["UserRequest", "Incident", "Change"]);
        let incident = settings(&[("create-class", "Incident")]);
        let none = settings(&[]);
        assert_eq!(class_for(&none, &knowledge, None), Ok("UserRequest"));
        assert_eq!(class_for(&incident, &knowledge, None), Ok("Incident"));
        assert_eq!(
            class_for(&incident, &knowledge, Some("normalchange")),
            Ok("NormalChange")
        );
        let error = class_for(&none, &knowledge, Some("Change")).unwrap_err();
        assert!(error.contains("it has UserRequest, Incident, RoutineChange"));
    }

    #[test]
    fn a_refused_creation_shows_no_value() {
        let error = refused(
            "UserRequest",
            "Error: Unexpected value for attribute 'Impact' (impact) : Value not allowed [9]: issues = {0=>Unexpected value for attribute 'Impact' (impact) : Value not allowed [9]}, class = UserRequest, id = -1",
        );
        assert!(matches!(error, Error::InvalidInput(_)));
        assert!(message(&error).contains("(attributes: impact)"));
        assert!(!message(&error).contains("[9]"));
        assert!(!message(&refused("X", "Error: secret")).contains("secret"));
        let error = refused("Gone", "Error: class: 'Gone' is not a valid class'");
        assert!(message(&error).contains("no longer has the class Gone"));
    }
}
