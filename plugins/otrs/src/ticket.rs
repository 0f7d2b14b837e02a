//! OTRS's tickets as the contract has them.

use crate::client::Client;
use crate::clock::Clock;
use crate::failure::Failure;
use crate::json::{Int, Text};
use crate::links;
use crate::object::{References, objects_in};
use crate::reply::RawTicket;
use sgi_guest::types::{Error, Field, Instant, StatusClass, Ticket};
use sgi_guest::{Settings, fail, text};

/// OTRS's own user, which owns what nobody has taken.
pub(crate) const NOBODY: &str = "root@localhost";
/// The type that stands for none.
pub(crate) const NO_TYPE: &str = "Unclassified";
/// How many merges are followed: tickets can be merged in a circle.
const MERGES: usize = 8;

/// What turns tickets as OTRS sends them into those of the contract.
pub(crate) struct Reader<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) references: References<'a>,
    pub(crate) clock: Clock,
}

impl Reader<'_> {
    pub(crate) fn ticket(&self, raw: RawTicket) -> Ticket {
        let name = self.references.objects.as_str();
        let objects = objects_in(&raw.values(name).unwrap_or_default());
        let fields = self.fields(&raw);
        let status_class = status_class(raw.state_type.as_str());
        let created = raw.created.as_str().unwrap_or_default();
        let changed = raw.changed.as_str().unwrap_or_default();
        let until =
            Some(raw.real_till_time_not_used).filter(|_| status_class == StatusClass::Pending);
        let id = raw.id.0.to_string();
        Ticket {
            url: links::show(self.settings, raw.id.0),
            number: raw
                .ticket_number
                .into_string()
                .unwrap_or_else(|| id.clone()),
            id,
            subject: raw.title.into_string().unwrap_or_default(),
            status: raw.state.into_string().unwrap_or_default(),
            status_class,
            class: raw.class.into_string().filter(|class| class != NO_TYPE),
            queue: raw.queue.into_string(),
            priority: raw.priority.into_string(),
            owner: raw.owner.into_string().filter(|owner| owner != NOBODY),
            requestors: raw.customer_user.into_string().into_iter().collect(),
            created: self.clock.created(created, raw.age.0),
            updated: self.clock.changed(changed, created, raw.age.0),
            starts: None,
            // When it must be solved; else, for one that waits, until when.
            due: epoch(raw.escalation_solution_time).or_else(|| epoch(until?)),
            resolved: None,
            objects,
            fields,
        }
    }

    /// What the contract has no place for: OTRS's own attributes, then the dynamic fields.
    fn fields(&self, raw: &RawTicket) -> Vec<Field> {
        let mut fields: Vec<Field> = Vec::new();
        let mut add = |name: &str, values: Vec<String>| {
            if !values.is_empty() && fields.iter().all(|known| known.name != name) {
                fields.push(Field {
                    name: name.to_owned(),
                    values,
                });
            }
        };
        let one = |text: &Text| text.as_str().map(str::to_owned).into_iter().collect();
        add("Lock", one(&raw.lock));
        if raw.responsible.as_str() != Some(NOBODY) {
            add("Responsible", one(&raw.responsible));
        }
        add("Customer", one(&raw.customer));
        add("Service", one(&raw.service));
        add("SLA", one(&raw.sla));
        let tenant = self.references.tenant.map(|(field, _)| field.as_str());
        for field in &raw.fields.0 {
            let Some(name) = field.name.as_str() else {
                continue;
            };
            if name != self.references.objects.as_str() && Some(name) != tenant {
                add(name, field.values().map(str::to_owned).collect());
            }
        }
        fields
    }
}

/// Seconds since 1970; 0 is none.
fn epoch(seconds: Int) -> Option<Instant> {
    seconds.0.filter(|seconds| *seconds > 0)?.checked_mul(1000)
}

/// The types of states are OTRS's own, whatever an administrator calls the states.
pub(crate) fn status_class(state_type: Option<&str>) -> StatusClass {
    match state_type {
        Some("new") => StatusClass::New,
        Some("open") => StatusClass::Open,
        Some("pending reminder" | "pending auto") => StatusClass::Pending,
        Some("closed") => StatusClass::Closed,
        Some("removed") => StatusClass::Deleted,
        Some("merged") => StatusClass::Merged,
        _ => StatusClass::Unknown,
    }
}

/// The number that is a ticket's id.
pub(crate) fn number(id: &str) -> Result<u64, Error> {
    id.parse()
        .ok()
        .filter(|number| *number > 0 && id.bytes().all(|byte| byte.is_ascii_digit()))
        .ok_or_else(|| {
            fail::invalid_input(format!(
                "OTRS's ids of tickets are numbers, and {} is not one",
                text::quote(id)
            ))
        })
}

/// One ticket; one that was merged as the one that it went into, where the account may see that.
pub(crate) fn get(client: &Client<'_>, reader: &Reader<'_>, id: u64) -> Result<Ticket, Error> {
    let explain = |failure: Failure| client.explain(failure);
    let mut seen = vec![id];
    let mut ticket = match client.tickets(&[id], false).map_err(explain)?.pop() {
        Some(raw) => reader.ticket(raw),
        None => {
            return Err(fail::not_found(format!(
                "OTRS has no ticket with the id {id}, or the OTRS account {:?} may not see it",
                client.names().account
            )));
        }
    };
    let mut last = id;
    while ticket.status_class == StatusClass::Merged && seen.len() <= MERGES {
        let Some(next) = client.merged_into(last).map_err(explain)? else {
            break;
        };
        if seen.contains(&next) {
            break;
        }
        let Some(raw) = client.tickets(&[next], false).map_err(explain)?.pop() else {
            break;
        };
        seen.push(next);
        last = next;
        ticket = reader.ticket(raw);
    }
    Ok(ticket)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::Tickets;
    use crate::samples::{self, Fake};
    use proptest::prelude::*;
    use sgi_guest::time::rfc3339;

    fn read(settings: &Settings, body: &[u8], now: &str) -> Ticket {
        let reply: Tickets = serde_json::from_slice(body).unwrap();
        let now = rfc3339(now).unwrap();
        let reader = Reader {
            settings,
            references: References::new(settings).unwrap(),
            clock: Clock::new(settings, None, now).unwrap(),
        };
        reader.ticket(reply.tickets.0.into_iter().next().unwrap())
    }

    fn field<'a>(ticket: &'a Ticket, name: &str) -> Option<&'a [String]> {
        let mut fields = ticket.fields.iter();
        fields.find(|f| f.name == name).map(|f| f.values.as_slice())
    }

    #[test]
    fn a_ticket_is_read_as_recorded() {
        let settings = samples::settings(&[]);
        let ticket = read(&settings, samples::TICKET_2, "2026-11-23T21:13:12Z");
        assert_eq!(ticket.id, "2");
        assert_eq!(ticket.number, "2026112310000011");
        assert_eq!(
            ticket.subject,
            "Drucker im 3. OG druckt nicht – Größe A3 #1"
        );
        assert_eq!(ticket.status, "new");
        assert_eq!(ticket.status_class, StatusClass::New);
        assert_eq!(ticket.class, None);
        assert_eq!(ticket.queue.as_deref(), Some("Service Desk"));
        assert_eq!(ticket.priority.as_deref(), Some("1 very low"));
        assert_eq!(ticket.owner.as_deref(), Some("cmdb"));
        assert_eq!(ticket.requestors, ["kunde1"]);
        assert_eq!(ticket.created, rfc3339("2026-11-23T21:10:20Z"));
        assert_eq!(ticket.updated, rfc3339("2026-11-23T21:10:21Z"));
        assert_eq!(
            (ticket.due, ticket.resolved, ticket.starts),
            (None, None, None)
        );
        assert_eq!(ticket.objects, ["1", "100"]);
        assert_eq!(
            ticket.url,
            "https://desk.example.org/otrs/index.pl?Action=AgentTicketZoom;TicketID=2"
        );
        let names: Vec<&str> = ticket.fields.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "Lock",
                "Responsible",
                "Customer",
                "CMDBMulti",
                "CMDBObjectID"
            ]
        );
        assert_eq!(field(&ticket, "Customer"), Some(&["ACME".to_owned()][..]));
    }

    #[test]
    fn a_pending_ticket_is_due_when_it_comes_back() {
        let settings = samples::settings(&[]);
        let ticket = read(&settings, samples::PENDING_BERLIN, "2026-11-23T21:21:06Z");
        assert_eq!(ticket.status_class, StatusClass::Pending);
        assert_eq!(ticket.created, rfc3339("2026-11-23T21:21:06Z"));
        assert_eq!(ticket.due, Some(1_800_010_800_000));
    }

    #[test]
    fn values_of_every_kind_are_fields() {
        let settings = samples::settings(&[("tenant", "1")]);
        let ticket = read(&settings, samples::FIELD_TYPES, "2026-11-23T21:13:13Z");
        assert_eq!(
            field(&ticket, "CMDBDue"),
            Some(&["2026-12-24 18:00:00".to_owned()][..])
        );
        assert_eq!(field(&ticket, "CMDBFlag"), Some(&["1".to_owned()][..]));
        assert_eq!(field(&ticket, "CMDBMulti"), Some(&["11".to_owned()][..]));
        assert_eq!(field(&ticket, "IDoitMandator"), None);
        assert_eq!(field(&ticket, "Responsible"), None);
        assert_eq!(ticket.owner, None);
    }

    #[test]
    fn every_type_of_state_has_its_class() {
        use StatusClass::{Closed, Deleted, Merged, New, Open, Pending, Unknown};
        for (state_type, class) in [
            ("new", New),
            ("open", Open),
            ("pending reminder", Pending),
            ("pending auto", Pending),
            ("closed", Closed),
            ("removed", Deleted),
            ("merged", Merged),
            ("of our own", Unknown),
        ] {
            assert_eq!(status_class(Some(state_type)), class, "{state_type}");
        }
        assert_eq!(status_class(None), Unknown);
    }

    #[test]
    fn a_merged_ticket_answers_as_the_one_that_it_went_into() {
        let settings = samples::settings(&[]);
        let target = String::from_utf8_lossy(samples::TICKET_2);
        let target = target.replace("\"TicketID\":2", "\"TicketID\":8");
        let fake = Fake::logged_in(&[samples::MERGED, samples::MERGED_HISTORY, target.as_bytes()]);
        let reader = Reader {
            settings: &settings,
            references: References::new(&settings).unwrap(),
            clock: Clock::new(&settings, None, 0).unwrap(),
        };
        let ticket = get(&Client::new(&fake), &reader, 5).unwrap();
        assert_eq!(ticket.id, "8");
        let sent = fake.sent();
        assert_eq!(sent[1].1["TicketID"], 5);
        assert_eq!(sent[2].1["TicketID"], serde_json::json!([8]));
    }

    #[test]
    fn a_merged_ticket_stays_itself_where_its_history_cannot_be_had() {
        let settings = samples::settings(&[]);
        let fake = Fake::logged_in(&[samples::MERGED]);
        fake.answer(500, samples::NO_ROUTE);
        let reader = Reader {
            settings: &settings,
            references: References::new(&settings).unwrap(),
            clock: Clock::new(&settings, None, 0).unwrap(),
        };
        let ticket = get(&Client::new(&fake), &reader, 5).unwrap();
        assert_eq!(
            (ticket.id.as_str(), ticket.status_class),
            ("5", StatusClass::Merged)
        );
    }

    proptest! {
        #[test]
        fn no_altered_answer_makes_it_panic(changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 0..8), zone in any::<bool>()) {
            let mut body = samples::TICKET_2.to_vec();
            for (at, byte) in changes {
                let at = at % body.len();
                body[at] = byte;
            }
            let options: &[(&str, &str)] = if zone { &[("time-zone", "Europe/Berlin")] } else { &[] };
            let settings = samples::settings(options);
            let reader = Reader {
                settings: &settings,
                references: References::new(&settings).unwrap(),
                clock: Clock::new(&settings, None, samples::NOW).unwrap(),
            };
            if let Ok(read) = serde_json::from_slice::<Tickets>(&body) {
                for raw in read.tickets.0 {
                    reader.ticket(raw);
                }
            }
        }
    }

    #[test]
    fn an_id_of_a_ticket_is_a_number() {
        assert_eq!(number("17").ok(), Some(17));
        for id in ["", "0", "+1", "2026112310000011x", "1,2"] {
            assert!(matches!(number(id), Err(Error::InvalidInput(_))), "{id:?}");
        }
    }
}
