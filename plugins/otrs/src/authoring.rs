//! Creating tickets, and finding one again whose creation got no answer.

use crate::batch::none_readable;
use crate::client::{Client, Made};
use crate::draft::{self, carries, deviations, parameters, unread};
use crate::failure::{Failure, filter_ignored, problem, with_detail};
use crate::knowledge::Knowledge;
use crate::query;
use crate::refusal::refusal;
use crate::reply::RawTicket;
use crate::ticket::Reader;
use serde_json::{Map, Value};
use sgi_guest::authoring::{Created, Deviation, Draft};
use sgi_guest::fail;
use sgi_guest::types::{Error, Instant, Problem};

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
    let made = client.create(parameters).map_err(|failure| {
        refusal(failure, settings, draft).unwrap_or_else(|failure| client.explain(failure))
    })?;
    // The ticket is there. An error would now make the host wait and look for it, or, where it takes the
    // error for one before the request, create another.
    let why = match client.tickets(&[made.id], true) {
        Ok(read) => match read.into_iter().find(|raw| raw.id.0 == made.id) {
            Some(raw) => {
                let mut created = created(reader, draft, raw);
                if let Some(complaint) = &made.complaint {
                    created.deviations.push(complained(complaint));
                }
                return Ok(created);
            }
            None => fail::problem(format!(
                "the OTRS account {:?} may not see it: give it the permission \"ro\" on the queue",
                client.names().account
            )),
        },
        Err(failure) => problem(client.explain(failure)),
    };
    Ok(Created {
        deviations: vec![not_compared(&made, why)],
        ticket: unread(settings, draft, made),
    })
}

/// What OTRS says to be wrong with a ticket that it has created.
fn complained(complaint: &str) -> Deviation {
    let message = "OTRS created the ticket and reported an error all the same: see that its text is \
                   complete";
    Deviation {
        field: "text".to_owned(),
        problem: with_detail(message.to_owned(), complaint),
    }
}

/// What stands in the place of a comparison that there could be none of.
fn not_compared(made: &Made, why: Problem) -> Deviation {
    Deviation {
        field: "ticket".to_owned(),
        problem: Problem {
            message: format!(
                "OTRS created the ticket with the id {}, and what became of it is not known: {}",
                made.id, why.message
            ),
            detail: why.detail,
        },
    }
}

fn created(reader: &Reader<'_>, draft: &Draft, raw: RawTicket) -> Created {
    Created {
        deviations: deviations(&raw, draft, &reader.references),
        ticket: reader.ticket(raw),
    }
}

/// Looks for the marker in what was written in the tickets of the draft's objects that were created
/// since, the newest first. Most often the first object has it; somebody may have changed the objects.
pub(crate) fn find(
    client: &Client<'_>,
    reader: &Reader<'_>,
    knowledge: &Knowledge,
    draft: &Draft,
    since: Instant,
) -> Result<Option<Created>, Error> {
    if !knowledge.needs_index() && !knowledge.filters {
        let (key, message) = filter_ignored(reader.references.objects.as_str(), client.names());
        return Err(fail::invalid_setting(key, message));
    }
    let explain = |failure: Failure| client.explain(failure);
    let since = reader.clock.local(since.saturating_sub(DAY));
    let (mut seen, mut none_read) = (Vec::new(), true);
    let mut searches: Vec<Map<String, Value>> = draft::objects(draft, &reader.references)?
        .into_iter()
        .map(|object| query::condition(&reader.references, object))
        .collect();
    if knowledge.needs_index() {
        // All that were created since: the marker tells which it is.
        searches = vec![Map::new()];
    }
    for mut search in searches {
        if let Some(date) = &since {
            search.insert("TicketCreateTimeNewerDate".to_owned(), date.clone().into());
        }
        let mut ids = client.search(search).map_err(explain)?;
        ids.retain(|id| !seen.contains(id));
        for ids in ids.rchunks(WITH_ARTICLES) {
            let read = client.tickets(ids, true).map_err(explain)?;
            none_read = none_read && read.is_empty();
            if let Some(raw) = read.into_iter().find(|raw| is_marked(raw, draft)) {
                return Ok(Some(created(reader, draft, raw)));
            }
        }
        seen.extend(ids);
    }
    // It may be one of these: to say that there is none would make another.
    if none_read && !seen.is_empty() {
        return Err(none_readable(seen.len()));
    }
    Ok(None)
}

fn is_marked(raw: &RawTicket, draft: &Draft) -> bool {
    let articles = raw.articles.0.iter();
    let mut bodies = articles.filter_map(|article| article.body.as_str());
    bodies.any(|body| carries(body, draft))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::{Operation, Transport};
    use crate::clock::Clock;
    use crate::object::References;
    use crate::samples::{self, Fake, tickets};
    use serde_json::json;

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
            history: true,
            polls: true,
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

    /// Whatever comes in answer to the second request.
    #[test]
    fn a_ticket_that_cannot_be_read_back_is_there_all_the_same() {
        let other = tickets(&[made(67, BODY)]);
        for (status, answer) in [
            (200, samples::DENIED),
            (200, b"{}"),
            (200, b"{\"Ticket\":"),
            (200, &other),
            (200, b"<html></html>"),
            (404, b"<html></html>"),
            (500, samples::NO_ROUTE),
            (503, b"busy"),
        ] {
            let fake = Fake::logged_in(&[samples::CREATED]);
            fake.answer(status, answer);
            let created = with(|reader| create(&Client::new(&fake), reader, &draft())).unwrap();
            let fields: Vec<&str> = created
                .deviations
                .iter()
                .map(|d| d.field.as_str())
                .collect();
            assert_eq!(fields, ["ticket"], "{status}");
            assert!(created.deviations[0].problem.message.contains("the id 66"));
            let ticket = created.ticket;
            assert_eq!(
                (ticket.id.as_str(), ticket.number.as_str()),
                ("66", "2026112310000655")
            );
            assert_eq!(ticket.url, samples::SHOW_66);
            assert_eq!(ticket.queue.as_deref(), Some("Network"));
            assert_eq!(
                (ticket.subject.as_str(), ticket.status.as_str()),
                ("t", "new")
            );
            assert_eq!(ticket.objects, ["200"]);
        }
        let fake = Fake::logged_in(&[samples::CREATED]);
        fake.closes();
        let created = with(|reader| create(&Client::new(&fake), reader, &draft())).unwrap();
        assert_eq!(created.deviations[0].field, "ticket");
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
    fn a_ticket_is_looked_for_among_those_of_every_object() {
        let mut draft = draft();
        draft.objects.push(samples::cmdb_object("300"));
        let mut moved = made(66, BODY);
        moved["DynamicField"][0]["Value"] = ",300,".into();
        let others = tickets(&[made(3, "b")]);
        let fake = Fake::logged_in(&[
            br#"{"TicketID":["3"]}"#,
            &others,
            br#"{"TicketID":["3","66"]}"#,
            &tickets(&[moved]),
        ]);
        let client = Client::new(&fake);
        let found = with(|reader| find(&client, reader, &knowledge(), &draft, samples::NOW));
        assert_eq!(found.unwrap().unwrap().ticket.id, "66");
        let sent = fake.sent();
        assert_eq!(sent[2].1["DynamicField_IDoitObjects"]["Like"], "*,300,*");
        assert_eq!(sent[3].1["TicketID"], json!([66]), "each once");
    }

    /// Else the host would create another.
    #[test]
    fn tickets_that_may_not_be_read_are_not_taken_for_others() {
        let fake = Fake::logged_in(&[br#"{"TicketID":["66"]}"#, samples::DENIED]);
        let client = Client::new(&fake);
        let found = with(|reader| find(&client, reader, &knowledge(), &draft(), samples::NOW));
        assert!(matches!(found, Err(Error::Forbidden(_))));
    }

    #[test]
    fn a_ticket_that_is_named_beside_an_error_is_there() {
        let torn = br#"{"TicketID":"66","TicketNumber":"2026112310000655","Error":{"ErrorCode":"TicketCreate.Unknown","ErrorMessage":"no article"}}"#;
        let mut bare = made(66, BODY);
        bare["Article"] = Value::Null;
        let fake = Fake::logged_in(&[torn, &tickets(&[bare])]);
        let created = with(|reader| create(&Client::new(&fake), reader, &draft())).unwrap();
        assert_eq!(created.ticket.id, "66");
        let told: Vec<&str> = created
            .deviations
            .iter()
            .map(|d| d.problem.message.as_str())
            .collect();
        assert!(told[0].contains("has no article"), "{told:?}");
        assert!(told[1].contains("reported an error"), "{told:?}");
        assert_eq!(fake.sent().len(), 2, "created once");
    }

    /// As OTRS's source has it. Its marker is not there to be found by.
    #[test]
    fn a_ticket_without_its_article_is_told_and_not_created_again() {
        let fake = Fake::logged_in(&[]);
        fake.answer(500, samples::NO_ARTICLE);
        let error = with(|reader| create(&Client::new(&fake), reader, &draft()));
        assert!(
            matches!(&error, Err(Error::Unsupported(p)) if p.message.contains("created the ticket")),
            "{error:?}"
        );
    }

    #[test]
    fn a_ticket_that_was_never_created_is_not_found() {
        let fake = Fake::logged_in(&[b"{}"]);
        let client = Client::new(&fake);
        let found = with(|reader| find(&client, reader, &knowledge(), &draft(), samples::NOW));
        assert!(found.unwrap().is_none());
    }
}
