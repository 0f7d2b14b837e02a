//! What of a draft RT can hold, and the request that creates the ticket.

use crate::knowledge::{Knowledge, Queue, names, tenant};
use crate::manifest::key;
use crate::query::ObjectId;
use serde_json::{Value, json};
use sgi_guest::authoring::Draft;
use sgi_guest::types::{Error, Instant};
use sgi_guest::{Settings, fail, text};

/// The link that carries a draft's marker: an address that leads nowhere. RT takes any scheme.
pub(crate) fn link(marker: &str) -> Result<String, Error> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if (16..=64).contains(&marker.len()) && marker.bytes().all(plain) {
        return Ok(format!("sgi:{marker}"));
    }
    Err(fail::invalid_input(
        "a marker is 16 to 64 lower-case letters, digits and hyphens",
    ))
}

/// Who is to have asked. RT does not take the account for it by itself.
pub(crate) fn requestor<'a>(settings: &'a Settings, draft: &'a Draft) -> &'a str {
    draft.requestor.as_deref().unwrap_or(settings.username())
}

/// The queue that a draft means, as a person named it; none where the settings do not say.
pub(crate) fn meant_queue<'a>(settings: &'a Settings, draft: &'a Draft) -> Option<&'a str> {
    let first = || settings.list(key::QUEUES).first().map(String::as_str);
    draft.queue.as_deref().or_else(first)
}

/// RT's priorities are numbers; it writes down anything and keeps what its database makes of it.
pub(crate) fn priority(draft: &Draft) -> Result<Option<i32>, Error> {
    let Some(priority) = draft.priority.as_deref() else {
        return Ok(None);
    };
    priority.trim().parse().map(Some).map_err(|_| {
        fail::invalid_input(format!(
            "RT's priorities are whole numbers, and {} is none",
            text::quote(priority)
        ))
    })
}

/// The body of the request that creates the ticket. `now` tells whether an unknown queue may be one
/// that the last check could not know yet.
pub(crate) fn body(
    settings: &Settings,
    knowledge: &Knowledge,
    draft: &Draft,
    now: impl Fn() -> Instant,
) -> Result<Value, Error> {
    let link = link(&draft.marker)?;
    // RT takes line breaks out of a subject, and joins what stood around them.
    if draft.subject.trim().is_empty() || draft.subject.contains(['\n', '\r']) {
        return Err(fail::invalid_input("RT wants a subject of one line"));
    }
    let priority = priority(draft)?;
    let mut objects = Vec::with_capacity(draft.objects.len());
    for object in &draft.objects {
        objects.push(ObjectId::parse(&object.id)?.as_str());
    }
    if objects.is_empty() {
        return Err(fail::invalid_input("a ticket is about one object at least"));
    }
    let queue = queue(settings, knowledge, draft, &now)?;
    let objects_field = queue
        .objects
        .ok_or_else(|| without_field(settings, knowledge, queue, key::OBJECTS_FIELD, &now))?;
    let mut fields = json!({ objects_field.to_string(): objects });
    if let Some(tenant) = tenant(settings) {
        let field = queue
            .tenant
            .ok_or_else(|| without_field(settings, knowledge, queue, key::TENANT_FIELD, &now))?;
        set(&mut fields, &field.to_string(), json!(tenant));
    }
    let mut body = json!({
        "Queue": queue.id.to_string(),
        "Subject": draft.subject,
        "Content": draft.text,
        "ContentType": "text/plain",
        "Requestor": [requestor(settings, draft)],
        "CustomFields": fields,
        "RefersTo": link,
    });
    if let Some(priority) = priority {
        // RT's own form sets both: an escalation counts from the first priority on.
        set(&mut body, "InitialPriority", json!(priority));
        set(&mut body, "Priority", json!(priority));
    }
    Ok(body)
}

fn set(object: &mut Value, key: &str, value: Value) {
    if let Value::Object(object) = object {
        object.insert(key.to_owned(), value);
    }
}

/// The queue that the ticket goes into.
pub(crate) fn queue<'a>(
    settings: &Settings,
    knowledge: &'a Knowledge,
    draft: &Draft,
    now: &impl Fn() -> Instant,
) -> Result<&'a Queue, Error> {
    let Some(meant) = meant_queue(settings, draft) else {
        return Err(fail::invalid_input(format!(
            "RT needs a queue for a new ticket: name one, or set the option {:?}; there are {}",
            key::QUEUES,
            queue_names(knowledge)
        )));
    };
    if let Some(queue) = knowledge.queue(meant) {
        return Ok(queue);
    }
    if !knowledge.is_fresh(now()) {
        return Err(fail::stale_knowledge(format!(
            "RT had no queue {} when it was last looked over",
            text::quote(meant)
        )));
    }
    let message = format!(
        "the queue {} does not exist, is disabled, or is not visible to the RT account {:?}; it sees {}",
        text::quote(meant),
        settings.username(),
        queue_names(knowledge)
    );
    Err(if draft.queue.is_some() {
        fail::invalid_input(message)
    } else {
        fail::invalid_setting(key::QUEUES, message)
    })
}

fn queue_names(knowledge: &Knowledge) -> String {
    names(knowledge.queues.iter().map(|queue| queue.name.as_str()))
}

/// RT creates the ticket all the same, and leaves out a field that the queue does not have: nobody
/// would find the ticket by its object.
fn without_field(
    settings: &Settings,
    knowledge: &Knowledge,
    queue: &Queue,
    key: &str,
    now: &impl Fn() -> Instant,
) -> Error {
    let queue = text::quote(&queue.name);
    let field = text::quote(settings.text(key).unwrap_or_default());
    if !knowledge.is_fresh(now()) {
        return fail::stale_knowledge(format!(
            "RT's queue {queue} had no field {field} when it was last looked over"
        ));
    }
    fail::invalid_input(format!(
        "RT's queue {queue} shows no custom field {field}, so that the ticket would not reference its \
         objects: the field does not apply there, or the RT account {:?} lacks the right \
         SeeCustomField there",
        settings.username()
    ))
}

#[cfg(test)]
#[path = "draft_tests.rs"]
pub(crate) mod tests;
