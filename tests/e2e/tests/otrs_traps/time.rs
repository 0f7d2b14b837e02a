//! Dates without a zone, from a server that does not say which it is in, or what time it is.

use crate::client::{Client, desk, desk_in, parameter, reader, reader_with, sent, with};
use sgi_host::{Draft, Object, Severity, Ticket};
use sgi_test_desks::OtrsDesk;
use sgi_test_desks::otrs::{NewTicket, WRITER};
use std::time::Duration;

const BERLIN: &str = "Europe/Berlin";
const KATHMANDU: &str = "Asia/Kathmandu";

/// A new ticket of this moment (UTC), last changed at the other one.
fn ticket(desk: &OtrsDesk, created: &str, changed: &str) -> u64 {
    desk.set_time(created);
    let id = desk.add_ticket(NewTicket::of("6001"));
    desk.set_time(changed);
    desk.set_title(id, &format!("changed at {changed}"));
    desk.run_time();
    id
}

/// When it was created and changed, as a desk writes moments.
fn dates(ticket: &Ticket) -> [String; 2] {
    [ticket.created, ticket.updated].map(|at| {
        let at = at.unwrap().to_string();
        at.replace('T', " ").trim_end_matches('Z').to_owned()
    })
}

fn dates_of(client: &Client, id: u64) -> [String; 2] {
    dates(&client.ticket(&id.to_string()).unwrap())
}

fn created(client: &Client) -> Vec<String> {
    let tickets = ["1001", "42", "7777"]
        .into_iter()
        .flat_map(|object| client.tickets(object));
    tickets
        .map(|ticket| ticket.created.unwrap().to_string())
        .collect()
}

pub(crate) fn dates_are_in_otrs_own_zone(by: &str) {
    let expected = created(&reader(&desk(), by));
    assert_eq!(expected[0], "2026-01-12T08:00:00Z");
    for zone in [BERLIN, KATHMANDU, "America/New_York"] {
        let desk = desk_in(zone);
        let client = reader_with(&desk, by, &[("time-zone", zone)]);
        assert_eq!(client.check().unwrap().findings, []);
        assert_eq!(created(&client), expected, "{zone}");
    }
}

pub(crate) fn without_the_option_the_age_tells_the_zone(by: &str) {
    let expected = created(&reader(&desk(), by));
    for zone in [BERLIN, KATHMANDU, "America/New_York"] {
        assert_eq!(created(&reader(&desk_in(zone), by)), expected, "{zone}");
    }
}

pub(crate) fn an_hour_is_left_out_in_spring(by: &str) {
    let desk = desk_in(BERLIN);
    let with_zone = reader_with(&desk, by, &[("time-zone", BERLIN)]);
    let without = reader(&desk, by);
    for (first, second) in [
        ("2026-03-29 00:59:59", "2026-03-29 00:59:59"),
        ("2026-03-29 01:00:00", "2026-03-29 01:00:01"),
        ("2026-03-29 01:59:59", "2026-07-01 00:00:00"),
    ] {
        let id = ticket(&desk, first, second);
        assert_eq!(dates_of(&with_zone, id), [first, second]);
        assert_eq!(dates_of(&without, id), [first, second]);
    }
    let id = ticket(&desk, "2026-03-29 00:30:00", "2026-03-29 01:30:00");
    let across = ["2026-03-29 00:30:00", "2026-03-29 01:30:00"];
    assert_eq!(dates_of(&with_zone, id), across);
}

/// Half past two comes twice on that day; a ticket's age says which of the two it was.
pub(crate) fn an_hour_comes_twice_in_autumn(by: &str) {
    let desk = desk_in(BERLIN);
    let with_zone = reader_with(&desk, by, &[("time-zone", BERLIN)]);
    let without = reader(&desk, by);
    for at in ["00:30:00", "01:30:00"].map(|time| format!("2026-10-25 {time}")) {
        let id = ticket(&desk, &at, &at);
        assert_eq!(dates_of(&with_zone, id), [at.as_str(), &at]);
        assert_eq!(dates_of(&without, id), [at.as_str(), &at]);
    }
    // A change cannot be before the creation.
    let later = ["2026-10-25 01:05:00", "2026-10-25 01:30:00"];
    let id = ticket(&desk, later[0], later[1]);
    assert_eq!(dates_of(&with_zone, id), later);
    let across = ["2026-10-24 22:00:00", "2026-10-25 02:00:00"];
    let id = ticket(&desk, across[0], across[1]);
    assert_eq!(dates_of(&with_zone, id), across);
}

pub(crate) fn a_change_in_winter_of_a_ticket_of_summer_needs_the_option(by: &str) {
    let desk = desk_in(BERLIN);
    let id = ticket(&desk, "2026-07-01 10:00:00", "2026-11-02 10:00:00");
    let client = reader(&desk, by);
    // An hour off, and the check says so before.
    assert_eq!(
        dates_of(&client, id),
        ["2026-07-01 10:00:00", "2026-11-02 09:00:00"]
    );
    let finding = client.finding();
    assert_eq!(
        (finding.severity, finding.key.as_deref()),
        (Severity::Warning, Some("time-zone"))
    );
    assert!(finding.message.contains("+01:00 and +02:00"), "{finding:?}");
    let client = reader_with(&desk, by, &[("time-zone", BERLIN)]);
    assert_eq!(client.check().unwrap().findings, []);
    assert_eq!(
        dates_of(&client, id),
        ["2026-07-01 10:00:00", "2026-11-02 10:00:00"]
    );
}

pub(crate) fn quarters_of_an_hour_count(by: &str) {
    let desk = desk_in(KATHMANDU);
    let id = ticket(&desk, "2026-11-01 18:20:00", "2026-11-02 18:10:00");
    let expected = ["2026-11-01 18:20:00", "2026-11-02 18:10:00"];
    let client = reader(&desk, by);
    assert_eq!(
        client.check().unwrap().findings,
        [],
        "one offset all the year"
    );
    assert_eq!(dates_of(&client, id), expected);
    let client = reader_with(&desk, by, &[("time-zone", KATHMANDU)]);
    assert_eq!(dates_of(&client, id), expected);
}

pub(crate) fn a_wrong_zone_is_found_out(by: &str) {
    let desk = desk_in(BERLIN);
    for zone in ["UTC", "Europe/London", KATHMANDU] {
        let finding = reader_with(&desk, by, &[("time-zone", zone)]).finding();
        assert_eq!(finding.severity, Severity::Warning);
        assert_eq!(finding.key.as_deref(), Some("time-zone"));
        assert!(finding.message.contains("OTRSTimeZone"), "{finding:?}");
    }
}

/// There is no `Date` in its answers: the age of its newest ticket tells.
pub(crate) fn a_wrong_clock_is_found_out(by: &str) {
    let desk = desk();
    let client = reader(&desk, by);
    let id = desk.add_ticket(NewTicket::of("6001")).to_string();
    let now = client.ticket(&id).unwrap().created.unwrap();
    assert_eq!(client.check().unwrap().findings, []);
    let ahead = (now + Duration::from_secs(300)).to_string();
    desk.set_time(ahead.replace('T', " ").trim_end_matches('Z'));
    desk.add_ticket(NewTicket::of("6001"));
    let finding = client.finding();
    assert_eq!(finding.severity, Severity::Warning);
    assert!(finding.message.contains("seconds ahead"), "{finding:?}");
}

/// No zone is a quarter of an hour from UTC.
pub(crate) fn a_clock_that_is_far_off_makes_no_zone(by: &str) {
    let desk = desk();
    let client = reader(&desk, by);
    let id = desk.add_ticket(NewTicket::of("6001")).to_string();
    let now = client.ticket(&id).unwrap().created.unwrap();
    let ahead = (now + Duration::from_secs(10 * 60)).to_string();
    desk.set_time(ahead.replace('T', " ").trim_end_matches('Z'));
    desk.add_ticket(NewTicket::of("6001"));
    let finding = client.finding();
    for told in ["seconds ahead", "\"time-zone\""] {
        assert!(finding.message.contains(told), "{told}: {finding:?}");
    }
    let zone = reader_with(&desk, by, &[("time-zone", "UTC")]).finding();
    assert!(zone.message.contains("seconds ahead"), "{zone:?}");
    assert_eq!(zone.key, None, "the zone is right");
}

/// A date in another form, or in ISO's, finds nothing.
pub(crate) fn dates_in_searches_are_in_the_same_zone(by: &str) {
    for zone in [BERLIN, KATHMANDU] {
        let desk = desk_in(zone);
        let options = [
            ("transport", by),
            ("time-zone", zone),
            ("create-queue", "Network"),
        ];
        let client = with(&desk, WRITER, &options);
        let draft = Draft::new(vec![Object::new("6001")], "Dated").unwrap();
        client.create(&draft).unwrap();
        assert!(client.find_created(&draft).unwrap().is_some());
        let searches = sent(&desk, "TicketSearch");
        let date = searches
            .iter()
            .find_map(|seen| parameter(seen, "TicketCreateTimeNewerDate"));
        let date = date.unwrap();
        let form: String = date
            .chars()
            .map(|c| if c.is_ascii_digit() { '9' } else { c })
            .collect();
        assert_eq!(form, "9999-99-99 99:99:99");
    }
}
