//! How RT keeps what happened, and how it shows it to an account that is no superuser.

use crate::client::{Client, reader, with};
use serde_json::json;
use sgi_e2e::told::Told;
use sgi_logbook::{Kind, Phase};
use sgi_test_desks::rt::{NewTicket, READER};
use sgi_test_desks::{RtDesk, RtOptions};

/// A desk whose history was read.
fn read() -> (RtDesk, Client, Told) {
    let desk = RtDesk::start(RtOptions::default());
    let client = reader(&desk.url());
    let mut told = Told::default();
    told.catch_up(&client, None, 100);
    desk.clear();
    (desk, client, told)
}

/// As if the last pass lay hours back.
fn settle(told: &mut Told) {
    let cursor = told.cursor.take().unwrap();
    let mut json: serde_json::Value =
        serde_json::from_str(cursor.strip_prefix("rt1:").unwrap()).unwrap();
    json["fresh"]["at"] = json!(0);
    told.cursor = Some(format!("rt1:{json}"));
}

pub(crate) fn the_whole_history_of_a_ticket_is_told(url: &str) {
    let client = reader(url);
    assert!(
        client
            .check()
            .unwrap()
            .abilities
            .contains(&"read-history".to_owned())
    );
    let mut told = Told::default();
    told.catch_up(&client, None, 100);
    assert_eq!(
        told.of(1),
        [
            "created",
            "owner +Jürgen Huber",
            "status -new +open",
            "replied",
            "commented",
            "owner -Jürgen Huber +Zoë Lefèvre",
            "resolved -open +resolved",
        ],
        "without the owner once more as a watcher, and without mails"
    );
    assert_eq!(
        told.of(2),
        ["created", "referenced 42", "unreferenced 1003"]
    );
    assert_eq!(told.tickets["2"].objects.len(), 3);
    assert_eq!(
        told.of(31),
        [
            "created",
            "queue -General +Hardware",
            "subject -falsche Queue +richtige Queue: Notebook defekt",
            "priority -0 +77",
            "other Set Due +2024-04-01T10:00:00Z",
            "other AddWatcher Cc +Zoë Lefèvre",
            "other AddWatcher Requestor +neu@kunde.example",
            "other Set TimeWorked -0 +45",
        ]
    );
    assert_eq!(told.events["txn-98"].actor.as_deref(), Some("Jürgen Huber"));
    assert_eq!(told.events["txn-98"].at.to_string(), "2024-01-09T09:15:00Z");
    assert_eq!(
        told.tickets.len(),
        188,
        "the deleted and the merged one, too"
    );
    assert!(told.incomplete.is_empty());
    assert!(!told.tickets.contains_key("32"), "in a confidential queue");
    assert!(told.of(32).is_empty());
}

pub(crate) fn merged_deleted_and_hidden_tickets_are_not_still_there(url: &str) {
    // 25 was deleted, 30 merged into 29, 32 is in a confidential queue.
    let there = reader(url)
        .still_there(&["1", "25", "29", "30", "32", "999999", "x"])
        .unwrap();
    let mut there: Vec<String> = there.into_iter().collect();
    there.sort();
    assert_eq!(there, ["1", "29"]);
}

pub(crate) fn what_was_deleted_or_merged_before_the_first_look_is_told(url: &str) {
    let client = reader(url);
    let mut told = Told::default();
    told.catch_up(&client, None, 100);
    assert_eq!(told.of(25), ["created", "deleted -new +deleted"]);
    assert_eq!(told.tickets["25"].phase, Phase::Deleted);
    assert!(told.tickets["25"].objects.contains("2001"));
    assert_eq!(
        told.of(30),
        ["created", "replied", "status -new +open", "merged 29"]
    );
    let merged = &told.tickets["30"];
    assert_eq!(merged.phase, Phase::Merged, "and not as its target is");
    assert!(
        merged.objects.contains("3003"),
        "the target has other objects"
    );
    assert!(told.incomplete.is_empty());
}

pub(crate) fn what_happens_during_the_first_look_is_told_with_it() {
    let desk = RtDesk::start(RtOptions::default());
    let client = reader(&desk.url());
    let mut told = Told::default();
    while !told.tickets.contains_key("21") {
        assert!(told.read(&client, None, 100));
    }
    desk.reply(3);
    desk.merge(21, 22);
    told.catch_up(&client, None, 100);
    assert_eq!(told.of(3).last().unwrap(), "replied");
    assert_eq!(told.of(21).last().unwrap(), "merged 22");
    assert_eq!(told.tickets["21"].phase, Phase::Merged);
}

pub(crate) fn a_start_leaves_out_what_was_before(url: &str) {
    let start = "2024-11-01T00:00:00Z".parse().unwrap();
    let mut told = Told::default();
    told.catch_up(&reader(url), Some(start), 7);
    assert!(told.events.values().all(|event| event.at >= start));
    let old = |ticket: &&sgi_logbook::Seen| ticket.updated.unwrap() < start;
    assert_eq!(told.tickets.values().find(old), None);
    assert!(told.tickets.len() > 100 && told.tickets.len() < 186);
}

/// 120 comments in a row make a page without any row for those who may not see them.
pub(crate) fn a_short_or_empty_page_of_transactions_is_not_the_last() {
    let (desk, client, mut told) = read();
    desk.hide_comments();
    desk.reply(2);
    for _ in 0..120 {
        desk.comment(2);
    }
    desk.reply(2);
    told.catch_up(&client, None, 10);
    assert_eq!(told.of(2)[3..], ["replied", "replied"]);
    assert!(
        told.incomplete.is_empty(),
        "comments are not for this account"
    );
    let second = desk
        .requests()
        .iter()
        .any(|seen| seen.target.contains("&page=2&"));
    assert!(second, "past the empty page");
}

pub(crate) fn what_may_lie_behind_too_many_hidden_rows_is_not_said_to_be_complete() {
    let (desk, client, mut told) = read();
    desk.hide_comments();
    for _ in 0..620 {
        desk.comment(2);
    }
    told.catch_up(&client, None, 10);
    assert!(told.incomplete.contains("2"));
}

pub(crate) fn changes_of_a_hidden_custom_field_do_not_hide_others() {
    let (desk, client, mut told) = read();
    desk.hide_changes_of(4);
    for place in 0..130 {
        desk.set_values(3, 4, &[&format!("Ort {place}")]);
    }
    desk.add_reference(3, "8080");
    told.catch_up(&client, None, 10);
    assert_eq!(told.of(3).last().unwrap(), "referenced 8080");
    assert!(told.incomplete.is_empty());
}

pub(crate) fn a_lower_number_may_be_committed_later() {
    let (desk, client, mut told) = read();
    let reply = desk.begin_reply(3);
    desk.set_subject(2, "after it, and first to be seen");
    told.catch_up(&client, None, 100);
    let before = told.of(3);
    desk.commit(reply);
    told.catch_up(&client, None, 100);
    assert_eq!(told.of(3), [before, vec!["replied".to_owned()]].concat());
}

/// What happens then has a higher number and an earlier date than what was read.
pub(crate) fn a_clock_that_is_put_back_hides_nothing() {
    let desk = RtDesk::start(RtOptions::default());
    desk.set_time("2030-01-01T12:00:00Z");
    let client = reader(&desk.url());
    let mut told = Told::default();
    told.catch_up(&client, None, 100);
    let heard = |told: &Told| told.of(2).iter().filter(|what| *what == "replied").count();
    let before = heard(&told);
    let mut replies = 0;
    let mut replied = |time: &str| {
        desk.set_time(time);
        desk.reply(2);
        replies += 1;
        settle(&mut told);
        told.catch_up(&client, None, 100);
        assert_eq!(heard(&told), before + replies, "at {time}");
    };
    for time in [
        "2030-01-01T12:10:00Z",
        "2030-01-01T12:20:00Z",
        "2030-01-01T09:00:00Z",
        "2030-01-01T09:10:00Z",
        "2030-01-01T12:19:00Z",
        "2030-01-01T12:30:00Z",
        "2030-01-01T11:00:00Z",
        "2030-01-01T13:00:00Z",
    ] {
        replied(time);
    }
}

pub(crate) fn a_deletion_and_a_merge_are_transactions_only() {
    let (desk, client, mut told) = read();
    desk.comment(20);
    desk.set_status(20, "deleted");
    desk.reply(21);
    desk.merge(21, 22);
    told.catch_up(&client, None, 100);
    let ends = |ticket: u64| told.of(ticket)[told.of(ticket).len() - 2..].to_vec();
    assert_eq!(ends(20), ["commented", "deleted -new +deleted"]);
    assert_eq!(told.tickets["20"].phase, Phase::Deleted);
    assert_eq!(ends(21), ["replied", "merged 22"]);
    assert_eq!(told.of(22).last().unwrap(), "other AddLink MergedInto +22");
}

pub(crate) fn a_ticket_that_comes_into_sight_brings_its_history() {
    let (desk, client, mut told) = read();
    assert!(told.of(32).is_empty());
    desk.move_ticket(32, "Incidents");
    settle(&mut told);
    told.catch_up(&client, None, 100);
    assert_eq!(told.of(32).first().unwrap(), "created");
    assert!(told.of(32).last().unwrap().starts_with("queue -"));
    assert_eq!(told.tickets["32"].queue.as_deref(), Some("Incidents"));
}

pub(crate) fn a_pass_without_news_costs_two_requests() {
    let (desk, client, mut told) = read();
    settle(&mut told);
    told.catch_up(&client, None, 100);
    for _ in 0..2 {
        settle(&mut told);
        desk.clear();
        told.catch_up(&client, None, 100);
        assert_eq!(desk.requests().len(), 2, "{:?}", desk.requests());
    }
    desk.add_reference(3, "8080");
    desk.clear();
    told.catch_up(&client, None, 100);
    assert_eq!(desk.requests().len(), 3, "one more for what happened");
    assert_eq!(told.of(3).last().unwrap(), "referenced 8080");
}

pub(crate) fn history_is_asked_by_number_and_never_by_date() {
    let (desk, client, mut told) = read();
    desk.reply(2);
    told.catch_up(&client, None, 100);
    for seen in desk.requests() {
        assert_eq!(seen.method, "GET");
        let query = seen.target.split("query=").nth(1).unwrap_or_default();
        let query = query.split('&').next().unwrap_or_default();
        assert!(
            !query.contains("Created") && !query.contains("LastUpdated"),
            "{query}"
        );
        if seen.target.contains("/transactions") {
            assert!(query.starts_with("ObjectType"), "{query}");
        }
    }
}

pub(crate) fn a_damaged_cursor_is_refused_before_anything_is_sent() {
    let (desk, client, told) = read();
    let good = told.cursor.unwrap();
    assert!(client.accepts(&good));
    for cursor in ["", "rt1:", "otrs1:5", &good[..good.len() - 1]] {
        assert!(!client.accepts(cursor), "{cursor}");
        let refused = client.since(Some(cursor), None, 10).unwrap_err();
        assert_eq!(refused.code, "invalid-input", "{refused}");
    }
    assert!(desk.requests().is_empty());
}

pub(crate) fn a_change_of_the_tenant_is_one_of_all_references() {
    let desk = RtDesk::start(RtOptions::default());
    let client = with(&desk.url(), READER, &[("tenant", "1")]);
    let mut told = Told::default();
    let ticket = desk.add_ticket(NewTicket::of("8080"));
    told.catch_up(&client, None, 100);
    desk.set_values(ticket, 3, &["2"]);
    desk.add_reference(ticket, "8081");
    told.catch_up(&client, None, 100);
    assert!(told.tickets[&ticket.to_string()].objects.is_empty());
    desk.set_values(ticket, 3, &["1"]);
    told.catch_up(&client, None, 100);
    assert_eq!(
        told.of(ticket),
        [
            "created",
            "unreferenced 8080",
            "other CustomField i-doit objects +8081",
            "referenced 8080",
            "referenced 8081"
        ]
    );
    let both = |event: &&sgi_logbook::Event| matches!(event.kind, Kind::Referenced(_));
    assert_eq!(
        told.events
            .values()
            .filter(both)
            .filter(|e| e.id.ends_with("-b"))
            .count(),
        1
    );
}
