//! Creating a ticket, and finding the one that an earlier attempt made.
//!
//! The marker stands in the last paragraph of the description: `Reference: sgi-<marker>`.

use crate::api;
use crate::cis;
use crate::draft::{self, Wanted};
use crate::failure::{self, Refusal};
use crate::host;
use crate::knowledge::Knowledge;
use crate::list;
use crate::manifest::key;
use crate::model;
use crate::object::Match;
use crate::oql;
use crate::reply::Entry;
use serde_json::json;
use sgi_guest::authoring::{Created, Draft};
use sgi_guest::types::Error;
use sgi_guest::{Settings, fail, text};

/// iTop wants one with every change, and shows it as the author in its history.
pub(crate) const COMMENT: &str = "SGI (CMDB)";
/// Read in addition, to compare the ticket with the draft.
const MORE: &str = ",description,caller_id,team_id";

pub(crate) fn create(
    settings: &Settings,
    knowledge: &Knowledge,
    draft: &Draft,
) -> Result<Created, Error> {
    draft::check(draft)?;
    let matching = Match::of(settings)?;
    let wanted = look_up(settings, knowledge, &matching, draft)?;
    if let Some(refusal) = wanted.refusal() {
        return Err(refusal);
    }
    let operation = json!({
        "operation": "core/create",
        "class": wanted.class,
        "comment": COMMENT,
        "fields": draft::fields(draft, &wanted),
        "output_fields": "id",
    });
    let reply = api::ask(settings, &operation)?.reply;
    match failure::refusal(settings, &reply) {
        None => {}
        Some(Refusal::Class(error) | Refusal::All(error)) => return Err(error),
        Some(Refusal::Model) => return Err(refused(wanted.class, reply.message())),
    }
    let id = reply
        .entries()
        .first()
        .map(|entry| entry.key)
        .ok_or_else(|| {
            fail::protocol("iTop says that it created the ticket, and does not say which one it is")
        })?;
    read_back(settings, knowledge, &matching, draft, wanted, id)?.ok_or_else(|| {
        fail::forbidden(format!(
            "iTop created the ticket with the id {id}, which the account {:?} may not see: add the \
             organization of the configuration item to its allowed organizations",
            settings.username()
        ))
    })
}

/// iTop's own text quotes values; only the names of attributes are taken from it.
fn refused(class: &str, message: &str) -> Error {
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
) -> Result<Option<Created>, Error> {
    draft::check(draft)?;
    let pattern = oql::literal(&format!("%{}%", draft::mark(&draft.marker)));
    let oql = format!("SELECT Ticket AS t WHERE t.description LIKE {pattern}");
    let found = api::query_all(settings, model::TICKET, &oql, "description")?;
    let carries = |entry: &&Entry| {
        let description = entry.exact("description").unwrap_or_default();
        draft::carries(description, &draft.marker)
    };
    let Some(id) = found.iter().filter(carries).map(|entry| entry.key).min() else {
        return Ok(None);
    };
    let matching = Match::of(settings)?;
    let wanted = look_up(settings, knowledge, &matching, draft)?;
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
) -> Result<Option<Created>, Error> {
    let Some(made) = list::one(settings, knowledge, id, MORE)? else {
        return Ok(None);
    };
    let mut deviations = draft::deviations(draft, &wanted, &made);
    let ticket = list::finish(settings, knowledge, matching, &made, &wanted.cis)?;
    deviations.extend(wanted.problems);
    Ok(Some(Created { ticket, deviations }))
}

/// Everything in the draft that iTop knows by an id. What it does not know stands in `problems`.
fn look_up<'a>(
    settings: &'a Settings,
    knowledge: &Knowledge,
    matching: &Match<'_>,
    draft: &'a Draft,
) -> Result<Wanted<'a>, Error> {
    let mut wanted = Wanted::default();
    match class_for(settings, knowledge, draft.class.as_deref()) {
        Ok(class) => wanted.class = class,
        Err(message) => wanted.refuse("class", message),
    }
    objects(settings, knowledge, matching, draft, &mut wanted)?;
    if wanted.organization.is_none() {
        organization(settings, &mut wanted)?;
    }
    if let Some(requestor) = draft.requestor.as_deref() {
        let by = if requestor.contains('@') {
            "email"
        } else {
            "friendlyname"
        };
        match by_name(settings, "Person", by, requestor)?.as_slice() {
            [one] => wanted.caller = Some(*one),
            [] => wanted.refuse(
                "requestor",
                format!(
                    "iTop has no person {}, or the account may not see it",
                    text::quote(requestor)
                ),
            ),
            several => wanted.refuse(
                "requestor",
                format!(
                    "iTop has {} persons {}",
                    several.len(),
                    text::quote(requestor)
                ),
            ),
        }
    }
    if let Some(queue) = draft.queue.as_deref() {
        match by_name(settings, "Team", "name", queue)?.as_slice() {
            [one] => wanted.team = Some(*one),
            teams => wanted.refuse(
                "queue",
                format!(
                    "iTop has {} teams {}, not one",
                    teams.len(),
                    text::quote(queue)
                ),
            ),
        }
    }
    if let Some(priority) = draft.priority.as_deref() {
        match draft::priority(wanted.class, priority) {
            Ok(code) => wanted.priority = Some(code),
            Err(message) => wanted.refuse("priority", message),
        }
    }
    Ok(wanted)
}

/// The configuration items, and the organization of the first.
fn objects<'a>(
    settings: &Settings,
    knowledge: &Knowledge,
    matching: &Match<'_>,
    draft: &'a Draft,
    wanted: &mut Wanted<'a>,
) -> Result<(), Error> {
    let mut values = Vec::with_capacity(draft.objects.len());
    for object in &draft.objects {
        values.push(matching.value(object)?);
    }
    let found = cis::find(settings, knowledge, matching, &values)?;
    for (object, value) in draft.objects.iter().zip(values) {
        let mut same = found.iter().filter(|ci| ci.value == value);
        let Some(ci) = same.next() else {
            wanted.refuse(
                "objects",
                format!(
                    "iTop has no configuration item whose {:?} is {} (object {}), or the account may not \
                     see it: create it in iTop first",
                    matching.attribute,
                    text::quote(value),
                    text::quote(&object.id)
                ),
            );
            continue;
        };
        if same.next().is_some() {
            host::warn(&format!(
                "iTop has several configuration items with the {:?} of one object; the ticket is linked to \
                 the one with the id {}",
                matching.attribute, ci.id
            ));
        }
        wanted.cis.push((ci.id, object.id.as_str()));
        wanted.organization = wanted.organization.or(ci.organization);
    }
    Ok(())
}

/// The configured organization, for configuration items without one.
fn organization(settings: &Settings, wanted: &mut Wanted<'_>) -> Result<(), Error> {
    let Some(name) = settings.text(key::ORGANIZATION) else {
        wanted.refuse(
            "objects",
            "iTop wants an organization with every ticket, and the configuration item has none: set the \
             option \"organization\"",
        );
        return Ok(());
    };
    match by_name(settings, "Organization", "name", name)?.as_slice() {
        [one] => {
            wanted.organization = Some(*one);
            Ok(())
        }
        several => Err(fail::invalid_setting(
            key::ORGANIZATION,
            format!(
                "iTop has {} organizations named {}, not one",
                several.len(),
                text::quote(name)
            ),
        )),
    }
}

/// Ids of the objects of a class with exactly this name; e-mail addresses in any case.
fn by_name(
    settings: &Settings,
    class: &str,
    attribute: &str,
    name: &str,
) -> Result<Vec<u64>, Error> {
    let oql = format!(
        "SELECT {class} AS x WHERE x.{attribute} = {}",
        oql::literal(name)
    );
    let entries = api::query_all(settings, class, &oql, attribute)?;
    let same = |entry: &Entry| {
        let found = entry.exact(attribute).unwrap_or_default();
        found == name || (attribute == "email" && found.to_lowercase() == name.to_lowercase())
    };
    Ok(entries
        .iter()
        .filter(|entry| same(entry))
        .map(|entry| entry.key)
        .collect())
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
    }
}
