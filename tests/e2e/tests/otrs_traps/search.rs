//! How OTRS searches.

use crate::client::{
    body, desk, found, ids, known, parameter, reader, reader_with, sent, when, with,
};
use sgi_host::{Error, Filter};
use sgi_test_desks::otrs::{NewTicket, PERSONNEL};
use sgi_test_desks::{Fault, OtrsDesk, OtrsOptions, When};

pub(crate) fn only_whole_ids_are_found(by: &str) {
    let desk = desk();
    let client = reader(&desk, by);
    // 420 and 142 are others.
    assert_eq!(client.ids("42"), [102, 107, 108]);
    assert_eq!(client.ids("4"), [5, 17, 29, 41, 53, 109]);
    assert_eq!(client.tickets("1002")[0].objects, ["1001", "1002", "42"]);
}

/// The search is for `,42,`, as i-doit's is: a comma must stand on both sides.
pub(crate) fn what_people_type_is_found_between_commas_only(by: &str) {
    let desk = desk();
    let client = reader(&desk, by);
    for (typed, seen) in [
        (",5501,", true),
        (",7,5501,8,", true),
        ("5501", false),
        ("5501,7", false),
        (", 5501 ,", false),
        (",05501,", false),
        (",55010,15501,", false),
        ("CI,5501,;x", true),
    ] {
        desk.set_field(110, "IDoitObjects", typed);
        assert_eq!(client.ids("5501") == [110], seen, "{typed}");
    }
    desk.set_field(110, "IDoitObjects", ",5501, 8 ,x,,0,-1,5501,9");
    let objects = &client.tickets("5501")[0].objects;
    assert_eq!(objects, &["5501", "8", "9"], "each id once");
}

pub(crate) fn a_field_can_hold_one_id(by: &str) {
    let options = [("match", "equals"), ("objects-field", "CMDBObjectID")];
    let desk = desk();
    let client = reader_with(&desk, by, &options);
    assert_eq!(client.check().unwrap().findings, []);
    assert_eq!(client.ids("103"), [5, 20, 35, 50]);
    assert_eq!(client.ids("10"), [0; 0]);
    assert_eq!(client.tickets("103")[0].objects, ["103"]);
}

pub(crate) fn a_field_can_have_another_name(by: &str) {
    let desk = OtrsDesk::start(OtrsOptions {
        objects_field: "CMDBItems".to_owned(),
        ..OtrsOptions::default()
    });
    let client = reader_with(&desk, by, &[("objects-field", "CMDBItems")]);
    assert_eq!(client.ids("42"), [102, 107, 108]);
}

/// No word is said of those that are left out, and 0 means 500, too.
pub(crate) fn five_hundred_are_the_limit_unless_more_are_asked_for(by: &str) {
    let desk = OtrsDesk::start(OtrsOptions {
        extra: vec![("5000".to_owned(), 620)],
        ..OtrsOptions::default()
    });
    let client = reader(&desk, by);
    assert_eq!(client.ids("5000").len(), 620);
    for seen in sent(&desk, "TicketSearch") {
        let limit: u64 = parameter(&seen, "Limit").unwrap().parse().unwrap();
        assert!(limit > 0);
    }
}

pub(crate) fn a_full_answer_is_asked_for_again_with_a_higher_limit() {
    let desk = desk();
    let client = known(&desk, "rest");
    let ids: Vec<u64> = (1..=10_000).collect();
    let full = Fault::Body(found(&ids));
    desk.add_fault(When::Once(Box::new(when("rest", "TicketSearch"))), full);
    assert_eq!(client.ids("42"), [102, 107, 108]);
    let searches = sent(&desk, "TicketSearch");
    let limits: Vec<_> = searches
        .iter()
        .map(|seen| parameter(seen, "Limit"))
        .collect();
    assert_eq!(
        limits,
        [Some("10000".to_owned()), Some("100000".to_owned())]
    );
}

/// The newest come first, ties in any order, and there is no offset: pages are made of ids.
pub(crate) fn there_are_no_pages_and_no_order_that_lasts(by: &str) {
    let desk = desk();
    let client = known(&desk, by);
    let first = client.ids("7777");
    assert_eq!(first.len(), 130);
    assert!(first.is_sorted_by(|a, b| a < b), "{first:?}");
    assert_eq!(client.ids("7777"), first);
    for seen in sent(&desk, "TicketSearch") {
        for name in ["Offset", "StartHit", "Start", "Page"] {
            assert_eq!(parameter(&seen, name), None, "OTRS ignores it");
        }
    }
}

pub(crate) fn open_and_closed_are_asked_for_by_the_types_of_states(by: &str) {
    let desk = desk();
    desk.set_state(103, "removed");
    desk.merge(105, 101);
    let client = known(&desk, by);
    let of = |filter| ids(&client.ask("1001", filter).unwrap());
    assert_eq!(of(Filter::Open), [102, 104], "new and waiting ones, too");
    assert_eq!(
        of(Filter::Closed),
        [101, 103, 105],
        "removed and merged ones, too"
    );
    // "Open" and "Closed" are groups in OTRS's documentation, and names of types to its web service.
    let asked: Vec<_> = sent(&desk, "TicketSearch")
        .iter()
        .map(|seen| parameter(seen, "StateType").unwrap())
        .collect();
    let expected = [
        "new,open,pending reminder,pending auto",
        "closed,removed,merged",
    ];
    assert_eq!(asked, expected);
}

/// What OTRS cannot make sense of finds nothing, as if there was nothing: a date that is none, an unknown
/// queue, operator or order, a limit that is no number.
pub(crate) fn a_search_holds_nothing_that_finds_nothing_silently(by: &str) {
    let desk = desk();
    let client = known(&desk, by);
    for filter in [Filter::All, Filter::Open, Filter::Closed] {
        client.ask("1001", filter).unwrap();
    }
    for seen in sent(&desk, "TicketSearch") {
        let text = body(&seen);
        assert!(parameter(&seen, "Limit").unwrap().parse::<u64>().is_ok());
        for word in ["Date", "Minutes", "Queue", "SortBy", "OrderBy", "Equals"] {
            assert!(!text.contains(word), "{text}");
        }
        assert!(text.contains("*,1001,*") && text.contains("Like"), "{text}");
    }
}

pub(crate) fn a_tenant_narrows_the_search(by: &str) {
    let desk = desk();
    let of = |tenant| reader_with(&desk, by, &[("tenant", tenant)]).ids("11");
    assert_eq!(of("1"), [9, 16, 30, 37, 51, 58]);
    assert_eq!(of("2"), [0; 0]);
    assert_eq!(of(" "), of("1"), "an empty option is none");
    let client = reader_with(&desk, by, &[("tenant", "1")]);
    assert_eq!(client.check().unwrap().findings, []);
    let fields = &client.tickets("11")[0].fields;
    assert!(fields.iter().all(|field| field.name != "IDoitMandator"));
}

pub(crate) fn a_value_cannot_break_out_of_json_or_xml(by: &str) {
    let desk = desk();
    for tenant in [
        "*",
        "%",
        "1\"},\"Limit\":\"1",
        "\"}}",
        "1</Equals><Like>*</Like><Equals>1",
        "</Equals></DynamicField_IDoitMandator>",
        "<![CDATA[1]]>",
        "&#49;",
        "]]>",
        "\\u0031",
    ] {
        let client = reader_with(&desk, by, &[("tenant", tenant)]);
        assert_eq!(client.ids("11"), [0; 0], "{tenant}");
        desk.set_field(110, "IDoitMandator", tenant);
        assert_eq!(client.ids("420"), [110], "{tenant}");
    }
}

pub(crate) fn what_is_in_a_hidden_queue_is_not_found(by: &str) {
    let desk = desk();
    assert_eq!(reader(&desk, by).ids("1001"), [101, 102, 103, 104, 105]);
    let personnel = with(&desk, PERSONNEL, &[("transport", by)]);
    assert_eq!(personnel.ids("1001"), [106]);
    let client = reader(&desk, by);
    desk.move_ticket(110, "HR");
    assert_eq!(client.ids("420"), [0; 0]);
}

pub(crate) fn an_object_id_that_the_field_cannot_hold_is_refused_before_anything_is_sent() {
    let desk = desk();
    let client = reader(&desk, "rest");
    let long = "9".repeat(256);
    for id in [
        "",
        "0",
        "042",
        "-1",
        "+1",
        " 42",
        "42 ",
        "4,2",
        ",42,",
        "42\n",
        "*",
        "%",
        "4*",
        "4_",
        "1e3",
        "٤٢",
        "４２",
        "srv-db-01",
        "4 || 5",
        &long,
    ] {
        let refused = client.refusal(id);
        assert!(
            matches!(refused, Error::InvalidInput(_)),
            "{id:?}: {refused}"
        );
        assert!(refused.to_string().contains("digits only"), "{refused}");
    }
    for id in ["", "0", "-1", "2x", "2,3", "1/2", "2026112310000011x"] {
        let refused = client.ticket(id).unwrap_err();
        assert!(
            matches!(refused, Error::InvalidInput(_)),
            "{id:?}: {refused}"
        );
    }
    assert!(desk.requests().is_empty(), "{:?}", desk.requests());
    desk.add_ticket(NewTicket::of("18446744073709551615"));
    assert_eq!(client.ids("18446744073709551615").len(), 1);
}
