//! What the logbook says of what is done in the desk, with the history and without.

use crate::changes::EVENING;
use crate::client::{desk, with};
use sgi_logbook::store::{Filter, MemoryStore, Store, Work};
use sgi_logbook::{Entry, sync};
use sgi_test_desks::ITopDesk;
use sgi_test_desks::itop::{ADMIN, NewTicket, READER};

fn settings() -> sync::Settings {
    sync::Settings {
        desk: "itop".to_owned(),
        identity: "itop".to_owned(),
        start: Some("2027-01-15T12:00:00Z".parse().unwrap()),
        limit: 50,
        reconcile: jiff::SignedDuration::from_hours(0),
        deliver: false,
    }
}

/// What a logbook has of an object after two passes.
fn logbook(account: sgi_test_desks::itop::Account) -> Vec<Entry> {
    let desk = desk();
    desk.set_time(EVENING);
    let client = with(&desk, account, &[]);
    let store = MemoryStore::default();
    let settings = settings();
    client.wait(async |source| {
        let lease = store.lease(Work::Sync("itop".to_owned())).await.unwrap();
        let go_on = |_| true;
        sync::pass(source, &store, &lease, &settings, go_on)
            .await
            .unwrap();
        desk.set_time("2027-01-15T20:10:00Z");
        let id = desk.add_ticket(NewTicket::of("142"));
        sync::pass(source, &store, &lease, &settings, go_on)
            .await
            .unwrap();
        desk.set_time("2027-01-15T20:20:00Z");
        desk.set_agent(id, 3);
        desk.set_status(id, "resolved");
        sync::pass(source, &store, &lease, &settings, go_on)
            .await
            .unwrap();
        sync::pass(source, &store, &lease, &settings, go_on)
            .await
            .unwrap();
        desk.set_time("2027-01-15T20:30:00Z");
        desk.delete_ticket(id);
        sync::pass(source, &store, &lease, &settings, go_on)
            .await
            .unwrap();
        let listed = store.entries(&Filter::default(), None, 1000).await.unwrap();
        let entries = listed.into_iter().map(|listed| listed.entry);
        entries.filter(|entry| entry.object == "142").collect()
    })
}

pub(crate) fn a_logbook_is_kept_with_the_history_and_without() {
    let codes = |entries: &[Entry]| {
        let mut codes: Vec<String> = entries.iter().map(|e| e.kind.code().to_owned()).collect();
        codes.sort();
        codes.retain(|code| code != "other");
        codes
    };
    let by_history = logbook(ADMIN);
    assert!(by_history.iter().all(|entry| !entry.derived));
    assert_eq!(
        codes(&by_history),
        ["created", "deleted", "owner", "resolved"]
    );
    let compared = logbook(READER);
    assert!(compared.iter().all(|entry| entry.derived));
    assert_eq!(
        codes(&compared),
        ["created", "owner", "resolved", "vanished"]
    );
}

/// What is done in the desk between two passes.
type Act<'a> = &'a dyn Fn(&ITopDesk);

/// What the logbook of each of the objects says of what is done, act by act with a pass after each; `+` marks
/// what was derived.
fn told_at(
    account: sgi_test_desks::itop::Account,
    acts: &[Act<'_>],
    objects: [&str; 2],
) -> [Vec<String>; 2] {
    let desk = desk();
    desk.set_time(EVENING);
    let client = with(&desk, account, &[]);
    let store = MemoryStore::default();
    let settings = settings();
    client.wait(async |source| {
        let lease = store.lease(Work::Sync("itop".to_owned())).await.unwrap();
        for (number, act) in acts.iter().enumerate() {
            desk.set_time(&format!("2027-01-15T20:{:02}:00Z", number * 10));
            act(&desk);
            // Twice: what overlaps is not doubled.
            for _ in 0..2 {
                sync::pass(source, &store, &lease, &settings, |_| true)
                    .await
                    .unwrap();
            }
        }
        let listed = store.entries(&Filter::default(), None, 1000).await.unwrap();
        objects.map(|object| {
            let entries = listed.iter().map(|listed| &listed.entry);
            let here = entries.filter(|entry| entry.object == object);
            here.filter(|entry| entry.kind.code() != "other")
                .map(|entry| {
                    let derived = if entry.derived { "+" } else { "" };
                    format!("{derived}{}", entry.kind.code())
                })
                .collect()
        })
    })
}

/// The ticket that these acts make: the only one with this title.
fn made(desk: &ITopDesk) -> u64 {
    desk.tickets().into_iter().max().unwrap()
}

/// Nobody read it while it was there: iTop's history has it, and its configuration items know it.
pub(crate) fn a_ticket_deleted_before_the_first_look_is_told_at_its_objects() {
    let acts: [Act<'_>; 2] = [
        &|desk| {
            let id = desk.add_ticket(NewTicket::of("142"));
            desk.set_subject(id, "Gone soon");
            desk.add_reference(id, "1001");
            desk.set_status(id, "assigned");
            desk.delete_ticket(id);
        },
        &|_| {},
    ];
    let [first, second] = told_at(ADMIN, &acts, ["142", "1001"]);
    assert_eq!(first, ["created", "subject", "status", "deleted"]);
    assert_eq!(second, ["referenced", "status", "deleted"]);
}

/// To iTop's users a link without impact is none: marking it so takes the configuration item out.
pub(crate) fn a_configuration_item_taken_out_by_hand_is_no_longer_referenced() {
    let acts: [Act<'_>; 3] = [
        &|desk| {
            desk.add_ticket(NewTicket::of("142"));
        },
        &|desk| {
            desk.set_status(made(desk), "assigned");
            desk.set_impact(made(desk), "142", "not_impacted");
            desk.set_subject(made(desk), "Of none");
        },
        &|desk| {
            desk.set_impact(made(desk), "142", "manual");
            desk.set_subject(made(desk), "Of one again");
        },
    ];
    let [told, _] = told_at(ADMIN, &acts, ["142", "1001"]);
    let expected = ["created", "status", "unreferenced", "referenced", "subject"];
    assert_eq!(told, expected);
    let [mut compared, _] = told_at(READER, &acts, ["142", "1001"]);
    compared.retain(|line| line.contains("referenced"));
    assert_eq!(compared, ["+unreferenced", "+referenced"]);
}

/// Which object it was nobody can say any more; what was done before is not lost to it.
pub(crate) fn what_was_done_before_a_configuration_item_was_deleted_is_its_objects() {
    let acts: [Act<'_>; 2] = [
        &|desk| {
            desk.add_ticket(NewTicket::of("142"));
        },
        &|desk| {
            desk.set_status(made(desk), "assigned");
            desk.delete_object("142");
        },
    ];
    let [told, _] = told_at(ADMIN, &acts, ["142", "1001"]);
    let of_this = ["created", "status", "+unreferenced"];
    assert!(
        of_this
            .iter()
            .all(|line| told.contains(&(*line).to_owned())),
        "{told:?}"
    );
    assert_eq!(told.last().map(String::as_str), Some("+unreferenced"));
    let [compared, _] = told_at(READER, &acts, ["142", "1001"]);
    assert_eq!(
        compared.iter().filter(|line| *line == "+created").count(),
        1
    );
    assert_eq!(compared.iter().filter(|line| *line == "+status").count(), 1);
}

/// The ticket did not change, and is about another object.
pub(crate) fn an_object_that_takes_anothers_place_has_what_happens_from_then_on() {
    let acts: [Act<'_>; 3] = [
        &|desk| {
            desk.add_ticket(NewTicket::of("142"));
        },
        &|desk| desk.replace_object("142", "4711"),
        &|desk| desk.set_subject(made(desk), "Of another object"),
    ];
    for account in [ADMIN, READER] {
        let [old, new] = told_at(account, &acts, ["142", "4711"]);
        assert_eq!(old[0].trim_start_matches('+'), "created", "{old:?}");
        assert_eq!(
            old.iter().filter(|line| *line == "+unreferenced").count(),
            1,
            "{old:?}"
        );
        let subject = if account == ADMIN {
            "subject"
        } else {
            "+subject"
        };
        let mut new = new;
        new.sort();
        let mut expected = vec!["+referenced".to_owned(), subject.to_owned()];
        expected.sort();
        assert_eq!(new, expected);
    }
}

/// Nothing happens to the ticket: iTop's history of the configuration item tells it.
pub(crate) fn an_object_that_takes_anothers_place_is_noticed_while_nothing_happens_to_the_ticket() {
    let acts: [Act<'_>; 4] = [
        &|desk| {
            desk.add_ticket(NewTicket::of("8642"));
        },
        &|desk| desk.replace_object("8642", "8643"),
        &|desk| desk.replace_object("8643", "8644"),
        &|_| {},
    ];
    let [old, new] = told_at(ADMIN, &acts, ["8642", "8643"]);
    assert_eq!(old, ["created", "+unreferenced"]);
    assert_eq!(new, ["+referenced", "+unreferenced"]);
}
