//! Creating tickets, and finding one again whose creation got no answer.

use crate::client::Client;
use crate::draft::{self, carries, deviations, parameters};
use crate::failure::{Failure, filter_ignored};
use crate::knowledge::Knowledge;
use crate::query;
use crate::refusal::refusal;
use crate::reply::RawTicket;
use crate::ticket::Reader;
use sgi_guest::authoring::{Created, Draft};
use sgi_guest::fail;
use sgi_guest::types::{Error, Instant};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::{Operation, Transport};
    use crate::clock::Clock;
    use crate::object::References;
    use crate::samples::{self, Fake, tickets};
    use serde_json::{Value, json};

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
}
