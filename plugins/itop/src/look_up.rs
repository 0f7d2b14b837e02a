//! What a draft names, looked up in iTop: configuration items, organization, person, team.

use crate::api;
use crate::cis;
use crate::create;
use crate::draft::{self, Wanted};
use crate::knowledge::Knowledge;
use crate::manifest::key;
use crate::object::Match;
use crate::oql;
use crate::reply::Entry;
use sgi_guest::authoring::Draft;
use sgi_guest::types::Error;
use sgi_guest::{Settings, fail, text};

/// Everything in the draft that iTop knows by an id. What it does not know stands in `problems`.
pub(crate) fn look_up<'a>(
    settings: &'a Settings,
    knowledge: &Knowledge,
    matching: &Match<'_>,
    draft: &'a Draft,
) -> Result<Wanted<'a>, Error> {
    let mut wanted = Wanted::default();
    match create::class_for(settings, knowledge, draft.class.as_deref()) {
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
            [] => wanted.refuse(
                "queue",
                format!(
                    "iTop has no team {}, or the account may not see it",
                    text::quote(queue)
                ),
            ),
            several => wanted.refuse(
                "queue",
                format!("iTop has {} teams {}", several.len(), text::quote(queue)),
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
        let others = same.count();
        if others > 0 {
            wanted.doubt(
                "objects",
                format!(
                    "iTop has {} configuration items with the {:?} of the object {}; the ticket is linked to \
                     the one with the id {}",
                    others + 1,
                    matching.attribute,
                    text::quote(&object.id),
                    ci.id
                ),
            );
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
    wanted.organization = Some(organization_named(settings, name)?);
    Ok(())
}

/// The organization of this name, which the settings give.
pub(crate) fn organization_named(settings: &Settings, name: &str) -> Result<u64, Error> {
    let shown = text::quote(name);
    let wrong = match by_name(settings, "Organization", "name", name)?.as_slice() {
        [one] => return Ok(*one),
        [] => format!(
            "iTop has no organization {shown}, or it is none of the account's allowed organizations: set \
             this option to the full name of one, in iTop's spelling"
        ),
        several => format!(
            "iTop has {} organizations {shown}: set this option to a name that only one has",
            several.len()
        ),
    };
    Err(fail::invalid_setting(key::ORGANIZATION, wrong))
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
