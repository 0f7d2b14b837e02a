//! Dates without a zone.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::json;
use sgi_test_desks::{OtrsDesk, OtrsOptions};

use crate::client::{desk, ids, post, request, ticket};

fn berlin() -> OtrsDesk {
    OtrsDesk::start(OtrsOptions {
        time_zone: "Europe/Berlin".to_owned(),
        ..OtrsOptions::default()
    })
}

#[test]
fn dates_are_in_the_zone_of_the_server_with_its_summer_time() {
    let (utc, berlin) = (desk(), berlin());
    for (id, hours) in [(101, 1), (109, 2)] {
        let at = |desk: &OtrsDesk| -> DateTime {
            ticket(desk, id)["Created"]
                .as_str()
                .unwrap()
                .parse()
                .unwrap()
        };
        assert_eq!(at(&utc) + hours.hours(), at(&berlin), "ticket {id}");
    }
}

#[test]
fn the_zone_shows_in_the_age_of_a_ticket_only() {
    let desk = berlin();
    let before = Timestamp::now().as_second();
    let ticket = ticket(&desk, 101);
    let after = Timestamp::now().as_second();
    let created: DateTime = ticket["Created"].as_str().unwrap().parse().unwrap();
    let as_utc = created
        .to_zoned(TimeZone::UTC)
        .unwrap()
        .timestamp()
        .as_second();
    let offset = as_utc + ticket["Age"].as_i64().unwrap();
    assert!(
        (before + 3600..=after + 3600).contains(&offset),
        "one hour in January"
    );
    let answer = request(&desk, "GET /index.pl", "");
    assert_eq!(answer.header("date"), None);
}

#[test]
fn dates_in_searches_are_inclusive_to_the_second_and_in_the_same_zone() {
    let desk = berlin();
    desk.set_time("2026-11-24 08:00:00");
    desk.set_title(101, "changed at nine in Berlin");
    let newer = |date: &str| {
        let params =
            json!({"TicketLastChangeTimeNewerDate": date, "SortBy": "Changed", "OrderBy": "Up"});
        ids(&post(&desk, "TicketSearch", params))
    };
    assert_eq!(newer("2026-11-24 09:00:00"), [101]);
    assert_eq!(newer("2026-11-24 09:00:01"), [0u64; 0]);
    let window = json!({"TicketLastChangeTimeNewerDate": "2026-11-24 8:0:0",
        "TicketLastChangeTimeOlderDate": "2026-11-24 09:00:00"});
    assert_eq!(ids(&post(&desk, "TicketSearch", window)), [101]);
}

#[test]
fn the_other_change_time_searches_the_history() {
    let desk = desk();
    desk.set_time("2026-11-24 08:00:00");
    desk.set_title(101, "once");
    desk.set_time("2026-11-25 08:00:00");
    desk.set_title(101, "twice");
    let in_between = |name: &str| {
        let params = json!({
            format!("{name}NewerDate"): "2026-11-24 07:00:00",
            format!("{name}OlderDate"): "2026-11-24 09:00:00",
        });
        ids(&post(&desk, "TicketSearch", params))
    };
    assert_eq!(in_between("TicketLastChangeTime"), [0u64; 0]);
    assert_eq!(in_between("TicketChangeTime"), [101]);
}
