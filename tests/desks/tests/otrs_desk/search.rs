//! What searches find, and what they take for a search.

use serde_json::{Value, json};
use sgi_test_desks::{OtrsDesk, OtrsOptions};

use crate::client::{desk, error, ids, of, post, stock, stock_body, ticket};

const READER: (&str, &str) = sgi_test_desks::otrs::READER;

fn impossible() -> Value {
    json!({"DynamicField_IDoitObjects": {"Like": "*,99999999,*"},
        "UserLogin": READER.0, "Password": READER.1})
}

#[test]
fn the_stock_web_service_drops_the_filter_and_brings_every_ticket() {
    let desk = desk();
    let flat = [("DynamicField_IDoitObjects", ",99999999,")];
    let all = ids(&stock(&desk, "Ticket", &[])).len();
    assert!(all > 190, "{all}");
    assert_eq!(ids(&stock(&desk, "Ticket", &flat)).len(), all);
    // In the body of a GET not even the password counts.
    assert_eq!(
        error(&stock_body(&desk, "GET", "Ticket", &impossible())),
        "TicketSearch.AuthFail"
    );
}

#[test]
fn a_search_for_what_cannot_be_tells_whether_the_filter_works() {
    assert_eq!(post(&desk(), "TicketSearch", impossible()), json!({}));
    let old = OtrsDesk::start(OtrsOptions {
        get_bodies: true,
        ..OtrsOptions::default()
    });
    assert_eq!(stock_body(&old, "GET", "Ticket", &impossible()), json!({}));
}

#[test]
fn what_is_not_known_is_ignored_and_what_makes_no_sense_finds_nothing() {
    let desk = desk();
    let all = ids(&post(&desk, "TicketSearch", json!({}))).len();
    for ignored in [
        json!({"Nonsense": 1}),
        json!({"DynamicField_Nope": {"Equals": "1"}}),
        json!({"DynamicField_IDoitObjects": ",4,"}),
        json!({"DynamicField_IDoitObjects": {"Like": "*"}}),
        json!({"Offset": 50}),
    ] {
        assert_eq!(
            ids(&post(&desk, "TicketSearch", ignored.clone())).len(),
            all,
            "{ignored}"
        );
    }
    for senseless in [
        json!({"DynamicField_IDoitObjects": {"Contains": "4"}}),
        json!({"Queues": ["Service Desk", "Nope"]}),
        json!({"States": ["Nope"]}),
        json!({"SortBy": "Nope"}),
        json!({"Limit": "all"}),
        json!({"TicketLastChangeTimeNewerDate": "2026-11-23T21:00:00Z"}),
        json!({"TicketLastChangeTimeNewerDate": "2026-11-23"}),
    ] {
        assert_eq!(
            post(&desk, "TicketSearch", senseless.clone()),
            json!({}),
            "{senseless}"
        );
    }
}

#[test]
fn open_and_closed_are_names_of_types_and_no_groups() {
    let desk = desk();
    desk.set_state(103, "removed");
    let found = |types: Value| {
        let like = json!({"Like": "*,1001,*"});
        let params = json!({"DynamicField_IDoitObjects": like, "StateType": types});
        let mut found = ids(&post(&desk, "TicketSearch", params));
        found.sort_unstable();
        found
    };
    desk.set_state(101, "open");
    assert_eq!(found(json!("Open")), [101], "not the new and waiting ones");
    assert_eq!(found(json!("Closed")), [105], "not the removed one");
    assert_eq!(
        found(json!(["new", "open", "pending reminder"])),
        [101, 102, 104]
    );
    assert_eq!(found(json!(["Viewable"])), [0u64; 0]);
}

#[test]
fn an_underscore_is_no_wildcard_and_a_pattern_is_anchored() {
    let desk = desk();
    for (like, found) in [
        ("*,4_,*", 0),
        ("4", 0),
        ("*,420,*", 1),
        ("%,420,%", 1),
        (",420,", 1),
    ] {
        let params = json!({"DynamicField_IDoitObjects": {"Like": like}});
        assert_eq!(
            ids(&post(&desk, "TicketSearch", params)).len(),
            found,
            "{like}"
        );
    }
    let either = json!({"DynamicField_IDoitObjects": {"Like": ["*,420,*", "*,142,*"]}});
    assert_eq!(ids(&post(&desk, "TicketSearch", either)).len(), 2);
}

#[test]
fn five_hundred_come_at_most_unless_more_are_asked_for() {
    let desk = OtrsDesk::start(OtrsOptions {
        extra: vec![("5000".to_owned(), 600)],
        ..OtrsOptions::default()
    });
    assert_eq!(of(&desk, "5000").len(), 500);
    let found = |limit: Value| {
        let params = json!({"Limit": limit, "DynamicField_IDoitObjects": {"Like": "*,5000,*"}});
        ids(&post(&desk, "TicketSearch", params)).len()
    };
    assert_eq!(found(json!(0)), 500);
    assert_eq!(found(json!("10000")), 600);
    assert_eq!(found(json!(7)), 7);
}

#[test]
fn the_newest_come_first_and_ties_in_any_order() {
    let desk = desk();
    let params = json!({"States": "open", "Queues": "Network", "Limit": 50});
    let lists: Vec<_> = (0..8)
        .map(|_| ids(&post(&desk, "TicketSearch", params.clone())))
        .collect();
    let created = |id: &u64| ticket(&desk, *id)["Created"].as_str().unwrap().to_owned();
    let times: Vec<String> = lists[0].iter().map(created).collect();
    assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
    let all = |_| ids(&post(&desk, "TicketSearch", json!({})));
    let lists: Vec<_> = (0..8).map(all).collect();
    assert!(
        lists.iter().any(|list| *list != lists[0]),
        "ties never vary"
    );
}

#[test]
fn one_ticket_that_may_not_be_seen_spoils_the_whole_list_and_is_not_named() {
    let desk = desk();
    for bad in [106, 99_999] {
        let answer = post(&desk, "TicketList", json!({"TicketID": [101, bad, 102]}));
        assert_eq!(error(&answer), "TicketGet.AccessDenied");
        let message = answer["Error"]["ErrorMessage"].as_str().unwrap();
        assert!(!message.contains(&bad.to_string()), "{message}");
    }
    let answer = post(&desk, "TicketList", json!({"TicketID": [102, 101, 102]}));
    let got: Vec<_> = answer["Ticket"].as_array().unwrap().iter().collect();
    assert_eq!(got.len(), 3);
    assert_eq!(got[0]["TicketID"], 102, "a number here, a text in searches");
}
