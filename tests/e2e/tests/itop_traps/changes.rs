//! What changed since: by iTop's history where the account may read it, else by the tickets' dates.

use crate::client::{Client, answer, by_name, desk, operations, queries, reader, refusal, with};
use sgi_logbook::{Batch, Kind, Phase};
use sgi_test_desks::itop::{ADMIN, NewTicket, READER};
use sgi_test_desks::{ITopDesk, When};

/// The desk's time in Berlin is an hour ahead.
pub(crate) const EVENING: &str = "2027-01-15T20:00:00Z";

/// Reads to the end from a cursor.
fn pass(client: &Client, cursor: Option<&str>, limit: u32) -> (Vec<Batch>, String) {
    let mut batches = Vec::new();
    let mut cursor = cursor.map(str::to_owned);
    loop {
        let batch = client.since(cursor.as_deref(), None, limit).unwrap();
        cursor = Some(batch.cursor.clone());
        let more = batch.more;
        batches.push(batch);
        if !more {
            return (batches, cursor.unwrap());
        }
    }
}

/// Everything is read, and nothing is young enough to be looked at again.
fn settled(desk: &ITopDesk, client: &Client) -> String {
    let (_, mut cursor) = pass(client, None, 100);
    for minute in ["03", "06", "09"] {
        desk.set_time(&format!("2027-01-15T20:{minute}:00Z"));
        cursor = pass(client, Some(&cursor), 100).1;
    }
    desk.clear();
    cursor
}

fn quiet(account: sgi_test_desks::itop::Account) -> (ITopDesk, Client, String) {
    let desk = desk();
    desk.set_time(EVENING);
    desk.set_subject(2, "The last before");
    let client = with(&desk, account, &[]);
    let cursor = settled(&desk, &client);
    (desk, client, cursor)
}

fn ids(batches: &[Batch]) -> Vec<String> {
    let tickets = batches.iter().flat_map(|batch| &batch.tickets);
    let mut ids: Vec<String> = tickets.map(|ticket| ticket.id.clone()).collect();
    ids.sort();
    ids
}

/// The events of a ticket: what, and from what to what.
fn told(batches: &[Batch], ticket: &str) -> Vec<String> {
    let events = batches.iter().flat_map(|batch| &batch.events);
    events
        .filter(|event| event.ticket == ticket)
        .map(|event| {
            let what = match &event.kind {
                Kind::Referenced(object) | Kind::Unreferenced(object) => {
                    format!("{} {object}", event.kind.code())
                }
                Kind::Other(word) => word.clone(),
                kind => kind.code().to_owned(),
            };
            let more = [&event.field, &event.old, &event.new, &event.text];
            let more: Vec<&str> = more.map(|one| one.as_deref().unwrap_or("-")).into();
            format!("{what}: {}", more.join(" | "))
        })
        .collect()
}

pub(crate) fn linking_and_unlinking_moves_a_ticket() {
    let (desk, client, cursor) = quiet(READER);
    desk.set_time("2027-01-15T20:30:00Z");
    desk.add_reference(63, "142");
    let (batches, cursor) = pass(&client, Some(&cursor), 100);
    assert_eq!(ids(&batches), ["63"]);
    assert!(batches[0].tickets[0].objects.contains("142"));
    assert!(batches[0].complete.is_empty() && batches[0].events.is_empty());
    desk.set_time("2027-01-15T20:40:00Z");
    desk.remove_reference(63, "142");
    let (batches, _) = pass(&client, Some(&cursor), 100);
    assert_eq!(ids(&batches), ["63"]);
    assert!(!batches[0].tickets[0].objects.contains("142"));
}

/// `NOW()` is the database's clock, in another zone; the mark is what iTop itself wrote.
pub(crate) fn tickets_are_asked_for_by_a_date_that_itop_wrote() {
    let (desk, client, cursor) = quiet(READER);
    pass(&client, Some(&cursor), 100);
    assert_eq!(
        queries(&desk),
        ["SELECT Ticket AS t WHERE t.last_update > '2027-01-15 21:00:00' AND t.id > 0"]
    );
    for operation in operations(&desk) {
        assert!(!operation.to_string().contains("NOW"));
    }
}

/// A date that is none finds everything, without a word.
pub(crate) fn a_damaged_cursor_is_refused_before_anything_is_sent() {
    let (desk, client, cursor) = quiet(READER);
    for damaged in [
        cursor.replace("2027-01-15", "gestern"),
        cursor.replace("2027-01-15 ", "2027-01-15T"),
        cursor.replace("2027-01-15", "2027-13-15"),
        cursor.replace("itop1", "itop2"),
        cursor[..cursor.len() - 1].to_owned(),
        String::new(),
    ] {
        let error = client.since(Some(&damaged), None, 10).unwrap_err();
        assert_eq!(error.code, "invalid-input", "{damaged}");
        assert!(!client.accepts(&damaged), "{damaged}");
    }
    assert!(client.accepts(&cursor));
    assert!(desk.requests().is_empty());
}

pub(crate) fn the_latest_second_is_looked_at_again() {
    for account in [READER, ADMIN] {
        let (desk, client, cursor) = quiet(account);
        desk.set_time("2027-01-15T20:30:00Z");
        desk.set_status(63, "resolved");
        let (batches, cursor) = pass(&client, Some(&cursor), 100);
        assert_eq!(ids(&batches), ["63"]);
        desk.set_status(65, "resolved");
        let (batches, mut cursor) = pass(&client, Some(&cursor), 100);
        assert_eq!(ids(&batches), ["63", "65"]);
        for minute in ["33", "36"] {
            desk.set_time(&format!("2027-01-15T20:{minute}:00Z"));
            cursor = pass(&client, Some(&cursor), 100).1;
        }
        assert!(ids(&pass(&client, Some(&cursor), 100).0).is_empty());
    }
}

/// iTop notes date and id of a change when it makes it, and shows it when its transaction is done.
pub(crate) fn a_change_that_is_committed_late_is_not_passed_over() {
    for account in [READER, ADMIN] {
        let (desk, client, cursor) = quiet(account);
        desk.set_time("2027-01-15T20:30:00Z");
        let open = desk.begin(|staff| staff.set_subject(63, "Late"));
        desk.set_time("2027-01-15T20:30:30Z");
        desk.set_status(65, "resolved");
        let (batches, cursor) = pass(&client, Some(&cursor), 100);
        assert_eq!(ids(&batches), ["65"]);
        desk.set_time("2027-01-15T20:31:00Z");
        desk.commit(open);
        let (batches, _) = pass(&client, Some(&cursor), 100);
        assert!(ids(&batches).contains(&"63".to_owned()));
    }
}

/// What is written in the second of the two hours looks earlier than what was written in the first.
pub(crate) fn the_hour_that_comes_twice_is_asked_for_as_a_whole() {
    let desk = desk();
    desk.set_time("2027-10-31T00:50:00Z");
    desk.set_subject(63, "At 02:50, summer time");
    let client = reader(&desk);
    let (_, mut cursor) = pass(&client, None, 100);
    for time in ["2027-10-31T00:53:00Z", "2027-10-31T00:56:00Z"] {
        desk.set_time(time);
        cursor = pass(&client, Some(&cursor), 100).1;
    }
    desk.set_time("2027-10-31T01:10:00Z");
    desk.set_subject(65, "At 02:10, winter time");
    let (batches, _) = pass(&client, Some(&cursor), 100);
    assert!(ids(&batches).contains(&"65".to_owned()));
}

/// An import wrote it: had it been taken for how far iTop is, nothing would ever come again.
pub(crate) fn a_ticket_from_the_future_hides_no_other() {
    let (desk, client, cursor) = quiet(READER);
    desk.set_last_update(65, "2099-01-01 00:00:00");
    let (_, mut cursor) = pass(&client, Some(&cursor), 100);
    for minute in ["12", "15", "18"] {
        desk.set_time(&format!("2027-01-15T20:{minute}:00Z"));
        cursor = pass(&client, Some(&cursor), 100).1;
    }
    desk.set_subject(63, "New");
    let (batches, _) = pass(&client, Some(&cursor), 100);
    assert_eq!(ids(&batches), ["63", "65"]);
}

/// What happens then looks older than what was read, and goes on looking so until the clock has come round.
pub(crate) fn a_clock_that_is_put_back_hides_nothing() {
    for account in [READER, ADMIN] {
        let (desk, client, mut cursor) = quiet(account);
        let mut changed = |time: &str, ticket: u64| {
            desk.set_time(&format!("2027-01-15T{time}:00Z"));
            desk.set_subject(ticket, &format!("At {time}"));
            let (batches, next) = pass(&client, Some(&cursor), 100);
            cursor = next;
            let told = ids(&batches).contains(&ticket.to_string());
            assert!(told, "{account:?}: {ticket} at {time}");
        };
        changed("17:00", 63);
        for (time, ticket) in [("17:10", 65), ("17:20", 63), ("19:00", 65), ("20:08", 63)] {
            changed(time, ticket);
        }
        // Once more, and it runs past.
        changed("18:00", 65);
        for (time, ticket) in [("20:30", 63), ("20:40", 65)] {
            changed(time, ticket);
        }
        for minute in ["50", "53", "56"] {
            desk.set_time(&format!("2027-01-15T20:{minute}:00Z"));
            cursor = pass(&client, Some(&cursor), 100).1;
        }
        assert!(ids(&pass(&client, Some(&cursor), 100).0).is_empty());
    }
}

/// A plain account is refused, an administrator is not: the check learns it.
pub(crate) fn the_history_is_read_where_the_account_may() {
    for (account, may) in [(READER, false), (ADMIN, true)] {
        let desk = desk();
        let client = with(&desk, account, &[]);
        let abilities = client.check().unwrap().abilities;
        assert_eq!(abilities.contains(&"read-history".to_owned()), may);
        let (batches, _) = pass(&client, None, 100);
        for batch in &batches {
            let complete = batch.tickets.iter().all(|t| batch.complete.contains(&t.id));
            assert_eq!(complete, may || batch.tickets.is_empty());
            assert!(may || batch.events.is_empty());
        }
    }
}

/// The story of the recorded ticket, in its order: iTop's answers have none.
pub(crate) fn operations_become_events_in_their_order() {
    let (desk, client, cursor) = quiet(ADMIN);
    let before = client.ticket("63").unwrap().subject;
    desk.set_subject(63, "Neuer Titel ü!");
    desk.write_log(63, "private_log", "Erste Notiz");
    desk.write_log(63, "public_log", "Hallo ä");
    desk.set_value(63, "priority", "3");
    desk.add_reference(63, "142");
    desk.remove_reference(63, "142");
    desk.set_agent(63, 3);
    desk.set_value(63, "team_id", "36");
    desk.set_value(63, "urgency", "2");
    desk.set_status(63, "pending");
    let (batches, _) = pass(&client, Some(&cursor), 100);
    let told = told(&batches, "63");
    let subject = format!("subject: - | {before} | Neuer Titel ü! | -");
    let expected = [
        subject.as_str(),
        "commented: - | - | - | Erste Notiz",
        "replied: - | - | - | Hallo ä",
        "referenced 142: - | - | - | -",
        "unreferenced 142: - | - | - | -",
        "owner: - | Jules Verne | Salvador Dali | -",
        "queue: - | Helpdesk | Hardware support | -",
        "status: - | assigned | pending | -",
    ];
    for line in expected {
        assert!(told.contains(&line.to_owned()), "{line}: {told:#?}");
    }
    let places = expected.map(|line| told.iter().position(|told| told == line));
    assert!(places.is_sorted(), "{told:#?}");
    assert!(
        told.iter()
            .any(|line| line.starts_with("priority: - | ") && line.contains("3 medium"))
    );
    assert!(
        told.iter()
            .any(|line| line.starts_with("updated: Urgency | "))
    );
}

pub(crate) fn a_status_of_work_done_resolves_whatever_its_name() {
    let (desk, client, cursor) = quiet(ADMIN);
    let id = desk.add_ticket(NewTicket::of("142"));
    for status in ["assigned", "resolved", "closed"] {
        desk.set_status(id, status);
    }
    let (batches, _) = pass(&client, Some(&cursor), 100);
    let told = told(&batches, &id.to_string());
    for line in [
        "status: - | new | assigned | -",
        "resolved: - | assigned | resolved | -",
        "status: - | resolved | closed | -",
    ] {
        assert!(told.contains(&line.to_owned()), "{told:#?}");
    }
}

/// iTop notes a link on both sides, and one that is made with the ticket on the other side only.
pub(crate) fn a_link_is_told_once_and_not_that_of_a_new_ticket() {
    let (desk, client, cursor) = quiet(ADMIN);
    let id = desk.add_ticket(NewTicket::of("1001"));
    desk.add_reference(id, "142");
    let (batches, _) = pass(&client, Some(&cursor), 100);
    assert_eq!(
        told(&batches, &id.to_string()),
        ["created: - | - | - | -", "referenced 142: - | - | - | -"]
    );
}

pub(crate) fn an_object_stays_as_long_as_one_of_its_configuration_items() {
    let (desk, client, cursor) = quiet(ADMIN);
    let twin = desk.add_ci("142", "srv-twin");
    let id = desk.add_ticket(NewTicket::of("1001"));
    desk.add_reference(id, "142");
    desk.link(id, twin);
    let (batches, cursor) = pass(&client, Some(&cursor), 100);
    let lines = told(&batches, &id.to_string());
    assert_eq!(lines[1], "referenced 142: - | - | - | -");
    assert_eq!(lines[2], "added: CIs | - | - | -");
    desk.delete_ci(twin);
    let (batches, _) = pass(&client, Some(&cursor), 100);
    let lines = told(&batches, &id.to_string());
    assert!(
        !lines.iter().any(|line| line.starts_with("unreferenced")),
        "{lines:?}"
    );
}

/// What the change says of who it was is, for REST, the request's comment.
pub(crate) fn who_did_it_is_a_person() {
    let (desk, client, cursor) = quiet(ADMIN);
    desk.set_subject(63, "By a person");
    let (batches, _) = pass(&client, Some(&cursor), 100);
    let actor = batches[0].events[0].actor.as_deref();
    assert_eq!(actor, Some("My first name My last name"));
}

/// Of a deleted ticket nothing but the history tells.
pub(crate) fn a_deleted_ticket_is_in_the_history_alone() {
    for account in [READER, ADMIN] {
        let (desk, client, cursor) = quiet(account);
        desk.delete_ticket(63);
        let (batches, _) = pass(&client, Some(&cursor), 100);
        // With the objects that it had to the end, which only the history tells.
        let gone: Vec<_> = batches.iter().flat_map(|batch| &batch.tickets).collect();
        let told = told(&batches, "63");
        match account {
            ADMIN => {
                assert_eq!(told, ["deleted: - | - | - | -"]);
                assert_eq!((gone[0].id.as_str(), gone[0].phase), ("63", Phase::Deleted));
                assert!(!gone[0].objects.is_empty());
            }
            _ => assert!(told.is_empty() && gone.is_empty()),
        }
        let asked = ["63", "65", "4711", "R-000001", "0"].map(str::to_owned);
        desk.clear();
        let there = client.still_there(&asked).unwrap();
        assert_eq!(there.into_iter().collect::<Vec<_>>(), ["65"]);
        assert_eq!(desk.requests().len(), 1);
    }
}

/// Objects that iTop knows by a name stand there by it.
pub(crate) fn objects_are_named_by_what_the_attribute_holds() {
    let (desk, _) = by_name();
    let options = [("objects-attribute", "name")];
    let client = with(&desk, ADMIN, &options);
    let (batches, cursor) = pass(&client, None, 100);
    assert!(
        batches
            .iter()
            .all(|batch| batch.objects_by.as_deref() == Some("title"))
    );
    let ticket = batches
        .iter()
        .flat_map(|batch| &batch.tickets)
        .find(|t| t.id == "2");
    assert!(ticket.unwrap().objects.contains("srv-db-01"));
    desk.add_reference(2, "prt-og1");
    let (batches, _) = pass(&client, Some(&cursor), 100);
    assert!(told(&batches, "2").contains(&"referenced prt-og1: - | - | - | -".to_owned()));
}

/// The account may read less than when the desk was looked over: from then on the host compares.
pub(crate) fn a_history_that_is_closed_is_found_out() {
    let (desk, client, cursor) = quiet(ADMIN);
    desk.set_subject(63, "New");
    let closed =
        "The current user does not have enough permissions for reading data of class CMDBChangeOp";
    desk.add_fault(
        When::BodyContains("CMDBChangeOp".to_owned()),
        refusal(1, closed),
    );
    let (batches, _) = pass(&client, Some(&cursor), 100);
    assert!(ids(&batches).contains(&"63".to_owned()));
    assert!(batches.iter().all(|batch| batch.complete.is_empty()));
}

/// And the other way round.
pub(crate) fn a_history_that_was_opened_is_read_from_where_comparing_ended() {
    let (desk, client, cursor) = quiet(READER);
    desk.set_subject(63, "New");
    drop(client);
    let client = with(&desk, ADMIN, &[]);
    let (batches, _) = pass(&client, Some(&cursor), 100);
    assert!(told(&batches, "63").last().unwrap().starts_with("subject"));
    assert_eq!(ids(&batches), ["2", "63"], "what happened today");
}

/// An answer that says of more than it brings is none.
pub(crate) fn an_answer_that_is_not_whole_is_not_believed() {
    let (desk, client, cursor) = quiet(READER);
    let fewer = r#"{"code":0,"message":"Found: 3","objects":null}"#;
    desk.add_fault(When::BodyContains("last_update".to_owned()), answer(fewer));
    let error = client.since(Some(&cursor), None, 10).unwrap_err();
    assert_eq!(error.code, "protocol");
    let silent = r#"{"code":0,"message":"","objects":null}"#;
    desk.set_fault(None);
    desk.add_fault(When::BodyContains("last_update".to_owned()), answer(silent));
    let error = client.since(Some(&cursor), None, 10).unwrap_err();
    assert_eq!(error.code, "protocol");
}
