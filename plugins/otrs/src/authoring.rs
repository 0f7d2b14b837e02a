//! Creating tickets, and finding one again whose creation got no answer.

use crate::check::warning;
use crate::client::Client;
use crate::draft::{self, carries, deviations, parameters};
use crate::failure::{Failure, filter_ignored};
use crate::knowledge::Knowledge;
use crate::options::key;
use crate::query;
use crate::refusal::refusal;
use crate::reply::RawTicket;
use crate::ticket::Reader;
use serde_json::{Map, json};
use sgi_guest::authoring::{Created, Draft};
use sgi_guest::connector::Finding;
use sgi_guest::types::{Error, Instant};
use sgi_guest::{Settings, fail};

/// OTRS's dates are local, and clocks differ: a day covers every zone.
const DAY: Instant = 24 * 60 * 60 * 1000;
/// Tickets that are read at once with all that was written in them.
const WITH_ARTICLES: usize = 20;

pub(crate) fn create(
    client: &Client<'_>,
    reader: &Reader<'_>,
    draft: &Draft,
) -> Result<Created, Error> {
    let settings = reader.settings;
    let parameters = parameters(settings, &reader.references, draft)?;
    let id = client.create(parameters).map_err(|failure| {
        refusal(failure, settings, draft).unwrap_or_else(|failure| client.explain(failure))
    })?;
    let read = client.tickets(&[id], true);
    let read = read.map_err(|failure| client.explain(failure))?.pop();
    let raw = read.ok_or_else(|| {
        fail::forbidden(format!(
            "OTRS created the ticket with the id {id}, and the OTRS account {:?} may not see it: give \
             it the permission \"ro\" on the queue",
            client.names().account
        ))
    })?;
    Ok(created(reader, draft, raw))
}

fn created(reader: &Reader<'_>, draft: &Draft, raw: RawTicket) -> Created {
    Created {
        deviations: deviations(&raw, draft, &reader.references),
        ticket: reader.ticket(raw),
    }
}

/// Looks for the marker in what was written in the tickets of the draft's first object that were
/// created since, the newest first.
pub(crate) fn find(
    client: &Client<'_>,
    reader: &Reader<'_>,
    knowledge: &Knowledge,
    draft: &Draft,
    since: Instant,
) -> Result<Option<Created>, Error> {
    if !knowledge.filters {
        let (key, message) = filter_ignored(reader.references.objects.as_str(), client.names());
        return Err(fail::invalid_setting(key, message));
    }
    let objects = draft::objects(draft, &reader.references)?;
    let Some(first) = objects.first() else {
        return Ok(None);
    };
    let mut search = query::condition(&reader.references, *first);
    if let Some(date) = reader.clock.local(since.saturating_sub(DAY)) {
        search.insert("TicketCreateTimeNewerDate".to_owned(), date.into());
    }
    let explain = |failure: Failure| client.explain(failure);
    let ids = client.search(search).map_err(explain)?;
    for ids in ids.rchunks(WITH_ARTICLES) {
        let read = client.tickets(ids, true).map_err(explain)?;
        let mut marked = read.into_iter().filter(|raw| {
            let mut bodies = raw
                .articles
                .0
                .iter()
                .filter_map(|article| article.body.as_str());
            bodies.any(|body| carries(body, draft))
        });
        if let Some(raw) = marked.next() {
            return Ok(Some(created(reader, draft, raw)));
        }
    }
    Ok(None)
}

/// Whether the account may create tickets in the configured queue; none where there is no such queue.
///
/// OTRS tells only when asked to create one. So it is asked with an article in a charset that does not
/// exist: OTRS refuses that last of all, and creates nothing.
pub(crate) fn may_create(client: &Client<'_>, settings: &Settings) -> Option<Result<(), Finding>> {
    let queue = settings.text(key::CREATE_QUEUE)?;
    let ticket = json!({
        "Title": "Connection check of the CMDB",
        "Queue": queue,
        "State": "new",
        "Priority": "3 normal",
        "CustomerUser": settings.text(key::CREATE_CUSTOMER).unwrap_or(settings.username()),
        "Type": settings.text(key::CREATE_TYPE),
    });
    let mut parameters = Map::new();
    parameters.insert("Ticket".to_owned(), ticket);
    let article = json!({ "Subject": "-", "Body": "-", "ContentType": draft::REFUSED });
    parameters.insert("Article".to_owned(), article);
    let told = |message: String| {
        Some(Err(warning(
            key::CREATE_QUEUE,
            format!("tickets cannot be created: {message}"),
        )))
    };
    match client.create(parameters) {
        Ok(id) => told(format!(
            "OTRS accepted a text in an unknown charset, and so the check created the ticket with the \
             id {id}; delete it, and report this version of OTRS"
        )),
        Err(Failure::Refused { message, .. }) if message.contains("ContentType") => Some(Ok(())),
        Err(failure) => {
            let draft = Draft {
                objects: Vec::new(),
                queue: None,
                class: None,
                subject: String::new(),
                text: String::new(),
                requestor: None,
                priority: None,
                marker: String::new(),
            };
            let error = refusal(failure, settings, &draft);
            let error = error.unwrap_or_else(|failure| client.explain(failure));
            match error {
                Error::InvalidSetting(problem) => Some(Err(warning(
                    &problem.key,
                    format!("tickets cannot be created: {}", problem.problem.message),
                ))),
                Error::Forbidden(problem)
                | Error::InvalidInput(problem)
                | Error::Protocol(problem)
                | Error::BadCredentials(problem)
                | Error::NotFound(problem)
                | Error::StaleKnowledge(problem)
                | Error::Unsupported(problem) => told(problem.message),
                Error::RateLimited(delay) | Error::Unavailable(delay) => {
                    told(delay.problem.message)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::{Operation, Transport};
    use crate::clock::Clock;
    use crate::object::References;
    use crate::samples::{self, Fake, tickets};
    use serde_json::Value;

    fn draft() -> Draft {
        Draft {
            objects: vec![samples::cmdb_object("200")],
            queue: Some("Network".to_owned()),
            class: None,
            subject: "t".to_owned(),
            text: "b".to_owned(),
            requestor: None,
            priority: None,
            marker: "0123456789abcdef".to_owned(),
        }
    }

    fn made(id: u64, body: &str) -> Value {
        let mut ticket = samples::ticket(id, "new", ",200,");
        ticket["Queue"] = "Network".into();
        ticket["Article"] = json!([{ "Body": body }]);
        ticket
    }

    const BODY: &str = "b\n\nReference: sgi-0123456789abcdef";

    fn with<T>(act: impl FnOnce(&Reader<'_>) -> T) -> T {
        let settings = samples::settings(&[]);
        act(&Reader {
            settings: &settings,
            references: References::new(&settings).unwrap(),
            clock: Clock::new(&settings, Some(3_600_000), samples::NOW).unwrap(),
        })
    }

    fn knowledge() -> Knowledge {
        Knowledge {
            at: samples::NOW,
            transport: Transport::Rest,
            filters: true,
            offset: None,
        }
    }

    #[test]
    fn a_ticket_is_created_and_read_back() {
        let read = tickets(&[made(66, BODY)]);
        let fake = Fake::logged_in(&[samples::CREATED, &read]);
        let created = with(|reader| create(&Client::new(&fake), reader, &draft())).unwrap();
        assert_eq!(created.ticket.id, "66");
        assert_eq!(created.ticket.objects, ["200"]);
        assert!(created.deviations.is_empty(), "{:?}", created.deviations);
        let sent = fake.sent();
        assert_eq!(sent[0].0, Operation::TicketCreate);
        assert_eq!(sent[1].1["TicketID"], json!([66]));
        assert_eq!(sent[1].1["AllArticles"], 1);
    }

    #[test]
    fn a_creation_without_an_answer_is_not_tried_again() {
        let fake = Fake::logged_in(&[]);
        fake.closes();
        let error = with(|reader| create(&Client::new(&fake), reader, &draft()));
        assert!(matches!(error, Err(Error::Unavailable(_))));
        assert_eq!(fake.sent().len(), 1);
    }

    #[test]
    fn a_creation_that_an_expired_session_stopped_is_sent_once_more() {
        let expired = br#"{"Error":{"ErrorCode":"TicketCreate.AuthFail","ErrorMessage":"TicketCreate: User could not be authenticated!"}}"#;
        let read = tickets(&[made(66, BODY)]);
        let login = br#"{"SessionID":"session-1"}"#;
        let fake = Fake::logged_in(&[expired, login, samples::CREATED, &read]);
        let created = with(|reader| create(&Client::new(&fake), reader, &draft()));
        assert!(created.is_ok());
    }

    #[test]
    fn a_ticket_is_found_by_its_marker_among_those_of_the_object() {
        let found = br#"{"TicketID":["3","66"]}"#;
        let read = tickets(&[made(3, "b"), made(66, BODY)]);
        let fake = Fake::logged_in(&[found, &read]);
        let client = Client::new(&fake);
        let since = samples::NOW;
        let found = with(|reader| find(&client, reader, &knowledge(), &draft(), since));
        assert_eq!(found.unwrap().unwrap().ticket.id, "66");
        let search = &fake.sent()[0].1;
        assert_eq!(search["DynamicField_IDoitObjects"]["Like"], "*,200,*");
        // A day before, in OTRS's own time.
        assert_eq!(search["TicketCreateTimeNewerDate"], "2026-11-22 22:13:12");
    }

    #[test]
    fn a_ticket_that_was_never_created_is_not_found() {
        let fake = Fake::logged_in(&[b"{}"]);
        let client = Client::new(&fake);
        let found = with(|reader| find(&client, reader, &knowledge(), &draft(), samples::NOW));
        assert!(found.unwrap().is_none());
    }

    #[test]
    fn whether_tickets_can_be_created_is_asked_without_creating_one() {
        let asked = |answer: &[u8], options: &[(&str, &str)]| {
            let settings = samples::settings(options);
            let fake = Fake::logged_in(&[answer]);
            may_create(&Client::new(&fake), &settings)
        };
        let queue = [("create-queue", "Network")];
        assert!(matches!(
            asked(samples::BAD_CONTENT_TYPE, &queue),
            Some(Ok(()))
        ));
        let Some(Err(finding)) = asked(samples::NO_CREATE, &queue) else {
            panic!("no finding")
        };
        assert_eq!(finding.key.as_deref(), Some("create-queue"));
        let Some(Err(finding)) = asked(samples::NO_TYPE, &queue) else {
            panic!("no finding")
        };
        assert_eq!(finding.key.as_deref(), Some("create-type"));
        assert!(asked(b"", &[]).is_none());
    }
}
