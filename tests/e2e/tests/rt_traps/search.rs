//! How RT searches.

use crate::answers::searched;
use crate::client::{ids, reader, with};
use sgi_host::{Error, Filter, StatusClass};
use sgi_test_desks::rt::{NewTicket, READER};
use sgi_test_desks::{Fault, RtDesk, RtOptions, When};

pub(crate) fn only_whole_values_are_found(url: &str) {
    let reader = reader(url);
    // Others reference 4, 142, 420, " 42 ", 0042, and several ids in one value.
    assert_eq!(reader.ids("42"), [2, 3]);
    assert_eq!(reader.ids("4"), [6]);
    assert_eq!(
        reader.ids("1001"),
        [1, 2, 11, 36],
        "also in a disabled queue"
    );
    let objects = &reader.tickets("42")[0].objects;
    assert_eq!(objects, &["1001", "1002", "42"], "one value each");
}

pub(crate) fn a_page_holds_a_hundred_at_most(url: &str) {
    let found = reader(url).ids("7777");
    assert_eq!(found.len(), 130);
    assert!(found.is_sorted(), "{found:?}");
}

pub(crate) fn a_full_last_page_is_the_last() {
    let extra = vec![("9001".to_owned(), 100), ("9002".to_owned(), 200)];
    let desk = RtDesk::start(RtOptions {
        extra,
        ..RtOptions::default()
    });
    let reader = reader(&desk.url());
    reader.check().unwrap();
    for (object, tickets, requests) in [("9001", 100, 1), ("9002", 200, 2)] {
        desk.clear();
        assert_eq!(reader.ids(object).len(), tickets);
        assert_eq!(desk.requests().len(), requests);
    }
}

pub(crate) fn a_tenant_narrows_the_search(url: &str) {
    let of = |tenant| with(url, READER, &[("tenant", tenant)]).ids("1001");
    assert_eq!(of("1"), [1, 2, 11, 36]);
    assert_eq!(of("2"), [0; 0]);
    assert_eq!(of(" "), [1, 2, 11, 36], "an empty option is none");
    let fields = reader(url).tickets("1001").remove(1).fields;
    assert!(
        fields.iter().all(|field| field.name != "i-doit tenant"),
        "{fields:?}"
    );
}

pub(crate) fn a_value_cannot_break_out_of_its_quotes(url: &str) {
    for tenant in [
        "1' OR id > '0",
        r"1\' OR id > 0 OR Subject = '",
        r"1\",
        "O'Hara",
        "''",
        "%%%",
        "1') OR (id > 0",
    ] {
        let found = with(url, READER, &[("tenant", tenant)]).ids("1001");
        assert_eq!(found, [0; 0], "{tenant}");
    }
    // A field whose values hold all that needs escaping.
    let room = [
        ("tenant-field", "Raum {R&D} \"Süd\" O'Neill"),
        ("tenant", r#"3.14 "Süd" {B} O'Neill \ 100%"#),
    ];
    assert_eq!(with(url, READER, &room).ids("1001"), [2]);
}

pub(crate) fn an_unknown_custom_field_finds_nothing_and_is_found_out_before(url: &str) {
    let wrong = [
        ("objects-field", &[("objects-field", "Objekte")][..]),
        (
            "tenant-field",
            &[("tenant-field", "Mandant"), ("tenant", "1")],
        ),
    ];
    for (key, options) in wrong {
        let client = with(url, READER, options);
        let refused = client.refusal("1001");
        assert!(matches!(&refused, Error::InvalidSetting { key: named, .. } if named == key));
        let finding = client.finding();
        assert_eq!(finding.key.as_deref(), Some(key));
        assert!(
            finding.message.contains("\"i-doit objects\""),
            "what there is: {finding:?}"
        );
    }
    // Without a tenant its field is not needed.
    assert_eq!(
        with(url, READER, &[("tenant-field", "Mandant")]).ids("4"),
        [6]
    );
}

pub(crate) fn a_field_may_have_any_name(url: &str) {
    let options = [("objects-field", "Raum {R&D} \"Süd\" O'Neill")];
    let client = with(url, READER, &options);
    assert!(client.check().unwrap().usable());
    assert_eq!(client.ids("1001"), [0; 0], "nobody's room");
    let of_field = client.ticket("2").unwrap();
    let names: Vec<&str> = of_field
        .fields
        .iter()
        .map(|field| field.name.as_str())
        .collect();
    let room = "Raum {R&D} \"Süd\" O'Neill";
    assert_eq!(
        names,
        ["i-doit objects", room, "Wartungsbeginn", "Garantie bis"],
        "its value is no object's id"
    );
}

/// The queue that it went to does not have the field, or the account may not see it there: RT
/// finds the ticket by its value and does not show the value.
pub(crate) fn a_ticket_that_was_moved_keeps_a_value_that_it_does_not_show() {
    for hidden in [r#""""#, r#"[{"id":"4","name":"Ort","values":["Köln"]}]"#] {
        let desk = searched(&format!(
            r#"{{"id":"6","Status":"new","CustomFields":{hidden}}},
               {{"id":"7","Status":"new","CustomFields":[{{"id":"2","name":"x","values":["4"]}}]}}"#
        ));
        let tickets = reader(&desk.url()).tickets("4");
        assert_eq!(ids(&tickets), [6, 7]);
        for ticket in tickets {
            assert_eq!(ticket.objects, ["4"]);
        }
    }
}

pub(crate) fn an_answer_to_another_question_is_not_believed() {
    for values in ["", r#""42""#, r#""4, 5""#, r#""04""#] {
        let desk = searched(&format!(
            r#"{{"id":"6","Status":"new","CustomFields":[{{"id":"2","name":"x","values":[{values}]}}]}}"#
        ));
        let refused = reader(&desk.url()).refusal("4");
        assert!(matches!(refused, Error::Protocol(_)), "{refused}");
        assert!(refused.to_string().contains("ticket 6"), "{refused}");
    }
}

pub(crate) fn active_and_inactive_are_rts_own_words(url: &str) {
    let reader = reader(url);
    let open = reader.ask("2001", Filter::Open).unwrap();
    assert_eq!(ids(&open), [20, 21, 22, 26]);
    let closed = reader.ask("2001", Filter::Closed).unwrap();
    assert_eq!(ids(&closed), [23, 24]);
    let classes: Vec<_> = open
        .iter()
        .chain(&closed)
        .map(|ticket| ticket.status_class)
        .collect();
    let (new, open, pending) = (StatusClass::New, StatusClass::Open, StatusClass::Pending);
    assert_eq!(
        classes,
        [
            new,
            open,
            pending,
            open,
            StatusClass::Resolved,
            StatusClass::Rejected
        ]
    );
}

pub(crate) fn a_syntax_error_shows_no_paths_of_the_server() {
    let desk = RtDesk::start(RtOptions::default());
    let refusal = r#"{"message":"Unknown field: x at /usr/share/request-tracker5/lib/RT/Tickets.pm line 3187.\n"}"#;
    let searches = When::Target("/REST/2.0/tickets?".to_owned());
    desk.add_fault(searches, Fault::status(400, refusal));
    let refused = reader(&desk.url()).refusal("4");
    let shown = format!("{refused} {:?}", refused.detail());
    assert!(
        shown.contains("RT does not understand the search"),
        "{shown}"
    );
    assert!(
        !shown.contains("/usr/share") && !shown.contains("Unknown field"),
        "{shown}"
    );
}

pub(crate) fn an_object_id_that_rt_cannot_hold_is_refused_before_anything_is_sent() {
    let desk = RtDesk::start(RtOptions::default());
    let reader = reader(&desk.url());
    let long = "9".repeat(256);
    for id in [
        "",
        "0",
        "042",
        "-1",
        "+1",
        " 42",
        "42 ",
        "4 2",
        "42\n",
        "1e3",
        "0x2A",
        "٤٢",
        "４２",
        "%%%",
        "srv-db-01",
        "4' OR id > '0",
        "4\\",
        "123456789012345678901",
        &long,
    ] {
        let refused = reader.refusal(id);
        assert!(
            matches!(refused, Error::InvalidInput(_)),
            "{id:?}: {refused}"
        );
        assert!(
            refused.to_string().contains("digits only, at most 20"),
            "{refused}"
        );
    }
    for id in ["", "0", "-1", "2x", "1/history", "99999999999999999999"] {
        let refused = reader.ticket(id).unwrap_err();
        assert!(
            matches!(refused, Error::InvalidInput(_)),
            "{id:?}: {refused}"
        );
    }
    assert!(desk.requests().is_empty(), "{:?}", desk.requests());
    desk.add_ticket(NewTicket::of("18446744073709551615"));
    assert_eq!(
        reader.ids("18446744073709551615").len(),
        1,
        "all that fits into 64 bits"
    );
}
