//! Creates tickets, and finds what was created when the answer got lost.
//!
//! **The marker is a link of the ticket**, `Refers to: sgi:MARKER`, made with the ticket itself. Measured
//! on RT 5.0.3:
//! - RT takes an address of any scheme, stores ticket, fields and link in one transaction of its
//!   database, and needs no right for a link of a ticket that is being created (a later one needs
//!   ModifyTicket).
//! - TicketSQL finds it exactly, `RefersTo = 'sgi:…'`, in one request, for every account with
//!   ShowTicket, right after the creation. No date is in that query: RT reads dates in the account's
//!   zone.
//! - RT's own schema has an index for it on MySQL and Oracle, and none on PostgreSQL and SQLite, which
//!   go through all links: seldom enough, since only a lost answer and a given marker ask for it.
//! - It moves to the other ticket when the ticket is merged, makes no entry in the history and no mail.
//!   People see it in the ticket's box of links only.
//!
//! The other places are worse: the text cannot be searched without a full-text index (RT then finds
//! nothing, and does not say why) and is mailed to people, and a custom field has to be made by an
//! administrator.
//!
//! Once the request has been sent, nothing may come back that makes the host send it again without
//! `find`: neither `stale-knowledge` nor `invalid-input`.

use crate::compare::{Seen, deviations};
use crate::json::Id;
use crate::knowledge::Knowledge;
use crate::query::literal;
use crate::ticket::{self, Item, List};
use crate::{api, draft, links};
use serde::Deserialize;
use sgi_guest::authoring::{Created, Deviation, Draft};
use sgi_guest::types::{Error, Problem, StatusClass, Ticket};
use sgi_guest::{Answer, Settings, fail, log, text, time};

/// Where tickets are created.
pub(crate) const TICKET: &str = "/REST/2.0/ticket";

pub(crate) fn create(
    settings: &Settings,
    knowledge: &Knowledge,
    draft: &Draft,
) -> Result<Created, Error> {
    let body = draft::body(settings, knowledge, draft, time::now)?;
    let queue = draft::queue(settings, knowledge, draft, &time::now)?;
    let answer = api::desk(settings).post(TICKET, &[]).json(&body).send()?;
    let id = created_id(settings, &queue.name, &answer)?;
    // RT has said that the ticket is there: nothing is an error any more, or it would be made again.
    Ok(read_back(settings, knowledge, draft, id)
        .unwrap_or_else(|error| unread(settings, draft, &queue.name, id, error)))
}

/// The ticket with the draft's marker. How long ago it was asked for does not matter: no other ticket
/// has the link.
pub(crate) fn find(
    settings: &Settings,
    knowledge: &Knowledge,
    draft: &Draft,
) -> Result<Option<Created>, Error> {
    let link = draft::link(&draft.marker)?;
    let sql = format!("RefersTo = {}", literal(&link));
    let answer = ticket::search_for(settings, &sql, 2, ticket::FIELDS_AND_LINKS)?;
    let all: List<'_> = answer.json()?;
    let marked = marked(&answer, &link)?;
    // Two have it only when somebody has copied it by hand: the first one is ours.
    let Some(item) = all.items.into_iter().next() else {
        return Ok(None);
    };
    if !marked.contains(&item.id.0) {
        return Err(fail::protocol(format!(
            "RT brought ticket {}, which does not have the link {link}, in the answer to a search for \
             that link",
            item.id.0
        )));
    }
    as_created(settings, knowledge, draft, item).map(Some)
}

/// The id in the answer to the creating request, or why there is no ticket.
fn created_id(settings: &Settings, queue: &str, answer: &Answer) -> Result<u64, Error> {
    #[derive(Deserialize)]
    struct Made {
        id: Id,
    }
    match answer.status() {
        201 => Ok(answer.json::<Made>()?.id.0),
        // RT says so in the account's language, and for a queue that is gone, too.
        403 => Err(fail::forbidden(format!(
            "the RT account {:?} may not create tickets in the queue {}: it needs the right CreateTicket \
             there, and SetInitialCustomField (or ModifyCustomField) for the field with the objects",
            settings.username(),
            text::quote(queue)
        ))),
        400 => Err(fail::protocol(format!(
            "RT at {} has not created the ticket (HTTP 400 to {}); its own log says why",
            settings.url(),
            answer.what()
        ))),
        _ => Err(api::failure(settings, answer)),
    }
}

/// The ticket of this id as RT has it now.
fn read_back(
    settings: &Settings,
    knowledge: &Knowledge,
    draft: &Draft,
    id: u64,
) -> Result<Created, Error> {
    // A list names people with their addresses, a single ticket by their login names only.
    let answer = ticket::search_for(settings, &format!("id = {id}"), 1, ticket::FIELDS_AND_LINKS)?;
    let list: List<'_> = answer.json()?;
    let Some(item) = list.items.into_iter().next() else {
        return Err(unseen(settings, knowledge, draft, id));
    };
    let link = draft::link(&draft.marker)?;
    if !marked(&answer, &link)?.contains(&item.id.0) {
        log::warn("RT has created a ticket without the link that was sent with it");
    }
    as_created(settings, knowledge, draft, item)
}

/// Why a search does not find a ticket that is there: it is hidden, deleted or merged already.
fn unseen(settings: &Settings, knowledge: &Knowledge, draft: &Draft, id: u64) -> Error {
    let queue = draft::queue(settings, knowledge, draft, &time::now);
    let queue = queue.map_or("", |queue| &queue.name);
    match ticket::get(settings, knowledge, id) {
        Err(Error::Forbidden(_)) => fail::forbidden(format!(
            "RT has created ticket {id}, and the RT account {:?} may not see it: give it the right \
             ShowTicket on the queue {} before more tickets are created",
            settings.username(),
            text::quote(queue)
        )),
        Err(error) => error,
        Ok(_) => fail::not_found(format!(
            "RT has created ticket {id}, and somebody has deleted or merged it since"
        )),
    }
}

/// The ticket as RT's word and the draft have it, where it cannot be read back.
fn unread(settings: &Settings, draft: &Draft, queue: &str, id: u64, error: Error) -> Created {
    let why = match error {
        Error::BadCredentials(problem)
        | Error::Forbidden(problem)
        | Error::NotFound(problem)
        | Error::InvalidInput(problem)
        | Error::Protocol(problem)
        | Error::StaleKnowledge(problem)
        | Error::NeedsIndex(problem)
        | Error::Unsupported(problem) => problem,
        Error::InvalidSetting(setting) => setting.problem,
        Error::RateLimited(delay) | Error::Unavailable(delay) => delay.problem,
    };
    Created {
        ticket: Ticket {
            id: id.to_string(),
            number: id.to_string(),
            subject: draft.subject.clone(),
            status: "new".to_owned(),
            status_class: StatusClass::New,
            class: None,
            queue: Some(queue.to_owned()),
            priority: draft.priority.clone(),
            owner: None,
            requestors: draft.requestor.iter().cloned().collect(),
            created: None,
            updated: None,
            starts: None,
            due: None,
            resolved: None,
            url: links::show(settings, id),
            objects: draft
                .objects
                .iter()
                .map(|object| object.id.clone())
                .collect(),
            fields: Vec::new(),
        },
        deviations: vec![Deviation {
            field: "ticket".to_owned(),
            problem: Problem {
                message: format!(
                    "RT has created ticket {id}; what it made of the draft could not be read back: {}",
                    why.message
                ),
                detail: why.detail,
            },
        }],
    }
}

fn as_created(
    settings: &Settings,
    knowledge: &Knowledge,
    draft: &Draft,
    item: Item<'_>,
) -> Result<Created, Error> {
    let seen = Seen::of(settings, knowledge, draft, &item);
    let mut ticket: Ticket = item.into_ticket(settings, &knowledge.fields(settings))?;
    ticket::classify(settings, &mut ticket)?;
    Ok(Created {
        deviations: deviations(settings, knowledge, draft, &seen, &ticket),
        ticket,
    })
}

/// The ids of the tickets in a list that have this link.
fn marked(answer: &Answer, link: &str) -> Result<Vec<u64>, Error> {
    Ok(with_link(&answer.json()?, link))
}

#[derive(Deserialize)]
struct Links {
    items: Vec<LinksOfOne>,
}

#[derive(Deserialize)]
struct LinksOfOne {
    id: Id,
    #[serde(rename = "_hyperlinks", default)]
    links: Vec<Link>,
}

#[derive(Deserialize)]
struct Link {
    #[serde(rename = "ref", default)]
    what: String,
    #[serde(rename = "_url", default)]
    url: String,
}

fn with_link(list: &Links, link: &str) -> Vec<u64> {
    let has = |one: &&LinksOfOne| {
        let mut links = one.links.iter();
        links.any(|there| there.what == "refers-to" && there.url == link)
    };
    list.items.iter().filter(has).map(|one| one.id.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_known_by_its_link_and_not_by_another() {
        let list = r#"{"items": [
            {"id": "7", "_hyperlinks": [{"ref": "self", "_url": "http://rt/7"},
                {"ref": "refers-to", "type": "external", "_url": "sgi:0123456789abcdef"}]},
            {"id": 8, "_hyperlinks": [{"ref": "refers-to", "_url": "sgi:0123456789abcdef0"}]},
            {"id": "9", "_hyperlinks": [{"ref": "referred-to-by", "_url": "sgi:0123456789abcdef"}]},
            {"id": "10"}]}"#;
        let list = serde_json::from_str(list).expect("a list");
        assert_eq!(with_link(&list, "sgi:0123456789abcdef"), [7]);
    }

    #[test]
    fn a_ticket_that_cannot_be_read_back_is_there_all_the_same() {
        let settings = Settings::given(sgi_guest::DeskSettings {
            url: "https://rt".to_owned(),
            link_url: "https://rt".to_owned(),
            username: "cmdb".to_owned(),
            password: "placeholder".to_owned(),
            options: Vec::new(),
            learned: None,
        });
        let draft = Draft {
            objects: Vec::new(),
            queue: None,
            class: None,
            subject: "Disk full".to_owned(),
            text: String::new(),
            requestor: None,
            priority: None,
            marker: "0123456789abcdef".to_owned(),
        };
        for error in [
            fail::stale_knowledge("gone"),
            fail::forbidden("gone"),
            fail::unavailable("gone", None),
        ] {
            let created = unread(&settings, &draft, "Incidents", 7, error);
            assert_eq!(created.ticket.id, "7");
            assert_eq!(created.ticket.url, "https://rt/Ticket/Display.html?id=7");
            let [deviation] = created.deviations.as_slice() else {
                panic!("one deviation")
            };
            assert_eq!(deviation.field, "ticket");
            assert!(
                deviation.problem.message.contains("ticket 7")
                    && deviation.problem.message.ends_with("gone")
            );
        }
    }
}
