//! How iTop searches.

use crate::client::{
    answer, by_name, desk, here, ids, of_title, operations, queries, reader, titled, with,
};
use sgi_host::{Error, Filter, StatusClass};
use sgi_test_desks::itop::{NewTicket, READER};
use sgi_test_desks::{ITopDesk, ITopOptions, When};

/// Those that were tried on the real iTop.
const HOSTILE: [&str; 13] = [
    "srv-o'brien",
    "Prüfserver \"Größe\" 日本 🖥️",
    "x' OR 1=1 -- ",
    r"x\",
    r"\' OR 1=1 OR name='",
    "srv-db-01' UNION SELECT Server WHERE name != '",
    "a:b :foo",
    "100%",
    "tab\there",
    "new\nline",
    "a\"b",
    "nul\0x",
    "srv0xC1",
];

/// A value that no configuration item has finds nothing, and all of one that has it.
pub(crate) fn a_value_cannot_break_out_of_its_quotes() {
    let (desk, client) = by_name();
    client.check().unwrap();
    for name in HOSTILE {
        let before = ids(&of_title(&client, name).unwrap());
        let known = name.starts_with("srv-o'brien") || name.starts_with('P');
        assert_eq!(!before.is_empty(), known, "{name:?}: {before:?}");
        let made = desk.add_ticket(NewTicket::of(name));
        let after = ids(&of_title(&client, name).unwrap());
        assert_eq!(after, [before.as_slice(), &[made]].concat(), "{name:?}");
    }
}

/// The query as iTop reads it: each quote and each backslash is escaped.
pub(crate) fn a_name_breaks_out_where_only_quotes_are_escaped() {
    let (desk, client) = by_name();
    client.check().unwrap();
    desk.clear();
    assert_eq!(of_title(&client, r"\' OR 1=1 OR name='").unwrap(), []);
    let search = &queries(&desk)[0];
    assert!(
        search.ends_with(r"WHERE c.name = '\\\' OR 1=1 OR name=\''"),
        "{search}"
    );
}

/// iTop takes them for equal, in a list of tickets and in the links of a ticket.
pub(crate) fn case_accents_and_blanks_at_the_end_make_another_object() {
    let (desk, client) = by_name();
    client.check().unwrap();
    let lookalikes = [
        ("srv-web-01", "SRV-WEB-01"),
        ("srv-web-01", "srv-web-01 "),
        ("srv-o'brien", "SRV-O'BRIEN"),
        (
            "Prüfserver \"Größe\" 日本 🖥️",
            "Prufserver \"Grosse\" 日本 🖥️",
        ),
        (
            "Prüfserver \"Größe\" 日本 🖥️",
            "Prüfserver \"Größe\" 日本 🔥️",
        ),
    ];
    for (name, other) in lookalikes {
        assert!(!of_title(&client, name).unwrap().is_empty(), "{name}");
        assert_eq!(of_title(&client, other).unwrap(), [], "{other}");
    }
    // With tickets of both, each has its own.
    let before = ids(&of_title(&client, "srv-web-01").unwrap());
    let of_other = desk.add_ticket(NewTicket::of("SRV-WEB-01"));
    assert_eq!(ids(&of_title(&client, "SRV-WEB-01").unwrap()), [of_other]);
    assert_eq!(ids(&of_title(&client, "srv-web-01").unwrap()), before);
}

pub(crate) fn a_lookalike_gives_no_tickets_to_the_form() {
    let (_desk, client) = by_name();
    for form in client.forms(&titled("SRV-DB-01 ")) {
        assert!(form.note.unwrap().contains("no configuration item"));
        assert!(!form.url.contains("functionalcis_list"), "{}", form.url);
    }
}

pub(crate) fn an_object_id_that_i_doit_cannot_have_is_refused_before_anything_is_sent() {
    let (desk, reader) = here();
    for id in [
        "",
        "0",
        "042",
        "-1",
        "+1",
        " 42",
        "42 ",
        "42\n",
        "1e3",
        "٤٢",
        "４２",
        "%",
        "srv-db-01",
        "4' OR 1=1 -- ",
        r"4\",
        "999999999999999999999",
    ] {
        let refused = reader.refusal(id);
        assert!(
            matches!(refused, Error::InvalidInput(_)),
            "{id:?}: {refused}"
        );
    }
    for id in [
        "",
        "0",
        "-1",
        "+1",
        "1 ",
        "1'",
        "I-000002",
        "99999999999999999999",
    ] {
        let refused = reader.ticket(id).unwrap_err();
        assert!(
            matches!(refused, Error::InvalidInput(_)),
            "{id:?}: {refused}"
        );
    }
    // What looks the desk over is all that is sent.
    assert!(queries(&desk).iter().all(|query| !query.contains("JOIN")));
    assert_eq!(
        reader.ids("18446744073709551615"),
        [0; 0],
        "all that fits into 64 bits"
    );
}

/// The queries take no order and iTop's own is by name: the connector sorts.
pub(crate) fn a_hundred_and_thirty_tickets_come_over_pages_in_order() {
    let (_desk, reader) = here();
    let found = reader.ids("7777");
    assert_eq!(found.len(), 130);
    assert!(found.windows(2).all(|pair| pair[0] < pair[1]), "{found:?}");
}

/// By its id: a page by its number moves with each ticket that comes or goes in the meantime.
pub(crate) fn a_page_begins_after_the_last_ticket() {
    let (desk, reader) = here();
    reader.check().unwrap();
    desk.clear();
    let last = reader.ids("7777")[99];
    let queries = queries(&desk);
    let searches: Vec<&str> = queries
        .iter()
        .filter_map(|query| Some(query.split_once("WHERE c.idoit_id = '7777'")?.1))
        .collect();
    assert_eq!(searches, ["", &format!(" AND t.id > {last}")]);
}

pub(crate) fn what_itop_finds_may_need_pages_of_its_own() {
    let desk = ITopDesk::start(ITopOptions {
        extra: vec![("9000".to_owned(), 1001)],
        ..ITopOptions::default()
    });
    let reader = reader(&desk);
    reader.check().unwrap();
    desk.clear();
    assert_eq!(reader.ids("9000").len(), 1001);
    let pages: Vec<u64> = operations(&desk)
        .iter()
        .take(2)
        .map(|search| search["page"].as_u64().unwrap())
        .collect();
    assert_eq!(pages, [1, 2], "a thousand each");
}

/// `objects` are null there. Where all has come by then, one went while the pages were read.
pub(crate) fn a_page_past_the_end_still_says_how_many_there_are() {
    let desk = ITopDesk::start(ITopOptions {
        extra: vec![("9000".to_owned(), 1001)],
        ..ITopOptions::default()
    });
    let reader = reader(&desk);
    reader.check().unwrap();
    let second = || When::BodyContains("%22page%22%3A2".to_owned());
    let past = |found: u32| {
        answer(&format!(
            r#"{{"code":0,"message":"Found: {found}","objects":null}}"#
        ))
    };
    desk.add_fault(second(), past(1000));
    assert!(reader.ask("9000", Filter::All).is_ok());
    desk.set_fault(None);
    desk.add_fault(second(), past(1001));
    let refused = reader.refusal("9000");
    assert!(matches!(refused, Error::Protocol(_)), "{refused}");
}

/// Asking on would never end, and what came is not what iTop says there is.
pub(crate) fn a_page_without_anything_new_is_a_broken_protocol() {
    let (desk, reader) = here();
    reader.check().unwrap();
    let one = r#"{"Incident::65":{"code":0,"message":"","class":"Incident","key":"65","fields":{"id":"65"}}}"#;
    for (objects, requests) in [("null", 1), (one, 2)] {
        desk.set_fault(None);
        desk.clear();
        let same = format!(r#"{{"code":0,"message":"Found: 62","objects":{objects}}}"#);
        desk.add_fault(When::BodyContains("JOIN".to_owned()), answer(&same));
        let refused = reader.refusal("4");
        assert!(matches!(refused, Error::Protocol(_)), "{refused}");
        assert!(
            refused.to_string().contains("found 62 objects"),
            "{refused}"
        );
        assert_eq!(desk.requests().len(), requests, "{objects}");
    }
}

/// `Found: 2` is all that iTop says of it; without a number what came is counted.
pub(crate) fn the_total_is_itops_word_where_it_is_exact() {
    let (desk, reader) = here();
    reader.check().unwrap();
    for message in [
        "\"Trouvé : 2\"",
        "null",
        "\"\"",
        "\"Found: \"",
        "\"Found: -1\"",
    ] {
        let two = format!(
            r#"{{"code":0,"message":{message},"objects":{{
                "Incident::65":{{"code":0,"message":"","class":"Incident","key":"65","fields":{{"id":"65"}}}},
                "Problem::69":{{"code":0,"message":"","class":"Problem","key":"69","fields":{{"id":"69"}}}}}}}}"#
        );
        desk.set_fault(None);
        desk.add_fault(When::BodyContains("JOIN".to_owned()), answer(&two));
        assert_eq!(reader.ids("4"), [65, 69], "{message}");
    }
}

pub(crate) fn open_and_closed_go_by_the_coarse_status() {
    let desk = desk();
    let reader = with(&desk, READER, &[]);
    let classes = |filter| -> Vec<_> {
        let tickets = reader.ask("1001", filter).unwrap();
        tickets.iter().map(|ticket| ticket.status_class).collect()
    };
    let (open, closed) = (classes(Filter::Open), classes(Filter::Closed));
    assert_eq!((open.len(), closed.len()), (17, 5));
    use StatusClass::{Closed, New, Open, Pending, Resolved};
    assert!(
        open.iter()
            .all(|class| matches!(class, New | Open | Pending))
    );
    assert!(
        closed
            .iter()
            .all(|class| matches!(class, Resolved | Closed))
    );
}
