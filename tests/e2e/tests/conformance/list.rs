//! The tickets of an object.

use sgi_e2e::Sgi;
use sgi_e2e::client::Client;
use sgi_e2e::desks::{SetUp, start};
use sgi_host::{Filter, StatusClass, Ticket};
use std::collections::BTreeSet;

pub(crate) fn ids(tickets: &[Ticket]) -> BTreeSet<String> {
    let ids: BTreeSet<String> = tickets.iter().map(|ticket| ticket.id.clone()).collect();
    assert_eq!(ids.len(), tickets.len(), "a ticket came twice");
    ids
}

fn is_open(ticket: &Ticket) -> bool {
    use StatusClass::{New, Open, Pending};
    matches!(ticket.status_class, New | Open | Pending)
}

pub(crate) fn exactly_the_tickets_that_reference_the_object_are_listed(kind: &str) {
    let desk = start(kind, &SetUp::default());
    let client = desk.client();
    let tickets = client.tickets("1001");
    assert!(tickets.len() >= 4, "{tickets:#?}");
    let objects = |ticket: &Ticket| -> BTreeSet<String> {
        assert_eq!(
            ticket.objects.len(),
            ticket.objects.iter().collect::<BTreeSet<_>>().len()
        );
        ticket.objects.iter().cloned().collect()
    };
    let three = ["1001", "1002", "42"].map(str::to_owned).into();
    let several = tickets
        .iter()
        .find(|ticket| objects(ticket) == three)
        .expect("a ticket of three objects");
    for ticket in &tickets {
        assert!(ticket.objects.iter().any(|id| id == "1001"), "{ticket:#?}");
        assert!(
            !ticket.number.is_empty() && !ticket.status.is_empty(),
            "{ticket:#?}"
        );
        assert!(
            ticket.created.is_some() && ticket.updated.is_some(),
            "{ticket:#?}"
        );
        assert!(ticket.created <= ticket.updated, "{ticket:#?}");
        assert_ne!(ticket.status_class, StatusClass::Unknown, "{ticket:#?}");
    }
    assert!(ids(&client.tickets("42")).contains(&several.id));
    assert!(ids(&client.tickets("1002")).contains(&several.id));
}

pub(crate) fn an_id_within_another_is_not_that_object(kind: &str) {
    let desk = start(kind, &SetUp::default());
    let client = desk.client();
    let of = |object: &str| ids(&client.tickets(object));
    let all = [of("4"), of("42"), of("420"), of("142")];
    for (place, one) in all.iter().enumerate() {
        assert!(!one.is_empty());
        for other in all.iter().skip(place + 1) {
            assert!(one.is_disjoint(other), "{all:#?}");
        }
    }
}

pub(crate) fn an_object_that_no_ticket_references_has_an_empty_list(kind: &str) {
    let desk = start(kind, &SetUp::default());
    assert_eq!(desk.client().tickets("999999"), []);
}

pub(crate) fn a_hundred_and_thirty_tickets_come_over_pages_each_once(kind: &str) {
    let seeded = ids(&start(kind, &SetUp::default()).client().tickets("7777")).len();
    let extra = vec![("7777".to_owned(), 130)];
    let desk = start(
        kind,
        &SetUp {
            extra,
            ..SetUp::default()
        },
    );
    assert_eq!(ids(&desk.client().tickets("7777")).len(), seeded + 130);
}

/// The desks say how many there are with the first page, which alone is within the limit.
pub(crate) fn more_tickets_than_the_limit_are_refused_at_the_first_page(kind: &str) {
    let extra = vec![("9000".to_owned(), 130)];
    let desk = start(
        kind,
        &SetUp {
            extra,
            ..SetUp::default()
        },
    );
    let open = |tickets: usize| {
        let mut settings = desk.settings();
        settings.limits.tickets = tickets;
        let client = Client::open(settings);
        client.check().unwrap();
        desk.clear();
        client
    };
    let all = open(130).tickets("9000");
    let whole = desk.requests().len();
    assert_eq!(all.len(), 130);
    let refused = open(129).refusal("9000");
    assert!(refused.to_string().contains("more than 129"), "{refused}");
    assert!(desk.requests().len() < whole, "of {whole}");
}

pub(crate) fn open_and_closed_are_all_and_have_nothing_in_common(kind: &str) {
    let desk = start(kind, &SetUp::default());
    let client = desk.client();
    let open = client.ask("1001", Filter::Open).unwrap();
    let closed = client.ask("1001", Filter::Closed).unwrap();
    assert!(open.iter().all(is_open), "{open:#?}");
    assert!(!closed.iter().any(is_open), "{closed:#?}");
    let (open, closed) = (ids(&open), ids(&closed));
    assert!(!open.is_empty() && !closed.is_empty());
    assert!(open.is_disjoint(&closed));
    let all: BTreeSet<String> = open.union(&closed).cloned().collect();
    assert_eq!(all, ids(&client.tickets("1001")));
}

pub(crate) fn a_list_follows_what_happens_in_the_desk(kind: &str) {
    let desk = start(kind, &SetUp::default());
    let client = desk.client();
    let before = ids(&client.tickets("42"));
    let made = desk.add("Printer on fire", &["42"]);
    let now = client.tickets("42");
    let ticket = now.iter().find(|ticket| ticket.id == made).unwrap();
    assert_eq!(ticket.subject, "Printer on fire");
    assert!(is_open(ticket), "{ticket:#?}");
    assert_eq!(now.len(), before.len() + 1);

    desk.rename(&made, "Printer was on fire");
    desk.close(&made);
    let closed = client.ask("42", Filter::Closed).unwrap();
    let ticket = closed.iter().find(|ticket| ticket.id == made).unwrap();
    assert_eq!(ticket.subject, "Printer was on fire");

    desk.refer(&made, "4");
    let ticket = client.ticket(&made).unwrap();
    let objects: BTreeSet<&str> = ticket.objects.iter().map(String::as_str).collect();
    assert_eq!(objects, ["4", "42"].into());
    desk.unrefer(&made, "42");
    assert_eq!(ids(&client.tickets("42")), before);
    assert!(ids(&client.tickets("4")).contains(&made));
}

pub(crate) fn what_is_not_set_is_not_there(kind: &str) {
    let desk = start(kind, &SetUp::default());
    for ticket in desk.client().tickets("1001") {
        let texts = [
            &ticket.class,
            &ticket.queue,
            &ticket.priority,
            &ticket.owner,
        ];
        for text in texts.into_iter().flatten() {
            assert!(!text.trim().is_empty(), "{ticket:#?}");
        }
        let times = [
            ticket.created,
            ticket.updated,
            ticket.starts,
            ticket.due,
            ticket.resolved,
        ];
        for time in times.into_iter().flatten() {
            assert!(time.as_second() > 1_000_000_000, "{ticket:#?}");
        }
        for field in &ticket.fields {
            assert!(
                !field.values.is_empty() && !field.name.is_empty(),
                "{ticket:#?}"
            );
        }
        let names: BTreeSet<&str> = ticket.fields.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names.len(), ticket.fields.len(), "{ticket:#?}");
    }
}

pub(crate) fn text_is_passed_on_as_it_is(kind: &str) {
    let desk = start(kind, &SetUp::default());
    let subject = "<b>Größe</b> & \"Zitat\" 'é' \\ %41 {{x}} ${y} ñandú Ж 中";
    let made = desk.add(subject, &["42"]);
    let tickets = desk.client().tickets("42");
    let ticket = tickets.iter().find(|ticket| ticket.id == made).unwrap();
    assert_eq!(ticket.subject, subject);
}

pub(crate) fn tickets_of_several_objects_come_once_each(kind: &str) {
    let desk = start(kind, &SetUp::default());
    let client = desk.client();
    let mut all = ids(&client.tickets("1001"));
    all.extend(ids(&client.tickets("42")));
    all.extend(ids(&client.tickets("4")));
    let together = client.tickets_of(&["1001", "42", "4", "999999"]).unwrap();
    assert_eq!(ids(&together), all);
}

pub(crate) fn ids_made_to_break_out_find_nothing(kind: &str) {
    let desk = start(kind, &SetUp::default());
    let client = desk.client();
    for id in [
        "4' OR '1'='1",
        "42 OR 1=1",
        "*",
        "%",
        "_",
        "4,42",
        ",42,",
        "042",
        " 42",
        "42 ",
        "42\n",
        "42\\",
        "\\' OR id > 0 -- ",
        "٤٢",
        "-42",
        "4.2",
        "42)",
    ] {
        match client.ask(id, Filter::All) {
            Ok(tickets) => assert_eq!(tickets, [], "{id:?}"),
            Err(error) => assert_eq!(error.code(), "invalid-input", "{id:?}: {error}"),
        }
    }
}

/// Requests that a new process needs for a short list, once the desk was checked.
pub(crate) fn a_process_that_knows_the_desk_asks_little(kind: &str) {
    let desk = start(kind, &SetUp::default());
    let sgi = Sgi::with_config(&desk.toml("desk"));
    assert_eq!(sgi.run(&["tickets", "4", "--json"]).status, 0);
    desk.clear();
    assert_eq!(sgi.run(&["tickets", "4", "--json"]).status, 0);
    let requests = desk.requests();
    // OTRS logs in, searches and reads; iTop finds the configuration item, its tickets, what else
    // these reference, and the states of the classes that there are.
    let most = match kind {
        "rt" => 1,
        "otrs" => 3,
        _ => 4,
    };
    assert!(requests.len() <= most, "{requests:#?}");
}

pub(crate) fn a_desk_is_asked_two_things_at_once_at_most(kind: &str) {
    let desk = start(
        kind,
        &SetUp {
            latency: std::time::Duration::from_millis(5),
            ..SetUp::default()
        },
    );
    let client = desk.client();
    client
        .tickets_of(&["1001", "42", "4", "1002", "420", "142"])
        .unwrap();
    client.ask_at_once("1001", 8);
    assert_eq!(desk.busiest(), 2);
}
