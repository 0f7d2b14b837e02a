//! What RT writes, and what it means.

use crate::client::{ids, reader};
use sgi_host::{Error, Filter, StatusClass};
use sgi_test_desks::rt::NewTicket;
use sgi_test_desks::{Fault, RtDesk, RtOptions, When};

pub(crate) fn an_id_is_text_in_lists_and_a_number_in_records(url: &str) {
    let reader = reader(url);
    let listed = &reader.tickets("4")[0];
    let single = reader.ticket("6").unwrap();
    assert_eq!((listed.id.as_str(), single.id.as_str()), ("6", "6"));
    assert_eq!(listed.number, listed.id);
    assert_eq!(
        listed.priority.as_deref(),
        Some("0"),
        "a number that comes as text"
    );
}

pub(crate) fn a_page_without_tickets_counts_its_pages_in_fractions(url: &str) {
    assert!(reader(url).tickets("999999").is_empty());
}

pub(crate) fn a_date_that_is_not_set_is_1970(url: &str) {
    let ticket = &reader(url).tickets("4")[0];
    assert_eq!(
        (ticket.starts, ticket.due, ticket.resolved),
        (None, None, None)
    );
    assert!(ticket.created.is_some());
}

/// The server's zone is Europe/Berlin.
pub(crate) fn dates_are_utc_whatever_the_server_thinks(url: &str) {
    let ticket = &reader(url).tickets("1001")[0];
    let dates = [ticket.created, ticket.due, ticket.resolved].map(|date| date.unwrap().to_string());
    assert_eq!(
        dates,
        [
            "2024-01-08T08:00:00Z",
            "2024-01-10T12:00:00Z",
            "2024-01-08T10:30:00Z"
        ]
    );
}

pub(crate) fn nobody_is_a_user(url: &str) {
    let reader = reader(url);
    assert_eq!(reader.tickets("4")[0].owner, None);
    assert_eq!(reader.ticket("6").unwrap().owner, None);
}

pub(crate) fn requestors_are_a_list(url: &str) {
    let reader = reader(url);
    let requestors = |id| {
        let all = reader
            .tickets("1003")
            .into_iter()
            .chain(reader.tickets("1001"));
        let found = all.into_iter().find(|ticket| ticket.id == id);
        found.unwrap().requestors
    };
    assert!(requestors("15").is_empty());
    let mut two = requestors("11");
    two.sort();
    let erika = "Erika Mustermann <erika@kunde.example>";
    assert_eq!(
        two,
        ["Björn Östlund <bjoern.oestlund@kunde.example>", erika]
    );
}

/// A record does, while a list can be told to name them in full: one ticket is asked for as a list.
pub(crate) fn a_record_names_people_by_their_login_only(url: &str) {
    let reader = reader(url);
    let (listed, single) = (&reader.tickets("42")[0], reader.ticket("2").unwrap());
    assert_eq!(listed.owner.as_deref(), Some("田中 さくら"));
    assert_eq!(
        listed.requestors,
        ["Erika Mustermann <erika@kunde.example>"]
    );
    assert_eq!(&single, listed, "the same ticket, however it was asked for");
    // What a search does not find is had as a record only.
    let deleted = reader.ticket("25").unwrap();
    assert_eq!(deleted.requestors, ["erika@kunde.example"]);
    let merged = reader.ticket("30").unwrap().requestors;
    assert!(merged.iter().all(|who| who.contains(" <")), "{merged:?}");
}

pub(crate) fn custom_fields_change_their_order(url: &str) {
    let reader = reader(url);
    let first = reader.ticket("2").unwrap().fields;
    let names: Vec<&str> = first.iter().map(|field| field.name.as_str()).collect();
    let expected = [
        "Raum {R&D} \"Süd\" O'Neill",
        "Wartungsbeginn",
        "Garantie bis",
    ];
    assert_eq!(
        names, expected,
        "in the order of their ids, and without the tenant's"
    );
    for _ in 0..4 {
        assert_eq!(reader.ticket("2").unwrap().fields, first);
    }
}

/// A desk with one answer of our own to every search, and a check that is sound.
pub(crate) fn searched(items: &str) -> RtDesk {
    let desk = RtDesk::start(RtOptions::default());
    let count = items.matches("\"Status\"").count();
    let body = format!(
        r#"{{"count":{count},"page":1,"per_page":100,"pages":1,"total":{count},"items":[{items}]}}"#
    );
    let searches = When::Target("/REST/2.0/tickets?".to_owned());
    desk.add_fault(searches, Fault::Body(body.into_bytes()));
    desk
}

/// One that says how many tickets there are and brings none, or stops in the middle.
pub(crate) fn a_list_that_lacks_tickets_is_not_taken_for_the_whole() {
    let none = r#"{"count":0,"page":1,"per_page":100,"pages":1,"total":50,"items":[]}"#;
    for part in ["/REST/2.0/tickets?", "id%20%3E%20"] {
        let desk = RtDesk::start(RtOptions::default());
        let reader = reader(&desk.url());
        reader.check().unwrap();
        let searches = When::TargetContains(part.to_owned());
        desk.add_fault(searches, Fault::Body(none.into()));
        let refused = reader.refusal("7777");
        assert!(matches!(refused, Error::Protocol(_)), "{part}: {refused}");
    }
}

pub(crate) fn an_unknown_or_hidden_field_is_empty_text() {
    let desk = searched(
        r#"{"id":"6","type":"ticket","_url":"","Status":"new","Subject":"","Owner":"",
            "Queue":{"id":"4","type":"queue","_url":"","Name":""},"Requestor":"","Priority":"",
            "Created":"2024-01-09T09:19:00Z","Starts":"","Due":"","Resolved":"",
            "CustomFields":[{"id":"2","name":"","values":["4"]},{"id":"9","name":"","values":[""]}]}"#,
    );
    let ticket = &reader(&desk.url()).tickets("4")[0];
    assert_eq!(ticket.subject, "");
    assert_eq!(
        ticket.queue.as_deref(),
        Some("4"),
        "its number, where the name is hidden"
    );
    assert_eq!((&ticket.owner, &ticket.priority), (&None, &None));
    assert_eq!(
        (ticket.starts, ticket.due, ticket.updated),
        (None, None, None)
    );
    assert!(ticket.requestors.is_empty() && ticket.fields.is_empty());
}

pub(crate) fn a_file_in_a_custom_field_is_an_object() {
    let desk = searched(
        r#"{"id":"6","Status":"new","CustomFields":[{"id":"2","name":"i-doit objects","values":["4"]},
            {"id":"8","name":"Foto","values":[{"filename":"rack.png","content_type":"image/png",
            "_url":"http://rt/REST/2.0/download/cf/261"}]}]}"#,
    );
    let fields = &reader(&desk.url()).tickets("4")[0].fields;
    assert_eq!(
        (fields[0].name.as_str(), fields[0].values.as_slice()),
        ("Foto", &["rack.png".to_owned()][..])
    );
}

/// Typed by hand, several in one value or a name: RT takes anything.
pub(crate) fn a_value_that_is_no_object_id_is_shown_as_it_is() {
    let desk = searched(
        r#"{"id":"6","Status":"new","CustomFields":[{"id":"2","name":"i-doit objects",
            "values":["4","1001, 1002;1003","srv-db-01","0042","4"]}]}"#,
    );
    let ticket = &reader(&desk.url()).tickets("4")[0];
    assert_eq!(ticket.objects, ["4"]);
    let [odd] = ticket.fields.as_slice() else {
        panic!("{ticket:?}")
    };
    assert_eq!(odd.name, "i-doit objects");
    assert_eq!(odd.values, ["1001, 1002;1003", "srv-db-01", "0042"]);
}

pub(crate) fn the_addresses_that_rt_writes_lead_nowhere() {
    let desk = RtDesk::start(RtOptions {
        own_address: "http://192.0.2.1".to_owned(),
        ..RtOptions::default()
    });
    let tickets = reader(&desk.url()).tickets("7777");
    assert_eq!(tickets.len(), 130, "over several pages");
    for ticket in tickets {
        assert!(ticket.url.starts_with(&desk.url()), "{}", ticket.url);
    }
}

pub(crate) fn a_missing_ticket_is_told_from_a_forbidden_one(url: &str) {
    let reader = reader(url);
    let missing = reader.ticket("999999").unwrap_err();
    assert!(matches!(missing, Error::NotFound(_)), "{missing}");
    let forbidden = reader.ticket("32").unwrap_err();
    assert!(matches!(forbidden, Error::Forbidden(_)), "{forbidden}");
    assert!(forbidden.to_string().contains("ShowTicket"), "{forbidden}");
}

pub(crate) fn a_deleted_ticket_is_found_by_its_number_only(url: &str) {
    let reader = reader(url);
    assert_eq!(reader.ids("2001"), [20, 21, 22, 23, 24, 26]);
    assert_eq!(
        reader.ticket("25").unwrap().status_class,
        StatusClass::Deleted
    );
}

pub(crate) fn a_merged_ticket_answers_as_its_target(url: &str) {
    let reader = reader(url);
    assert_eq!(reader.ticket("30").unwrap().id, "29");
    assert_eq!(reader.ids("3003"), [27], "its own reference is gone");
}

pub(crate) fn statuses_of_an_own_life_cycle_are_known_to_rt_alone() {
    let desk = RtDesk::start(RtOptions {
        further_active: vec!["beim Lieferanten".to_owned()],
        ..RtOptions::default()
    });
    let add = |status: &str| {
        desk.add_ticket(NewTicket {
            status: status.to_owned(),
            ..NewTicket::of("31337")
        })
    };
    let (active, inactive) = (add("beim Lieferanten"), add("abgenommen"));
    let known = add("resolved");
    let reader = reader(&desk.url());
    let classes = |filter| -> Vec<_> {
        let tickets = reader.ask("31337", filter).unwrap();
        let class = tickets.iter().map(|ticket| ticket.status_class);
        ids(&tickets).into_iter().zip(class).collect()
    };
    let open = [(active, StatusClass::Open)];
    let closed = [
        (inactive, StatusClass::Closed),
        (known, StatusClass::Resolved),
    ];
    assert_eq!(classes(Filter::All), [&open[..], &closed].concat());
    assert_eq!(classes(Filter::Open), open);
    assert_eq!(classes(Filter::Closed), closed);
    for (id, class) in [open[0], closed[0]] {
        let ticket = reader.ticket(&id.to_string()).unwrap();
        assert_eq!(ticket.status_class, class);
    }
}

pub(crate) fn text_is_passed_on_as_it_is(url: &str) {
    let reader = reader(url);
    let subject = |id| reader.ticket(id).unwrap().subject;
    assert_eq!(
        subject("10"),
        "<b>fett</b> <script>alert(1)</script> & \"quotes\" 'single'"
    );
    assert_eq!(subject("13"), "الخادم لا يستجيب");
    assert_eq!(subject("15"), "");
    assert_eq!(
        subject("16"),
        r#"It's a "test" with back\slash and {braces} 100% _x_"#
    );
    let fields = reader.ticket("16").unwrap().fields;
    assert_eq!(
        fields[0].values,
        [r#"O'Hara's "Büro" {R&D} \\srv\share 100%"#]
    );
}
