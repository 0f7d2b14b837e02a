//! What has changed since a time: found to the second, with times that have no zone, in an order that is
//! not the same twice, and nothing where a date is not liked.

use crate::client::{
    Client, desk, desk_in, found, known, operation, parameter, reader_with, sent, when, with,
};
use sgi_logbook::store::{Filter, MemoryStore, Store, Work};
use sgi_logbook::{Batch, Entry, Event, Kind, Phase, sync};
use sgi_test_desks::otrs::{Content, NewTicket, OtrsOptions, READER};
use sgi_test_desks::{Fault, OtrsDesk, When};
use std::collections::{BTreeMap, BTreeSet};

const BERLIN: &str = "Europe/Berlin";

/// A logbook, as far as a connector knows of one.
struct Log {
    client: Client,
    cursor: Option<String>,
    events: BTreeMap<String, Event>,
    /// How each ticket came last.
    titles: BTreeMap<String, String>,
    compared: bool,
    limit: u32,
}

impl Log {
    fn new(client: Client, limit: u32) -> Self {
        Self {
            client,
            cursor: None,
            events: BTreeMap::new(),
            titles: BTreeMap::new(),
            compared: false,
            limit,
        }
    }

    fn call(&mut self) -> Batch {
        let batch = self.client.since(self.cursor.as_deref(), None, self.limit);
        let batch = batch.unwrap();
        assert!(batch.tickets.len() <= self.limit as usize);
        for event in &batch.events {
            let known = self.events.insert(event.id.clone(), event.clone());
            // What was written goes with its article where a ticket is merged into another, and a name is
            // told as soon as it is known.
            let same = |known: &Event| (&known.kind, known.at) == (&event.kind, event.at);
            assert!(known.is_none_or(|known| same(&known)), "{event:?}");
        }
        for ticket in &batch.tickets {
            self.titles
                .insert(ticket.id.clone(), ticket.subject.clone());
        }
        self.compared |= batch.complete.len() != batch.tickets.len();
        self.cursor = Some(batch.cursor.clone());
        batch
    }

    /// Until there is no more; gives how many calls that took.
    fn pass(&mut self) -> usize {
        (1..2000).find(|_| !self.call().more).expect("an end")
    }

    /// The kinds of the events of a ticket, in their order of time.
    fn kinds(&self, ticket: u64) -> Vec<String> {
        let ticket = ticket.to_string();
        let mut events: Vec<&Event> = self
            .events
            .values()
            .filter(|e| e.ticket == ticket)
            .collect();
        events.sort_by_key(|event| event.at);
        events
            .iter()
            .map(|event| event.kind.code().to_owned())
            .collect()
    }

    fn times(&self, ticket: u64, kind: &Kind) -> Vec<String> {
        let ticket = ticket.to_string();
        let of = |event: &&Event| event.ticket == ticket && event.kind == *kind;
        let mut times: Vec<String> = self
            .events
            .values()
            .filter(of)
            .map(|e| e.at.to_string())
            .collect();
        times.sort();
        times
    }
}

/// A desk in this zone with nothing in it, and a logbook of it.
fn empty(zone: &str, by: &str, limit: u32) -> (OtrsDesk, Log) {
    let desk = OtrsDesk::start(OtrsOptions {
        content: Content::Welcome,
        time_zone: zone.to_owned(),
        ..OtrsOptions::default()
    });
    desk.set_time("2026-11-24 08:00:00");
    let client = reader_with(&desk, by, &[("time-zone", zone)]);
    let log = Log::new(client, limit);
    (desk, log)
}

pub(crate) fn a_change_within_the_second_that_was_read_is_not_missed(by: &str) {
    let (desk, mut log) = empty("UTC", by, 10);
    let id = desk.add_ticket(NewTicket::of("7"));
    log.pass();
    // The same second, to OTRS the same time.
    desk.set_title(id, "once more");
    log.pass();
    assert_eq!(log.titles[&id.to_string()], "once more");
    assert!(log.kinds(id).contains(&"subject".to_owned()));
}

pub(crate) fn seventy_in_one_second_come_in_any_order_and_all_arrive(by: &str) {
    let (desk, mut log) = empty("UTC", by, 20);
    desk.set_time("2026-11-24 08:00:59");
    let ids: Vec<u64> = (0..70)
        .map(|_| desk.add_ticket(NewTicket::of("7")))
        .collect();
    // At once, and when it is long ago.
    for time in ["2026-11-24 08:00:59", "2026-11-24 10:00:00"] {
        desk.set_time(time);
        let calls = log.pass();
        assert!((4..=12).contains(&calls), "{calls}");
        assert!(
            ids.iter()
                .all(|id| log.titles.contains_key(&id.to_string()))
        );
        log.cursor = None;
        log.titles.clear();
    }
}

pub(crate) fn dates_are_sent_as_otrs_takes_them_and_sorted_by_a_word_it_knows(by: &str) {
    let (desk, mut log) = empty("Asia/Kathmandu", by, 10);
    desk.add_ticket(NewTicket::of("7"));
    log.pass();
    desk.set_time("2026-11-24 09:00:00");
    log.pass();
    desk.clear();
    log.pass();
    let searches = sent(&desk, "TicketSearch");
    assert_eq!(
        parameter(&searches[0], "SortBy").as_deref(),
        Some("Changed")
    );
    assert_eq!(parameter(&searches[0], "OrderBy").as_deref(), Some("Up"));
    assert_eq!(parameter(&searches[0], "Limit").as_deref(), Some("10000"));
    // The second after the last change, in OTRS's zone.
    let since = parameter(&searches[0], "TicketLastChangeTimeNewerDate");
    assert_eq!(since.as_deref(), Some("2026-11-24 13:45:01"));
    // Two searches, and a look at the clock.
    assert_eq!(desk.requests().len(), 3, "where nothing happened");
}

pub(crate) fn a_search_that_finds_nothing_whatever_it_is_asked_is_found_out(by: &str) {
    for answer in [vec![], vec![2]] {
        let desk = desk();
        let newer = When::BodyContains("TicketLastChangeTimeNewerDate".to_owned());
        let body = match (by, answer.as_slice()) {
            ("rest", []) => b"{}".to_vec(),
            ("rest", ids) => found(ids),
            (_, []) => soap(""),
            (_, _) => soap("<TicketID>2</TicketID>"),
        };
        desk.add_fault(newer, Fault::Body(body));
        let client = reader_with(&desk, by, &[]);
        let report = client.check().unwrap();
        assert_eq!(report.abilities, ["read-tickets"]);
        let error = client.since(None, None, 10).unwrap_err();
        assert_eq!(error.code, "unsupported");
    }
}

fn soap(inside: &str) -> Vec<u8> {
    let envelope =
        "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>";
    format!("{envelope}<TicketSearchResponse>{inside}</TicketSearchResponse></soap:Body></soap:Envelope>")
        .into_bytes()
}

pub(crate) fn histories_tell_what_happened_and_to_which_objects(by: &str) {
    let (desk, mut log) = empty(BERLIN, by, 10);
    let id = desk.add_ticket(NewTicket::of("7"));
    for (time, act) in [
        ("08:10:00", &(|| desk.set_owner(id, "anna")) as &dyn Fn()),
        ("08:20:00", &|| desk.add_reference(id, "12")),
        ("08:30:00", &|| desk.remove_reference(id, "7")),
        ("08:40:00", &|| {
            desk.add_reply(id, "s", "t");
        }),
        ("08:50:00", &|| desk.set_state(id, "closed successful")),
    ] {
        desk.set_time(&format!("2026-11-24 {time}"));
        act();
    }
    log.pass();
    assert!(!log.compared);
    assert_eq!(
        log.kinds(id)[4..],
        ["owner", "referenced", "unreferenced", "replied", "resolved"]
    );
    let is = |kind: Kind| {
        log.events
            .values()
            .find(|event| event.kind == kind)
            .unwrap()
    };
    let owner = log.times(id, &Kind::Owner);
    assert_eq!(owner[1], "2026-11-24T08:10:00Z");
    assert_eq!(
        is(Kind::Referenced("12".to_owned())).at.to_string(),
        "2026-11-24T08:20:00Z"
    );
    let gone = is(Kind::Unreferenced("7".to_owned()));
    assert_eq!(
        gone.actor.as_deref(),
        Some("jiri"),
        "known from the ticket's first owner"
    );
    let closed = is(Kind::Resolved);
    assert_eq!(closed.old.as_deref(), Some("new"));
    assert_eq!(closed.new.as_deref(), Some("closed successful"));
}

pub(crate) fn tickets_are_read_before_their_histories(by: &str) {
    let (desk, mut log) = empty("UTC", by, 10);
    desk.add_ticket(NewTicket::of("7"));
    log.client.check().unwrap();
    desk.clear();
    log.pass();
    let requests = desk.requests();
    let order: Vec<&str> = requests.iter().map(operation).collect();
    let place = |name| order.iter().position(|one| *one == name).unwrap();
    assert!(place("TicketGet") < place("TicketHistoryGet"), "{order:?}");
    assert_eq!(sent(&desk, "TicketHistoryGet").len(), 1, "all in one");
}

/// As OTRS 5 has it, and most web services for SOAP.
pub(crate) fn without_histories_tickets_are_compared(by: &str) {
    let desk = OtrsDesk::start(OtrsOptions {
        histories: false,
        ..OtrsOptions::default()
    });
    let client = reader_with(&desk, by, &[]);
    assert_eq!(client.check().unwrap().abilities, ["read-tickets"]);
    desk.clear();
    let batch = client.since(None, None, 50).unwrap();
    assert_eq!((batch.tickets.len(), batch.events.len()), (50, 0));
    assert!(batch.complete.is_empty() && batch.more);
    assert!(sent(&desk, "TicketHistoryGet").is_empty());
}

pub(crate) fn merged_tickets_come_and_say_where_they_went(by: &str) {
    let (desk, mut log) = empty("UTC", by, 10);
    let (from, into) = (
        desk.add_ticket(NewTicket::of("7")),
        desk.add_ticket(NewTicket::of("8")),
    );
    desk.set_time("2026-11-24 09:00:00");
    log.pass();
    desk.merge(from, into);
    let batch = log.call();
    let merged = batch
        .tickets
        .iter()
        .find(|t| t.id == from.to_string())
        .unwrap();
    assert_eq!(merged.phase, Phase::Merged);
    assert!(
        log.events
            .values()
            .any(|event| event.kind == Kind::Merged(into.to_string())
                && event.ticket == from.to_string())
    );
    assert_eq!(there(&log.client, &[from, into]), [into]);
}

/// Merged in the middle of the first pass or later, with the history and without: the ticket keeps the
/// objects that it has, and no reference is made up.
pub(crate) fn a_merged_ticket_keeps_its_objects_in_the_logbook(by: &str) {
    for histories in [true, false] {
        let desk = OtrsDesk::start(OtrsOptions {
            content: Content::Welcome,
            histories,
            ..OtrsOptions::default()
        });
        desk.set_time("2026-11-24 08:00:00");
        let client = reader_with(&desk, by, &[("time-zone", "UTC")]);
        let ids: Vec<u64> = (0..6)
            .map(|_| desk.add_ticket(NewTicket::of("7")))
            .collect();
        let store = MemoryStore::default();
        let settings = sync::Settings {
            desk: "otrs".to_owned(),
            identity: "otrs".to_owned(),
            start: None,
            limit: 2,
            reconcile: jiff::SignedDuration::ZERO,
            deliver: false,
        };
        let told: Vec<Entry> = client.wait(async |source| {
            let lease = store.lease(Work::Sync("otrs".to_owned())).await.unwrap();
            desk.set_time("2026-11-24 09:00:00");
            // Some were read when it happens, some were not.
            let mut merged = false;
            sync::pass(source, &store, &lease, &settings, |_| {
                if !merged {
                    merged = true;
                    desk.merge(ids[0], ids[2]);
                    desk.merge(ids[5], ids[2]);
                    desk.delete(ids[4]);
                    desk.move_ticket(ids[3], "HR");
                }
                true
            })
            .await
            .unwrap();
            for hour in 10..14 {
                desk.set_time(&format!("2026-11-24 {hour}:00:00"));
                if hour == 11 {
                    desk.set_title(ids[0], "Went into another one");
                    desk.move_ticket(ids[3], "Service Desk");
                }
                sync::pass(source, &store, &lease, &settings, |_| true)
                    .await
                    .unwrap();
            }
            let listed = store.entries(&Filter::default(), None, 1000).await.unwrap();
            listed.into_iter().map(|listed| listed.entry).collect()
        });
        let of = |ticket: u64, code: &str| {
            let of_ticket = told
                .iter()
                .filter(|entry| entry.object == "7" && entry.ticket.id == ticket.to_string());
            of_ticket.filter(|entry| entry.kind.code() == code).count()
        };
        assert!(
            told.iter()
                .all(|entry| !entry.kind.code().ends_with("referenced")),
            "{told:#?}"
        );
        for ticket in [ids[0], ids[1], ids[2], ids[3], ids[5]] {
            assert_eq!(of(ticket, "created"), 1, "{ticket} {histories}");
        }
        assert_eq!(of(ids[0], "vanished") + of(ids[5], "vanished"), 0);
        if histories {
            assert_eq!((of(ids[0], "merged"), of(ids[5], "merged")), (1, 1));
        }
        assert_eq!(of(ids[0], "subject"), 1, "also after that: {told:#?}");
    }
}

/// Deletions and lost rights never show in a search: known tickets are looked for.
pub(crate) fn what_was_deleted_or_hidden_is_no_longer_there(by: &str) {
    let (desk, mut log) = empty("UTC", by, 10);
    let ids: Vec<u64> = (0..4)
        .map(|_| desk.add_ticket(NewTicket::of("7")))
        .collect();
    desk.set_time("2026-11-24 09:00:00");
    log.pass();
    desk.delete(ids[0]);
    desk.move_ticket(ids[1], "HR");
    assert!(log.call().tickets.is_empty());
    assert_eq!(there(&log.client, &ids), ids[2..]);
}

pub(crate) fn a_ticket_that_is_hidden_between_two_requests_is_left_out(by: &str) {
    let desk = desk();
    let client = known(&desk, by);
    let body = match by {
        "rest" => found(&[102, 106, 107]),
        _ => soap("<TicketID>102</TicketID><TicketID>106</TicketID><TicketID>107</TicketID>"),
    };
    desk.add_fault(
        When::Once(Box::new(when(by, "TicketSearch"))),
        Fault::Body(body),
    );
    let batch = client.since(None, None, 50).unwrap();
    let ids: BTreeSet<&str> = batch.tickets.iter().map(|t| t.id.as_str()).collect();
    assert!(ids.contains("102") && ids.contains("107") && !ids.contains("106"));
}

pub(crate) fn a_session_that_ends_within_a_batch_is_renewed(by: &str) {
    let (desk, mut log) = empty("UTC", by, 10);
    let id = desk.add_ticket(NewTicket::of("7"));
    log.client.check().unwrap();
    desk.forget_sessions();
    log.pass();
    assert!(log.titles.contains_key(&id.to_string()));
}

pub(crate) fn a_cursor_is_told_from_another_text_without_a_request(by: &str) {
    let (desk, mut log) = empty("UTC", by, 10);
    desk.add_ticket(NewTicket::of("7"));
    log.pass();
    let cursor = log.cursor.clone().unwrap();
    assert!(
        cursor.starts_with("otrs1:") && cursor.len() < 60,
        "{cursor}"
    );
    desk.clear();
    assert!(log.client.accepts(&cursor));
    for other in ["", "rt1:5", "otrs2:20261124080000", "otrs1:20261324080000"] {
        assert!(!log.client.accepts(other), "{other}");
        let error = log.client.since(Some(other), None, 10).unwrap_err();
        assert_eq!(error.code, "invalid-input");
    }
    assert!(desk.requests().is_empty());
}

pub(crate) fn a_tenant_narrows_what_changed(by: &str) {
    let desk = desk();
    let client = reader_with(&desk, by, &[("tenant", "1")]);
    let mut all = BTreeSet::new();
    let mut cursor: Option<String> = None;
    loop {
        let batch = client.since(cursor.as_deref(), None, 100).unwrap();
        all.extend(batch.tickets.into_iter().map(|ticket| ticket.id));
        cursor = Some(batch.cursor);
        if !batch.more {
            break;
        }
    }
    assert!(all.contains("9") && !all.contains("2"), "{all:?}");
    assert_eq!(there(&client, &[2, 9]), [9]);
}

/// `TicketChangeTime…` looks into histories instead, and so finds a mail that did not change its ticket.
pub(crate) fn a_mail_that_is_no_change_is_found_by_its_history(by: &str) {
    let (desk, mut log) = empty("UTC", by, 10);
    let id = desk.add_ticket(NewTicket::of("7"));
    desk.set_time("2026-11-24 09:00:00");
    log.pass();
    desk.add_follow_up(id, "again", "again");
    log.pass();
    assert_eq!(log.times(id, &Kind::Replied).len(), 2);
}

pub(crate) fn a_list_of_objects_that_the_history_cuts_is_compared(by: &str) {
    let (desk, mut log) = empty("UTC", by, 10);
    let id = desk.add_ticket(NewTicket::of("7"));
    let long = |from: u32| -> String {
        let ids: Vec<String> = (from..from + 60).map(|id| id.to_string()).collect();
        format!(",{},", ids.join(","))
    };
    desk.set_time("2026-11-24 09:00:00");
    desk.set_field(id, "IDoitObjects", long(1000));
    log.pass();
    assert!(!log.compared, "the ticket still has it in full");
    desk.set_time("2026-11-24 10:00:00");
    desk.set_field(id, "IDoitObjects", long(2000));
    log.pass();
    assert!(log.compared, "both were cut");
}

pub(crate) fn the_night_in_which_an_hour_is_left_out_loses_nothing(by: &str) {
    // 02:00 to 03:00 never was: to OTRS no date, for which it finds nothing.
    night(by, "2026-03-29 00:50:00", "2026-03-29 01:00:00");
}

pub(crate) fn the_night_in_which_an_hour_comes_twice_loses_nothing(by: &str) {
    // What happens in the second of the two hours looks older than what was seen in the first.
    night(by, "2026-10-25 00:40:00", "2026-10-25 01:00:00");
}

/// A change every five minutes around a change of the clock, each read at once, and some at the very
/// second before it.
fn night(by: &str, begin: &str, change: &str) {
    let at = |minutes: i64, seconds: i64| -> String {
        let begin: jiff::Timestamp = format!("{}Z", begin.replace(' ', "T")).parse().unwrap();
        let at = begin.as_second() + minutes * 60 + seconds;
        let at = jiff::Timestamp::from_second(at).unwrap();
        at.to_string()
            .replace('T', " ")
            .trim_end_matches('Z')
            .to_owned()
    };
    let desk = desk_in(BERLIN);
    desk.set_time(begin);
    let id = desk.add_ticket(NewTicket::of("7"));
    let mut log = Log::new(reader_with(&desk, by, &[("time-zone", BERLIN)]), 500);
    log.pass();
    let mut count = 0;
    let mut seen = |log: &mut Log, time: &str| {
        desk.set_time(time);
        count += 1;
        let title = format!("title {count}");
        desk.set_title(id, &title);
        log.pass();
        assert_eq!(log.titles[&id.to_string()], title, "at {time}");
    };
    for step in 0..26 {
        let time = at(step * 5, 0);
        if time == change {
            seen(&mut log, &at(step * 5, -1));
        }
        seen(&mut log, &time);
    }
    let subjects = log.times(id, &Kind::Subject);
    assert_eq!(subjects.len(), count);
    assert!(!log.compared);
}

/// What happens then looks older than what was read, and goes on looking so until the clock has come round.
pub(crate) fn a_clock_that_is_put_back_hides_nothing(by: &str) {
    for (options, histories) in [
        (&[("time-zone", BERLIN)][..], true),
        (&[("time-zone", BERLIN)], false),
        (&[], true),
    ] {
        let desk = OtrsDesk::start(OtrsOptions {
            content: Content::Welcome,
            time_zone: BERLIN.to_owned(),
            histories,
            ..OtrsOptions::default()
        });
        desk.set_time("2026-11-24 12:00:00");
        let mut log = Log::new(reader_with(&desk, by, options), 10);
        let old = desk.add_ticket(NewTicket::of("7"));
        log.pass();
        let mut changed = |time: &str, ticket: Option<u64>| {
            desk.set_time(&format!("2026-11-24 {time}"));
            let title = format!("at {time}");
            let ticket = ticket.unwrap_or_else(|| desk.add_ticket(NewTicket::of("7")));
            desk.set_title(ticket, &title);
            log.pass();
            let told = log.titles.get(&ticket.to_string());
            assert_eq!(told, Some(&title), "{options:?} {histories}");
        };
        changed("12:10:00", Some(old));
        changed("12:20:00", None);
        desk.set_time("2026-11-24 12:30:00");
        for (time, ticket) in [
            ("09:00:00", Some(old)),
            ("09:01:00", None),
            ("09:30:00", Some(old)),
            ("12:15:00", None),
            ("12:40:00", Some(old)),
            ("10:00:00", Some(old)),
            ("13:00:00", None),
        ] {
            changed(time, ticket);
        }
    }
}

pub(crate) fn a_backlog_of_any_length_is_read_in_many_calls(by: &str) {
    let desk = desk();
    let client = with(&desk, READER, &[("transport", by), ("time-zone", "UTC")]);
    let mut log = Log::new(client, 25);
    log.client.check().unwrap();
    desk.clear();
    let first = log.call();
    assert!(first.more && first.remaining.is_some_and(|left| left > 100));
    let calls = log.pass() + 1;
    let expected = sent(&desk, "TicketGet").len();
    assert!(
        expected <= calls + 1 && log.titles.len() > 200,
        "{calls} {expected}"
    );
    // From a time on.
    let start = Some("2026-11-23T21:11:00Z".parse().unwrap());
    let batch = log.client.since(None, start, 1000).unwrap();
    assert!(
        batch
            .events
            .iter()
            .all(|event| event.at.to_string().as_str() >= "2026-11-23T21:11:00Z")
    );
}

/// Nothing but what is said is unsupported.
pub(crate) fn a_wrong_password_is_told_as_such(by: &str) {
    let (desk, log) = empty("UTC", by, 10);
    log.client.check().unwrap();
    desk.set_password(READER.0, Some("another"));
    desk.forget_sessions();
    let error = log.client.since(None, None, 10).unwrap_err();
    assert_eq!(error.code, "bad-credentials");
    assert!(!error.passing);
}

/// Those of the tickets that the account still sees, in their order.
fn there(client: &Client, tickets: &[u64]) -> Vec<u64> {
    let there = client.still_there(tickets).unwrap();
    let is_there = |id: &&u64| there.contains(&id.to_string());
    tickets.iter().filter(is_there).copied().collect()
}
