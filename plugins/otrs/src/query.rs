//! The search for the tickets of an object.

use crate::batch::{BATCH, none_readable};
use crate::client::Client;
use crate::failure::filter_ignored;
use crate::knowledge::Knowledge;
use crate::object::{ObjectId, References};
use crate::reply::RawTicket;
use crate::ticket::{Reader, number};
use serde_json::{Map, Value, json};
use sgi_guest::fail;
use sgi_guest::tickets::{Filter, Page, Query};
use sgi_guest::types::{Error, StatusClass, Ticket};

/// The types of states behind the filters. A search takes their names; "Open" and "Closed", which
/// OTRS's documentation offers, are names of types to its web service, too.
const OPEN: [&str; 4] = ["new", "open", "pending reminder", "pending auto"];
const CLOSED: [&str; 3] = ["closed", "removed", "merged"];

/// What a search says about the object and the tenant.
pub(crate) fn condition(references: &References<'_>, object: ObjectId<'_>) -> Map<String, Value> {
    let mut search = Map::new();
    search.insert(references.objects.parameter(), references.condition(object));
    if let Some((field, tenant)) = references.tenant {
        search.insert(field.parameter(), json!({ "Equals": tenant }));
    }
    search
}

/// One page. OTRS has no pages: each call searches anew, which is cheap, and reads the next ids in
/// ascending order, so that tickets that come or go meanwhile push no other one out of sight.
pub(crate) fn page(
    client: &Client<'_>,
    reader: &Reader<'_>,
    knowledge: &Knowledge,
    object: ObjectId<'_>,
    query: &Query,
) -> Result<Page, Error> {
    if knowledge.needs_index() {
        return match &query.known {
            Some(known) => of_known(client, reader, object, query.filter, known),
            None => Err(fail::needs_index(
                "OTRS's stock REST web service cannot be searched for an object",
            )),
        };
    }
    if !knowledge.filters {
        let (key, message) = filter_ignored(reader.references.objects.as_str(), client.names());
        return Err(fail::invalid_setting(key, message));
    }
    let mark = Mark::read(query.next.as_deref())?;
    let mut search = condition(&reader.references, object);
    match query.filter {
        Filter::All => {}
        Filter::Open => drop(search.insert("StateType".to_owned(), json!(OPEN))),
        Filter::Closed => drop(search.insert("StateType".to_owned(), json!(CLOSED))),
    }
    let find = || {
        let found = client.search(search.clone());
        found.map_err(|failure| client.explain(failure))
    };
    let ids = find()?;
    let from = ids.partition_point(|id| *id <= mark.after);
    let left = ids.get(from..).unwrap_or_default();
    let size = usize::try_from(query.limit)
        .unwrap_or(BATCH)
        .clamp(1, BATCH);
    let now = left.get(..size).unwrap_or(left);
    let read = client.tickets(now, false);
    let read = read.map_err(|failure| client.explain(failure))?;
    let none_yet = mark.none_yet && read.is_empty();
    let last = now.len() == left.len();
    if none_yet && last && !ids.is_empty() {
        // Those that went meanwhile are no longer found.
        let again = find()?;
        let forbidden = again.iter().filter(|id| ids.contains(id)).count();
        if forbidden > 0 {
            return Err(none_readable(forbidden));
        }
    }
    let tickets = referencing(client, reader, knowledge, object, read)?;
    Ok(Page {
        tickets: tickets
            .into_iter()
            .filter(|ticket| holds(query.filter, ticket.status_class))
            .collect(),
        next: now.last().filter(|_| !last).map(|id| {
            let mark = Mark {
                after: *id,
                none_yet,
            };
            mark.write()
        }),
        total: match query.next {
            None => u32::try_from(ids.len()).ok(),
            Some(_) => None,
        },
    })
}

/// Those of the tickets that reference the object now. The others did once, or are gone, or out of sight.
fn of_known(
    client: &Client<'_>,
    reader: &Reader<'_>,
    object: ObjectId<'_>,
    filter: Filter,
    known: &[String],
) -> Result<Page, Error> {
    let mut ids = known
        .iter()
        .map(|id| number(id))
        .collect::<Result<Vec<_>, _>>()?;
    ids.sort_unstable();
    ids.dedup();
    let read = client.tickets(&ids, false);
    let read = read.map_err(|failure| client.explain(failure))?;
    let field = reader.references.objects.as_str();
    let references = |raw: &RawTicket| {
        let values = raw.values(field).unwrap_or_default();
        reader.references.hold(&values, object)
    };
    Ok(Page {
        tickets: read
            .into_iter()
            .filter(references)
            .map(|raw| reader.ticket(raw))
            .filter(|ticket| holds(filter, ticket.status_class))
            .collect(),
        next: None,
        total: None,
    })
}

/// Where a page begins.
struct Mark {
    /// After this id.
    after: u64,
    /// Of the tickets before, none could be read: if so to the end, that is no empty list.
    none_yet: bool,
}

impl Mark {
    const NONE_YET: &str = "unread-";

    fn write(&self) -> String {
        let none_yet = if self.none_yet { Self::NONE_YET } else { "" };
        format!("{none_yet}{}", self.after)
    }

    fn read(next: Option<&str>) -> Result<Self, Error> {
        let Some(next) = next else {
            return Ok(Self {
                after: 0,
                none_yet: true,
            });
        };
        let stripped = next.strip_prefix(Self::NONE_YET);
        let after = stripped.unwrap_or(next).parse();
        Ok(Self {
            after: after.map_err(|_| {
                fail::invalid_input("this is not a page that OTRS's connector named")
            })?,
            none_yet: stripped.is_some(),
        })
    }
}

/// The tickets, each of which must show that it references the object: a search that OTRS ignored
/// would bring everybody's.
fn referencing(
    client: &Client<'_>,
    reader: &Reader<'_>,
    knowledge: &Knowledge,
    object: ObjectId<'_>,
    read: Vec<RawTicket>,
) -> Result<Vec<Ticket>, Error> {
    let field = reader.references.objects.as_str();
    let mut tickets = Vec::with_capacity(read.len());
    for raw in read {
        let values = raw.values(field).unwrap_or_default();
        if !reader.references.hold(&values, object) {
            return Err(knowledge.contradicted(
                client.now(),
                fail::protocol(format!(
                    "OTRS brought ticket {}, which does not reference object {} in the dynamic field \
                     {field:?}, in the answer to a search for it",
                    raw.id.0,
                    object.as_str()
                )),
            ));
        }
        tickets.push(reader.ticket(raw));
    }
    Ok(tickets)
}

/// The contract's filter.
fn holds(filter: Filter, class: StatusClass) -> bool {
    use StatusClass::{New, Open, Pending, Unknown};
    let open = matches!(class, New | Open | Pending);
    match filter {
        Filter::All => true,
        Filter::Open => open || class == Unknown,
        Filter::Closed => !open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::{Operation, Transport};
    use crate::clock::Clock;
    use crate::samples::{self, Fake, ticket, tickets};

    fn knowledge(filters: bool, at: i64) -> Knowledge {
        Knowledge {
            at,
            transport: Transport::Rest,
            filters,
            offset: None,
            history: true,
            polls: true,
        }
    }

    fn ask(
        fake: &Fake,
        knowledge: &Knowledge,
        filter: Filter,
        next: Option<&str>,
        limit: u32,
    ) -> Result<Page, Error> {
        let settings = samples::settings(&[]);
        let reader = Reader {
            settings: &settings,
            references: References::new(&settings).unwrap(),
            clock: Clock::new(&settings, None, 0).unwrap(),
        };
        let query = Query {
            object: samples::cmdb_object("1"),
            filter,
            known: None,
            next: next.map(str::to_owned),
            limit,
        };
        let object = ObjectId::parse("1").unwrap();
        page(&Client::new(fake), &reader, knowledge, object, &query)
    }

    fn ids(page: &Page) -> Vec<&str> {
        page.tickets
            .iter()
            .map(|ticket| ticket.id.as_str())
            .collect()
    }

    #[test]
    fn pages_go_by_ascending_ids_and_end() {
        let found = br#"{"TicketID":["59","56","3"]}"#;
        let first = tickets(&[ticket(3, "open", ",1,"), ticket(56, "new", ",7,1,")]);
        let fake = Fake::logged_in(&[found, &first]);
        let page = ask(&fake, &knowledge(true, 0), Filter::All, None, 2).unwrap();
        assert_eq!(ids(&page), ["3", "56"]);
        assert_eq!((page.next.as_deref(), page.total), (Some("56"), Some(3)));
        let sent = fake.sent();
        assert_eq!(sent[0].0, Operation::TicketSearch);
        assert_eq!(sent[0].1["DynamicField_IDoitObjects"]["Like"], "*,1,*");
        assert_eq!(sent[0].1["Limit"], 10_000);
        assert_eq!(sent[1].1["TicketID"], json!([3, 56]));

        let last = tickets(&[ticket(59, "closed", ",1,")]);
        let fake = Fake::logged_in(&[found, &last]);
        let page = ask(&fake, &knowledge(true, 0), Filter::All, Some("56"), 2).unwrap();
        assert_eq!(ids(&page), ["59"]);
        assert_eq!((page.next, page.total), (None, None));
    }

    #[test]
    fn nothing_found_is_an_empty_page_after_one_request() {
        let fake = Fake::logged_in(&[b"{}"]);
        let page = ask(&fake, &knowledge(true, 0), Filter::All, None, 50).unwrap();
        assert!(page.tickets.is_empty() && page.next.is_none());
        assert_eq!(page.total, Some(0));
        assert_eq!(fake.sent().len(), 1);
    }

    #[test]
    fn a_search_that_otrs_ignores_is_not_even_sent() {
        let fake = Fake::logged_in(&[]);
        let error = ask(&fake, &knowledge(false, 0), Filter::All, None, 50).err();
        assert!(matches!(error, Some(Error::InvalidSetting(_))));
        assert!(fake.sent().is_empty());
    }

    #[test]
    fn a_foreign_ticket_is_never_shown() {
        let found = br#"{"TicketID":["3","4"]}"#;
        for foreign in [ticket(4, "open", ",11,"), ticket(4, "open", "")] {
            let read = tickets(&[ticket(3, "open", ",1,"), foreign]);
            let fake = Fake::logged_in(&[found, &read]);
            let error = ask(
                &fake,
                &knowledge(true, samples::NOW - 3_600_000),
                Filter::All,
                None,
                50,
            );
            assert!(matches!(error, Err(Error::StaleKnowledge(_))));
            let fake = Fake::logged_in(&[found, &read]);
            let error = ask(
                &fake,
                &knowledge(true, samples::NOW - 1000),
                Filter::All,
                None,
                50,
            );
            assert!(matches!(error, Err(Error::Protocol(_))));
        }
    }

    #[test]
    fn open_and_closed_go_by_the_types_of_states() {
        let found = br#"{"TicketID":["1","2","3","4"]}"#;
        let read = tickets(&[
            ticket(1, "pending auto", ",1,"),
            ticket(2, "merged", ",1,"),
            ticket(3, "own", ",1,"),
            ticket(4, "removed", ",1,"),
        ]);
        for (filter, types, expected) in [
            (Filter::Open, json!(OPEN), vec!["1", "3"]),
            (Filter::Closed, json!(CLOSED), vec!["2", "3", "4"]),
        ] {
            let fake = Fake::logged_in(&[found, &read]);
            let page = ask(&fake, &knowledge(true, 0), filter, None, 50).unwrap();
            assert_eq!(ids(&page), expected);
            assert_eq!(fake.sent()[0].1["StateType"], types);
        }
    }

    #[test]
    fn a_ticket_that_went_meanwhile_is_left_out() {
        let found = br#"{"TicketID":["3","4"]}"#;
        let third = tickets(&[ticket(3, "open", ",1,")]);
        let fake = Fake::logged_in(&[found, samples::DENIED, &third, samples::DENIED]);
        let page = ask(&fake, &knowledge(true, 0), Filter::All, None, 50).unwrap();
        assert_eq!(ids(&page), ["3"]);
    }

    /// OTRS lets them be found, and refuses to show any.
    #[test]
    fn tickets_of_which_none_may_be_read_are_no_empty_list() {
        let found = br#"{"TicketID":["3","4"]}"#;
        let denied = [samples::DENIED; 3];
        let fake = Fake::logged_in(&[&[&found[..]], &denied[..], &[&found[..]]].concat());
        let error = ask(&fake, &knowledge(true, 0), Filter::All, None, 50).err();
        assert!(
            matches!(&error, Some(Error::Forbidden(p)) if p.message.contains("2 tickets")),
            "{error:?}"
        );
        // On several pages it is known with the last.
        let fake = Fake::logged_in(&[found, samples::DENIED]);
        let page = ask(&fake, &knowledge(true, 0), Filter::All, None, 1).unwrap();
        let next = page.next.unwrap();
        let fake = Fake::logged_in(&[found, samples::DENIED, found]);
        let error = ask(&fake, &knowledge(true, 0), Filter::All, Some(&next), 1).err();
        assert!(matches!(error, Some(Error::Forbidden(_))), "{error:?}");
        // After a page with a ticket it is the last page, without any.
        let fake = Fake::logged_in(&[found, samples::DENIED]);
        let page = ask(&fake, &knowledge(true, 0), Filter::All, Some("3"), 1).unwrap();
        assert!(page.tickets.is_empty() && page.next.is_none());
        // All went between the two requests.
        let fake = Fake::logged_in(&[
            found,
            samples::DENIED,
            samples::DENIED,
            samples::DENIED,
            b"{}",
        ]);
        let page = ask(&fake, &knowledge(true, 0), Filter::All, None, 50).unwrap();
        assert!(page.tickets.is_empty());
    }

    #[test]
    fn a_full_answer_is_asked_for_again_with_a_higher_limit() {
        let many: Vec<String> = (1..=10_000).map(|id| format!("\"{id}\"")).collect();
        let full = format!("{{\"TicketID\":[{}]}}", many.join(","));
        let read = tickets(&[ticket(1, "open", ",1,")]);
        let fake = Fake::logged_in(&[full.as_bytes(), full.as_bytes(), &read]);
        let page = ask(&fake, &knowledge(true, 0), Filter::All, None, 1).unwrap();
        assert_eq!(page.total, Some(10_000));
        assert_eq!(fake.sent()[1].1["Limit"], 100_000);
    }

    #[test]
    fn a_foreign_mark_is_refused() {
        let fake = Fake::logged_in(&[]);
        let error = ask(&fake, &knowledge(true, 0), Filter::All, Some("x"), 1).err();
        assert!(matches!(error, Some(Error::InvalidInput(_))));
    }
}
