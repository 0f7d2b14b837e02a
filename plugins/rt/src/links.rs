//! Addresses in RT for people.

use crate::knowledge::{Knowledge, Queue, tenant};
use crate::manifest::key;
use crate::query::ObjectId;
use sgi_guest::tickets::Form;
use sgi_guest::types::Object;
use sgi_guest::{Settings, text};

/// The page of a ticket.
pub(crate) fn show(settings: &Settings, id: u64) -> String {
    let mut url = String::with_capacity(settings.link_url().len() + 40);
    url.push_str(settings.link_url());
    url.push_str("/Ticket/Display.html?id=");
    url.push_str(&id.to_string());
    url
}

/// One new-ticket form for each configured queue, or for each that the account sees.
pub(crate) fn forms(
    settings: &Settings,
    knowledge: &Knowledge,
    id: ObjectId<'_>,
    object: &Object,
) -> Vec<Form> {
    let configured = settings.list(key::QUEUES);
    if configured.is_empty() {
        return knowledge
            .queues
            .iter()
            .map(|queue| form(settings, &queue.name, Some(queue), knowledge, id, object))
            .collect();
    }
    configured
        .iter()
        .map(|meant| {
            let queue = knowledge.queue(meant);
            let label = queue.map_or(meant, |queue| &queue.name);
            form(settings, label, queue, knowledge, id, object)
        })
        .collect()
}

fn form(
    settings: &Settings,
    label: &str,
    queue: Option<&Queue>,
    knowledge: &Knowledge,
    id: ObjectId<'_>,
    object: &Object,
) -> Form {
    let queue_id = queue.map(|queue| queue.id.to_string());
    let mut parameters: Vec<(String, String)> = vec![(
        "Queue".to_owned(),
        queue_id.unwrap_or_else(|| label.to_owned()),
    )];
    let mut note = None;
    if settings.flag(key::EXTENSION) {
        if let Some(tenant) = tenant(settings) {
            parameters.push(("IDoitTenant".to_owned(), tenant.to_owned()));
        }
        parameters.push(("IDoitObjects".to_owned(), id.as_str().to_owned()));
    } else {
        // A queue that the account does not see: the field is most likely the one of the others.
        let objects = match queue {
            Some(queue) => queue.objects,
            None => knowledge.objects.first().map(|field| field.id),
        };
        let tenant_field = match queue {
            Some(queue) => queue.tenant,
            None => knowledge.tenant.first().map(|field| field.id),
        };
        match objects {
            Some(field) => parameters.push((prefill(field), id.as_str().to_owned())),
            None => note = Some(
                "RT does not show the account a field for CMDB objects in this queue: enter the object \
                 yourself, if the form has the field."
                    .to_owned(),
            ),
        }
        if let (Some(field), Some(tenant)) = (tenant_field, tenant(settings)) {
            parameters.push((prefill(field), tenant.to_owned()));
        }
    }
    let about: Vec<String> = [object.title.as_deref(), object.url.as_deref()]
        .into_iter()
        .flatten()
        .map(html)
        .collect();
    if !about.is_empty() {
        parameters.push(("Content".to_owned(), about.join("<br />")));
    }
    let parameters: Vec<(&str, &str)> = parameters
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    Form {
        label: label.to_owned(),
        url: text::address(settings.link_url(), "/Ticket/Create.html", &parameters),
        note,
    }
}

/// The parameter by which RT's own form takes a custom field.
fn prefill(field: u64) -> String {
    format!("Object-RT::Ticket--CustomField-{field}-Values")
}

/// For the box in which people write: RT's is one for HTML, unless it or a user has set it otherwise
/// (`MessageBoxRichText`). RT takes it as it is given.
fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            _ => out.push(c),
        }
    }
    out
}
