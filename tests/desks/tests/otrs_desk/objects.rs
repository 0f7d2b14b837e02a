//! The objects that all test desks have tickets of.

use serde_json::json;
use sgi_test_desks::otrs::{Content, PERSONNEL};
use sgi_test_desks::{OtrsDesk, OtrsOptions};

use crate::client::{desk, field, of, post_as, ticket};

#[test]
fn an_object_has_open_and_closed_tickets() {
    let desk = desk();
    assert_eq!(of(&desk, "1001"), [101, 102, 103, 104, 105]);
    let types: Vec<_> = (101..=105)
        .map(|id| ticket(&desk, id)["StateType"].clone())
        .collect();
    assert_eq!(
        types,
        ["closed", "new", "open", "pending reminder", "closed"]
    );
}

#[test]
fn ids_that_contain_each_other_are_different_objects() {
    let desk = desk();
    assert_eq!(of(&desk, "4"), [5, 17, 29, 41, 53, 109]);
    assert_eq!(of(&desk, "42"), [102, 107, 108]);
    assert_eq!(of(&desk, "420"), [110]);
    assert_eq!(of(&desk, "142"), [111]);
    assert_eq!(of(&desk, "999999"), [0u64; 0]);
}

#[test]
fn one_ticket_references_several_objects() {
    let desk = desk();
    assert_eq!(field(&ticket(&desk, 102), "IDoitObjects"), ",1001,1002,42,");
    assert_eq!(of(&desk, "1002"), [102]);
}

#[test]
fn one_object_has_130_tickets_and_others_as_many_as_asked_for() {
    assert_eq!(of(&desk(), "7777").len(), 130);
    let desk = OtrsDesk::start(OtrsOptions {
        extra: vec![("5000".to_owned(), 3)],
        ..OtrsOptions::default()
    });
    assert_eq!(of(&desk, "5000").len(), 3);
}

#[test]
fn texts_and_people_are_of_all_kinds() {
    let desk = desk();
    let markup = ticket(&desk, 103);
    let title = markup["Title"].as_str().unwrap();
    assert!(
        title.contains("<script>") && title.contains("打印机"),
        "{title}"
    );
    assert_eq!(markup["CustomerUserID"], "erika.mustermann@kunde.example");
    assert_eq!(markup["CustomerID"], "");
    assert_eq!(ticket(&desk, 104)["Owner"], "root@localhost");
    assert_eq!(ticket(&desk, 1)["CustomerUserID"], json!(null));
}

#[test]
fn one_ticket_is_in_a_queue_that_the_reader_does_not_see() {
    let like = json!({"DynamicField_IDoitObjects": {"Like": "*,1001,*"}});
    let found = post_as(&desk(), PERSONNEL, "TicketSearch", like);
    assert_eq!(found, json!({"TicketID": ["106"]}));
}

#[test]
fn a_desk_can_be_as_new_or_as_it_was_recorded() {
    let start = |content| {
        OtrsDesk::start(OtrsOptions {
            content,
            ..OtrsOptions::default()
        })
    };
    let new = start(Content::Welcome);
    assert_eq!(ticket(&new, 1)["TicketNumber"], "2021031415926535");
    assert_eq!(of(&start(Content::Recorded), "1001"), [0u64; 0]);
}

#[test]
fn the_field_of_the_references_can_have_another_name() {
    let desk = OtrsDesk::start(OtrsOptions {
        objects_field: "CMDBItems".to_owned(),
        ..OtrsOptions::default()
    });
    assert_eq!(field(&ticket(&desk, 102), "CMDBItems"), ",1001,1002,42,");
}
