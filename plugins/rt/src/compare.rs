//! What RT made of a draft: it ignores what it does not know or does not allow, and says `201` all the
//! same.

use crate::draft;
use crate::knowledge::{Knowledge, tenant};
use crate::ticket::Item;
use sgi_guest::authoring::{Deviation, Draft};
use sgi_guest::types::Ticket;
use sgi_guest::{Settings, fail, text};

/// What of a ticket has to be looked at before it becomes the contract's, which keeps no login names.
pub(crate) struct Seen {
    queue: Option<u64>,
    requested_as_wanted: bool,
    tenant: Vec<String>,
}

impl Seen {
    pub(crate) fn of(
        settings: &Settings,
        knowledge: &Knowledge,
        draft: &Draft,
        item: &Item<'_>,
    ) -> Self {
        let wanted = address(draft::requestor(settings, draft));
        Self {
            queue: item.queue.id.as_str().and_then(|id| id.parse().ok()),
            requested_as_wanted: item.requestor.0.iter().any(|who| who.is(wanted)),
            tenant: item.values_of(&knowledge.fields(settings).tenant.ids()),
        }
    }
}

/// The address in `Erika Mustermann <erika@example.org>`, by which RT finds or makes the user.
fn address(requestor: &str) -> &str {
    let between = requestor
        .trim()
        .strip_suffix('>')
        .and_then(|rest| rest.rsplit_once('<'));
    between.map_or(requestor, |(_, address)| address).trim()
}

/// Where the ticket is otherwise than the draft asks. The text is not compared: RT keeps it as it is.
pub(crate) fn deviations(
    settings: &Settings,
    knowledge: &Knowledge,
    draft: &Draft,
    seen: &Seen,
    ticket: &Ticket,
) -> Vec<Deviation> {
    let mut deviations = Vec::new();
    let mut differs = |field: &str, message: String| {
        deviations.push(Deviation {
            field: field.to_owned(),
            problem: fail::problem(message),
        });
    };
    let id = &ticket.id;
    let queue = ticket.queue.as_deref().unwrap_or_default();
    let missing: Vec<&str> = draft
        .objects
        .iter()
        .map(|object| object.id.as_str())
        .filter(|id| ticket.objects.iter().all(|there| there != id))
        .collect();
    let rights = format!(
        "the RT account {:?} needs the right SetInitialCustomField or ModifyCustomField, and \
         SeeCustomField, on the queue {}",
        settings.username(),
        text::quote(queue)
    );
    if !missing.is_empty() {
        differs(
            "objects",
            format!(
                "RT's ticket {id} does not reference the objects {}: {rights}",
                missing.join(", ")
            ),
        );
    }
    if let Some(tenant) = tenant(settings)
        && seen.tenant.iter().all(|there| there != tenant)
    {
        differs(
            "objects",
            format!(
                "RT's ticket {id} does not have the tenant {}, so that it is not found by its objects: \
                 {rights}, and the field must allow the value",
                text::quote(tenant)
            ),
        );
    }
    let meant = draft::meant_queue(settings, draft).and_then(|meant| knowledge.queue(meant));
    if let Some(meant) = meant
        && seen.queue != Some(meant.id)
    {
        differs(
            "queue",
            format!(
                "RT's ticket {id} is in the queue {} and not in {}: a rule of RT or somebody has moved it",
                text::quote(queue),
                text::quote(&meant.name)
            ),
        );
    }
    if let Some(class) = &draft.class {
        differs(
            "class",
            format!(
                "RT has no classes of tickets: {} was left out",
                text::quote(class)
            ),
        );
    }
    if ticket.subject != draft.subject {
        differs(
            "subject",
            format!(
                "RT's ticket {id} has another subject than the draft; of a long one RT keeps 200 bytes"
            ),
        );
    }
    if !seen.requested_as_wanted {
        let wanted = text::quote(draft::requestor(settings, draft));
        differs(
            "requestor",
            format!(
                "{wanted} is not the requestor of RT's ticket {id}: RT takes a user's login name or a \
                 mail address"
            ),
        );
    }
    if let Ok(Some(priority)) = draft::priority(draft) {
        let has = ticket.priority.as_deref().unwrap_or_default();
        if has.parse() != Ok(priority) {
            differs(
                "priority",
                format!(
                    "RT's ticket {id} has the priority {} and not {priority}",
                    text::quote(has)
                ),
            );
        }
    }
    deviations
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
