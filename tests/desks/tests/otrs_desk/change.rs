//! Playing the service desk's agents.

use serde_json::json;
use sgi_test_desks::OtrsDesk;
use sgi_test_desks::otrs::NewTicket;

use crate::client::{desk, error, field, history, ids, of, post, ticket};

const THEN: &str = "2026-11-24 08:00:00";

#[test]
fn every_change_moves_the_time_and_leaves_a_row() {
    type Change = fn(&OtrsDesk);
    let changes: [(&str, Change, &str); 10] = [
        (
            "reference",
            |desk| desk.add_reference(102, "5"),
            "TicketDynamicFieldUpdate %%FieldName%%IDoitObjects%%Value%%,1001,1002,42,5,%%OldValue%%,1001,1002,42,",
        ),
        (
            "no reference",
            |desk| desk.remove_reference(102, "1002"),
            "TicketDynamicFieldUpdate %%FieldName%%IDoitObjects%%Value%%,1001,42,%%OldValue%%,1001,1002,42,",
        ),
        (
            "field",
            |desk| desk.set_field(102, "CMDBMulti", vec!["1", "2"]),
            "TicketDynamicFieldUpdate %%FieldName%%CMDBMulti%%Value%%1, 2%%OldValue%%",
        ),
        (
            "state",
            |desk| desk.set_state(102, "closed successful"),
            "StateUpdate %%new%%closed successful%%",
        ),
        (
            "title",
            |desk| desk.set_title(102, "Neu"),
            "TitleUpdate %%RAM-Tausch für 3 Server%%Neu",
        ),
        (
            "priority",
            |desk| desk.set_priority(102, "4 high"),
            "PriorityUpdate %%3 normal%%3%%4 high%%4",
        ),
        (
            "owner",
            |desk| desk.set_owner(102, "jiri"),
            "OwnerUpdate %%jiri%%6",
        ),
        (
            "queue",
            |desk| desk.move_ticket(102, "Misc"),
            "Move %%Misc%%4%%Network%%7",
        ),
        (
            "note",
            |desk| {
                let _ = desk.add_note(102, "s", "b");
            },
            "AddNote %%Note",
        ),
        (
            "reply",
            |desk| {
                let _ = desk.add_reply(102, "s", "b");
            },
            "SendAnswer %%kunde2",
        ),
    ];
    for (what, change, row) in changes {
        let desk = desk();
        let before = history(&desk, 102).len();
        desk.set_time(THEN);
        change(&desk);
        let after = ticket(&desk, 102);
        assert_eq!(after["Changed"], THEN, "{what}");
        assert_eq!(after["ChangeBy"], 6, "{what}");
        let (kind, name) = &history(&desk, 102)[before];
        assert_eq!(format!("{kind} {name}"), row, "{what}");
    }
}

#[test]
fn references_come_and_go() {
    let desk = desk();
    desk.add_reference(110, "1001");
    assert!(of(&desk, "1001").contains(&110));
    desk.remove_reference(110, "1001");
    desk.remove_reference(110, "420");
    assert_eq!(of(&desk, "420"), [0u64; 0]);
    assert_eq!(field(&ticket(&desk, 110), "IDoitObjects"), json!(null));
}

#[test]
fn a_long_list_of_references_is_shortened_in_the_history() {
    let desk = desk();
    let many: Vec<String> = (10_000..10_040).map(|id| id.to_string()).collect();
    desk.set_field(110, "IDoitObjects", format!(",{},", many.join(",")));
    let (_, name) = history(&desk, 110).pop().unwrap();
    assert!(name.contains("[...]%%OldValue%%,420,"), "{name}");
}

#[test]
fn merged_tickets_are_still_found_and_their_articles_are_not_there() {
    let desk = desk();
    desk.merge(107, 108);
    assert_eq!(of(&desk, "42"), [102, 107, 108]);
    assert_eq!(ticket(&desk, 107)["StateType"], "merged");
    let articles = |id: u64| {
        let answer = post(
            &desk,
            "TicketGet",
            json!({"TicketID": id, "AllArticles": 1}),
        );
        answer["Ticket"][0]["Article"]
            .as_array()
            .map_or(0, Vec::len)
    };
    assert_eq!((articles(107), articles(108)), (1, 2));
    let merged = |id: u64| history(&desk, id).iter().any(|(kind, _)| kind == "Merged");
    assert!(merged(107) && merged(108));
}

#[test]
fn what_is_deleted_or_moved_out_of_sight_is_no_longer_found() {
    let desk = desk();
    desk.delete(110);
    desk.move_ticket(111, "HR");
    for (id, object) in [(110, "420"), (111, "142")] {
        assert_eq!(of(&desk, object), [0u64; 0]);
        let answer = post(&desk, "TicketGet", json!({"TicketID": id}));
        assert_eq!(error(&answer), "TicketGet.AccessDenied");
    }
}

#[test]
fn new_tickets_get_the_next_id_and_number() {
    let desk = desk();
    desk.set_time("2027-02-01 10:00:00");
    let first = desk.add_ticket(NewTicket::of("6000"));
    let second = desk.add_ticket(NewTicket {
        title: "Drucker brennt 🔥".to_owned(),
        objects: vec!["6000".to_owned(), "6001".to_owned()],
        text: None,
        ..NewTicket::of("")
    });
    assert_eq!(second, first + 1);
    assert_eq!(of(&desk, "6000"), [first, second]);
    let shown = ticket(&desk, second);
    assert_eq!(shown["TicketNumber"], "2027020110000023");
    assert_eq!(shown["Title"], "Drucker brennt \u{fffd}");
    let polled = json!({"TicketLastChangeTimeNewerDate": "2027-02-01 10:00:00"});
    assert_eq!(ids(&post(&desk, "TicketSearch", polled)).len(), 2);
}
